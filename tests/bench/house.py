"""What the whole house does while it sends: receipts, a large launch, a restart, its own screens, the demo."""

import asyncio
import contextlib
import itertools
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from server.channels import sms
from server.demo import figures
from server.store import database, receipts
from server.store.ledger import batches, codes, freezing, merging, ticking
from server.wire import campaigns, messages
from server.wire import server as wire
from tests.bench import crowds, doors, measure
from tests.support import books
from tests.support import served as running

PEOPLE = 10_000
CROWD = 1_000_000
DEMO, MANY = 20_000, 100_000
FLAT = 1.2  #: how much more memory many people may take
ROOM_MB = 512  #: all the memory the processes of a small machine may have, together
PROBES, EVERY_S = 100, 0.1
PATIENCE_S = 300.0
TOGETHER = 200
KINDS = ("accepted", "delivered")


def taken() -> measure.Result:
    """Take two receipts for each of many accepted messages, shuffled, as many to a commit as a busy door has."""
    with tempfile.TemporaryDirectory() as folder, books.opened(Path(folder), people=PEOPLE) as connection:
        run = _sent(connection)
        connection.execute("PRAGMA synchronous = FULL")
        news = [_incoming(run, seq, kind) for seq in range(1, PEOPLE + 1) for kind in KINDS]
        random.Random(3).shuffle(news)

        def take() -> None:
            for start in range(0, len(news), TOGETHER):
                group = news[start : start + TOGETHER]
                merging.take(connection, group, installation=books.INSTALLATION, now=time.time())

        cost = measure.work(len(news), take)
        assert set(books.states(connection, run).values()) == {"delivered"}
        assert books.differences(connection, run) == []
    return measure.Result(
        name="receipts: store and merge",
        what="receipts",
        count=len(news),
        cpu_ms=cost.cpu_ms,
        per_s=cost.per_s,
        note=f"{TOGETHER} to a commit, synchronous=FULL",
    )


def called() -> measure.Result:
    """Call the receipts door of a real server by the twins' own courier: what its api process pays for a call."""
    with doors.opened(PEOPLE, "--senders", "0") as (served, parcels):
        api = doors.child(served, "api")
        began, cpu = time.perf_counter(), doors.cpu_s(api)
        answers = asyncio.run(doors.posted(served, parcels))
        per_s = len(parcels) / (time.perf_counter() - began)
        cpu_ms = 1e6 * (doors.cpu_s(api) - cpu) / len(parcels)
        stored = served.sql("SELECT count(*) FROM receipt WHERE state = 1")[0][0]
        rss_mb = doors.rss_mb(api)
    assert answers == {204: len(parcels)}
    assert stored == len(parcels)
    slowest = sorted(parcel.took_s for parcel in parcels)[int(len(parcels) * 0.99)]
    return measure.Result(
        name="receipts: a door's call, stored and merged",
        what="calls",
        count=len(parcels),
        cpu_ms=cpu_ms,
        per_s=per_s,
        rss_mb=rss_mb,
        note=f"99 of 100 answered within {1000 * slowest:.0f} ms",
    )


def frozen() -> measure.Result:
    """Freeze a large audience for one channel, portion by portion; what is longest keeps other writers waiting."""
    with tempfile.TemporaryDirectory() as folder, crowds.opened(Path(folder), CROWD) as connection:
        longest = 0.0

        def freeze() -> None:
            nonlocal longest
            run, last = books.freeze(connection, ["sms"]), False
            while not last:
                began = time.perf_counter()
                last = freezing.next_portion(connection, workspace=books.WORKSPACE, run=run, now=time.time())
                longest = max(longest, time.perf_counter() - began)

        cost = measure.work(CROWD, freeze)
        assert books.differences(connection, 1) == []
    return measure.Result(
        name="freeze",
        what="people",
        count=CROWD,
        cpu_ms=cost.cpu_ms,
        per_s=cost.per_s,
        note=f"{CROWD / cost.per_s:.1f} s, the longest transaction {1000 * longest:.0f} ms",
    )


