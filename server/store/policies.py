"""A workspace's own rules as a row."""

import sqlite3
import time

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.wire import policies as wire

GET = "SELECT body FROM policy WHERE workspace = :workspace"
PUT = """
INSERT INTO policy (workspace, body, updated_at) VALUES (:workspace, :body, :now)
ON CONFLICT (workspace) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at
"""


async def show(connection: sa_asyncio.AsyncConnection, workspace: int) -> wire.SaveDefaults:
    """A workspace's rules; none where it never set any."""
    found = (await connection.execute(sa.text(GET), {"workspace": workspace})).scalar_one_or_none()
    return _read(found)


def show_now(connection: sqlite3.Connection, workspace: int) -> wire.SaveDefaults:
    """The same on a plain connection."""
    row = connection.execute(GET, {"workspace": workspace}).fetchone()
    return _read(row[0] if row else None)


async def save(connection: sa_asyncio.AsyncConnection, workspace: int, ask: wire.SaveDefaults) -> None:
    """Set a workspace's rules."""
    body = msgspec.json.encode(ask).decode()
    await connection.execute(sa.text(PUT), {"workspace": workspace, "body": body, "now": time.time()})


def _read(body: str | None) -> wire.SaveDefaults:
    return msgspec.json.decode(body, type=wire.SaveDefaults) if body else wire.SaveDefaults()
