"""A shorter way to the receipts door: what a provider posts is handed over by the connection, once it is whole.

Receipts come by the thousand a second, and most of what such a call would cost is the way through the layers that
everything else needs. The short way is for the plain case alone, under the guards of the long one; every other call,
and all that is to be refused before it is read, goes the long way.
"""

import asyncio
import functools
import http
import logging
from collections.abc import Mapping
from typing import Any

import httptools

from server.api import crowding, guard, receipts, serving

log = logging.getLogger(__name__)

#: A longer body goes the long way, which reads no faster than it can take.
BODY_BYTES = 65_536
Headers = tuple[tuple[bytes, bytes], ...]

_PREFIX = guard.DOOR.encode()
_LONG = frozenset({b"expect", b"transfer-encoding", b"upgrade"})


class Protocol(crowding.Protocol):
    """One connection. Plain posts to the receipts door take the short way."""

    cycle: Any  # what answers the request under way: uvicorn's own, or a _Call
    headers: list[tuple[bytes, bytes]]

    def __init__(self, *args: Any, door: receipts.Door, guarding: guard.Guard, **named: Any) -> None:
        super().__init__(*args, **named)
        self._door = door
        self._guarding = guarding

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        if self.url.startswith(_PREFIX) and self._is_plain():
            url = httptools.parse_url(self.url)
            self.cycle = _Call(self, url.path.decode("ascii"), (url.query or b"").decode("latin-1"))
        else:
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Called by the parser."""
        super().on_message_complete()
        if isinstance(self.cycle, _Call):
            self._serve(self.cycle)

    def _is_plain(self) -> bool:
        """Whether nothing about the request calls for the long way; a header that comes twice does."""
        named = dict(self.headers)
        return (
            len(named) == len(self.headers)
            and (self.cycle is None or self.cycle.response_complete)
            and self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and b"%" not in self.url.partition(b"?")[0]
            and not self.flow.write_paused  # whoever does not read its answers waits on the long way
            and not self._is_crowded()
            and _LONG.isdisjoint(named)
            and 0 <= _length(named) <= BODY_BYTES
            and self._guarding.names_us(self.headers, door=True)
        )

    def _is_crowded(self) -> bool:
        most = self.limit_concurrency
        return most is not None and max(len(self.connections), len(self.tasks)) >= most

    def _serve(self, call: "_Call") -> None:
        try:
            if self._door.begin(call.whole(), functools.partial(self._say, call)):
                return
        except Exception as error:
            log.exception("POST %s failed", call.path, extra={"action": "request_failed"})
            self._say(call, _fault(error))
            return
        task = self.loop.create_task(self._answer(call))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _answer(self, call: "_Call") -> None:
        try:
            said = await self._door.answer(call.whole())
        except Exception as error:
            log.exception("POST %s failed", call.path, extra={"action": "request_failed"})
            said = _fault(error)
        self._say(call, said)

    def _say(self, call: "_Call", said: receipts.Said) -> None:
        call.response_complete = True
        if call.disconnected or self.transport.is_closing():
            return
        keep = call.keep_alive and not said.close
        default = tuple(self.server_state.default_headers)
        self.transport.write(_head(said, default, keep=keep) + said.body)
        if not keep:
            self.transport.close()
        self.on_response_complete()


class _Call:
    """One call on its way; in uvicorn's eyes the cycle of its connection."""

    def __init__(self, protocol: Protocol, path: str, query: str) -> None:
        self.path = path
        self._query = query
        self._headers = protocol.headers
        self.body = bytearray()
        self.more_body = True
        self.message_event = _NOBODY_WAITS
        self.disconnected = False
        self.keep_alive: bool = protocol.parser.should_keep_alive()
        self.response_complete = False

    def whole(self) -> receipts.Call:
        """The call with all of its body."""
        return receipts.Call(
            method="POST",
            path=self.path,
            raw_path=self.path,
            query=self._query,
            headers=self._headers,
            body=bytes(self.body),
        )


_NOBODY_WAITS = asyncio.Event()


def _fault(error: Exception) -> receipts.Said:
    """What is said where the door itself has failed."""
    return receipts.Said(status=serving.problem_of(error).status, close=True)


def _length(named: Mapping[bytes, bytes]) -> int:
    """How long the body will be; negative where that is not told, or not well."""
    told = named.get(b"content-length", b"")
    return int(told) if told.isdigit() else -1


@functools.lru_cache(maxsize=64)  # a second's answers are nearly all alike; the next one has another date
def _head(said: receipts.Said, default: Headers, *, keep: bool) -> bytes:
    """An answer up to its body; `default` is what stands in every answer of this server."""
    lines = [f"HTTP/1.1 {said.status} {http.HTTPStatus(said.status).phrase}\r\n".encode()]
    for name, value in (*default, *said.headers()):
        lines += (name, b": ", value, b"\r\n")
    if not keep and not said.close:
        lines.append(b"connection: close\r\n")
    return b"".join([*lines, b"\r\n"])
