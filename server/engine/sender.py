"""One sender process: claim a batch, walk it down, write every intent before its first byte leaves.

A turn of its loop reads like the path a message takes: refresh the lanes, claim batches, compose what there is room
for, tick (outcomes and intents, one flushed transaction), hand over what the tick granted, give finished batches back.
"""

import asyncio
import logging
import os
import random
import sqlite3

import msgspec

from server import settings as configuration
from server.engine import bounding, filling, fleet, handing, holding, lease, readying, resting
from server.engine import world as worlds
from server.security import vault
from server.store import database, meta
from server.store.ledger import batches, thread, ticking, ticks

log = logging.getLogger(__name__)

#: Messages composed in one turn: enough to fill every lane, few enough not to keep answers waiting.
MOST_INTENTS = 256
REFRESH_S = 1.0
REPORT_S = 2.0
#: How long to wait before a tick that the disk refused is tried again.
DISK_WAIT_S = 1.0


class Sender:
    """All that one sender process does."""

    def __init__(self, world: worlds.World, slot: int) -> None:
        self.world = world
        self.slot = slot
        self.owner = f"{slot}/{os.getpid()}-{int(world.clock.time() * 1e9)}"
        self.started_at = world.clock.time()
        self.fleet = world.fleet
        self.clock = world.clock
        self.lease = lease.Lease(world.clock, world.settings.lease_s)
        self.fleet.holds = self.lease.holds
        self.filler = filling.Filler(world.fleet, world.clock, world.settings.reserved_percent / 100)
        self.readier = readying.Readier(world)
        self.rest = resting.Rest()
        self.hands = handing.Hands(world, self.readier, self.lease, self.rest)
        self.hold = holding.Hold(world, self.readier, self.owner, self.lease)
        self._ticked_at = self._refreshed_at = self._reported_at = float("-inf")

    async def run(self, stop: asyncio.Event) -> None:
        """Send until told to stop; then finish what is under way and give every batch back."""
        await self._take_over()
        watching = asyncio.create_task(self._watch(), name="lease")
        try:
            while not stop.is_set():
                await self._turn()
                await self._rest()
            await self._drain()
        finally:
            watching.cancel()
            self.hands.stop()
            await self.fleet.close()

    async def _take_over(self) -> None:
        """Free what an earlier sender of this slot held when it died; wait while the disk refuses that."""
        freed = doubts = None
        while freed is None:
            try:
                freed, doubts = await self.world.ledger.do(
                    batches.free, owner_prefix=f"{self.slot}/", now=self.clock.time()
                )
            except sqlite3.OperationalError as error:
                log.warning("sender %d waits: the ledger cannot be written: %s", self.slot, error)
                await asyncio.sleep(DISK_WAIT_S)
        if freed:
            log.warning("sender %d took over %d batches; %d messages are in doubt", self.slot, freed, doubts)

    async def _watch(self) -> None:
        """Cut off what is being sent once the lease has run out: what has not left yet must not leave late.

        What came in during a stop may be read before this timer runs; so an adapter whose wire takes several steps asks
        once more by itself, right before the last (see base.Context.holds).
        """
        while True:
            await asyncio.sleep(self.lease.look_s)
            if not self.lease.holds():
                self.hands.cut_off()

    async def _turn(self) -> None:
        now = self.clock.monotonic()
        if now - self._refreshed_at >= REFRESH_S:
            await self.fleet.refresh()
            self._refreshed_at = now
        try:
            await self.filler.watch(self.world.ledger, self.slot)
            await self.hold.claim(now)
        except sqlite3.OperationalError as error:
            # What is under way goes on: only a sender that lives can write down how it ended.
            log.warning("nothing more is claimed for now: the ledger cannot be written: %s", error)
            self.hold.look_at = now + DISK_WAIT_S
        answers = self.hands.gather()
        await self._tick(answers, self._compose(now))
        await self.filler.rest(self.world.ledger)

    async def _rest(self) -> None:
        """Gather answers, or wait for what is due next; a batch that is done with goes back at once."""
        due_in_s = min(self.filler.due_in_s, self.hold.look_at - self.clock.monotonic())
        await self.rest.until_due(
            0.0 if self.hold.finished else due_in_s,
            answers=len(self.hands.outcomes),
            flying=self.hands.flying,
        )

    async def _drain(self) -> None:
        """Compose nothing more; write every answer that comes within the time allowed, then give everything back."""
        self.hold.drop()
        until = self.clock.monotonic() + self.world.settings.drain_s
        while self.hands.busy and self.clock.monotonic() < until:
            await self._tick(self.hands.gather(), readying.Turn())
            await self._rest()
        await self._tick(self.hands.gather(), readying.Turn())
        if left := self.hands.left:
            log.warning("sender %d stops with %d answers outstanding; they are in doubt", self.slot, left)
        try:
            await self.world.ledger.do(batches.free, owner_prefix=self.owner, now=self.clock.time())
        except sqlite3.OperationalError as error:
            log.warning("batches are not given back, the next sender takes them over: %s", error)

    def _compose(self, now: float) -> readying.Turn:
        """Compose as many messages as lanes and limits have room for, at most MOST_INTENTS, the urgent ones first."""
        turn = readying.Turn()
        some = self.hold.batches
        self.filler.begin(now, some)
        for held in sorted(some, key=lambda held: -held.batch.priority):
            for pick, row in self.filler.picks(held):
                self.readier.ready(held, pick, row, turn)
                if turn.size >= MOST_INTENTS:
                    self.filler.bounds.note(held.batch, bounding.CPU)
                    self.filler.due_in_s = 0.0
                    break
        self.filler.bound_aside(some)
        return turn

    # -- the tick ---------------------------------------------------------------------------------

    async def _tick(self, answers: list[ticks.Outcome], turn: readying.Turn) -> None:
        """Write what happened and what is about to; hand over what was granted."""
        finished = self.hold.finished
        now = self.clock.monotonic()
        reports = now - self._reported_at >= REPORT_S
        renews = bool(self.hold.batches) and now - self._ticked_at >= self.lease.renew_s
        bounds = self.filler.bounds
        if not (answers or turn.size or finished or reports or renews or bounds.due):
            return
        work = ticks.Tick(
            owner=self.owner,
            now=self.clock.time(),
            lease_s=self.lease.lease_s,
            held=[held.batch for held in self.hold.batches],
            outcomes=answers,
            intents=[ready.intent for ready in turn.ready],
            skips=turn.skips,
            deferrals=turn.deferrals,
            released=[(held.batch, held.not_before) for held in finished],
            report=self._report() if reports else None,
            bound=bounds.take() if bounds.due else None,
        )
        done = await self._write(work)
        self.rest.ticked(self.clock.monotonic() - now)
        self._ticked_at = now
        if reports:
            self._reported_at = now
        self._hand_over(turn, done)
        self.hold.let_go(finished, done)

    async def _write(self, work: ticks.Tick) -> ticks.Done:
        """Write the tick; while the disk refuses it nothing leaves, nothing is forgotten, and it is tried again."""
        refused = False
        while True:
            begun = self.lease.begin()
            try:
                done = await self.world.ledger.do(ticking.tick, work)
            except sqlite3.OperationalError:
                if not refused:
                    log.exception("sending has stopped: the ledger cannot be written")
                refused = True
                await asyncio.sleep(DISK_WAIT_S)
                work.now = self.clock.time()
                continue
            if refused:
                log.warning("the ledger can be written again; sending goes on")
            self.lease.renewed(begun)
            return done

    def _hand_over(self, turn: readying.Turn, done: ticks.Done) -> None:
        for ready in turn.ready:
            if ready.intent.spot in done.granted:
                self.hands.hand(ready)
            else:
                self._keep_back(ready, done.limited.blocked.get(ready.intent.spot))
        self.filler.saw(done.limited)

    def _keep_back(self, ready: readying.Ready, blocked: str | None) -> None:
        """The tick did not grant it; what a limit blocked waits for that to have room."""
        ready.lane.take_back(ready.ticket)
        ready.held.under_way -= 1
        if blocked is not None:
            self.filler.put_back(ready.held, ready.row, blocked)

    def _report(self) -> dict[str, int | float | str]:
        return {
            "slot": self.slot,
            "owner": self.owner,
            "pid": os.getpid(),
            "started_at": self.started_at,
            "now": self.clock.time(),
            "lanes": msgspec.json.encode(
                self.fleet.report(self.clock.monotonic(), self.clock.time())
            ).decode(),
        }


async def run(settings: configuration.Settings, slot: int, stop: asyncio.Event) -> None:
    """Be sender number `slot` until `stop` is set."""
    control = database.Database(settings.database)
    ledger_thread = thread.Ledger(settings.database)
    try:
        async with control.reading() as connection:
            installation = await meta.installation(connection)
        keys = vault.unlock(settings.data, keyring=settings.keyring)
        world = worlds.World(
            settings=settings,
            ledger=ledger_thread,
            fleet=fleet.Fleet(control, keys, senders=settings.senders, timeout_s=settings.provider_timeout_s),
            installation=installation,
            rng=random.Random(),
        )
        await Sender(world, slot).run(stop)
    finally:
        ledger_thread.close()
        await control.close()