def restarted() -> measure.Result:
    """Kill a server that sends to a large audience, and start it again: when is it ready, when does it send?"""
    with running.folder() as data:
        with _launched(data, CROWD) as (served, run):
            _until(served, run, lambda found: found.equation.accepted > 0)
            served.stop(number=signal.SIGKILL)
        before = _accepted(data, run)
        began = time.perf_counter()
        with running.serve(data) as served:
            ready_s = time.perf_counter() - began
            running.until(lambda: _accepted(data, run) > before, "the first message after the restart")
            sends_s = time.perf_counter() - began
            cpu_s = sum(doors.cpu_s(doors.child(served, role)) for role in ("api", "sender"))
            served.stop(number=signal.SIGKILL)
    return measure.Result(
        name="restart",
        what="messages",
        count=CROWD,
        cpu_ms=1e6 * cpu_s / CROWD,
        per_s=CROWD / ready_s,
        note=f"ready after {ready_s:.1f} s, the first message accepted after {sends_s:.1f} s",
    )


def asked() -> measure.Result:
    """Ask for what the screens show, while the server sends to a large audience as fast as it can."""
    asks: dict[str, Callable[..., object]] = {
        "overview": lambda client, run: client.call(wire.OVERVIEW),
        "run": lambda client, run: client.call(campaigns.RUN, run=run),
        "campaigns": lambda client, run: client.call(campaigns.LIST, campaigns.CampaignQuery(limit=50)),
        "messages": lambda client, run: client.call(messages.LIST, messages.MessageQuery(run=run, limit=100)),
        "failed": lambda client, run: client.call(
            messages.LIST, messages.MessageQuery(run=run, state="failed", limit=100)
        ),
    }
    took: dict[str, list[float]] = {name: [] for name in asks}
    with running.folder() as data, _launched(data, CROWD) as (served, run), served.client() as client:
        _until(served, run, lambda found: found.equation.accepted > 1_000)
        api = doors.child(served, "api")
        began, cpu, sent = time.perf_counter(), doors.cpu_s(api), _accepted(data, run)
        for name, ask in itertools.islice(itertools.cycle(asks.items()), PROBES * len(asks)):
            at = time.perf_counter()
            ask(client, run)
            took[name].append(time.perf_counter() - at)
            time.sleep(EVERY_S / len(asks))
        over_s, cpu_s = time.perf_counter() - began, doors.cpu_s(api) - cpu
        sent, rss_mb = _accepted(data, run) - sent, doors.rss_mb(api)
        served.stop(number=signal.SIGKILL)
    everything = sorted(itertools.chain.from_iterable(took.values()))
    told = ", ".join(f"{name} {1000 * _most(some):.0f}" for name, some in took.items())
    return measure.Result(
        name="the API while sending",
        what="asks",
        count=len(everything),
        cpu_ms=1e6 * cpu_s / len(everything),
        per_s=sent / over_s,
        rss_mb=rss_mb,
        note=f"95 of 100 within {1000 * _most(everything):.0f} ms ({told}); the rate is that of the sending, "
        "and the CPU time is the api process's with all receipts",
    )


def shown() -> measure.Result:
    """The demo, whole: server, sender and twins on this machine's cores."""
    report = _demo(DEMO)
    parts = ", ".join(f"{role} {cost:.0f}" for role, cost in report.cpu_ms_per_1000.items() if role != "all")
    memory = ", ".join(f"{role} {peak:.0f}" for role, peak in report.memory.items())
    return measure.Result(
        name="demo",
        what="messages",
        count=report.equation.audience,
        cpu_ms=report.cpu_ms_per_1000["all"],
        per_s=report.rates.messages_per_s,
        rss_mb=sum(report.memory.values()),
        note=f"{DEMO:,} people; CPU: {parts}; peak MB: {memory}",
    )


