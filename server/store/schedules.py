"""Schedules and their occurrences as rows: every change runs in the caller's transaction."""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.store import numbers

#: Occurrences that something may still come of.
OPEN = ("planned", "waiting", "overdue", "refused")
#: Occurrences that wait for a person.
UNDECIDED = ("overdue", "refused")
NEVER = 1e15
_OPEN = "('planned', 'waiting', 'overdue', 'refused')"

INSERT = """
INSERT INTO schedule (workspace, id, campaign, plan, zone, state, expected, next_local, next_at, created_at, updated_at)
VALUES (:workspace, :id, :campaign, :plan, :zone, 'active', :expected, :next_local, :next_at, :now, :now)
"""
SCHEDULE = "SELECT workspace, id, campaign, plan, zone, expected, next_local, next_at FROM schedule "
OCCURRENCE = "SELECT workspace, id, schedule, campaign, local, planned_at, due_at, state FROM occurrence "
ADD = """
INSERT INTO occurrence (workspace, id, schedule, campaign, local, planned_at, due_at, state, run, why, created_at)
VALUES (:workspace, :id, :schedule, :campaign, :local, :planned_at, :due_at, :state, :run, :why, :now)
"""
LEAVE_OUT = f"""
UPDATE occurrence SET state = 'skipped', why = :why, decided_at = :now
WHERE workspace = :workspace AND campaign = :campaign AND state IN {_OPEN}
"""  # noqa: S608 - nothing but the text above
#: A schedule without a time to come, of which nothing may come any more, is over.
CLOSE = f"""
UPDATE schedule SET state = 'ended', updated_at = :now
WHERE workspace = :workspace AND id = :schedule AND state = 'active' AND next_at IS NULL AND NOT EXISTS (
  SELECT 1 FROM occurrence WHERE occurrence.workspace = schedule.workspace AND occurrence.schedule = schedule.id
    AND occurrence.state IN {_OPEN})
"""  # noqa: S608 - nothing but the text above
#: A campaign is what its newest run is while that goes on; then scheduled while a schedule is active; else what it was.
SETTLE = """
UPDATE campaign SET updated_at = :now, status = coalesce(
  (SELECT run.status FROM run WHERE run.workspace = campaign.workspace AND run.id = campaign.run
    AND run.status NOT IN ('done', 'cancelled')),
  (SELECT 'scheduled' FROM schedule WHERE schedule.workspace = campaign.workspace
    AND schedule.campaign = campaign.id AND schedule.state = 'active' LIMIT 1),
  (SELECT run.status FROM run WHERE run.workspace = campaign.workspace AND run.id = campaign.run),
  'draft')
WHERE workspace = :workspace AND id = :campaign
"""

OF_CAMPAIGNS = sa.text(
    """
SELECT schedule.campaign, schedule.plan,
  min(coalesce(schedule.next_at, 1e15), coalesce((SELECT min(due_at) FROM occurrence
    WHERE occurrence.workspace = schedule.workspace AND occurrence.schedule = schedule.id
    AND occurrence.state IN ('planned', 'waiting')), 1e15)) AS next_at,
  (SELECT count(*) FROM occurrence WHERE occurrence.workspace = schedule.workspace
    AND occurrence.schedule = schedule.id AND occurrence.state IN ('overdue', 'refused')) AS undecided
FROM schedule WHERE schedule.workspace = :workspace AND schedule.state = 'active' AND schedule.campaign IN :campaigns
"""
).bindparams(sa.bindparam("campaigns", expanding=True))


class Short(NamedTuple):
    """A campaign's active schedule in short."""

    plan: str  #: JSON
    next_at: float | None
    undecided: int


async def of_campaigns(
    connection: sa_asyncio.AsyncConnection, workspace: int, campaigns: Iterable[int]
) -> dict[int, Short]:
    """Campaign to its schedule, for those whose schedule goes on."""
    found = await connection.execute(
        OF_CAMPAIGNS, {"workspace": workspace, "campaigns": sorted(set(campaigns))}
    )
    return {
        row.campaign: Short(row.plan, row.next_at if row.next_at < NEVER else None, row.undecided)
        for row in found
    }


class Schedule(NamedTuple):
    """One schedule with the next of its times."""

    workspace: int
    id: int
    campaign: int
    plan: str  #: JSON
    zone: str
    expected: int | None
    next_local: str
    next_at: float | None


class Occurrence(NamedTuple):
    """One time that has come, or was moved."""

    workspace: int
    id: int
    schedule: int
    campaign: int
    local: str
    planned_at: float
    due_at: float
    state: str


def add(connection: sqlite3.Connection, new: Schedule, *, now: float) -> None:
    """Give a campaign a schedule, whose id is taken here; one it had before ends, and what waited of it is left out."""
    end(connection, workspace=new.workspace, campaign=new.campaign, why="the schedule was changed", now=now)
    number = numbers.take_now(connection, new.workspace, "schedule")
    connection.execute(INSERT, {**new._asdict(), "id": number, "now": now})
    settle(connection, workspace=new.workspace, campaign=new.campaign, now=now)


