"""A far side that fails on the wire: hangs, drips, cuts, floods, lies about its protocol, sends elsewhere."""

import asyncio
import contextlib
import enum
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

DRIP_S = 2.0  #: between two bytes of a far side that drips
HUGE = 200_000_000  #: bytes of an answer that never ends
PIECE = b"x" * 65_536


class Fault(enum.StrEnum):
    """How the far side fails, in the order a request would get there."""

    CLOSES_AT_ONCE = "closes before it reads anything"
    CLOSES_IN_REQUEST = "closes in the middle of the request"
    HANGS = "reads the request and never answers"
    NOT_HTTP = "speaks another protocol"
    DRIPS_HEAD = "drips the head of its answer"
    CUT_IN_HEAD = "cuts its answer in the head"
    DRIPS_BODY = "drips its answer"
    CUT_IN_BODY = "cuts its answer in the body"
    TRUNCATED_JSON = "answers half of a JSON object"
    PAGE = "answers with a web page"
    HUGE = "answers 200 MB"
    HUGE_REFUSAL = "refuses with 200 MB"
    DRIPS_REFUSAL = "refuses and drips its words"
    REDIRECT = "sends us elsewhere"


@dataclass(slots=True, kw_only=True)
class Far:
    """The far side of one test."""

    fault: Fault
    good: Mapping[str, bytes]  #: paths that are answered well all the same, with their JSON
    success: int = 200  #: the status its successes would have
    elsewhere: str = "http://169.254.169.254/latest/meta-data/"
    port: int = 0
    requests: int = 0  #: that arrived whole
    written: int = 0  #: bytes of huge answers that were taken off our hands
    handlers: set[asyncio.Task[None]] = field(default_factory=set)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    server: asyncio.Server | None = None

    async def renew(self, tls: ssl.SSLContext) -> None:
        """Listen on the same port with another certificate."""
        assert self.server is not None
        self.server.close()
        for writer in self.writers:
            writer.transport.abort()
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port, ssl=tls)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Fail one connection."""
        task = asyncio.current_task()
        assert task is not None
        self.handlers.add(task)
        self.writers.append(writer)
        broken = (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError)
        with contextlib.suppress(*broken):
            await self._play(reader, writer)
        writer.transport.abort()

    async def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.fault is Fault.CLOSES_AT_ONCE and not self.good:
            return
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            path = head.split(" ", 2)[1].partition("?")[0]
            if path not in self.good and self.fault is Fault.CLOSES_IN_REQUEST:
                return
            await reader.readexactly(_length(head))
            if path not in self.good:
                break
            writer.write(_answer(200, self.good[path], "application/json"))
        if self.fault is Fault.CLOSES_AT_ONCE:
            return
        self.requests += 1
        await self._fail(writer)

    async def _fail(self, writer: asyncio.StreamWriter) -> None:
        match self.fault:
            case Fault.HANGS:
                await asyncio.Event().wait()
            case Fault.NOT_HTTP:
                writer.write(b"SSH-2.0-OpenSSH_9.9\r\n")
                await asyncio.Event().wait()
            case Fault.DRIPS_HEAD:
                await _drip(writer, f"HTTP/1.1 {self.success} Fine\r\ncontent-length: 2\r\n\r\n{{}}".encode())
            case Fault.CUT_IN_HEAD:
                writer.write(f"HTTP/1.1 {self.success} Fi".encode())
            case Fault.DRIPS_BODY | Fault.DRIPS_REFUSAL:
                status = self.success if self.fault is Fault.DRIPS_BODY else 503
                writer.write(f"HTTP/1.1 {status} Slow\r\ncontent-length: 1000\r\n\r\n".encode())
                await _drip(writer, b"x" * 1000)
            case Fault.CUT_IN_BODY:
                writer.write(
                    f'HTTP/1.1 {self.success} Fine\r\ncontent-length: 100\r\n\r\n{{"sid": "S'.encode()
                )
            case Fault.TRUNCATED_JSON:
                writer.write(_answer(self.success, b'{"sid": "SM1", "messages": [{"id"', "application/json"))
                await asyncio.Event().wait()
            case Fault.PAGE:
                writer.write(_answer(200, b"<html><body>Welcome to the hotel</body></html>", "text/html"))
                await asyncio.Event().wait()
            case Fault.HUGE | Fault.HUGE_REFUSAL:
                status = self.success if self.fault is Fault.HUGE else 503
                writer.write(f"HTTP/1.1 {status} Big\r\ncontent-length: {HUGE}\r\n\r\n".encode())
                while self.written < HUGE:
                    writer.write(PIECE)
                    await writer.drain()
                    self.written += len(PIECE)
            case Fault.REDIRECT:
                writer.write(
                    f"HTTP/1.1 302 Found\r\nlocation: {self.elsewhere}\r\ncontent-length: 0\r\n\r\n".encode()
                )
                await asyncio.Event().wait()


def _length(head: str) -> int:
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return int(value)
    return 0


def _answer(status: int, body: bytes, kind: str) -> bytes:
    return (
        f"HTTP/1.1 {status} Fine\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n".encode()
        + body
    )


async def _drip(writer: asyncio.StreamWriter, data: bytes) -> None:
    for at in range(len(data)):
        writer.write(data[at : at + 1])
        await writer.drain()
        await asyncio.sleep(DRIP_S)


@contextlib.asynccontextmanager
async def far(
    fault: Fault,
    *,
    good: Mapping[str, bytes] | None = None,
    success: int = 200,
    elsewhere: str = "http://169.254.169.254/latest/meta-data/",
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Far]:
    """A far side on a free port of 127.0.0.1 that fails like that."""
    side = Far(fault=fault, good=good or {}, success=success, elsewhere=elsewhere)
    side.server = await asyncio.start_server(side.serve, "127.0.0.1", 0, ssl=tls)
    side.port = side.server.sockets[0].getsockname()[1]
    try:
        yield side
    finally:
        side.server.close()
        for task in side.handlers:
            task.cancel()
        for writer in side.writers:
            writer.transport.abort()
        await asyncio.gather(*side.handlers, return_exceptions=True)
        await side.server.wait_closed()
