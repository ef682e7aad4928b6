"""Reads that go straight through: a whole look at the database in one hop to a thread, not one hop a statement.

A pooled async connection hands every statement to its thread and waits for the way back. While receipts pour in, each
such way waits for its turn in the event loop and for the interpreter, twenty times for one screen. The functions that
read are coroutines which wait for nothing but `connection.execute`; given a connection that answers at once, such a
coroutine runs from its begin to its end without a pause, on whatever thread it is begun.
"""

import asyncio
import concurrent.futures
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

P = ParamSpec("P")
T = TypeVar("T")

#: Looks at the same time; a search through a large table holds one of them for as long as it takes.
THREADS = 4


class Reader:
    """Connections to one database for looks, each on a thread while it lasts."""

    def __init__(self, path: Path) -> None:
        self.engine = sa.create_engine(f"sqlite:///{path}", pool_size=THREADS)
        self._threads = concurrent.futures.ThreadPoolExecutor(THREADS, thread_name_prefix="look")

    async def warm(self) -> None:
        """Open every connection there will be: a file that vanishes later is still read, and never made anew."""
        await asyncio.to_thread(self._open_all)

    def _open_all(self) -> None:
        for connection in [self.engine.connect() for _ in range(THREADS)]:
            connection.close()

    async def look(
        self,
        function: Callable[Concatenate[sa_asyncio.AsyncConnection, P], Coroutine[Any, Any, T]],
        *arguments: P.args,
        **named: P.kwargs,
    ) -> T:
        """Run `function(connection, ...)` on a snapshot, and return what it returns.

        Raises TypeError where it waits for anything but its connection.
        """

        def run() -> T:
            with self.engine.connect() as connection, connection.begin():
                straight = cast(sa_asyncio.AsyncConnection, _Straight(connection))
                return _to_its_end(function(straight, *arguments, **named))

        return await asyncio.get_running_loop().run_in_executor(self._threads, run)

    async def close(self) -> None:
        """Close all connections once the looks under way have ended."""
        await asyncio.to_thread(self._threads.shutdown)
        self.engine.dispose()


class _Straight:
    """What the readers use of an async connection, answered at once."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    async def execute(self, statement: sa.Executable, values: Any = None) -> sa.CursorResult[Any]:
        return self._connection.execute(statement, values)


def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    try:
        work.send(None)
    except StopIteration as end:
        return cast(T, end.value)
    work.close()
    raise TypeError(f"{work} waits for something besides its connection.")
