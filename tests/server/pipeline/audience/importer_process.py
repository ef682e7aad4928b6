"""An importer in a process of its own that kills itself in or after its n-th transaction.

`python -m tests.server.pipeline.audience.importer_process DATA FILE N before|after` begins an import of FILE, or goes
on with what was begun where FILE is `-`; N is 0 to live.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from sqlalchemy.ext import asyncio as sa_asyncio

from server.pipeline.audience import importing
from server.store import database
from server.wire import audiences


class Mortal(database.Database):
    """A database whose process dies in its n-th transaction, or right after it."""

    def __init__(self, path: Path, fatal: int, moment: str) -> None:
        super().__init__(path)
        self._left = fatal
        self._moment = moment

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[sa_asyncio.AsyncConnection]:
        self._left -= 1
        async with super().writing() as connection:
            yield connection
            if self._left == 0 and self._moment == "before":
                os.kill(os.getpid(), signal.SIGKILL)
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


async def run(data: Path, file: str, fatal: int, moment: str) -> None:
    base = Mortal(data / "heliograph.db", fatal, moment)
    importer = importing.Importer(base, data)
    if file == "-":
        await importer.resume_all()
    else:

        async def body() -> AsyncIterator[bytes]:
            yield await asyncio.to_thread(Path(file).read_bytes)

        await importer.begin(1, audiences.ImportAsk(file="people.csv", country="FR"), body())
    await importer.settled()
    await importer.close()
    await base.close()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]))
