"""A claim is marked by the very transaction that carries its act out, and by no other."""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from server.store import database, migrate, once
from server.store.ledger import thread

OWN = once.Claim(at=time.time(), key=once.key_of(1, "k"), process="p", digest="d")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "heliograph.db"
    migrate.upgrade(found)
    return found


@contextlib.contextmanager
def on_behalf(own: once.Claim) -> Iterator[None]:
    mark = once.current.set(own)
    try:
        yield
    finally:
        once.current.reset(mark)


def kept(path: Path) -> once.Claim:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return once.read(connection.execute("SELECT value FROM meta WHERE key = ?", (OWN.key,)).fetchone()[0])


def act(connection: sqlite3.Connection, *, fails: bool = False) -> None:
    with database.transaction(connection):
        connection.execute("INSERT INTO meta (key, value) VALUES ('act', 'done')")
        if fails:
            raise ValueError


async def claimed(path: Path) -> database.Database:
    control = database.Database(path)
    async with control.writing() as connection:
        assert await once.claim(connection, OWN) == OWN
    return control


async def test_an_act_of_the_control_plane_marks_its_claim(path: Path) -> None:
    control = await claimed(path)
    assert not kept(path).done
    with on_behalf(OWN):
        async with control.writing() as connection:
            await connection.execute(sa.text("INSERT INTO meta (key, value) VALUES ('act', 'done')"))
            assert not kept(path).done
    assert kept(path).done
    await control.close()


async def test_an_act_on_the_ledgers_thread_marks_its_claim_and_a_failed_one_does_not(path: Path) -> None:
    control, ledger = await claimed(path), thread.Ledger(path)
    with on_behalf(OWN):
        with pytest.raises(ValueError):  # noqa: PT011 - ours, without words
            await ledger.do(act, fails=True)
        assert not kept(path).done
        await ledger.do(act)
    assert kept(path).done
    ledger.close()
    await control.close()


async def test_others_and_whoever_comes_after_the_reply_mark_nothing(path: Path) -> None:
    control, ledger = await claimed(path), thread.Ledger(path)
    await ledger.do(act)
    assert not kept(path).done
    answered = msgspec.structs.replace(OWN, done=True, reply=once.packed(b"{}"))
    async with control.writing() as connection:
        await once.put(connection, answered)
    with on_behalf(OWN):  # as a task does that the act left running
        async with control.writing() as connection:
            await connection.execute(sa.text("DELETE FROM meta WHERE key = 'act'"))
    assert kept(path) == answered
    ledger.close()
    await control.close()


async def test_claims_of_more_than_a_day_ago_are_forgotten_and_others_stay(path: Path) -> None:
    control = await claimed(path)
    later = once.Claim(at=OWN.at + once.KEPT_S - 10, key=once.key_of(1, "l"), process="p", digest="d")
    latest = msgspec.structs.replace(later, at=OWN.at + once.KEPT_S + 10, key=once.key_of(2, "k"))
    async with control.writing() as connection:
        await once.claim(connection, later)
        assert await once.find(connection, OWN.key) == OWN
        await once.claim(connection, latest)
        assert await once.find(connection, OWN.key) is None
        assert await once.find(connection, later.key) == later
    await control.close()
