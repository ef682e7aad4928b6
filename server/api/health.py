"""Whether the server can work, and who it is."""

import sqlalchemy as sa

from server import settings
from server.api import serving
from server.engine import desk as desks
from server.engine import holds, standing
from server.store import workspaces
from server.wire import endpoint
from server.wire import server as wire


@serving.serves(wire.HEALTH)
async def health(desk: desks.Desk, ask: endpoint.Nothing) -> wire.Readiness:
    """Say ready, or every reason why not. It answers even where the database does not."""
    reasons = list(desk.standing.troubles.values())
    senders, held = 0, False
    try:
        async with desk.database.reading() as connection:
            senders = await standing.senders(connection)
            held = bool(await holds.sentence(connection))
    except (sa.exc.SQLAlchemyError, OSError) as error:
        problem = serving.problem_of(error)
        reasons.append(f"The database does not answer: {problem.title} {problem.remedy}")
    else:
        if desk.settings.senders and not senders:
            reasons.append("No sender process has reported yet; it is being started.")
    if desk.standing.draining:
        reasons.append("The server is stopping.")
    return wire.Readiness(
        ready=not reasons,
        reasons=reasons,
        version=settings.VERSION,
        senders=senders,
        draining=desk.standing.draining,
        held=held,
    )


@serving.serves(wire.ABOUT)
async def about(desk: desks.Desk, ask: endpoint.Nothing) -> wire.About:
    """Say who this server is and which workspace it shows."""
    async with desk.database.reading() as connection:
        workspace = await workspaces.show(connection, desk.workspace)
    if workspace is None:
        raise LookupError(f"workspace {desk.workspace} is gone")
    return wire.About(
        version=settings.VERSION,
        installation=desk.installation.ref,
        workspace=workspace,
        key_place=desk.vault.place,
        data=str(desk.data),
    )
