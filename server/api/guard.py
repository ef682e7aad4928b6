"""Who may ask: the right Host, no foreign Origin, and the bearer token; before anything else looks at the request."""

import hmac
import logging
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from server import settings as configuration
from server.api import serving
from server.wire import problems

log = logging.getLogger(__name__)

DOOR = "/receipts/"  #: providers call here; their signature is checked in place of a token
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Guard:
    """An ASGI app around the app. What it lets through has been told apart from a web page that calls 127.0.0.1."""

    def __init__(
        self,
        app: Any,
        *,
        doors: Mapping[str, Any],
        token: str,
        settings: configuration.Settings,
        open_paths: Iterable[str],
    ) -> None:
        self._app = app
        self._doors = dict(doors)  #: path prefix to the app that checks its callers by itself
        self._token = token.encode()
        self._settings = settings
        self._open = frozenset(open_paths)
        self._hosts: frozenset[str] = frozenset()
        self._origins: frozenset[str] = frozenset()
        self._door_hosts: frozenset[str] = frozenset()

    def listen_on(self, port: int) -> None:
        """Set the exact list of allowed names, now that the port is known."""
        scheme = "https" if self._settings.secure else "http"
        names = {f"{name}:{port}" for name in LOOPBACK}
        if not configuration.is_loopback(self._settings.host):
            host = self._settings.host
            names.add(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        names |= {name.lower() for name in self._settings.names}
        self._hosts = frozenset(names)
        self._origins = frozenset(f"{scheme}://{name}" for name in names)
        public = urlsplit(self._settings.public_url).netloc.lower()
        self._door_hosts = self._hosts | ({public} if public else frozenset())

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # a websocket: nothing here speaks that
            await send({"type": "websocket.close", "code": 1008})
            return
        door = self._door(scope["path"])
        if (problem := self._refusal(scope, door=door is not None)) is not None:
            await _answer(send, problem)
        else:
            await self._let_in(door or self._app, scope, receive, send)

    async def _let_in(self, app: Any, scope: Any, receive: Any, send: Any) -> None:
        begun = False

        async def noted(message: Any) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await app(scope, receive, noted)
        except Exception as error:
            if begun:  # a half answer must not end as if it were whole: the server cuts the connection
                raise
            log.exception("%s %s failed", scope["method"], scope["path"], extra={"action": "request_failed"})
            await _answer(send, serving.problem_of(error))

    def _door(self, path: str) -> Any | None:
        for prefix, app in self._doors.items():
            if path.startswith(prefix):
                return app
        return None

    def names_us(self, headers: Iterable[tuple[bytes, bytes]], *, door: bool) -> bool:
        """Whether a call names this server, once and rightly."""
        hosts = _values(headers, b"host")
        return len(hosts) == 1 and hosts[0].lower() in (self._door_hosts if door else self._hosts)

    def _refusal(self, scope: Any, *, door: bool) -> problems.Problem | None:
        if not self.names_us(scope["headers"], door=door):
            return _problem(
                problems.Code.FORBIDDEN,
                "This server does not answer to that name.",
                "Call it by 127.0.0.1 and its port, or add the name to the setting `names`.",
            )
        if door:
            return None
        origins = _values(scope["headers"], b"origin")
        if origins and (len(origins) != 1 or origins[0].lower() not in self._origins):
            return _problem(
                problems.Code.FORBIDDEN,
                "A web page of another origin may not call this server.",
                "Use the console.",
            )
        if scope["path"] in self._open and scope["method"] in {"GET", "HEAD"}:
            return None
        given = _values(scope["headers"], b"authorization")
        if len(given) == 1 and self._knows(given[0]):
            return None
        return _problem(
            problems.Code.UNAUTHENTICATED,
            "This needs the server's token.",
            "Send `Authorization: Bearer` with what the file `token` in the data folder holds.",
        )

    def _knows(self, authorization: str) -> bool:
        scheme, _, token = authorization.partition(" ")
        right = hmac.compare_digest(token.strip().encode(), self._token)  # always compared: no early way out
        return right and scheme.lower() == "bearer"


def _values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in headers if key == name]


def _problem(code: problems.Code, title: str, remedy: str) -> problems.Problem:
    return problems.Problem(code=code, title=title, remedy=remedy, status=problems.STATUS[code])


async def _answer(send: Any, problem: problems.Problem) -> None:
    body = msgspec.json.encode(problem)
    headers = [
        (b"content-type", serving.PROBLEM_JSON.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),  # a body that was not read must not become the next request
    ]
    if problem.status == problems.STATUS[problems.Code.UNAUTHENTICATED]:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
