"""The overview: what runs, how fast, and what is wrong."""

from server.api import serving
from server.engine import desk as desks
from server.engine import insight
from server.wire import endpoint
from server.wire import server as wire


@serving.serves(wire.OVERVIEW)
async def overview(desk: desks.Desk, ask: endpoint.Nothing) -> wire.Overview:
    """Show what runs, how fast, and what is wrong."""
    return await insight.overview(desk)
