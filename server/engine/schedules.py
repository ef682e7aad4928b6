"""Schedules by hand: plan, take back, read back; and what a person decides about a time that was missed."""

import logging
import sqlite3
import time
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.engine import campaigns, launching, recurring
from server.engine import desk as desks
from server.store import database
from server.store import schedules as rows
from server.wire import campaigns as wire_campaigns
from server.wire import moments, problems
from server.wire import schedules as wire

log = logging.getLogger(__name__)

#: What may be given a schedule: a draft, and what has one or had one.
PLANNABLE = ("draft", "scheduled", "running", "paused", "done", "cancelled")
LONGEST_DELAY_S = 3600
NEXT = 5
NEWEST = 20
MOST_PREVIEWED = 50

OCCURRENCES = """
SELECT occurrence.id, occurrence.campaign, campaign.name AS campaign_name, occurrence.local, schedule.zone,
  occurrence.due_at, occurrence.state, occurrence.run, occurrence.why, campaign.contents,
  (SELECT count(*) FROM member WHERE member.workspace = campaign.workspace
    AND member.audience = campaign.audience) AS people
FROM occurrence
JOIN campaign ON campaign.workspace = occurrence.workspace AND campaign.id = occurrence.campaign
JOIN schedule ON schedule.workspace = occurrence.workspace AND schedule.id = occurrence.schedule
WHERE occurrence.workspace = :workspace
"""
NEWEST_SCHEDULE = """
SELECT plan, state, next_local, next_at FROM schedule
WHERE workspace = :workspace AND campaign = :campaign ORDER BY id DESC LIMIT 1
"""
ZONES = """
SELECT contact.zone, count(*) AS people FROM member
JOIN contact ON contact.workspace = member.workspace AND contact.id = member.contact
WHERE member.workspace = :workspace AND member.audience = :audience
GROUP BY contact.zone ORDER BY people DESC, contact.zone LIMIT 4
"""


# -- plans --------------------------------------------------------------------------------------------


async def preview(desk: desks.Desk, ask: wire.PreviewAsk) -> wire.Preview:
    """Read a plan back in words, with its next times and the clocks its audience lives by."""
    now = time.time()
    plan = _checked(ask.plan, now)
    zones: list[wire.Zone] = []
    if ask.audience is not None:
        async with desk.database.reading() as connection:
            found = await connection.execute(
                sa.text(ZONES), {"workspace": desk.workspace, "audience": ask.audience}
            )
            zones = [wire.Zone(zone=row.zone, people=row.people) for row in found]
    count = max(1, min(ask.count, MOST_PREVIEWED))
    return wire.Preview(
        words=recurring.words(plan),
        moments=[recurring.told(plan, one) for one in recurring.upcoming(plan, now, count)],
        zones=zones,
    )


async def save(desk: desks.Desk, campaign: int, plan: wire.Plan) -> wire_campaigns.Campaign:
    """Launch a campaign at the plan's times. A schedule it had before ends."""
    found = await campaigns.show(desk, campaign)
    now = time.time()
    plan = _checked(plan, now)
    if faults := (await campaigns.estimate(desk, campaign)).faults:
        raise problems.refuse(problems.Code.CONFLICT, faults[0], " ".join(faults[1:]))
    first = recurring.upcoming(plan, now, 1)[0]
    await desk.ledger.do(_add, _new(desk, found.id, plan, first, None), now=now)
    desk.clock.wake()
    log.info("campaign %d scheduled: %s", campaign, recurring.words(plan), extra={"action": "scheduled"})
    return await campaigns.show(desk, campaign)


async def put_off(desk: desks.Desk, campaign: int, ask: wire_campaigns.Launch) -> wire_campaigns.Campaign:
    """Launch a little later, so that it can be taken back until then."""
    if not 0 < ask.delay_s <= LONGEST_DELAY_S:
        raise problems.refuse(
            problems.Code.INVALID,
            f"A launch can be put off by 1 to {LONGEST_DELAY_S:,} seconds.",
            "Schedule the campaign to launch it later.",
        )
    found = await campaigns.show(desk, campaign)
    if found.status is not wire_campaigns.Status.DRAFT:
        raise _not_from(found)
    estimate = await campaigns.estimate(desk, campaign)
    if estimate.faults:
        raise problems.refuse(problems.Code.CONFLICT, estimate.faults[0], " ".join(estimate.faults[1:]))
    if ask.expected is not None and ask.expected != estimate.people:
        raise problems.refuse(
            problems.Code.CONFLICT,
            f"The audience has {estimate.people:,} people now, not {ask.expected:,}.",
            "Look at the review again, and launch with the new number.",
        )
    now = time.time()
    at = now + ask.delay_s
    local = time.strftime(recurring.LOCAL, time.gmtime(at))
    plan = wire.Plan(every=wire.Every.ONCE, zone="UTC", at=local)
    new = _new(desk, campaign, plan, recurring.Time(local, at), ask.expected)
    await desk.ledger.do(_add, new, frm=("draft",), now=now)
    log.info("campaign %d starts in %d s", campaign, ask.delay_s, extra={"action": "scheduled"})
    return await campaigns.show(desk, campaign)


