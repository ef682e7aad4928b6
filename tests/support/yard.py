"""A yard for tests: real twins on real TLS sockets, an inbox that can be read, and a door that catches receipts."""

import asyncio
import atexit
import contextlib
import functools
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from server.twins import authority, base, callbacks, inbox, listener, population

PACE = 0.02  #: receipts arrive within 80 ms


@functools.cache
def tls() -> base.Tls:
    """A real authority and its certificate for 127.0.0.1, made once per test session."""
    folder = tempfile.mkdtemp(prefix="heliograph-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return authority.ensure(Path(folder))


def ca_pem() -> str:
    """What a client must trust to reach a twin, as PEM text."""
    return tls().authority.read_text()


class RecordingInbox:
    """An inbox in memory that tests read; what came raw is opened as the real one does when it is looked at."""

    def __init__(self, openers: inbox.Openers) -> None:
        self.arrivals: list[base.Arrival] = []
        self._openers = openers

    def keep(self, arrival: base.Arrival) -> None:
        if arrival.raw:
            opened = self._openers[arrival.twin](arrival.raw)
            arrival = msgspec.structs.replace(arrival, **msgspec.structs.asdict(opened))
        self.arrivals.append(arrival)

    def attempts(self, channel: str, to: str) -> int:
        return sum((one.channel, one.to) == (channel, to) for one in self.arrivals)

    def taken(self, channel: str, to: str, ref: str) -> int:
        return sum(
            (one.channel, one.to, one.ref) == (channel, to, ref) and one.taken for one in self.arrivals
        )

    def found(self, channel: str, provider_ref: str) -> base.Handed | None:
        return next((_handed(one) for one in self._of(channel) if one.provider_ref == provider_ref), None)

    def handed(self, channel: str, to: str) -> list[base.Handed]:
        return [_handed(one) for one in reversed(self._of(channel)) if one.to == to]

    def _of(self, channel: str) -> list[base.Arrival]:
        return [one for one in self.arrivals if one.channel == channel and one.taken]

    @property
    def last(self) -> base.Arrival:
        return self.arrivals[-1]


def _handed(one: base.Arrival) -> base.Handed:
    return base.Handed(at=time.time(), to=one.to, provider_ref=one.provider_ref, wire=one.wire)


class Catcher:
    """An HTTP door on loopback that keeps every receipt posted to it, and answers what a test tells it to."""

    def __init__(self) -> None:
        self.caught: list[base.Request] = []
        self.statuses: list[int] = []  #: answered in this order first, then always 200
        self.bodies: dict[str, bytes] = {}  #: path to what is answered there; empty elsewhere
        self.url = ""
        self._listener = listener.Listener(self._answer)

    async def start(self) -> None:
        self.url = await self._listener.start("127.0.0.1", 0, None)

    async def stop(self) -> None:
        await self._listener.stop()

    async def wait(self, count: int, *, within_s: float = 10.0) -> list[base.Request]:
        """Wait until so many calls have come. Raises AssertionError with what came instead."""
        await until(lambda: len(self.caught) >= count, within_s=within_s, what=f"{count} receipts")
        return self.caught

    async def _answer(self, request: base.Request) -> base.Response:
        self.caught.append(request)
        status = self.statuses.pop(0) if self.statuses else 200
        return base.Response(status=status, body=self.bodies.get(request.path, b""))


@dataclass(slots=True, kw_only=True)
class Opened:
    """Running twins and what is around them."""

    inbox: RecordingInbox
    catcher: Catcher
    postman: callbacks.Postman
    population: population.Population
    credentials: dict[str, dict[str, str]]
    twins: dict[str, base.Twin] = field(default_factory=dict)
    endpoints: dict[str, str] = field(default_factory=dict)  #: twin key to what an account would be given

    @property
    def yard(self) -> base.Yard:
        return base.Yard(
            credentials=self.credentials,
            population=self.population,
            inbox=self.inbox,
            callbacks=self.postman,
        )

    @property
    def tls(self) -> base.Tls:
        return tls()

    @property
    def ca_pem(self) -> str:
        return ca_pem()

    def hook(self, key: str) -> str:
        """The door that catches this twin's receipts: `http://127.0.0.1:<port>/<key>`."""
        return f"{self.catcher.url}/{key}"


async def until(holds: Callable[[], bool], *, within_s: float = 10.0, what: str = "the condition") -> None:
    """Wait for a condition. Raises AssertionError where it does not hold in time."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within_s} s in vain for {what}")
        await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def opened(
    *kinds: type[base.Twin], seed: int = 1, pace: float = PACE, hooked: bool = True
) -> AsyncIterator[Opened]:
    """Start these twins on free ports, their webhooks pointed at the catcher unless `hooked` is False."""
    async with contextlib.AsyncExitStack() as stack:
        catcher, people = Catcher(), population.Population(seed, pace=pace)
        await catcher.start()
        stack.push_async_callback(catcher.stop)
        hooks = {kind.key: f"{catcher.url}/{kind.key}" for kind in kinds} if hooked else {}
        around = Opened(
            inbox=RecordingInbox({kind.key: kind.opened for kind in kinds}),
            catcher=catcher,
            postman=callbacks.Postman(authority_pem=tls().authority.read_bytes(), hooks=hooks),
            population=people,
            credentials={kind.key: kind.invent() for kind in kinds},
        )
        for kind in kinds:
            twin = kind(around.yard)
            around.endpoints[kind.key] = await twin.start("127.0.0.1", 0, tls())
            stack.push_async_callback(twin.stop)
            around.twins[kind.key] = twin
        stack.push_async_callback(around.postman.close)
        yield around
