"""A line of calls that wait for a commit: bounded in number, and in how long the last of them would wait."""

import asyncio
import collections
import time
from typing import Generic, TypeVar

T = TypeVar("T")

FIRST_PER_S = 2_000.0  #: what a commit is taken to manage before one was seen
LEAST = 500  #: so much may always wait: a single commit
FADE = 0.2  #: how much the newest commit counts in the rate


class Line(Generic[T]):
    """First come, first served. Whoever would wait too long is not let in, and is better told to come again."""

    def __init__(self, *, most: int, patience_s: float) -> None:
        """At most `most` calls wait, and none is let in that would wait about `patience_s` or longer."""
        self.per_s = FIRST_PER_S  #: what commits managed lately
        self._most = most
        self._patience_s = patience_s
        self._calls: collections.deque[tuple[T, int]] = collections.deque()
        self._weight = 0
        self._there = asyncio.Event()
        self._begun: float | None = None  #: when the commit under way took its calls

    def __len__(self) -> int:
        return len(self._calls)

    def join(self, call: T, weight: int) -> bool:
        """Wait in line with so many things to store. False where the line is too long, or does not move."""
        stands = self._begun is not None and time.monotonic() - self._begun > self._patience_s
        long = self._weight > max(LEAST, self.per_s * self._patience_s)
        if stands or long or len(self._calls) >= self._most:
            return False
        self._calls.append((call, weight))
        self._weight += weight
        self._there.set()
        return True

    async def some(self) -> None:
        """Wait until somebody is in line."""
        await self._there.wait()

    def take(self, weight: int) -> list[T]:
        """Those who are next: one at least, and more while together they hold no more than `weight`."""
        taken: list[T] = []
        held = 0
        while self._calls and (not taken or held + self._calls[0][1] <= weight):
            call, mine = self._calls.popleft()
            taken.append(call)
            held += mine
        self._weight -= held
        if not self._calls:
            self._there.clear()
        self._begun = time.monotonic()
        return taken

    def done(self, weight: int, took_s: float) -> None:
        """What was taken last is stored, or put off."""
        self._begun = None
        if weight >= LEAST // 10:  # a commit of a few says little about a commit of many
            self.per_s += FADE * (weight / max(took_s, 1e-3) - self.per_s)
