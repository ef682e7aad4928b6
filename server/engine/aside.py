"""Rows of a held batch whose own limit has no room now: put aside, so that the others of the batch go on."""

import collections
import heapq
import math
from collections.abc import Iterator

from server.store.ledger import batches


class Aside:
    """One batch's rows, in queues by what is to have room again: a domain's limit, a recipient's, a route's lane."""

    def __init__(self) -> None:
        self.count = 0
        self.cause = ""  #: what the last one was put aside for, in why-this-rate's words
        self._queues: dict[str, collections.deque[batches.Row]] = {}
        self._due: list[tuple[float, str]] = []

    def put(self, key: str, row: batches.Row, due_at: float, cause: str, *, first: bool = False) -> None:
        """Put a row aside until `due_at`, the same clock as `due` is asked by; `first` where it was at the head."""
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = collections.deque()
            heapq.heappush(self._due, (due_at, key))
        if first:
            queue.appendleft(row)
        else:
            queue.append(row)
        self.count += 1
        self.cause = cause

    @property
    def due_at(self) -> float:
        """When the first queue is worth a look; infinite where there is none."""
        return self._due[0][0] if self._due else math.inf

    def due(self, now: float) -> Iterator[str]:
        """The queues worth a look; each must be told `wait` or be emptied before the next look."""
        while self._due and self._due[0][0] <= now:
            yield heapq.heappop(self._due)[1]

    def head(self, key: str) -> batches.Row | None:
        """The next row of a queue; None at its end, and the queue is gone."""
        queue = self._queues.get(key)
        if queue:
            return queue[0]
        self._queues.pop(key, None)
        return None

    def pop(self, key: str) -> batches.Row:
        """Take the next row of a queue."""
        self.count -= 1
        return self._queues[key].popleft()

    def wait(self, key: str, due_at: float) -> None:
        """Look at a queue again at `due_at`."""
        heapq.heappush(self._due, (due_at, key))

    def wake(self) -> None:
        """Have every queue looked at at the next look."""
        self._due = [(0.0, key) for key in self._queues]

    def clear(self) -> None:
        """Forget everything: the batch goes back."""
        self.count = 0
        self._queues.clear()
        self._due.clear()
