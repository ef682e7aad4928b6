"""Keep everything that arrived at the twins: counted at once, written by a thread of its own, many in one commit."""

import contextlib
import itertools
import logging
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from server.twins import base
from server.wire import twins as wire

log = logging.getLogger(__name__)

WAITING_LIMIT = 50_000  #: arrivals that may wait for the disk; beyond it a twin takes nothing more
BODY_LIMIT = 64_000  #: characters of one body that are kept
GATHER_S = 0.01  #: how long the writer lets arrivals gather, so that a commit holds many
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
    shown BLOB NOT NULL         -- JSON
);
CREATE INDEX IF NOT EXISTS arrival_recipient ON arrival (recipient, ref);
CREATE INDEX IF NOT EXISTS arrival_ref ON arrival (ref);
CREATE INDEX IF NOT EXISTS arrival_provider_ref ON arrival (provider_ref);
CREATE INDEX IF NOT EXISTS arrival_outcome ON arrival (outcome);
"""

_INSERT = "INSERT INTO arrival VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

_COLUMNS = """
    id, at, twin, channel, recipient, ref, provider_ref, outcome, title, text, image,
    (SELECT coalesce(sum(same.taken), 0) FROM arrival AS same
      WHERE same.recipient = arrival.recipient AND same.ref = arrival.ref AND same.channel = arrival.channel)
"""

_WHERE = "WHERE (:twin = '' OR twin = :twin) AND (:outcome = '' OR outcome = :outcome)"
_TOTAL = f"SELECT count(*) FROM arrival {_WHERE}"  # noqa: S608 - nothing but the texts above
_PAGE = f"SELECT {_COLUMNS} FROM arrival {_WHERE}"  # noqa: S608 - nothing but the texts above
_NEWEST = "ORDER BY id DESC LIMIT :limit OFFSET :offset"
_SHOW = f"SELECT {_COLUMNS}, wire, body, shown FROM arrival WHERE id = ?"  # noqa: S608 - nothing but the texts above

#: Prefixes, so that a person may paste the beginning of an address; each part uses its own index.
_FOUND = """
    AND id IN (
        SELECT id FROM arrival WHERE recipient >= :find AND recipient < :beyond
        UNION SELECT id FROM arrival WHERE ref >= :find AND ref < :beyond
        UNION SELECT id FROM arrival WHERE provider_ref >= :find AND provider_ref < :beyond)
