"""How a campaign's rules spread it over time: what they would do if it were launched now, and what of a run waits."""

import collections
import sqlite3
import time
from dataclasses import dataclass, field

import sqlalchemy as sa

from server.engine import desk as desks
from server.engine import judging, shaping
from server.pipeline.delivery import hours, zones
from server.store import policies as rows
from server.store import schema
from server.store.ledger import capping, codes, terms, thread
from server.wire import campaigns as wire_campaigns
from server.wire import ledger, moments, problems
from server.wire import policies as wire

#: Caps are counted ahead for audiences up to this size; for larger ones it would take longer than a person waits.
MOST_COUNTED = 200_000
MOST_HOLDS = 500
#: Why an SMS would wait that stands in for an RCS message.
FALLBACK = "fallback"

Key = dict[str, int | str]
Counts = collections.Counter[str]


@dataclass(slots=True, kw_only=True)
class Foreseen:
    """Channel to reason to messages that would wait or be skipped, and the waves by zone."""

    held: dict[str, dict[str, int]] = field(default_factory=dict)
    barred: dict[str, dict[str, int]] = field(default_factory=dict)
    waves: list[wire.Wave] = field(default_factory=list)
    assumed: int = 0  #: messages to people whose zone is not known, where that matters


async def foresee(desk: desks.Desk, found: wire_campaigns.Campaign, people: int) -> Foreseen:
    """Count what a campaign's rules would do now; nothing where there are none."""
    async with desk.database.reading() as connection:
        defaults = await rows.show(connection, desk.workspace)
    rules = shaping.merged(defaults, found.policy, found.priority.value)
    ruled = rules.quiet.windows or rules.caps or rules.fallback_s or rules.not_after
    if found.audience is None or not (ruled or found.policy.local_time):
        return Foreseen()
    async with thread.reading(desk.settings.database) as reader:
        return await reader.do(
            _count, workspace=desk.workspace, found=found, rules=rules, people=people, now=time.time()
        )


def _count(
    connection: sqlite3.Connection,
    *,
    workspace: int,
    found: wire_campaigns.Campaign,
    rules: judging.Rules,
    people: int,
    now: float,
) -> Foreseen:
    foreseen = Foreseen()
    waves: dict[str, wire.Wave] = {}
    for channel in found.channels:
        key: Key = {"workspace": workspace, "audience": found.audience or 0, "channel": channel}
        held, barred = _by_clock(connection, key, found, rules, now, foreseen, waves)
        if people <= MOST_COUNTED:
            _by_cap(connection, key, rules, now, held, barred)
        if rules.fallback_s is not None and channel == "sms":
            held[FALLBACK] = _on_rcs(connection, key)
        foreseen.held[channel], foreseen.barred[channel] = dict(held), dict(barred)
    foreseen.waves = sorted(waves.values(), key=lambda wave: (wave.at, wave.zone))
    return foreseen


def _by_clock(
    connection: sqlite3.Connection,
    key: Key,
    found: wire_campaigns.Campaign,
    rules: judging.Rules,
    now: float,
    foreseen: Foreseen,
    waves: dict[str, wire.Wave],
) -> tuple[Counts, Counts]:
    """What one channel's people get by the clocks they live by: those who would wait, and who would be skipped."""
    held, barred = Counts(), Counts()
    local = found.policy.local_time
    due = None if local is None else shaping.due(local, rules, now)
    quiet = hours.Quiet(rules.quiet.windows, str(key["channel"]))
    for zone, country, count in connection.execute(capping.SQL["clocks_of"], key):
        clock, source = zones.of(zone, country, rules.zone)
        if source == "workspace" and (quiet or due is not None):
            foreseen.assumed += count
        planned = terms.Due(clock, now) if due is None else due(zone, country)
        if planned.at is None:
            barred[planned.skip] += count
            continue
        if due is not None and not (rules.fallback_s is not None and key["channel"] == "sms"):
            _add(waves, planned, planned.at, count)
        free = quiet.free_at(planned.at, clock) if quiet else planned.at
        if rules.not_after is not None and free >= rules.not_after:
            barred[ledger.Skip.EXPIRED.value] += count
        elif free > planned.at:
            waits = rules.quiet.otherwise is wire.Otherwise.WAIT
            (held if waits else barred)[ledger.Skip.QUIET_HOURS.value] += count
    return held, barred


