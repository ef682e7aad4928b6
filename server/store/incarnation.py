"""Know a database that is a copy: one put back, moved here, or running beside its original.

The database and a mark beside it, in a file of the data folder, name the same incarnation and count the same
generations: the database first, then the mark. The generation grows at every start and every second in which anything
happened. A database behind its mark is an older copy; one without its mark, or in another file than it was, is a copy
that came from elsewhere. The mark also holds what was sent and which numbers were given out, so that what a copy has
forgotten can be told, and no number of the time it has lost is given out again: a receipt of then must never meet a
message of now.
"""

import contextlib
import hashlib
import os
import secrets
import sqlite3
import sys
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from server.store import database, holds, meta
from server.store.ledger import codes

FILE = "incarnation.json"
INCARNATION, GENERATION, FLUSHED, HOME = "incarnation", "generation", "flushed_at", "home"
#: When a copy was last recognised: receipts about runs from before then may know more than the ledger does.
RESTORED = "restored_at"

#: Runs the mark may have missed in the second before a crash.
RUN_MARGIN = 1_000
#: Where no mark tells how far the numbers went: a step of thousands, drawn, so that two copies do not meet either.
RUN_STEP, RUN_STEPS = 1_000, 10_000
#: The newest runs are remembered in the mark.
RUNS = 200

