"""The client libraries alone: each posts the same message over and over, as fast as one core lets it.

Started as a process of its own, pinned like the sender it is compared with: `python -m tests.bench.bare NAME
ADDRESS AUTHORITY MESSAGES CORE`.
"""

import asyncio
import itertools
import ssl
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import uvloop
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyreqwest import client as reqwest

from tests.bench import programs

IN_FLIGHT = 64
CONNECTIONS = 16  #: of SMTP, as the adapter has
WARM_UP = 300
FORM = (
    b"To=%2B33600000001&From=%2B15005550006&Body=Hi+Ana%2C+you+have+120+points+in+Lyon.+Reply+STOP+to+end.+C0000123"
    b"&StatusCallback=https%3A%2F%2Fdesk.example.com%2Freceipts%2Fabcdef%3Fref%3Dabcdef-2-1-123"
)
SEALED = bytes(range(256)) * 2
NOTICE = {
    "aps": {"alert": {"title": "Ana, the spring drop is open", "body": "You have 120 points to spend."}}
}

Send = Callable[[int], Awaitable[object]]


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What a loop took."""

    cpu_ms_per_1000: float
    per_s: float


async def _form(address: str, authority: Path, measured: Callable[[Send], Awaitable[None]]) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded", "authorization": "Basic QUMwOnRva2Vu"}
    await _post(authority, f"{address}/2010-04-01/Accounts/AC0/Messages.json", headers, FORM, measured)


async def _sealed(address: str, authority: Path, measured: Callable[[Send], Awaitable[None]]) -> None:
    headers = {
        "content-encoding": "aes128gcm",
        "ttl": "172800",
        "authorization": f"vapid t={'t' * 180},k={'k' * 87}",
    }
    await _post(authority, f"{address}/wpush/v2/device-1", headers, SEALED, measured)


async def _post(
    authority: Path,
    url: str,
    headers: dict[str, str],
    body: bytes,
    measured: Callable[[Send], Awaitable[None]],
    *,
    http2: bool = False,
) -> None:
    builder = reqwest.ClientBuilder().no_proxy().add_root_certificate_pem(authority.read_bytes())  # noqa: ASYNC240
    builder = builder.http2_prior_knowledge() if http2 else builder.max_connections(IN_FLIGHT)
    async with builder.build() as client:

        async def send(_number: int) -> None:
            answer = await client.post(url).headers(headers).body_bytes(body).build().send()
            await answer.bytes()

        await measured(send)


async def _aioapns(address: str, authority: Path, measured: Callable[[Send], Awaitable[None]]) -> None:
    from aioapns import client, common, connection

    parts = urlsplit(address)
    trust = ssl.create_default_context(cafile=str(authority))
    trust.set_alpn_protocols(["h2"])
    made = client.APNs(
        key=_key(),
        key_id="ABC123DEFG",
        team_id="DEF123GHIJ",
        topic="com.example",
        ssl_context=trust,
        max_connections=1,
    )
    place = {"APNS_SERVER": parts.hostname, "APNS_PORT": parts.port}
    made.pool.protocol_class = type("Protocol", (connection.APNsTLSClientProtocol,), place)

    async def send(number: int) -> None:
        await made.send_notification(
            common.NotificationRequest(device_token=f"{number:064x}", message=NOTICE)
        )

    await measured(send)
    made.pool.close()


def _key() -> str:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(*form).decode()


async def _http2(address: str, authority: Path, measured: Callable[[Send], Awaitable[None]]) -> None:
    headers = {"apns-topic": "com.example", "apns-push-type": "alert", "authorization": f"bearer {'t' * 190}"}
    body = msgspec.json.encode(NOTICE)
    await _post(authority, f"{address}/3/device/{'a' * 64}", headers, body, measured, http2=True)


async def _aiosmtplib(address: str, _authority: Path, measured: Callable[[Send], Awaitable[None]]) -> None:
    import aiosmtplib

    parts = urlsplit(address)
    mail = b"From: news@desk.example\r\nSubject: x\r\n\r\n" + (b"x" * 74 + b"\r\n") * 130
    free: asyncio.Queue[Any] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        client = aiosmtplib.SMTP(hostname=parts.hostname, port=parts.port, start_tls=False)
        await client.connect()
        free.put_nowait(client)

    async def send(number: int) -> None:
        client = await free.get()
        await client.sendmail("news@desk.example", [f"person{number}@mailbox.example"], mail)
        free.put_nowait(client)

    await measured(send)
    while not free.empty():
        await free.get_nowait().quit()


LOOPS: dict[str, Callable[..., Awaitable[None]]] = {
    "pyreqwest form": _form,
    "pyreqwest sealed": _sealed,
    "pyreqwest http2": _http2,
    "aioapns": _aioapns,
    "aiosmtplib": _aiosmtplib,
}


async def _run(name: str, address: str, authority: Path, messages: int) -> Cost:
    """Keep IN_FLIGHT sends under way until all are done."""
    costs = []

    async def together(send: Send, first: int, count: int) -> None:
        numbers = iter(range(first, first + count))

        async def some() -> None:
            for number in numbers:
                await send(number)

        await asyncio.gather(*itertools.starmap(some, [()] * IN_FLIGHT))

    async def measured(send: Send) -> None:
        await together(send, 0, WARM_UP)
        began, cpu = time.perf_counter(), time.process_time()
        await together(send, WARM_UP, messages)
        used, passed = time.process_time() - cpu, time.perf_counter() - began
        costs.append(Cost(cpu_ms_per_1000=1e6 * used / messages, per_s=messages / passed))

    await LOOPS[name](address, authority, measured)
    return costs[0]


def main(name: str, address: str, authority: str, messages: str, core: str) -> None:
    """Measure here, and print it as JSON."""
    programs.pin(int(core) if core else None)
    print(msgspec.json.encode(uvloop.run(_run(name, address, Path(authority), int(messages)))).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
