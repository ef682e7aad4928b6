"""P7: a mail server that breaks off at any of twelve steps, storms with 421, greylists, or is full."""

import asyncio
import contextlib
import dataclasses
import socket
import time
from collections.abc import AsyncIterator, Callable

import pytest

from server.channels import email
from server.pipeline.delivery import breaker, deciding
from server.providers import base, errors, form
from server.providers.email import smtp
from tests.server.providers import cases
from tests.support import certificates

KEYWORDS = "250-far\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250-SIZE 99999999\r\n250 "
HELLO = {False: KEYWORDS + "STARTTLS\r\n", True: KEYWORDS + "AUTH PLAIN\r\n"}  #: before and after TLS began

#: Where the server breaks off, in the order a session gets there.
STEPS = (
    "connect",
    "greeting",
    "ehlo",
    "starttls",
    "handshake",
    "ehlo again",
    "auth",
    "mail",
    "rcpt",
    "data",
    "within the message",
    "after the final dot",
)
MAIL = cases.outbound(email.EmailContent(subject="Hi", text="Hi " * 4_000_000), "zoe@example.org")


@dataclasses.dataclass(slots=True)
class Server:
    """A submission server on a real socket that breaks off at one step."""

    step: str
    rudely: bool  #: with a reset in place of a goodbye
    endpoint: str = ""
    taken: int = 0  #: messages it read to their final dot
    connections: int = 0
    open: list[asyncio.StreamWriter] = dataclasses.field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Play one session up to the step."""
        self.connections += 1
        self.open.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._play(reader, writer)
        if self.rudely:
            writer.transport.abort()
        writer.close()

    async def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.step == "greeting":
            return
        writer.write(b"220 far ready\r\n")
        secure = False
        while line := await reader.readline():
            verb = line.split()[0].upper().decode()
            step = {"EHLO": "ehlo again" if secure else "ehlo"}.get(verb, verb.lower())
            if step == self.step:
                return
            if verb == "EHLO":
                writer.write(HELLO[secure].encode())
            elif verb == "STARTTLS":
                writer.write(b"220 go ahead\r\n")
                await writer.drain()
                if self.step == "handshake":
                    await reader.read(100)
                    return
                made = certificates.make(certificates.HERE, signed_by=certificates.authority())
                await writer.start_tls(certificates.context(made))
                secure = True
            elif verb == "DATA":
                writer.write(b"354 go ahead\r\n")
                if self.step == "within the message":
                    await reader.readexactly(1000)
                    return
                while await reader.readline() != b".\r\n":
                    pass
                self.taken += 1
                if self.step == "after the final dot":
                    return
                writer.write(b"250 2.0.0 queued as Q1\r\n")
            else:
                writer.write(b"235 2.7.0 welcome\r\n" if verb == "AUTH" else b"250 2.0.0 ok\r\n")


@contextlib.asynccontextmanager
async def server(step: str, *, rudely: bool = False) -> AsyncIterator[Server]:
    side = Server(step, rudely)
    bound = socket.socket()
    bound.setsockopt(
        socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536
    )  # so that a message cut short was cut on its way
    bound.bind(("127.0.0.1", 0))
    listening = await asyncio.start_server(side.serve, sock=bound)
    side.endpoint = f"smtp+starttls://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    if step == "connect":
        listening.close()
        await listening.wait_closed()
    try:
        yield side
    finally:
        for writer in side.open:
            writer.transport.abort()
        listening.close()


def adapter(endpoint: str, *, timeout_s: float = 10.0) -> smtp.Smtp:
    plain = {"from_address": "news@example.com", "username": "news"}
    made = form.build(smtp.SmtpSettings, plain, {"password": "5ecret"})
    context = cases.context(endpoint, ca_pem=certificates.ca_pem())
    return smtp.Smtp(made, dataclasses.replace(context, timeout_s=timeout_s))


@pytest.mark.parametrize("rudely", [False, True], ids=["politely", "rudely"])
@pytest.mark.parametrize("step", STEPS)
async def test_a_server_that_breaks_off_leaves_a_doubt_after_the_final_dot_alone(
    step: str, rudely: bool
) -> None:
    async with server(step, rudely=rudely) as side:
        provider = adapter(side.endpoint)
        found = await cases.outcome(provider, MAIL)
        await provider.close()
        assert side.taken == (step == "after the final dot")
    expected = errors.Doubt if step == "after the final dot" else errors.ProviderDown
    assert type(found) is expected
    trouble = breaker.Trouble.SILENT if expected is errors.Doubt else breaker.Trouble.CONNECT
    assert deciding.trouble_of(found) is trouble


Script = Callable[[str], str]


@contextlib.asynccontextmanager
async def scripted(says: Script) -> AsyncIterator[tuple[str, list[str]]]:
    """A server in clear that answers each command by `says`; empty means the polite answer."""
    polite = {"EHLO": "250-far\r\n250 PIPELINING", "DATA": "354 go", "QUIT": "221 bye"}
    heard: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{says('GREETING') or '220 far'}\r\n".encode())
        while line := await reader.readline():
            verb = line.split()[0].decode()
            heard.append(line.decode().strip())
            reply = says(verb) or polite.get(verb, "250 ok")
            writer.write(f"{reply}\r\n".encode())
            if reply.startswith("354"):
                while await reader.readline() not in (b".\r\n", b""):
                    pass
                writer.write(f"{says('DOT') or '250 2.0.0 queued as Q1'}\r\n".encode())
            if reply.startswith("421"):
                break
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"smtp://127.0.0.1:{listening.sockets[0].getsockname()[1]}", heard
    finally:
        listening.close()


async def refused(script: dict[str, str]) -> errors.SendError:
    async with scripted(lambda verb: script.get(verb, "")) as (endpoint, _):
        made = form.build(smtp.SmtpSettings, {"from_address": "news@example.com"}, {})
        provider = smtp.Smtp(made, cases.context(endpoint))
        content = email.EmailContent(subject="Hi", text="Hi")
        found = await cases.outcome(provider, cases.outbound(content, "zoe@example.org"))
        await provider.close()
    assert isinstance(found, errors.SendError)
    return found


@pytest.mark.parametrize("step", ["GREETING", "MAIL", "RCPT", "DATA", "DOT"])
async def test_a_421_speaks_of_the_lane_wherever_it_comes(step: str) -> None:
    found = await refused({step: "421 4.7.0 too many connections"})
    assert (type(found), found.scope) == (errors.Throttled, errors.Scope.LANE)


@pytest.mark.parametrize("reply", ["450 4.2.0 greylisted", "451 4.7.1 greylisted, come back later"])
async def test_a_greylisted_recipient_waits_alone(reply: str) -> None:
    found = await refused({"RCPT": reply})
    assert type(found) in {errors.Transient, errors.Throttled}
    assert deciding.trouble_of(found) is None


async def test_452_after_some_recipients_puts_off_this_one_and_slows_nobody() -> None:
    found = await refused({"RCPT": "452 4.5.3 too many recipients"})
    assert (type(found), found.scope) == (errors.Throttled, errors.Scope.RECIPIENT)
    assert deciding.trouble_of(found) is None


async def test_a_server_that_drips_its_replies_ends_with_the_whole_time_and_not_with_each_step() -> None:
    over = asyncio.Event()

    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            for letter in b"220 far far away and slow as ever" * 10:
                writer.write(bytes([letter]))
                await writer.drain()
                await asyncio.sleep(0.05)
        writer.close()
        over.set()

    listening = await asyncio.start_server(drip, "127.0.0.1", 0)
    endpoint = f"smtp://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    made = form.build(smtp.SmtpSettings, {"from_address": "news@example.com"}, {})
    provider = smtp.Smtp(made, dataclasses.replace(cases.context(endpoint), timeout_s=0.4))
    content = email.EmailContent(subject="Hi", text="Hi")
    began = time.monotonic()
    found = await cases.outcome(provider, cases.outbound(content, "zoe@example.org"))
    took_s = time.monotonic() - began
    await provider.close()
    await over.wait()
    listening.close()
    assert took_s < 4.0
    assert not isinstance(found, base.Accepted)
    assert (type(found), found.code) == (errors.ProviderDown, "timeout")
