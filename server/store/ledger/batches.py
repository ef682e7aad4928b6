"""Leases on batches: claiming, loading, giving back, and what a dead owner left behind."""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from server.store import database
from server.store.ledger import book, codes, testing
from server.wire import ledger

#: Runs in these states send nothing more.
ENDED = ("cancelling", "cancelled")
#: A message that was under way at so many crashes may be their cause, and is left to a person.
MOST_REPEATS = 8


class Batch(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A lease on a range of messages. A newer fence ends it."""

    workspace: int
    run: int
    n: int
    channel: int  #: code
    seq_from: int
    seq_to: int  #: exclusive
    fence: int
    priority: int = 0  #: 0 bulk, 1 transactional, 2 test
    campaign: int = 0


class Row(NamedTuple):
    """One waiting message with all that is needed to hand it over."""

    seq: int
    attempts: int
    address: str | None  #: None where the contact has none any more
    address_key: str | None
    key: str
    name: str
    country: str
    zone: str
    locale: str
    attributes: str  #: JSON
    contact: int
    suppressed: int
    since: float | None = None  #: when a person had it sent again; its age counts from there
    first_at: float | None = None  #: when its first try began, epoch seconds; None before there was one
    only: int | None = None  #: the account an earlier try may have arrived by: it leaves by no other


def claim(
    connection: sqlite3.Connection,
    *,
    owner: str,
    channel: int,
    now: float,
    lease_s: float,
    urgent: bool = False,
    spared: Iterable[str] = (),
) -> tuple[Batch, list[Row]] | None:
    """Lease the next due batch of a channel and load what waits in it. None where nothing is due.

    `urgent` takes only what goes before bulk; `spared` are runs, `<workspace>/<run>`, to leave alone for now.
    Whatever an earlier owner left in `sending` is in doubt from here on: only that owner could know, and it is gone.
    """
    with database.transaction(connection):
        found = connection.execute(
            book.SQL["claim_urgent" if urgent else "claim_batch"],
            {
                "owner": owner,
                "until": now + lease_s,
                "channel": channel,
                "now": now,
                "spared": msgspec.json.encode(list(spared)).decode(),
            },
        ).fetchone()
        if found is None:
            return None
        workspace, run, n, code, seq_from, seq_to, fence, priority, campaign = found
        batch = Batch(
            workspace=workspace,
            run=run,
            n=n,
            channel=code,
            seq_from=seq_from,
            seq_to=seq_to,
            fence=fence,
            priority=priority,
            campaign=campaign,
        )
        doubt_range(connection, batch, "the sender stopped before it wrote the answer", now)
        rows = connection.execute(
            _of(connection, batch, "load_batch", "load_tests"),
            {
                "workspace": workspace,
                "run": run,
                "seq_from": seq_from,
                "seq_to": seq_to,
                "channel_name": codes.CHANNEL_NAMES[code],
                "waiting": codes.WAITING,
                "now": now,
            },
        ).fetchall()
    return batch, [Row(*row) for row in rows]


def _of(connection: sqlite3.Connection, batch: Batch, usual: str, of_tests: str) -> str:
    """The statement that loads a batch, by whether it is one of tests."""
    is_of_tests = testing.is_of_tests(
        connection, workspace=batch.workspace, run=batch.run, priority=batch.priority
    )
    return testing.SQL[of_tests] if is_of_tests else book.SQL[usual]


class Reach(NamedTuple):
    """How a person can be reached otherwise, for contents that speak of it; empty where they cannot."""

    email: str = ""
    phone: str = ""  #: the SMS one, else WhatsApp's, else RCS's


def reaches(connection: sqlite3.Connection, *, batch: Batch) -> dict[int, Reach]:
    """Contact to mail address and phone, for the people of a batch."""
    found: dict[int, dict[str, str]] = {}
    key = {"workspace": batch.workspace, "run": batch.run, "seq_from": batch.seq_from, "seq_to": batch.seq_to}
    for contact, channel, address in connection.execute(
        _of(connection, batch, "load_reach", "load_tests_reach"), key
    ):
        found.setdefault(contact, {})[channel] = address
    return {
        contact: Reach(
            email=by_channel.get("email", ""),
            phone=by_channel.get("sms") or by_channel.get("whatsapp") or by_channel.get("rcs", ""),
        )
        for contact, by_channel in found.items()
    }


def due_channels(
    connection: sqlite3.Connection, *, channels: Iterable[int], now: float, urgent: bool = False
) -> list[int]:
    """Those of some channels that have something to claim; a look that takes no lock."""
    statement = book.SQL["is_due_urgent" if urgent else "is_due"]
    return [
        channel
        for channel in channels
        if connection.execute(statement, {"channel": channel, "now": now}).fetchone()
    ]


def to_claim(
    connection: sqlite3.Connection, *, able: Iterable[int], hungry: Iterable[int], now: float
) -> list[tuple[int, bool]]:
    """What a sender should claim, the urgent first: channels that can send at all, and those with little at hand.

    Returns (channel, whether only what goes before bulk); a look that takes no lock.
    """
    urgent = due_channels(connection, channels=able, now=now, urgent=True)
    return [
        *((channel, True) for channel in urgent),
        *((channel, False) for channel in due_channels(connection, channels=hungry, now=now)),
    ]


def doubt_range(connection: sqlite3.Connection, batch: Batch, why: str, now: float) -> int:
    """Put every message of the range that is `sending` in doubt. Returns how many; runs in the caller's transaction.

    What may be repeated without reaching a person twice waits for its next attempt instead, unless its run has ended.
    """
    left = connection.execute(
        book.SQL["sending_in_range"],
        {
            "workspace": batch.workspace,
            "run": batch.run,
            "seq_from": batch.seq_from,
            "seq_to": batch.seq_to,
            "sending": codes.SENDING,
        },
    ).fetchall()
    lines = book.Book()
    repeating = any(repeats for *_, repeats in left) and goes_on(
        connection, workspace=batch.workspace, run=batch.run
    )
    doubts = 0
    for seq, attempts, account, repeats in left:
        spot = book.Spot(batch.workspace, batch.run, seq)
        if repeats and repeating and attempts < MOST_REPEATS:
            connection.execute(book.SQL["repeat"], (None, now, *spot, attempts))
            lines.leave(spot, batch.channel, account, codes.SENDING)
            lines.enter(spot, batch.channel, 0, codes.WAITING)
            lines.event(
                spot,
                codes.EVENTS[ledger.EventKind.REPEATED],
                attempt=attempts,
                account=account,
                detail={"why": why},
            )
            continue
        doubts += 1
        connection.execute(book.SQL["put"], (codes.DOUBT, "interrupted", account, None, None, now, *spot))
        lines.leave(spot, batch.channel, account, codes.SENDING)
        lines.enter(spot, batch.channel, account, codes.DOUBT, "interrupted")
        lines.event(
            spot,
            codes.EVENTS[ledger.EventKind.DOUBT],
            attempt=attempts,
            account=account,
            detail={"why": why},
        )
    lines.write(connection)
    return doubts


def goes_on(connection: sqlite3.Connection, *, workspace: int, run: int) -> bool:
    """Whether a run was not cancelled, so that it may still send."""
    (status,) = connection.execute(
        "SELECT status FROM run WHERE workspace = ? AND id = ?", (workspace, run)
    ).fetchone()
    return status not in ENDED


def free(connection: sqlite3.Connection, *, owner_prefix: str, now: float) -> tuple[int, int]:
    """Free every batch of owners whose names begin so and who are known to be dead.

    Returns how many batches were freed and how many messages are in doubt.
    """
    doubts = 0
    with database.transaction(connection):
        held = connection.execute(book.SQL["held_batches"], {"owner": f"{owner_prefix}%"}).fetchall()
        touched = set()
        for workspace, run, n, channel, seq_from, seq_to in held:
            batch = Batch(
                workspace=workspace, run=run, n=n, channel=channel, seq_from=seq_from, seq_to=seq_to, fence=0
            )
            doubts += doubt_range(connection, batch, "the sender stopped before it wrote the answer", now)
            connection.execute(book.SQL["free_batch"], {"workspace": workspace, "run": run, "n": n})
            connection.execute(book.SQL["close_if_drained"], {"workspace": workspace, "run": run, "n": n})
            touched.add((workspace, run))
        for workspace, run in touched:
            settle(connection, workspace=workspace, run=run, now=now)
    return len(held), doubts


def release(
    connection: sqlite3.Connection, *, batch: Batch, owner: str, now: float, not_before: float = 0.0
) -> None:
    """Give a batch back once nothing of it is in flight; end its run if that was the last of it.

    It is closed if nothing in it waits, else due when its next message is, but not before `not_before`. Runs in the
    caller's transaction; a batch that is somebody else's by now is left alone.
    """
    key = {"workspace": batch.workspace, "run": batch.run}
    left, due_at = connection.execute(
        book.SQL["left_in_range"], {**key, "seq_from": batch.seq_from, "seq_to": batch.seq_to}
    ).fetchone()
    connection.execute(
        book.SQL["release_batch"],
        {
            **key,
            "n": batch.n,
            "owner": owner,
            "fence": batch.fence,
            "closed": 0 if left else 1,
            "due_at": max(not_before, due_at or 0.0),
        },
    )
    if not left:
        settle(connection, workspace=batch.workspace, run=batch.run, now=now)


def settle(connection: sqlite3.Connection, *, workspace: int, run: int, now: float) -> bool:
    """End the run if nothing waits and nothing is being sent. Returns whether it ended now."""
    ended = connection.execute(
        book.SQL["settle_run"], {"workspace": workspace, "run": run, "now": now}
    ).rowcount
    if ended:
        connection.execute(book.SQL["settle_campaign"], {"workspace": workspace, "run": run, "now": now})
    return bool(ended)


def cancel_next(
    connection: sqlite3.Connection, *, workspace: int, run: int, now: float, after: int = 0, batches: int = 20
) -> int | None:
    """Cancel what waits in the next open batches behind batch `after`.

    Returns the last batch looked at, None at the end.
    """
    with database.transaction(connection):
        left = connection.execute(
            book.SQL["open_batches"], {"workspace": workspace, "run": run, "after": after, "limit": batches}
        ).fetchall()
        lines = book.Book()
        for n, channel, seq_from, seq_to in left:
            span = {"workspace": workspace, "run": run, "seq_from": seq_from, "seq_to": seq_to}
            _doubt_repeats(connection, span, channel, lines, now)
            connection.execute(
                book.SQL["cancel_events"],
                {**span, "at": book.STAMPS.next(), "kind": codes.EVENTS[ledger.EventKind.CANCELLED]},
            )
            gone = connection.execute(book.SQL["cancel_range"], {**span, "now": now}).rowcount
            spot = book.Spot(workspace, run, 0)
            lines.leave(spot, channel, 0, codes.WAITING, count=gone)
            lines.enter(spot, channel, 0, codes.CANCELLED, count=gone)
            connection.execute(book.SQL["close_if_idle"], {"workspace": workspace, "run": run, "n": n})
        lines.write(connection)
        settle(connection, workspace=workspace, run=run, now=now)
    return left[-1][0] if left else None


def _doubt_repeats(
    connection: sqlite3.Connection, span: dict[str, int], channel: int, lines: book.Book, now: float
) -> None:
    """What waits to be repeated may have arrived: a cancellation cannot take that back, so it is in doubt."""
    for seq, attempts in connection.execute(book.SQL["perhaps_in_range"], span).fetchall():
        spot = book.Spot(span["workspace"], span["run"], seq)
        connection.execute(book.SQL["put"], (codes.DOUBT, "interrupted", 0, None, None, now, *spot))
        lines.leave(spot, channel, 0, codes.WAITING)
        lines.enter(spot, channel, 0, codes.DOUBT, "interrupted")
        lines.event(
            spot,
            codes.EVENTS[ledger.EventKind.DOUBT],
            attempt=attempts,
            detail={"why": "the run was cancelled, and an earlier try may have arrived"},
        )
