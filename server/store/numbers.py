"""Ids that count up within a workspace, given out by the database so that no two writers share one."""

import sqlite3

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

TAKE = """
INSERT INTO counter (workspace, noun, n) VALUES (:workspace, :noun, :count)
ON CONFLICT (workspace, noun) DO UPDATE SET n = counter.n + excluded.n RETURNING n
"""


async def take(connection: sa_asyncio.AsyncConnection, workspace: int, noun: str, count: int = 1) -> int:
    """Take `count` ids in a row; returns the first. Runs in the caller's transaction."""
    found = await connection.execute(sa.text(TAKE), {"workspace": workspace, "noun": noun, "count": count})
    return int(found.scalar_one()) - count + 1


def take_now(connection: sqlite3.Connection, workspace: int, noun: str, count: int = 1) -> int:
    """The same on a plain connection."""
    (last,) = connection.execute(TAKE, {"workspace": workspace, "noun": noun, "count": count}).fetchone()
    return int(last) - count + 1
