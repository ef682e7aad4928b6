"""One campaign in a world made from a seed: two senders, faults, people who act, and a judge who counts outside."""

import asyncio
import collections
import random
from dataclasses import dataclass, field

from server.engine import world
from server.store import receipts
from server.store.ledger import batches, codes, merging, turning
from tests.simulation import files, machines, network, virtual
from tests.support import books

SLOTS = (0, 1)
ENDED = ("done", "cancelled")
#: A campaign that has not ended by then never will: longer than any lease, pause and retry together.
PATIENCE_S = 6 * 3600.0
#: How long after a cancel or pause a message may still leave: what was intended before is on its way.
UNDER_WAY_S = 2.0
ACTS = (
    "kill",
    "kill",
    "kill all",
    "stop",
    "pause",
    "disk full",
    "provider down",
    "key revoked",
    "clock",
    "suppress",
    "cancel",
)


class Broken(AssertionError):
    """The promise did not hold in this world."""


@dataclass(slots=True, kw_only=True)
class Told:
    """What one world saw."""

    seed: int
    audience: int = 0
    kills: int = 0
    kills_while_sending: int = 0
    stops: int = 0
    acts: collections.Counter[str] = field(default_factory=collections.Counter)
    fates: collections.Counter[str] = field(
        default_factory=collections.Counter
    )  #: what the far side made of calls
    taken: int = 0
    doubts: int = 0
    most_refused: int = 0  #: calls by one lane that its key was refused to
    states: dict[str, int] = field(default_factory=dict)
    commits: int = 0
    ended: str = ""
    took_s: float = 0.0  #: virtual


def simulate(seed: int) -> Told:
    """Run the campaign of this seed. Raises Broken, which names what did not hold; the same seed breaks it again."""
    loop = virtual.Loop()
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(_World(loop, seed).run())
    except Broken as error:
        raise Broken(f"seed {seed}: {error}") from error
    finally:
        asyncio.set_event_loop(None)
        loop.close()


