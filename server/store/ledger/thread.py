"""One thread with one plain connection: the event loop goes on while a transaction is flushed."""

import asyncio
import concurrent.futures
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from server.store import database

P = ParamSpec("P")
T = TypeVar("T")


class Ledger:
    """The ledger as one process uses it: calls run one after another on its own thread."""

    def __init__(self, path: Path) -> None:
        self._thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._connection = self._thread.submit(database.connect, path).result()

    async def do(
        self, function: Callable[Concatenate[sqlite3.Connection, P], T], *arguments: P.args, **named: P.kwargs
    ) -> T:
        """Run `function(connection, ...)` on the ledger's thread and return what it returns."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._thread, lambda: function(self._connection, *arguments, **named)
        )

    def close(self) -> None:
        """Close the connection once what runs has ended."""
        self._thread.submit(self._connection.close).result()
        self._thread.shutdown()


@contextlib.asynccontextmanager
async def reading(path: Path) -> AsyncIterator[Ledger]:
    """A thread and connection for one long look, so that nothing else waits for it."""
    reader = await asyncio.to_thread(Ledger, path)
    try:
        yield reader
    finally:
        await asyncio.to_thread(reader.close)
