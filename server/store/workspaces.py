"""Workspaces: each one tenant's panel in one environment."""

import time

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.store import schema
from server.wire import server as wire

SANDBOX = 1  #: the workspace that exists from the first start, wired to the twins


async def show(connection: sa_asyncio.AsyncConnection, workspace: int) -> wire.Workspace | None:
    """One workspace; None where there is none of that id."""
    table = schema.workspace
    row = (await connection.execute(sa.select(table).where(table.c.id == workspace))).one_or_none()
    if row is None:
        return None
    return wire.Workspace(id=row.id, name=row.name, environment=wire.Environment(row.environment))


async def all_(connection: sa_asyncio.AsyncConnection) -> list[wire.Workspace]:
    """All workspaces, the oldest first."""
    table = schema.workspace
    rows = await connection.execute(sa.select(table).order_by(table.c.id))
    return [
        wire.Workspace(id=row.id, name=row.name, environment=wire.Environment(row.environment))
        for row in rows
    ]


async def add(
    connection: sa_asyncio.AsyncConnection, workspace: int, name: str, environment: wire.Environment
) -> None:
    """Add a workspace."""
    values = {"id": workspace, "name": name, "environment": environment.value, "created_at": time.time()}
    await connection.execute(sa.insert(schema.workspace).values(values))
