"""Checks of contents over an audience, as a person asks for them."""

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.channels import base
from server.engine import desk as desks
from server.engine import taking
from server.pipeline.content import mailmaking, rendering, sharing, speaking
from server.store import checks, schema
from server.wire import campaigns, crafting, problems

Connection = sa_asyncio.AsyncConnection

_audience = schema.audience.c


async def begin(desk: desks.Desk, ask: crafting.CheckAsk) -> crafting.Check:
    """Start a check. Contents that fail for everybody are refused at once, every fault named."""
    async with desk.database.reading() as connection:
        await _refuse_unready(connection, desk.workspace, ask.audience)
        library = await taking.of_campaign(connection, desk.workspace, ask.contents)
    if not ask.contents.chosen():
        raise _refused([base.fault("contents", "There is no content to look at.", "Write one.")])
    number = await desk.checker.begin(desk.workspace, ask.audience, _whole(ask.contents, library))
    return await show(desk, number)


def _whole(chosen: campaigns.Contents, library: sharing.Library) -> campaigns.Contents:
    """The contents with their blocks. Raises problems.Refused."""
    try:
        whole = sharing.resolved_all(speaking.tidied_all(chosen), library)
        for channel in whole.chosen():
            speaking.of(whole, channel)
    except sharing.Unresolved as error:
        raise _refused([base.under("contents", fault) for fault in error.faults]) from error
    except mailmaking.Broken as error:
        raise _refused([base.under("contents.email", error.fault())]) from error
    except rendering.Unrenderable as error:
        raise _refused([base.fault(f"contents.{error.place}", error.message, error.remedy)]) from error
    return whole


def _refused(faults: list[base.Fault]) -> problems.Refused:
    told = [problems.Fault(place=fault.place, message=fault.message, remedy=fault.remedy) for fault in faults]
    return problems.refuse(problems.Code.INVALID, told[0].message, told[0].remedy, told)


async def _refuse_unready(connection: Connection, workspace: int, audience: int) -> None:
    ready = await connection.scalar(
        sa.select(_audience.ready).where(
            _audience.workspace == workspace, _audience.id == audience, _audience.removed_at.is_(None)
        )
    )
    if ready is None:
        raise problems.refuse(
            problems.Code.NOT_FOUND, f"There is no audience {audience}.", "Choose one of those listed."
        )
    if not ready:
        raise problems.refuse(
            problems.Code.CONFLICT,
            "The audience is still being imported.",
            "Check the contents when its import is done.",
        )


async def show(desk: desks.Desk, check: int) -> crafting.Check:
    """How far a check is."""
    async with desk.database.reading() as connection:
        return await _there(connection, desk.workspace, check)


async def _there(connection: Connection, workspace: int, check: int) -> crafting.Check:
    found = await checks.show(connection, workspace, check)
    if found is None:
        raise problems.refuse(
            problems.Code.NOT_FOUND,
            f"There is no check {check}.",
            f"The last {checks.KEPT} are kept; start another.",
        )
    return found


async def cancel(desk: desks.Desk, check: int) -> crafting.Check:
    """Stop a check; what it found so far stays. One that is over stays as it is."""
    async with desk.database.writing() as connection:
        await checks.finish(connection, desk.workspace, check, crafting.CheckStatus.CANCELLED)
        return await _there(connection, desk.workspace, check)


async def people(desk: desks.Desk, check: int, ask: crafting.FailingQuery) -> crafting.FailingPeople:
    """Those it fails for."""
    async with desk.database.reading() as connection:
        found = await _there(connection, desk.workspace, check)
        return await checks.people(connection, desk.workspace, found, ask)
