"""A gateway outside the server: takes SMS and mails over HTTP as their vendors do, and answers what a test wants."""

import asyncio
import base64
import collections
import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib import parse

SMS, EMAIL = "sms", "email"
PASSWORD = "f" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One call, as the gateway saw it."""

    at: float  #: monotonic seconds
    channel: str
    to: str
    password: str  #: of an SMS call
    status: int  #: what it was answered; 0 where it never was
    number: int  #: 1 for the channel's first


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a call is answered; a status of 0 leaves it hanging."""

    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None


HANGS = Answer(status=0)
DOWN = Answer(status=503, body={"code": 20503, "message": "Service temporarily unavailable", "status": 503})
DENIED = Answer(status=401, body={"code": 20003, "message": "Authenticate", "status": 401})

Behaviour = Callable[
    [str, str, int], Answer | None
]  #: of address, password and number; None takes the message


class Gateway:
    """Runs in a thread of its own until `stop`; what it saw can be read at any time."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.behaviour: dict[str, Behaviour] = {}
        self.url = ""
        self._counts: collections.Counter[str] = collections.Counter()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Listen on a free port."""
        self._thread.start()
        self.url = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def stop(self) -> None:
        """Hang up everywhere."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def of(
        self, channel: str, *statuses: int, since: float = 0.0, until: float = float("inf")
    ) -> list[Arrival]:
        """Calls of a channel, of some answers, within a span of the monotonic clock."""
        return [
            one
            for one in list(self.arrivals)
            if one.channel == channel and since <= one.at < until and (not statuses or one.status in statuses)
        ]

    def doubled(self) -> list[tuple[str, str]]:
        """Who was sent the same more than once: taken, or left hanging, which may be taken."""
        taken = collections.Counter(
            (one.channel, one.to) for one in list(self.arrivals) if one.status in (0, 200, 201)
        )
        return [key for key, times in taken.items() if times > 1]

    def forget(self) -> None:
        """Begin anew for another campaign to the same people."""
        self.arrivals.clear()
        self._counts.clear()

    async def _listen(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _close(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                answer = self._judge(head, body)
                if answer.status == 0:
                    await asyncio.Event().wait()
                payload = json.dumps(answer.body).encode()
                lines = [f"HTTP/1.1 {answer.status} Said", f"content-length: {len(payload)}"]
                lines += [f"{name}: {value}" for name, value in answer.headers.items()]
                writer.write("\r\n".join([*lines, "", ""]).encode() + payload)
                await writer.drain()
        writer.close()

    def _judge(self, head: str, body: bytes) -> Answer:
        if head.split(" ", 2)[1].endswith("/Messages.json"):
            channel, to = SMS, parse.parse_qs(body.decode())["To"][0]
            good = Answer(body={"sid": f"SM{self._counts[SMS]:032x}", "status": "queued"})
        else:
            channel, to = EMAIL, json.loads(body)["Destination"]["ToAddresses"][0]
            good = Answer(status=200, body={"MessageId": f"m-{self._counts[EMAIL]}"})
        self._counts[channel] += 1
        password = _password(head)
        behave = self.behaviour.get(channel)
        answer = (behave(to, password, self._counts[channel]) if behave else None) or good
        self.arrivals.append(
            Arrival(
                at=time.monotonic(),
                channel=channel,
                to=to,
                password=password,
                status=answer.status,
                number=self._counts[channel],
            )
        )
        return answer


def _password(head: str) -> str:
    for line in head.split("\r\n"):
        name, _, value = line.partition(": ")
        if name.lower() == "authorization" and value.startswith("Basic "):
            return base64.b64decode(value[6:]).decode().partition(":")[2]
    return ""


@contextlib.contextmanager
def opened() -> Iterator[Gateway]:
    """A running gateway."""
    gateway = Gateway()
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.stop()
