"""P8: Apple goes away in mid-stream, opens a thousand streams, hangs, or finds our token renewed too often."""

import asyncio
import collections
import contextlib
import dataclasses
import itertools
import json
import time
from collections.abc import AsyncIterator

from server.channels import apns as rules
from server.pipeline.delivery import breaker, deciding
from server.providers import base, errors, form
from server.providers.push import apns
from server.twins import base as twin_base
from server.twins.push import apns as twins
from server.twins.push import http2
from tests.server.providers import cases
from tests.support import yard

CONTENT = rules.ApnsContent(body="x")
TOKEN = "ab" * 32
CREDENTIALS = twins.ApnsTwin.invent()
SECONDS_A_DAY = 24 * 3600


class Apple:
    """An HTTP/2 far side that counts what it took by its apns-id, and the provider tokens it was shown."""

    def __init__(self, *, streams: int = 1000, answer: twin_base.Response | None = None) -> None:
        self.streams = streams
        self.reply = answer or twin_base.Response(status=200)
        self.taken: collections.Counter[str] = collections.Counter()
        self.bearers: collections.Counter[str] = collections.Counter()
        self.connected_at: list[float] = []

    def open(self) -> "Apple":
        """A connection is made."""
        self.connected_at.append(time.monotonic())
        return self

    def answer(self, headers: http2.Headers, _body: bytes) -> twin_base.Response:
        named = {name.decode(): value.decode() for name, value in headers}
        self.taken[named["apns-id"]] += 1
        self.bearers[named["authorization"]] += 1
        return self.reply


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def adapter(endpoint: str, *, clock: Clock | None = None, timeout_s: float = 30.0) -> apns.Apns:
    plain, secrets = twins.ApnsTwin.account(CREDENTIALS)
    context = cases.context(endpoint, ca_pem=yard.ca_pem(), clock=clock or Clock())
    made = form.build(apns.ApnsSettings, plain, secrets)
    return apns.Apns(made, dataclasses.replace(context, timeout_s=timeout_s))


@contextlib.asynccontextmanager
async def far(apple: Apple) -> AsyncIterator[str]:
    listener = http2.Listener(apple.open)
    try:
        yield await listener.start("127.0.0.1", 0, yard.tls())
    finally:
        await listener.stop("done")


def message(number: int) -> base.Outbound:
    return cases.outbound(CONTENT, TOKEN, ref=f"t1-1-{number}")


async def test_goaway_in_mid_stream_loses_nobody_doubles_nobody_and_storms_nobody() -> None:
    apple = Apple(answer=twin_base.Response(status=200, after_s=0.01))
    listener = http2.Listener(apple.open)
    endpoint = await listener.start("127.0.0.1", 0, yard.tls())
    port = int(endpoint.rsplit(":", 1)[1])
    provider = adapter(endpoint)
    outcomes: list[base.Accepted | errors.SendError] = []
    numbers = itertools.count(1)
    going = True

    async def keep_sending() -> None:
        while going:
            found = await cases.outcome(provider, message(next(numbers)))
            assert not isinstance(found, TypeError)
            outcomes.append(found)

    senders = [asyncio.create_task(keep_sending()) for _ in range(20)]
    for _ in range(3):
        at_least = len(outcomes) + 100
        await yard.until(lambda least=at_least: len(outcomes) >= least, what="messages between two goodbyes")  # type: ignore[misc]
        await listener.stop("Shutdown")
        listener = http2.Listener(apple.open)
        await listener.start("127.0.0.1", port, yard.tls())
    going = False
    await asyncio.gather(*senders)
    await provider.close()
    await listener.stop("done")
    accepted = sum(isinstance(one, base.Accepted) for one in outcomes)
    doubts = sum(isinstance(one, errors.Doubt) for one in outcomes)
    assert max(apple.taken.values()) == 1
    assert accepted <= apple.taken.total() <= accepted + doubts
    assert doubts == 0
    assert len(apple.connected_at) <= 3 * 4 + 1  # at each goodbye a handful may race for the next connection


async def test_a_thousand_streams_share_one_connection() -> None:
    apple = Apple(streams=1000, answer=twin_base.Response(status=200, after_s=0.5))
    async with far(apple) as endpoint:
        provider = adapter(endpoint)
        await provider.send(message(0))
        began = time.monotonic()
        found = await asyncio.gather(*(cases.outcome(provider, message(n)) for n in range(1, 1001)))
        took_s = time.monotonic() - began
        await provider.close()
    assert all(isinstance(one, base.Accepted) for one in found)
    assert len(apple.connected_at) == 1
    assert took_s < 10.0  # and not a thousand times half a second


async def test_one_provider_token_serves_for_between_twenty_and_fifty_five_minutes_all_day() -> None:
    apple, clock = Apple(), Clock()
    shown: dict[str, float] = {}
    async with far(apple) as endpoint:
        provider = adapter(endpoint, clock=clock)
        for number in range(SECONDS_A_DAY // 600):
            await provider.send(message(number))
            (newest,) = set(apple.bearers) - set(shown) or {""}
            if newest:
                shown[newest] = clock.now
            clock.now += 600
        await provider.close()
    lives = [later - sooner for sooner, later in itertools.pairwise(shown.values())]
    assert lives
    assert all(20 * 60 <= life <= 55 * 60 for life in lives)


async def test_too_many_token_updates_slow_the_lane_and_renew_nothing() -> None:
    refusal = twin_base.Response(
        status=429, body=json.dumps({"reason": "TooManyProviderTokenUpdates"}).encode()
    )
    apple = Apple(answer=refusal)
    async with far(apple) as endpoint:
        provider = adapter(endpoint)
        found = [await cases.outcome(provider, message(number)) for number in range(5)]
        await provider.close()
    for one in found:
        assert isinstance(one, errors.Throttled)
        assert one.scope is errors.Scope.LANE
        assert deciding.trouble_of(one) is breaker.Trouble.THROTTLED
    assert len(apple.bearers) == 1


async def test_too_many_messages_to_one_device_concern_that_device_alone() -> None:
    refusal = twin_base.Response(status=429, body=json.dumps({"reason": "TooManyRequests"}).encode())
    async with far(Apple(answer=refusal)) as endpoint:
        provider = adapter(endpoint)
        found = await cases.outcome(provider, message(1))
        await provider.close()
    assert isinstance(found, errors.Throttled)
    assert found.scope is errors.Scope.RECIPIENT


async def test_a_stream_that_hangs_is_a_doubt_in_time_and_its_neighbours_go_on() -> None:
    class Slow(Apple):
        def answer(self, headers: http2.Headers, body: bytes) -> twin_base.Response:
            super().answer(headers, body)
            hangs = self.taken.total() == 2
            return twin_base.Response(status=200, after_s=60.0 if hangs else 0.0)

    apple = Slow()
    async with far(apple) as endpoint:
        provider = adapter(endpoint, timeout_s=1.0)
        await provider.send(message(0))
        hanging = asyncio.create_task(cases.outcome(provider, message(1)))
        await yard.until(lambda: apple.taken.total() == 2, what="the one that hangs")
        others = [await cases.outcome(provider, message(number)) for number in range(2, 40)]
        found = await hanging
        await provider.close()
    assert all(isinstance(one, base.Accepted) for one in others)
    assert (type(found), getattr(found, "code", "")) == (errors.Doubt, "no-answer")
