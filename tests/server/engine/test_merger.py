"""The merger and the door before it: one receipt that cannot be merged stands in the way of no other."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from server.api import receipts as doors
from server.engine import desk as desks
from server.engine import receipts as engine
from server.store import meta, receipts
from server.store.ledger import book, merging, thread, ticks
from tests.server.store.ledger import test_merging as news
from tests.support import books, yard

INSTALLATION = meta.Installation(ref=books.INSTALLATION, receipts_key=b"")
POISON = "poison"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with books.opened(tmp_path, people=4) as opened:
        yield opened


@pytest.fixture
def ledger(connection: sqlite3.Connection, tmp_path: Path) -> Iterator[thread.Ledger]:
    opened = thread.Ledger(tmp_path / "heliograph.db")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def poisonous(monkeypatch: pytest.MonkeyPatch) -> None:
    apply = merging.Round.apply

    def choosy(self: merging.Round, told: Any, spot: book.Spot) -> None:
        if told.text == POISON:
            raise ZeroDivisionError("a receipt that nobody foresaw")
        apply(self, told, spot)

    monkeypatch.setattr(merging.Round, "apply", choosy)


def standing(connection: sqlite3.Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT state FROM receipt ORDER BY id")]


async def test_a_receipt_that_cannot_be_merged_is_kept_aside_and_the_others_are_merged(
    connection: sqlite3.Connection, ledger: thread.Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    run = news.send_all(connection, ticks.End.ACCEPTED)
    for seq, text in ((1, ""), (2, POISON), (3, "")):
        books.post(connection, run, seq, "delivered", text=text)
    done = await engine.Merger(ledger, INSTALLATION)._round()
    assert done is not None
    assert (done.merged, done.aside) == (2, 1)
    assert standing(connection) == [merging.MERGED, merging.ASIDE, merging.MERGED]
    assert [books.state(connection, run, seq)[0] for seq in (1, 2, 3)] == [
        "delivered",
        "accepted",
        "delivered",
    ]
    assert books.differences(connection, run) == []
    assert "receipt 2 cannot be merged" in caplog.text


async def test_what_cannot_be_merged_as_it_comes_is_stored_all_the_same(
    connection: sqlite3.Connection, ledger: thread.Ledger
) -> None:
    run = news.send_all(connection, ticks.End.ACCEPTED)
    desk = SimpleNamespace(installation=INSTALLATION, settings=SimpleNamespace(receipts_waiting=10))
    door = doors.Door(cast(desks.Desk, desk), ledger)
    rows: list[receipts.Incoming] = [
        news.incoming(run, seq, "delivered", text=text) for seq, text in ((1, ""), (2, POISON), (3, ""))
    ]
    assert (await door._keep(rows)).later == 3
    assert standing(connection) == [merging.LATER] * 3
    assert books.differences(connection, run) == []
    merger = engine.Merger(ledger, INSTALLATION)
    running = asyncio.create_task(merger.run())
    merger.wake()
    await yard.until(lambda: merging.LATER not in standing(connection), what="the merger")
    running.cancel()
    assert standing(connection) == [merging.MERGED, merging.ASIDE, merging.MERGED]
