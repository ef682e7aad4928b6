"""Merge receipts that were stored before it was known what they are about, soon and in the order they came."""

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable

from server.store import meta
from server.store.ledger import merging, thread

log = logging.getLogger(__name__)

#: Receipts merged in one transaction.
ROUND = 500
#: How long to gather after a call before merging: receipts come in bursts, and a transaction costs a flush.
GATHER_S = 0.05
#: How often to look even if nobody called: a receipt stored before a crash waits for this.
LOOK_S = 5.0
DISK_WAIT_S = 1.0


class Merger:
    """The one task that merges. Receipts are safe once stored; merging may be repeated and may wait."""

    def __init__(
        self,
        ledger: thread.Ledger,
        installation: meta.Installation,
        merged: Callable[[merging.Merged], None] = lambda _: None,
    ) -> None:
        self._ledger = ledger
        self._installation = installation
        self._merged = merged
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Receipts were stored."""
        self._wake.set()

    async def run(self) -> None:
        """Merge until cancelled."""
        while True:
            done = await self._round()
            if done is not None and done.merged + done.aside >= ROUND:
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_S)
            self._wake.clear()
            await asyncio.sleep(GATHER_S)

    async def _round(self) -> merging.Merged | None:
        try:
            done = await self._merge(ROUND)
        except sqlite3.OperationalError as error:
            log.warning("receipts wait to be merged: the ledger cannot be written: %s", error)
            await asyncio.sleep(DISK_WAIT_S)
            return None
        except Exception:
            log.exception("receipts could not be merged together; they are merged one by one")
            done = await self._one_by_one()
        if done.merged or done.aside:
            self._merged(done)
        return done

    async def _merge(self, limit: int) -> merging.Merged:
        return await self._ledger.do(
            merging.merge, installation=self._installation.ref, now=time.time(), limit=limit
        )

    async def _one_by_one(self) -> merging.Merged:
        """Merge up to a round; a receipt that cannot be merged is kept aside, so that none stands before the others."""
        merged, aside, runs = 0, 0, set[tuple[int, int]]()
        for _ in range(ROUND):
            try:
                done = await self._merge(1)
            except sqlite3.OperationalError:
                break
            except Exception:
                number = await self._ledger.do(merging.set_aside)
                log.exception("receipt %s cannot be merged and is kept aside", number)
                aside += 1
                continue
            merged, aside = merged + done.merged, aside + done.aside
            runs |= done.runs
            if not (done.merged or done.aside):
                break
        return merging.Merged(merged=merged, aside=aside, runs=frozenset(runs))
