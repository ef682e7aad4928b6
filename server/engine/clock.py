"""Due work of the api process: a cancelled run's messages are cancelled batch by batch, also after a restart."""

import asyncio
import logging
import sqlite3
import time

from server.store.ledger import batches, thread

log = logging.getLogger(__name__)

LOOK_S = 1.0

CANCELLING = "SELECT workspace, id FROM run WHERE status = 'cancelling'"


def _cancelling(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    return [(int(workspace), int(run)) for workspace, run in connection.execute(CANCELLING)]


class Clock:
    """The one task that looks for due work."""

    def __init__(self, ledger: thread.Ledger) -> None:
        self._ledger = ledger
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something was just asked for."""
        self._wake.set()

    async def run(self) -> None:
        """Do due work until cancelled."""
        while True:
            try:
                await self.work()
            except sqlite3.OperationalError as error:
                log.warning("due work waits: the ledger cannot be written: %s", error)
            try:
                await asyncio.wait_for(self._wake.wait(), LOOK_S)
            except TimeoutError:
                continue
            self._wake.clear()

    async def work(self) -> None:
        """Do what is due now."""
        for workspace, run in await self._ledger.do(_cancelling):
            after: int | None = 0
            while after is not None:
                after = await self._ledger.do(
                    batches.cancel_next, workspace=workspace, run=run, now=time.time(), after=after
                )
