"""Due work of the api process: schedules, launches, cancelled runs, messages that are late, the database's mark."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from server.engine import looping, occurring
from server.store import incarnation
from server.store.ledger import batches, expiring, freezing, thread

LOOK_S = 1.0
#: How long portions of a launch are frozen before other due work is looked for.
FREEZE_S = 0.5
#: How long the ledger is left to others after a portion, in parts of what that took.
PAUSE = 0.2

CANCELLING = "SELECT workspace, id FROM run WHERE status = 'cancelling'"


def _cancelling(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    return [(int(workspace), int(run)) for workspace, run in connection.execute(CANCELLING)]


class Clock(looping.Looper):
    """The one task that looks for due work. The wall's time decides what is due; it may jump either way."""

    def __init__(self, ledger: thread.Ledger, data: Path, now: Callable[[], float] = time.time) -> None:
        super().__init__(look_s=LOOK_S, waits="due work waits")
        self._ledger = ledger
        self._keeper = incarnation.Keeper(data=data)
        self._now = now

    async def work(self) -> None:
        """Do what is due now."""
        await self._ledger.do(occurring.work, now=self._now())
        for workspace, run in await self._ledger.do(expiring.due, now=self._now()):
            last: int | None = 0
            while last is not None:
                last = await self._ledger.do(
                    expiring.expire_next, workspace=workspace, run=run, now=self._now(), after=last
                )
        for workspace, run in await self._ledger.do(_cancelling):
            after: int | None = 0
            while after is not None:
                after = await self._ledger.do(
                    batches.cancel_next, workspace=workspace, run=run, now=self._now(), after=after
                )
        await self._freeze()
        await self.keep_mark()

    async def _freeze(self) -> None:
        """Freeze portions of what is being launched, with a pause behind each, and other due work now and then."""
        until = time.monotonic() + FREEZE_S
        for workspace, run in await self._ledger.do(freezing.launching):
            last = False
            while not last:
                if time.monotonic() > until:
                    self.wake()
                    return
                began = time.monotonic()
                last = await self._ledger.do(
                    freezing.next_portion, workspace=workspace, run=run, now=self._now()
                )
                await asyncio.sleep((time.monotonic() - began) * PAUSE)

    async def keep_mark(self) -> None:
        """Bring the mark outside the database up to date."""
        await self._ledger.do(self._keeper.keep, now=self._now())
