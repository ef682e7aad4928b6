"""What the numbers say: a run's equation, its pace, latency and funnel, and the overview."""

import datetime as dt
import shutil
import time
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server import log as logs
from server.channels import contents
from server.engine import attention, certificates, explaining, holds, schedules, standing
from server.engine import campaigns as acts
from server.engine import desk as desks
from server.store import anchor
from server.store import campaigns as rows
from server.store.ledger import book, codes
from server.wire import campaigns as wire
from server.wire import ledger, moments, problems
from server.wire import schedules as wire_schedules
from server.wire import server as wire_server

Connection = sa_asyncio.AsyncConnection

#: Rates are what was accepted over so many whole seconds before now.
RATE_S = 10
#: A series has at most so many buckets.
MOST_BUCKETS = 600
RECENT_S = 300
RECENT_BUCKET_S = 5
DAY_S = 86_400
#: Less room than this on the data folder's disk is an alarm.
LEAST_FREE_BYTES = 500_000_000

RUN = """
SELECT run.id, run.campaign, campaign.name, run.status, run.started_at, run.finished_at, run.people, run.messages,
  run.contents
FROM run JOIN campaign ON campaign.workspace = run.workspace AND campaign.id = run.campaign
WHERE run.workspace = :workspace AND run.id = :run
"""
RATES = """
SELECT run, channel, sum(accepted) AS n FROM pace
WHERE workspace = :workspace AND second >= :since AND second < :until
  AND run NOT IN (SELECT id FROM run WHERE workspace = :workspace AND kind = 'test') GROUP BY run, channel
"""
PACE = """
SELECT second / :bucket AS slot, channel, sum(accepted) AS accepted, sum(failed) AS failed FROM pace
WHERE workspace = :workspace AND (:run = 0 OR run = :run) AND second >= :since
  AND run NOT IN (SELECT id FROM run WHERE workspace = :workspace AND kind = 'test')
GROUP BY slot, channel ORDER BY slot
"""


async def run(desk: desks.Desk, run: int) -> wire.Run:
    """One run's equation and tallies."""
    return await desk.database.look(read_run, desk.workspace, run)


async def read_run(connection: Connection, workspace: int, run: int) -> wire.Run:
    """The same, on a connection."""
    found = await find_run(connection, workspace, run)
    parts = (await rows.equations(connection, workspace, [run]))[run]
    speeds = await rates(connection, workspace)
    return wire.Run(
        id=found.id,
        campaign=found.campaign,
        campaign_name=found.name,
        status=wire.Status(found.status),
        started_at=moments.utc(found.started_at),
        finished_at=moments.maybe(found.finished_at),
        people=found.people,
        equation=rows.equation(found.messages, parts.values()),
        by_channel={name: rows.equation(found.people, [parts[name]]) for name in _in_order(parts)},
        tallies=await _tallies(connection, workspace, run),
        rate_per_s=sum(speeds.get(run, {}).values()),
        window=await _window(connection, workspace),
    )


async def find_run(connection: Connection, workspace: int, run: int) -> sa.Row[Any]:
    """A run as it stands in its table, with its campaign's name. Raises problems.Refused where there is none."""
    found = (await connection.execute(sa.text(RUN), {"workspace": workspace, "run": run})).one_or_none()
    if found is None:
        raise problems.refuse(
            problems.Code.NOT_FOUND, f"There is no run {run}.", "Look at the campaign it belongs to."
        )
    return found


async def _tallies(connection: Connection, workspace: int, run: int) -> list[ledger.Tally]:
    found = await connection.execute(sa.text(book.SQL["tallies"]), {"workspace": workspace, "run": run})
    providers = {
        row.id: row.provider
        for row in await connection.execute(
            sa.text("SELECT id, provider FROM account WHERE workspace = :workspace"), {"workspace": workspace}
        )
    }
    return [
        ledger.Tally(
            channel=codes.CHANNEL_NAMES[row.channel],
            account=row.account,
            state=codes.STATE_NAMES[row.state],
            reason=row.reason,
            count=row.n,
            meaning=explaining.explain(providers.get(row.account, ""), row.reason).words,
        )
        for row in found
    ]


