"""One thread with one plain connection: the event loop goes on while a transaction is flushed."""

import asyncio
import concurrent.futures
import contextlib
import contextvars
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from server.store import anchor, database

P = ParamSpec("P")
T = TypeVar("T")


class Ledger:
    """The ledger as one process uses it: calls run one after another on its own thread."""

    def __init__(self, path: Path) -> None:
        self._thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._connection = self._thread.submit(database.connect, path).result()
        self._anchor = anchor.Anchor(path)

    async def do(
        self, function: Callable[Concatenate[sqlite3.Connection, P], T], *arguments: P.args, **named: P.kwargs
    ) -> T:
        """Run `function(connection, ...)` on the ledger's thread and return what it returns.

        Raises anchor.Vanished where the database's file is no longer in its place.
        """

        def run() -> T:
            self._anchor.hold()
            return function(self._connection, *arguments, **named)

        context = contextvars.copy_context()  # it says on whose behalf: see store.once
        return await asyncio.get_running_loop().run_in_executor(self._thread, context.run, run)

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
