"""One sender process: claim a batch, walk it down, write every intent before its first byte leaves.

A turn of its loop reads like the path a message takes: refresh the lanes, claim batches, compose what there is room
for, tick (outcomes and intents, one flushed transaction), hand over what the tick granted, give finished batches back.
"""

import asyncio
import collections
import dataclasses
import logging
import os
import random
import sqlite3
import time
from dataclasses import dataclass, field

import msgspec

from server import settings as configuration
from server.channels import contents
from server.engine import composing, fleet
from server.pipeline.delivery import deciding, lanes
from server.providers import base, errors
from server.security import links, vault
from server.store import database, meta
from server.store.ledger import batches, book, thread, ticking
from server.wire import ledger

log = logging.getLogger(__name__)

LEASE_S = 30.0
#: A lease is renewed at the latest when a third of it is gone.
RENEW_S = LEASE_S / 3
#: Messages composed in one turn: enough to fill every lane, few enough not to keep answers waiting.
MOST_INTENTS = 256
#: A channel's batches are claimed ahead while fewer rows than this are at hand.
LOW_WATER = 200
#: How long the loop gathers answers before it writes them, and how long it rests with nothing to do.
GATHER_S = 0.004
IDLE_S = 0.1
#: How often work is looked for while some is at hand.
LOOK_S = 0.02
#: So many answers are worth a tick at once.
ENOUGH = 48
REFRESH_S = 1.0
REPORT_S = 2.0
#: A batch whose lanes will not be ready so soon goes back, so that another sender may have it.
PATIENCE_S = 10.0
#: How long to wait before a tick that the disk refused is tried again.
DISK_WAIT_S = 1.0


@dataclass(slots=True, kw_only=True)
class Held:
    """A batch in our hands: rows still to be composed, and how many of its messages are under way."""

    batch: batches.Batch
    rows: collections.deque[batches.Row]
    reaches: dict[int, batches.Reach] = field(default_factory=dict)
    under_way: int = 0
    not_before: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A composed message that waits for its intent to be granted."""

    held: Held
    lane: lanes.Lane
    row: batches.Row
    outbound: base.Outbound
    intent: ticking.Intent


@dataclass(slots=True, kw_only=True)
class Turn:
    """What one turn has gathered for its tick."""

    ready: list[Ready] = field(default_factory=list)
    skips: list[ticking.Skipped] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a sender is handed."""

    settings: configuration.Settings
    control: database.Database
    ledger: thread.Ledger
    keys: vault.Vault
    installation: meta.Installation
    rng: random.Random


