"""What bound each run's rate, and for how long: one cause at a time, told by the sender that met it.

The time from one turn to the next belongs to what stopped the earlier one. It is added up here and written with a tick
about once a second; readers make shares of it.
"""

import time
from collections.abc import Callable, Iterable

from server.engine import world
from server.pipeline.delivery import choosing
from server.store.ledger import batches

CPU = "cpu"  #: this process had more to do than it could
RETRIES = "retries"  #: everything left waits for its next attempt
LATER = "later"  #: everything left waits for its own hour: quiet hours, time zones
WRITE_S = 1.0
#: A loop that works for so large a share of the time is itself what is waited for.
BUSY = 0.85
#: A pause of the loop longer than this is no wait for anybody: the machine slept or the process was stopped.
LONGEST_GAP_S = 5.0

Line = tuple[int, int, int]  #: workspace, run, channel code


class Bounds:
    """One sender's account of its time."""

    def __init__(self, clock: world.Clock, cpu: Callable[[], float] = time.thread_time) -> None:
        self._clock = clock
        self._cpu = cpu
        self._seconds: dict[tuple[int, int, int, str], float] = {}
        self._now: dict[Line, str] = {}
        self._turned_at = self._written_at = clock.monotonic()
        self._cpu_at = cpu()

    def turn(self) -> None:
        """A new turn begins: the time since the last belongs to what was noted in it."""
        now = self._clock.monotonic()
        lasted = min(now - self._turned_at, LONGEST_GAP_S)
        self._turned_at = now
        if self._now:
            for line, cause in self._now.items():
                place = (*line, cause)
                self._seconds[place] = self._seconds.get(place, 0.0) + lasted
            self._now = {}

    def note(self, batch: batches.Batch, cause: str) -> None:
        """This is what keeps the batch's run from going faster until the next turn. The first word counts."""
        self._now.setdefault((batch.workspace, batch.run, batch.channel), cause)

    def waited(self, lines: Iterable[Line], cause: str, seconds: float) -> None:
        """So long nobody could send anything of these."""
        for line in lines:
            place = (*line, cause)
            self._seconds[place] = self._seconds.get(place, 0.0) + seconds

    @property
    def due(self) -> bool:
        """Whether there is something to write, and time to."""
        return bool(self._seconds) and self._clock.monotonic() - self._written_at >= WRITE_S

    def take(self) -> dict[tuple[int, int, int, str], float]:
        """What is to be written; waits for a provider are ours where our loop was busy all the while."""
        now, cpu = self._clock.monotonic(), self._cpu()
        busy = (cpu - self._cpu_at) / max(now - self._written_at, 1e-9)
        self._written_at, self._cpu_at = now, cpu
        taken, self._seconds = self._seconds, {}
        if busy < BUSY:
            return taken
        found: dict[tuple[int, int, int, str], float] = {}
        for (workspace, run, channel, cause), seconds in taken.items():
            place = (workspace, run, channel, CPU if cause == choosing.WINDOW else cause)
            found[place] = found.get(place, 0.0) + seconds
        return found
