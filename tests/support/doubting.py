"""Messages in doubt for tests: a sandbox with twins of their own, and what a killed sender leaves behind."""

import contextlib
import csv
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from server import client
from server.channels import contents
from server.pipeline.content import rendering
from server.store import database
from server.store.ledger import batches, book, ticking, ticks
from server.wire import ledger, messages, providers, twins
from tests.support import crashing, served

PLAIN = "Hello."  #: the text that `interrupt` pretends to have sent
NEVER = 1_000_000.0  #: a pace at which no receipt comes while a test lasts
QUICK = "lookup_wait_s=0.1"  #: doubts are looked up almost at once


def write(path: Path, *rows: dict[str, str]) -> Path:
    """A CSV of people."""
    columns = ["key", "name", *sorted({name for row in rows for name in row} - {"key", "name"})]
    with path.open("w", newline="", encoding="utf-8") as file:
        sheet = csv.DictWriter(file, columns, restval="")
        sheet.writeheader()
        sheet.writerows({"key": f"k{at}", "name": f"N{at}", **row} for at, row in enumerate(rows))
    return path


@contextlib.contextmanager
def sandbox(folder: Path, *arguments: str, pace: float = 0.05) -> Iterator[served.Served]:
    """A server whose twins run in a process of their own at this pace."""
    with (
        crashing.twins(folder / "data", pace=pace),
        served.serve(folder / "data", "--set", "twins=false", *arguments) as running,
    ):
        yield running


def wired(asked: client.Client, *channels: str) -> None:
    """Wait until the sandbox has accounts for these channels."""
    served.until(
        lambda: set(channels) <= {account.channel for account in asked.call(providers.LIST).rows},
        "the sandbox to be wired to its twins",
    )


def one(asked: client.Client, run: int, channel: str = "") -> messages.Story:
    """The story of a run's only message on a channel."""
    [row] = asked.call(messages.LIST, messages.MessageQuery(run=run, channel=channel)).rows
    return asked.call(messages.STORY, ref=row.ref)


def settled(asked: client.Client, run: int, state: str, channel: str = "") -> messages.Story:
    """Wait until the only message stands so; its story."""
    found: messages.Story = served.until(
        lambda: (story := one(asked, run, channel)).message.state == state and story,
        f"the message to be {state}",
    )
    return found


def kinds(story: messages.Story) -> list[ledger.EventKind]:
    """A story, by kind."""
    return [event.kind for event in story.events]


def last(story: messages.Story, kind: ledger.EventKind) -> dict[str, Any]:
    """What the last event of a kind tells."""
    return [event.detail for event in story.events if event.kind is kind][-1]


def arrivals(asked: client.Client, find: str) -> list[twins.Arrival]:
    """What the twins saw of a recipient."""
    return asked.call(twins.INBOX, twins.ArrivalQuery(find=find, limit=500)).rows


def interrupt(data: Path, run: int, account: int) -> int:
    """What a sender leaves that is killed after it wrote its intents and before anything left; returns how many."""
    connection = database.connect(data / "heliograph.db")
    try:
        [(channel,)] = connection.execute("SELECT DISTINCT channel FROM batch WHERE run = ?", (run,))
        claimed = batches.claim(connection, owner="9/1", channel=channel, now=time.time(), lease_s=60)
        assert claimed is not None
        batch, rows = claimed
        digest, variables = _rendered()
        intents = [
            ticks.Intent(
                spot=book.Spot(batch.workspace, batch.run, row.seq),
                batch=batch,
                account=account,
                attempt=row.attempts + 1,
                address_key=row.address_key or "",
                digest=digest,
                variables=variables,
            )
            for row in rows
        ]
        done = ticking.tick(
            connection,
            ticks.Tick(owner="9/1", now=time.time(), lease_s=60, held=[batch], intents=intents),
        )
        batches.free(connection, owner_prefix="9/", now=time.time())
    finally:
        connection.close()
    return len(done.granted)


def _rendered() -> tuple[bytes, str]:
    """Hash and values of PLAIN."""
    return rendering.Renderer(contents.Sms(body=PLAIN)).render({}).digest, "{}"


def account_of(asked: client.Client, channel: str) -> int:
    """An account of a channel."""
    return next(row.id for row in asked.call(providers.LIST).rows if row.channel == channel)


def audited(asked: client.Client) -> None:
    """See that the books are right to the last message."""
    assert asked.call(ledger.AUDIT, ledger.AuditAsk()).differences == []
