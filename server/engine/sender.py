"""One sender process: claim a batch, walk it down, write every intent before its first byte leaves.

A turn of its loop reads like the path a message takes: refresh the lanes, claim batches, compose what there is room
for, tick (outcomes and intents, one flushed transaction), hand over what the tick granted, give finished batches back.
"""

import asyncio
import collections
import inspect
import logging
import os
import random
import sqlite3
from dataclasses import dataclass, field

import msgspec

from server import settings as configuration
from server.channels import contents
from server.engine import aside as asides
from server.engine import bounding, composing, filling, fleet, judging, lease, refusing
from server.engine import world as worlds
from server.pipeline.delivery import choosing, lanes, repeating, retrying
from server.providers import base, errors
from server.security import links, vault
from server.store import database, meta
from server.store.ledger import batches, book, thread, ticking
from server.wire import ledger

log = logging.getLogger(__name__)

#: Messages composed in one turn: enough to fill every lane, few enough not to keep answers waiting.
MOST_INTENTS = 256
#: A channel's batches are claimed ahead while fewer rows than this are at hand.
LOW_WATER = 200
#: How long the loop gathers answers before it writes them, and how long it rests with nothing to do.
GATHER_S = 0.008
#: Where a tick takes long, on a slow disk or a busy machine, answers are gathered for several times as long.
GATHER_TICKS, MOST_GATHER_S = 3, 0.05
IDLE_S = 0.1
#: How often work is looked for while some is at hand.
LOOK_S = 0.02
#: So many answers are worth a tick at once, and fewer are when as many have come as are still to come.
ENOUGH = 64
REFRESH_S = 1.0
REPORT_S = 2.0
#: How long to wait before a tick that the disk refused is tried again.
DISK_WAIT_S = 1.0


@dataclass(slots=True, kw_only=True)
class Held:
    """A batch in our hands: rows still to be composed, and how many of its messages are under way."""

    batch: batches.Batch
    rows: collections.deque[batches.Row]
    reaches: dict[int, batches.Reach] = field(default_factory=dict)
    aside: asides.Aside = field(default_factory=asides.Aside)
    under_way: int = 0
    not_before: float = 0.0
    bound_by: str = ""  #: see filling.Held
    stuck: bool = False

    @property
    def waiting(self) -> bool:
        """Whether rows are left that may still leave."""
        return bool(self.rows or self.aside.count)

    def drop(self) -> None:
        """Forget the rows that are left: they go back with the batch."""
        self.rows.clear()
        self.aside.clear()


