"""Why a run goes as fast as it does: what binds it in a sentence, each cause's share of the time, when it may end."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.engine import bounding, insight, limiting
from server.engine import desk as desks
from server.pipeline.delivery import choosing, limits
from server.store import accounts
from server.store import limits as rows
from server.store.ledger import codes, sliding
from server.wire import campaigns as wire_campaigns
from server.wire import limits as wire

Connection = sa_asyncio.AsyncConnection

#: What bound a run within so many seconds of the newest word binds it now.
NOW_S = 3.0
RATE_S = 60
#: A pace may change: the far end of a range allows for so much less of it.
SLACK = 0.85
#: Younger runs have shown too little to judge by.
YOUNG_S = 5.0

BOUND = "SELECT channel, cause, seconds, at FROM bound WHERE workspace = :workspace AND run = :run"
PACE = """
SELECT coalesce(sum(accepted + failed), 0) AS n FROM pace
WHERE workspace = :workspace AND run = :run AND second >= :since AND second < :until
"""
NEXT = """
SELECT min(due_at) FROM batch WHERE workspace = :workspace AND run = :run AND closed = 0 AND due_at < :held
"""

WORDS = {
    choosing.WINDOW: "waiting for the provider's answers",
    choosing.NO_LANE: "no account can send",
    bounding.CPU: "this server's own processor",
    bounding.RETRIES: "everything left waits for its next attempt",
    "throttled": "the provider asks us to slow down",
    "paused": "the provider asked us to wait",
    "breaker": "the provider is in trouble; single calls find out when it is back",
    "halted": "the account has halted",
    bounding.LATER: "everything left waits for its own hour (quiet hours, time zones)",
}
#: Layers whose limits hold for all channels together, so that they alone tell how soon everything may be gone.
_OVER_ALL = {limits.Layer.WORKSPACE, limits.Layer.CAMPAIGN}
_PERIODS = {1: "a second", 60: "a minute", 3600: "an hour", 86_400: "a day"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What limits say now, by their names, and what accounts are called."""

    rules: dict[str, sliding.Rule]
    names: dict[int, str]
    states: dict[str, sliding.State]


def per(rule: sliding.Rule) -> str:
    """A rule in words: `50 a second`."""
    if rule.per_s in _PERIODS:
        return f"{rule.most:,} {_PERIODS[int(rule.per_s)]}"
    if rule.per_s < 60 and rule.per_s != int(rule.per_s):
        return f"{rule.most / rule.per_s:g} a second"
    return f"{rule.most:,} in any {rule.per_s:g} seconds"


def parts(cause: str) -> tuple[str, str, str]:
    """Layer, channel and subject of a limit's name; the whole as the layer where it names no limit."""
    if "/" not in cause:
        return cause, "", ""
    layer, channel, rest = cause.split("/", 2)
    return layer, channel, rest.rpartition("/")[0]


def words(cause: str, known: Known) -> str:
    """A cause as a person reads it."""
    layer, channel, subject = parts(cause)
    if "/" not in cause:
        return WORDS.get(cause, cause.replace("_", " "))
    whose = limiting.title(layer, channel, subject, known.names)
    rule = known.rules.get(cause)
    what = f"the quota {whose} has at its provider" if layer == limits.QUOTA else f"the limit of {whose}"
    return f"{what}, {per(rule)}" if rule is not None else f"{what}, which was changed since"


async def pace(desk: desks.Desk, run: int) -> wire.Pace:
    """Why one run goes as fast as it does. Raises problems.Refused."""
    found = await insight.run(desk, run)
    now = time.time()
    async with desk.database.reading() as connection:
        key = {"workspace": desk.workspace, "run": run}
        bound = (await connection.execute(sa.text(BOUND), key)).all()
        known = await _known(connection, desk.workspace, {row.cause for row in bound})
        since = max(int(now) - RATE_S, int(found.started_at.timestamp()))
        lately = (
            await connection.execute(sa.text(PACE), {**key, "since": since, "until": int(now)})
        ).scalar_one() / max(int(now) - since, 1)
        speeds = (await insight.rates(connection, desk.workspace)).get(run, {})
        next_at = (await connection.execute(sa.text(NEXT), {**key, "held": codes.HELD})).scalar_one()
    over = found.status in (wire_campaigns.Status.DONE, wire_campaigns.Status.CANCELLED)
    left = found.equation.waiting + found.equation.sending
    binding = "" if over else _binding(bound)
    low_s, high_s, assumes = _eta(
        found, left=left, lately=lately, binding=binding, known=known, now=now, next_at=next_at
    )
    by_channel = [
        wire.ChannelPace(
            channel=name,
            sentence=_sentence(found.status, _binding(mine), mine, known),
            rate_per_s=speeds.get(name, 0.0),
            causes=_causes(mine, known),
        )
        for name in found.by_channel
        if (mine := [row for row in bound if codes.CHANNEL_NAMES[row.channel] == name])
    ]
    return wire.Pace(
        run=run,
        sentence=_sentence(found.status, binding, bound, known),
        rate_per_s=found.rate_per_s,
        left=left,
        eta_low_s=low_s,
        eta_high_s=high_s,
        ends_from=None if low_s is None else datetime.fromtimestamp(now + low_s, UTC),
        ends_to=None if high_s is None else datetime.fromtimestamp(now + high_s, UTC),
        assumes=assumes,
        causes=_causes(bound, known),
        by_channel=by_channel,
    )


