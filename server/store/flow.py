"""A workspace's own way to launch as a row."""

import time

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.wire import flow as wire

Connection = sa_asyncio.AsyncConnection

GET = "SELECT body FROM flow WHERE workspace = :workspace"
PUT = """
INSERT INTO flow (workspace, body, updated_at) VALUES (:workspace, :body, :now)
ON CONFLICT (workspace) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at
"""


async def show(connection: Connection, workspace: int) -> wire.SaveFlow | None:
    """A workspace's way; None where it never set its own."""
    found = (await connection.execute(sa.text(GET), {"workspace": workspace})).scalar_one_or_none()
    return msgspec.json.decode(found, type=wire.SaveFlow) if found else None


async def save(connection: Connection, workspace: int, ask: wire.SaveFlow) -> None:
    """Set a workspace's way."""
    body = msgspec.json.encode(ask).decode()
    await connection.execute(sa.text(PUT), {"workspace": workspace, "body": body, "now": time.time()})
