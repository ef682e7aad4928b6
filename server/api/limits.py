"""Limits, routes, sender pools, and why a run goes as fast as it does."""

from server.api import serving
from server.engine import desk as desks
from server.engine import limiting, pacing
from server.wire import endpoint
from server.wire import limits as wire


@serving.serves(wire.LIST)
async def list_limits(desk: desks.Desk, ask: endpoint.Nothing) -> wire.Limits:
    """List limits."""
    return await limiting.list_(desk)


@serving.serves(wire.SAVE)
async def save_limits(desk: desks.Desk, ask: wire.SaveLimits) -> wire.Limits:
    """Set or lift the limits of one subject."""
    return await limiting.save(desk, ask)


@serving.serves(wire.ROUTES)
async def list_routes(desk: desks.Desk, ask: endpoint.Nothing) -> wire.Routes:
    """List routes by country."""
    return await limiting.routes(desk)


@serving.serves(wire.SAVE_ROUTE)
async def save_route(desk: desks.Desk, ask: wire.SaveRoute) -> wire.Routes:
    """Set or remove a route."""
    return await limiting.save_route(desk, ask)


@serving.serves(wire.ORIGINS)
async def list_origins(desk: desks.Desk, ask: endpoint.Nothing, account: int) -> wire.Origins:
    """Show an account's pool of senders."""
    return await limiting.origins(desk, account)


@serving.serves(wire.SAVE_ORIGINS)
async def save_origins(desk: desks.Desk, ask: wire.SaveOrigins, account: int) -> wire.Origins:
    """Set an account's pool of senders."""
    return await limiting.save_origins(desk, account, ask)


@serving.serves(wire.PACE)
async def pace(desk: desks.Desk, ask: endpoint.Nothing, run: int) -> wire.Pace:
    """Say why a run goes as fast as it does."""
    return await pacing.pace(desk, run)
