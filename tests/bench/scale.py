"""How the whole path grows: with the audience, with the senders, and how fast it stops."""

import contextlib
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from server.store import database
from server.store.ledger import turning
from server.twins import base as twins
from tests.bench import ground, measure, programs, whole

FEW = int(os.environ.get("FEW", "10000"))
MANY = int(os.environ.get("MANY", "1000000"))
PAIRED = int(os.environ.get("PAIRED", "6000"))  #: messages, with one sender and with two
STOPPED = 60_000  #: people of a run that is stopped half way
#: How long a run sends before it is stopped, and how long is waited for stragglers.
BEFORE_S, AFTER_S = 2.0, 3.0


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One figure that is not CPU per message."""

    name: str
    value: float
    unit: str
    goal: str
    good: bool
    note: str = ""


def audience() -> tuple[list[measure.Result], list[Fact]]:
    """Few people and many, by SMS: CPU, memory and disk per message, and how long the freeze takes."""
    small, large = _sms(FEW), _sms(MANY)
    ratio = large.steady_ms / small.steady_ms
    results = [
        _result(f"SMS, {taken.people:,} recipients", taken, note="of which the start is left out")
        for taken in (small, large)
    ]
    facts = [
        Fact(
            name=f"CPU per message at {MANY:,} recipients, by that at {FEW:,}",
            value=ratio,
            unit="x",
            goal="at most 1.1",
            good=ratio <= 1.1,
        ),
        Fact(
            name=f"memory of the sender at {MANY:,} recipients",
            value=large.rss_mb,
            unit="MB",
            goal="at most 200",
            good=large.rss_mb <= 200,
        ),
        Fact(
            name=f"disk a message at {MANY:,} recipients, its story and indexes included",
            value=large.disk,
            unit="bytes",
            goal="at most 500",
            good=large.disk <= 500,
        ),
        Fact(
            name=f"freeze of {MANY:,} people",
            value=large.freeze_s,
            unit="s",
            goal="at most 10",
            good=large.freeze_s <= 10,
        ),
    ]
    return results, facts


def senders() -> tuple[list[measure.Result], list[Fact]]:
    """One sender, then two on the same run, each on a core of its own; the sink takes what the two leave it."""
    work = whole.WORKS["SMTP, 10 KB, DKIM rsa2048"]
    with _sink(work.sink) as (folder, tls, address):
        one_ground = whole.lay(work, folder / "one", tls, address, PAIRED)
        one = whole.send(one_ground, core=whole.SENDER_CORE)
        two_ground = whole.lay(work, folder / "two", tls, address, PAIRED)
        with (
            whole.started(two_ground, slot=0, core=whole.SENDER_CORE) as first,
            whole.started(two_ground, slot=1, core=whole.SINK_CORE) as second,
        ):
            both = [whole.finished(first), whole.finished(second)]
        whole.sent(one_ground, PAIRED)
        whole.sent(two_ground, PAIRED)
    wall = max(took.began_at + took.wall_s for took in both) - min(took.began_at for took in both)
    ratio = one.wall_s / wall
    dearer = sum(took.cpu_s for took in both) / one.cpu_s
    return [], [
        Fact(
            name="rate of two senders by that of one, SMTP with rsa2048",
            value=ratio,
            unit="x",
            goal="at least 1.8, where the sink allows it",
            good=ratio >= 1.8,
            note=f"{PAIRED / one.wall_s:,.0f}/s and {PAIRED / wall:,.0f}/s by the clock; "
            f"the two take {dearer:.2f} x the CPU of the one; on two cores the sink shares them",
        )
    ]


def stopping() -> tuple[list[measure.Result], list[Fact]]:
    """From the commit of a pause and of a cancel to the last request the sink saw."""
    facts = []
    for name, to in (("pause", "paused"), ("cancel", "cancelling")):
        last_s, after, before = _stopped(to)
        facts.append(
            Fact(
                name=f"from the {name} to the last message that leaves, by the sink's clock",
                value=last_s,
                unit="s",
                goal="at most 2",
                good=last_s <= 2.0,
                note=f"{after} messages left after it, {before:,} before",
            )
        )
    return [], facts


SECTIONS: dict[str, Callable[[], tuple[list[measure.Result], list[Fact]]]] = {
    "million: the sender alone": audience,
    "senders": senders,
    "stopping": stopping,
}


class _Taken(msgspec.Struct, frozen=True, kw_only=True):
    people: int
    steady_ms: float
    cpu_ms: float
    per_s: float
    rss_mb: float
    disk: float
    freeze_s: float


def _sms(people: int) -> _Taken:
    work = whole.WORKS["Twilio-shaped SMS"]
    with _sink(work.sink) as (folder, tls, address):
        laid = whole.lay(work, folder / "data", tls, address, people)
        took = whole.send(laid)
        whole.sent(laid, people)
        return _Taken(
            people=people,
            steady_ms=took.steady_ms(),
            cpu_ms=1e6 * took.cpu_s / people,
            per_s=people / took.wall_s,
            rss_mb=took.rss_mb,
            disk=ground.grown(laid) / people,
            freeze_s=laid.freeze_s,
        )


def _result(name: str, taken: _Taken, note: str) -> measure.Result:
    return measure.Result(
        name=name,
        what="messages",
        count=taken.people,
        cpu_ms=taken.steady_ms,
        per_s=taken.per_s,
        goal_cpu_ms=whole.WORKS["Twilio-shaped SMS"].goal_ms,
        rss_mb=taken.rss_mb,
        note=note,
    )


@contextlib.contextmanager
def _sink(name: str, *, log: bool = False) -> Iterator[tuple[Path, twins.Tls, str]]:
    with tempfile.TemporaryDirectory(prefix="heliograph-bench-") as text:
        folder = Path(text)
        tls = ground.tls(folder / "tls")
        with whole.sink(name, tls, log=folder / "moments" if log else None) as address:
            yield folder, tls, address


def _stopped(to: str) -> tuple[float, int, int]:
    """Stop a run half way. Returns the seconds to the last message after it, how many left after it, and before."""
    work = whole.WORKS["Twilio-shaped SMS"]
    with _sink(work.sink, log=True) as (folder, tls, address):
        laid = whole.lay(work, folder / "data", tls, address, STOPPED)
        with whole.started(laid, slot=0, core=whole.SENDER_CORE):
            _wait_for_first(folder / "moments")
            time.sleep(BEFORE_S)
            at = _turn(laid, to)
            time.sleep(AFTER_S)
            moments = _moments(folder / "moments")
    after = [moment for moment in moments if moment > at]
    return max(after, default=at) - at, len(after), len(moments) - len(after)


def _turn(laid: ground.Ground, to: str) -> float:
    """Pause or cancel as the desk does; returns when that was committed, epoch seconds."""
    connection: sqlite3.Connection = database.connect(laid.data / "heliograph.db")
    try:
        turned, status = turning.turn(
            connection,
            workspace=ground.WORKSPACE,
            campaign=ground.CAMPAIGN,
            frm=("running",),
            to=to,
            now=time.time(),
        )
        if not turned:
            raise RuntimeError(f"the run was {status} before it was stopped: give it more people")
        return time.time()
    finally:
        connection.close()


def _wait_for_first(log: Path) -> None:
    until = time.monotonic() + programs.START_S
    while not log.exists() or not log.stat().st_size:
        if time.monotonic() > until:
            raise TimeoutError("nothing was sent")
        time.sleep(0.02)


def _moments(log: Path) -> list[float]:
    return [float(line) for line in log.read_text(encoding="ascii").split()]
