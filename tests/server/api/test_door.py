"""The receipts door without a task for each call: judged at once, told after the commit, or asked again in its time."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from server.api import guard, receipts
from server.engine import desk as desks
from server.providers import base, errors
from server.store import meta
from server.store.ledger import thread, ticks
from tests.server.store.ledger import test_merging as news
from tests.support import books, yard

KEY = "abc"
INSTALLATION = meta.Installation(ref=books.INSTALLATION, receipts_key=b"")


class Provider:
    """Reads every call as news of one message, once it knows the certificate."""

    def __init__(self, ref: str) -> None:
        self.ref = ref
        self.certificate = asyncio.Event()
        self.certificate.set()
        self.refuses = False

    async def receipts(self, posted: base.Posted) -> base.Answer:
        await self.certificate.wait()
        if self.refuses:
            raise errors.BadSignature("not theirs")
        news = base.Receipt(event_id=posted.body.decode(), kind=base.ReceiptKind.DELIVERED, ref=self.ref)
        return base.Answer(status=204, receipts=[news])


class House:
    """A door with one account, over a run whose messages were accepted."""

    def __init__(self, connection: sqlite3.Connection, ledger: thread.Ledger) -> None:
        self.run = news.send_all(connection, ticks.End.ACCEPTED)
        self.connection = connection
        self.provider = Provider(books.ref(self.run, 1))
        woken = SimpleNamespace(wake=lambda: None)
        desk = SimpleNamespace(
            installation=INSTALLATION,
            settings=SimpleNamespace(receipts_waiting=10),
            receipts_base="https://desk.example",
            merger=woken,
        )
        self.door = receipts.Door(cast(desks.Desk, desk), ledger)
        known = receipts._Known(
            workspace=books.WORKSPACE,
            account=books.ACCOUNT,
            updated_at=0.0,
            provider=cast(base.Provider, self.provider),
        )
        self.door._known = {KEY: known}
        self.door._looked_at = time.monotonic() + 3600.0  # nobody looks for accounts here
        self.said: list[receipts.Said] = []

    def begin(self, key: str = KEY, event: bytes = b"one") -> bool:
        return self.door.begin(call(key, event), self.said.append)

    def stored(self) -> int:
        return int(self.connection.execute("SELECT count(*) FROM receipt").fetchone()[0])


def call(key: str, event: bytes) -> receipts.Call:
    path = guard.DOOR + key
    return receipts.Call(method="POST", path=path, raw_path=path, query="", headers=[], body=event)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Callable[[], House]]:
    """Makes a house; to be called where the event loop runs."""
    with books.opened(tmp_path, people=2) as connection:
        ledger = thread.Ledger(tmp_path / "heliograph.db")
        yield lambda: House(connection, ledger)
        ledger.close()


async def test_a_call_is_told_after_its_commit_and_not_before(house: Callable[[], House]) -> None:
    one = house()
    assert one.begin()
    assert one.said == []
    keeping = asyncio.create_task(one.door.run())
    await yard.until(lambda: bool(one.said), what="the answer")
    keeping.cancel()
    assert [said.status for said in one.said] == [204]
    assert one.stored() == 1


async def test_what_needs_no_commit_is_told_at_once(house: Callable[[], House]) -> None:
    one = house()
    assert one.begin(key="nobody")
    one.provider.refuses = True
    assert one.begin()
    assert [said.status for said in one.said] == [401, 401]


async def test_a_call_that_must_wait_for_a_certificate_is_left_alone_and_taken_once_when_asked_again(
    house: Callable[[], House],
) -> None:
    one = house()
    one.provider.certificate.clear()
    assert not one.begin()
    asking = asyncio.create_task(one.door.answer(call(KEY, b"one")))
    keeping = asyncio.create_task(one.door.run())
    one.provider.certificate.set()
    assert (await asking).status == 204
    keeping.cancel()
    assert one.said == []
    assert one.stored() == 1


async def test_accounts_that_were_not_looked_at_lately_are_looked_at_first(
    house: Callable[[], House],
) -> None:
    one = house()
    one.door._looked_at = float("-inf")
    assert not one.begin()
    assert one.said == []


async def test_whoever_cannot_be_told_keeps_the_answer_from_nobody(house: Callable[[], House]) -> None:
    def fail(said: receipts.Said) -> None:
        raise ConnectionError("gone")

    one = house()
    assert one.door.begin(call(KEY, b"lost"), fail)
    assert one.begin()
    keeping = asyncio.create_task(one.door.run())
    await yard.until(lambda: bool(one.said), what="the answer")
    assert not keeping.done()
    keeping.cancel()
    assert one.stored() == 2
