"""Read what a mail server says, line by line, and know whether it said more than it was asked."""

import asyncio
import functools
import re
from collections import deque
from typing import cast

import msgspec

LONGEST_LINE = 4096  #: octets of a reply's line; RFC 5321 allows 512, some servers explain at length
MOST_LINES = 100
TOO_LATE = "The server did not answer in time"
_SHORT = 200  #: octets of a line whose reading is remembered

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")


class Reply(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One reply of the server."""

    code: int  #: 250
    text: str  #: its lines joined by a space, the enhanced code left out
    enhanced: str = ""  #: 2.1.0, where the server gives one
    lines: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether the command was done, or may go on."""
        return self.code < 400


class Broken(Exception):
    """The connection is of no more use. `sure` says that the message was certainly not taken."""

    def __init__(self, code: str, text: str, *, sure: bool = True) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.sure = sure


class Wire(asyncio.Protocol):
    """Reads replies. A stream reader hides what came early, and that must be known before TLS begins."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.closed = False
        self.malformed = False
        self.replies: deque[Reply] = deque()
        self._buffer = bytearray()
        self._lines: list[str] = []
        self._waiter: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._late = False

    @property
    def silent(self) -> bool:
        """Whether nothing has come that nobody has read."""
        return not (self.replies or self._buffer or self._lines)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            known = None if self._lines or len(line) > _SHORT else _alone(line)
            if known is not None:
                self.replies.append(known)
            else:
                self._take(_text(line))
        if len(self._buffer) > LONGEST_LINE or len(self._lines) > MOST_LINES:
            self._spoil()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._wake()
        self.resume_writing()

    def pause_writing(self) -> None:
        self._room = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        self._room = None

    def limit(self, patience_s: float) -> asyncio.TimerHandle:
        """Let whatever waits for the server raise Broken after so long, until the timer is cancelled.

        It costs a tenth of what a task that is cancelled from outside does.
        """
        self._late = False
        return self._loop.call_later(patience_s, self._expire)

    def _expire(self) -> None:
        self._late = True
        self._wake()
        self.resume_writing()

    async def drained(self) -> None:
        """Wait until there is room for more. Raises Broken where the limit passes first."""
        if self._room is not None:
            await self._room
            if self._late:
                raise Broken("timeout", TOO_LATE)

    async def reply(self) -> Reply:
        """The next reply. Raises Broken when the connection ends first, or does not speak SMTP."""
        while not self.replies:
            if self.malformed:
                raise Broken("not-smtp", "The server does not speak SMTP")
            if self.closed:
                raise Broken("closed", "The server closed the connection")
            if self._late:
                raise Broken("timeout", TOO_LATE)
            self._waiter = self._loop.create_future()
            await self._waiter
        return self.replies.popleft()

    def _take(self, line: str) -> None:
        if not _is_reply(line) or len(line) > LONGEST_LINE:
            self._spoil()
            return
        self._lines.append(line[4:])
        if line[3:4] != "-":
            self.replies.append(reply(int(line[:3]), tuple(self._lines)))
            self._lines = []

    def _spoil(self) -> None:
        self.malformed = True
        self.transport.abort()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def _text(line: bytes) -> str:
    return line.rstrip(b"\r").decode("utf-8", "replace")


def _is_reply(line: str) -> bool:
    code, mark = line[:3], line[3:4]
    return code.isascii() and code.isdigit() and code[0] in "2345" and mark in {"", " ", "-"}


@functools.lru_cache(maxsize=256)  # a server says the same few things to every message
def _alone(line: bytes) -> Reply | None:
    """The reply that is one line; None where it is more, or none at all."""
    text = _text(line)
    return reply(int(text[:3]), (text[4:],)) if _is_reply(text) and text[3:4] != "-" else None


def reply(code: int, lines: tuple[str, ...]) -> Reply:
    """Make a reply of its code and its lines' texts, the enhanced code taken out of them."""
    found = _ENHANCED.match(lines[0])
    enhanced = found[1] if found else ""
    texts = [line.removeprefix(enhanced).strip() for line in lines]
    return Reply(code=code, text=" ".join(filter(None, texts))[:500], enhanced=enhanced, lines=lines)
