"""An HTTP/1.1 door on the bare protocol: whole requests in, whole answers out, each written at once."""

import asyncio
import contextlib
import http
import logging
import socket
import ssl
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import cast
from urllib.parse import unquote

import httptools

from server.twins import base

log = logging.getLogger(__name__)

HEAD_LIMIT = 64_000  #: bytes of a request's address and headers
PATIENCE_S = 75.0  #: how long a connection may say nothing
DRAIN_S = 5.0  #: how long requests in flight may take when the door closes
HANDSHAKE_S = 10.0  #: how long a client may take to agree to the beginning of TLS
GOODBYE_S = 1.0  #: how long a client may take to agree to its end

#: Answers at once, or in a while.
Answer = Callable[[base.Request], base.Response | Awaitable[base.Response]]

_REASONS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in http.HTTPStatus}
_CLOSE = {"connection": "close"}
_BAD = base.Response(status=400, body=b"The request is not HTTP/1.1.", headers=_CLOSE)
_TOO_LARGE = base.Response(status=413, body=b"The request is too large.", headers=_CLOSE)
_FAULT = base.Response(status=500, body=b"The twin has a fault of its own; see its log.", headers=_CLOSE)


class Listener:
    """One door: hands every request, body and all, to a function."""

    def __init__(self, answer: Answer, *, body_limit: int = 1_000_000) -> None:
        """`body_limit` is in bytes; more is answered 413."""
        self.answer = answer
        self.body_limit = body_limit
        self.scheme = "http"
        self.closing = False
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._empty = asyncio.Event()
        self._empty.set()

    async def start(self, host: str, port: int, tls: base.Tls | None) -> str:
        """Listen on host and port (0 for a free one). Returns the address. Raises OSError where the port is taken."""
        self.closing = False
        context = None
        if tls is not None:
            self.scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls.certificate, tls.key)
        bound = socket.create_server((host, port), backlog=1024)
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(self),
            sock=bound,
            ssl=context,
            backlog=1024,
            ssl_handshake_timeout=HANDSHAKE_S if context else None,
            ssl_shutdown_timeout=GOODBYE_S if context else None,
        )
        return f"{self.scheme}://{host}:{bound.getsockname()[1]}"

    async def stop(self) -> None:
        """Stop listening; requests in flight have DRAIN_S to end."""
        if self._server is None:
            return
        self.closing = True
        self._server.close()
        for connection in list(self._connections):
            connection.leave()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), DRAIN_S)
        for connection in list(self._connections):
            connection.abort()
        await self._empty.wait()
        await self._server.wait_closed()
        self._server = None

    def joined(self, connection: "_Connection") -> None:
        """A client is there."""
        self._connections.add(connection)
        self._empty.clear()

    def gone(self, connection: "_Connection") -> None:
        """A client is gone."""
        self._connections.discard(connection)
        if not self._connections:
            self._empty.set()


