"""Merge receipts into messages: states only move forward, so that any order and any repetition end the same."""

import dataclasses
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from server.store import addresses, database, receipts
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
LATER, MERGED, ASIDE = 0, 1, 2  #: where a stored receipt stands
REF_PARTS = 4
REF_DIGITS = 18  #: a longer number is none of ours, and no database takes it


class News(Protocol):
    """What merging needs to know of a receipt, stored already or about to be."""

    @property
    def workspace(self) -> int:
        """Whose."""

    @property
    def account(self) -> int:
        """By whose door it came."""

    @property
    def kind(self) -> str:
        """One of KINDS, or a word that moves nothing."""

    @property
    def ref(self) -> str:
        """Our own reference, or empty."""

    @property
    def provider_ref(self) -> str:
        """The provider's, or empty."""

    @property
    def address(self) -> str:
        """The person's, or empty."""

    @property
    def happened_at(self) -> float | None:
        """Epoch seconds, by the provider's clock."""

    @property
    def code(self) -> str:
        """The vendor's."""

    @property
    def text(self) -> str:
        """The vendor's, or the person's."""

    @property
    def suppress(self) -> bool | int:
        """Whether the address must not be sent to again."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of receipts that were taken; doubles are in none of the counts."""

    merged: int
    later: int  #: stored, for the merger to find out what they are about
    held_s: float = dataclasses.field(default=0.0, compare=False)  #: how long other writers were kept out


@dataclass(slots=True)
class _Standing:
    """Where a message stands within a transaction."""

    state: int
    reason: str
    account: int
    attempts: int
    channel: int
    provider_ref: str | None  #: what the message is to learn; None where it knows
    knows_ref: bool
    moved: bool = False


def spot_of(ref: str) -> book.Spot | None:
    """Read a reference, `installation-workspace-run-seq`, whichever installation made it."""
    parts = ref.split("-")
    if len(parts) != REF_PARTS or max(map(len, parts)) > REF_DIGITS:
        return None
    try:
        return book.Spot(int(parts[1]), int(parts[2]), int(parts[3]))
    except ValueError:
        return None


def parse_ref(ref: str, installation: str, workspace: int) -> book.Spot | None:
    """Read a reference; None where it is not one of this installation's and this workspace's."""
    spot = spot_of(ref) if ref.startswith(f"{installation}-") else None
    return spot if spot is not None and spot.workspace == workspace else None


def take(
    connection: sqlite3.Connection, incoming: Iterable[receipts.Incoming], *, installation: str, now: float
) -> Taken:
    """Store receipts and merge those that carry our own reference, in one flushed transaction.

    What they are about is looked up once and written once, so that news costs little more than its raw copy. Receipts
    that name a message otherwise are stored for `merge`, which may have to wait for the sender to write that name.
    """
    merged = later = 0
    with database.transaction(connection):
        began = time.monotonic()
        round_ = Round(connection, installation, now)
        for news in incoming:
            spot = round_.referred(news)
            standing = LATER if spot is None else MERGED
            if not receipts.put(connection, news, standing, spot):
                continue
            if spot is None:
                later += 1
            else:
                round_.apply(news, spot)
                merged += 1
        round_.write()
    return Taken(merged=merged, later=later, held_s=time.monotonic() - began)


def merge(connection: sqlite3.Connection, *, installation: str, now: float, limit: int = 500) -> Merged:
    """Merge the oldest receipts that nobody has merged, in one transaction."""
    with database.transaction(connection):
        rows = connection.execute(book.SQL["receipts_to_merge"], {"limit": limit}).fetchall()
        round_ = Round(connection, installation, now)
        marks: list[tuple[int, int | None, int | None, int]] = []
        for row in rows:
            receipt = Stored(**dict(zip(Stored.__dataclass_fields__, row, strict=True)))
            spot = round_.found(receipt)
            if spot is None:
                round_.suppress(receipt)
                marks.append((ASIDE, None, None, receipt.id))
            else:
                round_.apply(receipt, spot)
                marks.append((MERGED, spot.run, spot.seq, receipt.id))
        connection.executemany(book.SQL["mark_receipt"], marks)
        round_.write()
    aside = sum(1 for mark in marks if mark[0] == ASIDE)
    return Merged(merged=len(marks) - aside, aside=aside, runs=frozenset(round_.runs))


def set_aside(connection: sqlite3.Connection) -> int | None:
    """Keep the oldest receipt that nobody has merged aside, whatever it says. Returns its number."""
    with database.transaction(connection):
        oldest = connection.execute(book.SQL["receipts_to_merge"], {"limit": 1}).fetchone()
        if oldest is None:
            return None
        connection.execute(book.SQL["mark_receipt"], (ASIDE, None, None, oldest[0]))
    return int(oldest[0])


