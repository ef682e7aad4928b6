"""The small client of the command line: one endpoint, one call; whatever goes wrong is a sentence with its remedy."""

import ipaddress
import json
import os
import shlex
import ssl
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from server import settings
from server.api import tokens
from server.wire import endpoint, problems
from server.wire import server as wire

AskT = TypeVar("AskT")
ReplyT = TypeVar("ReplyT")

CONNECT_S = 5.0
AGAIN_S = 20.0  #: how long an act whose answer was lost is asked for again
PAUSE_S = 0.2  #: before the first time; it doubles
ANSWER_S = 120.0
TOKEN_VARIABLE = "HELIOGRAPH_TOKEN_FILE"  # noqa: S105 - the name of a variable


class Unreachable(Exception):
    """No server answers; the sentence names the command that helps."""


class Client:
    """One server, asked one thing at a time."""

    options: str = ""  #: what a command that is hinted at must add to reach the same server
    start: str = "heliograph serve"  #: the command that starts it

    def __init__(self, base: str, token: str, *, authority: str = "") -> None:
        verify: ssl.SSLContext | bool = ssl.create_default_context(cafile=authority) if authority else True
        self.base = base.rstrip("/")
        self._client = httpx.Client(
            base_url=self.base,
            headers={"authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
            verify=verify,
            trust_env=False,
        )

    def work_in(self, named: str) -> None:
        """Ask for everything in one workspace from here on, named by id or name.

        Raises Unreachable where there is none of that name.
        """
        rows = self.call(wire.WORKSPACES).rows
        found = [row for row in rows if str(row.id) == named or row.name.casefold() == named.casefold()]
        if not found:
            known = ", ".join(row.name for row in rows)
            raise Unreachable(f"There is no workspace {named!r}. There are: {known}.")
        self._client.headers[endpoint.WORKSPACE] = str(found[0].id)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def call(
        self, bound: endpoint.Endpoint[AskT, ReplyT], ask: AskT | None = None, **slots: str | int
    ) -> ReplyT:
        """Ask. Raises problems.Refused with the server's problem, Unreachable."""
        call = bound.request(ask, **slots)
        if bound.acts:
            return self._read(bound, self._act(call))
        return self._read(bound, self._send(call.method, call.path, content=call.body))

    def _act(self, call: endpoint.Call) -> httpx.Response:
        """Carry something out once: what broke off is asked again under the same key, until patience ends."""
        headers = {endpoint.KEY: uuid.uuid4().hex}
        deadline, pause, sent = time.monotonic() + AGAIN_S, PAUSE_S, False
        while True:
            try:
                answer = self._client.request(call.method, call.path, content=call.body, headers=headers)
            except httpx.HTTPError as error:
                sent = sent or not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
                if not sent or time.monotonic() + pause > deadline:
                    raise self._unreachable(error) from error
            else:
                if not _under_way(answer) or time.monotonic() + pause > deadline:
                    return answer
            time.sleep(pause)
            pause *= 2

    def upload(
        self, bound: endpoint.Endpoint[AskT, ReplyT], ask: AskT, content: Iterable[bytes], **slots: str | int
    ) -> ReplyT:
        """Send a file's bytes with the ask beside them."""
        call = bound.request(ask, **slots)
        return self._read(bound, self._send(call.method, call.path, content=content))

    def stream(self, bound: endpoint.Endpoint[Any, Any], **slots: str | int) -> Iterator[bytes]:
        """Read an answer that is not JSON, piece by piece. A cut answer raises Unreachable."""
        call = bound.request(None, **slots)
        try:
            with self._client.stream(call.method, call.path) as answer:
                if answer.is_error:
                    bound.answer(answer.status_code, answer.read())
                yield from answer.iter_bytes()
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def _read(self, bound: endpoint.Endpoint[Any, ReplyT], answer: httpx.Response) -> ReplyT:
        try:
            return bound.answer(answer.status_code, answer.content)
        except msgspec.MsgspecError as error:
            raise Unreachable(
                f"What answers at {self.base} is no Heliograph of version {settings.VERSION}: {error}. "
                "Use the command line of the server's version."
            ) from error

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **more)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: httpx.HTTPError) -> Unreachable:
        why = str(error) or type(error).__name__
        return Unreachable(
            f"The server at {self.base} does not answer: {why}. Is it running? Start it: {self.start}"
        )


def _under_way(answer: httpx.Response) -> bool:
    """Whether the server is still at the first try of the same act."""
    return (
        answer.status_code == httpx.codes.CONFLICT
        and problems.read(answer.status_code, answer.content).code is problems.Code.UNDER_WAY
    )


def at(url: str, token_file: str, *, authority: str = "") -> Client:
    """A client of a server by its address. Raises Unreachable for an address or token that cannot be used."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Unreachable(f"{url!r} is not a server's address. Give one like http://127.0.0.1:8471")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise Unreachable(f"{url} would carry the token over the network in the clear. Use https://")
    token_file = token_file or os.environ.get(TOKEN_VARIABLE, "")
    if not token_file:
        raise Unreachable(
            f"A server by --server needs its token. Give --token-file FILE, or set {TOKEN_VARIABLE}."
        )
    return Client(url, _token(Path(token_file)), authority=authority)


def on(data: Path) -> Client:
    """A client of the server that runs on a data folder. Raises Unreachable where none does."""
    serve = f"heliograph serve --data {shlex.quote(str(data))}"
    start = f"Start one: {serve}"
    try:
        known = json.loads((data / "server.json").read_bytes())
        url = str(known.get("url") or f"http://127.0.0.1:{int(known['port'])}")
    except FileNotFoundError:
        raise Unreachable(f"No server runs on {data}. {start}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unreachable(f"{data / 'server.json'} cannot be read: {error}. {start}") from error
    if not _lives(int(known.get("pid", 0))):
        raise Unreachable(f"The server that ran on {data} is gone. {start}")
    found = Client(url, _token(data / "token"), authority=str(known.get("authority", "")))
    found.start = serve
    return found


def _token(path: Path) -> str:
    try:
        return tokens.read(path)
    except tokens.Exposed as error:
        raise Unreachable(str(error)) from error
    except OSError as error:
        raise Unreachable(f"The token file {path} cannot be read: {error.strerror}.") from error


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _lives(pid: int) -> bool:
    if os.name != "posix" or pid <= 0:
        return True  # asked over the network instead
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
