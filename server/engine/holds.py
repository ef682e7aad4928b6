"""The hold by hand: see why the server is held, stop everything, go on run by run."""

import logging
import sqlite3
import time
from pathlib import Path

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.engine import desk as desks
from server.engine import occurring
from server.store import campaigns as rows
from server.store import database, incarnation, schedules
from server.store import holds as store
from server.store.ledger import codes
from server.wire import holds as wire
from server.wire import ledger, moments, problems

log = logging.getLogger(__name__)

LONGEST_NOTE = 300
SENTENCES = {
    wire.Why.STOPPED: "Everything was stopped by hand: nothing is sent, and no schedule starts.",
    wire.Why.STARTED: "The server was started held: nothing is sent, and no schedule starts.",
    wire.Why.RESTORED: "This database is a copy: nothing is sent before you have decided what goes on.",
}
TALLIES = """
SELECT state, sum(n) FROM tally WHERE workspace = ? AND run = ? GROUP BY state
"""


async def show(desk: desks.Desk) -> wire.Hold:
    """Whether the server is held, and what a release would be about."""
    return await desk.ledger.do(_show)


async def sentence(connection: sa_asyncio.AsyncConnection) -> str:
    """Why the server is held; empty where it is not."""
    row = (await connection.execute(sa.text("SELECT why, note FROM hold"))).one_or_none()
    if row is None:
        return ""
    told = SENTENCES[wire.Why(row.why)]
    return f"{told} “{row.note}”" if row.note else told


async def stop_all(desk: desks.Desk, ask: wire.StopAll) -> wire.Hold:
    """Stop everything now; a hold that stands already stays as it is."""
    await desk.ledger.do(_stop, note=ask.note.strip()[:LONGEST_NOTE], now=time.time())
    log.warning(
        "everything was stopped by hand: %s", ask.note[:LONGEST_NOTE], extra={"action": "stopped_all"}
    )
    return await show(desk)


async def release(desk: desks.Desk, ask: wire.Release) -> wire.Hold:
    """Go on. Runs that are not named are paused. Raises problems.Refused."""
    await desk.ledger.do(_release, ask, data=desk.data, now=time.time())
    desk.clock.wake()
    log.warning("the hold was released", extra={"action": "released"})
    return await show(desk)


def _stop(connection: sqlite3.Connection, *, note: str, now: float) -> None:
    with database.transaction(connection):
        if not store.is_held(connection):
            store.put(connection, why=wire.Why.STOPPED.value, note=note, now=now)


def _release(connection: sqlite3.Connection, ask: wire.Release, *, data: Path, now: float) -> None:
    hold = store.show(connection)
    if hold is None:
        raise problems.refuse(
            problems.Code.CONFLICT, "The server is not held.", "There is nothing to release."
        )
    is_copy = hold.why == wire.Why.RESTORED
    if is_copy and ask.go_on is None:
        raise problems.refuse(
            problems.Code.CONFLICT,
            "The database is a copy, and what it calls waiting may have been sent since.",
            "Name the runs that go on and those that are cancelled; the others are paused.",
        )
    renewal = incarnation.renew(connection, data, now) if is_copy else None
    with database.transaction(connection):
        if store.show(connection) != hold:
            raise problems.refuse(
                problems.Code.CONFLICT, "Somebody else decided just now.", "Look at the hold again."
            )
        live = {(one.workspace, one.run): one for one in store.live(connection)}
        goes_on, ends = _chosen(ask, live)
        for key, one in live.items():
            to = "cancelling" if key in ends else "" if key in goes_on else "paused"
            if to == "paused" and one.status == "launching":  # half an audience is nothing to pause
                raise problems.refuse(
                    problems.Code.CONFLICT,
                    f"Run {one.run} of workspace {one.workspace} is still being frozen, which sends nothing.",
                    "Wait until that is done, or cancel the run; then release.",
                )
            if to:
                store.turn(connection, one, to)
                schedules.settle(connection, workspace=one.workspace, campaign=one.campaign, now=now)
        if renewal is not None:
            occurring.miss(connection, now)
            renewal.within(connection)
        store.lift(connection)
    if renewal is not None:
        renewal.after(connection, now)


Keys = set[tuple[int, int]]


def _chosen(ask: wire.Release, live: dict[tuple[int, int], store.Live]) -> tuple[Keys, Keys]:
    """The runs that go on and those that end. Raises problems.Refused for one that is neither held nor going on."""
    goes_on = set(live) if ask.go_on is None else {(one.workspace, one.run) for one in ask.go_on}
    ends = {(one.workspace, one.run) for one in ask.cancel}
    for workspace, run in sorted((goes_on | ends) - set(live)):
        raise problems.refuse(
            problems.Code.NOT_FOUND,
            f"Run {run} of workspace {workspace} is over, or was never there.",
            "Look at the hold again, and choose among its runs.",
        )
    if ask.go_on is not None and (both := goes_on & ends):
        workspace, run = min(both)
        raise problems.refuse(
            problems.Code.CONFLICT,
            f"Run {run} of workspace {workspace} is to go on and to be cancelled.",
            "Choose one of the two.",
        )
    return goes_on, ends


# -- as it travels ------------------------------------------------------------------------------------


def _show(connection: sqlite3.Connection) -> wire.Hold:
    hold = store.show(connection)
    live = store.live(connection)
    found = (
        msgspec.json.decode(hold.found, type=incarnation.Found | None)
        if hold and hold.found != "{}"
        else None
    )
    (active,) = connection.execute("SELECT count(*) FROM schedule WHERE state = 'active'").fetchone()
    runs = [_told(connection, one, found) for one in live]
    if hold is None:
        return wire.Hold(held=False, runs=runs, schedules=active)
    why = wire.Why(hold.why)
    return wire.Hold(
        held=True,
        why=why,
        since=moments.utc(hold.at),
        note=hold.note,
        sentence=SENTENCES[why],
        copy=_copy(connection, found) if found else None,
        runs=runs,
        schedules=active,
    )


def _told(connection: sqlite3.Connection, one: store.Live, found: incarnation.Found | None) -> wire.HeldRun:
    behind = found.runs.get(f"{one.workspace}/{one.run}") if found else None
    return wire.HeldRun(
        workspace=one.workspace,
        workspace_name=one.workspace_name or "",
        run=one.run,
        campaign=one.campaign,
        campaign_name=one.campaign_name,
        status=one.status,
        equation=_equation(connection, one),
        doubted=behind.sending if behind else 0,
        sent_after=behind.sent_after if behind else None,
    )


def _equation(connection: sqlite3.Connection, one: store.Live) -> ledger.Equation:
    terms = dict.fromkeys(codes.TERMS.values(), 0)
    for state, count in connection.execute(TALLIES, (one.workspace, one.run)):
        terms[codes.TERMS[state]] += count
    return rows.equation(one.messages, [terms])


def _copy(connection: sqlite3.Connection, found: incarnation.Found) -> wire.Copy:
    names = dict(connection.execute("SELECT id, name FROM workspace").fetchall())
    return wire.Copy(
        sentence=found.sentence,
        copied_at=moments.maybe(found.copied_at),
        known_until=moments.maybe(found.known_until),
        sent_after=found.sent_after,
        lost_runs=[
            wire.LostRun(
                workspace=names.get(one.workspace, str(one.workspace)),
                run=one.run,
                campaign=one.campaign,
                sent=one.sent,
            )
            for one in found.lost
        ],
    )
