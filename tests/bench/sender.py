"""Run the real sender over a laid ground until its run ends, and say what that took."""

import asyncio
import contextlib
import resource
import sqlite3
import sys
import time
from pathlib import Path

import msgspec
import uvloop

from server import collecting
from server.engine import sender
from server.store.ledger import codes
from tests.bench import ground, programs

POLL_S = 0.1
PATIENCE_S = 1800.0
OPEN = ("running", "cancelling")


class Took(msgspec.Struct, frozen=True, kw_only=True):
    """What one sender process used between its first act and the end of its run."""

    cpu_s: float
    wall_s: float
    began_at: float  #: epoch seconds
    rss_mb: float  #: at its highest
    marks: list[tuple[int, float]]  #: messages accepted so far, and CPU seconds used so far, now and then

    def steady_ms(self) -> float:
        """CPU per 1,000 messages once a tenth has left: without what a start costs."""
        last, ended = self.marks[-1]
        first, began = next(mark for mark in self.marks if mark[0] >= last / 10)
        return 1e6 * (ended - began) / max(1, last - first)


async def _watch(path: Path, run: int, stop: asyncio.Event, marks: list[tuple[int, float]]) -> None:
    """Look at the ledger from outside; end the sender when its run has ended."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    with contextlib.closing(connection):
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            (status,) = connection.execute("SELECT status FROM run WHERE id = ?", (run,)).fetchone()
            accepted = "SELECT coalesce(sum(n), 0) FROM tally WHERE run = ? AND state = ?"
            (count,) = connection.execute(accepted, (run, codes.ACCEPTED)).fetchone()
            marks.append((count, time.process_time()))
            if status not in OPEN:
                break
            await asyncio.sleep(POLL_S)
    stop.set()


async def _send(data: Path, run: int, slot: int, marks: list[tuple[int, float]]) -> None:
    stop = asyncio.Event()
    watching = asyncio.create_task(_watch(data / "heliograph.db", run, stop, marks))
    await sender.run(ground.configuration(data), slot, stop)
    await watching


def main(data: str, run: str, slot: str, core: str) -> None:
    """Measure here, and print it as JSON."""
    programs.pin(int(core) if core else None)
    collecting.settle()
    marks: list[tuple[int, float]] = []
    began_at, began, cpu = time.time(), time.perf_counter(), time.process_time()
    uvloop.run(_send(Path(data), int(run), int(slot), marks))
    took = Took(
        cpu_s=time.process_time() - cpu,
        wall_s=time.perf_counter() - began,
        began_at=began_at,
        rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        marks=marks,
    )
    print(msgspec.json.encode(took).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
