"""Doubts and dead letters, and the acts upon them."""

from server.api import serving
from server.engine import desk as desks
from server.engine import exceptions, foreseeing, settling
from server.store.ledger import codes
from server.wire import endpoint
from server.wire import exceptions as wire


@serving.serves(wire.DOUBTS)
async def doubts(desk: desks.Desk, ask: wire.Pick) -> wire.Groups:
    """Group what is in doubt, with the rule that applies."""
    return await exceptions.doubts(desk, ask)


@serving.serves(wire.DOUBT_ROWS)
async def doubt_rows(desk: desks.Desk, ask: wire.Rows) -> wire.Letters:
    """List messages in doubt."""
    return await exceptions.rows(desk, ask, codes.DOUBT)


@serving.serves(wire.LOOK_UP)
async def look_up(desk: desks.Desk, ask: wire.LookUpAsk) -> wire.LookUp:
    """Ask the providers about messages in doubt."""
    return await settling.look_up(desk, ask)


@serving.serves(wire.DEAD)
async def dead(desk: desks.Desk, ask: wire.Pick) -> wire.Groups:
    """Group the dead letters, with cause and remedy."""
    return await exceptions.dead(desk, ask)


@serving.serves(wire.DEAD_ROWS)
async def dead_rows(desk: desks.Desk, ask: wire.Rows) -> wire.Letters:
    """List dead letters."""
    return await exceptions.rows(desk, ask, codes.FAILED)


@serving.serves(wire.PREVIEW)
async def preview(desk: desks.Desk, ask: wire.PreviewAsk) -> wire.Preview:
    """Say what sending again would do."""
    return await foreseeing.preview(desk, ask)


@serving.serves(wire.ACT)
async def act(desk: desks.Desk, ask: wire.ActAsk) -> wire.Act:
    """Settle, send again or close a set of messages."""
    return await settling.act(desk, ask)


@serving.serves(wire.ACTS)
async def acts(desk: desks.Desk, ask: endpoint.Nothing) -> wire.Acts:
    """List the newest acts."""
    return await settling.list_(desk)


@serving.serves(wire.SHOW)
async def show(desk: desks.Desk, ask: endpoint.Nothing, act: int) -> wire.Act:
    """Show an act."""
    return await settling.show(desk, act)


@serving.serves(wire.UNDO)
async def undo(desk: desks.Desk, ask: wire.UndoAsk, act: int) -> wire.Act:
    """Take an act back."""
    return await settling.undo(desk, act, ask)
