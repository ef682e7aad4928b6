"""Keep everything that arrived at the twins: written by a thread of its own, many in one commit."""

import contextlib
import itertools
import logging
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from server.twins import base
from server.wire import arrivals
from server.wire import twins as wire

log = logging.getLogger(__name__)

WAITING_BYTES = 64_000_000  #: of arrivals that may wait for the disk; beyond it a twin takes nothing more
BODY_LIMIT = 64_000  #: characters of one body that are kept
GATHER_S = 0.05  #: how long the writer lets arrivals gather, so that a commit holds many; nobody who asks waits for it
GATHER_BYTES = 2_000_000  #: it does not wait for more than this either
ROW_BYTES = 1_500  #: what an arrival takes in memory beside its raw message and its body
FLUSH_S = 30.0
RETRY_S = 1.0  #: after a commit that failed

_SCHEMA = """
CREATE TABLE IF NOT EXISTS arrival (
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,           -- epoch seconds
    twin TEXT NOT NULL,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    ref TEXT NOT NULL,
    provider_ref TEXT NOT NULL,
    outcome TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    image TEXT NOT NULL,
    taken INTEGER NOT NULL,
    wire BLOB NOT NULL,         -- JSON
    body TEXT NOT NULL,
    shown BLOB NOT NULL,        -- JSON
    raw BLOB NOT NULL DEFAULT x''
);
CREATE INDEX IF NOT EXISTS arrival_recipient ON arrival (recipient, ref);
CREATE INDEX IF NOT EXISTS arrival_ref ON arrival (ref);
CREATE INDEX IF NOT EXISTS arrival_provider_ref ON arrival (provider_ref);
CREATE INDEX IF NOT EXISTS arrival_kind ON arrival (twin, outcome);
DROP INDEX IF EXISTS arrival_outcome;
"""
_HAS_RAW = "SELECT count(*) FROM pragma_table_info('arrival') WHERE name = 'raw'"
_ADD_RAW = (
    "ALTER TABLE arrival ADD COLUMN raw BLOB NOT NULL DEFAULT x''"  # an inbox of version 0.1.0 has none
)

_INSERT = "INSERT INTO arrival VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ATTEMPTS = "SELECT count(*) FROM arrival WHERE recipient = ? AND channel = ? AND id <= ?"
_TAKEN = (
    "SELECT coalesce(sum(taken), 0) FROM arrival WHERE recipient = ? AND ref = ? AND channel = ? AND id <= ?"
)

_COLUMNS = """
    id, at, twin, channel, recipient, ref, provider_ref, outcome, title, text, image,
    (SELECT coalesce(sum(same.taken), 0) FROM arrival AS same
      WHERE same.recipient = arrival.recipient AND same.ref = arrival.ref AND same.channel = arrival.channel),
    raw
"""

_WHERE = "WHERE (:twin = '' OR twin = :twin) AND (:outcome = '' OR outcome = :outcome)"
_TOTAL = f"SELECT count(*) FROM arrival {_WHERE}"  # noqa: S608 - nothing but the texts above
_PAGE = f"SELECT {_COLUMNS} FROM arrival {_WHERE}"  # noqa: S608 - nothing but the texts above
_WINDOW = " LIMIT :limit OFFSET :offset"
#: What the list may be sorted by; its own order is by arrival, the newest first.
_SORTS = {"at": "id", "to": "recipient", "outcome": "outcome", "twin": "twin"}
_SHOW = f"SELECT {_COLUMNS}, wire, body, shown FROM arrival WHERE id = ?"  # noqa: S608 - nothing but the texts above
_WHOLES = f"SELECT {_COLUMNS}, wire, body, shown FROM arrival {_WHERE}"  # noqa: S608 - nothing but the texts above

#: Prefixes, so that a person may paste the beginning of an address; each part uses its own index.
_FOUND = """
    AND id IN (
        SELECT id FROM arrival WHERE recipient >= :find AND recipient < :beyond
        UNION SELECT id FROM arrival WHERE ref >= :find AND ref < :beyond
        UNION SELECT id FROM arrival WHERE provider_ref >= :find AND provider_ref < :beyond)
"""
_HANDED = "SELECT at, recipient, provider_ref, wire FROM arrival WHERE channel = ? AND taken = 1"
_FOUND_BY_REF = f"{_HANDED} AND provider_ref = ? LIMIT 1"
_HANDED_TO = f"{_HANDED} AND recipient = ? ORDER BY id DESC LIMIT 1000"


class InboxFull(Exception):
    """The disk does not keep up, or is full: the twin must not take what it cannot keep."""


Openers = Mapping[str, Callable[[bytes], base.Opened]]  #: by twin key


