"""Test sends and what became of them."""

from server.api import serving
from server.engine import desk as desks
from server.engine import testing
from server.wire import endpoint
from server.wire import testing as wire


@serving.serves(wire.SEND)
async def send(desk: desks.Desk, ask: wire.SendTest, campaign: int) -> wire.Tests:
    """Send a test."""
    return await testing.send(desk, campaign, ask)


@serving.serves(wire.LIST)
async def list_tests(desk: desks.Desk, ask: wire.TestQuery) -> wire.Tests:
    """List tests and what became of them."""
    return await testing.list_(desk, ask)


@serving.serves(wire.ADDRESSES)
async def addresses(desk: desks.Desk, ask: endpoint.Nothing) -> wire.Addresses:
    """Show where tests went before."""
    return await testing.addresses_of(desk)
