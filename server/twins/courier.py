"""Carry posts to one host over a few kept connections, on the bare protocol: receipts come by the thousand a second."""

import asyncio
import logging
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Generic, Protocol, TypeVar, cast

import httptools

log = logging.getLogger(__name__)

AT_ONCE = 256  #: posts in flight to one host; a door that gathers a commit answers each after some 30 ms
TIMEOUT_S = 15.0
WATCH_S = 1.0  #: how often it is looked for answers that are overdue, in place of a timer for each post
IDLE_S = (
    4.0  #: a connection unused for longer is left, before a common server's patience of five seconds ends
)
NO_ANSWER, UNSENDABLE = 0, -1  #: in place of a status


class Parcel(Protocol):
    """What is carried: where to, and how it is signed when it leaves."""

    @property
    def path(self) -> str:
        """With the query."""

    @property
    def body(self) -> bytes:
        """What is posted."""

    @property
    def headers(self) -> Callable[[bytes], Mapping[str, str]]:
        """Signs the body when it leaves."""


ParcelT = TypeVar("ParcelT", bound=Parcel)


class Courier(Generic[ParcelT]):
    """All posts to one scheme and host."""

    def __init__(
        self,
        scheme: str,
        host: str,
        *,
        trust: Callable[[], ssl.SSLContext],
        done: Callable[[ParcelT, int], None],
    ) -> None:
        """`host` may carry a port. `done` is told of every parcel and the status it was answered with."""
        self._host = host
        self._trust = trust() if scheme == "https" else None
        name, _, port = host.rpartition(":") if host.rpartition(":")[2].isdecimal() else (host, "", "")
        self._name = name.strip("[]")
        self._port = int(port) if port else (443 if self._trust else 80)
        self._done = done
        self._due: deque[ParcelT] = deque()
        self._idle: list[_Connection[ParcelT]] = []
        self._all: set[_Connection[ParcelT]] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._quiet, self._empty = asyncio.Event(), asyncio.Event()  # nothing in flight; no connection
        self._quiet.set()
        self._empty.set()
        self._watch: asyncio.TimerHandle | None = None
        self._lost = False  # whether the host could not be reached when it was tried last
        self.busy = 0  #: parcels on a connection, or waiting for one that is being opened

    @property
    def waiting(self) -> int:
        """Parcels that were not answered yet."""
        return len(self._due) + self.busy

    def carry(self, parcel: ParcelT) -> None:
        """Post as soon as there is a connection."""
        self._due.append(parcel)
        self._pump()

    async def close(self, within_s: float) -> None:
        """Drop what has not left; what has may still be answered for so long."""
        self._due.clear()
        try:
            async with asyncio.timeout(within_s):
                await self._quiet.wait()
        except TimeoutError:
            for task in list(self._opening):
                task.cancel()
        for connection in list(self._all):
            connection.leave()
        async with asyncio.timeout(within_s):
            await self._empty.wait()

    def _pump(self) -> None:
        while self._due and self.busy < AT_ONCE:
            parcel = self._due.popleft()
            self.busy += 1
            self._quiet.clear()
            connection = self._rested()
            if connection is not None:
                connection.post(parcel)
            else:
                task = asyncio.ensure_future(self._open(parcel))
                self._opening.add(task)
                task.add_done_callback(self._opening.discard)

    def _rested(self) -> "_Connection[ParcelT] | None":
        """An idle connection that the far side still keeps."""
        while self._idle:
            connection = self._idle.pop()
            if connection.open and time.monotonic() - connection.used_at < IDLE_S:
                return connection
            connection.leave()
        return None

    async def _open(self, parcel: ParcelT) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(TIMEOUT_S):
                _, connection = await loop.create_connection(
                    lambda: _Connection(self), self._name, self._port, ssl=self._trust
                )
        except OSError as problem:  # a time-out is one of them
            if not self._lost:  # said once an outage
                log.info("%s cannot be reached: %s", self._host, type(problem).__name__)
            self._lost = True
            self.settle(parcel, NO_ANSWER)
        except ValueError:  # no resolver takes such a name
            self.settle(parcel, UNSENDABLE)
        else:
            self._lost = False
            connection.post(parcel)

    def head(self, parcel: ParcelT) -> bytes:
        """The request up to its body. Raises ValueError for what cannot stand in one, and whatever a signer raises."""
        lines = [f"POST {parcel.path} HTTP/1.1", f"host: {self._host}", f"content-length: {len(parcel.body)}"]
        lines += [f"{name}: {value}" for name, value in parcel.headers(parcel.body).items()]
        text = "\r\n".join(lines)
        if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1 or " " in parcel.path:
            raise ValueError("a receipt's address or header holds a line break or a space")
        return text.encode("ascii") + b"\r\n\r\n"

    def settle(self, parcel: ParcelT, status: int) -> None:
        """One parcel was answered, or never will be."""
        self.busy -= 1
        self._done(parcel, status)
        self._pump()
        if not self.busy:
            self._quiet.set()

    def joined(self, connection: "_Connection[ParcelT]") -> None:
        """A connection stands."""
        self._all.add(connection)
        self._empty.clear()
        if self._watch is None:
            self._watch = asyncio.get_running_loop().call_later(WATCH_S, self._look)

    def _look(self) -> None:
        """Give up answers that are overdue; no more looks once the last connection is gone."""
        self._watch = None
        for connection in list(self._all):
            connection.give_up(time.monotonic() - TIMEOUT_S)
        if self._all:
            self._watch = asyncio.get_running_loop().call_later(WATCH_S, self._look)

    def rest(self, connection: "_Connection[ParcelT]") -> None:
        """A connection has nothing to do."""
        self._idle.append(connection)

    def gone(self, connection: "_Connection[ParcelT]") -> None:
        """A connection is no more."""
        self._all.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if not self._all:
            self._empty.set()
            if self._watch is not None:
                self._watch.cancel()
                self._watch = None


