"""A disk that takes no more: sending stops before the first unrecorded message, and goes on by itself with room."""

import resource
import subprocess
import time
from pathlib import Path

from server.engine import sender
from server.store.ledger import codes
from server.wire import campaigns, ledger
from tests.acceptance import test_acts as acts
from tests.support import crashing, served

PEOPLE = 2_000


def limit_files(served_: served.Served, size: int) -> None:
    """Let no process of the server make a file longer than `size` bytes, as a full disk would; -1 lifts it."""
    found = subprocess.run(
        ["pgrep", "-P", str(served_.process.pid)], capture_output=True, text=True, check=True
    ).stdout
    for pid in map(int, found.split()):
        if (
            b"server.twins" not in Path(f"/proc/{pid}/cmdline").read_bytes()
        ):  # the judge has a disk of its own
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def pause(seconds: float) -> None:
    """Let some time pass in which nothing may happen."""
    until = time.monotonic() + seconds
    served.until(lambda: time.monotonic() > until, what="the time to pass")


def test_a_full_disk_stops_sending_loses_nothing_and_room_lets_it_go_on(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    crashing.write_people(people, PEOPLE)
    with served.serve(tmp_path / "data") as running, running.client() as server:
        run = crashing.launch(server, people)
        served.until(
            lambda: crashing.count(running.data, codes.WAITING) < PEOPLE * 2.7, what="the run to be under way"
        )
        limit_files(running, 100_000)
        served.until(
            lambda: "the ledger cannot be written" in (running.data / "logs" / "sender-0.log").read_text(),
            what="the sender to say that the disk is full",
        )
        waiting = crashing.count(running.data, codes.WAITING)
        assert waiting > 0
        pause(sender.DISK_WAIT_S)  # what was in flight, with its intent written, arrives
        stopped = acts.arrived(running.data)
        pause(2 * sender.DISK_WAIT_S)  # the sender tries again
        assert crashing.count(running.data, codes.WAITING) == waiting
        assert acts.arrived(running.data) == stopped
        limit_files(running, resource.RLIM_INFINITY)
        served.until(
            lambda: acts.status(server) is campaigns.Status.DONE, what="the run to be done", patience_s=90
        )
        verdict = acts.judged(server, running.data, run)
        assert verdict.balanced
        assert verdict.doubts == 0
        assert server.call(ledger.AUDIT, ledger.AuditAsk(run=run)).differences == []
        assert running.sql("PRAGMA integrity_check") == [("ok",)]
