"""Look for work, do it, and wait until somebody calls or it is time to look again: the loop of the api's own tasks."""

import abc
import asyncio
import contextlib
import logging
import sqlite3

log = logging.getLogger(__name__)


class Looper(abc.ABC):
    """A task that does `work` again and again. What is to be done lies in the database: nothing is lost by a kill."""

    def __init__(self, *, look_s: float, waits: str) -> None:
        """`look_s`: how often to look unasked. `waits`: what waits while the disk refuses, for the log."""
        self._look_s = look_s
        self._waits = waits
        self._called = asyncio.Event()

    def wake(self) -> None:
        """Something was just asked for: look at once."""
        self._called.set()

    async def run(self) -> None:
        """Look and work until cancelled."""
        while True:
            try:
                await self.work()
            except (sqlite3.OperationalError, OSError) as error:
                log.warning("%s: the data folder cannot be written: %s", self._waits, error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._called.wait(), self._look_s)
            self._called.clear()

    @abc.abstractmethod
    async def work(self) -> object:
        """Do what there is to do now."""