class Inbox:
    """The twins' inbox in one SQLite file. `keep` never waits; memory holds what is not on disk yet, and no more."""

    def __init__(self, path: Path, openers: Openers | None = None) -> None:
        """Open or make the file. Raises sqlite3.Error where it is not one of ours or cannot be written."""
        self.path = path
        self.arrived: Counter[str] = Counter()  #: twin key to arrivals, ever
        self._openers = openers or {}
        self._waiting: list[tuple[int, float, base.Arrival]] = []
        self._waiting_bytes = 0
        self._fresh: dict[tuple[str, str], list[base.Arrival]] = {}  #: what waits, by channel and recipient
        self._changed = threading.Condition()
        self._written = 0  #: the newest id on disk
        self._stopping = self._hurry = False
        path.touch(mode=0o600)  # it holds what people are sent
        with contextlib.closing(_connect(path)) as database:
            _prepare(database)
            self.arrived.update(dict(database.execute("SELECT twin, count(*) FROM arrival GROUP BY twin")))
            self._written = database.execute("SELECT coalesce(max(id), 0) FROM arrival").fetchone()[0]
        self._looker = _connect(path)
        self._ids = itertools.count(self._written + 1)
        self._last = self._written
        self._writer = threading.Thread(target=self._write_on, name="twins-inbox", daemon=True)
        self._writer.start()

    def keep(self, arrival: base.Arrival) -> None:
        """Keep one arrival. Raises InboxFull where too much waits for the disk, and once it is closed."""
        if self._waiting_bytes >= WAITING_BYTES:
            raise InboxFull(
                "The twins' inbox cannot be written as fast as messages arrive, or its disk is full."
            )
        with self._changed:
            if self._stopping:  # by a connection that was being made as the twins were stopped
                raise InboxFull("The twins are stopping.")
            self.arrived[arrival.twin] += 1
            self._last = next(self._ids)
            self._waiting.append((self._last, time.time(), arrival))
            self._waiting_bytes += _weight(arrival)
            self._fresh.setdefault((arrival.channel, arrival.to), []).append(arrival)
            if len(self._waiting) == 1 or self._waiting_bytes > GATHER_BYTES:
                self._changed.notify_all()

    def attempts(self, channel: str, to: str) -> int:
        """How often anything arrived for this recipient on this channel, refused or taken."""
        with self._changed:
            fresh = len(self._fresh.get((channel, to), ()))
            values = (_sound(to), channel, self._written)
            return fresh + int(self._looker.execute(_ATTEMPTS, values).fetchone()[0])

    def taken(self, channel: str, to: str, ref: str) -> int:
        """How often this recipient was handed this reference and it was taken."""
        with self._changed:
            fresh = sum(one.taken for one in self._fresh.get((channel, to), ()) if one.ref == ref)
            values = (_sound(to), _sound(ref), channel, self._written)
            return fresh + int(self._looker.execute(_TAKEN, values).fetchone()[0])

    def found(self, channel: str, provider_ref: str) -> base.Handed | None:
        """What was taken under this reference of the provider's own, once it is on disk."""
        row = self._looker.execute(_FOUND_BY_REF, (channel, _sound(provider_ref))).fetchone()
        return _handed(row) if row else None

    def handed(self, channel: str, to: str) -> list[base.Handed]:
        """What was taken for a recipient and is on disk, newest first, at most a thousand."""
        return [_handed(row) for row in self._looker.execute(_HANDED_TO, (channel, _sound(to)))]

    def flush(self) -> None:
        """Wait until all that was kept so far is on disk. Raises InboxFull where that takes over FLUSH_S."""
        with self._changed:
            target = self._last
            self._hurry = True
            self._changed.notify_all()
            if not self._changed.wait_for(lambda: self._written >= target, FLUSH_S):
                raise InboxFull("The twins' inbox cannot be written; look for room on its disk.")

    def close(self) -> None:
        """Write what waits, and end the writer."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._writer.join(FLUSH_S)
        self._looker.close()

    def page(self, query: wire.ArrivalQuery) -> wire.Arrivals:
        """A page of arrivals, newest first; blocks, so call it in a thread."""
        total, rows = self._selected(_PAGE, query, 500)
        return wire.Arrivals(
            total=total, offset=max(0, query.offset), rows=[self._listed(row) for row in rows]
        )

    def wholes(self, query: wire.ArrivalQuery) -> arrivals.Whole:
        """A page of arrivals, each whole; blocks, so call it in a thread."""
        total, rows = self._selected(_WHOLES, query, arrivals.MOST_AT_ONCE)
        return arrivals.Whole(
            total=total, offset=max(0, query.offset), rows=[self._whole(row) for row in rows]
        )

    def _selected(self, columns: str, query: wire.ArrivalQuery, most: int) -> tuple[int, list[Any]]:
        """How many arrivals match, and a window of them."""
        self.flush()
        clause = _FOUND if query.find else ""
        values = {
            "twin": query.twin,
            "outcome": query.outcome,
            "find": query.find,
            "beyond": query.find + "\U0010ffff",
            "limit": max(1, min(query.limit, most)),
            "offset": max(0, query.offset),
        }
        with contextlib.closing(_connect(self.path)) as database:
            total = database.execute(_TOTAL + clause, values).fetchone()[0]
            rows = database.execute(columns + clause + _ordered(query.sort) + _WINDOW, values).fetchall()
        return total, rows

    def show(self, arrival: int) -> wire.Arrived | None:
        """One arrival whole, or None; blocks, so call it in a thread."""
        self.flush()
        with contextlib.closing(_connect(self.path)) as database:
            row = database.execute(_SHOW, (arrival,)).fetchone()
        return self._whole(row) if row is not None else None

    def _whole(self, row: tuple[Any, ...]) -> wire.Arrived:
        opened = self._opened(row)
        if opened is None:
            wired, body, shown = msgspec.json.decode(row[13]), row[14], msgspec.json.decode(row[15])
        else:
            wired, body = msgspec.json.decode(_json(opened.wire)), _sound(opened.body[:BODY_LIMIT])
            shown = msgspec.json.decode(_json(opened.shown))
        return wire.Arrived(arrival=_arrival(row, opened), wire=wired, body=body, shown=shown)

    def _listed(self, row: tuple[Any, ...]) -> wire.Arrival:
        return _arrival(row, self._opened(row))

    def _opened(self, row: tuple[Any, ...]) -> base.Opened | None:
        """What a raw message holds; None where everything was kept in its place."""
        raw, opener = row[12], self._openers.get(row[2])
        return opener(raw) if raw and opener is not None else None

    def _write_on(self) -> None:
        """The writer's life: gather, commit, tell those who wait; a failed commit is tried again."""
        with contextlib.closing(_connect(self.path)) as database:
            while True:
                batch = self._gathered()
                if not batch:
                    return
                try:
                    _store(database, batch)
                except sqlite3.Error as problem:
                    log.error("the twins' inbox cannot be written: %s", problem)  # noqa: TRY400 - no trace every second
                    if self._stopping:
                        return
                    time.sleep(RETRY_S)
                    continue
                self._wrote(batch)
                del batch  # or it would stay in memory until there is another

    def _gathered(self) -> list[tuple[int, float, base.Arrival]]:
        """What is to be written next, after a while in which more may come; empty at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopping)
            self._changed.wait_for(
                lambda: self._hurry or self._stopping or self._waiting_bytes > GATHER_BYTES, GATHER_S
            )
            self._hurry = False
            return list(self._waiting)

    def _wrote(self, batch: list[tuple[int, float, base.Arrival]]) -> None:
        with self._changed:
            del self._waiting[: len(batch)]
            for _, _, arrival in batch:
                self._waiting_bytes -= _weight(arrival)
                fresh = self._fresh[arrival.channel, arrival.to]
                fresh.remove(arrival)
                if not fresh:
                    del self._fresh[arrival.channel, arrival.to]
            self._written = batch[-1][0]
            self._changed.notify_all()


def _ordered(sort: str) -> str:
    """The clause of a sort; an unknown one is the list's own."""
    column = _SORTS.get(sort.removeprefix("-"))
    if column is None:
        return " ORDER BY id DESC"
    return f" ORDER BY {column} {'DESC' if sort.startswith('-') else 'ASC'}, id DESC"