async def _window(connection: Connection, workspace: int) -> int:
    """The largest window of any account that may send: what a crash may leave in doubt per lane."""
    found = await connection.execute(
        sa.text("SELECT max(window) FROM account WHERE workspace = :workspace AND removed_at IS NULL"),
        {"workspace": workspace},
    )
    return int(found.scalar_one() or 0)


def _in_order(names: Iterable[str]) -> list[str]:
    return sorted(names, key=list(contents.CHANNELS).index)


async def rates(connection: Connection, workspace: int) -> dict[int, dict[str, float]]:
    """Run to channel to messages accepted a second, over the last whole seconds."""
    until = int(time.time())
    found = await connection.execute(
        sa.text(RATES), {"workspace": workspace, "since": until - RATE_S, "until": until}
    )
    by_run: dict[int, dict[str, float]] = {}
    for row in found:
        by_run.setdefault(row.run, {})[codes.CHANNEL_NAMES[row.channel]] = row.n / RATE_S
    return by_run


async def series(desk: desks.Desk, run: int, ask: wire.SeriesQuery) -> wire.Series:
    """A run's throughput over time, spread of latency, and funnel."""
    return await desk.database.look(_series, desk.workspace, run, ask)


async def _series(connection: Connection, workspace: int, run: int, ask: wire.SeriesQuery) -> wire.Series:
    now = time.time()
    found = await find_run(connection, workspace, run)
    since = now - ask.seconds if ask.seconds else found.started_at
    until = found.finished_at or now
    bucket_s = max(1, -(-int(until - since) // MOST_BUCKETS))
    return wire.Series(
        bucket_s=bucket_s,
        moments=await _pace(connection, workspace, run, since, bucket_s),
        latency=await _latency(connection, workspace, run),
        funnel=await _funnel(connection, workspace, run),
    )


async def _pace(
    connection: Connection, workspace: int, run: int, since: float, bucket_s: int
) -> list[wire.Moment]:
    found = await connection.execute(
        sa.text(PACE), {"workspace": workspace, "run": run, "since": int(since), "bucket": bucket_s}
    )
    return [
        wire.Moment(
            at=row.slot * bucket_s,
            channel=codes.CHANNEL_NAMES[row.channel],
            accepted=row.accepted,
            failed=row.failed,
        )
        for row in found
    ]


async def _latency(connection: Connection, workspace: int, run: int) -> dict[str, list[int]]:
    found = await connection.execute(
        sa.text("SELECT channel, bucket, n FROM latency WHERE workspace = :workspace AND run = :run"),
        {"workspace": workspace, "run": run},
    )
    spread: dict[str, list[int]] = {}
    for row in found:
        counts = spread.setdefault(codes.CHANNEL_NAMES[row.channel], [0] * (len(wire.LATENCY_BOUNDS_MS) + 1))
        counts[row.bucket] += row.n
    return {name: spread[name] for name in _in_order(spread)}


#: The states each step of the funnel counts. Who replied has seen the message, but need not have clicked.
FUNNEL = {
    "audience": frozenset(codes.TERMS),
    "accepted": frozenset(state for state, term in codes.TERMS.items() if term == "accepted"),
    "delivered": frozenset({codes.DELIVERED, codes.SEEN, codes.CLICKED, codes.REPLIED}),
    "seen": frozenset({codes.SEEN, codes.CLICKED, codes.REPLIED}),
    "clicked": frozenset({codes.CLICKED}),
    "replied": frozenset({codes.REPLIED}),
}


async def _funnel(connection: Connection, workspace: int, run: int) -> dict[str, dict[str, int]]:
    found = await connection.execute(
        sa.text(
            "SELECT channel, state, sum(n) AS n FROM tally WHERE workspace = :workspace AND run = :run"
            " GROUP BY channel, state"
        ),
        {"workspace": workspace, "run": run},
    )
    funnel: dict[str, dict[str, int]] = {}
    for row in found:
        steps = funnel.setdefault(codes.CHANNEL_NAMES[row.channel], dict.fromkeys(FUNNEL, 0))
        for step, states in FUNNEL.items():
            if row.state in states:
                steps[step] += row.n
    return {name: funnel[name] for name in _in_order(funnel)}


# -- the overview -------------------------------------------------------------------------------------

TODAY = "SELECT id, messages FROM run WHERE workspace = :workspace AND started_at >= :since AND kind = ''"
COUNTS = """
SELECT
  (SELECT count(*) FROM account WHERE workspace = :workspace AND removed_at IS NULL) AS accounts,
  (SELECT count(*) FROM receipt WHERE state = 0) AS receipts_waiting
"""
PEOPLE = "SELECT count(*) FROM contact WHERE workspace = :workspace"
MANY, COUNT_S = 100_000, 15.0
_COUNTED: dict[tuple[str, int], tuple[float, int]] = {}  #: data folder and workspace to when, and how many
HALTED = """
SELECT id, name, channel, health_text FROM account
WHERE workspace = :workspace AND halted = 1 AND enabled = 1 AND removed_at IS NULL
"""
PARKED = """
SELECT id, name, parked_until FROM account
WHERE workspace = :workspace AND parked_until > :now AND enabled = 1 AND removed_at IS NULL
"""
STUCK = """
SELECT DISTINCT run.campaign, campaign.name, batch.channel FROM run
JOIN campaign ON campaign.workspace = run.workspace AND campaign.id = run.campaign
JOIN batch ON batch.workspace = run.workspace AND batch.run = run.id AND batch.closed = 0
WHERE run.workspace = :workspace AND run.status = 'running' AND run.kind = '' AND NOT EXISTS (
  SELECT 1 FROM account WHERE account.workspace = run.workspace AND account.enabled = 1 AND account.halted = 0
  AND account.removed_at IS NULL AND account.weight > 0 AND account.channel = CASE batch.channel
    WHEN 1 THEN 'apns' WHEN 2 THEN 'webpush' WHEN 3 THEN 'email' WHEN 4 THEN 'sms'
    WHEN 5 THEN 'whatsapp' ELSE 'rcs' END)
"""


async def overview(desk: desks.Desk) -> wire_server.Overview:
    """What runs, how fast, and what is wrong."""
    return await desk.database.look(_overview, desk)


async def _overview(connection: Connection, desk: desks.Desk) -> wire_server.Overview:
    workspace, now = desk.workspace, time.time()
    live = await acts.window(connection, workspace, wire.CampaignQuery(status="live", limit=20))
    today = await connection.execute(sa.text(TODAY), {"workspace": workspace, "since": now - DAY_S})
    sizes = {int(row.id): int(row.messages) for row in today}
    parts = await rows.equations(connection, workspace, sizes)
    equation = rows.equation(
        sum(sizes.values()), (terms for by_channel in parts.values() for terms in by_channel.values())
    )
    counts = (await connection.execute(sa.text(COUNTS), {"workspace": workspace})).one()
    waiting = await attention.stuck(connection, workspace)
    return wire_server.Overview(
        live=live.rows,
        rates=_together(await rates(connection, workspace)),
        today=equation,
        delivered=await _delivered(connection, workspace, sizes),
        failed=equation.failed,
        doubt=equation.doubt,
        receipts_waiting=counts.receipts_waiting,
        alarms=await _all_alarms(connection, desk, waiting),
        recent=await _pace(connection, workspace, 0, now - RECENT_S, RECENT_BUCKET_S),
        people=await _people(connection, desk),
        accounts=counts.accounts,
        held=await holds.sentence(connection),
        doubts=waiting.doubts,
        dead=waiting.dead,
    )


def _together(speeds: dict[int, dict[str, float]]) -> dict[str, float]:
    together: dict[str, float] = {}
    for by_channel in speeds.values():
        for name, speed in by_channel.items():
            together[name] = together.get(name, 0.0) + speed
    return {name: together[name] for name in _in_order(together)}


async def _all_alarms(
    connection: Connection, desk: desks.Desk, waiting: attention.Stuck
) -> list[wire_server.Alarm]:
    endings = certificates.of_the_server(desk.settings)
    endings += await certificates.of_accounts(connection, desk.workspace)
    reporting = await standing.senders(connection)
    return [
        *await _undecided(connection, desk.workspace),
        *await _alarms(connection, desk.workspace),
        *attention.alarms(waiting),
        *certificates.alarms(endings, dt.datetime.now(dt.UTC)),
        *([_no_sender()] if reporting == 0 and desk.settings.senders else []),
        *_of_the_machine(desk),
    ]


async def _people(connection: Connection, desk: desks.Desk) -> int:
    """Contacts of a workspace. Many are counted but now and then: it takes the longer the more there are."""
    place = (str(desk.data), desk.workspace)
    counted_at, people = _COUNTED.get(place, (0.0, 0))
    if people < MANY or time.monotonic() - counted_at > COUNT_S:
        found = await connection.execute(sa.text(PEOPLE), {"workspace": desk.workspace})
        people = int(found.scalar_one())
        _COUNTED[place] = (time.monotonic(), people)
    return people


async def _delivered(connection: Connection, workspace: int, runs: Iterable[int]) -> int:
    found = await connection.execute(
        sa.text(
            "SELECT coalesce(sum(n), 0) FROM tally JOIN run ON run.workspace = tally.workspace"
            " AND run.id = tally.run WHERE tally.workspace = :workspace AND run.started_at >= :since"
            " AND run.kind = '' AND tally.state BETWEEN :delivered AND :replied"
        ),
        {
            "workspace": workspace,
            "since": time.time() - DAY_S,
            "delivered": codes.DELIVERED,
            "replied": codes.REPLIED,
        },
    )
    return int(found.scalar_one())


async def _alarms(connection: Connection, workspace: int) -> list[wire_server.Alarm]:
    alarms = [
        wire_server.Alarm(
            level="bad",
            title=f"{row.name} has halted: {row.health_text}",
            remedy="Mend the account and check it; nothing was lost, its messages wait.",
            view="providers",
            subject=str(row.id),
        )
        for row in await connection.execute(sa.text(HALTED), {"workspace": workspace})
    ]
    alarms += [
        wire_server.Alarm(
            level="warning",
            title=f"{row.name} is parked until {dt.datetime.fromtimestamp(row.parked_until, dt.UTC):%d %B, %H:%M} UTC.",
            remedy="Its provider asked for that; its messages wait. Save the account to try it sooner.",
            view="providers",
            subject=str(row.id),
        )
        for row in await connection.execute(sa.text(PARKED), {"workspace": workspace, "now": time.time()})
    ]
    alarms += [
        wire_server.Alarm(
            level="warning",
            title=f"{row.name} waits: no account can send {contents.TITLES[codes.CHANNEL_NAMES[row.channel]]}.",
            remedy="Add an account for the channel, or switch one on.",
            view="providers",
        )
        for row in await connection.execute(sa.text(STUCK), {"workspace": workspace})
    ]
    return alarms


async def _undecided(connection: Connection, workspace: int) -> list[wire_server.Alarm]:
    """Times of schedules that were missed, or could not start."""
    return [
        wire_server.Alarm(
            level="warning" if one.state is wire_schedules.State.OVERDUE else "bad",
            title=f"{one.campaign_name} was to start at {one.local.replace('T', ' ')} ({one.zone}): {one.why}",
            remedy=f"Nothing of it was sent. Run it now ({one.messages:,} messages), leave it out, or move it.",
            view="campaigns",
            subject=str(one.campaign),
        )
        for one in await schedules.undecided(connection, workspace)
    ]


def _of_the_machine(desk: desks.Desk) -> list[wire_server.Alarm]:
    """What the server's own troubles are: the disk, the twins."""
    alarms = [
        wire_server.Alarm(level="bad", title=sentence, remedy="")
        for sentence in desk.standing.troubles.values()
    ]
    try:
        desk.database.anchor.hold()
    except anchor.Vanished as error:
        remedy = "Nothing is sent or changed. Put the file back in its place, or stop the server and restore a backup."
        alarms.append(wire_server.Alarm(level="bad", title=f"{error}.", remedy=remedy))
    if kept := logs.trouble():
        remedy = "Sending goes on. Make room, or give the server's user the right to write there."
        alarms.append(wire_server.Alarm(level="warning", title=kept, remedy=remedy))
    free = shutil.disk_usage(desk.data).free
    if free < LEAST_FREE_BYTES:
        alarms.append(
            wire_server.Alarm(
                level="bad",
                title=f"The disk of the data folder has {free // 1_000_000} MB left.",
                remedy="Make room: sending stops when it is full, and goes on by itself afterwards.",
            )
        )
    return alarms


def _no_sender() -> wire_server.Alarm:
    return wire_server.Alarm(
        level="bad",
        title="No sender process has reported for ten seconds.",
        remedy="Look at the server's log; the supervisor starts a new one when one ends.",
    )