class Ready(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A composed message that waits for its intent to be granted."""

    held: Held
    lane: lanes.Lane
    row: batches.Row
    outbound: base.Outbound
    intent: ticking.Intent
    ticket: int  #: of the lane, for the call's end


@dataclass(slots=True, kw_only=True)
class Turn:
    """What one turn has gathered for its tick."""

    ready: list[Ready] = field(default_factory=list)
    skips: list[ticking.Skipped] = field(default_factory=list)
    deferrals: list[ticking.Deferred] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Messages decided about in this turn."""
        return len(self.ready) + len(self.skips) + len(self.deferrals)


#: What is said of messages whose sender stood still (a suspended machine, a stopped process) past its lease.
LAPSED = "the sender was stopped for longer than its lease; nothing left"
CUT = "the sender was stopped for longer than its lease while it sent"


class Unsent(Exception):
    """Something came between an intent and its first byte, so nothing left."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text


class Sender:
    """All that one sender process does. Only the loop changes its fields; a send appends its outcome and ends."""

    def __init__(self, world: worlds.World, slot: int) -> None:
        self.world = world
        self.slot = slot
        self.owner = f"{slot}/{os.getpid()}-{int(world.clock.time() * 1e9)}"
        self.started_at = world.clock.time()
        self.fleet = world.fleet
        self.clock = world.clock
        self.lease = lease.Lease(world.clock, world.settings.lease_s)
        self.fleet.holds = self.lease.holds
        self.leaps = lease.Leaps(world.clock, self.lease.renew_s)
        self.composer = composing.Composer()
        self.judges = judging.Judges()
        self.filler = filling.Filler(world.fleet, world.clock, world.settings.reserved_percent / 100)
        self.held: list[Held] = []
        self.outcomes: list[tuple[Held, lanes.Lane, ticking.Outcome]] = []
        self.news = asyncio.Event()
        self.sends: set[asyncio.Task[None]] = set()
        self.taken: list[ticking.Outcome] = []  #: answers that the next tick writes
        self.flying = 0  #: sends that have not ended; `sends` forgets them a turn of the loop later
        self._gather_s = GATHER_S
        self._ticked_at = self._refreshed_at = self._reported_at = self._looked_at = float("-inf")

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
            for task in (watching, *self.sends):
                task.cancel()
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
            if self.lease.holds():
                continue
            for task in self.sends:
                # One that has not begun looks at the lease itself.
                if inspect.getcoroutinestate(task.get_coro()) == inspect.CORO_SUSPENDED:  # type: ignore[arg-type]
                    task.cancel(CUT)

    async def _turn(self) -> None:
        now = self.clock.monotonic()
        if now - self._refreshed_at >= REFRESH_S:
            await self.fleet.refresh()
            self._refreshed_at = now
        try:
            await self.filler.watch(self.world.ledger, self.slot)
            await self._claim(now)
        except sqlite3.OperationalError as error:
            # What is under way goes on: only a sender that lives can write down how it ended.
            log.warning("nothing more is claimed for now: the ledger cannot be written: %s", error)
            self._looked_at = now + DISK_WAIT_S
        self._gather()
        turn = self._compose(now)
        await self._tick(turn)
        await self.filler.rest(self.world.ledger)

    async def _rest(self) -> None:
        """Gather answers for a moment; with nothing under way, look for due work a few times a second."""
        if self.outcomes and self._enough():
            await asyncio.sleep(0)
            return
        idle_s = LOOK_S if self.held else IDLE_S
        pause_s = self._gather_s if self.sends or self.outcomes else idle_s
        self.news.clear()
        waiting = asyncio.get_running_loop().call_later(pause_s, self.news.set)
        await self.news.wait()
        waiting.cancel()

    def _enough(self) -> bool:
        """Whether the answers at hand are worth a tick."""
        return len(self.outcomes) >= min(ENOUGH, self.flying)

    async def _drain(self) -> None:
        """Compose nothing more; write every answer that comes within the time allowed, then give everything back."""
        for held in self.held:
            held.drop()
        until = self.clock.monotonic() + self.world.settings.drain_s
        while (self.sends or self.outcomes) and self.clock.monotonic() < until:
            await self._tick(Turn())
            await self._rest()
        await self._tick(Turn())
        left = [task for task in self.sends if not task.done()]
        if left:
            log.warning(
                "sender %d stops with %d answers outstanding; they are in doubt", self.slot, len(left)
            )
        await self.world.ledger.do(batches.free, owner_prefix=self.owner, now=self.clock.time())

    # -- batches ----------------------------------------------------------------------------------

    async def _claim(self, now: float) -> None:
        """Claim a batch for each channel that can send and has little at hand."""
        able = self.fleet.channels(now)
        hungry, spared = filling.hungry(able, self.held, LOW_WATER)
        wall = self.leaps.now()
        if wall is None or now - self._looked_at < (LOOK_S if hungry and self.held else IDLE_S):
            return
        self._looked_at = now
        for urgent, channels in ((True, able), (False, hungry)):
            if channels:
                due = await self.world.ledger.do(
                    batches.due_channels, channels=sorted(channels), now=wall, urgent=urgent
                )
                for channel in due:
                    await self._claim_one(channel, urgent, spared, wall)

    async def _claim_one(self, channel: int, urgent: bool, spared: list[str], wall: float) -> None:
        claimed = await self.world.ledger.do(
            batches.claim,
            owner=self.owner,
            channel=channel,
            now=wall,
            lease_s=self.lease.lease_s,
            urgent=urgent,
            spared=spared,
        )
        if claimed is None:
            return
        batch, rows = claimed
        if not self.composer.knows(batch):
            await self.fleet.refresh()  # a limit that was set before the launch holds from its first message
            frozen, started_at = await self.world.ledger.do(
                composing.frozen, workspace=batch.workspace, run=batch.run
            )
            self.composer.learn(batch, frozen, started_at)
        if not self.judges.knows(batch):
            rules = await self.world.ledger.do(judging.frozen, workspace=batch.workspace, run=batch.run)
            self.judges.learn(batch, rules)
        held = Held(batch=batch, rows=collections.deque(rows))
        if self.composer.wants_reach(batch):
            held.reaches = await self.world.ledger.do(batches.reaches, batch=batch)
        self.held.append(held)

    # -- composing --------------------------------------------------------------------------------

    def _compose(self, now: float) -> Turn:
        """Compose as many messages as lanes and limits have room for, at most MOST_INTENTS, the urgent ones first."""
        turn = Turn()
        self.filler.begin(now, self.held)
        for held in sorted(self.held, key=lambda held: -held.batch.priority):
            for pick, row in self.filler.picks(held):
                self._compose_one(held, pick, row, turn)
                if turn.size >= MOST_INTENTS:
                    self.filler.bounds.note(held.batch, bounding.CPU)
                    break
        self.filler.bound_aside(self.held)
        return turn

    def _compose_one(self, held: Held, pick: choosing.Pick | None, row: batches.Row, turn: Turn) -> None:
        batch = held.batch
        spot = book.Spot(batch.workspace, batch.run, row.seq)
        if pick is None or row.address is None or row.address_key is None:
            reason = ledger.Skip.SUPPRESSED if row.suppressed else ledger.Skip.NO_ADDRESS
            turn.skips.append(ticking.Skipped(spot=spot, batch=batch, reason=reason.value))
            return
        verdict = self.judges.judge(batch, row, self.clock.time())
        if isinstance(verdict, ticking.Deferred):
            turn.deferrals.append(verdict)
            return
        if isinstance(verdict, ticking.Skipped):
            turn.skips.append(verdict)
            return
        try:
            rendered = self.composer.compose(batch, row, held.reaches.get(row.contact, composing.NOBODY))
        except composing.Cannot as error:
            detail: book.Detail = dict(error.detail)
            turn.skips.append(
                ticking.Skipped(spot=spot, batch=batch, reason=error.reason.value, detail=detail)
            )
            return
        lane = pick.lane
        ref = f"{self.world.installation.ref}-{batch.workspace}-{batch.run}-{row.seq}"
        turn.ready.append(
            Ready(
                held=held,
                lane=lane,
                row=row,
                outbound=base.Outbound(
                    ref=ref,
                    to=row.address,
                    content=rendered.content,
                    attempt=row.attempts + 1,
                    unsubscribe_url=self._unsubscribe_url(lane, rendered.content, ref),
                    origin=pick.origin,
                ),
                intent=ticking.Intent(
                    spot=spot,
                    batch=batch,
                    account=lane.account,
                    attempt=row.attempts + 1,
                    address_key=row.address_key,
                    digest=rendered.digest,
                    variables=msgspec.json.encode(rendered.used).decode(),
                    repeats=repeating.harmless(rendered.content, by_reference=lane.provider.repeatable),
                    uses=pick.uses,
                    contact=row.contact,
                    caps=verdict.caps,
                    good_until=verdict.good_until,
                ),
                ticket=lane.take(self.clock.monotonic()),
            )
        )
        held.under_way += 1

    def _unsubscribe_url(self, lane: lanes.Lane, content: contents.Content, ref: str) -> str:
        """The one-click address, made for mails that carry one; its proof is not worth a hash to anybody else."""
        if not (isinstance(content, contents.Email) and content.unsubscribe):
            return ""
        return links.unsubscribe(lane.provider.context.public_url, self.world.installation.receipts_key, ref)

    # -- the tick ---------------------------------------------------------------------------------

    def _gather(self) -> None:
        """Take the answers that have come. Their room may be filled at once: both are written in one transaction."""
        for held, lane, outcome in self.outcomes:
            held.under_way -= 1
            lane.give_back()
            self.taken.append(outcome)
        self.outcomes.clear()

    async def _tick(self, turn: Turn) -> None:
        """Write what happened and what is about to; hand over what was granted."""
        self._gather()
        taken, self.taken = self.taken, []
        finished = [held for held in self.held if not held.waiting and held.under_way == 0]
        now = self.clock.monotonic()
        reports = now - self._reported_at >= REPORT_S
        renews = bool(self.held) and now - self._ticked_at >= self.lease.renew_s
        if not (taken or turn.size or finished or reports or renews or self.filler.bounds.due):
            return
        work = ticking.Tick(
            owner=self.owner,
            now=self.clock.time(),
            lease_s=self.lease.lease_s,
            held=[held.batch for held in self.held],
            outcomes=taken,
            intents=[ready.intent for ready in turn.ready],
            skips=turn.skips,
            deferrals=turn.deferrals,
            released=[(held.batch, held.not_before) for held in finished],
            report=self._report() if reports else None,
            bound=self.filler.bounds.take() if self.filler.bounds.due else None,
        )
        done = await self._write(work)
        took_s = self.clock.monotonic() - now
        self._gather_s = min(MOST_GATHER_S, max(GATHER_S, GATHER_TICKS * took_s))
        self._ticked_at = now
        if reports:
            self._reported_at = now
        self._hand_over(turn, done)
        self._let_go(finished, done)

    async def _write(self, work: ticking.Tick) -> ticking.Done:
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

    def _hand_over(self, turn: Turn, done: ticking.Done) -> None:
        loop = asyncio.get_running_loop()
        for ready in turn.ready:
            if ready.intent.spot in done.granted:
                self.flying += 1
                task = loop.create_task(self._send(ready))
                self.sends.add(task)
                task.add_done_callback(self.sends.discard)
            else:
                ready.lane.take_back(ready.ticket)
                ready.held.under_way -= 1
                if (blocked := done.limited.blocked.get(ready.intent.spot)) is not None:
                    self.filler.put_back(ready.held, ready.row, blocked)
        self.filler.saw(done.limited)

    def _let_go(self, finished: list[Held], done: ticking.Done) -> None:
        """Forget batches that were given back or lost; drop the rest of those whose run must not go on."""
        gone = {id(held) for held in finished}
        self.held = [held for held in self.held if id(held) not in gone]
        lost = {(batch.workspace, batch.run, batch.n) for batch in done.lost}
        for held in self.held:
            key = (held.batch.workspace, held.batch.run, held.batch.n)
            if key in lost or key[:2] in done.paused:
                held.drop()

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

    # -- one message ------------------------------------------------------------------------------

    async def _send(self, ready: Ready) -> None:
        """Hand one message to its provider and note what came of it."""
        started = self.clock.monotonic()
        try:
            self._look_again(ready, started)
            accepted = await ready.lane.provider.send(ready.outbound)
        except Unsent as why:
            outcome = self._unsent(ready, why, started)
        except errors.Lapsed:
            outcome = self._unsent(ready, Unsent("lapsed", LAPSED), started)
        except asyncio.CancelledError as stop:
            if stop.args != (CUT,):
                raise
            outcome = self._refused(ready, errors.Doubt("lapsed", CUT), started)
        except errors.SendError as error:
            outcome = self._refused(ready, error, started)
        except Exception:
            log.exception("the adapter of account %s failed on its own", ready.lane.name)
            outcome = self._refused(
                ready, errors.Doubt("adapter", "our adapter failed while it sent"), started
            )
        else:
            now = self.clock.monotonic()
            ready.lane.went_well(ready.ticket, now)
            ready.lane.record.note(now, now - started, worked=True)
            detail: book.Detail = {"status": accepted.status}
            if accepted.detail:
                detail["text"] = accepted.detail
            outcome = self._outcome(ready, started, ticking.End.ACCEPTED, detail, accepted.provider_ref)
        self.flying -= 1
        self.outcomes.append((ready.held, ready.lane, outcome))
        if self._enough():
            self.news.set()

    def _look_again(self, ready: Ready, now: float) -> None:
        """Raise Unsent where the lane stopped since the intent, or where the batch may be another sender's by now."""
        if held_back := ready.lane.holds_back(ready.ticket, now):
            raise Unsent("held_back", held_back)
        if not self.lease.holds():
            raise Unsent("lapsed", LAPSED)

    def _unsent(self, ready: Ready, why: Unsent, started: float) -> ticking.Outcome:
        ready.lane.not_called(ready.ticket)
        outcome = self._outcome(ready, started, ticking.End.AGAIN, {"text": why.text})
        return msgspec.structs.replace(outcome, reason=why.reason, due_at=outcome.at)

    def _refused(self, ready: Ready, error: errors.SendError, started: float) -> ticking.Outcome:
        now = self.clock.time()
        attempt = refusing.Attempt(
            lane=ready.lane,
            ticket=ready.ticket,
            number=ready.intent.attempt,
            first_at=max(
                self.composer.started_at(ready.held.batch), ready.row.since or 0.0, ready.row.first_at or now
            ),
            repeatable=ready.intent.repeats,
            now=now,
            lane_now=self.clock.monotonic(),
            urgency=retrying.Urgency(ready.held.batch.priority),
        )
        verdict, detail = refusing.read(error, attempt, self.world.rng)
        took_s = attempt.lane_now - started
        ready.lane.record.note(attempt.lane_now, took_s, worked=verdict.trouble is None)
        outcome = self._outcome(ready, started, verdict.end, detail)
        return msgspec.structs.replace(
            outcome,
            reason=verdict.reason,
            due_at=verdict.due_at,
            dead_address=ready.intent.address_key if error.remove_address else "",
            dead_since=error.dead_since,
            opted_out=ready.intent.address_key if error.opted_out else "",
        )

    def _outcome(
        self, ready: Ready, started: float, end: ticking.End, detail: book.Detail, provider_ref: str = ""
    ) -> ticking.Outcome:
        return ticking.Outcome(
            spot=ready.intent.spot,
            channel=ready.held.batch.channel,
            account=ready.lane.account,
            attempt=ready.intent.attempt,
            end=end,
            provider_ref=provider_ref,
            took_ms=(self.clock.monotonic() - started) * 1000,
            at=self.clock.time(),
            detail=detail,
            contact=ready.row.contact,
        )


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
