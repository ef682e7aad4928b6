"""What a sender is handed, so that it can run in a made-up world: the clock, chance, the ledger and the lanes."""

import random
import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from server import settings as configuration
from server.engine import fleet as fleets
from server.store import meta

P = ParamSpec("P")
T = TypeVar("T")

#: The clock that goes on while the machine sleeps; on Windows the plain monotonic one does.
SLEEPLESS: int | None = getattr(time, "CLOCK_BOOTTIME", None)
if SLEEPLESS is None and sys.platform == "darwin":
    SLEEPLESS = time.CLOCK_MONOTONIC


class Clock(Protocol):
    """Where a sender reads the time."""

    def time(self) -> float:
        """Seconds since the epoch: for stamps and for what is due."""

    def monotonic(self) -> float:
        """Seconds that only grow: for durations."""

    def boottime(self) -> float:
        """Seconds that only grow, also while the machine sleeps: for leases."""


class Ledger(Protocol):
    """Where a sender writes. See store.ledger.thread.Ledger."""

    async def do(
        self, function: Callable[Concatenate[sqlite3.Connection, P], T], *arguments: P.args, **named: P.kwargs
    ) -> T:
        """Run `function(connection, ...)` and return what it returns."""


class SystemClock:
    """The machine's clock."""

    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def boottime(self) -> float:
        return time.monotonic() if SLEEPLESS is None else time.clock_gettime(SLEEPLESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a sender is handed."""

    settings: configuration.Settings
    ledger: Ledger
    fleet: fleets.Fleet
    installation: meta.Installation
    rng: random.Random
    clock: Clock = field(default_factory=SystemClock)
