"""What messages cost."""

from server.api import serving
from server.engine import desk as desks
from server.engine import pricing
from server.wire import endpoint
from server.wire import prices as wire


@serving.serves(wire.LIST)
async def list_prices(desk: desks.Desk, ask: endpoint.Nothing) -> wire.Prices:
    """List prices."""
    return await pricing.list_(desk)


@serving.serves(wire.SAVE)
async def save(desk: desks.Desk, ask: wire.SavePrices) -> wire.Prices:
    """Set or remove prices."""
    return await pricing.save(desk, ask)


@serving.serves(wire.IMPORT)
async def take(desk: desks.Desk, ask: wire.ImportPrices) -> wire.Prices:
    """Take prices from CSV."""
    return await pricing.take(desk, ask)