class Round:
    """The news of one transaction: each message is read once and written once, however much is told of it."""

    def __init__(self, connection: sqlite3.Connection, installation: str, now: float) -> None:
        self.runs: set[tuple[int, int]] = set()
        self._connection = connection
        self._installation = installation
        self._now = now
        self._lines = book.Book()
        self._standings: dict[book.Spot, _Standing | None] = {}
        self._channels: dict[tuple[int, int], str] = {}

    def referred(self, news: News) -> book.Spot | None:
        """The message that news names by our own reference, if it was ever handed over."""
        if not news.ref:
            return None
        spot = parse_ref(news.ref, self._installation, news.workspace)
        return spot if spot is not None and self._standing(spot) is not None else None

    def found(self, news: News) -> book.Spot | None:
        """Which message news is about: by our reference, by the provider's, or as an answer to the newest one."""
        if news.ref:
            return self.referred(news)
        spot = self._by_provider_ref(news) if news.provider_ref else None
        if spot is None and news.kind in ANSWERS and news.address:
            spot = self._newest_to(news)
        return spot if spot is not None and self._standing(spot) is not None else None

    def apply(self, news: News, spot: book.Spot) -> None:
        """Move the message if the news is further than it stands, and add the line to its story."""
        standing = self._standing(spot)
        if standing is None:
            raise LookupError(f"{spot} was never handed over")
        state, reason = further(standing.state, standing.reason, news.kind, news.code)
        if (state, reason) != (standing.state, standing.reason):
            self._move(standing, spot, state, reason, news)
        detail: book.Detail = {"by": "receipt"}
        if news.code:
            detail["code"] = news.code
        if news.text:
            detail["text"] = news.text
        if news.happened_at:
            detail["happened_at"] = news.happened_at
        if news.provider_ref:
            detail["provider_ref"] = news.provider_ref
        kind = KINDS.get(news.kind, ledger.EventKind.UNKNOWN)
        self._lines.event(
            spot, codes.EVENTS[kind], attempt=standing.attempts, account=news.account, detail=detail
        )
        self.suppress(news)
        self.runs.add((spot.workspace, spot.run))

    def suppress(self, news: News) -> None:
        """Note an address that must not be sent to again."""
        if not (news.suppress and news.address and (channel := self._channel(news))):
            return
        key = addresses.key(channel, news.address)
        reason = " ".join(part for part in (news.kind, news.code) if part)
        self._connection.execute(
            book.SQL["add_suppression"], (news.workspace, channel, key, news.address, reason, self._now)
        )

    def write(self) -> None:
        """Write every message that moved, then the lines; end runs that have nothing left to send."""
        advance, put = [], []
        for spot, standing in self._standings.items():
            if standing is None or not standing.moved:
                continue
            if standing.provider_ref is None:
                advance.append((standing.state, standing.reason, standing.account, self._now, *spot))
            else:
                where = (standing.state, standing.reason, standing.account, None, standing.provider_ref)
                put.append((*where, self._now, *spot))
        self._connection.executemany(book.SQL["advance"], advance)
        self._connection.executemany(book.SQL["put"], put)
        self._lines.write(self._connection)
        for workspace, run in self.runs:
            batches.settle(self._connection, workspace=workspace, run=run, now=self._now)

    def _move(self, standing: _Standing, spot: book.Spot, state: int, reason: str, news: News) -> None:
        account = standing.account or news.account
        self._lines.leave(spot, standing.channel, standing.account, standing.state, standing.reason)
        self._lines.enter(spot, standing.channel, account, state, reason)
        standing.state, standing.reason, standing.account, standing.moved = state, reason, account, True
        if news.provider_ref and not standing.knows_ref:
            standing.provider_ref, standing.knows_ref = news.provider_ref, True

    def _standing(self, spot: book.Spot) -> _Standing | None:
        """Where a message stands; None where there is none, or it was never handed over: another one is meant.

        A database put back from a copy has forgotten what it handed over: there the receipt knows better.
        """
        if spot in self._standings:
            return self._standings[spot]
        row = self._connection.execute(book.SQL["standing"], spot).fetchone()
        found = None
        if row is not None and (row[3] or (row[0] == codes.WAITING and self._may_be_forgotten(spot))):
            state, reason, account, attempts, channel, knows_ref = row
            found = _Standing(state, reason, account, attempts, channel, None, bool(knows_ref))
        self._standings[spot] = found
        return found

    def _may_be_forgotten(self, spot: book.Spot) -> bool:
        """Whether the message's run began before this database was put back from a copy."""
        return self._connection.execute(book.SQL["began_before_restore"], spot[:2]).fetchone() is not None

    def _by_provider_ref(self, news: News) -> book.Spot | None:
        key = {"workspace": news.workspace, "provider_ref": news.provider_ref, "account": news.account}
        row = self._connection.execute(book.SQL["message_by_provider_ref"], key).fetchone()
        return book.Spot(news.workspace, *row) if row else None

    def _newest_to(self, news: News) -> book.Spot | None:
        channel = self._channel(news)
        if not channel:
            return None
        key = {
            "workspace": news.workspace,
            "channel_name": channel,
            "channel": codes.CHANNELS[channel],
            "address_key": addresses.key(channel, news.address),
        }
        row = self._connection.execute(book.SQL["newest_message_to"], key).fetchone()
        return book.Spot(news.workspace, *row) if row else None

    def _channel(self, news: News) -> str:
        """The name of the channel of the account the news came by; empty where the account is gone."""
        key = (news.workspace, news.account)
        if key not in self._channels:
            row = self._connection.execute(
                "SELECT channel FROM account WHERE workspace = ? AND id = ?", key
            ).fetchone()
            self._channels[key] = str(row[0]) if row else ""
        return self._channels[key]


def further(state: int, reason: str, kind: str, code: str) -> tuple[int, str]:
    """Where news takes a message. Pure, and independent of the order news comes in.

    Of two failures the reason that sorts first is kept, so that their order does not matter either.
    """
    target = MOVES.get(kind)
    if target is None:
        return state, reason
    target_reason = (code or "undelivered") if target == codes.FAILED else ""
    if codes.RANK[target] > codes.rank(state, reason):
        return target, target_reason
    if target == codes.FAILED and state == codes.FAILED:
        return state, min(reason, target_reason)
    return state, reason
