"""Calls to the server: one client, few requests at once, and every failure a sentence with its remedy."""

import asyncio
import ipaddress
import os
import pathlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from console.services import errors, outbox
from server.wire import endpoint, problems

if TYPE_CHECKING:
    import httpx

AskT = TypeVar("AskT")
ReplyT = TypeVar("ReplyT")

AT_ONCE = 16  #: more than about twenty first steps in one turn of Qt's loop can be felt
CHUNK = 1 << 18
CONNECT_S, ANSWER_S = 5.0, 30.0
UPLOAD_S = 600.0  #: a large file is stored and looked through before it is answered

Progress = Callable[[int, int], None]  #: bytes done and bytes in all, 0 where nobody knows


class _Line:
    """The connection that every workspace's Api of one console shares."""

    def __init__(self) -> None:
        self.client: httpx.AsyncClient | None = None
        self.gate = asyncio.Semaphore(AT_ONCE)
        self.url = ""
        self.outbox = outbox.Outbox()


class Api:
    """The server as this console reaches it. `connect` before the first call; `close` at the end."""

    def __init__(self) -> None:
        self._line = _Line()
        self.workspace: int | None = None  #: what every request is about; None leaves it to the server

    def within(self, workspace: int | None) -> "Api":
        """The same connection for another workspace: what was made for one never reaches the next."""
        made = Api()
        made._line, made.workspace = self._line, workspace
        return made

    @property
    def url(self) -> str:
        """The server's address; empty before one has been chosen."""
        return self._line.url

    @property
    def acts(self) -> outbox.Outbox:
        """The acts of every workspace that are not known to be done."""
        return self._line.outbox

    @property
    def connected(self) -> bool:
        """Whether a server has been chosen (not whether it answers)."""
        return self._line.client is not None

    async def connect(self, url: str, token: str) -> None:
        """Choose a server; raises Problem where the token would travel readable over a network."""
        import httpx  # 70 ms that the first paint does not wait for

        parts = urlsplit(url)
        secure = parts.scheme == "https"
        if not secure and not _is_loopback(parts.hostname or ""):
            raise errors.Problem(
                f"{url} is not on this machine and does not use TLS, so its token could be read on the way.",
                "Use an https:// address, or run the server with a certificate (--tls-certificate).",
            )
        await self.close()
        # An explicit context: one made by the client itself reads environment variables that may point nowhere.
        verify: ssl.SSLContext | bool = ssl.create_default_context() if secure else False
        self._line.client = httpx.AsyncClient(
            base_url=url,
            verify=verify,
            trust_env=False,
            headers={"authorization": f"Bearer {token}", "accept": "application/json"},
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
            limits=httpx.Limits(max_connections=AT_ONCE + 4, max_keepalive_connections=AT_ONCE),
        )
        self._line.url = url

    async def close(self) -> None:
        """Let go of the server."""
        await self._line.outbox.close()
        client, self._line.client = self._line.client, None
        if client is not None:
            await client.aclose()

    async def call(
        self, what: endpoint.Endpoint[AskT, ReplyT], ask: AskT | None = None, **slots: str | int
    ) -> ReplyT:
        """Ask, and read the reply; fields this console does not know are ignored. Raises errors.Problem.

        What acts goes through the outbox, under a key of its own.
        """
        request = what.request(ask, **slots)
        if not what.acts:
            status, body = await self._exchange(request)
            return _read(what, status, body)
        headers = self._headers()

        async def attempt(key: str) -> outbox.Answer:
            return await self._attempt(request, headers | {endpoint.KEY: key})

        same = f"{self.url} {self.workspace} {request.method} {request.path} ".encode() + (
            request.body or b""
        )
        answer = await self._line.outbox.carry_out(what.summary, same, attempt)
        return _read(what, answer.status, answer.body)

    async def read(
        self, what: endpoint.Endpoint[AskT, Any], ask: AskT | None = None, **slots: str | int
    ) -> bytes:
        """The bytes of an endpoint that does not answer JSON. Raises errors.Problem."""
        status, body = await self._exchange(what.request(ask, **slots))
        if status >= 400:
            raise errors.refused(problems.Refused(problems.read(status, body)))
        return body

    async def upload(
        self,
        what: endpoint.Endpoint[AskT, ReplyT],
        ask: AskT,
        path: pathlib.Path,
        *,
        progress: Progress | None = None,
        head: int = 0,
        **slots: str | int,
    ) -> ReplyT:
        """Send a file, or with `head` its first bytes only. Raises errors.Problem."""
        try:
            size = await asyncio.to_thread(os.path.getsize, path)
        except OSError as error:
            raise _unreadable(path, error) from error
        total = min(size, head) if head else size
        content = _chunks(path, total, progress)
        headers = {"content-type": "text/csv", "content-length": str(total)}
        status, body = await self._exchange(
            what.request(ask, **slots), content=content, headers=headers, patience_s=UPLOAD_S
        )
        return _read(what, status, body)

    async def download(
        self,
        what: endpoint.Endpoint[AskT, Any],
        target: pathlib.Path,
        ask: AskT | None = None,
        *,
        progress: Progress | None = None,
        **slots: str | int,
    ) -> None:
        """Stream an answer into a file; a broken stream leaves no file behind. Raises errors.Problem."""
        part = target.with_name(f"{target.name}.part")
        request = what.request(ask, **slots)
        try:
            async with self.stream(request) as answer:
                total = int(answer.headers.get("content-length", 0))
                done = 0
                with part.open("wb") as file:
                    async for chunk in answer.aiter_bytes(CHUNK):
                        await asyncio.to_thread(file.write, chunk)
                        done += len(chunk)
                        if progress is not None:
                            progress(done, total)
            part.replace(target)
        except OSError as error:
            raise errors.Problem(
                f"{target} cannot be written: {error.strerror or error}.",
                "Choose another place or make room.",
            ) from error
        finally:
            part.unlink(missing_ok=True)

    @asynccontextmanager
    async def stream(
        self,
        request: endpoint.Call,
        *,
        headers: dict[str, str] | None = None,
        silence_s: float = ANSWER_S,
    ) -> "AsyncIterator[httpx.Response]":
        """An answer read bit by bit; it may be silent for `silence_s`. Raises errors.Problem."""
        import httpx  # connect has loaded it

        client = self._chosen()
        timeout = httpx.Timeout(CONNECT_S, read=silence_s)
        try:
            async with client.stream(
                request.method,
                request.path,
                headers=self._headers() | (headers or {}),
                content=request.body,
                timeout=timeout,
            ) as answer:
                if answer.status_code >= 400:
                    body = await answer.aread()
                    raise errors.refused(problems.Refused(problems.read(answer.status_code, body)))
                yield answer
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise self._unreachable(error) from error

    async def _attempt(self, request: endpoint.Call, headers: dict[str, str]) -> outbox.Answer:
        """One try of an act. Raises outbox.Broken where no answer came."""
        import httpx  # connect has loaded it

        client = self._chosen()
        typed = {"content-type": "application/json"} if request.body is not None else {}
        try:
            async with self._line.gate:
                answer = await client.request(
                    request.method, request.path, content=request.body, headers=typed | headers
                )
        except httpx.HTTPError as error:
            sent = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
            raise outbox.Broken(self._unreachable(error), unsure=sent) from error
        replayed = answer.headers.get(endpoint.REPLAYED) == "true"
        return outbox.Answer(answer.status_code, answer.content, replayed)

    async def _exchange(
        self,
        request: endpoint.Call,
        *,
        content: AsyncIterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
        patience_s: float = ANSWER_S,
    ) -> tuple[int, bytes]:
        import httpx  # connect has loaded it

        client = self._chosen()
        if content is None and request.body is not None:
            headers = {"content-type": "application/json"}
        headers = self._headers() | (headers or {})  # before the wait at the gate, which a switch may outrun
        try:
            async with self._line.gate:
                answer = await client.request(
                    request.method,
                    request.path,
                    content=content if content is not None else request.body,
                    headers=headers,
                    timeout=httpx.Timeout(patience_s, connect=CONNECT_S),
                )
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        return answer.status_code, answer.content

    def _headers(self) -> dict[str, str]:
        return {} if self.workspace is None else {endpoint.WORKSPACE: str(self.workspace)}

    def _chosen(self) -> "httpx.AsyncClient":
        if self._line.client is None:
            raise errors.Problem("No server has been chosen yet.", "Wait for the connection.", offline=True)
        return self._line.client

    def _unreachable(self, error: Exception) -> errors.Problem:
        import httpx  # connect has loaded it

        if isinstance(error.__cause__ and error.__cause__.__cause__, ssl.SSLError):
            return errors.Problem(
                f"The certificate of {self.url} is not one this system trusts.",
                "Add the authority that signed it to the system's certificates, or use the name it was made for.",
                offline=True,
            )
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return errors.Problem(
                f"The server at {self.url} does not answer.",
                "The console keeps trying; campaigns go on if the server itself runs.",
                offline=True,
            )
        if isinstance(error, httpx.TimeoutException):
            return errors.Problem(
                f"The server at {self.url} took too long to answer.",
                "What was asked may have been done: look before you ask again.",
                offline=True,
            )
        return errors.Problem(
            f"The connection to {self.url} broke.",
            "What was asked may have been done: look before you ask again.",
            offline=True,
        )


def _read(what: endpoint.Endpoint[Any, ReplyT], status: int, body: bytes) -> ReplyT:
    try:
        return what.answer(status, body)
    except problems.Refused as error:
        raise errors.refused(error) from error
    except msgspec.MsgspecError as error:
        raise errors.Problem(
            f"The server's answer to “{what.summary}” is not one this console understands.",
            "Give both the same version.",
        ) from error


async def _chunks(path: pathlib.Path, total: int, progress: Progress | None) -> AsyncIterator[bytes]:
    done = 0
    try:
        with path.open("rb") as file:
            while done < total:
                chunk = await asyncio.to_thread(file.read, min(CHUNK, total - done))
                if not chunk:
                    raise errors.Problem(f"{path.name} became shorter while it was sent.", "Import it again.")
                done += len(chunk)
                yield chunk
                if progress is not None:
                    progress(done, total)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: pathlib.Path, error: OSError) -> errors.Problem:
    return errors.Problem(
        f"{path} cannot be read: {error.strerror or error}.", "Choose another file or change its rights."
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
