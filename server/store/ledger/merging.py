"""Merge receipts into messages: states only move forward, so that any order and any repetition end the same."""

import sqlite3
from dataclasses import dataclass

from server.store import addresses, database
from server.store.ledger import batches, book, codes
from server.wire import ledger

#: What a receipt's word makes of a message. Words that are missing here are facts that move nothing.
MOVES = {
    "accepted": codes.ACCEPTED,
    "delivered": codes.DELIVERED,
    "seen": codes.SEEN,
    "clicked": codes.CLICKED,
    "replied": codes.REPLIED,
    "failed": codes.FAILED,
    "complained": codes.DELIVERED,  # who complains has got it
}
KINDS = {
    "accepted": ledger.EventKind.ACCEPTED,
    "delivered": ledger.EventKind.DELIVERED,
    "seen": ledger.EventKind.SEEN,
    "clicked": ledger.EventKind.CLICKED,
    "replied": ledger.EventKind.REPLIED,
    "failed": ledger.EventKind.UNDELIVERED,
    "complained": ledger.EventKind.COMPLAINED,
    "unsubscribed": ledger.EventKind.UNSUBSCRIBED,
    "delayed": ledger.EventKind.DELAYED,
}
#: Words that may be about the newest message to an address where they name no message: a person answers a person.
ANSWERS = frozenset({"replied", "unsubscribed"})
MERGED, ASIDE = 1, 2
REF_PARTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One receipt as it was stored."""

    id: int
    workspace: int
    account: int
    kind: str
    ref: str
    provider_ref: str
    address: str
    happened_at: float | None
    code: str
    text: str
    suppress: int
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What one round did."""

    merged: int
    aside: int
    runs: frozenset[tuple[int, int]]


def spot_of(ref: str) -> book.Spot | None:
    """Read a reference, `installation-workspace-run-seq`, whichever installation made it."""
    parts = ref.split("-")
    if len(parts) != REF_PARTS:
        return None
    try:
        return book.Spot(int(parts[1]), int(parts[2]), int(parts[3]))
    except ValueError:
        return None


def parse_ref(ref: str, installation: str, workspace: int) -> book.Spot | None:
    """Read a reference; None where it is not one of this installation's and this workspace's."""
    spot = spot_of(ref) if ref.startswith(f"{installation}-") else None
    return spot if spot is not None and spot.workspace == workspace else None


def merge(connection: sqlite3.Connection, *, installation: str, now: float, limit: int = 500) -> Merged:
    """Merge the oldest receipts that nobody has merged, in one transaction."""
    with database.transaction(connection):
        rows = connection.execute(book.SQL["receipts_to_merge"], {"limit": limit}).fetchall()
        lines = book.Book()
        marks: list[tuple[int, int | None, int | None, int]] = []
        runs = set()
        for row in rows:
            receipt = Stored(**dict(zip(Stored.__dataclass_fields__, row, strict=True)))
            channel_name = _suppress(connection, receipt, now)
            spot = _find(connection, receipt, installation, channel_name)
            if spot is None or not _apply(connection, receipt, spot, lines, now):
                marks.append((ASIDE, None, None, receipt.id))
                continue
            marks.append((MERGED, spot.run, spot.seq, receipt.id))
            runs.add((spot.workspace, spot.run))
        lines.write(connection)
        connection.executemany(book.SQL["mark_receipt"], marks)
        for workspace, run in runs:
            batches.settle(connection, workspace=workspace, run=run, now=now)
    aside = sum(1 for mark in marks if mark[0] == ASIDE)
    return Merged(merged=len(marks) - aside, aside=aside, runs=frozenset(runs))


def _channel_of(connection: sqlite3.Connection, receipt: Stored) -> str:
    found = connection.execute(
        "SELECT channel FROM account WHERE workspace = ? AND id = ?", (receipt.workspace, receipt.account)
    ).fetchone()
    return str(found[0]) if found else ""


def _suppress(connection: sqlite3.Connection, receipt: Stored, now: float) -> str:
    """Note an address that must not be sent to again. Returns the channel's name where it was looked up."""
    if not receipt.suppress and receipt.kind not in ANSWERS:
        return ""
    channel = _channel_of(connection, receipt)
    if receipt.suppress and receipt.address and channel:
        key = addresses.key(channel, receipt.address)
        reason = " ".join(part for part in (receipt.kind, receipt.code) if part)
        connection.execute(
            book.SQL["add_suppression"], (receipt.workspace, channel, key, receipt.address, reason, now)
        )
    return channel


def _find(
    connection: sqlite3.Connection, receipt: Stored, installation: str, channel_name: str
) -> book.Spot | None:
    """Which message a receipt is about: by our reference, by the provider's, or as an answer to the newest one."""
    if receipt.ref:
        return parse_ref(receipt.ref, installation, receipt.workspace)
    if receipt.provider_ref:
        found = connection.execute(
            book.SQL["message_by_provider_ref"],
            {
                "workspace": receipt.workspace,
                "provider_ref": receipt.provider_ref,
                "account": receipt.account,
            },
        ).fetchone()
        if found:
            return book.Spot(receipt.workspace, *found)
    if receipt.kind in ANSWERS and receipt.address and channel_name:
        found = connection.execute(
            book.SQL["newest_message_to"],
            {
                "workspace": receipt.workspace,
                "channel_name": channel_name,
                "channel": codes.CHANNELS[channel_name],
                "address_key": addresses.key(channel_name, receipt.address),
            },
        ).fetchone()
        if found:
            return book.Spot(receipt.workspace, *found)
    return None


def _apply(
    connection: sqlite3.Connection, receipt: Stored, spot: book.Spot, lines: book.Book, now: float
) -> bool:
    """Move the message if the news is further than it stands. Returns False where there is no such message."""
    found = connection.execute(book.SQL["look"], spot).fetchone()
    if found is None:
        return False
    state, reason, account, attempts, channel = found
    if attempts == 0:
        return False  # never handed over: whoever wrote this receipt means another message
    new_state, new_reason = further(state, reason, receipt.kind, receipt.code)
    if (new_state, new_reason) != (state, reason):
        new_account = account or receipt.account
        provider_ref = receipt.provider_ref or None
        connection.execute(
            book.SQL["put"], (new_state, new_reason, new_account, None, provider_ref, now, *spot)
        )
        lines.leave(spot, channel, account, state, reason)
        lines.enter(spot, channel, new_account, new_state, new_reason)
    detail: book.Detail = {"by": "receipt"}
    for name in ("code", "text", "happened_at", "provider_ref"):
        if value := getattr(receipt, name):
            detail[name] = value
    kind = KINDS.get(receipt.kind, ledger.EventKind.UNKNOWN)
    lines.event(spot, codes.EVENTS[kind], attempt=attempts, account=receipt.account, detail=detail)
    return True


def further(state: int, reason: str, kind: str, code: str) -> tuple[int, str]:
    """Where news takes a message. Pure, and independent of the order news comes in.

    Of two failures the reason that sorts first is kept, so that their order does not matter either.
    """
    target = MOVES.get(kind)
    if target is None:
        return state, reason
    target_reason = (code or "undelivered") if target == codes.FAILED else ""
    if codes.RANK[target] > codes.RANK[state]:
        return target, target_reason
    if target == codes.FAILED and state == codes.FAILED:
        return state, min(reason, target_reason)
    return state, reason