class _Connection(asyncio.Protocol, Generic[ParcelT]):
    """One connection: a parcel at a time."""

    _transport: asyncio.Transport

    def __init__(self, courier: Courier[ParcelT]) -> None:
        self._courier = courier
        self._parser = httptools.HttpResponseParser(self)
        self._parcel: ParcelT | None = None
        self._posted_at = 0.0
        self._answered = False  # whether the answer's head has come
        self.used_at = 0.0

    @property
    def open(self) -> bool:
        """Whether it can be written to."""
        return not self._transport.is_closing()

    def post(self, parcel: ParcelT) -> None:
        """Write one parcel; the courier is told how it ends."""
        try:
            head = self._courier.head(parcel)
        except Exception:
            log.exception("a receipt could not be made")
            self._courier.rest(self)
            self._courier.settle(parcel, UNSENDABLE)
            return
        self._parcel, self._answered = parcel, False
        self._posted_at = time.monotonic()
        self._transport.write(head + parcel.body)

    def give_up(self, before: float) -> None:
        """Close it where the answer to a post of before then is still to come."""
        if self._parcel is not None and self._posted_at < before:
            self._transport.abort()

    def leave(self) -> None:
        """Close it."""
        if self._parcel is None:
            self._transport.close()
        else:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._courier.joined(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._transport.abort()

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self._answered = self._parser.get_status_code() >= 200

    def on_message_complete(self) -> None:
        """Called by the parser."""
        if self._answered:
            self._end(self._parser.get_status_code(), keep=self._parser.should_keep_alive())

    def connection_lost(self, exc: Exception | None) -> None:
        self._courier.gone(self)
        # An answer without a length ends with its connection.
        self._end(self._parser.get_status_code() if self._answered else NO_ANSWER, keep=False)

    def _end(self, status: int, *, keep: bool) -> None:
        parcel, self._parcel = self._parcel, None
        if parcel is None:
            return
        self.used_at = time.monotonic()
        if keep and self.open:
            self._courier.rest(self)
        else:
            self._transport.close()
        self._courier.settle(parcel, status)
