"""The spool: receipts that memory has no room for wait on disk, and are posted all the same."""

import asyncio
import time
from collections.abc import Mapping

import pytest

from server.twins import callbacks, spool
from tests.support import yard


def one(number: int, *, origin: str = "http://a", due: float = 0.0) -> spool.Spooled:
    return spool.Spooled(
        origin=origin,
        path=f"/{number}",
        headers={"x-n": str(number)},
        body=b"\x00" + bytes([number % 256]),
        due=due,
        first_due=due,
        tries=number % 3,
    )


def test_what_is_due_comes_back_as_it_was_earliest_first() -> None:
    kept = spool.Spool()
    now = time.monotonic()
    for number in (3, 1, 2):
        kept.put(one(number, due=now - 10 + number))
    kept.put(one(4, due=now + 1000.0))
    kept.put(one(5, origin="http://b"))
    assert len(kept) == 5
    assert kept.take("http://a", 2) == [one(1, due=now - 9), one(2, due=now - 8)]
    assert [found.path for found in kept.take("http://a", 10)] == ["/3"]
    assert kept.take("http://a", 10) == []
    assert (len(kept), kept.origins["http://a"]) == (2, 1)
    kept.close()
    assert len(kept) == 0


def test_thousands_are_held_without_holding_them_in_memory() -> None:
    kept = spool.Spool()
    for number in range(3 * spool.TOGETHER + 1):
        kept.put(one(number))
    assert len(kept._fresh) == 1
    assert len({found.path for found in kept.take("http://a", 10_000)}) == 3 * spool.TOGETHER + 1
    kept.close()


async def test_a_slow_door_gets_every_receipt_once_and_memory_holds_a_bounded_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(callbacks, "ROOM", 70)
    monkeypatch.setattr(callbacks, "AHEAD", 30)
    catcher, postman = yard.Catcher(), callbacks.Postman()
    await catcher.start()
    catcher.statuses = [503] * 20  # and some of them twice
    signed: list[bytes] = []

    def sign(body: bytes) -> Mapping[str, str]:
        signed.append(body)
        return {"x-body": body.decode()}

    for number in range(500):
        postman.post(after_s=0.0, url=catcher.url, headers=sign, body=str(number).encode())
        assert len(postman._heap) <= 30
    assert postman.waiting == 500
    assert len(postman._spool) > 300
    most = 0
    while postman.waiting:
        most = max(most, sum(each.waiting for each in postman._couriers.values()))
        await asyncio.sleep(0.001)
    assert most <= 70 + 30 + 35
    taken = catcher.caught[20:]
    assert sorted(int(request.body) for request in taken) == list(range(500))
    assert all(request.headers["x-body"].encode() == request.body for request in taken)
    assert postman.counts.posted == 500
    await postman.close()
    await catcher.stop()


async def test_a_receipt_of_later_is_not_told_early_for_lying_in_the_spool(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(callbacks, "AHEAD", 1)
    catcher, postman = yard.Catcher(), callbacks.Postman()
    await catcher.start()
    began = time.monotonic()
    for number in range(4):
        postman.post(after_s=0.3, url=catcher.url, headers=lambda _: {}, body=str(number).encode())
    await catcher.wait(4)
    assert time.monotonic() - began >= 0.3 - callbacks.GRAIN_S
    await postman.close()
    await catcher.stop()
