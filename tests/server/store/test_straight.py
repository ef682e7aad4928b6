"""A look is a snapshot read in one hop: it says what a pooled connection says, and waits for nothing else."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.store import database

COUNT = "SELECT count(*) FROM message WHERE state >= :least"


@contextlib.asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[database.Database]:
    base = database.Database(folder / "some.db")
    async with base.writing() as connection:
        await connection.execute(sa.text("CREATE TABLE message (state INTEGER)"))
        await connection.execute(sa.text("INSERT INTO message VALUES (1), (2), (3)"))
    try:
        yield base
    finally:
        await base.close()


async def counted(connection: sa_asyncio.AsyncConnection, least: int) -> int:
    found = await connection.execute(sa.text(COUNT), {"least": least})
    return int(found.scalar_one())


async def test_a_look_answers_as_a_pooled_connection_does(tmp_path: Path) -> None:
    async with opened(tmp_path) as base:
        async with base.reading() as connection:
            pooled = await counted(connection, 2)
        assert await base.look(counted, 2) == await base.look(counted, least=2) == pooled == 2


async def test_a_look_sees_one_moment_though_others_write_meanwhile(tmp_path: Path) -> None:
    begun, written = threading.Event(), threading.Event()

    async def twice(connection: sa_asyncio.AsyncConnection) -> tuple[int, int]:
        before = await counted(connection, 0)
        begun.set()
        assert written.wait(60)
        return before, await counted(connection, 0)

    async with opened(tmp_path) as base:
        looking = asyncio.create_task(base.look(twice))
        assert await asyncio.to_thread(begun.wait, 60)
        async with base.writing() as connection:
            await connection.execute(sa.text("INSERT INTO message VALUES (4)"))
        written.set()
        assert await looking == (3, 3)
        assert await base.look(counted, 0) == 4


async def test_what_waits_for_something_else_is_refused_and_leaves_the_next_look_alone(
    tmp_path: Path,
) -> None:
    async def asleep(connection: sa_asyncio.AsyncConnection) -> int:
        await asyncio.sleep(0)
        return await counted(connection, 0)

    async with opened(tmp_path) as base:
        for _ in range(10):
            with pytest.raises(TypeError, match=r"asleep.*besides its connection"):
                await base.look(asleep)
        assert await base.look(counted, 0) == 3


async def test_what_a_look_raises_is_raised_to_who_asked(tmp_path: Path) -> None:
    async def wrong(connection: sa_asyncio.AsyncConnection) -> int:
        found = await connection.execute(sa.text("SELECT n FROM absent"))
        return int(found.scalar_one())

    async with opened(tmp_path) as base:
        for _ in range(10):
            with pytest.raises(sa.exc.OperationalError, match="no such table"):
                await base.look(wrong)
        assert await base.look(counted, 0) == 3


async def test_the_event_loop_goes_on_while_a_look_lasts(tmp_path: Path) -> None:
    held = threading.Event()

    async def long(connection: sa_asyncio.AsyncConnection) -> int:
        assert held.wait(60)
        return await counted(connection, 0)

    async with opened(tmp_path) as base:
        looking = asyncio.create_task(base.look(long))
        assert await base.look(counted, 0) == 3
        assert not looking.done()
        held.set()
        assert await looking == 3