def grown() -> measure.Result:
    """The demo with few and with many people: no process may need more memory for the many, but a fifth."""
    few, many = _demo(DEMO), _demo(MANY)
    grew = {role: many.memory[role] / few.memory[role] for role in few.memory}
    told = ", ".join(f"{role} {few.memory[role]:.0f} to {many.memory[role]:.0f}" for role in grew)
    return measure.Result(
        name="memory",
        what="messages",
        count=many.equation.audience,
        cpu_ms=many.cpu_ms_per_1000["all"],
        per_s=many.rates.messages_per_s,
        rss_mb=sum(many.memory.values()),
        note=f"peak MB at {DEMO:,} and {MANY:,} people: {told}; {'flat' if max(grew.values()) <= FLAT else 'GROWS'}; "
        f"all together {'within' if sum(many.memory.values()) <= ROOM_MB else 'MORE THAN'} {ROOM_MB} MB",
    )


def _demo(people: int) -> figures.Report:
    with tempfile.TemporaryDirectory() as folder:
        command = [*(sys.executable, "-m", "server", "demo", "--recipients", str(people)), "--out", folder]
        told = subprocess.run(
            [*command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
        ).stdout
    return msgspec.json.decode(told, type=figures.Report)


@contextlib.contextmanager
def _launched(data: Path, people: int) -> Iterator[tuple[running.Served, int]]:
    """A server whose sandbox sends an SMS to a large audience, and the run."""
    with running.serve(data) as served:
        with contextlib.closing(database.connect(served.data / "heliograph.db")) as connection:
            crowds.fill(connection, people)
        with served.client() as client:
            ask = campaigns.SaveCampaign(
                name="All",
                audience=books.AUDIENCE,
                contents=campaigns.Contents(
                    sms=sms.SmsContent(body="Hello {{ first_name }}, it is open today.")
                ),
            )
            campaign = client.call(campaigns.CREATE, ask).id
            client.call(campaigns.LAUNCH, campaigns.Launch(), campaign=campaign)
            found = running.until(
                lambda: _run_of(client.call(campaigns.SHOW, campaign=campaign)), "the freeze", PATIENCE_S
            )
        yield served, found


def _run_of(campaign: campaigns.Campaign) -> int | None:
    return campaign.run if campaign.status is campaigns.Status.RUNNING else None


def _until(served: running.Served, run: int, holds: Callable[[campaigns.Run], bool]) -> None:
    with served.client() as client:
        running.until(lambda: holds(client.call(campaigns.RUN, run=run)), "the run to go on", PATIENCE_S)


def _accepted(data: Path, run: int) -> int:
    """Messages the ledger calls accepted or further."""
    with contextlib.closing(sqlite3.connect(data / "heliograph.db")) as connection:
        found = connection.execute("SELECT sum(n) FROM tally WHERE run = ? AND state BETWEEN 2 AND 6", (run,))
        return int(found.fetchone()[0] or 0)


def _most(seconds: list[float]) -> float:
    """Within which 95 of 100 lie."""
    return sorted(seconds)[int(len(seconds) * 0.95)]


def _sent(connection: sqlite3.Connection) -> int:
    """A run whose messages were all accepted."""
    run = books.freeze(connection, ["sms"])
    while claimed := batches.claim(
        connection, owner="1/1", channel=codes.CHANNELS["sms"], now=time.time(), lease_s=60.0
    ):
        batch, rows = claimed
        intents = [books.intent(batch, row) for row in rows]
        books.tick(connection, "1/1", [batch], intents=intents)
        outcomes = [
            books.outcome(one, ticking.End.ACCEPTED, provider_ref=f"SM{one.spot.seq:032x}") for one in intents
        ]
        books.tick(connection, "1/1", [batch], outcomes=outcomes, released=[(batch, 0.0)])
    return run


def _incoming(run: int, seq: int, kind: str) -> receipts.Incoming:
    sid = f"SM{seq:032x}"
    return receipts.Incoming(
        workspace=books.WORKSPACE,
        account=books.ACCOUNT,
        event_id=f"{sid}:{kind}",
        at=time.time(),
        kind=kind,
        ref=books.ref(run, seq),
        provider_ref=sid,
        address=f"+1555{seq:07d}",
        happened_at=None,
        code="",
        text="",
        suppress=False,
        raw=b"x" * 350,
    )


BENCHES = {
    "receipts": taken,
    "door": called,
    "freeze": frozen,
    "restart": restarted,
    "api": asked,
    "demo": shown,
    "memory": grown,
}
