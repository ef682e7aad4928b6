"""What the house does besides sending: receipts, a large launch, the demo."""

import asyncio
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from server.demo import figures
from server.store import receipts
from server.store.ledger import batches, codes, freezing, merging, ticks
from tests.bench import crowds, doors, measure, million
from tests.support import books

PEOPLE = 10_000
CROWD = 1_000_000
DEMO, MANY = 20_000, 100_000
FLAT = 1.2  #: how much more memory many people may take
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
        f"together {'within' if sum(many.memory.values()) <= million.ROOM_MB else 'MORE THAN'} {million.ROOM_MB} MB",
    )


def _demo(people: int) -> figures.Report:
    with tempfile.TemporaryDirectory() as folder:
        command = [*(sys.executable, "-m", "server", "demo", "--recipients", str(people)), "--out", folder]
        told = subprocess.run(
            [*command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
        ).stdout
    return msgspec.json.decode(told, type=figures.Report)


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
            books.outcome(one, ticks.End.ACCEPTED, provider_ref=f"SM{one.spot.seq:032x}") for one in intents
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
    "demo": shown,
    "memory": grown,
}
