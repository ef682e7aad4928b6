"""What the clock does with schedules: launch what is due, put what was missed before a person, and never either twice.

An occurrence is a row, written in the transaction that launches it; the schedule moves to its next time in the same
one. So two processes, a crash in between, or a clock set back cannot launch it again.
"""

import logging
import sqlite3

import msgspec

from server.engine import launching, recurring
from server.store import database, holds, schedules
from server.wire import schedules as wire

log = logging.getLogger(__name__)

#: What is later than this waits for a person.
LATE_S = 15 * 60
#: So many missed times of one schedule are asked about; earlier ones are left out, and say so.
MOST_ASKED = 20
#: Nothing of the run before goes on, so a schedule may launch.
AT_REST = ("scheduled", "done", "cancelled")

DUE = """
SELECT 1 WHERE EXISTS (SELECT 1 FROM schedule WHERE state = 'active' AND next_at <= :now)
  OR EXISTS (SELECT 1 FROM occurrence WHERE state = 'planned' AND due_at <= :now)
  OR EXISTS (SELECT 1 FROM occurrence WHERE state = 'waiting')
  OR EXISTS (SELECT 1 FROM occurrence WHERE state = 'overdue' AND due_at > :now)
"""
TOO_MANY = f"""
UPDATE occurrence SET state = 'skipped', why = 'more than {MOST_ASKED} later times were missed', decided_at = :now
WHERE workspace = :workspace AND schedule = :schedule AND state = 'overdue' AND id NOT IN (
  SELECT id FROM occurrence WHERE workspace = :workspace AND schedule = :schedule AND state = 'overdue'
  ORDER BY planned_at DESC LIMIT {MOST_ASKED})
"""  # noqa: S608 - a number of ours


def work(connection: sqlite3.Connection, now: float) -> int:
    """Do all that is due by a moment; returns how many times came. While the server is held none does."""
    if connection.execute(DUE, {"now": now}).fetchone() is None:
        return 0
    done = 0
    while _next(connection, now):
        done += 1
    with database.transaction(connection):
        if holds.is_held(connection):
            return done
        for one in schedules.occurrences(connection, state="overdue"):
            # The clock was ahead when it was called overdue: its time is to come after all.
            if one.due_at > now:
                schedules.decide(connection, one, state="planned", now=now)
        waiting = schedules.occurrences(connection, state="waiting")
        for one in [*waiting, *schedules.occurrences(connection, state="planned", until=now)]:
            done += _take_up(connection, one, now)
    return done


def miss(connection: sqlite3.Connection, now: float) -> None:
    """Put every time that has come before a person, however late it is; runs in the caller's transaction.

    After a restore nobody can tell what was launched meanwhile.
    """
    for one in schedules.occurrences(connection, state="planned", until=now):
        schedules.decide(connection, one, state="overdue", why=_missed(now - one.due_at), now=now)
    while (due := schedules.due(connection, now)) is not None:
        schedules.occur(connection, due, state="overdue", why=_missed(now - (due.next_at or now)), now=now)
        _advance(connection, due, now)


def _next(connection: sqlite3.Connection, now: float) -> bool:
    """Take the first due time of any schedule. Returns whether there was one."""
    with database.transaction(connection):
        due = None if holds.is_held(connection) else schedules.due(connection, now)
        if due is None:
            return False
        if schedules.has_come(connection, due):
            _advance(connection, due, now)
            return True
        late_s = now - (due.next_at or now)
        state, run, why = _outcome(connection, due, late_s)
        schedules.occur(connection, due, state=state.value, run=run, why=why, now=now)
        _advance(connection, due, now)
    log.info(
        "campaign %d, planned for %s %s: %s %s",
        due.campaign,
        due.next_local,
        due.zone,
        state.value,
        why,
        extra={"action": "occurrence", "campaign": due.campaign, "state": state.value},
    )
    return True


def _outcome(
    connection: sqlite3.Connection, due: schedules.Schedule, late_s: float
) -> tuple[wire.State, int | None, str]:
    """What comes of a time: the state, the run, and why."""
    if late_s > LATE_S:
        return wire.State.OVERDUE, None, _missed(late_s)
    if schedules.goes_on(connection, due.workspace, due.campaign):
        plan = msgspec.json.decode(due.plan, type=wire.Plan)
        waits = any(
            (one.workspace, one.campaign) == (due.workspace, due.campaign)
            for one in schedules.occurrences(connection, state="waiting")
        )
        if plan.while_running is wire.WhileRunning.WAIT and not waits:
            return wire.State.WAITING, None, "the run before it still goes"
        return wire.State.SKIPPED, None, "the run before it still went"
    return _launch(connection, due.workspace, due.campaign, due.expected)


def _launch(
    connection: sqlite3.Connection, workspace: int, campaign: int, expected: int | None
) -> tuple[wire.State, int | None, str]:
    try:
        run = launching.begin(
            connection, workspace=workspace, campaign=campaign, frm=AT_REST, expected=expected
        )
    except launching.Cannot as error:
        return wire.State.REFUSED, None, f"{error} {error.remedy}".strip()
    return wire.State.LAUNCHED, run, ""


def _take_up(connection: sqlite3.Connection, one: schedules.Occurrence, now: float) -> int:
    """An occurrence that was moved to this moment, or that waited for the run before it."""
    late_s = now - one.due_at
    if schedules.goes_on(connection, one.workspace, one.campaign):
        if one.state == "planned":
            schedules.decide(connection, one, state="waiting", why="the run before it still goes", now=now)
        return 0
    if one.state == "planned" and late_s > LATE_S:
        schedules.decide(connection, one, state="overdue", why=_missed(late_s), now=now)
        return 1
    state, run, why = _launch(connection, one.workspace, one.campaign, None)
    schedules.decide(connection, one, state=state.value, run=run, why=why, now=now)
    schedules.close(
        connection, workspace=one.workspace, schedule=one.schedule, campaign=one.campaign, now=now
    )
    return 1


def _advance(connection: sqlite3.Connection, due: schedules.Schedule, now: float) -> None:
    plan = msgspec.json.decode(due.plan, type=wire.Plan)
    try:
        following = recurring.after(plan, recurring.Time(due.next_local, due.next_at or now))
    except recurring.Wrong as error:  # the zone is gone from the system's time zones
        log.error("campaign %d is scheduled no more: %s", due.campaign, error)  # noqa: TRY400 - no trace of ours helps
        following = None
    schedules.advance(
        connection,
        due,
        next_local=following.local if following else "",
        next_at=following.at if following else None,
        now=now,
    )
    connection.execute(TOO_MANY, {"workspace": due.workspace, "schedule": due.id, "now": now})
    schedules.close(connection, workspace=due.workspace, schedule=due.id, campaign=due.campaign, now=now)


def _missed(late_s: float) -> str:
    minutes = int(late_s // 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [f"{count} {unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if count]
    return f"missed by {' '.join(parts[:2]) or 'less than a minute'}"