class _Connection(asyncio.Protocol):
    """One client's connection: its requests are answered one after the other."""

    _transport: asyncio.Transport

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._todo: deque[tuple[base.Request, bool]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._leaving = False
        self._heard_at = time.monotonic()
        self._watch: asyncio.TimerHandle | None = None
        self._begin()

    def _begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._head_size = 0
        self._body: list[bytes] = []
        self._body_size = 0

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._listener.closing:  # its TLS was agreed to meanwhile, and nobody waits for it any more
            transport.close()
            return
        # Only now: a client that does not agree to TLS is seen off by the transport, and never gets so far.
        self._watch = self._loop.call_later(PATIENCE_S, self._look)
        self._listener.joined(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        self._todo.clear()
        self._listener.gone(self)

    def data_received(self, data: bytes) -> None:
        self._heard_at = time.monotonic()
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.leave()  # what follows is another protocol; the request itself is answered
        except httptools.HttpParserError as problem:
            refusal = problem.__context__
            self._refuse(_TOO_LARGE if isinstance(refusal, _OverLimit) else _BAD)

    # What the parser calls.

    def on_message_begin(self) -> None:
        """Called by the parser."""
        self._begin()

    def on_url(self, url: bytes) -> None:
        """Called by the parser."""
        self._url += url
        self._grow_head(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        self._grow_head(len(name) + len(value))
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self._headers[key] = f"{self._headers[key]}, {text}" if key in self._headers else text

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        if self._headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._body_size += len(body)
        if self._body_size > self._listener.body_limit:
            raise _OverLimit
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        self._todo.append((self._request(), self._parser.should_keep_alive()))
        if self._task is None:
            self._answer_what_came()

    def _grow_head(self, size: int) -> None:
        self._head_size += size
        if self._head_size > HEAD_LIMIT:
            raise _OverLimit

    def _request(self) -> base.Request:
        target = self._url.decode("latin-1")
        path, _, query = target.partition("?")
        return base.Request(
            method=self._parser.get_method().decode(),
            path=unquote(path) if "%" in path else path,
            query=query,
            headers=self._headers,
            body=self._body[0] if len(self._body) == 1 else b"".join(self._body),
            url=f"{self._listener.scheme}://{self._headers.get('host', '')}{target}",
        )

    def _answer_what_came(self) -> None:
        """Answer what has come, in its order; a task is made only for an answer that waits, which hardly any does."""
        while self._todo and self._task is None and not self._transport.is_closing():
            request, keep = self._todo.popleft()
            response = self._judged(request)
            if isinstance(response, base.Response) and not response.after_s:
                self._give(response, request, keep=keep)
            else:
                self._task = self._loop.create_task(self._give_later(response, request, keep=keep))
        if self._leaving and self._task is None:
            self._transport.close()

    def _judged(self, request: base.Request) -> base.Response | Awaitable[base.Response]:
        try:
            return self._listener.answer(request)
        except Exception:
            log.exception("%s %s could not be answered", request.method, request.path)
            return _FAULT

    async def _give_later(
        self, response: base.Response | Awaitable[base.Response], request: base.Request, *, keep: bool
    ) -> None:
        if not isinstance(response, base.Response):
            try:
                response = await response
            except Exception:
                log.exception("%s %s could not be answered", request.method, request.path)
                response = _FAULT
        if response.after_s:
            await asyncio.sleep(response.after_s)
        self._task = None
        self._give(response, request, keep=keep)
        self._answer_what_came()

    def _give(self, response: base.Response, request: base.Request, *, keep: bool) -> None:
        if response.cut:
            self._transport.abort()
        elif not self._transport.is_closing():
            self._write(response, bare=request.method == "HEAD", last=self._leaving or not keep)

    def _write(self, response: base.Response, *, bare: bool = False, last: bool = False) -> None:
        lines = [_REASONS.get(response.status) or f"HTTP/1.1 {response.status} \r\n"]
        lines += [f"{name}: {value}\r\n" for name, value in response.headers.items()]
        closing = last or response.headers.get("connection") == "close"
        if last and "connection" not in response.headers:
            lines.append("connection: close\r\n")
        if response.status != http.HTTPStatus.NO_CONTENT:
            lines.append(f"content-length: {len(response.body)}\r\n")
        lines.append("\r\n")
        head = "".join(lines).encode("latin-1")
        self._transport.write(head if bare else head + response.body)
        if closing:
            self._transport.close()

    def _refuse(self, response: base.Response) -> None:
        """Say why nothing more is read from this client."""
        self._leaving = True
        if self._task is None and not self._transport.is_closing():
            self._write(response)

    def leave(self) -> None:
        """Close, after the answers under way."""
        self._leaving = True
        if self._task is None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._task is not None:
            self._task.cancel()
        self._transport.abort()

    def _look(self) -> None:
        """Leave a client that says nothing, looked at now and then in place of a timer for each request."""
        quiet_s = time.monotonic() - self._heard_at
        if quiet_s >= PATIENCE_S and self._task is None:
            self._transport.close()
            return
        self._watch = self._loop.call_later(max(1.0, PATIENCE_S - quiet_s), self._look)


class _OverLimit(Exception):
    """A request that is larger than the door takes."""