async def drop(desk: desks.Desk, campaign: int) -> wire_campaigns.Campaign:
    """Take a schedule back. A run under way goes on; nothing is launched any more."""
    await campaigns.show(desk, campaign)
    if not await desk.ledger.do(_end, workspace=desk.workspace, campaign=campaign, now=time.time()):
        raise problems.refuse(
            problems.Code.CONFLICT,
            "The campaign has no schedule that could be taken back.",
            "It may have started just now: look at it again.",
        )
    log.info("campaign %d is scheduled no more", campaign, extra={"action": "unscheduled"})
    return await campaigns.show(desk, campaign)


async def show(desk: desks.Desk, campaign: int) -> wire.Schedule:
    """A campaign's newest schedule, and what has come of it."""
    await campaigns.show(desk, campaign)
    key = {"workspace": desk.workspace, "campaign": campaign}
    async with desk.database.reading() as connection:
        row = (await connection.execute(sa.text(NEWEST_SCHEDULE), key)).one_or_none()
        if row is None:
            raise problems.refuse(
                problems.Code.NOT_FOUND,
                "The campaign has no schedule.",
                "Give it one, or launch it by hand.",
            )
        past = await connection.execute(
            sa.text(
                OCCURRENCES + " AND occurrence.campaign = :campaign ORDER BY occurrence.id DESC LIMIT :newest"
            ),
            {**key, "newest": NEWEST},
        )
        occurrences = [_told(one) for one in past]
    plan = msgspec.json.decode(row.plan, type=wire.Plan)
    active = row.state == "active"
    return wire.Schedule(
        campaign=campaign,
        plan=plan,
        words=recurring.words(plan),
        active=active,
        moments=_coming(plan, row.next_local, row.next_at) if active else [],
        occurrences=occurrences,
    )


def _coming(plan: wire.Plan, local: str, at: float | None) -> list[wire.Moment]:
    """The next times, the one that the clock waits for first."""
    coming: list[wire.Moment] = []
    one = recurring.Time(local, at) if local and at is not None else None
    while one is not None and len(coming) < NEXT:
        coming.append(recurring.told(plan, one))
        one = recurring.after(plan, one)
    return coming


def _checked(plan: wire.Plan, now: float) -> wire.Plan:
    try:
        plan = recurring.anchored(plan, now)
        recurring.check(plan, now)
    except recurring.Wrong as error:
        raise problems.refuse(
            problems.Code.INVALID, "The schedule cannot be meant like this.", "", [error.fault]
        ) from error
    return plan


def _new(
    desk: desks.Desk, campaign: int, plan: wire.Plan, first: recurring.Time, expected: int | None
) -> rows.Schedule:
    return rows.Schedule(
        workspace=desk.workspace,
        id=0,
        campaign=campaign,
        plan=msgspec.json.encode(plan).decode(),
        zone=plan.zone,
        expected=expected,
        next_local=first.local,
        next_at=first.at,
    )


def _add(
    connection: sqlite3.Connection, new: rows.Schedule, *, now: float, frm: tuple[str, ...] = PLANNABLE
) -> None:
    """Give the campaign its schedule, if it is still in one of some statuses. Raises problems.Refused."""
    with database.transaction(connection):
        (status, run) = connection.execute(
            "SELECT status, run FROM campaign WHERE workspace = ? AND id = ?", (new.workspace, new.campaign)
        ).fetchone()
        known = connection.execute(
            "SELECT 1 FROM schedule WHERE workspace = ? AND campaign = ?", (new.workspace, new.campaign)
        ).fetchone()
        if status not in frm or (run is not None and known is None):
            raise problems.refuse(
                problems.Code.CONFLICT,
                f"The campaign is {status} and cannot be scheduled.",
                "Make a new campaign to send again.",
            )
        rows.add(connection, new, now=now)


def _end(connection: sqlite3.Connection, *, workspace: int, campaign: int, now: float) -> bool:
    with database.transaction(connection):
        return rows.end(connection, workspace=workspace, campaign=campaign, why="unscheduled", now=now)


def _not_from(found: wire_campaigns.Campaign) -> problems.Refused:
    return problems.refuse(
        problems.Code.CONFLICT,
        f"The campaign is {found.status.value} and cannot be launched.",
        "Look at it again.",
    )


# -- what was missed ----------------------------------------------------------------------------------


