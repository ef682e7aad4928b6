"""The screens' figures, read in one hop, are those that a connection of the pool gives statement by statement."""

import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from server.engine import campaigns, insight, standing
from server.engine import desk as desks
from server.store import database
from server.store.ledger import batches, codes, ticks
from server.wire import campaigns as wire
from tests.support import books

PEOPLE = 24
NOW = 1_800_000_000.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two runs with every kind of end, a halted and a parked account, a hold, and a clock that stands still."""
    with books.opened(tmp_path, people=PEOPLE, without_email=(3, 4)) as opened:
        for _ in range(2):
            books.freeze(opened)
            _send(opened)
        for number, (halted, until) in enumerate(((1, None), (0, NOW + 900)), start=20):
            opened.execute(
                "INSERT INTO account (workspace, id, name, provider, channel, halted, parked_until, health_text)"
                " VALUES (?, ?, ?, 'email/smtp', 'email', ?, ?, 'refused')",
                (books.WORKSPACE, number, f"mail {number}", halted, until),
            )
        opened.execute("INSERT INTO hold (id, why, note, at) VALUES (1, 'stopped', 'a test', ?)", (NOW,))
        opened.execute("UPDATE run SET started_at = ?", (NOW - 60,))
        opened.execute("UPDATE message SET updated_at = ?", (NOW - 60,))
        opened.execute("DELETE FROM pace")
        opened.executemany(
            "INSERT INTO pace (workspace, run, channel, second, accepted, failed) VALUES (?, ?, ?, ?, 8, 8)",
            [(books.WORKSPACE, run, codes.CHANNELS["sms"], int(NOW) - 3) for run in (1, 2)],
        )
    monkeypatch.setattr(time, "time", lambda: NOW)
    return tmp_path


def _send(connection: Any) -> None:
    """Accept, fail and leave in doubt the SMS of the newest run."""
    claimed = batches.claim(
        connection, owner="1/1", channel=codes.CHANNELS["sms"], now=time.time(), lease_s=60
    )
    assert claimed is not None
    batch, rows = claimed
    intents = [books.intent(batch, row) for row in rows]
    books.tick(connection, "1/1", [batch], intents=intents)
    ends = (ticks.End.ACCEPTED, ticks.End.FAILED, ticks.End.DOUBT)
    outcomes = [books.outcome(one, ends[number % 3], reason="") for number, one in enumerate(intents)]
    books.tick(connection, "1/1", [batch], outcomes=outcomes, released=[(batch, 0.0)])


@contextlib.asynccontextmanager
async def desk_on(folder: Path) -> AsyncIterator[desks.Desk]:
    opened = database.Database(folder / "heliograph.db")
    settings = SimpleNamespace(tls_certificate="", senders=1)
    try:
        yield cast(
            desks.Desk,
            SimpleNamespace(
                database=opened,
                workspace=books.WORKSPACE,
                data=folder,
                settings=settings,
                standing=standing.Standing(troubles={"twins": "They do not answer."}),
            ),
        )
    finally:
        await opened.close()


async def test_the_overview_is_the_same_in_one_hop_and_statement_by_statement(folder: Path) -> None:
    async with desk_on(folder) as desk:
        told = await insight.overview(desk)
        async with desk.database.reading() as connection:
            assert msgspec.json.encode(await insight._overview(connection, desk)) == msgspec.json.encode(told)
    assert told.today.balances
    assert (told.failed, told.doubt, told.people) == (16, 16, PEOPLE)
    assert all((told.held, told.recent, told.rates))


async def test_the_overview_tells_every_alarm_in_its_order(folder: Path) -> None:
    async with desk_on(folder) as desk:
        titles = [alarm.title for alarm in (await insight.overview(desk)).alarms]
    assert titles == [
        "mail 20 has halted: refused",
        "mail 21 is parked until 15 January, 08:15 UTC.",
        "16 messages are in doubt: they may have been sent, and no answer came.",
        "16 messages were given up in the last 24 hours.",
        "No sender process has reported for ten seconds.",
        "They do not answer.",
    ]


async def test_a_run_its_series_and_the_campaigns_are_the_same_either_way(folder: Path) -> None:
    async with desk_on(folder) as desk:
        run, series = await insight.run(desk, 2), await insight.series(desk, 2, wire.SeriesQuery())
        listed = await campaigns.list_(desk, wire.CampaignQuery())
        async with desk.database.reading() as connection:
            assert await insight.read_run(connection, books.WORKSPACE, 2) == run
            assert await insight._series(connection, books.WORKSPACE, 2, wire.SeriesQuery()) == series
            assert await campaigns.window(connection, books.WORKSPACE, wire.CampaignQuery()) == listed
    assert all((run.tallies, series.moments, series.funnel, listed.rows))
