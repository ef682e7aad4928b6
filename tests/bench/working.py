"""What is done without a network: the ledger's tick, rendering, reading a CSV file."""

import csv
import sqlite3
import tempfile
import time
from pathlib import Path

import msgspec

from server.demo import command, crowd
from server.pipeline.audience import csvfile, mapping, rows
from server.pipeline.content import rendering
from server.store import database
from server.store.ledger import batches, codes, ticks
from server.twins import people
from tests.bench import measure
from tests.support import books

MESSAGES, WINDOW = 10_000, 64
RENDERINGS = 3_000
ROWS = 10_000


def ledger() -> measure.Result:
    """Claim, load, tick: intents of a window and the outcomes of the window before it, each tick flushed."""
    with tempfile.TemporaryDirectory() as folder, books.opened(Path(folder), people=MESSAGES) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        books.freeze(connection, ["sms"])
        flushes = 0

        def walk() -> None:
            nonlocal flushes
            while claimed := batches.claim(
                connection, owner="bench", channel=codes.CHANNELS["sms"], now=time.time(), lease_s=30.0
            ):
                flushes += _walk_batch(connection, *claimed)

        cost = measure.work(MESSAGES, walk)
        _make_bare_tables(connection)
        bare = measure.work(MESSAGES, lambda: _bare_transactions(connection))
        assert books.differences(connection, 1) == []
    note = f"{flushes} ticks of {WINDOW}, synchronous=FULL"
    return measure.Result(
        name="ledger: claim, intents, outcomes",
        what="messages",
        count=MESSAGES,
        cpu_ms=cost.cpu_ms,
        per_s=cost.per_s,
        bare="two plain updates and inserts a message, as many transactions",
        bare_cpu_ms=bare.cpu_ms,
        note=note,
    )


def _walk_batch(connection: sqlite3.Connection, claimed: batches.Batch, loaded: list[batches.Row]) -> int:
    outcomes: list[ticks.Outcome] = []
    flushes = 0
    for start in range(0, len(loaded), WINDOW):
        intents = [books.intent(claimed, row) for row in loaded[start : start + WINDOW]]
        books.tick(connection, "bench", [claimed], intents=intents, outcomes=outcomes)
        outcomes = [
            books.outcome(one, ticks.End.ACCEPTED, provider_ref=f"SM{one.spot.seq:032x}", took_ms=12.0)
            for one in intents
        ]
        flushes += 1
    books.tick(connection, "bench", [claimed], outcomes=outcomes, released=[(claimed, 0.0)])
    return flushes + 1


def _make_bare_tables(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, state INTEGER)")
    connection.execute("CREATE TABLE story (at INTEGER PRIMARY KEY, id INTEGER, kind INTEGER)")
    with database.transaction(connection):
        connection.executemany("INSERT INTO bare VALUES (?, 0)", ((number,) for number in range(MESSAGES)))


def _bare_transactions(connection: sqlite3.Connection) -> None:
    """The least that an intent and an outcome can be: an update and an inserted line each, flushed."""
    for start in range(0, MESSAGES, WINDOW):
        numbers = range(start, min(start + WINDOW, MESSAGES))
        for state in (1, 2):
            with database.transaction(connection):
                for number in numbers:
                    connection.execute("UPDATE bare SET state = ? WHERE id = ?", (state, number))
                    connection.execute("INSERT INTO story (id, kind) VALUES (?, ?)", (number, state))


def rendered(channel: str) -> measure.Result:
    """Render the sample campaign's content, rules included, each time for another person."""
    sample = msgspec.json.decode(command.SAMPLE.read_bytes(), type=command.Sample)
    content = sample.contents.chosen()[channel]
    renderer = rendering.Renderer(content)
    values = [
        {
            "key": f"p{number}",
            "first_name": f"Ana{number}",
            "city": "Lyon",
            "points": "120",
            "code": f"C{number}",
        }
        for number in range(RENDERINGS)
    ]
    cost = measure.work(RENDERINGS, lambda: [renderer.render(one) for one in values])
    return measure.Result(
        name=f"render {channel}",
        what="messages",
        count=RENDERINGS,
        cpu_ms=cost.cpu_ms,
        per_s=cost.per_s,
        note=f"{len(msgspec.json.encode(content)) / 1000:.1f} kB as JSON",
    )


def csv_import() -> measure.Result:
    """Read, check and normalise rows as an import does before it writes them."""
    credentials = {"push/webpush": {"seed": "bench"}, "push/apns": {"seed": "bench"}}
    addresses = {"push/webpush": "https://127.0.0.1:1"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            sheet = csv.writer(file)
            sheet.writerow(crowd.COLUMNS)
            for person in people.people(1, ROWS, addresses, credentials):
                sheet.writerow([getattr(person, name) for name in crowd.COLUMNS])
        cost = measure.work(ROWS, lambda: _read(path))
        bare = measure.work(ROWS, lambda: _read_bare(path))
    return measure.Result(
        name="import: read and check CSV",
        what="rows",
        count=ROWS,
        cpu_ms=cost.cpu_ms,
        per_s=cost.per_s,
        bare="csv.reader",
        bare_cpu_ms=bare.cpu_ms,
        note=f"{len(crowd.COLUMNS)} columns, six identities",
    )


def _read(path: Path) -> None:
    with path.open("rb") as file:
        form = csvfile.inspect(file.read(csvfile.HEAD))
        plan = mapping.plan(mapping.suggest(form.columns), form.columns)
        reader = rows.Reader(plan, "")
        for record in csvfile.records(file, form, offset=form.start, row=2):
            reader.read(record)


def _read_bare(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass
