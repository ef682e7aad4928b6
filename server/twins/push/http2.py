"""An HTTP/2 listener for twins: h2 over TLS and nothing else, and a GOAWAY with a reason at the end."""

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

import hyperframe.frame
from h2 import config, connection, errors, events, exceptions, settings

from server.twins import base

BODY_LIMIT = 65_536  #: bytes of a request that are read; what exceeds them is answered 413
WINDOW = 1 << 20  #: bytes a client may send over one connection before it must be told to go on
DRAIN_S = 5.0  #: how long answers in flight may take to leave when the listener stops
FAREWELL_S = 1.0  #: how long a client may take to say goodbye over TLS

#: Names and order of headers are left to the desk: it looks at each of them once anyway, and this halves the cost.
_CONFIG = config.H2Configuration(
    client_side=False,
    header_encoding=False,
    validate_inbound_headers=False,
    validate_outbound_headers=False,
    normalize_inbound_headers=False,
    normalize_outbound_headers=False,
)

Headers = Sequence[tuple[bytes, bytes]]


class Desk(Protocol):
    """What answers the requests of one connection."""

    streams: int  #: how many requests may be open at once, now

    def answer(self, headers: Headers, body: bytes) -> base.Response:
        """Answer one request; pseudo headers come first, as they were sent."""


