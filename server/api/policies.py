"""Who may get what when: the workspace's own rules, and what of a run waits."""

from server.api import serving
from server.engine import desk as desks
from server.engine import policies, spreading
from server.wire import endpoint
from server.wire import policies as wire


@serving.serves(wire.SHOW)
async def show(desk: desks.Desk, ask: endpoint.Nothing) -> wire.Defaults:
    """Show the workspace's rules."""
    return await policies.show(desk)


@serving.serves(wire.SAVE)
async def save(desk: desks.Desk, ask: wire.SaveDefaults) -> wire.Defaults:
    """Set the workspace's rules."""
    return await policies.save(desk, ask)


@serving.serves(wire.WAVES)
async def waves(desk: desks.Desk, ask: endpoint.Nothing, run: int) -> wire.Waves:
    """Show what of a run waits, and until when."""
    return await spreading.waves(desk, run)