class _World:
    def __init__(self, loop: virtual.Loop, seed: int) -> None:
        self.loop = loop
        self.rng = random.Random(seed)
        self.clock = virtual.Clock(loop)
        self.disk = files.disk()
        self.channels = self.rng.choices((("sms",), ("email",), ("sms", "email")), (4, 4, 2))[0]
        odds = self.rng.choice((network.CALM, network.ROUGH))
        self.sinks = {
            channel: network.Sink(rng=random.Random(self.rng.random()), odds=odds)
            for channel in self.channels
        }
        self.processes: dict[int, machines.Process] = {}
        self.full_until = 0.0
        self.touched = -1  #: how often messages and tallies had been written at the last full count
        self.stopped_at: float | None = None  #: when a pause or cancel was written
        self.told = Told(seed=seed)
        self.run_id = files.launch(self.disk, self.channels, self.clock.time())

    async def run(self) -> Told:
        """Start two senders, let things happen until the run has ended, and judge."""
        for slot in SLOTS:
            self._start(slot)
        desk = asyncio.create_task(self._receive())
        try:
            await self._live()
            await self._end()
            while (
                self._status() not in ENDED
            ):  # a late word took a message back from the doubts: it is to be sent
                for slot in SLOTS:
                    self._start(slot)
                await self._live()
                await self._end()
        finally:
            desk.cancel()
            await asyncio.gather(desk, return_exceptions=True)
            for process in self.processes.values():
                await process.kill()
        self._settle_news()
        self._judge()
        return self.told

    async def _end(self) -> None:
        """Let every sender finish what is in flight."""
        for process in self.processes.values():
            await process.end()

    def _start(self, slot: int) -> None:
        self.processes[slot] = machines.Process(self._world, slot)

    def _world(self, alive: network.Alive) -> world.World:
        ledger = machines.Ledger(
            self.disk,
            alive,
            random.Random(self.rng.random()),
            full=lambda: self.loop.time() < self.full_until,
            committed=self._balance,
        )
        return world.World(
            settings=machines.SETTINGS,
            ledger=ledger,
            fleet=machines.Fleet(self.sinks, alive, self.clock, random.Random(self.rng.random())),
            installation=machines.INSTALLATION,
            rng=random.Random(self.rng.random()),
            clock=self.clock,
        )

    # -- what happens -----------------------------------------------------------------------------

    async def _live(self) -> None:
        acts = self.rng.randrange(9)
        while self.loop.time() < PATIENCE_S:
            await asyncio.sleep(self.rng.expovariate(1 / 0.6))
            self._look_after()
            if self._status() in ENDED:
                self.told.ended = self._status()
                self.told.took_s = self.loop.time()
                return
            if acts:
                acts -= 1
                act = self.rng.choice(ACTS)
                self.told.acts[act] += 1
                await self._act(act)
        raise Broken(f"the run is {self._status()} after {PATIENCE_S / 3600:.0f} hours: {self._states()}")

    def _look_after(self) -> None:
        """A supervisor's look: a sender that ended by itself is a defect."""
        for slot, process in self.processes.items():
            if error := process.failed():
                raise Broken(f"sender {slot} ended with {error!r}") from error

    async def _act(self, act: str) -> None:
        match act:
            case "kill":
                await self._kill([self.rng.choice(SLOTS)])
            case "kill all":
                await self._kill(list(SLOTS))
            case "stop":
                self.told.stops += 1
                process = self.processes[self.rng.choice(SLOTS)]
                process.alive.stop()
                self.loop.call_later(self.rng.uniform(0.1, 20.0), process.alive.go_on)
            case "pause":
                self._turn("running", "paused")
                await asyncio.sleep(self.rng.uniform(0.1, 20.0))
                self._stay_stopped()
                self._turn("paused", "running")
                self.stopped_at = None
            case "cancel":
                self._turn("running", "cancelling")
                await self._cancel()
            case "disk full":
                self.full_until = self.loop.time() + self.rng.uniform(0.1, 20.0)
            case "provider down":
                sink = self.rng.choice(list(self.sinks.values()))
                sink.down_until = self.loop.time() + self.rng.uniform(1.0, 20.0)
            case "key revoked":
                sink = self.rng.choice(list(self.sinks.values()))
                sink.revoked_until = self.loop.time() + self.rng.uniform(1.0, 20.0)
            case "clock":
                self._set_clock(self.rng.choice((-3600.0, -5.0, 5.0, 3600.0)))
            case "suppress":
                self._suppress()

    def _set_clock(self, by_s: float) -> None:
        """Somebody sets the wall clock wrong; often somebody notices after a while."""
        self.clock.wrong_by_s += by_s
        if self.rng.random() < 0.7:
            mended_by_s = self.clock.wrong_by_s - by_s
            self.loop.call_later(self.rng.uniform(1.0, 60.0), setattr, self.clock, "wrong_by_s", mended_by_s)

    async def _kill(self, slots: list[int]) -> None:
        self.told.kills += len(slots)
        self.told.kills_while_sending += bool(self._count(codes.SENDING))
        for slot in slots:
            await self.processes[slot].kill()
        await asyncio.sleep(self.rng.uniform(0.05, 3.0))
        for slot in slots:
            self._start(slot)

    def _turn(self, frm: str, to: str) -> None:
        turning.turn(
            self.disk,
            workspace=books.WORKSPACE,
            campaign=books.CAMPAIGN,
            frm=[frm],
            to=to,
            now=self.clock.time(),
        )
        self.stopped_at = self.loop.time()
        self._balance()

    async def _cancel(self) -> None:
        """The clock's work, which a restart would take up again."""
        after: int | None = 0
        while after is not None:
            after = batches.cancel_next(
                self.disk,
                workspace=books.WORKSPACE,
                run=self.run_id,
                now=self.clock.time(),
                after=after,
                batches=1,
            )
            self._balance()
            await asyncio.sleep(0.01)
        while self._status() == "cancelling":
            await asyncio.sleep(1.0)
            batches.cancel_next(self.disk, workspace=books.WORKSPACE, run=self.run_id, now=self.clock.time())
            self._balance()
            if self.loop.time() > PATIENCE_S:
                raise Broken(f"a cancelled run does not end: {self._states()}")
        self._stay_stopped()

    def _stay_stopped(self) -> None:
        """After a pause or a cancel nothing leaves but what was already under way."""
        if self.stopped_at is None:
            return
        running = [process for process in self.processes.values() if not process.alive.dead]
        late = sum(
            1 for sink in self.sinks.values() for at in sink.at.values() if at > self.stopped_at + UNDER_WAY_S
        )
        allowed = machines.WINDOW * len(self.sinks) * len(running)
        if late > allowed:
            raise Broken(f"{late} messages left more than {UNDER_WAY_S:.0f} s after the stop was written")

    def _suppress(self) -> None:
        person = self.rng.randrange(1, files.PEOPLE + 1)
        self.disk.execute(
            "INSERT INTO suppression (workspace, channel, address_key) VALUES (?, 'all', ?) ON CONFLICT DO NOTHING",
            (books.WORKSPACE, self.rng.choice((f"+1555{person:07d}", f"p{person}@example.com"))),
        )

    # -- receipts ---------------------------------------------------------------------------------

    async def _receive(self) -> None:
        """The api process: receipts come late, doubled and in any order, and are merged."""
        while True:
            await asyncio.sleep(self.rng.uniform(0.05, 3.0))
            for account, sink in enumerate(self.sinks.values(), start=1):
                self.rng.shuffle(sink.news)
                some = [sink.news.pop() for _ in range(self.rng.randrange(len(sink.news) + 1))]
                self._store(account, some + [one for one in some if self.rng.random() < 0.1])
            self._merge()

    def _settle_news(self) -> None:
        for account, sink in enumerate(self.sinks.values(), start=1):
            self._store(account, sink.news)
            sink.news.clear()
        self._merge()

    def _store(self, account: int, news: list[tuple[str, str, str]]) -> None:
        receipts.add(
            self.disk,
            [
                receipts.Incoming(
                    workspace=books.WORKSPACE,
                    account=account,
                    event_id=f"{theirs}/{word}",
                    at=self.clock.time(),
                    kind=word,
                    ref=ref,
                    provider_ref=theirs,
                    address="",
                    happened_at=self.clock.time(),
                    code="30003" if word == "failed" else "",
                    text="",
                    suppress=False,
                    raw=b"",
                )
                for ref, theirs, word in news
            ],
        )

    def _merge(self) -> None:
        while merging.merge(self.disk, installation=books.INSTALLATION, now=self.clock.time()).merged:
            self._balance()

    # -- the judge --------------------------------------------------------------------------------

    def _balance(self) -> None:
        """At every commit that touched either: tallies say what a full count says, and add up to the audience."""
        self.told.commits += 1
        if (touched := files.touched(self.disk)) == self.touched:
            return
        self.touched = touched
        if wrong := books.differences(self.disk, self.run_id):
            raise Broken(f"tallies and messages differ at {wrong[:5]}")
        (total,) = self.disk.execute("SELECT sum(n) FROM tally WHERE run = ?", (self.run_id,)).fetchone()
        if total != files.PEOPLE * len(self.channels):
            raise Broken(f"{total} of {files.PEOPLE * len(self.channels)} messages are accounted for")

    def _judge(self) -> None:
        taken = sum((sink.taken for sink in self.sinks.values()), collections.Counter[str]())
        for sink in self.sinks.values():
            self.told.fates.update(sink.fates)
            self.told.most_refused = max(self.told.most_refused, sink.most_refused)
            if sink.late:
                raise Broken(f"{sink.late} calls left by an account that had been told that its key is wrong")
            if sink.most_refused > machines.WINDOW:
                raise Broken(f"{sink.most_refused} calls were made with a wrong key")
        self.told.audience = files.PEOPLE * len(self.channels)
        self.told.taken = sum(taken.values())
        self.told.states = self._states()
        self.told.doubts = self.told.states.get("doubt", 0)
        told = {
            books.ref(self.run_id, seq): state for seq, state in books.states(self.disk, self.run_id).items()
        }
        if doubled := [ref for ref, times in taken.items() if times > 1]:
            raise Broken(f"{len(doubled)} people got it twice: {doubled[:5]}")
        if strangers := taken.keys() - told.keys():
            raise Broken(f"the far side took what is in no ledger: {sorted(strangers)[:5]}")
        for ref, state in told.items():
            if state in ("accepted", "delivered", "seen", "clicked", "replied") and not taken[ref]:
                raise Broken(f"{ref} is called {state} and never arrived")
            if state in ("waiting", "sending"):
                raise Broken(f"{ref} is still {state} in a run that has ended")
            if state in ("skipped", "cancelled") and taken[ref]:
                raise Broken(f"{ref} is called {state} and arrived")
        self._judge_failures(taken)

    def _judge_failures(self, taken: "collections.Counter[str]") -> None:
        """What is called failed never arrived, unless the provider itself took it and said so later."""
        failed = self.disk.execute(
            "SELECT seq, reason FROM message WHERE run = ? AND state = ?", (self.run_id, codes.FAILED)
        )
        for seq, reason in failed:
            ref = books.ref(self.run_id, seq)
            if taken[ref] and reason != "30003":
                raise Broken(f"{ref} is called failed for {reason} and arrived")

    # -- looks ------------------------------------------------------------------------------------

    def _status(self) -> str:
        (status,) = self.disk.execute("SELECT status FROM run WHERE id = ?", (self.run_id,)).fetchone()
        return str(status)

    def _count(self, state: int) -> int:
        (count,) = self.disk.execute(
            "SELECT count(*) FROM message WHERE run = ? AND state = ?", (self.run_id, state)
        ).fetchone()
        return int(count)

    def _states(self) -> dict[str, int]:
        return dict(collections.Counter(books.states(self.disk, self.run_id).values()))
