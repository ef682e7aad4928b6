"""The way to the database: pooled async connections for the control plane, one plain connection for a ledger thread."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.store import anchor, once, straight

#: How long a writer waits for another before it gives up, in milliseconds; another program may hold the file.
BUSY_MS = 60_000

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # an intent must survive power loss before its first byte leaves
    f"PRAGMA busy_timeout = {BUSY_MS}",
    "PRAGMA cache_size = -32000",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA wal_autocheckpoint = 2000",
    "PRAGMA journal_size_limit = 67108864",
)


class Database:
    """The control plane's connections to one data folder's database."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.anchor = anchor.Anchor(path)
        self.engine = sa_asyncio.create_async_engine(f"sqlite+aiosqlite:///{path}")
        self._reader = straight.Reader(path)
        self.warm = self._reader.warm
        self.look = self._reader.look  #: `await look(function, ...)`: a whole snapshot's reads in one hop
        for engine in (self.engine.sync_engine, self._reader.engine):
            sa.event.listen(engine, "connect", _prepare)
            sa.event.listen(engine, "begin", _begin)

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[sa_asyncio.AsyncConnection]:
        """A snapshot: every read within sees the same moment."""
        async with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[sa_asyncio.AsyncConnection]:
        """A transaction that holds the write lock from its start, so that it can never be refused half way.

        Raises anchor.Vanished where the database's file is no longer in its place.
        """
        self.anchor.hold()
        async with self.engine.connect() as connection:
            await connection.execution_options(heliograph_writes=True)
            async with connection.begin():
                yield connection
                await once.mark(connection)

    async def close(self) -> None:
        """Close all connections."""
        await self._reader.close()
        await self.engine.dispose()


def connect(path: Path) -> sqlite3.Connection:
    """One plain connection in autocommit mode, for a thread of its own that begins and commits by itself."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Any:
    """One write transaction; committed and flushed at its end, rolled back on any error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        once.mark_now(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk may have rolled it back already
            connection.execute("ROLLBACK")
        raise


#: A connection of the pool keeps fewer pages at hand: there are up to fifteen, and the system keeps them as well.
POOLED = "PRAGMA cache_size = -6000"


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver would else begin late and be refused on its first write
    cursor = connection.cursor()
    for pragma in (*PRAGMAS, POOLED):
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("heliograph_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
