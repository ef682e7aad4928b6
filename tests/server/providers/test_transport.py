"""What a failed request means: nothing left, or it may have been processed."""

import asyncio
import contextlib
import typing
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from server.providers import errors, transport
from server.twins import base
from server.twins import listener as listeners
from server.twins.push import http2
from tests.server.providers import cases
from tests.support import yard

Far = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def far_side(serve: Far) -> AsyncIterator[str]:
    """A raw socket server. Yields its address; ends when every connection's handler has."""
    handlers: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.add(typing.cast(asyncio.Task[None], asyncio.current_task()))
        try:
            # A client that hangs up early is what some of these tests are about.
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.gather(*handlers)


@contextlib.asynccontextmanager
async def made(**options: object) -> AsyncIterator[transport.Transport]:
    sender = transport.Transport(**options)  # type: ignore[arg-type]
    try:
        yield sender
    finally:
        await sender.close()


async def close_at_once(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def cut_after_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()


async def half_an_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc")
    await writer.drain()


async def no_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
    await writer.drain()


async def silence(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.mark.parametrize("serve", [close_at_once, cut_after_request, half_an_answer, no_http, silence])
async def test_a_broken_answer_leaves_a_doubt(serve: Far) -> None:
    async with far_side(serve) as url, made(timeout_s=0.5) as sender:
        with pytest.raises(errors.Doubt):
            await sender.request("POST", url, headers={}, body=b"once")


async def test_an_answer_over_a_megabyte_leaves_a_doubt() -> None:
    long, fitting = (cases.Reply(body=b"x" * length) for length in (1_000_001, 1_000_000))
    async with cases.scripted(long, fitting) as script, made() as sender:
        with pytest.raises(errors.Doubt, match="over 1 MB"):
            await sender.request("POST", script.endpoint, headers={})
        assert len((await sender.request("POST", script.endpoint, headers={})).body) == 1_000_000


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://nowhere.invalid/"])
async def test_a_host_that_is_not_there_took_nothing(url: str) -> None:
    async with made() as sender:
        with pytest.raises(errors.ProviderDown):
            await sender.request("POST", url, headers={}, body=b"once")


async def test_an_untrusted_certificate_took_nothing_and_is_named() -> None:
    async with http1() as url, made() as sender:
        with pytest.raises(errors.ProviderDown) as caught:
            await sender.request("POST", url, headers={})
    assert caught.value.code == "tls-untrusted"


@contextlib.asynccontextmanager
async def http1() -> AsyncIterator[str]:
    async def answer(_request: base.Request) -> base.Response:
        return base.Response(status=200)

    listener = listeners.Listener(answer)
    try:
        yield await listener.start("127.0.0.1", 0, yard.tls())
    finally:
        await listener.stop()


async def test_a_handshake_that_never_ends_took_nothing() -> None:
    async with far_side(silence) as url, made(connect_timeout_s=0.3) as sender:
        with pytest.raises(errors.ProviderDown) as caught:
            await sender.request("POST", url.replace("http:", "https:"), headers={})
    assert caught.value.code == "connect-timeout"


async def test_waiting_for_a_free_connection_took_nothing() -> None:
    entered, release = asyncio.Event(), asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        entered.set()
        await release.wait()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        writer.close()

    async with far_side(slow) as url, made(connections=1, timeout_s=5, pool_wait_s=0.3) as sender:
        first = asyncio.create_task(sender.request("POST", url, headers={}))
        await entered.wait()
        with pytest.raises(errors.Transient) as caught:
            await sender.request("POST", url, headers={})
        release.set()
        assert (await first).status == 200
    assert caught.value.code == "no-connection"


async def test_the_answer_comes_whole_and_redirects_are_answers() -> None:
    reply = cases.Reply(
        status=302, body=b"elsewhere", headers={"Location": "http://127.0.0.1:1/", "X-A": "1"}
    )
    async with cases.scripted(reply) as script, made() as sender:
        answer = await sender.request(
            "PUT", f"{script.endpoint}/a?b=c", headers=[("x-one", "1")], body=b"body"
        )
    assert (answer.status, answer.body, answer.headers["location"]) == (
        302,
        b"elsewhere",
        "http://127.0.0.1:1/",
    )
    asked = script.requests[0]
    assert (asked.method, asked.target, asked.body) == ("PUT", "/a?b=c", b"body")
    assert asked.headers["x-one"] == "1"
    assert "accept-encoding" not in asked.headers


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with cases.scripted(cases.Reply()) as script, made() as sender:
        assert (await sender.request("GET", script.endpoint, headers={})).status == 200


@pytest.mark.parametrize("headers", [{"a": "b\r\nc: d"}, {"bad name": "x"}])
async def test_a_header_that_cannot_be_sent_is_refused_without_repeating_it(headers: dict[str, str]) -> None:
    async with made() as sender:
        with pytest.raises(errors.PermanentContent) as caught:
            await sender.request("POST", "http://127.0.0.1:1/", headers=headers)
    assert "c: d" not in str(caught.value)
    assert "bad name" not in str(caught.value)


async def test_errors_never_repeat_the_address() -> None:
    async with made() as sender:
        token = "t0ken" * 4
        with pytest.raises(errors.ProviderDown) as caught:
            await sender.request("POST", f"http://127.0.0.1:1/{token}", headers={})
    assert token not in cases.shows(caught.value)


async def test_a_closed_transport_sends_nothing() -> None:
    sender = transport.Transport()
    await sender.close()
    with pytest.raises(errors.Transient):
        await sender.request("POST", "http://127.0.0.1:1/", headers={})


@pytest.mark.parametrize("pem", ["garbage", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"])
def test_a_broken_authority_is_named(pem: str) -> None:
    with pytest.raises(errors.BadSettings) as caught:
        transport.Transport(ca_pem=pem)
    assert caught.value.place == "ca"


class Echo:
    """Answers with the path; `/cut` by a reset of its stream."""

    streams = 1000

    def answer(self, headers: http2.Headers, body: bytes) -> base.Response:
        path = dict(headers)[b":path"]
        return base.Response(status=200, body=path + body, cut=path == b"/cut")


@contextlib.asynccontextmanager
async def echo() -> AsyncIterator[tuple[http2.Listener, str]]:
    listener = http2.Listener(Echo)
    try:
        yield listener, await listener.start("127.0.0.1", 0, yard.tls())
    finally:
        await listener.stop("done")


async def test_a_stream_reset_leaves_a_doubt_and_its_neighbours_whole() -> None:
    async with echo() as (_, url), made(ca_pem=yard.ca_pem(), http2=True) as sender:
        asked = [sender.request("POST", f"{url}/{path}", headers={}) for path in ("a", "cut", "b")]
        first, cut, last = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(cut, errors.Doubt)
    assert [one.body for one in (first, last) if isinstance(one, transport.Reply)] == [b"/a", b"/b"]


async def test_two_hundred_requests_share_one_connection() -> None:
    async with echo() as (listener, url), made(ca_pem=yard.ca_pem(), http2=True) as sender:
        asked = [sender.request("POST", f"{url}/{n}", headers={}, body=b"x" * 4096) for n in range(200)]
        answers = await asyncio.gather(*asked)
        assert len(listener.connections) == 1
    assert {len(answer.body) for answer in answers} == {4098, 4099, 4100}


async def test_a_service_that_goes_away_and_comes_back_on_its_port_costs_no_message() -> None:
    async with made(ca_pem=yard.ca_pem(), http2=True) as sender:
        listener = http2.Listener(Echo)
        url = await listener.start("127.0.0.1", 0, yard.tls())
        assert (await sender.request("POST", f"{url}/1", headers={})).status == 200
        await listener.stop("bye")
        again = http2.Listener(Echo)
        await again.start("127.0.0.1", int(url.rsplit(":", 1)[1]), yard.tls())
        assert (await sender.request("POST", f"{url}/2", headers={})).body == b"/2"
        await again.stop("bye")


async def test_an_http2_client_takes_nothing_less() -> None:
    async with http1() as url, made(ca_pem=yard.ca_pem(), http2=True) as sender:
        with pytest.raises(errors.SendError):
            await sender.request("POST", url, headers={})


async def test_an_answer_that_says_it_is_empty_is_whole_and_its_connection_goes_on() -> None:
    connections = 0

    async def empty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 201 Created\r\nlocation: /m/1\r\ncontent-length: 0\r\n\r\n")

    async with far_side(empty) as url, made() as sender:
        replies = [await sender.request("POST", url, headers={}) for _ in range(3)]
    assert [(reply.status, reply.headers["location"], reply.body) for reply in replies] == [
        (201, "/m/1", b"")
    ] * 3
    assert connections == 1