class Sender:
    """All that one sender process does. Only the loop changes its fields; a send appends its outcome and ends."""

    def __init__(self, world: World, slot: int) -> None:
        self.world = world
        self.slot = slot
        self.owner = f"{slot}/{os.getpid()}-{time.time_ns()}"
        self.started_at = time.time()
        self.fleet = fleet.Fleet(world.control, world.keys)
        self.composer = composing.Composer()
        self.held: list[Held] = []
        self.outcomes: list[tuple[Held, lanes.Lane, ticking.Outcome]] = []
        self.news = asyncio.Event()
        self.sends: set[asyncio.Task[None]] = set()
        self._ticked_at = self._refreshed_at = self._reported_at = self._looked_at = float("-inf")

    async def run(self, stop: asyncio.Event) -> None:
        """Send until told to stop; then finish what is under way and give every batch back."""
        freed, doubts = await self.world.ledger.do(
            batches.free, owner_prefix=f"{self.slot}/", now=time.time()
        )
        if freed:
            log.warning("sender %d took over %d batches; %d messages are in doubt", self.slot, freed, doubts)
        try:
            while not stop.is_set():
                await self._turn()
                await self._rest()
            await self._drain()
        finally:
            for task in self.sends:
                task.cancel()
            await self.fleet.close()

    async def _turn(self) -> None:
        now = time.monotonic()
        if now - self._refreshed_at >= REFRESH_S:
            await self.fleet.refresh()
            self._refreshed_at = now
        await self._claim(now)
        turn = self._compose(now)
        await self._tick(turn)

    async def _rest(self) -> None:
        """Gather answers for a moment; with nothing under way, look for due work a few times a second."""
        if len(self.outcomes) >= ENOUGH:
            await asyncio.sleep(0)
            return
        busy = bool(self.sends or self.outcomes or self.held)
        self.news.clear()
        waiting = asyncio.get_running_loop().call_later(GATHER_S if busy else IDLE_S, self.news.set)
        await self.news.wait()
        waiting.cancel()

    async def _drain(self) -> None:
        """Compose nothing more; write every answer that comes within the time allowed, then give everything back."""
        for held in self.held:
            held.rows.clear()
        until = time.monotonic() + self.world.settings.drain_s
        while (self.sends or self.outcomes) and time.monotonic() < until:
            await self._tick(Turn())
            await self._rest()
        await self._tick(Turn())
        left = [task for task in self.sends if not task.done()]
        if left:
            log.warning(
                "sender %d stops with %d answers outstanding; they are in doubt", self.slot, len(left)
            )
        await self.world.ledger.do(batches.free, owner_prefix=self.owner, now=time.time())

    # -- batches ----------------------------------------------------------------------------------

    async def _claim(self, now: float) -> None:
        """Claim a batch for each channel that can send and has little at hand."""
        at_hand: collections.Counter[int] = collections.Counter()
        for held in self.held:
            at_hand[held.batch.channel] += len(held.rows)
        hungry = {channel for channel in self.fleet.channels(now) if at_hand[channel] < LOW_WATER}
        if not hungry or now - self._looked_at < (LOOK_S if self.held else IDLE_S):
            return
        self._looked_at = now
        due = await self.world.ledger.do(batches.due_channels, channels=sorted(hungry), now=time.time())
        for channel in due:
            await self._claim_one(channel)

    async def _claim_one(self, channel: int) -> None:
        claimed = await self.world.ledger.do(
            batches.claim, owner=self.owner, channel=channel, now=time.time(), lease_s=LEASE_S
        )
        if claimed is None:
            return
        batch, rows = claimed
        if not self.composer.knows(batch):
            frozen, started_at = await self.world.ledger.do(
                composing.frozen, workspace=batch.workspace, run=batch.run
            )
            self.composer.learn(batch, frozen, started_at)
        held = Held(batch=batch, rows=collections.deque(rows))
        if self.composer.wants_reach(batch):
            held.reaches = await self.world.ledger.do(batches.reaches, batch=batch)
        self.held.append(held)

    # -- composing --------------------------------------------------------------------------------

    def _compose(self, now: float) -> Turn:
        """Compose as many messages as the lanes have room for, at most MOST_INTENTS; skips cost no room."""
        turn = Turn()
        for held in self.held:
            some = self.fleet.of(held.batch.workspace, held.batch.channel)
            while held.rows and len(turn.ready) + len(turn.skips) < MOST_INTENTS:
                lane = lanes.choose(some, now)
                if lane is None:
                    self._lose_patience(held, some, now)
                    break
                self._compose_one(held, lane, held.rows.popleft(), turn)
        return turn

    def _lose_patience(self, held: Held, some: list[lanes.Lane], now: float) -> None:
        """Give the rest of a batch back when none of its lanes will be ready soon."""
        wait_s = min((lane.ready_in(now) for lane in some), default=float("inf"))
        if wait_s > PATIENCE_S:
            held.rows.clear()
            held.not_before = time.time() + min(wait_s, PATIENCE_S)

    def _compose_one(self, held: Held, lane: lanes.Lane, row: batches.Row, turn: Turn) -> None:
        batch = held.batch
        spot = book.Spot(batch.workspace, batch.run, row.seq)
        if row.address is None or row.address_key is None:
            turn.skips.append(ticking.Skipped(spot=spot, batch=batch, reason=ledger.Skip.NO_ADDRESS.value))
            return
        if row.suppressed:
            turn.skips.append(ticking.Skipped(spot=spot, batch=batch, reason=ledger.Skip.SUPPRESSED.value))
            return
        try:
            rendered = self.composer.compose(batch, row, held.reaches.get(row.contact, composing.NOBODY))
        except composing.Cannot as error:
            detail: book.Detail = dict(error.detail)
            turn.skips.append(
                ticking.Skipped(spot=spot, batch=batch, reason=error.reason.value, detail=detail)
            )
            return
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
                ),
                intent=ticking.Intent(
                    spot=spot,
                    batch=batch,
                    account=lane.account,
                    attempt=row.attempts + 1,
                    address_key=row.address_key,
                    digest=rendered.digest,
                    variables=msgspec.json.encode(rendered.used).decode(),
                ),
            )
        )
        lane.take()
        held.under_way += 1

    def _unsubscribe_url(self, lane: lanes.Lane, content: contents.Content, ref: str) -> str:
        """The one-click address, made for mails that carry one; its proof is not worth a hash to anybody else."""
        if not (isinstance(content, contents.Email) and content.unsubscribe):
            return ""
        return links.unsubscribe(
            lane.provider.context.receipts_url, self.world.installation.receipts_key, ref
        )

    # -- the tick ---------------------------------------------------------------------------------

    async def _tick(self, turn: Turn) -> None:
        """Write what happened and what is about to; hand over what was granted."""
        taken, self.outcomes = self.outcomes, []
        for held, _lane, _outcome in taken:
            held.under_way -= 1
        finished = [held for held in self.held if not held.rows and held.under_way == 0]
        now = time.monotonic()
        reports = now - self._reported_at >= REPORT_S
        renews = bool(self.held) and now - self._ticked_at >= RENEW_S
        if not (taken or turn.ready or turn.skips or finished or reports or renews):
            return
        work = ticking.Tick(
            owner=self.owner,
            now=time.time(),
            lease_s=LEASE_S,
            held=[held.batch for held in self.held],
            outcomes=[outcome for _, _, outcome in taken],
            intents=[ready.intent for ready in turn.ready],
            skips=turn.skips,
            released=[(held.batch, held.not_before) for held in finished],
            report=self._report() if reports else None,
        )
        done = await self._write(work)
        self._ticked_at = now
        if reports:
            self._reported_at = now
        for _held, lane, _outcome in taken:
            lane.give_back()
        self._hand_over(turn, done)
        self._let_go(finished, done)

    async def _write(self, work: ticking.Tick) -> ticking.Done:
        """Write the tick; while the disk refuses it nothing leaves, nothing is forgotten, and it is tried again."""
        refused = False
        while True:
            try:
                done = await self.world.ledger.do(ticking.tick, work)
            except sqlite3.OperationalError:
                if not refused:
                    log.exception("sending has stopped: the ledger cannot be written")
                refused = True
                await asyncio.sleep(DISK_WAIT_S)
                work.now = time.time()
                continue
            if refused:
                log.warning("the ledger can be written again; sending goes on")
            return done

    def _hand_over(self, turn: Turn, done: ticking.Done) -> None:
        for ready in turn.ready:
            if ready.intent.spot in done.granted:
                task = asyncio.create_task(self._send(ready))
                self.sends.add(task)
                task.add_done_callback(self.sends.discard)
            else:
                ready.lane.give_back()
                ready.held.under_way -= 1

    def _let_go(self, finished: list[Held], done: ticking.Done) -> None:
        """Forget batches that were given back or lost; drop the rest of those whose run must not go on."""
        gone = {id(held) for held in finished}
        self.held = [held for held in self.held if id(held) not in gone]
        lost = {(batch.workspace, batch.run, batch.n) for batch in done.lost}
        for held in self.held:
            key = (held.batch.workspace, held.batch.run, held.batch.n)
            if key in lost or key[:2] in done.paused:
                held.rows.clear()

    def _report(self) -> dict[str, int | float | str]:
        return {
            "slot": self.slot,
            "owner": self.owner,
            "pid": os.getpid(),
            "started_at": self.started_at,
            "now": time.time(),
            "lanes": msgspec.json.encode(self.fleet.report()).decode(),
        }

    # -- one message ------------------------------------------------------------------------------

    async def _send(self, ready: Ready) -> None:
        """Hand one message to its provider and note what came of it."""
        started = time.perf_counter()
        try:
            accepted = await ready.lane.provider.send(ready.outbound)
        except errors.SendError as error:
            outcome = self._refused(ready, error, started)
        except Exception:
            log.exception("the adapter of account %s failed on its own", ready.lane.name)
            outcome = self._refused(
                ready, errors.Doubt("adapter", "our adapter failed while it sent"), started
            )
        else:
            ready.lane.went_well()
            detail: book.Detail = {"status": accepted.status}
            if accepted.detail:
                detail["text"] = accepted.detail
            outcome = _outcome(ready, started, ticking.End.ACCEPTED, detail, accepted.provider_ref)
        self.outcomes.append((ready.held, ready.lane, outcome))
        if len(self.outcomes) >= ENOUGH:
            self.news.set()

    def _refused(self, ready: Ready, error: errors.SendError, started: float) -> ticking.Outcome:
        now = time.time()
        verdict = deciding.decide(
            error,
            attempt=ready.intent.attempt,
            age_s=now - self.composer.started_at(ready.held.batch),
            now=now,
            rng=self.world.rng,
        )
        ready.lane.went_wrong(verdict, str(error), time.monotonic())
        detail: book.Detail = {"code": error.code, "disposition": error.disposition.value}
        if error.text:
            detail["text"] = error.text
        if error.status:
            detail["status"] = error.status
        outcome = _outcome(ready, started, verdict.end, detail)
        return dataclasses.replace(
            outcome,
            reason=verdict.reason,
            due_at=verdict.due_at,
            dead_address=ready.intent.address_key if error.remove_address else "",
            dead_since=error.dead_since,
            opted_out=ready.intent.address_key if error.opted_out else "",
        )


def _outcome(
    ready: Ready, started: float, end: ticking.End, detail: book.Detail, provider_ref: str = ""
) -> ticking.Outcome:
    return ticking.Outcome(
        spot=ready.intent.spot,
        channel=ready.held.batch.channel,
        account=ready.lane.account,
        attempt=ready.intent.attempt,
        end=end,
        provider_ref=provider_ref,
        took_ms=(time.perf_counter() - started) * 1000,
        at=time.time(),
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
        world = World(
            settings=settings,
            control=control,
            ledger=ledger_thread,
            keys=keys,
            installation=installation,
            rng=random.Random(),
        )
        await Sender(world, slot).run(stop)
    finally:
        ledger_thread.close()
        await control.close()
