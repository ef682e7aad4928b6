"""The hold: why nothing is sent, stopping everything, and going on."""

from server.api import serving
from server.engine import desk as desks
from server.engine import holds
from server.wire import endpoint
from server.wire import holds as wire


@serving.serves(wire.SHOW)
async def show(desk: desks.Desk, ask: endpoint.Nothing) -> wire.Hold:
    """Say whether the server is held, and why."""
    return await holds.show(desk)


@serving.serves(wire.STOP_ALL)
async def stop_all(desk: desks.Desk, ask: wire.StopAll) -> wire.Hold:
    """Stop everything now."""
    return await holds.stop_all(desk, ask)


@serving.serves(wire.RELEASE)
async def release(desk: desks.Desk, ask: wire.Release) -> wire.Hold:
    """Go on, run by run."""
    return await holds.release(desk, ask)
