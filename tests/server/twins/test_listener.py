"""The twins' HTTP door, spoken to byte by byte."""

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator

import pytest

from server.twins import base, listener
from tests.support import yard


async def parrot(request: base.Request) -> base.Response:
    if request.path == "/late":
        return base.Response(status=200, body=b"late", after_s=0.1)
    if request.path == "/odd":
        return base.Response(status=299, headers={"x-odd": "yes"})
    if request.path == "/none":
        return base.Response(status=204)
    return base.Response(status=200, body=f"{request.method} {request.path} ".encode() + request.body)


@contextlib.asynccontextmanager
async def door() -> AsyncIterator[tuple[listener.Listener, asyncio.StreamReader, asyncio.StreamWriter]]:
    listening = listener.Listener(parrot, body_limit=1000)
    address = await listening.start("127.0.0.1", 0, None)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
    try:
        yield listening, reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        await listening.stop()


async def said(data: bytes, *, until_closed: bool = True) -> str:
    """Everything the door says to these bytes."""
    async with door() as (_, reader, writer):
        writer.write(data)
        if until_closed:
            return (await asyncio.wait_for(reader.read(), 5)).decode()
        return (await asyncio.wait_for(reader.read(65536), 5)).decode()


def bodies(text: str) -> list[str]:
    return [part.partition("\r\n\r\n")[2] for part in text.split("HTTP/1.1 ")[1:]]


async def test_requests_sent_at_once_are_answered_in_their_order() -> None:
    text = await said(
        b"GET /late HTTP/1.1\r\nHost: a\r\n\r\n"
        b"POST /two HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        b"GET /three HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    )
    assert bodies(text) == ["late", "POST /two abc", "GET /three "]
    assert text.count("connection: close") == 1


async def test_a_body_may_come_in_chunks_and_in_pieces() -> None:
    async with door() as (_, reader, writer):
        for piece in (
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Enc",
            b"oding: chunked\r\n\r\n3\r\nab",
            b"c\r\n0\r\n\r\n",
        ):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert b"200 OK" in head
        assert await reader.readexactly(10) == b"POST / abc"


async def test_whoever_asks_before_the_body_is_told_to_go_on() -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\nConnection: close\r\n\r\n"
    async with door() as (_, reader, writer):
        writer.write(head)
        assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5) == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"x")
        assert (await asyncio.wait_for(reader.read(), 5)).endswith(b"POST / x")


@pytest.mark.parametrize(
    "data, status",
    [
        (b"GET / HTTP/1.0\r\n\r\n", "200 OK"),
        (b"not http at all\r\n\r\n", "400 Bad Request"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "400 Bad Request"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", "413"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", "413"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n" + b"a" * 1001, "413"),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
            "400 Bad Request",
        ),
        (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "200 OK"),
    ],
)
async def test_the_door_closes_after_what_it_cannot_go_on_from(data: bytes, status: str) -> None:
    text = await said(data)
    assert text.startswith(f"HTTP/1.1 {status}")
    assert "connection: close" in text


async def test_answers_without_a_body_say_so() -> None:
    assert "content-length" not in await said(b"GET /none HTTP/1.1\r\nHost: a\r\n\r\n", until_closed=False)
    odd = await said(b"GET /odd HTTP/1.1\r\nHost: a\r\n\r\n", until_closed=False)
    assert odd == "HTTP/1.1 299 \r\nx-odd: yes\r\ncontent-length: 0\r\n\r\n"
    head = await said(b"HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n", until_closed=False)
    assert head == "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n"


async def test_a_door_that_closes_first_answers_what_it_has_heard() -> None:
    heard = asyncio.Event()

    async def slowly(_: base.Request) -> base.Response:
        heard.set()
        return base.Response(status=200, body=b"late", after_s=0.05)

    listening, reader, writer = await stuck_at(slowly)
    await heard.wait()
    stopping = asyncio.create_task(listening.stop())
    assert (await asyncio.wait_for(reader.read(), 5)).endswith(b"late")
    await stopping
    writer.close()


async def stuck_at(
    answer: listener.Answer,
) -> tuple[listener.Listener, asyncio.StreamReader, asyncio.StreamWriter]:
    """A door with one request in it."""
    listening = listener.Listener(answer)
    address = await listening.start("127.0.0.1", 0, None)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    return listening, reader, writer


async def test_a_door_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "DRAIN_S", 0.05)
    heard = asyncio.Event()

    async def never(_: base.Request) -> base.Response:
        heard.set()
        await asyncio.Event().wait()
        return base.Response(status=200)

    listening, reader, writer = await stuck_at(never)
    await heard.wait()
    began = time.monotonic()
    await listening.stop()
    assert time.monotonic() - began < 2
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()


async def test_a_client_that_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "PATIENCE_S", 0.05)
    async with door() as (_, reader, writer):
        writer.write(b"GET / HT")
        assert await asyncio.wait_for(reader.read(), 5) == b""


async def test_a_client_that_leaves_before_tls_has_begun_troubles_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listener, "PATIENCE_S", 0.02)
    troubles: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: troubles.append(context))
    listening = listener.Listener(lambda _: base.Response(status=200))
    address = await listening.start("127.0.0.1", 0, yard.tls())
    port = int(address.rpartition(":")[2])
    for said in (b"", b"GET / HTTP/1.1\r\n\r\n"):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        writer.close()
        await writer.wait_closed()
    await asyncio.sleep(0.1)  # five times the patience whose end was a fault
    await listening.stop()
    assert troubles == []


async def test_a_client_whose_tls_begins_while_the_door_closes_is_not_served_afterwards() -> None:
    served: list[base.Request] = []

    def answer(request: base.Request) -> base.Response:
        served.append(request)
        return base.Response(status=200)

    listening = listener.Listener(answer)
    address = await listening.start("127.0.0.1", 0, yard.tls())
    port = int(address.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)  # accepted, and says nothing yet
    await asyncio.sleep(0)
    await listening.stop()
    trust = ssl.create_default_context(cadata=yard.ca_pem())
    with contextlib.suppress(OSError):
        await writer.start_tls(trust, server_hostname="localhost", ssl_handshake_timeout=2.0)
        writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        assert await reader.read() == b""
    assert served == []
    writer.close()
