"""Judge each message by the rules its run was launched with: it may go, waits until a moment, or is skipped.

A message is judged when it is composed. What the judgement was worth then is written on the intent, and the tick looks
again: it grants nothing that was judged too long ago, and counts the frequency caps in its own transaction.
"""

import sqlite3
from typing import NamedTuple

import msgspec

from server.pipeline.delivery import hours, zones
from server.store.ledger import batches, book, capping, codes, ticks
from server.wire import ledger, policies

FROZEN = "SELECT policy FROM run WHERE workspace = ? AND id = ?"
HOUR_S = 3600.0
FOREVER = float("inf")


class Rules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a run freezes of its workspace's rules and its campaign's own."""

    zone: str = "UTC"  #: for people whose own is not known
    quiet: policies.QuietHours = policies.QuietHours()
    caps: list[policies.Cap] = []
    not_after: float | None = None  #: epoch seconds
    fallback_s: int | None = None  #: how long a fallback waits for news of its RCS message


class Go(NamedTuple):
    """A message that may go, if its tick comes in time and no cap stands against it there."""

    caps: tuple[capping.Cap, ...] = ()
    good_until: float = FOREVER  #: epoch seconds


FREE = Go()

Verdict = Go | ticks.Deferred | ticks.Skipped


class Judge:
    """One run's rules for one channel."""

    def __init__(self, rules: Rules, channel: int) -> None:
        name = codes.CHANNEL_NAMES[channel]
        self._zone = rules.zone
        self._quiet = hours.Quiet(rules.quiet.windows, name)
        self._waits = rules.quiet.otherwise is policies.Otherwise.WAIT
        self._not_after = FOREVER if rules.not_after is None else rules.not_after
        self._caps = caps(rules.caps, channel)

    def __bool__(self) -> bool:
        return bool(self._quiet or self._caps or self._not_after < FOREVER)

    def judge(self, batch: batches.Batch, row: batches.Row, now: float) -> Verdict:
        """Whether a message may go at `now`, epoch seconds."""
        spot = book.Spot(batch.workspace, batch.run, row.seq)
        if now >= self._not_after:
            return ticks.Skipped(spot=spot, batch=batch, reason=ledger.Skip.EXPIRED.value)
        if not self._quiet:
            return Go(self._caps, self._not_after)
        zone = zones.of(row.zone, row.country, self._zone)
        free = self._quiet.free_at(now, zone.name)
        if free <= now:
            return Go(self._caps, min(self._not_after, self._quiet.good_until(now, zone.name)))
        detail: book.Detail = {
            "reason": ledger.Skip.QUIET_HOURS.value,
            "zone": zone.name,
            "zone_from": zone.source,
        }
        if not self._waits:
            return ticks.Skipped(spot=spot, batch=batch, reason=ledger.Skip.QUIET_HOURS.value, detail=detail)
        if free >= self._not_after:
            return ticks.Skipped(
                spot=spot,
                batch=batch,
                reason=ledger.Skip.EXPIRED.value,
                detail={**detail, "reason": "expired"},
            )
        return ticks.Deferred(spot=spot, batch=batch, until=free, detail=detail)


def caps(wanted: list[policies.Cap], channel: int) -> tuple[capping.Cap, ...]:
    """The caps that concern a channel, as the ledger counts them."""
    found = (
        capping.Cap(
            most=cap.most,
            period_s=cap.hours * HOUR_S,
            channel=codes.CHANNELS[cap.channel] if cap.channel else 0,
            waits=cap.otherwise is policies.Otherwise.WAIT,
        )
        for cap in wanted
    )
    return tuple(cap for cap in found if cap.channel in (0, channel))


class Judges:
    """The judges of the runs at hand. A run without rules has none, and costs a look into a table."""

    #: Runs remembered; a sender walks few at a time.
    MOST = 64

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, int], Judge | None] = {}

    def knows(self, batch: batches.Batch) -> bool:
        """Whether the batch's run has been looked at for its channel."""
        return (batch.workspace, batch.run, batch.channel) in self._known

    def learn(self, batch: batches.Batch, frozen: str) -> None:
        """Read the rules a run froze."""
        if len(self._known) >= self.MOST:
            self._known.clear()
        judge = Judge(read(frozen), batch.channel) if frozen else None
        self._known[batch.workspace, batch.run, batch.channel] = judge or None

    def judge(self, batch: batches.Batch, row: batches.Row, now: float) -> Verdict:
        """Whether a message of a run that was learned may go now."""
        judge = self._known.get((batch.workspace, batch.run, batch.channel))
        return FREE if judge is None else judge.judge(batch, row, now)


def read(frozen: str) -> Rules:
    """The rules as a run froze them."""
    return msgspec.json.decode(frozen, type=Rules)


def frozen(connection: sqlite3.Connection, *, workspace: int, run: int) -> str:
    """The rules a run froze, as JSON; empty where it has none."""
    (text,) = connection.execute(FROZEN, (workspace, run)).fetchone()
    return str(text)
