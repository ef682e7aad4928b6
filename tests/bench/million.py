"""A whole server with a million people: its freeze, its screens while it sends, its stop, its restart, its memory."""

import contextlib
import itertools
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from server import client
from server.channels import sms
from server.store import database
from server.wire import campaigns, holds, messages
from server.wire import server as wire
from tests.bench import crowds, doors, measure, scale
from tests.support import books
from tests.support import served as running

ROOM_MB = 512  #: all the memory the processes of a small machine may have, together
ROLES = ("api", "sender", "server.twins")
PROBES, EVERY_S = 100, 0.1
STRAGGLERS_S = 3.0  #: how long is waited for what left after the stop
PATIENCE_S = 300.0

Ask = Callable[[client.Client, int], object]
#: What the screens show, asked for in turn.
ASKS: dict[str, Ask] = {
    "overview": lambda client, run: client.call(wire.OVERVIEW),
    "run": lambda client, run: client.call(campaigns.RUN, run=run),
    "campaigns": lambda client, run: client.call(campaigns.LIST, campaigns.CampaignQuery(limit=50)),
    "messages": lambda client, run: client.call(messages.LIST, messages.MessageQuery(run=run, limit=100)),
    "failed": lambda client, run: client.call(
        messages.LIST, messages.MessageQuery(run=run, state="failed", limit=100)
    ),
}


class Launched(msgspec.Struct, frozen=True, kw_only=True):
    """A run that has begun, and how long it was from the launch to then."""

    run: int
    freeze_s: float


def measured() -> tuple[list[measure.Result], list[scale.Fact]]:
    """One server, through all that an operator does with so many people."""
    results, facts = list[measure.Result](), list[scale.Fact]()
    with running.folder() as data:
        with running.serve(data) as served, served.client() as asking:
            begun = launched(served, asking, scale.MANY)
            running.until(lambda: accepted(data, begun.run) > 1_000, "the first thousand", PATIENCE_S)
            results.append(_asked(served, asking, begun.run))
            facts += [_frozen(begun), _quick(results[-1]), _small(served), _stopped(served, asking)]
            _go_on(data, asking, begun.run)
            served.stop(number=signal.SIGKILL)
        facts += _restarted(data, begun.run)
    return results, facts


SECTIONS: dict[str, Callable[[], tuple[list[measure.Result], list[scale.Fact]]]] = {
    "million: a whole server": measured
}


def launched(served: running.Served, asking: client.Client, people: int) -> Launched:
    """Send an SMS to everybody; returns once the audience is frozen."""
    with contextlib.closing(database.connect(served.data / "heliograph.db")) as connection:
        crowds.fill(connection, people)
    ask = campaigns.SaveCampaign(
        name="All",
        audience=books.AUDIENCE,
        contents=campaigns.Contents(sms=sms.SmsContent(body="Hello {{ first_name }}, it is open today.")),
    )
    campaign = asking.call(campaigns.CREATE, ask).id
    began = time.perf_counter()
    asking.call(campaigns.LAUNCH, campaigns.Launch(), campaign=campaign)
    run = running.until(
        lambda: _running(asking.call(campaigns.SHOW, campaign=campaign)), "the freeze", PATIENCE_S
    )
    return Launched(run=run, freeze_s=time.perf_counter() - began)


def _running(campaign: campaigns.Campaign) -> int | None:
    return campaign.run if campaign.status is campaigns.Status.RUNNING else None


def _asked(served: running.Served, asking: client.Client, run: int) -> measure.Result:
    """Ask for what the screens show, while the server sends as fast as it can."""
    took: dict[str, list[float]] = {name: [] for name in ASKS}
    api = doors.child(served, "api")
    began, cpu, sent = time.perf_counter(), doors.cpu_s(api), accepted(served.data, run)
    for name, ask in itertools.islice(itertools.cycle(ASKS.items()), PROBES * len(ASKS)):
        at = time.perf_counter()
        ask(asking, run)
        took[name].append(time.perf_counter() - at)
        time.sleep(EVERY_S / len(ASKS))
    over_s, cpu_s = time.perf_counter() - began, doors.cpu_s(api) - cpu
    sent = accepted(served.data, run) - sent
    everything = sorted(itertools.chain.from_iterable(took.values()))
    told = ", ".join(f"{name} {1000 * _most(some):.0f}" for name, some in took.items())
    return measure.Result(
        name="the API while sending",
        what="asks",
        count=len(everything),
        cpu_ms=1e6 * cpu_s / len(everything),
        per_s=sent / over_s,
        rss_mb=doors.rss_mb(api),
        note=f"{1000 * _most(everything):.0f} ms for 95 of 100 ({told}); the rate is that of the sending, "
        "and the CPU time is the api process's with all receipts",
    )