HANDED = f"""
SELECT run.workspace, run.id, campaign.name, coalesce((SELECT sum(n) FROM tally WHERE tally.workspace = run.workspace
    AND tally.run = run.id AND (tally.state BETWEEN {codes.SENDING} AND {codes.REPLIED} OR tally.state = {codes.DOUBT}
    OR tally.state = {codes.FAILED} AND tally.account <> 0)), 0),
  coalesce((SELECT sum(n) FROM tally WHERE tally.workspace = run.workspace AND tally.run = run.id
    AND tally.state = {codes.SENDING}), 0)
FROM run JOIN campaign ON campaign.workspace = run.workspace AND campaign.id = run.campaign
ORDER BY run.started_at DESC LIMIT {RUNS}
"""  # noqa: S608 - numbers of ours
RAISE = """
INSERT INTO counter (workspace, noun, n) VALUES (:workspace, :noun, :n)
ON CONFLICT (workspace, noun) DO UPDATE SET n = max(counter.n, excluded.n)
"""
#: Whether there is anything that a copy might send or has forgotten.
USED = "SELECT EXISTS (SELECT 1 FROM run) OR EXISTS (SELECT 1 FROM schedule WHERE state = 'active')"


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """How far one run was."""

    campaign: str
    sent: int  #: messages handed over


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """Which file a database is. A file that was moved is the same one; a copy is another."""

    file: int = 0  #: the file's number on its disk
    machine: str = ""  #: a hash; empty where the machine has no name of its own
    path: str = ""  #: for the sentence alone


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What is known outside the database."""

    incarnation: str
    generation: int
    at: float  #: epoch seconds
    next: str = ""  #: the incarnation a release is about to write
    counters: dict[str, int] = {}  #: `workspace/noun` to the last number given out
    sent: dict[str, Sent] = {}  #: `workspace/run`, the newest runs


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """A run this database knows nothing of."""

    workspace: int
    run: int
    campaign: str
    sent: int


class Behind(msgspec.Struct, frozen=True, kw_only=True):
    """How far one run went without this database."""

    sending: int  #: messages under way when the copy was taken
    sent_after: int | None  #: None where nobody knows


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """How a copy was recognised, and what went on without it; kept with the hold."""

    sentence: str
    copied_at: float | None = None
    known_until: float | None = None
    sent_after: int | None = None
    lost: list[Lost] = []
    runs: dict[str, Behind] = {}  #: `workspace/run`


@dataclass(slots=True, kw_only=True)
class Keeper:
    """Keeps the mark in step with the database; asked about once a second."""

    data: Path
    _seen: tuple[int, int] = (0, 0)
    _written: tuple[dict[str, int], dict[str, Sent]] = field(default_factory=lambda: ({}, {}))

    def keep(self, connection: sqlite3.Connection, now: float) -> None:
        """Count a generation if anything happened since the last, in the database first. Not while a copy asks."""
        seen = (int(connection.execute("PRAGMA data_version").fetchone()[0]), connection.total_changes)
        if seen == self._seen:
            return
        self._seen = seen
        counters, sent = _counters(connection), {key: run for key, (run, _) in _sent(connection).items()}
        if (counters, sent) == self._written or is_asked(connection):
            return
        write(self.data, _count(connection, now))
        self._written = counters, sent
        self._seen = (seen[0], connection.total_changes)


def is_asked(connection: sqlite3.Connection) -> bool:
    """Whether a copy waits for a person; the mark stays as it was until then."""
    hold = holds.show(connection)
    return hold is not None and hold.why == "restored"


def begin(connection: sqlite3.Connection, data: Path, now: float) -> Found | None:
    """See at a start whether the database is the one that was here last, and hold it where it is a copy.

    Runs before anything else is changed; the caller holds the folder's lock. Returns what was found about a copy.
    """
    mark = read(data)
    with database.transaction(connection):
        sentence = _suspicion(connection, data, mark)
        used = bool(connection.execute(USED).fetchone()[0]) or bool(mark and mark.sent)
        found = None
        if sentence and used:
            found = _compare(connection, mark, sentence)
            if not is_asked(connection):
                _raise_numbers(connection, mark)
            meta.put_now(connection, RESTORED, repr(now))
            holds.put(connection, why="restored", found=msgspec.json.encode(found).decode(), now=now)
        else:
            if sentence:
                _raise_numbers(connection, mark)
            if sentence or meta.get_now(connection, INCARNATION) is None:
                _rename(connection, data, secrets.token_hex(8))
    if found is None:
        write(data, _count(connection, now))
    return found


def renew(connection: sqlite3.Connection, data: Path, now: float) -> "Renewal":
    """Begin a new incarnation for a copy that a person let go on: announced in the mark before, confirmed after."""
    mark = read(data)
    name = secrets.token_hex(8)
    write(
        data,
        Mark(incarnation="", generation=0, at=now, next=name)
        if mark is None
        else msgspec.structs.replace(mark, next=name),
    )
    return Renewal(data=data, name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """A new incarnation on its way."""

    data: Path
    name: str

    def within(self, connection: sqlite3.Connection) -> None:
        """Write it, in the transaction of the release."""
        _rename(connection, self.data, self.name)

    def after(self, connection: sqlite3.Connection, now: float) -> None:
        """Confirm it in the mark, once that is committed."""
        write(self.data, _count(connection, now))


def read(data: Path) -> Mark | None:
    """The mark; None where there is none, or none that can be read."""
    try:
        return msgspec.json.decode((data / FILE).read_bytes(), type=Mark)
    except (OSError, msgspec.DecodeError):
        return None


def write(data: Path, mark: Mark) -> None:
    """Put the mark in its place, flushed. Raises OSError."""
    path = data / FILE
    partial = path.with_name(path.name + ".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(mark))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def home(data: Path, name: str = "heliograph.db") -> Home:
    """Which file the database is now."""
    path = data / name
    return Home(file=path.stat().st_ino, machine=_machine(), path=str(data))


# -- at a start -------------------------------------------------------------------------------------------------------


def _suspicion(connection: sqlite3.Connection, data: Path, mark: Mark | None) -> str:
    """Why this database is a copy, as a sentence; empty where it is not."""
    name = meta.get_now(connection, INCARNATION)
    if name is None:
        return "" if mark is None else "The database knows nothing of the record beside it, which is newer."
    if mark is None:
        return "The record that lies beside every database is missing: this one was copied here without it."
    if name not in (mark.incarnation, mark.next):
        return "The record beside the database speaks of another one: this one was put in its place."
    behind = mark.generation - int(meta.get_now(connection, GENERATION) or 0)
    if mark.incarnation == name and behind > 0:
        return "The database is an older copy: the record beside it knows of later work."
    was, is_ = _home(connection), home(data)
    if was.file and was.file != is_.file:
        return (
            "The database file was put back from a copy."
            if was.path == is_.path
            else f"The database was copied here from {was.path}."
        )
    if was.machine and is_.machine and was.machine != is_.machine:
        return "The database was copied here from another machine."
    return ""


def _compare(connection: sqlite3.Connection, mark: Mark | None, sentence: str) -> Found:
    """Set the copy against what the mark knows; before the start frees what was under way."""
    flushed = meta.get_now(connection, FLUSHED)
    known = _sent(connection)
    if mark is None:
        runs = {
            key: Behind(sending=sending, sent_after=None) for key, (_, sending) in known.items() if sending
        }
        return Found(sentence=sentence, copied_at=float(flushed) if flushed else None, runs=runs)
    runs = {}
    lost = []
    for key, then in mark.sent.items():
        if key not in known:
            workspace, _, run = key.partition("/")
            lost.append(Lost(workspace=int(workspace), run=int(run), campaign=then.campaign, sent=then.sent))
    for key, (now_, sending) in known.items():
        later = mark.sent.get(key)
        runs[key] = Behind(sending=sending, sent_after=max(0, later.sent - now_.sent) if later else None)
    after = sum(one.sent for one in lost) + sum(one.sent_after or 0 for one in runs.values())
    return Found(
        sentence=sentence,
        copied_at=float(flushed) if flushed else None,
        known_until=mark.at or None,
        sent_after=after,
        lost=lost,
        runs=runs,
    )


def _raise_numbers(connection: sqlite3.Connection, mark: Mark | None) -> None:
    """Give out no number again that the lost time may have given out."""
    floors = dict(mark.counters) if mark else {}
    margin = RUN_MARGIN if mark else RUN_STEP * (1 + secrets.randbelow(RUN_STEPS))
    for key, number in _counters(connection).items():
        floors[key] = max(number, floors.get(key, 0))
    for key, number in floors.items():
        workspace, _, noun = key.partition("/")
        raised = number + margin if noun == "run" else number
        connection.execute(RAISE, {"workspace": int(workspace), "noun": noun, "n": raised})


def _rename(connection: sqlite3.Connection, data: Path, name: str) -> None:
    meta.put_now(connection, INCARNATION, name)
    meta.put_now(connection, GENERATION, "0")
    meta.put_now(connection, HOME, msgspec.json.encode(home(data)).decode())


def _count(connection: sqlite3.Connection, now: float) -> Mark:
    """Count a generation in the database; returns the mark that says the same."""
    with database.transaction(connection):
        generation = int(meta.get_now(connection, GENERATION) or 0) + 1
        meta.put_now(connection, GENERATION, str(generation))
        meta.put_now(connection, FLUSHED, repr(now))
        return Mark(
            incarnation=meta.get_now(connection, INCARNATION) or "",
            generation=generation,
            at=now,
            counters=_counters(connection),
            sent={key: run for key, (run, _) in _sent(connection).items()},
        )


def _counters(connection: sqlite3.Connection) -> dict[str, int]:
    return {
        f"{workspace}/{noun}": n
        for workspace, noun, n in connection.execute("SELECT workspace, noun, n FROM counter")
    }


def _sent(connection: sqlite3.Connection) -> dict[str, tuple[Sent, int]]:
    """The newest runs: what was handed over, and how much of it is under way."""
    return {
        f"{workspace}/{run}": (Sent(campaign=name, sent=handed), sending)
        for workspace, run, name, handed, sending in connection.execute(HANDED)
    }


def _home(connection: sqlite3.Connection) -> Home:
    try:
        return msgspec.json.decode(meta.get_now(connection, HOME) or "{}", type=Home)
    except msgspec.DecodeError:
        return Home()


def _machine() -> str:
    """The machine's own name as a hash, where it has one that a copy of its disk does not keep."""
    named = ""
    if sys.platform == "win32":
        import winreg

        with (
            contextlib.suppress(OSError),
            winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography") as key,
        ):
            named = str(winreg.QueryValueEx(key, "MachineGuid")[0])
    else:
        with contextlib.suppress(OSError):
            named = Path("/etc/machine-id").read_text(encoding="ascii").strip()
    return hashlib.sha256(f"heliograph {named}".encode()).hexdigest()[:16] if named else ""
