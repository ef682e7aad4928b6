"""How long a launch would take: what each account carries at the speed it has, under every limit that is set."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.engine import desk as desks
from server.engine import foreseeing, limiting, pacing
from server.store import limits as rows
from server.store.ledger import codes, sliding
from server.wire import campaigns as wire
from server.wire import limits as wire_limits

Connection = sa_asyncio.AsyncConnection
Layer = wire_limits.Layer

#: A pace may change: the far end of a range allows for so much less of it.
SLACK = pacing.SLACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What takes how long."""

    seconds: float
    words: str


NOTHING = Bound(seconds=0.0, words="")


async def duration(
    desk: desks.Desk, found: wire.Campaign, reached: Sequence[wire.ChannelEstimate], ends_at: float | None
) -> wire.Duration:
    """Reckon how long a launch takes; `ends_at` is when the last of its waves begins, epoch seconds."""
    now = time.time()
    key = {"workspace": desk.workspace}
    async with desk.database.reading() as connection:
        lanes = (await connection.execute(sa.text(foreseeing.LANES), key)).all()
        speeds = await _speeds(connection, desk.workspace, now)
        set_ = await rows.all_(connection, desk.workspace)
    sends = {part.channel: max(part.reachable - sum(part.barred.values()), 0) for part in reached}
    channels = [_channel(channel, count, lanes, speeds, set_) for channel, count in sends.items()]
    known = [
        Bound(seconds=one.seconds or 0.0, words=one.words) for one in channels if one.seconds is not None
    ]
    whole = sum(sends.values())
    known += [
        _under(whole, "the limit of this campaign", [sliding.Rule(rate.count, rate.per_s)])
        for rate in found.limits
    ]
    known.append(_limited(whole, set_, Layer.WORKSPACE, "", ""))
    longest = max(known, key=lambda bound: bound.seconds, default=NOTHING)
    wait_s = max(0.0, (ends_at or now) - now)
    unknown = [one.channel for one in channels if one.seconds is None]
    return wire.Duration(
        low_s=wait_s + longest.seconds,
        high_s=None if unknown else wait_s + longest.seconds / SLACK,
        words=longest.words,
        unknown=unknown,
        by_channel=channels,
    )


async def _speeds(connection: Connection, workspace: int, now: float) -> dict[int, float]:
    """Channel to messages a second, over the last day's seconds in which it did anything."""
    key = {"workspace": workspace, "since": int(now) - foreseeing.DAY_S}
    found = await connection.execute(sa.text(foreseeing.SPEEDS), key)
    return {int(row.channel): float(row.speed) for row in found}


def _channel(
    channel: str, count: int, lanes: Sequence[Any], speeds: dict[int, float], set_: Sequence[rows.Row]
) -> wire.ChannelDuration:
    """One channel: its slowest account, or a limit on all of it."""
    if not count:
        return wire.ChannelDuration(channel=channel, messages=0, seconds=0.0, words="")
    carried = [
        one for one in foreseeing.share_out({codes.CHANNELS[channel]: count}, lanes, speeds) if one.messages
    ]
    rated = {lane.id for lane in lanes if lane.rate_per_s}
    bounds = [_account(one, set_, rated=one.account in rated) for one in carried]
    bounds.append(_limited(count, set_, Layer.ROUTE, channel, ""))
    slowest = max((bound for bound in bounds if bound is not None), key=lambda bound: bound.seconds)
    if not carried or None in bounds:
        return wire.ChannelDuration(channel=channel, messages=count, seconds=None, words="")
    return wire.ChannelDuration(channel=channel, messages=count, seconds=slowest.seconds, words=slowest.words)


def _account(one: Any, set_: Sequence[rows.Row], *, rated: bool) -> Bound | None:
    """How long an account takes for its share; None where neither a speed nor a limit of it is known."""
    limit = _limited(one.messages, set_, Layer.ACCOUNT, "", str(one.account), name=one.name)
    if one.rate_per_s <= 0:
        return limit if limit.words else None
    what = "its rate" if rated else "its speed lately"
    own = Bound(
        seconds=one.messages / one.rate_per_s, words=f"{one.name}: {what}, {one.rate_per_s:,.0f} a second"
    )
    return max(own, limit, key=lambda bound: bound.seconds)


def _limited(
    count: int, set_: Iterable[rows.Row], layer: Layer, channel: str, subject: str, *, name: str = ""
) -> Bound:
    """How long some messages take under the limits of one subject."""
    mine = [
        sliding.Rule(row.most, row.per_s)
        for row in set_
        if (row.layer, row.channel, row.subject) == (layer.value, channel, subject)
    ]
    named: Mapping[int, str] = {int(subject): name} if subject else {}
    whose = limiting.title(layer.value, channel, subject, dict(named))
    return _under(count, f"the limit of {whose}", mine)


def _under(count: int, what: str, rules: Iterable[sliding.Rule]) -> Bound:
    """How long some messages take under some rules, none of which was used yet."""
    longest = NOTHING
    for rule in rules:
        if rule.most <= 0:
            continue
        periods = -(-count // rule.most) - 1
        if periods * rule.per_s >= longest.seconds:
            longest = Bound(seconds=periods * rule.per_s, words=f"{what}, {pacing.per(rule)}")
    return longest
