"""How a campaign's rules spread it over time: what they would do if it were launched now, and what of a run waits."""

import sqlite3
import time
from dataclasses import dataclass, field

import sqlalchemy as sa

from server.engine import desk as desks
from server.engine import foretelling, judging, shaping
from server.pipeline.delivery import hours
from server.store import policies as rows
from server.store import schema
from server.store.ledger import capping, codes, terms, thread
from server.wire import campaigns as wire_campaigns
from server.wire import moments, problems
from server.wire import policies as wire

#: Caps are counted ahead for audiences up to this size; for larger ones it would take longer than a person waits.
MOST_COUNTED = 200_000
MOST_HOLDS = 500


@dataclass(slots=True, kw_only=True)
class Foreseen:
    """Channel to reason to messages that would wait or be skipped, and the waves by zone."""

    suppressed: dict[str, int] = field(
        default_factory=dict
    )  #: channel to messages; only where there are rules
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
    local = found.policy.local_time
    for channel in found.channels:
        told = foretelling.tell(
            connection,
            foretelling.Asked(
                workspace=workspace,
                audience=found.audience or 0,
                channel=channel,
                beside=found.channels,
                rules=rules,
                due=None if local is None else shaping.due(local, rules, now),
                now=now,
                counts_caps=people <= MOST_COUNTED,
            ),
        )
        foreseen.suppressed[channel] = told.suppressed
        foreseen.held[channel], foreseen.barred[channel] = dict(told.held), dict(told.barred)
        foreseen.assumed += told.assumed
        for planned, count in told.planned.items():
            _add(waves, planned, count)
    foreseen.waves = sorted(waves.values(), key=lambda wave: (wave.at, wave.zone))
    return foreseen


def _add(waves: dict[str, wire.Wave], planned: terms.Due, count: int) -> None:
    known = waves.get(planned.clock)
    waves[planned.clock] = wire.Wave(
        zone=planned.clock,
        at=moments.utc(planned.at or 0.0),
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
