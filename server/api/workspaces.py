"""The workspaces of this server: each one tenant's panel in one environment."""

from server.api import serving
from server.engine import desk as desks
from server.store import workspaces
from server.wire import endpoint, problems
from server.wire import server as wire

LONGEST_NAME = 60


@serving.serves(wire.WORKSPACES)
async def list_workspaces(desk: desks.Desk, ask: endpoint.Nothing) -> wire.Workspaces:
    """List all of them."""
    async with desk.database.reading() as connection:
        return wire.Workspaces(rows=await workspaces.all_(connection))


@serving.serves(wire.ADD_WORKSPACE)
async def add_workspace(desk: desks.Desk, ask: wire.AddWorkspace) -> wire.AddedWorkspace:
    """Add one for staging or production."""
    name = ask.name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise _refuse("name", f"A workspace needs a name of 1 to {LONGEST_NAME} characters.")
    if ask.environment is wire.Environment.SANDBOX:
        raise _refuse("environment", "There is one sandbox, and it is there already.")
    async with desk.database.writing() as connection:
        known = await workspaces.all_(connection)
        if any(place.name.casefold() == name.casefold() for place in known):
            raise problems.refuse(
                problems.Code.CONFLICT, f"There is a workspace called {name} already.", "Choose another name."
            )
        made = wire.Workspace(id=max(place.id for place in known) + 1, name=name, environment=ask.environment)
        await workspaces.add(connection, made.id, made.name, made.environment)
    return wire.AddedWorkspace(workspace=made)


def _refuse(place: str, message: str) -> problems.Refused:
    fault = problems.Fault(
        place=place, message=message, remedy="Choose staging or production, and a short name."
    )
    return problems.refuse(problems.Code.INVALID, "The workspace cannot be added like this.", "", [fault])
