"""Freeze a run: its audience becomes message rows and its messages become batches.

A small audience is frozen in the launch's own transaction. A large one would keep every other writer waiting for
seconds: of it the launch freezes the first portion, and `next_portion` the others, each in a transaction of its own,
while the run is `launching` and nobody may claim its batches. Its audience, as the equation counts it, grows with them.
"""

import sqlite3
import time
from dataclasses import dataclass

from server.store import database, numbers
from server.store.ledger import batches, book, codes
from server.store.ledger import terms as policy
from server.wire import ledger

#: Messages in a batch: the unit of claiming, never of truth.
BATCH = 500
#: Messages that are frozen at once; so many keep other writers waiting for less than a tenth of a second.
PORTION = 20_000


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
    terms: policy.Terms = policy.NONE,
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
    (priority,) = connection.execute(
        "SELECT priority FROM campaign WHERE workspace = ? AND id = ?", (workspace, campaign)
    ).fetchone()
    run = numbers.take_now(connection, workspace, "run")
    first = people if terms.shapes else min(people, _people_of_a_portion(len(channels)))
    status = "running" if first == people else "launching"
    connection.execute(
        "INSERT INTO run (workspace, id, campaign, status, audience, contents, people, messages, started_at, priority)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (workspace, run, campaign, status, audience, contents, people, first * len(channels), now, priority),
    )
    portion = _Portion(
        workspace=workspace,
        run=run,
        audience=audience,
        places={codes.CHANNELS[channel]: place * people for place, channel in enumerate(channels)},
        urgency=codes.PRIORITIES[priority],
        done=0,
        people=first,
        after=-1,
    )
    _write_messages(connection, portion, now)
    policy.apply(
        connection,
        workspace=workspace,
        run=run,
        audience=audience,
        channels=channels,
        people=people,
        terms=terms,
    )
    _count(connection, portion)
    return run


def next_portion(connection: sqlite3.Connection, *, workspace: int, run: int, now: float) -> bool:
    """Freeze the next portion of a run that is launching, in one transaction. Returns whether that was the last."""
    with database.transaction(connection):
        found = connection.execute(
            "SELECT run.audience, run.people, run.messages, run.priority FROM run"
            " WHERE workspace = ? AND id = ? AND status = 'launching'",
            (workspace, run),
        ).fetchone()
        if found is None:
            return True
        audience, people, messages, priority = found
        key = {"workspace": workspace, "run": run}
        places = dict(connection.execute(book.SQL["frozen_places"], key).fetchall())
        done = messages // len(places)
        (after,) = connection.execute(
            book.SQL["frozen_last"], {**key, "seq": min(places.values()) + done}
        ).fetchone()
        portion = _Portion(
            workspace=workspace,
            run=run,
            audience=audience,
            places=places,
            urgency=codes.PRIORITIES[priority],
            done=done,
            people=min(people - done, _people_of_a_portion(len(places))),
            after=after,
        )
        written = _write_messages(connection, portion, now)
        _count(connection, portion)
        last = done + written >= people or written < portion.people  # somebody may have left the audience
        grown = {**key, "messages": written * len(places), "people": done + written, "last": int(last)}
        connection.execute(book.SQL["grow_run"], grown)
        if last:
            connection.execute(book.SQL["settle_campaign"], {**key, "now": now})
            batches.settle(connection, workspace=workspace, run=run, now=now)
    return last


def launching(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    """The runs that have portions to come, as (workspace, run)."""
    return [(int(workspace), int(run)) for workspace, run in connection.execute(book.SQL["launching_runs"])]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Portion:
    """Some of the audience's people, one after another by their numbers, with their messages on all channels."""

    workspace: int
    run: int
    audience: int
    places: dict[int, int]  #: channel to the place behind which its messages begin
    urgency: int
    done: int  #: people frozen before these
    people: int  #: at most
    after: int  #: the last person before these

    @property
    def spans(self) -> list[tuple[int, int, int]]:
        """Channel, first place, and the place after the last."""
        return [
            (channel, place + self.done + 1, place + self.done + self.people + 1)
            for channel, place in self.places.items()
        ]


def _people_of_a_portion(channels: int) -> int:
    """As many whole batches as fit."""
    return max(1, PORTION // channels // BATCH) * BATCH


def _write_messages(connection: sqlite3.Connection, portion: _Portion, now: float) -> int:
    """Write the messages and their batches. Returns how many people were found."""
    written = 0
    for channel, first, end in portion.spans:
        written = connection.execute(
            book.SQL["freeze_messages"],
            {
                "workspace": portion.workspace,
                "run": portion.run,
                "audience": portion.audience,
                "base": first - 1,
                "channel": channel,
                "channel_name": codes.CHANNEL_NAMES[channel],
                "skipped": codes.SKIPPED,
                "waiting": codes.WAITING,
                "no_address": ledger.Skip.NO_ADDRESS.value,
                "now": now,
                "after": portion.after,
                "limit": portion.people,
            },
        ).rowcount
        behind = min(end, first + written)
        connection.executemany(
            "INSERT INTO batch (workspace, run, n, channel, seq_from, seq_to, priority) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    portion.workspace,
                    portion.run,
                    start,
                    channel,
                    start,
                    min(start + BATCH, behind),
                    portion.urgency,
                )
                for start in range(first, behind, BATCH)
            ],
        )
    return written


def _count(connection: sqlite3.Connection, portion: _Portion) -> None:
    """Begin the stories of those without an address, and count everything for the first time."""
    for _, first, end in portion.spans:
        span = {"workspace": portion.workspace, "run": portion.run, "seq_from": first, "seq_to": end}
        skips = {
            "at": book.STAMPS.next(),
            "kind": codes.EVENTS[ledger.EventKind.SKIPPED],
            "skipped": codes.SKIPPED,
        }
        connection.execute(book.SQL["freeze_skips"], {**span, **skips})
        connection.execute(book.SQL["freeze_tallies"], span)
