"""The twins and what arrived at them."""

from server.api import serving
from server.engine import desk as desks
from server.wire import endpoint
from server.wire import twins as wire


@serving.serves(wire.LIST)
async def list_twins(desk: desks.Desk, ask: endpoint.Nothing) -> wire.Twins:
    """List twins and magic recipients."""
    return await desk.twins.list_()


@serving.serves(wire.INBOX)
async def inbox(desk: desks.Desk, ask: wire.ArrivalQuery) -> wire.Arrivals:
    """Page what arrived."""
    return await desk.twins.inbox(ask)


@serving.serves(wire.ARRIVED)
async def arrived(desk: desks.Desk, ask: endpoint.Nothing, id: int) -> wire.Arrived:
    """Show one arrival."""
    return await desk.twins.arrived(id)
