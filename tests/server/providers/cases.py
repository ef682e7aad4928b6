"""Run tables of cases against an adapter: a scripted HTTP server on a real socket plays the far side."""

import asyncio
import contextlib
import json
import time
import traceback
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib import parse

from server.channels import contents
from server.providers import base, errors

PATIENCE_S = 10.0  #: a case that takes longer has failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as the scripted server read it."""

    method: str
    target: str  #: path and query, as they came
    headers: Mapping[str, str]  #: lower-case names
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The query's fields, decoded."""
        return dict(parse.parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse.parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self) -> dict[str, object]:
        """The body as a JSON object."""
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the scripted server answers: a `body` of bytes, text, or a value to send as JSON."""

    status: int = 200
    body: object = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False  #: close the connection in place of answering

    def encode(self) -> bytes:
        """The answer as bytes on the wire."""
        if isinstance(self.body, bytes):
            body = self.body
        else:
            body = (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()
        lines = [f"HTTP/1.1 {self.status} Scripted", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class Script:
    """A server that answers by a list; what lies under a path in `always` is answered without using it up."""

    def __init__(self, replies: Sequence[Reply], always: Mapping[str, Reply]) -> None:
        self.endpoint = ""
        self.requests: list[Request] = []  #: those that used up a reply
        self.asides: list[Request] = []  #: those that `always` answered
        self._replies = list(replies)
        self._always = dict(always)
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until either side is done."""
        self._open[writer] = asyncio.current_task()
        try:
            while request := await _read(reader):
                reply = self._answer(request)
                if reply.cut:
                    writer.transport.abort()
                    return
                writer.write(reply.encode())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            del self._open[writer]

    async def hang_up(self) -> None:
        """Close what clients left open, and wait until every connection's reader has seen it."""
        readers = [task for task in self._open.values() if task is not None]
        for writer in self._open:
            writer.transport.abort()
        await asyncio.gather(*readers)

    def _answer(self, request: Request) -> Reply:
        aside = self._always.get(request.path)
        if aside is not None:
            self.asides.append(request)
            return aside
        self.requests.append(request)
        if not self._replies:
            return Reply(
                status=599, body=f"the script has no reply left for {request.method} {request.target}"
            )
        return self._replies.pop(0)


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    method, target, _version = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method=method, target=target, headers=headers, body=body)


@contextlib.asynccontextmanager
async def scripted(*replies: Reply, always: Mapping[str, Reply] | None = None) -> AsyncIterator[Script]:
    """A scripted server on a free port of 127.0.0.1, over plain HTTP; `script.endpoint` is its address."""
    script = Script(replies, always or {})
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0, limit=4 << 20)
    script.endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield script
    finally:
        server.close()
        await server.wait_closed()
        await script.hang_up()


def context(
    endpoint: str,
    *,
    ca_pem: str = "",
    receipts_url: str = "https://desk.test/receipts/1",
    clock: Callable[[], float] = time.time,
) -> base.Context:
    """What the engine would hand to an adapter."""
    return base.Context(
        account=1,
        installation="t1",
        endpoint=endpoint,
        ca_pem=ca_pem,
        receipts_url=receipts_url,
        clock=clock,
        connections=4,
    )


def outbound(content: contents.Content, to: str, *, ref: str = "t1-1-1") -> base.Outbound:
    """One message for one recipient."""
    return base.Outbound(ref=ref, to=to, content=content)


def posted(
    body: bytes = b"",
    *,
    headers: Mapping[str, str] | None = None,
    method: str = "POST",
    url: str = "https://desk.test/receipts/1",
) -> base.Posted:
    """One call at the receipts door."""
    query = dict(parse.parse_qsl(parse.urlsplit(url).query, keep_blank_values=True))
    return base.Posted(method=method, url=url, headers=dict(headers or {}), query=query, body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One send against a script, and what must come of it."""

    name: str  #: a clause: `asked to slow down`
    message: base.Outbound
    replies: tuple[Reply, ...]
    expect: base.Accepted | type[errors.SendError]
    code: str = ""  #: of the error; empty for any
    retry_after_s: float | None = None
    asks: Callable[[list[Request]], None] | None = None  #: looks at what was sent


def names(cases: Sequence[Case]) -> list[str]:
    """The cases' names, for pytest's ids."""
    return [case.name for case in cases]


async def run(
    case: Case,
    make: Callable[[base.Context], base.Provider],
    *,
    always: Mapping[str, Reply] | None = None,
    clock: Callable[[], float] = time.time,
) -> None:
    """Send the case's message through the adapter that `make` builds, and judge what came of it."""
    async with scripted(*case.replies, always=always) as script:
        provider = make(context(script.endpoint, clock=clock))
        await provider.open()
        try:
            found = await outcome(provider, case.message)
        finally:
            await provider.close()
    if isinstance(case.expect, base.Accepted):
        if isinstance(found, errors.SendError):
            raise found
        assert found == case.expect
    else:
        assert type(found) is case.expect, f"{found!r} is not {case.expect.__name__}"
        assert case.code in {"", found.code}, f"{found.code} is not {case.code}"
        assert found.retry_after_s == case.retry_after_s
    if case.asks is not None:
        case.asks(script.requests)


async def outcome(provider: base.Provider, message: base.Outbound) -> base.Accepted | errors.SendError:
    """What comes of sending one message, an error being one of the outcomes."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await provider.send(message)
    except errors.SendError as error:
        return error


def shows(thing: object) -> str:
    """All that a log, a screen or a crash report would print of a thing, to look for secrets in."""
    parts = [repr(thing), str(thing)]
    if isinstance(thing, BaseException):
        parts += traceback.format_exception(thing)
    parts += [repr(value) for value in getattr(thing, "__dict__", {}).values()]
    return "\n".join(parts)
