"""How a workspace launches, checked before it is kept."""

from server.engine import desk as desks
from server.store import flow as rows
from server.store import workspaces
from server.wire import flow as wire
from server.wire import problems
from server.wire import server as wire_server

Environment = wire_server.Environment

MOST_PEOPLE = 1_000_000_000


async def show(desk: desks.Desk) -> wire.Flow:
    """The workspace's way."""
    async with desk.database.reading() as connection:
        found = await rows.show(connection, desk.workspace)
        if found is not None:
            return _told(found)
        here = await workspaces.show(connection, desk.workspace)
    if here is not None and here.environment is Environment.SANDBOX:  # nobody real is reached
        return wire.Flow(delay_s=0)
    return wire.Flow()


async def save(desk: desks.Desk, ask: wire.SaveFlow) -> wire.Flow:
    """Set the workspace's way. Raises problems.Refused."""
    faults = []
    if ask.typed_above is not None and not 0 <= ask.typed_above <= MOST_PEOPLE:
        faults.append(_fault("typed_above", f"It is 0 to {MOST_PEOPLE:,} people, or nothing for never."))
    if not 0 <= ask.delay_s <= wire.MOST_DELAY_S:
        faults.append(_fault("delay_s", f"It is 0, for at once, to {wire.MOST_DELAY_S:,} seconds."))
    if faults:
        raise problems.refuse(problems.Code.INVALID, "This cannot be saved.", "Mend what is named.", faults)
    async with desk.database.writing() as connection:
        await rows.save(connection, desk.workspace, ask)
    return _told(ask)


def _told(found: wire.SaveFlow) -> wire.Flow:
    return wire.Flow(typed_above=found.typed_above, delay_s=found.delay_s)


def _fault(place: str, message: str) -> problems.Fault:
    return problems.Fault(place=place, message=message, remedy="Write a number in that range.")
