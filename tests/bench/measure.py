"""Measure CPU time, that of all threads of this process, which on a busy machine says more than the clock."""

import gc
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One benchmark's figures, per 1,000 of what it counts."""

    name: str
    what: str  #: messages, rows
    count: int
    cpu_ms: float  #: per 1,000
    per_s: float  #: by the clock, on whatever else the machine did
    bare: str = ""  #: what it is compared with
    bare_cpu_ms: float = 0.0  #: per 1,000, in the same run
    goal_cpu_ms: float = 0.0  #: per 1,000; 0 where none is set
    rss_mb: float = 0.0  #: at its highest; 0 where it was not looked at
    note: str = ""

    @property
    def ratio(self) -> float:
        """How much more than the bare one it takes; 0 where there is nothing to compare with."""
        return self.cpu_ms / self.bare_cpu_ms if self.bare_cpu_ms else 0.0

    @property
    def met(self) -> bool:
        """Whether the goal is met."""
        return self.cpu_ms <= self.goal_cpu_ms


@dataclass(frozen=True, slots=True)
class Cost:
    """What a piece of work took."""

    cpu_ms: float  #: per 1,000
    per_s: float


def work(count: int, function: Callable[[], object]) -> Cost:
    """Run once what does `count` things."""
    gc.collect()
    began, cpu = time.perf_counter(), time.process_time()
    function()
    return Cost(1e6 * (time.process_time() - cpu) / count, count / (time.perf_counter() - began))


async def awaited(count: int, function: Callable[[], Awaitable[object]]) -> Cost:
    """The same for a coroutine."""
    gc.collect()
    began, cpu = time.perf_counter(), time.process_time()
    await function()
    return Cost(1e6 * (time.process_time() - cpu) / count, count / (time.perf_counter() - began))
