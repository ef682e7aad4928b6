"""A mail server that says what a test tells it to, on a real socket."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

KEYWORDS = ("PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "AUTH PLAIN LOGIN")
CLOSE = "close"  #: as a reply: the connection is closed in place of one
CLOSE_ONCE = "close once"  #: the same, the next time politely
SILENCE = "silence"  #: as a reply: none is given

#: What is said unless a test says otherwise. GREETING comes unasked; DOT answers a whole message.
POLITE: Mapping[str, str] = {
    "GREETING": "220 far ready",
    "EHLO": "250-far\r\n" + "\r\n".join(f"250-{word}" for word in KEYWORDS[:-1]) + f"\r\n250 {KEYWORDS[-1]}",
    "STARTTLS": "220 go ahead",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go ahead",
    "DOT": "250 2.0.0 Ok: queued as Q1",
    "RSET": "250 2.0.0 ok",
    "QUIT": "221 2.0.0 bye",
}


@dataclass(slots=True)
class Far:
    """The far side: what it was told, and where it listens."""

    says: dict[str, str]
    endpoint: str = ""
    lines: list[str] = field(default_factory=list)  #: commands, over all connections, in order
    messages: list[bytes] = field(default_factory=list)
    connections: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    handlers: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Play one connection."""
        self.connections += 1
        handler = asyncio.current_task()
        assert handler is not None
        self.handlers.add(handler)
        self.writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._play(reader, writer)
        writer.close()

    async def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ = await self._say(writer, "GREETING")
        while open_ and (line := await reader.readline()):
            text = line.decode().removesuffix("\r\n")
            self.lines.append(text)
            verb = text.partition(" ")[0].upper()
            known = verb if verb in self.says else "AUTH"  # what is no command is a part of a log-in
            open_ = await self._say(writer, known)
            if known == "DATA" and self.says["DATA"].startswith("354"):
                await self._take(reader)
                open_ = await self._say(writer, "DOT")

    async def _take(self, reader: asyncio.StreamReader) -> None:
        body = b""
        while not (body == b".\r\n" or body.endswith(b"\r\n.\r\n")):
            line = await reader.readline()
            if not line:
                raise ConnectionError
            body += line
        self.messages.append(body)

    async def _say(self, writer: asyncio.StreamWriter, what: str) -> bool:
        reply = self.says[what]
        if reply == CLOSE_ONCE:
            self.says[what] = POLITE[what]
        if reply in {CLOSE, CLOSE_ONCE}:
            writer.transport.abort()
            return False
        if reply != SILENCE:
            writer.write(reply.encode() + b"\r\n")
        return True


@contextlib.asynccontextmanager
async def far(*, scheme: str = "smtp", **says: str) -> AsyncIterator[Far]:
    """A server on a free port of 127.0.0.1; keyword arguments replace what it says to a command."""
    side = Far(says={**POLITE, **says})
    server = await asyncio.start_server(side.serve, "127.0.0.1", 0)
    side.endpoint = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield side
    finally:
        server.close()
        for writer in side.writers:
            writer.transport.abort()
        await server.wait_closed()
        if side.handlers:
            await asyncio.wait(side.handlers)  # the server does not wait for them
