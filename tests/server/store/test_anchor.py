"""A database whose file is taken away under its connections is written no more, until the file is back."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.store import anchor, database
from server.store.ledger import thread


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "heliograph.db"


def write(connection: sqlite3.Connection) -> None:
    with database.transaction(connection):
        connection.execute("CREATE TABLE IF NOT EXISTS one (n)")
        connection.execute("INSERT INTO one VALUES (1)")


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM one").fetchone()[0])


@pytest.mark.parametrize("name", ["heliograph.db", "heliograph.db-wal"])
async def test_a_file_taken_away_stops_the_ledger_and_put_back_lets_it_go_on(path: Path, name: str) -> None:
    ledger = thread.Ledger(path)
    await ledger.do(write)
    taken, aside = path.with_name(name), path.with_name("aside")
    await ledger.do(write)
    taken.rename(aside)
    with pytest.raises(anchor.Vanished, match=f"{name} was moved, replaced or deleted"):
        await ledger.do(write)
    taken.write_bytes(b"")  # another file in its place is no better
    with pytest.raises(anchor.Vanished):
        await ledger.do(write)
    aside.replace(taken)
    await ledger.do(write)
    assert await ledger.do(count) == 3
    ledger.close()


async def test_the_control_plane_writes_nothing_into_a_file_that_is_gone(path: Path) -> None:
    database.connect(path).close()
    control = database.Database(path)
    async with control.writing() as connection:
        await connection.execute(sa.text("CREATE TABLE one (n)"))
    await asyncio.to_thread(path.unlink)
    with pytest.raises(anchor.Vanished):
        async with control.writing() as connection:
            await connection.execute(sa.text("INSERT INTO one VALUES (1)"))
    await control.close()
