"""Points between accounts: shifted once for all senders, with patience, seen by each, and never while all are slow."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

from server.engine import shifting
from server.pipeline.delivery import balancing, lanes
from server.store import database, migrate
from tests.server.pipeline.delivery import test_choosing as made


class Plan:
    """One account's plan."""

    channel = "sms"

    def __init__(self, weight: int = 100, shifted: int = 0, shifted_at: float = 0.0) -> None:
        self.weight, self.shifted, self.shifted_at = weight, shifted, shifted_at


@contextlib.asynccontextmanager
async def opened(tmp_path: Path) -> AsyncIterator[database.Database]:
    """A database with two accounts of one channel."""
    path = tmp_path / "heliograph.db"
    await asyncio.to_thread(migrate.upgrade, path)
    connection = database.connect(path)
    for account in (1, 2):
        connection.execute(
            "INSERT INTO account (workspace, id, name, channel) VALUES (1, ?, ?, 'sms')",
            (account, f"account {account}"),
        )
    connection.close()
    base = database.Database(path)
    try:
        yield base
    finally:
        await base.close()


def open_lanes(slow: tuple[int, ...] = ()) -> dict[shifting.Key, lanes.Lane]:
    """Two lanes, each with thirty calls behind it."""
    found = {(1, account): made.lane(account) for account in (1, 2)}
    for (_, account), lane in found.items():
        for _ in range(30):
            took_s = balancing.SLOW_S + 1 if account in slow else 0.1
            lane.record.note(time.monotonic(), took_s, worked=True)
    return found


async def plans(control: database.Database) -> dict[shifting.Key, Plan]:
    connection = database.connect(control.path)
    rows = connection.execute("SELECT id, shifted, shifted_at FROM account").fetchall()
    connection.close()
    return {(1, account): Plan(shifted=shifted, shifted_at=at or 0.0) for account, shifted, at in rows}


async def rewind(control: database.Database) -> None:
    """The last shift was long ago."""
    connection = database.connect(control.path)
    connection.execute("UPDATE account SET shifted_at = shifted_at - ?", (balancing.HYSTERESIS_S,))
    connection.close()


async def test_a_slow_account_gives_ten_points_and_only_once_in_five_minutes(tmp_path: Path) -> None:
    async with opened(tmp_path) as control:
        shifter, other = shifting.Shifter(control), shifting.Shifter(control)
        stale = await plans(control)
        await shifter.look(open_lanes(slow=(1,)), stale)
        # A second sender, of another mind, that has not seen the first one's move.
        await other.look(open_lanes(slow=(2,)), stale)
        now = await plans(control)
        assert shifting.shares(now) == {(1, 1): 40, (1, 2): 60}
        await shifter.look(open_lanes(slow=(1,)), now)
        assert shifting.shares(await plans(control)) == {(1, 1): 40, (1, 2): 60}
        await rewind(control)
        await shifter.look(open_lanes(slow=(1,)), await plans(control))
        assert shifting.shares(await plans(control)) == {(1, 1): 30, (1, 2): 70}


async def test_it_heals_once_nobody_is_slow(tmp_path: Path) -> None:
    async with opened(tmp_path) as control:
        shifter = shifting.Shifter(control)
        await shifter.look(open_lanes(slow=(1,)), await plans(control))
        await rewind(control)
        await shifter.look(open_lanes(), await plans(control))
        assert shifting.shares(await plans(control)) == {(1, 1): 50, (1, 2): 50}


async def test_nothing_moves_while_all_are_slow(tmp_path: Path) -> None:
    async with opened(tmp_path) as control:
        await shifting.Shifter(control).look(open_lanes(slow=(1, 2)), await plans(control))
        assert shifting.shares(await plans(control)) == {(1, 1): 50, (1, 2): 50}
