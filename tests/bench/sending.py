"""The send path of every adapter against a bare sink, and a bare client that posts the very same bytes."""

import asyncio
import base64
import itertools
import ssl
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import uvloop
from pyreqwest import client as reqwest

from server.channels import contents
from server.demo import command
from server.pipeline.content import rendering
from server.providers import base, form, registry
from server.twins import authority, host
from server.twins import base as twins
from tests.bench import http_sink, measure, sinks

COUNT, WARM_UP = 3_000, 200
IN_FLIGHT = 32
CONNECTIONS = 16
#: The transport's own headers, which a client writes by itself.
OWN_HEADERS = ("host", "content-length", "connection", "accept-encoding")

Send = Callable[[int], Awaitable[object]]


def run(key: str) -> measure.Result:
    """Measure one adapter."""
    return uvloop.run(_run(key))


async def _run(key: str) -> measure.Result:
    tls = authority.ensure(Path(tempfile.mkdtemp(prefix="heliograph-bench-")))
    adapter = registry.PROVIDERS[key]
    mail = key == "email/smtp"
    with (sinks.smtp if mail else sinks.http)(tls) as address:
        provider = _open(adapter, address, tls)
        await provider.open()
        outbound = _messages(adapter, address)
        try:
            cost = await _cost(lambda number: provider.send(outbound(number)))
        finally:
            await provider.close()
        bare = await (
            _bare_smtp(address, tls) if mail else _bare_http(address, tls, http2=key == "push/apns")
        )
    return measure.Result(
        name=f"send {key}",
        what="messages",
        count=COUNT,
        cpu_ms=cost.cpu_ms,
        per_s=cost.per_s,
        bare="sockets" if mail else "pyreqwest",
        bare_cpu_ms=bare.cpu_ms,
        note="HTTP/2" if key == "push/apns" else "",
    )


async def _cost(send: Send) -> measure.Cost:
    """Keep IN_FLIGHT sends under way until COUNT are done."""

    async def some(numbers: "itertools.count[int]", last: int) -> None:
        while (number := next(numbers)) < last:
            await send(number)

    async def together(first: int, count: int) -> None:
        numbers = itertools.count(first)
        await asyncio.gather(*(some(numbers, first + count) for _ in range(IN_FLIGHT)))

    await together(0, WARM_UP)
    return await measure.awaited(COUNT, lambda: together(WARM_UP, COUNT))


def _open(adapter: type[base.Provider], address: str, tls: twins.Tls) -> base.Provider:
    """The adapter with keys such as its twin invents."""
    twin = next(twin for twin in host.TWINS if twin.key == adapter.key)
    settings, secrets = twin.account(twin.invent())
    context = base.Context(
        account=1,
        installation="bench0",
        endpoint=address,
        ca_pem=tls.authority.read_text(),
        receipts_url="https://desk.test/receipts/1",
        clock=time.time,
        connections=CONNECTIONS,
    )
    return adapter(form.build(adapter.settings_type, settings, secrets), context)


def _messages(adapter: type[base.Provider], address: str) -> Callable[[int], base.Outbound]:
    """Rendered messages of the sample campaign: 50 contents, each message to a recipient of its own."""
    sample = msgspec.json.decode(command.SAMPLE.read_bytes(), type=command.Sample)
    renderer = rendering.Renderer(sample.contents.chosen()[adapter.channel])
    made: list[contents.Content] = [
        renderer.render(
            {"key": f"p{person}", "first_name": "Ana", "code": f"CODE{person:04d}", "points": "120"}
        ).content
        for person in range(50)
    ]
    recipient = _recipients(adapter.channel, address)

    def outbound(number: int) -> base.Outbound:
        return base.Outbound(
            ref=f"bench0-1-1-{number}",
            to=recipient(number),
            content=made[number % len(made)],
            unsubscribe_url=f"https://desk.test/u/{number}",
        )

    return outbound


def _recipients(channel: str, address: str) -> Callable[[int], str]:
    if channel == "apns":
        return lambda number: f"{number + 1:064x}"
    if channel == "email":
        return lambda number: f"person{number}@mailbox.test"
    if channel == "webpush":
        from server.twins.push import webpush

        kept = [
            msgspec.json.encode(webpush.subscription({"seed": "bench"}, address, f"device-{device}")).decode()
            for device in range(WARM_UP + COUNT)
        ]
        return lambda number: kept[number]
    return lambda number: f"+4915{number:09d}"


async def _bare_http(address: str, tls: twins.Tls, *, http2: bool) -> measure.Cost:
    builder = reqwest.ClientBuilder().no_proxy().add_root_certificate_pem(tls.authority.read_bytes())
    builder = builder.http2_prior_knowledge() if http2 else builder.max_connections(CONNECTIONS)
    async with builder.build() as client:
        told = await client.get(f"{address}{http_sink.RECALL}").build().send()
        last = msgspec.json.decode(bytes(await told.bytes()))
        url, body = address + last["target"], base64.b64decode(last["body"])
        headers = [tuple(pair) for pair in last["headers"] if pair[0] not in OWN_HEADERS]

        async def send(_number: int) -> None:
            answer = (
                await client.request(last["method"], url).headers(headers).body_bytes(body).build().send()
            )
            await answer.bytes()

        return await _cost(send)


async def _bare_smtp(address: str, tls: twins.Tls) -> measure.Cost:
    """The same mail written to as many connections, its three commands in one piece."""
    context = ssl.create_default_context(cafile=str(tls.authority))
    parts = urlsplit(address)
    mail = b""
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    opened = []
    for _ in range(CONNECTIONS):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, ssl=context, limit=1 << 20)
        await reader.readline()
        if not mail:
            writer.write(b"VRFY last\r\n")
            mail = base64.b64decode((await reader.readline()).removeprefix(b"250 ")) + b"\r\n.\r\n"
        free.put_nowait((reader, writer))
        opened.append(writer)

    async def send(number: int) -> None:
        reader, writer = await free.get()
        envelope = f"MAIL FROM:<news@desk.test>\r\nRCPT TO:<person{number}@mailbox.test>\r\nDATA\r\n"
        writer.write(envelope.encode())
        for _ in range(3):
            await reader.readline()
        writer.write(mail)
        await reader.readline()
        free.put_nowait((reader, writer))

    cost = await _cost(send)
    for writer in opened:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for writer in opened))
    return cost