async def _known(connection: Connection, workspace: int, causes: Iterable[str]) -> Known:
    """The limits as they are set now, by name."""
    rules: dict[str, sliding.Rule] = {}
    for row in await rows.all_(connection, workspace):
        rule = sliding.Rule(row.most, row.per_s)
        rules[limits.key(limits.Place(workspace, row.layer, row.channel, row.subject), rule)] = rule
    names = {}
    for account in await accounts.all_(connection, workspace):
        names[account.id] = account.name
        place = limits.Place(workspace, limits.Layer.ACCOUNT.value, "", str(account.id))
        if account.rate_per_s > 0:
            steady = limits.steady(account.rate_per_s)
            name = limits.key(place, steady)
            if name not in rules or steady.most < rules[name].most:
                rules[name] = steady
        for rule in _quota_rules(account.quota):
            rules[limits.key(place._replace(layer=limits.QUOTA), rule)] = rule
    mine = [cause for cause in causes if cause in rules]
    return Known(rules=rules, names=names, states=await rows.used(connection, workspace, mine))


def _quota_rules(quota: str) -> list[sliding.Rule]:
    """What the provider said that it allows, as it was kept."""
    told: Mapping[str, Any] = msgspec.json.decode(quota) if quota else {}
    found = []
    if told.get("per_s"):
        found.append(limits.steady(float(told["per_s"])))
    if told.get("per_day") is not None:
        found.append(sliding.Rule(int(told["per_day"]), 86_400))
    return found


def _binding(bound: Iterable[Any]) -> str:
    """The cause with the most time among those that bound lately; empty where nothing was noted yet."""
    told = list(bound)
    newest = max((row.at for row in told), default=0.0)
    lately = [row for row in told if row.at >= newest - NOW_S]
    return str(max(lately, key=lambda row: row.seconds).cause) if lately else ""


def _causes(bound: Iterable[Any], known: Known) -> list[wire.Cause]:
    """Each cause with its share of the time; the shares sum to 1."""
    seconds: dict[str, float] = {}
    for row in bound:
        seconds[row.cause] = seconds.get(row.cause, 0.0) + row.seconds
    total = sum(seconds.values())
    if total <= 0:
        return []
    return [
        wire.Cause(
            kind=parts(cause)[0],
            subject=parts(cause)[2],
            words=words(cause, known),
            share=lasted / total,
            seconds=round(lasted, 3),
        )
        for cause, lasted in sorted(seconds.items(), key=lambda entry: -entry[1])
    ]


def _sentence(status: wire_campaigns.Status, binding: str, bound: Iterable[Any], known: Known) -> str:
    causes = _causes(bound, known)
    if status is wire_campaigns.Status.PAUSED:
        return "It is paused by a person."
    if not causes:
        return "Nothing has held it back so far."
    if status in (wire_campaigns.Status.DONE, wire_campaigns.Status.CANCELLED):
        return f"What held it back most: {causes[0].words} ({causes[0].share:.0%} of the time)."
    said = words(binding, known)
    share = next((one.share for one in causes if one.words == said), 0.0)
    return f"What holds it back now: {said} ({share:.0%} of the time so far)."


# -- until when --------------------------------------------------------------------------------------


def _eta(
    found: wire_campaigns.Run,
    *,
    left: int,
    lately: float,
    binding: str,
    known: Known,
    now: float,
    next_at: float | None,
) -> tuple[float | None, float | None, str]:
    """The range in which the run may end, seconds from now, and what it assumes."""
    if said := _no_eta(found.status, left, binding):
        return None, None, said
    rule = known.rules.get(binding)
    if rule is not None and not rule.paced and rule.most > 0:
        return _quota_eta(left, rule, known.states.get(binding, sliding.State()), now)
    if binding == bounding.RETRIES and next_at is not None:
        low_s = max(0.0, next_at - now)
        return low_s, None, "What is left was refused for now; each waits for its own next attempt."
    if now - found.started_at.timestamp() < YOUNG_S:
        return None, None, "The pace is known after a few seconds."
    speeds = [speed for speed in (lately, found.rate_per_s) if speed > 0]
    if rule is not None and rule.most > 0 and (len(found.by_channel) == 1 or parts(binding)[0] in _OVER_ALL):
        speeds.append(rule.most / rule.per_s)
    if not speeds:
        return None, None, "Nothing has left lately."
    low_s, high_s = left / max(speeds), left / min(speeds) / SLACK
    if rule is not None:
        return low_s, high_s, f"Assumes that this stays as it is: {words(binding, known)}."
    return low_s, high_s, "Assumes that it goes on at the pace of the last minute."


def _no_eta(status: wire_campaigns.Status, left: int, binding: str) -> str:
    """Why nobody can say when it ends; empty where one can."""
    if status in (wire_campaigns.Status.DONE, wire_campaigns.Status.CANCELLED) or not left:
        return "Nothing is left to send."
    if status is wire_campaigns.Status.PAUSED:
        return "It goes on when a person resumes it."
    if binding in (choosing.NO_LANE, "halted"):
        return "Nobody can say until an account can send."
    return ""


def _quota_eta(left: int, rule: sliding.Rule, state: sliding.State, now: float) -> tuple[float, float, str]:
    """What a quota leaves for now, then one period's worth after another."""
    sliding.settle(state, rule, now)
    beyond = left - sliding.room(state, rule, now)
    assumes = f"Assumes that the quota of {per(rule)} stays as it is and nobody else uses it."
    if beyond <= 0:
        return 0.0, rule.per_s, assumes
    first = sliding.ready_at(state, rule, now) - now
    periods = -(-beyond // rule.most) - 1
    return first + periods * rule.per_s, first + (periods + 1) * rule.per_s, assumes
