"""The list of messages: whatever is asked of it, a window shows what a plain look at all rows would show."""

import contextlib
import itertools
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from server.engine import desk as desks
from server.engine import messages
from server.store import database, meta
from server.store.ledger import batches, codes, ticks
from server.wire import messages as wire
from tests.support import books

PEOPLE = 20
FILTERS: list[dict[str, Any]] = [
    {},
    {"run": 2},
    {"run": 9},
    {"campaign": 1},
    {"campaign": 2},
    {"channel": "email"},
    {"state": "waiting"},
    {"state": "failed"},
    {"state": "failed", "reason": "30003"},
    {"state": "delivered", "group": True},
    {"state": "skipped", "channel": "email", "run": 1},
    {"account": books.ACCOUNT},
    {"account": books.ACCOUNT, "state": "accepted", "run": 2},
]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Three runs: two half sent, with a failure here and there, and the newest waiting."""
    with books.opened(tmp_path, people=PEOPLE, without_email=(3, 4)) as opened:
        for number in range(3):
            books.freeze(opened)
            if number != 1:
                send_sms(opened)
        yield opened


def send_sms(connection: sqlite3.Connection) -> None:
    claimed = batches.claim(
        connection, owner="1/1", channel=codes.CHANNELS["sms"], now=time.time(), lease_s=60
    )
    assert claimed is not None
    batch, rows = claimed
    intents = [books.intent(batch, row) for row in rows]
    books.tick(connection, "1/1", [batch], intents=intents)
    outcomes = [
        books.outcome(one, ticks.End.FAILED, reason=("30003", "30005")[number % 2])
        if number % 4 == 0
        else books.outcome(one, ticks.End.ACCEPTED, provider_ref=f"SM{number}")
        for number, one in enumerate(intents)
    ]
    books.tick(connection, "1/1", [batch], outcomes=outcomes, released=[(batch, 0.0)])


@contextlib.asynccontextmanager
async def desk_on(folder: Path) -> AsyncIterator[desks.Desk]:
    opened = database.Database(folder / "heliograph.db")
    known = meta.Installation(ref=books.INSTALLATION, receipts_key=b"")
    try:
        yield cast(
            desks.Desk, SimpleNamespace(database=opened, workspace=books.WORKSPACE, installation=known)
        )
    finally:
        await opened.close()


async def ask(folder: Path, **asked: Any) -> wire.Messages:
    async with desk_on(folder) as desk:
        return await messages.list_(desk, wire.MessageQuery(**asked))


def plainly(connection: sqlite3.Connection, **asked: Any) -> list[tuple[int, int]]:
    """Run and seq of all that match, newest run first."""
    states = messages._states(asked["state"], group=asked.get("group", False)) if "state" in asked else []
    return [
        (run, seq)
        for run, seq, campaign, channel, state, reason, account in connection.execute(
            "SELECT message.run, seq, campaign, channel, state, reason, account FROM message JOIN run"
            " ON run.workspace = message.workspace AND run.id = message.run ORDER BY message.run DESC, seq"
        )
        if (not asked.get("run") or run == asked["run"])
        and (not asked.get("campaign") or campaign == asked["campaign"])
        and (not asked.get("channel") or channel == codes.CHANNELS[asked["channel"]])
        and (not states or state in states)
        and (not asked.get("reason") or reason == asked["reason"])
        and (not asked.get("account") or account == asked["account"])
    ]


@pytest.mark.parametrize("asked", FILTERS, ids=str)
async def test_every_window_is_that_of_a_plain_look(
    connection: sqlite3.Connection, tmp_path: Path, asked: dict[str, Any]
) -> None:
    everything = plainly(connection, **asked)
    for offset, limit in itertools.product((0, 1, 19, 39, 41, 200), (1, 7, 50)):
        found = await ask(tmp_path, **asked, offset=offset, limit=limit)
        assert found.total == len(everything)
        assert found.offset == offset
        assert [(row.run, row.seq) for row in found.rows] == everything[offset : offset + limit]


async def test_a_sorted_list_is_sorted_and_whole(connection: sqlite3.Connection, tmp_path: Path) -> None:
    for sort, down in (("state", False), ("-state", True), ("reason", False), ("-updated_at", True)):
        seen = []
        for offset in range(0, 120, 35):
            found = await ask(tmp_path, sort=sort, offset=offset, limit=35)
            seen += found.rows
        name = sort.removeprefix("-")
        values = [codes.STATES[row.state] if name == "state" else getattr(row, name) for row in seen]
        assert values == sorted(values, reverse=down)
        assert len({(row.run, row.seq) for row in seen}) == 120


async def test_a_pasted_address_finds_its_person_on_every_page(
    connection: sqlite3.Connection, tmp_path: Path
) -> None:
    found = await ask(tmp_path, find="p7@example.com", limit=4)
    assert found.total == 6
    assert [row.run for row in found.rows] == [3, 3, 2, 2]
    rest = await ask(tmp_path, find="p7@example.com", offset=4, limit=4)
    assert {row.contact for row in found.rows + rest.rows} == {7}
    failed = await ask(tmp_path, find="k1", state="failed")
    assert [(row.run, row.seq) for row in failed.rows] == [(2, 1), (1, 1)]


async def test_a_person_who_was_counted_out_meanwhile_leaves_no_gap_that_fails(
    connection: sqlite3.Connection, tmp_path: Path
) -> None:
    connection.execute("DELETE FROM contact WHERE id = 5")
    found = await ask(tmp_path, run=1, limit=50)
    assert len(found.rows) == found.total == 40
