"""A ledger to test with: a real database file with an audience, and a desk to act on it without any network."""

import contextlib
import functools
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from server.store import database, migrate
from server.store.ledger import batches, book, codes, freezing, ticking, ticks
from server.wire import ledger

WORKSPACE = 1
AUDIENCE = 1
CAMPAIGN = 1
ACCOUNT = 7
CHANNELS = ("sms", "email")
INSTALLATION = "abc234"


def ref(run: int, seq: int) -> str:
    """Our reference of a message."""
    return f"{INSTALLATION}-{WORKSPACE}-{run}-{seq}"


@functools.cache
def _schema() -> bytes:
    """An empty database of this schema, made once in a process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "heliograph.db"
        migrate.upgrade(path)
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
        return path.read_bytes()


@contextlib.contextmanager
def opened(folder: Path, *, people: int, without_email: Iterable[int] = ()) -> Iterator[sqlite3.Connection]:
    """A database of this schema whose audience has `people` members with SMS and email, but for some."""
    path = folder / "heliograph.db"
    path.write_bytes(_schema())
    connection = database.connect(path)
    connection.execute(
        "PRAGMA synchronous = OFF"
    )  # many thousand transactions, and no power cut in a unit test
    missing = set(without_email)
    with database.transaction(connection):
        connection.execute(
            "INSERT INTO account (workspace, id, name, provider, channel) VALUES (?, ?, 'lane', 'sms/twilio', 'sms')",
            (WORKSPACE, ACCOUNT),
        )
        connection.execute(
            "INSERT INTO campaign (workspace, id, name, status) VALUES (?, ?, 'c', 'running')",
            (WORKSPACE, CAMPAIGN),
        )
        for person in range(1, people + 1):
            connection.execute(
                "INSERT INTO contact (workspace, id, key, name) VALUES (?, ?, ?, ?)",
                (WORKSPACE, person, f"k{person}", f"Person {person}"),
            )
            connection.execute(
                "INSERT INTO member (workspace, audience, contact) VALUES (?, ?, ?)",
                (WORKSPACE, AUDIENCE, person),
            )
            for channel, address in (("sms", f"+1555{person:07d}"), ("email", f"p{person}@example.com")):
                if channel == "email" and person in missing:
                    continue
                connection.execute(
                    "INSERT INTO identity (workspace, contact, channel, address, address_key, created_at)"
                    " VALUES (?, ?, ?, ?, ?, 0)",
                    (WORKSPACE, person, channel, address, address),
                )
    try:
        yield connection
    finally:
        connection.close()


def freeze(connection: sqlite3.Connection, channels: Iterable[str] = CHANNELS, **more: Any) -> int:
    """Launch the campaign; returns the run."""
    with database.transaction(connection):
        run = freezing.freeze(
            connection,
            workspace=WORKSPACE,
            campaign=CAMPAIGN,
            audience=AUDIENCE,
            channels=list(channels),
            contents="{}",
            expected=None,
            **more,
        )
        connection.execute("UPDATE campaign SET run = ? WHERE id = ?", (run, CAMPAIGN))
    return run


def intent(batch: batches.Batch, row: batches.Row, **more: object) -> ticks.Intent:
    """The intent for one loaded row."""
    return ticks.Intent(
        spot=book.Spot(batch.workspace, batch.run, row.seq),
        batch=batch,
        account=ACCOUNT,
        attempt=row.attempts + 1,
        address_key=row.address_key or "",
        digest=b"0" * 16,
        variables="{}",
        **more,  # type: ignore[arg-type]
    )


def outcome(of: ticks.Intent, end: ticks.End, **more: object) -> ticks.Outcome:
    """The outcome of one intent's attempt."""
    return ticks.Outcome(
        spot=of.spot,
        channel=of.batch.channel,
        account=of.account,
        attempt=of.attempt,
        end=end,
        at=time.time(),
        **more,  # type: ignore[arg-type]
    )


def tick(connection: sqlite3.Connection, owner: str, held: list[batches.Batch], **more: object) -> ticks.Done:
    """One tick now."""
    work = ticks.Tick(owner=owner, now=time.time(), lease_s=30.0, held=held, **more)  # type: ignore[arg-type]
    return ticking.tick(connection, work)


def states(connection: sqlite3.Connection, run: int) -> dict[int, str]:
    """Every message's state by name."""
    rows = connection.execute("SELECT seq, state FROM message WHERE run = ?", (run,))
    return {seq: codes.STATE_NAMES[state].value for seq, state in rows}


def state(connection: sqlite3.Connection, run: int, seq: int) -> tuple[str, str]:
    """One message's state and reason."""
    code, reason = connection.execute(
        "SELECT state, reason FROM message WHERE run = ? AND seq = ?", (run, seq)
    ).fetchone()
    return codes.STATE_NAMES[code].value, reason


def post(connection: sqlite3.Connection, run: int, seq: int, kind: str, **more: object) -> None:
    """Store one receipt about a message, as the door does."""
    columns = {
        "workspace": WORKSPACE,
        "account": ACCOUNT,
        "event_id": f"{run}-{seq}-{kind}-{more.get('code', '')}",
        "at": time.time(),
        "kind": kind,
        "ref": ref(run, seq),
        **more,
    }
    names = ", ".join(columns)
    marks = ", ".join("?" for _ in columns)
    connection.execute(
        f"INSERT INTO receipt ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING", tuple(columns.values())
    )


_PLACE = "workspace, run, channel, account, state, reason"
#: Places where the messages, counted one by one, are others than the tallies say.
DIFFERENCES = f"""
SELECT {_PLACE} FROM (
  SELECT {_PLACE}, count(*) AS n FROM message WHERE workspace = :workspace AND run = :run GROUP BY {_PLACE}
  UNION ALL SELECT {_PLACE}, -n FROM tally WHERE workspace = :workspace AND run = :run
) GROUP BY {_PLACE} HAVING sum(n) <> 0
"""


def differences(connection: sqlite3.Connection, run: int) -> list[tuple[object, ...]]:
    """Where tallies and a full count differ; empty when the equation is exact."""
    return connection.execute(DIFFERENCES, {"workspace": WORKSPACE, "run": run}).fetchall()


def events(connection: sqlite3.Connection, run: int, seq: int) -> list[ledger.EventKind]:
    """A message's story, by kind."""
    rows = connection.execute("SELECT kind FROM event WHERE run = ? AND seq = ? ORDER BY at", (run, seq))
    return [codes.EVENT_NAMES[kind] for (kind,) in rows]
