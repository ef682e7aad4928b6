"""The twins and what arrived at them."""

from server.api import serving
from server.engine import desk as desks
from server.engine.arrivals import comparing
from server.wire import arrivals, endpoint
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


@serving.serves(arrivals.COMPARE)
async def compare(desk: desks.Desk, ask: endpoint.Nothing, id: int) -> arrivals.Comparison:
    """Compare an arrival with what was promised."""
    return await comparing.compare(desk, id)


@serving.serves(arrivals.GLANCE)
async def glances(desk: desks.Desk, ask: wire.ArrivalQuery) -> arrivals.Glances:
    """Compare a page of the inbox with what was promised."""
    return await comparing.glances(desk, ask)