def end(connection: sqlite3.Connection, *, workspace: int, campaign: int, why: str, now: float) -> bool:
    """End a campaign's schedule; whatever waited of it is left out. Returns whether there was one."""
    key = {"workspace": workspace, "campaign": campaign, "now": now}
    ended = connection.execute(
        "UPDATE schedule SET state = 'ended', next_local = '', next_at = NULL, updated_at = :now"
        " WHERE workspace = :workspace AND campaign = :campaign AND state = 'active'",
        key,
    ).rowcount
    connection.execute(LEAVE_OUT, {**key, "why": why})
    settle(connection, workspace=workspace, campaign=campaign, now=now)
    return bool(ended)


def settle(connection: sqlite3.Connection, *, workspace: int, campaign: int, now: float) -> None:
    """Make the campaign's status follow its run and its schedule."""
    connection.execute(SETTLE, {"workspace": workspace, "campaign": campaign, "now": now})


def close(
    connection: sqlite3.Connection, *, workspace: int, schedule: int, campaign: int, now: float
) -> None:
    """End a schedule of which nothing may come any more, and make its campaign follow."""
    connection.execute(CLOSE, {"workspace": workspace, "schedule": schedule, "now": now})
    settle(connection, workspace=workspace, campaign=campaign, now=now)


def advance(
    connection: sqlite3.Connection, due: Schedule, *, next_local: str, next_at: float | None, now: float
) -> None:
    """Put a schedule on its next time; None where none is left."""
    connection.execute(
        "UPDATE schedule SET next_local = ?, next_at = ?, updated_at = ? WHERE workspace = ? AND id = ?",
        (next_local, next_at, now, due.workspace, due.id),
    )


def due(connection: sqlite3.Connection, now: float) -> Schedule | None:
    """The active schedule whose next time came first."""
    row = connection.execute(
        SCHEDULE + "WHERE state = 'active' AND next_at <= ? ORDER BY next_at, workspace, id LIMIT 1", (now,)
    ).fetchone()
    return None if row is None else Schedule(*row)


def active(connection: sqlite3.Connection, workspace: int, campaign: int) -> Schedule | None:
    """A campaign's schedule, where it has one that goes on."""
    row = connection.execute(
        SCHEDULE + "WHERE workspace = ? AND campaign = ? AND state = 'active'", (workspace, campaign)
    ).fetchone()
    return None if row is None else Schedule(*row)


def of_id(connection: sqlite3.Connection, workspace: int, schedule: int) -> Schedule:
    """One schedule, going on or over."""
    return Schedule(
        *connection.execute(SCHEDULE + "WHERE workspace = ? AND id = ?", (workspace, schedule)).fetchone()
    )


def occur(
    connection: sqlite3.Connection,
    due: Schedule,
    *,
    state: str,
    run: int | None = None,
    why: str = "",
    now: float,
) -> None:
    """Write down what came of a schedule's next time. Raises sqlite3.IntegrityError for one that came before."""
    connection.execute(
        ADD,
        {
            "workspace": due.workspace,
            "id": numbers.take_now(connection, due.workspace, "occurrence"),
            "schedule": due.id,
            "campaign": due.campaign,
            "local": due.next_local,
            "planned_at": due.next_at,
            "due_at": due.next_at,
            "state": state,
            "run": run,
            "why": why,
            "now": now,
        },
    )


def has_come(connection: sqlite3.Connection, due: Schedule) -> bool:
    """Whether something came of a schedule's next time already."""
    found = connection.execute(
        "SELECT 1 FROM occurrence WHERE workspace = ? AND schedule = ? AND local = ?",
        (due.workspace, due.id, due.next_local),
    )
    return found.fetchone() is not None


def decide(
    connection: sqlite3.Connection,
    one: Occurrence,
    *,
    state: str,
    run: int | None = None,
    why: str = "",
    due_at: float | None = None,
    now: float,
) -> None:
    """Write down what became of an occurrence."""
    connection.execute(
        "UPDATE occurrence SET state = ?, run = ?, why = ?, due_at = ?, decided_at = ? WHERE workspace = ? AND id = ?",
        (state, run, why, one.due_at if due_at is None else due_at, now, one.workspace, one.id),
    )


def occurrence(connection: sqlite3.Connection, workspace: int, number: int) -> Occurrence | None:
    """One occurrence."""
    row = connection.execute(OCCURRENCE + "WHERE workspace = ? AND id = ?", (workspace, number)).fetchone()
    return None if row is None else Occurrence(*row)


def occurrences(
    connection: sqlite3.Connection, *, state: str, until: float | None = None
) -> list[Occurrence]:
    """Those in a state, the oldest first; with `until`, those due by then."""
    limit = float("inf") if until is None else until
    rows = connection.execute(
        OCCURRENCE + "WHERE state = ? AND due_at <= ? ORDER BY due_at, workspace, id LIMIT 1000",
        (state, limit),
    )
    return [Occurrence(*row) for row in rows]


def goes_on(connection: sqlite3.Connection, workspace: int, campaign: int) -> bool:
    """Whether a run of the campaign is not over."""
    found = connection.execute(
        "SELECT 1 FROM run WHERE workspace = ? AND campaign = ? AND kind = ''"
        " AND status NOT IN ('done', 'cancelled') LIMIT 1",
        (workspace, campaign),
    )
    return found.fetchone() is not None
