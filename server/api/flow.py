"""How a workspace launches."""

from server.api import serving
from server.engine import desk as desks
from server.engine import flow
from server.wire import endpoint
from server.wire import flow as wire


@serving.serves(wire.SHOW)
async def show(desk: desks.Desk, ask: endpoint.Nothing) -> wire.Flow:
    """Show how the workspace launches."""
    return await flow.show(desk)


@serving.serves(wire.SAVE)
async def save(desk: desks.Desk, ask: wire.SaveFlow) -> wire.Flow:
    """Set how the workspace launches."""
    return await flow.save(desk, ask)
