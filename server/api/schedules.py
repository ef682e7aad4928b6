"""Schedules, and what waits for a person because its time was missed."""

from server.api import serving
from server.engine import desk as desks
from server.engine import schedules
from server.wire import campaigns as wire_campaigns
from server.wire import endpoint
from server.wire import schedules as wire


@serving.serves(wire.SHOW)
async def show(desk: desks.Desk, ask: endpoint.Nothing, campaign: int) -> wire.Schedule:
    """Show a campaign's schedule."""
    return await schedules.show(desk, campaign)


@serving.serves(wire.SAVE)
async def save(desk: desks.Desk, ask: wire.Plan, campaign: int) -> wire_campaigns.Campaign:
    """Launch at a time, or again and again."""
    return await schedules.save(desk, campaign, ask)


@serving.serves(wire.DROP)
async def drop(desk: desks.Desk, ask: endpoint.Nothing, campaign: int) -> wire_campaigns.Campaign:
    """Take a schedule back."""
    return await schedules.drop(desk, campaign)


@serving.serves(wire.PREVIEW)
async def preview(desk: desks.Desk, ask: wire.PreviewAsk) -> wire.Preview:
    """Read a plan back in words."""
    return await schedules.preview(desk, ask)


@serving.serves(wire.OVERDUE)
async def overdue(desk: desks.Desk, ask: endpoint.Nothing) -> wire.Overdue:
    """List what waits for a decision."""
    return await schedules.overdue(desk)


@serving.serves(wire.RUN_NOW)
async def run_now(desk: desks.Desk, ask: wire.RunNow, occurrence: int) -> wire_campaigns.Campaign:
    """Launch a missed occurrence now."""
    return await schedules.run_now(desk, occurrence, ask)


@serving.serves(wire.SKIP)
async def skip(desk: desks.Desk, ask: endpoint.Nothing, occurrence: int) -> wire_campaigns.Campaign:
    """Leave an occurrence out."""
    return await schedules.skip(desk, occurrence)


@serving.serves(wire.MOVE)
async def move(desk: desks.Desk, ask: wire.Move, occurrence: int) -> wire_campaigns.Campaign:
    """Put an occurrence at another time."""
    return await schedules.move(desk, occurrence, ask)
