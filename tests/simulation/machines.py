"""The simulated machine: sender processes that are started, stopped, killed and started again over one disk."""

import asyncio
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from server import settings
from server.engine import fleet, sender, world
from server.pipeline.delivery import breaker, lanes
from server.store import meta
from server.store.ledger import codes
from tests.simulation import network, virtual
from tests.support import books

P = ParamSpec("P")
T = TypeVar("T")

#: A short lease, so that a world in which one runs out is a short one too.
SETTINGS = settings.Settings(data=Path("simulated"), drain_s=5.0, lease_s=6.0)
INSTALLATION = meta.Installation(ref=books.INSTALLATION, receipts_key=b"simulated")
WINDOW = 16
#: How long a person takes to mend an account that halted.
MENDED_AFTER_S = 10.0


class Ledger:
    """The disk as one process reaches it; it can be full, and a process can die on either side of a commit."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        alive: network.Alive,
        rng: random.Random,
        full: Callable[[], bool],
        committed: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._alive = alive
        self._rng = rng
        self._full = full
        self._committed = committed

    async def do(
        self, function: Callable[Concatenate[sqlite3.Connection, P], T], *arguments: P.args, **named: P.kwargs
    ) -> T:
        """Run `function` at once and whole, some time after it was asked for and, if it wrote, before it is answered.

        What was only read may be out of date all the same by the time anything is done about it: that is asked for too.
        """
        await self._alive.wait(self._rng.uniform(0, 0.002))
        if self._full():
            raise sqlite3.OperationalError("database or disk is full")
        before = self._connection.total_changes
        done = function(self._connection, *arguments, **named)
        if self._connection.total_changes > before:
            self._committed()
            await self._alive.wait(self._rng.uniform(0, 0.004))
        return done


class Fleet(fleet.Fleet):
    """Lanes to the simulated far side in place of the database's accounts."""

    def __init__(
        self,
        sinks: dict[str, network.Sink],
        alive: network.Alive,
        clock: virtual.Clock,
        rng: random.Random,
    ) -> None:
        self.lanes = {}
        self._sinks = sinks
        self._alive = alive
        self._clock = clock
        self._rng = rng
        self._halted_at: dict[tuple[int, int], float] = {}

    async def refresh(self) -> None:
        """A lane that halted is opened anew once somebody has mended its account."""
        now = self._clock.monotonic()
        for number, (channel, sink) in enumerate(self._sinks.items(), start=1):
            key = (books.WORKSPACE, number)
            lane = self.lanes.get(key)
            if lane is not None and lane.halted:
                since = self._halted_at.setdefault(key, now)
                if now - since < MENDED_AFTER_S or lane.in_flight:
                    continue
                del self._halted_at[key]
            elif lane is not None:
                continue
            self.lanes[key] = self._lane(number, channel, sink)

    def _lane(self, number: int, channel: str, sink: network.Sink) -> lanes.Lane:
        leave = fleet.Leave(self)
        leave.lane = lanes.Lane(
            workspace=books.WORKSPACE,
            account=number,
            name=f"{channel} lane",
            channel=codes.CHANNELS[channel],
            provider=network.Provider(sink, number, self._alive, holds=leave, asks=channel == "email"),
            window=WINDOW,
            weight=100,
            breaker=breaker.Breaker(rng=random.Random(self._rng.random())),
        )
        return leave.lane

    async def close(self) -> None:
        """Nothing is held."""


class Process:
    """One life of one sender."""

    def __init__(self, make: Callable[[network.Alive], world.World], slot: int) -> None:
        self.alive = network.Alive()
        self.stopping = asyncio.Event()
        self._task = asyncio.create_task(sender.Sender(make(self.alive), slot).run(self.stopping))

    async def kill(self) -> None:
        """Kill -9: nothing of it is written or sent any more."""
        self.alive.die()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def end(self) -> None:
        """Stop in order."""
        self.alive.go_on()
        self.stopping.set()
        await self._task

    def failed(self) -> BaseException | None:
        """What ended it though nobody asked."""
        return self._task.exception() if self._task.done() and not self._task.cancelled() else None
