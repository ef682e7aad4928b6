"""Wait for what goes on in the server, asking its API again and again: the import, the run, the receipts after it."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from server import client
from server.demo import gauge, hosted
from server.wire import audiences, campaigns, ledger
from server.wire import server as wire

IMPORT_POLL_S = 0.1
RUN_POLL_S = 1.0  #: every look is a request to a server that is busy with the run
#: A run in which nothing moves for so long is given up; retries are due within seconds at the twins.
STANDSTILL_S = 180.0
#: Receipts have settled when nothing has changed for so long and none is still to come.
QUIET_S = 2.5
#: They are given up where for so long neither a receipt came nor fewer were still to come.
SETTLING_LIMIT_S = 60.0

#: Shows a run, and how many receipts are still to come.
Show = Callable[[campaigns.Run, int], None]
_OVER = frozenset({campaigns.Status.DONE, campaigns.Status.CANCELLED})


class Failed(Exception):
    """The demo cannot go on. The sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A run that has come to its end, or to a standstill."""

    run: campaigns.Run
    finished: bool


def imported(
    reached: client.Client, number: int, show: Callable[[audiences.Import], None]
) -> audiences.Import:
    """Wait until an import is done. Raises Failed with the server's own words."""
    while True:
        found = reached.call(audiences.IMPORTED, id=number)
        show(found)
        if found.status is audiences.ImportStatus.DONE:
            return found
        if found.status in (audiences.ImportStatus.FAILED, audiences.ImportStatus.CANCELLED):
            raise Failed(f"The import was not taken: {found.message or found.status}")
        time.sleep(IMPORT_POLL_S)


def launched(reached: client.Client, campaign: int) -> int:
    """Wait until the audience is frozen. Returns the run."""
    while True:
        found = reached.call(campaigns.SHOW, campaign=campaign)
        if found.run is not None and found.status is not campaigns.Status.LAUNCHING:
            return found.run
        if found.status is campaigns.Status.DRAFT:
            raise Failed("The launch was taken back; the server's log says why.")
        time.sleep(IMPORT_POLL_S)


def finished(reached: client.Client, run: int, gauged: gauge.Gauge, show: Show) -> Watched:
    """Wait until nothing waits and nothing is being sent."""
    moved_at, last = time.monotonic(), None
    while True:
        found = reached.call(campaigns.RUN, run=run)
        show(found, 0)
        gauged.look()
        if found.status in _OVER:
            return Watched(run=found, finished=True)
        if found.equation != last:
            moved_at, last = time.monotonic(), found.equation
        elif time.monotonic() - moved_at > STANDSTILL_S:
            return Watched(run=found, finished=False)
        time.sleep(RUN_POLL_S)


def settled(server: hosted.Hosted, run: int, show: Show) -> bool:
    """Wait until no receipt comes any more, however many there are; False where they stop coming before that."""
    moved_at = quiet_since = time.monotonic()
    last, fewest = list[ledger.Tally](), sys.maxsize
    while time.monotonic() - moved_at < SETTLING_LIMIT_S:
        found = server.client.call(campaigns.RUN, run=run)
        coming = server.receipts_to_come() + server.client.call(wire.OVERVIEW).receipts_waiting
        show(found, coming)
        now = time.monotonic()
        if coming or found.tallies != last:
            quiet_since = now
        elif now - quiet_since >= QUIET_S:
            return True
        if coming < fewest or found.tallies != last:
            moved_at = now
        last, fewest = found.tallies, min(fewest, coming)
        time.sleep(RUN_POLL_S)
    return False
