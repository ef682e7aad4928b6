"""A yard for tests: real twins on real TLS sockets, an inbox that can be read, and a door that catches receipts."""

import asyncio
import atexit
import contextlib
import functools
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from server.twins import authority, base, callbacks, listener, population

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
    """An inbox in memory that tests read."""

    def __init__(self) -> None:
        self.arrivals: list[base.Arrival] = []
        self._attempts: Counter[tuple[str, str]] = Counter()
        self._taken: Counter[tuple[str, str, str]] = Counter()

    def keep(self, arrival: base.Arrival) -> int:
        self.arrivals.append(arrival)
        self._attempts[arrival.channel, arrival.to] += 1
        key = (arrival.channel, arrival.to, arrival.ref)
        self._taken[key] += arrival.taken
        return self._taken[key]

    def attempts(self, channel: str, to: str) -> int:
        return self._attempts[channel, to]

    @property
    def last(self) -> base.Arrival:
        return self.arrivals[-1]


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
            inbox=RecordingInbox(),
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