def _by_cap(
    connection: sqlite3.Connection, key: Key, rules: judging.Rules, now: float, held: Counts, barred: Counts
) -> None:
    """People who have had their share: of several caps the one that concerns most of them is told."""
    reason = ledger.Skip.FREQUENCY.value
    for cap in judging.caps(rules.caps, codes.CHANNELS[str(key["channel"])]):
        (full,) = connection.execute(
            capping.SQL["full_of"],
            {
                **key,
                "channel_name": key["channel"],
                "channel": cap.channel,
                "most": cap.most,
                "since": now - cap.period_s,
                "since_us": int((now - cap.period_s) * capping.MICRO),
                "sending_kind": codes.EVENTS[ledger.EventKind.SENDING],
            },
        ).fetchone()
        counts = held if cap.waits else barred
        if full:
            counts[reason] = max(counts[reason], full)


def _on_rcs(connection: sqlite3.Connection, key: Key) -> int:
    """People whose SMS would wait for what becomes of their RCS message."""
    counted = connection.execute(
        "SELECT count(*) FROM member"
        " JOIN identity AS sms ON sms.workspace = member.workspace AND sms.contact = member.contact"
        " AND sms.channel = 'sms' AND sms.removed_at IS NULL"
        " JOIN identity AS rcs ON rcs.workspace = member.workspace AND rcs.contact = member.contact"
        " AND rcs.channel = 'rcs' AND rcs.removed_at IS NULL"
        " WHERE member.workspace = :workspace AND member.audience = :audience",
        {"workspace": key["workspace"], "audience": key["audience"]},
    )
    return int(counted.fetchone()[0])


def _add(waves: dict[str, wire.Wave], planned: terms.Due, at: float, count: int) -> None:
    known = waves.get(planned.clock)
    waves[planned.clock] = wire.Wave(
        zone=planned.clock,
        at=moments.utc(at),
        messages=count + (known.messages if known else 0),
        assumed=(count if planned.assumed else 0) + (known.assumed if known else 0),
    )


# -- a run ------------------------------------------------------------------------------------------


async def waves(desk: desks.Desk, run: int) -> wire.Waves:
    """What was planned for a run zone by zone, and what of it waits now and until when."""
    wave, runs = schema.wave, schema.run
    planned = (
        sa.select(wave)
        .where(wave.c.workspace == desk.workspace, wave.c.run == run)
        .order_by(wave.c.at, wave.c.zone)
    )
    known = sa.select(runs.c.id).where(runs.c.workspace == desk.workspace, runs.c.id == run)
    async with desk.database.reading() as connection:
        if (await connection.execute(known)).one_or_none() is None:
            raise problems.refuse(
                problems.Code.NOT_FOUND, f"There is no run {run}.", "Look at the campaign it belongs to."
            )
        found = list(await connection.execute(planned))
    async with thread.reading(desk.settings.database) as reader:
        waiting = await reader.do(_waiting, workspace=desk.workspace, run=run, now=time.time())
    return wire.Waves(
        planned=[
            wire.Wave(zone=row.zone, at=moments.utc(row.at), messages=row.messages, assumed=row.assumed)
            for row in found
        ],
        waiting=waiting,
    )


def _waiting(connection: sqlite3.Connection, *, workspace: int, run: int, now: float) -> list[wire.Hold]:
    key = {"workspace": workspace, "run": run, "now": now, "limit": MOST_HOLDS}
    return [
        wire.Hold(
            channel=codes.CHANNEL_NAMES[channel],
            until=None if until > codes.HELD - hours.MINUTE_S else moments.utc(until),
            messages=messages,
        )
        for channel, until, messages in connection.execute(capping.SQL["waiting_until"], key)
    ]
