"""The simulated disk: one database in memory, made once and copied for each campaign."""

import functools
import json
import sqlite3
import tempfile
from collections.abc import Iterable
from pathlib import Path

from server.store import database
from tests.support import books

PEOPLE = 200


@functools.cache
def _image(people: int) -> bytes:
    """A database of this schema with an audience, as bytes."""
    with tempfile.TemporaryDirectory() as folder:
        without = range(1, people + 1, 29)
        with books.opened(Path(folder), people=people, without_email=without) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            return connection.serialize()


#: Counts what is done to all that the equation is made of, so that only commits that touched it need a full count.
WATCH = "CREATE TEMP TABLE touched (times INTEGER); INSERT INTO touched VALUES (0);" + "".join(
    f"CREATE TEMP TRIGGER {table}_{act} AFTER {act} ON {table} BEGIN UPDATE touched SET times = times + 1; END;"
    for table in ("message", "tally")
    for act in ("INSERT", "UPDATE", "DELETE")
)


def disk(people: int = PEOPLE) -> sqlite3.Connection:
    """A fresh copy of it, in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(_image(people))
    connection.executescript(WATCH)
    return connection


def touched(connection: sqlite3.Connection) -> int:
    """How often a message or a tally was written so far."""
    (times,) = connection.execute("SELECT times FROM touched").fetchone()
    return int(times)


def launch(connection: sqlite3.Connection, channels: Iterable[str], now: float) -> int:
    """Freeze a run of the audience at a simulated moment."""
    run = books.freeze(connection, channels)
    contents = {
        "sms": {"channel": "sms", "body": "Hello {{ name }}"},
        "email": {
            "channel": "email",
            "subject": "Hello {{ name }}",
            "html": "<p>{{ name }}</p>",
            "text": "{{ name }}",
        },
    }
    chosen = {channel: contents[channel] for channel in channels}
    with database.transaction(connection):
        connection.execute(
            "UPDATE run SET contents = ?, started_at = ? WHERE id = ?", (json.dumps(chosen), now, run)
        )
    return run