def _weight(arrival: base.Arrival) -> int:
    return ROW_BYTES + len(arrival.raw) + len(arrival.body)


def _prepare(database: sqlite3.Connection) -> None:
    database.executescript(_SCHEMA)
    if not database.execute(_HAS_RAW).fetchone()[0]:
        database.execute(_ADD_RAW)


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=10.0, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    # The twins are judges of other processes' crashes, not of this machine's power supply.
    database.execute("PRAGMA synchronous = NORMAL")
    return database


def _store(database: sqlite3.Connection, batch: list[tuple[int, float, base.Arrival]]) -> None:
    with _transaction(database):
        database.executemany(_INSERT, (_row(number, at, arrival) for number, at, arrival in batch))


@contextlib.contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _row(number: int, at: float, arrival: base.Arrival) -> tuple[Any, ...]:
    texts = (
        arrival.twin,
        arrival.channel,
        arrival.to,
        arrival.ref,
        arrival.provider_ref,
        arrival.outcome,
        arrival.title,
        arrival.text,
        arrival.image,
    )
    return (
        number,
        at,
        *map(_sound, texts),
        arrival.taken,
        _json(arrival.wire),
        _sound(arrival.body[:BODY_LIMIT]),
        _json(arrival.shown),
        arrival.raw,
    )


def _handed(row: tuple[Any, ...]) -> base.Handed:
    return base.Handed(at=row[0], to=row[1], provider_ref=row[2], wire=msgspec.json.decode(row[3]))


def _sound(text: str) -> str:
    """The text without half characters, which a hostile sender may write and no database takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _json(value: Mapping[str, object]) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError):  # half characters, or a value that has no JSON form
        return msgspec.json.encode({_sound(str(name)): _sound(str(part)) for name, part in value.items()})


def _arrival(row: tuple[Any, ...], opened: base.Opened | None) -> wire.Arrival:
    title, text, image = row[8:11] if opened is None else (opened.title, opened.text, opened.image)
    return wire.Arrival(
        id=row[0],
        at=datetime.fromtimestamp(row[1], UTC),
        twin=row[2],
        channel=row[3],
        to=row[4],
        ref=row[5],
        provider_ref=row[6],
        outcome=row[7],
        title=_sound(title),
        text=_sound(text),
        image=_sound(image),
        count=row[11],
    )
