"""Freeze a run: its audience becomes message rows and its messages become batches, in one transaction."""

import sqlite3
import time

from server.store import numbers
from server.store.ledger import book, codes
from server.wire import ledger

#: Messages in a batch: the unit of claiming, never of truth.
BATCH = 500


class Empty(Exception):
    """There is nobody in the audience."""


class Changed(Exception):
    """The audience is not as large as the person saw it."""

    def __init__(self, people: int) -> None:
        super().__init__(f"the audience has {people} people now")
        self.people = people


def freeze(
    connection: sqlite3.Connection,
    *,
    workspace: int,
    campaign: int,
    audience: int,
    channels: list[str],
    contents: str,
    expected: int | None,
) -> int:
    """Make the run in the caller's transaction; returns its id.

    Raises Empty or Changed, and then nothing is written.
    """
    now = time.time()
    (people,) = connection.execute(
        "SELECT count(*) FROM member WHERE workspace = ? AND audience = ?", (workspace, audience)
    ).fetchone()
    if people == 0:
        raise Empty
    if expected is not None and expected != people:
        raise Changed(people)
    run = numbers.take_now(connection, workspace, "run")
    connection.execute(
        "INSERT INTO run (workspace, id, campaign, status, audience, contents, people, messages, started_at)"
        " VALUES (?, ?, ?, 'running', ?, ?, ?, ?, ?)",
        (workspace, run, campaign, audience, contents, people, people * len(channels), now),
    )
    for place, channel in enumerate(channels):
        _freeze_channel(
            connection, workspace, run, audience, channel, base=place * people, people=people, now=now
        )
    connection.execute(
        book.SQL["freeze_skips"],
        {
            "workspace": workspace,
            "run": run,
            "at": book.STAMPS.next(),
            "kind": codes.EVENTS[ledger.EventKind.SKIPPED],
            "skipped": codes.SKIPPED,
        },
    )
    connection.execute(book.SQL["freeze_tallies"], {"workspace": workspace, "run": run})
    return run


def _freeze_channel(
    connection: sqlite3.Connection,
    workspace: int,
    run: int,
    audience: int,
    channel: str,
    *,
    base: int,
    people: int,
    now: float,
) -> None:
    code = codes.CHANNELS[channel]
    connection.execute(
        book.SQL["freeze_messages"],
        {
            "workspace": workspace,
            "run": run,
            "audience": audience,
            "base": base,
            "channel": code,
            "channel_name": channel,
            "skipped": codes.SKIPPED,
            "waiting": codes.WAITING,
            "no_address": ledger.Skip.NO_ADDRESS.value,
            "now": now,
        },
    )
    first, last = base + 1, base + people + 1
    connection.executemany(
        "INSERT INTO batch (workspace, run, n, channel, seq_from, seq_to) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (workspace, run, start, code, start, min(start + BATCH, last))
            for start in range(first, last, BATCH)
        ],
    )