class Listener:
    """One HTTP/2 door over TLS."""

    def __init__(self, open_desk: Callable[[], Desk]) -> None:
        self._open_desk = open_desk
        self._server: asyncio.Server | None = None
        self.connections: set[Connection] = set()  #: open now
        self._closing = asyncio.Event()

    async def start(self, host: str, port: int, tls: base.Tls) -> str:
        """Listen on host and port (0 for a free one). Returns the address. Raises OSError where taken."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(tls.certificate, tls.key)
        context.set_alpn_protocols(["h2"])
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connect, host, port, ssl=context, backlog=1024)
        return f"https://{host}:{self._server.sockets[0].getsockname()[1]}"

    def _connect(self) -> "Connection":
        return Connection(self._open_desk(), self.connections, self._closing)

    async def stop(self, reason: str) -> None:
        """Stop listening: tell every client to go, let answers in flight leave, then close."""
        if self._server is None:
            return
        self._closing.set()
        self._server.close()
        for one in list(self.connections):
            one.go_away(reason)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                await asyncio.gather(*(one.idle.wait() for one in list(self.connections)))
        await asyncio.gather(*(one.close() for one in list(self.connections)))
        self._server = None


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, desk: Desk, connections: "set[Connection]", closing: asyncio.Event) -> None:
        """`closing` is set once the listener has stopped; whose TLS is agreed to only then is seen off."""
        self._desk = desk
        self._connections = connections
        self._closing = closing
        self._h2 = connection.H2Connection(config=_CONFIG)
        self._asked: dict[int, tuple[Headers, bytearray]] = {}
        self._waiting: deque[tuple[int, bytes]] = deque()  #: bodies the client has no window for yet
        self._later: dict[int, asyncio.TimerHandle] = {}
        self._streams = desk.streams
        self._last = 0
        self._promised: int | None = None  #: the last stream that is handled, once we have said so
        self._gone = asyncio.Event()
        self.idle = asyncio.Event()  #: no answer is owed
        self.idle.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        secured: ssl.SSLObject = transport.get_extra_info("ssl_object")
        if secured.selected_alpn_protocol() != "h2" or self._closing.is_set():
            transport.close()
            return
        self._connections.add(self)
        self._h2.initiate_connection()
        # A second SETTINGS: what a client opens before it has read the first is taken, not held against it.
        self._h2.update_settings({settings.SettingCodes.MAX_CONCURRENT_STREAMS: self._streams})
        self._h2.increment_flow_control_window(WINDOW)
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in self._later.values():
            timer.cancel()
        self._later.clear()
        self.idle.set()
        self._gone.set()
        self._connections.discard(self)

    def data_received(self, data: bytes) -> None:
        try:
            for event in self._h2.receive_data(data):
                self._handle(event)
        except exceptions.ProtocolError:
            self._flush()  # the library has written the GOAWAY that names the fault
            self._transport.close()
            return
        self._flush()

    def _handle(self, event: events.Event) -> None:
        if isinstance(event, events.RequestReceived):
            if self._promised is not None and event.stream_id > self._promised:
                # The client was told that this one is not looked at (RFC 9113, 6.8), and asks it elsewhere.
                self._h2.reset_stream(event.stream_id, errors.ErrorCodes.REFUSED_STREAM)
                return
            self._last = event.stream_id
            self._asked[event.stream_id] = (event.headers, bytearray())
            self.idle.clear()
        elif isinstance(event, events.DataReceived):
            self._take(event)
        elif isinstance(event, events.StreamEnded) and event.stream_id in self._asked:
            self._answer(event.stream_id)
        elif isinstance(event, events.StreamReset):
            self._forget(event.stream_id)
        elif isinstance(event, events.WindowUpdated):
            self._resume()

    def _take(self, event: events.DataReceived) -> None:
        if event.flow_controlled_length:
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        asked = self._asked.get(event.stream_id)
        if asked is not None and len(asked[1]) <= BODY_LIMIT:
            asked[1].extend(event.data)

    def _answer(self, stream: int) -> None:
        headers, body = self._asked[stream]
        response = self._desk.answer(headers, bytes(body))
        if self._desk.streams != self._streams:
            self._streams = self._desk.streams
            self._h2.update_settings({settings.SettingCodes.MAX_CONCURRENT_STREAMS: self._streams})
        if response.after_s:
            loop = asyncio.get_running_loop()
            self._later[stream] = loop.call_later(response.after_s, self._send_late, stream, response)
        else:
            self._send(stream, response)

    def _send_late(self, stream: int, response: base.Response) -> None:
        self._later.pop(stream, None)
        self._send(stream, response)
        self._flush()

    def _send(self, stream: int, response: base.Response) -> None:
        if response.cut:
            # The stream alone: its neighbours on the connection belong to other messages.
            self._h2.reset_stream(stream, errors.ErrorCodes.INTERNAL_ERROR)
            self._forget(stream)
            return
        headers = [(b":status", b"%d" % response.status)]
        headers += [(name.encode(), value.encode()) for name, value in response.headers.items()]
        self._h2.send_headers(stream, headers, end_stream=not response.body)
        if response.body:
            self._waiting.append((stream, response.body))
            self._resume()
        else:
            self._forget(stream)

    def _resume(self) -> None:
        """Send the bodies the client's window has room for; they are smaller than any window's first size."""
        while self._waiting:
            stream, body = self._waiting[0]
            if stream in self._asked:
                if self._h2.local_flow_control_window(stream) < len(body):
                    return
                self._h2.send_data(stream, body, end_stream=True)
                self._forget(stream)
            self._waiting.popleft()

    def _forget(self, stream: int) -> None:
        self._asked.pop(stream, None)
        if timer := self._later.pop(stream, None):
            timer.cancel()
        if not self._asked:
            self.idle.set()

    def _flush(self) -> None:
        if data := self._h2.data_to_send():
            self._transport.write(data)

    def go_away(self, reason: str) -> None:
        """Ask the client to take its next requests elsewhere; streams already open are still answered."""
        frame = hyperframe.frame.GoAwayFrame(0)
        frame.last_stream_id = self._promised = self._last
        frame.additional_data = reason.encode()
        # Written past the library, which would let no answer leave after its own GOAWAY.
        self._transport.write(frame.serialize())

    async def close(self) -> None:
        """Close, politely for a moment and then at once; whatever is still owed is lost."""
        self._transport.close()
        try:
            await asyncio.wait_for(self._gone.wait(), FAREWELL_S)
        except TimeoutError:
            self._transport.abort()
            await self._gone.wait()