async def overdue(desk: desks.Desk) -> wire.Overdue:
    """All that waits for a person, the oldest first."""
    async with desk.database.reading() as connection:
        return wire.Overdue(rows=await undecided(connection, desk.workspace))


async def undecided(connection: sa_asyncio.AsyncConnection, workspace: int) -> list[wire.Occurrence]:
    """The same, on a connection."""
    found = await connection.execute(
        sa.text(
            OCCURRENCES + " AND occurrence.state IN ('overdue', 'refused') ORDER BY occurrence.planned_at"
        ),
        {"workspace": workspace},
    )
    return [_told(row) for row in found]


async def run_now(desk: desks.Desk, number: int, ask: wire.RunNow) -> wire_campaigns.Campaign:
    """Launch a missed occurrence after all."""
    return await _decide(desk, number, _run_now, expected=ask.expected)


async def skip(desk: desks.Desk, number: int) -> wire_campaigns.Campaign:
    """Leave it out, for good."""
    return await _decide(desk, number, _skip)


async def move(desk: desks.Desk, number: int, ask: wire.Move) -> wire_campaigns.Campaign:
    """Put it at another time, on its schedule's wall."""
    return await _decide(desk, number, _move, at=ask.at)


async def _decide(desk: desks.Desk, number: int, act: Any, **named: object) -> wire_campaigns.Campaign:
    campaign: int = await desk.ledger.do(
        _deciding, act, workspace=desk.workspace, number=number, now=time.time(), named=named
    )
    desk.clock.wake()
    return await campaigns.show(desk, campaign)


def _deciding(
    connection: sqlite3.Connection,
    act: Any,
    *,
    workspace: int,
    number: int,
    now: float,
    named: dict[str, object],
) -> int:
    """Decide about one occurrence, once: whoever comes second is told what it has become."""
    with database.transaction(connection):
        one = rows.occurrence(connection, workspace, number)
        if one is None:
            raise problems.refuse(
                problems.Code.NOT_FOUND, f"There is no occurrence {number}.", "Look at what is overdue."
            )
        if one.state not in rows.UNDECIDED:
            raise problems.refuse(
                problems.Code.CONFLICT,
                f"It is {one.state} by now: somebody else decided.",
                "Look at the campaign again.",
            )
        act(connection, one, now=now, **named)
        rows.close(connection, workspace=workspace, schedule=one.schedule, campaign=one.campaign, now=now)
    log.info("occurrence %d of campaign %d: %s", number, one.campaign, act.__name__.strip("_"))
    return one.campaign


def _run_now(
    connection: sqlite3.Connection, one: rows.Occurrence, *, now: float, expected: int | None
) -> None:
    if rows.goes_on(connection, one.workspace, one.campaign):
        raise problems.refuse(
            problems.Code.CONFLICT,
            "A run of the campaign still goes on.",
            "Wait until it is over, or cancel it; or move this one.",
        )
    try:
        run = launching.begin(
            connection,
            workspace=one.workspace,
            campaign=one.campaign,
            frm=("scheduled", "done", "cancelled"),
            expected=expected,
        )
    except launching.Cannot as error:
        raise problems.refuse(problems.Code.CONFLICT, str(error), error.remedy) from error
    rows.decide(connection, one, state="launched", run=run, why="launched by hand", now=now)


def _skip(connection: sqlite3.Connection, one: rows.Occurrence, *, now: float) -> None:
    rows.decide(connection, one, state="skipped", why="left out by hand", now=now)


def _move(connection: sqlite3.Connection, one: rows.Occurrence, *, now: float, at: str) -> None:
    zone = rows.of_id(connection, one.workspace, one.schedule).zone
    try:
        due_at = recurring.moment(recurring.local(at, "at"), recurring.zone(zone))
    except recurring.Wrong as error:
        raise problems.refuse(
            problems.Code.INVALID, "It cannot be moved there.", "", [error.fault]
        ) from error
    if due_at <= now:
        fault = problems.Fault(
            place="at",
            message=f"{at} in {zone} is in the past.",
            remedy="Choose a later time, or run it now.",
        )
        raise problems.refuse(problems.Code.INVALID, "It cannot be moved there.", "", [fault])
    rows.decide(connection, one, state="planned", due_at=due_at, why="moved by hand", now=now)


def _told(row: sa.Row[Any]) -> wire.Occurrence:
    chosen = msgspec.json.decode(row.contents, type=wire_campaigns.Contents).chosen()
    return wire.Occurrence(
        id=row.id,
        campaign=row.campaign,
        campaign_name=row.campaign_name,
        local=row.local,
        zone=row.zone,
        due_at=moments.utc(row.due_at),
        state=wire.State(row.state),
        run=row.run,
        why=row.why,
        people=row.people,
        messages=row.people * len(chosen),
    )
