"""The short way to the receipts door: for plain posts alone, under the same guards, beside the long way on one wire."""

import asyncio
import contextlib
import functools
import pathlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import pytest
import uvicorn

from server import settings as configuration
from server.api import guard, receipts, shortcut
from tests.support import yard

PATH = "/receipts/abc"
PATIENCE_S = 10.0
SETTINGS = configuration.Settings(data=pathlib.Path("/nowhere"))


class Doorman:
    """A door that notes which way its callers came."""

    def __init__(self, *, prompt: bool) -> None:
        self.calls: list[receipts.Call] = []
        self.long = 0
        self.begun = asyncio.Event()
        self.hold = asyncio.Event()
        self.hold.set()
        self.fault: Exception | None = None
        self.said = receipts.Said(status=200)
        self.prompt = prompt  #: whether it judges a call at once, or asks for a while
        self.later: asyncio.Task[None] | None = None

    def begin(self, call: receipts.Call, tell: receipts.Tell) -> bool:
        if not self.prompt:
            return False
        self.calls.append(call)
        self.begun.set()
        if self.fault is not None:
            raise self.fault
        if self.hold.is_set():
            tell(self.said)
        else:
            self.later = asyncio.create_task(self._tell(tell))
        return True

    async def _tell(self, tell: receipts.Tell) -> None:
        await self.hold.wait()
        tell(self.said)

    async def answer(self, call: receipts.Call) -> receipts.Said:
        self.calls.append(call)
        self.begun.set()
        await self.hold.wait()
        if self.fault is not None:
            raise self.fault
        return self.said

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.long += 1
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


class Server(uvicorn.Server):
    """A server that leaves the test's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


class House:
    """A guarded door that listens."""

    def __init__(self, door: Doorman, server: Server, port: int) -> None:
        self.door = door
        self.server = server
        self.port = port

    def head(self, line: str = f"POST {PATH} HTTP/1.1", *more: str, host: str = "") -> bytes:
        lines = [line, f"host: {host or f'127.0.0.1:{self.port}'}", *more]
        return "\r\n".join([*lines, "", ""]).encode()

    def post(self, body: bytes = b"a=1", *more: str, line: str = f"POST {PATH} HTTP/1.1") -> bytes:
        return self.head(line, f"content-length: {len(body)}", *more) + body

    async def told(self, request: bytes, answers: int = 1) -> list[bytes]:
        """Send bytes; returns the heads of so many answers, or of as many as come before the connection ends."""
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(request)
            heads: list[bytes] = []
            with contextlib.suppress(asyncio.IncompleteReadError):
                while len(heads) < answers:
                    heads.append(await _answer(reader))
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        return heads


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """One answer's head, its body read away."""
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().splitlines():
        if line.startswith(b"content-length:"):
            await reader.readexactly(int(line.partition(b":")[2]))
    return head