"""


class InboxFull(Exception):
    """The disk does not keep up, or is full: the twin must not take what it cannot keep."""


class Inbox:
    """The twins' inbox in one SQLite file. `keep` never waits; what it counted is written within milliseconds."""

    def __init__(self, path: Path) -> None:
        """Open or make the file. Raises sqlite3.Error where it is not one of ours or cannot be written."""
        self.path = path
        self.arrived: Counter[str] = Counter()  #: twin key to arrivals, ever
        self._attempts: dict[int, int] = {}
        self._taken: dict[int, int] = {}
        self._waiting: list[tuple[int, float, base.Arrival]] = []
        self._changed = threading.Condition()
        self._written = 0  #: the newest id on disk
        self._stopping = False
        path.touch(mode=0o600)  # it holds what people are sent
        with contextlib.closing(_connect(path)) as database:
            database.executescript(_SCHEMA)
            self._recall(database)
        self._ids = itertools.count(self._written + 1)
        self._last = self._written
        self._writer = threading.Thread(target=self._write_on, name="twins-inbox", daemon=True)
        self._writer.start()

    def keep(self, arrival: base.Arrival) -> int:
        """Keep one arrival. Returns how often this recipient was handed this reference and it was taken.

        Raises InboxFull where too much waits for the disk.
        """
        if len(self._waiting) >= WAITING_LIMIT:
            raise InboxFull(
                "The twins' inbox cannot be written as fast as messages arrive, or its disk is full."
            )
        self.arrived[arrival.twin] += 1
        taken = self._count(arrival)
        with self._changed:
            self._last = next(self._ids)
            self._waiting.append((self._last, time.time(), arrival))
            if len(self._waiting) == 1:
                self._changed.notify_all()
        return taken

    def attempts(self, channel: str, to: str) -> int:
        """How often anything arrived for this recipient on this channel, refused or taken."""
        return self._attempts.get(hash((channel, to)), 0)

    def flush(self) -> None:
        """Wait until all that was kept so far is on disk. Raises InboxFull where that takes over FLUSH_S."""
        with self._changed:
            target = self._last
            if not self._changed.wait_for(lambda: self._written >= target, FLUSH_S):
                raise InboxFull("The twins' inbox cannot be written; look for room on its disk.")

    def close(self) -> None:
        """Write what waits, and end the writer."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._writer.join(FLUSH_S)

    def page(self, query: wire.ArrivalQuery) -> wire.Arrivals:
        """A page of arrivals, newest first; blocks, so call it in a thread."""
        self.flush()
        clause = _FOUND if query.find else ""
        offset = max(0, query.offset)
        values = {
            "twin": query.twin,
            "outcome": query.outcome,
            "find": query.find,
            "beyond": query.find + "\U0010ffff",
            "limit": max(1, min(query.limit, 500)),
            "offset": offset,
        }
        with contextlib.closing(_connect(self.path)) as database:
            total = database.execute(_TOTAL + clause, values).fetchone()[0]
            rows = database.execute(_PAGE + clause + _NEWEST, values).fetchall()
        return wire.Arrivals(total=total, offset=offset, rows=[_arrival(row) for row in rows])

    def show(self, arrival: int) -> wire.Arrived | None:
        """One arrival whole, or None; blocks, so call it in a thread."""
        self.flush()
        with contextlib.closing(_connect(self.path)) as database:
            row = database.execute(_SHOW, (arrival,)).fetchone()
        if row is None:
            return None
        return wire.Arrived(
            arrival=_arrival(row),
            wire=msgspec.json.decode(row[12]),
            body=row[13],
            shown=msgspec.json.decode(row[14]),
        )

    def _count(self, arrival: base.Arrival) -> int:
        # Keyed by hashes: 64 bits in place of the texts, so that a million recipients fit into memory.
        person = hash((arrival.channel, arrival.to))
        self._attempts[person] = self._attempts.get(person, 0) + 1
        message = hash((arrival.channel, arrival.to, arrival.ref))
        taken = self._taken.get(message, 0) + arrival.taken
        self._taken[message] = taken
        return taken

    def _recall(self, database: sqlite3.Connection) -> None:
        """Count again what earlier runs kept."""
        rows = database.execute(
            "SELECT twin, channel, recipient, ref, count(*), sum(taken) FROM arrival GROUP BY 1, 2, 3, 4"
        )
        for twin, channel, recipient, ref, count, taken in rows:
            self.arrived[twin] += count
            person = hash((channel, recipient))
            self._attempts[person] = self._attempts.get(person, 0) + count
            message = hash((channel, recipient, ref))
            self._taken[message] = self._taken.get(message, 0) + taken
        self._written = database.execute("SELECT coalesce(max(id), 0) FROM arrival").fetchone()[0]

    def _write_on(self) -> None:
        """The writer's life: gather, commit, tell those who wait; a failed commit is tried again."""
        with contextlib.closing(_connect(self.path)) as database:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting or self._stopping)
                    if not self._waiting:
                        return
                if not self._stopping:
                    time.sleep(GATHER_S)
                with self._changed:
                    batch = list(self._waiting)
                try:
                    _store(database, batch)
                except sqlite3.Error as problem:
                    log.error("the twins' inbox cannot be written: %s", problem)  # noqa: TRY400 - no trace every second
                    if self._stopping:
                        return
                    time.sleep(RETRY_S)
                    continue
                with self._changed:
                    del self._waiting[: len(batch)]
                    self._written = batch[-1][0]
                    self._changed.notify_all()


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=10.0, isolation_level=None)
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
    )


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


def _arrival(row: tuple[Any, ...]) -> wire.Arrival:
    return wire.Arrival(
        id=row[0],
        at=datetime.fromtimestamp(row[1], UTC),
        twin=row[2],
        channel=row[3],
        to=row[4],
        ref=row[5],
        provider_ref=row[6],
        outcome=row[7],
        title=row[8],
        text=row[9],
        image=row[10],
        count=row[11],
    )