def _frozen(launched: Launched) -> scale.Fact:
    return scale.Fact(
        name=f"from the launch to {scale.MANY:,} people are frozen, by a whole server",
        value=launched.freeze_s,
        unit="s",
        goal="at most 10",
        good=launched.freeze_s <= 10,
    )


def _quick(asked: measure.Result) -> scale.Fact:
    within_ms, _, told = asked.note.partition(" ms ")
    return scale.Fact(
        name="the API's answers while sending flat out",
        value=float(within_ms),
        unit="ms",
        goal="at most 50",
        good=float(within_ms) <= 50,
        note=f"{told}; {asked.per_s:,.0f} messages/s meanwhile",
    )


def _small(served: running.Served) -> scale.Fact:
    """Peaks since each process began, the freeze included."""
    peaks = {role: doors.peak_mb(doors.child(served, role)) for role in ROLES}
    return scale.Fact(
        name="memory of api, sender and twins together, each at its highest",
        value=sum(peaks.values()),
        unit="MB",
        goal=f"at most {ROOM_MB}",
        good=sum(peaks.values()) <= ROOM_MB,
        note=", ".join(f"{role} {peak:.0f}" for role, peak in peaks.items()),
    )


def _stopped(served: running.Served, asking: client.Client) -> scale.Fact:
    """From the moment a person stops everything to the last message any twin is handed."""
    asked_at = time.time()
    asking.call(holds.STOP_ALL, holds.StopAll(note="measured"))
    answered_s = time.time() - asked_at
    time.sleep(STRAGGLERS_S)
    with contextlib.closing(sqlite3.connect(served.data / "twins" / "inbox.db")) as inbox:
        count, last = inbox.execute(
            "SELECT count(*), max(at) FROM arrival WHERE at > ?", (asked_at,)
        ).fetchone()
    last_s = (last or asked_at) - asked_at
    return scale.Fact(
        name="from the kill switch to the last message that leaves",
        value=last_s,
        unit="s",
        goal="at most 2",
        good=last_s <= 2,
        note=f"answered after {answered_s:.2f} s; {count} messages left after it was asked for",
    )


def _go_on(data: Path, asking: client.Client, run: int) -> None:
    asking.call(holds.RELEASE, holds.Release())
    before = accepted(data, run)
    running.until(lambda: accepted(data, run) > before, "the run to go on", PATIENCE_S)


def _restarted(data: Path, run: int) -> Iterator[scale.Fact]:
    """Start again after kill -9: when is the server ready, when does it send?"""
    before = accepted(data, run)
    began = time.perf_counter()
    with running.serve(data) as served:
        ready_s = time.perf_counter() - began
        running.until(lambda: accepted(data, run) > before, "the first message after the restart", PATIENCE_S)
        sends_s = time.perf_counter() - began
        served.stop(number=signal.SIGKILL)
    for name, took_s, most_s in (("ready", ready_s, 3), ("the first message accepted", sends_s, 5)):
        yield scale.Fact(
            name=f"from a restart with {scale.MANY:,} messages to {name}",
            value=took_s,
            unit="s",
            goal=f"at most {most_s}",
            good=took_s <= most_s,
            note="after kill -9 while it sent",
        )


def accepted(data: Path, run: int) -> int:
    """Messages the ledger calls accepted or further."""
    with contextlib.closing(sqlite3.connect(data / "heliograph.db")) as connection:
        found = connection.execute("SELECT sum(n) FROM tally WHERE run = ? AND state BETWEEN 2 AND 6", (run,))
        return int(found.fetchone()[0] or 0)


def _most(seconds: list[float]) -> float:
    """Within which 95 of 100 lie."""
    return sorted(seconds)[int(len(seconds) * 0.95)]
