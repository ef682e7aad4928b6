"""Leases on batches: claiming, loading, giving back, and what a dead owner left behind."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from server.store import database
from server.store.ledger import book, codes
from server.wire import ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A lease on a range of messages. A newer fence ends it."""

    workspace: int
    run: int
    n: int
    channel: int  #: code
    seq_from: int
    seq_to: int  #: exclusive
    fence: int


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


def claim(
    connection: sqlite3.Connection, *, owner: str, channel: int, now: float, lease_s: float
) -> tuple[Batch, list[Row]] | None:
    """Lease the next due batch of a channel and load what waits in it. None where nothing is due.

    Whatever an earlier owner left in `sending` is in doubt from here on: only that owner could know, and it is gone.
    """
    with database.transaction(connection):
        found = connection.execute(
            book.SQL["claim_batch"], {"owner": owner, "until": now + lease_s, "channel": channel, "now": now}
        ).fetchone()
        if found is None:
            return None
        workspace, run, n, code, seq_from, seq_to, fence = found
        batch = Batch(
            workspace=workspace, run=run, n=n, channel=code, seq_from=seq_from, seq_to=seq_to, fence=fence
        )
        doubt_range(connection, batch, "the sender stopped before it wrote the answer", now)
        rows = connection.execute(
            book.SQL["load_batch"],
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


class Reach(NamedTuple):
    """How a person can be reached otherwise, for contents that speak of it; empty where they cannot."""

    email: str = ""
    phone: str = ""  #: the SMS one, else WhatsApp's, else RCS's


def reaches(connection: sqlite3.Connection, *, batch: Batch) -> dict[int, Reach]:
    """Contact to mail address and phone, for the people of a batch."""
    found: dict[int, dict[str, str]] = {}
    key = {"workspace": batch.workspace, "run": batch.run, "seq_from": batch.seq_from, "seq_to": batch.seq_to}
    for contact, channel, address in connection.execute(book.SQL["load_reach"], key):
        found.setdefault(contact, {})[channel] = address
    return {
        contact: Reach(
            email=by_channel.get("email", ""),
            phone=by_channel.get("sms") or by_channel.get("whatsapp") or by_channel.get("rcs", ""),
        )
        for contact, by_channel in found.items()
    }


def due_channels(connection: sqlite3.Connection, *, channels: Iterable[int], now: float) -> list[int]:
    """Those of some channels that have something to claim; a look that takes no lock."""
    return [
        channel
        for channel in channels
        if connection.execute(book.SQL["is_due"], {"channel": channel, "now": now}).fetchone()
    ]


def doubt_range(connection: sqlite3.Connection, batch: Batch, why: str, now: float) -> int:
    """Put every message of the range that is `sending` in doubt. Returns how many; runs in the caller's transaction."""
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
    for seq, attempts, account in left:
        spot = book.Spot(batch.workspace, batch.run, seq)
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
    return len(left)


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
