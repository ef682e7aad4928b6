"""Runs of tests: messages to addresses somebody typed, in the ledger and by the lanes like all others."""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from server.store import numbers, statements
from server.store.ledger import codes

SQL = statements.load(Path(__file__).with_name("testing.sql"))

#: What `run.kind` says of a run of tests.
KIND = "test"
URGENCY = codes.PRIORITIES["test"]


class Address(NamedTuple):
    """Where a test goes."""

    address: str
    key: str


class Suppressed(Exception):
    """Some addresses must not be sent to: their places among those asked for, with why."""

    def __init__(self, why: dict[int, str]) -> None:
        super().__init__("suppressed")
        self.why = why


def is_of_tests(connection: sqlite3.Connection, *, workspace: int, run: int, priority: int) -> bool:
    """Whether a batch of that priority belongs to a run of tests; others cost no look."""
    if priority != URGENCY:
        return False
    key = {"workspace": workspace, "run": run}
    return connection.execute(SQL["is_of_tests"], key).fetchone() is not None


def freeze(
    connection: sqlite3.Connection,
    *,
    workspace: int,
    campaign: int,
    channel: int,
    contents: str,
    contact: int,
    to: Sequence[Address],
    now: float,
) -> int:
    """Make a run of tests in the caller's transaction; returns its id. Raises Suppressed, and nothing is written."""
    _refuse_suppressed(connection, workspace, codes.CHANNEL_NAMES[channel], to)
    run = numbers.take_now(connection, workspace, "run")
    key: dict[str, Any] = {"workspace": workspace, "run": run, "channel": channel, "waiting": codes.WAITING}
    key |= {"count": len(to), "now": now}
    connection.execute(SQL["add_run"], {**key, "campaign": campaign, "contents": contents})
    rows = [
        {**key, "seq": seq, "contact": contact, "address": one.address, "address_key": one.key}
        for seq, one in enumerate(to, start=1)
    ]
    connection.executemany(SQL["add_message"], rows)
    connection.executemany(SQL["add_address"], rows)
    connection.execute(SQL["add_batch"], {**key, "end": len(to) + 1, "urgency": URGENCY})
    connection.execute(SQL["add_tally"], key)
    return run


def _refuse_suppressed(
    connection: sqlite3.Connection, workspace: int, channel: str, to: Iterable[Address]
) -> None:
    why = {}
    for place, one in enumerate(to):
        key = {"workspace": workspace, "channel_name": channel, "address_key": one.key}
        found = connection.execute(SQL["suppressed_why"], key).fetchone()
        if found is not None:
            why[place] = str(found[0])
    if why:
        raise Suppressed(why)