@contextlib.asynccontextmanager
async def opened(*, prompt: bool, **more: Any) -> AsyncIterator[House]:
    """A house, open until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
        door = Doorman(prompt=prompt)
        guarding = guard.Guard(
            None,
            doors={guard.DOOR: door},
            token="t" * 43,
            settings=SETTINGS,
            open_paths=(),
        )
        guarding.listen_on(port)
        protocol = functools.partial(shortcut.Protocol, door=cast(receipts.Door, door), guarding=guarding)
        server = Server(
            uvicorn.Config(
                guarding,
                http=cast(type[asyncio.Protocol], protocol),
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                timeout_keep_alive=60,
                timeout_graceful_shutdown=5,
                **more,
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        await yard.until(lambda: server.started)
        try:
            yield House(door, server, port)
        finally:
            door.hold.set()
            server.should_exit = True
            async with asyncio.timeout(PATIENCE_S):
                await serving


def play(scene: Callable[[House], Awaitable[None]], **more: Any) -> None:
    """Run a scene in a house of its own, and again in one whose door must wait before it can judge a call."""

    async def run(*, prompt: bool) -> None:
        async with opened(prompt=prompt, **more) as house:
            await scene(house)

    for prompt in (True, False):
        asyncio.run(run(prompt=prompt))


def test_a_plain_post_takes_the_short_way_whole() -> None:
    async def scene(house: House) -> None:
        house.door.said = receipts.Said(status=200, body=b"42")
        [head] = await house.told(
            house.post(b"x=1&y=2", "X-Signed: Yes", line=f"POST {PATH}?ref=a%20b HTTP/1.1")
        )
        [call] = house.door.calls
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"cache-control: no-store\r\n" in head
        assert b"date: " in head
        assert (call.method, call.path, call.raw_path, call.query, call.body) == (
            *("POST", PATH, PATH, "ref=a%20b"),
            b"x=1&y=2",
        )
        assert (b"x-signed", b"Yes") in call.headers
        assert house.door.long == 0

    play(scene)


LONG = {
    "another method": lambda house: house.post(line=f"PUT {PATH} HTTP/1.1"),
    "an escaped path": lambda house: house.post(line="POST /receipts/%61bc HTTP/1.1"),
    "an older protocol": lambda house: house.post(line=f"POST {PATH} HTTP/1.0"),
    "a body of unknown length": lambda house: (
        house.head(f"POST {PATH} HTTP/1.1", "transfer-encoding: chunked") + b"3\r\na=1\r\n0\r\n\r\n"
    ),
    "a body that waits to be asked for": lambda house: house.post(b"", "expect: 100-continue"),
    "a wish for another protocol": lambda house: house.post(b"a=1", "upgrade: h2c", "connection: upgrade"),
    "a body that is long": lambda house: house.post(b"x" * (shortcut.BODY_BYTES + 1)),
}


@pytest.mark.parametrize("request_of", LONG.values(), ids=LONG)
def test_whatever_is_not_plain_takes_the_long_way(request_of: Callable[[House], bytes]) -> None:
    async def scene(house: House) -> None:
        heads = await house.told(request_of(house))
        assert b" 202 " in heads[0].splitlines()[0] or b" 100 " in heads[0].splitlines()[0]
        assert house.door.long == 1
        assert house.door.calls == []

    play(scene)


def test_the_longest_body_of_the_short_way_comes_in_pieces_and_whole() -> None:
    async def scene(house: House) -> None:
        body = bytes(range(256)) * (shortcut.BODY_BYTES // 256)
        [head] = await house.told(house.post(body))
        assert head.startswith(b"HTTP/1.1 200 ")
        assert [call.body for call in house.door.calls] == [body]

    play(scene)


def test_a_foreign_name_gets_no_further_by_either_way() -> None:
    async def scene(house: House) -> None:
        ours = f"127.0.0.1:{house.port}"
        for host in ("evil.test", f"{ours}\r\nhost: {ours}"):
            [head] = await house.told(house.head(f"POST {PATH} HTTP/1.1", "content-length: 0", host=host))
            assert head.startswith(b"HTTP/1.1 403 ")
        assert house.door.calls == []
        assert house.door.long == 0

    play(scene)


def test_calls_in_a_row_on_one_connection_are_answered_in_their_order() -> None:
    async def scene(house: House) -> None:
        house.door.hold.clear()
        asked = asyncio.create_task(house.told(house.post() * 3, 3))
        await house.door.begun.wait()
        assert house.door.long == 0  # the second waits for the first one's answer
        house.door.hold.set()
        heads = await asked
        assert [head.split(b" ", 2)[1] for head in heads] == [b"200", b"202", b"202"]
        [head] = await house.told(house.post())
        assert head.startswith(b"HTTP/1.1 200 ")

    play(scene)


def test_a_connection_is_kept_for_the_next_call_unless_it_asked_to_be_closed() -> None:
    async def scene(house: House) -> None:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
            for _ in range(3):
                writer.write(house.post())
                assert b"connection: close" not in await _answer(reader)
            writer.write(house.post(b"", "Connection: close"))
            assert b"connection: close\r\n" in await _answer(reader)
            assert await reader.read() == b""
            writer.close()
        assert len(house.door.calls) == 4

    play(scene)


def test_a_fault_is_answered_and_ends_the_connection_and_nothing_else() -> None:
    async def scene(house: House) -> None:
        house.door.fault = RuntimeError("a fault")
        [head] = await house.told(house.post())
        assert head.startswith(b"HTTP/1.1 500 ")
        assert b"connection: close\r\n" in head
        house.door.fault = None
        [head] = await house.told(house.post())
        assert head.startswith(b"HTTP/1.1 200 ")

    play(scene)


def test_a_caller_who_left_is_not_answered_and_nobody_minds() -> None:
    async def scene(house: House) -> None:
        house.door.hold.clear()
        _, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(house.post())
        await house.door.begun.wait()
        writer.transport.abort()
        await yard.until(lambda: not house.server.server_state.connections)
        house.door.hold.set()
        [head] = await house.told(house.post())
        assert head.startswith(b"HTTP/1.1 200 ")

    play(scene)


def test_a_call_under_way_is_answered_while_the_server_stops() -> None:
    async def scene(house: House) -> None:
        house.door.hold.clear()
        asked = asyncio.create_task(house.told(house.post()))
        await house.door.begun.wait()
        house.server.should_exit = True
        await yard.until(lambda: not any(each.is_serving() for each in house.server.servers))
        house.door.hold.set()
        [head] = await asked
        assert head.startswith(b"HTTP/1.1 200 ")
        assert b"connection: close\r\n" in head

    play(scene)


def test_a_crowd_is_put_off_by_the_long_way() -> None:
    async def scene(house: House) -> None:
        [head] = await house.told(house.post())
        assert head.startswith(b"HTTP/1.1 503 ")
        assert house.door.calls == []

    play(scene, limit_concurrency=1)
