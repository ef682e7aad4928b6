"""Callbacks: each receipt at its time, again where the door was shut, never blocking anybody."""

import logging
import time
from collections.abc import Mapping

import pytest

from server.twins import callbacks, courier
from tests.support import yard


def plain(_: bytes) -> Mapping[str, str]:
    return {"content-type": "text/plain"}


class Doorway:
    """A catcher and a postman, for `async with`."""

    async def __aenter__(self) -> "Doorway":
        self.catcher, self.postman = yard.Catcher(), callbacks.Postman()
        await self.catcher.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.postman.close()
        await self.catcher.stop()

    def post(self, body: str, after_s: float = 0.0, path: str = "/a") -> None:
        self.postman.post(after_s=after_s, url=self.catcher.url + path, headers=plain, body=body.encode())

    async def bodies(self, count: int) -> list[str]:
        return [request.body.decode() for request in await self.catcher.wait(count)]

    async def settled(self) -> None:
        await yard.until(lambda: self.postman.waiting == 0, what="an end of the posts")


async def test_receipts_come_at_their_time_and_not_in_the_order_they_were_given() -> None:
    async with Doorway() as door:
        began = time.monotonic()
        door.post("second", 0.1)
        door.post("first", 0.03)
        door.post("at once")
        assert door.postman.waiting == 3
        assert await door.bodies(3) == ["at once", "first", "second"]
        assert time.monotonic() - began >= 0.1 - callbacks.GRAIN_S
        await door.settled()
        assert door.postman.counts.posted == 3


async def test_what_is_signed_is_signed_when_it_is_posted() -> None:
    signed: list[float] = []

    def sign(body: bytes) -> Mapping[str, str]:
        signed.append(time.monotonic())
        return {"x-length": str(len(body))}

    async with Doorway() as door:
        began = time.monotonic()
        door.postman.post(after_s=0.05, url=door.catcher.url, headers=sign, body=b"abc")
        [request] = await door.catcher.wait(1)
    assert request.headers["x-length"] == "3"
    assert signed[0] - began >= 0.05 - callbacks.GRAIN_S


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_door_that_is_shut_is_tried_again(status: int) -> None:
    async with Doorway() as door:
        door.catcher.statuses = [status]
        door.post("news")
        assert await door.bodies(2) == ["news", "news"]
        await door.settled()
        assert (door.postman.counts.posted, door.postman.counts.retried) == (1, 1)


async def test_a_door_that_is_not_there_yet_is_tried_again_and_missed_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with Doorway() as door:
        port = int(door.catcher.url.rpartition(":")[2])
        await door.catcher.stop()
        for _ in range(20):
            door.post("news")
        await yard.until(lambda: door.postman.counts.retried >= 20, what="retries")
        assert len([line for line in caplog.records if "cannot be reached" in line.getMessage()]) == 1
        late = yard.Catcher()
        await late._listener.start("127.0.0.1", port, None)
        await late.wait(20)
        await door.settled()
        await late.stop()


@pytest.mark.parametrize("status", [400, 401, 404])
async def test_a_refusal_is_final(status: int) -> None:
    async with Doorway() as door:
        door.catcher.statuses = [status]
        door.post("news")
        await door.settled()
        assert len(door.catcher.caught) == 1
        assert door.postman.counts.refused == 1


async def test_what_nobody_takes_is_given_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "PATIENCE_S", 0.0)
    async with Doorway() as door:
        door.catcher.statuses = [503]
        door.post("news")
        await door.settled()
        assert (door.postman.counts.given_up, door.postman.counts.retried) == (1, 0)


async def test_many_receipts_leave_side_by_side_and_all_arrive() -> None:
    async with Doorway() as door:
        for number in range(500):
            door.post(str(number), after_s=number % 7 / 100)
        assert sorted(map(int, await door.bodies(500))) == list(range(500))


async def test_an_empty_address_and_a_fragment_are_left_out() -> None:
    async with Doorway() as door:
        door.postman.post(after_s=0, url="", headers=plain, body=b"x")
        assert door.postman.waiting == 0
        door.post("x", path="/a?b=1#rc=3")
        [request] = await door.catcher.wait(1)
        assert request.url == door.catcher.url + "/a?b=1"


async def test_an_address_that_is_none_is_counted_and_harms_nobody() -> None:
    async with Doorway() as door:
        door.postman.post(after_s=0, url="nonsense", headers=plain, body=b"x")
        door.postman.post(after_s=0, url=f"http://{'a' * 70}.test/", headers=plain, body=b"x")
        door.post("good")
        assert await door.bodies(1) == ["good"]
        await door.settled()
        assert door.postman.counts.refused == 2


async def test_a_signer_that_fails_costs_its_own_receipt_only() -> None:
    def broken(_: bytes) -> Mapping[str, str]:
        raise RuntimeError("no key")

    async with Doorway() as door:
        door.postman.post(after_s=0, url=door.catcher.url, headers=broken, body=b"x")
        for number in range(courier.AT_ONCE * 2):
            door.post(str(number))
        await door.bodies(courier.AT_ONCE * 2)
        await door.settled()
        assert door.postman.counts.refused == 1


async def test_hooks_are_replaced_and_removed() -> None:
    postman = callbacks.Postman(hooks={"a": "http://a"})
    assert (postman.hook("a"), postman.hook("b")) == ("http://a", "")
    postman.set_hooks({"b": "http://b", "a": ""})
    assert (postman.hook("a"), postman.hook("b")) == ("", "http://b")
    await postman.close()


async def test_a_closed_postman_drops_what_was_to_come() -> None:
    async with Doorway() as door:
        door.post("later", 60)
        await door.postman.close()
        assert door.postman.waiting == 0
        door.post("never")
        assert door.postman.waiting == 0
