"""Bind a handler to each wire endpoint: one decorator, one way to read an ask, one way to answer a problem."""

import errno
import inspect
import logging
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import litestar
import msgspec
import sqlalchemy as sa
from litestar import exceptions, handlers, response

from server.api import asks, once
from server.engine import desk as desks
from server.store import anchor
from server.wire import all_endpoints, endpoint, problems

log = logging.getLogger(__name__)

BODY_BYTES = 4_000_000  #: largest JSON body; contents hold whole e-mails
JSON = "application/json"
PROBLEM_JSON = "application/problem+json"

HandlerT = TypeVar("HandlerT", bound=Callable[..., Awaitable[Any]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """The answer of an endpoint whose reply is endpoint.Raw. With a file name it is offered as a download."""

    content_type: str
    chunks: AsyncIterator[bytes]
    filename: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One endpoint with its handler, the types of its path parameters, and the request headers it asks for."""

    endpoint: endpoint.Endpoint[Any, Any]
    handler: Callable[..., Awaitable[Any]]
    slots: dict[str, type[Any]]
    headers: tuple[str, ...]


#: Headers a handler may ask for by naming a keyword; empty where the request has none.
HEADERS = {"last_event_id": "last-event-id"}

#: What is served, by (method, path); filled as the nouns' modules are imported.
SERVED: dict[tuple[str, str], Served] = {}


def serves(bound: endpoint.Endpoint[Any, Any]) -> Callable[[HandlerT], HandlerT]:
    """Register `async def handler(desk, ask, **slots) -> reply` for an endpoint. Raises TypeError for a second one.

    An upload's handler is handed `body`, an async iterator of bytes.
    """

    def register(handler: HandlerT) -> HandlerT:
        key = (bound.method, bound.path)
        if key in SERVED:
            raise TypeError(f"{bound.method} {bound.path} is served twice")
        kinds = asks.slot_kinds(handler, bound.slots)
        headers = tuple(name for name in HEADERS if name in inspect.signature(handler).parameters)
        SERVED[key] = Served(endpoint=bound, handler=handler, slots=kinds, headers=headers)
        return handler

    return register


def build(house: desks.Desks, *more: Any) -> litestar.Litestar:
    """Make the app that serves every endpoint, and the given route handlers besides.

    Raises TypeError for an endpoint that is declared and has no handler.
    """
    unserved = {(bound.method, bound.path) for bound in all_endpoints.ALL} - set(SERVED)
    if unserved:
        raise TypeError(
            f"nothing serves {', '.join(f'{method} {path}' for method, path in sorted(unserved))}"
        )
    return litestar.Litestar(
        [*(_route(served, house) for served in SERVED.values()), *more],
        exception_handlers={Exception: answer_problem},
        openapi_config=None,  # made from the endpoints by api.openapi: they are the one truth about types and paths
        logging_config=None,
        request_max_body_size=BODY_BYTES,
    )


def _route(served: Served, house: desks.Desks) -> handlers.HTTPRouteHandler:
    bound = served.endpoint
    limit = house.first.settings.upload_mb * 1_000_000 if bound.upload else BODY_BYTES

    async def answer(request: litestar.Request[Any, Any, Any]) -> response.Response[bytes] | response.Stream:
        values: dict[str, Any] = asks.slots(request.path_params, served.slots)
        values |= {name: request.headers.get(HEADERS[name], "") for name in served.headers}
        if bound.upload:
            values["body"] = _body(request, limit)
        desk = await house.of(request.headers.get(endpoint.WORKSPACE, ""))
        key = request.headers.get(endpoint.KEY, "")
        if bound.upload:
            once.no_upload(key)
        if not key or bound.method != "POST" or bound.upload or bound.reply is endpoint.Raw:
            return await _reply(await served.handler(desk, await _ask(bound, request), **values))

        async def act() -> bytes:
            return msgspec.json.encode(await served.handler(desk, await _ask(bound, request), **values))

        scope = request.scope
        asked = (
            scope["method"].encode(),
            scope["path"].encode(),
            scope["query_string"],
            await request.body(),
        )
        reply, replayed = await once.carry_out(desk, key, asked, act)
        return response.Response(
            reply, media_type=JSON, headers=_NO_STORE | ({endpoint.REPLAYED: "true"} if replayed else {})
        )

    path = re.sub(r"\{(\w+)\}", r"{\1:str}", bound.path)
    method: Any = bound.method
    name = f"{bound.method} {bound.path}"
    bind = handlers.HTTPRouteHandler(
        path, http_method=method, name=name, request_max_body_size=limit, status_code=200
    )
    return bind(answer)


#: WORKAROUND: Litestar has no type of its own for a client that leaves before its request has come whole.
_CUT = "client disconnected prematurely"


async def _body(request: litestar.Request[Any, Any, Any], limit: int) -> AsyncIterator[bytes]:
    """A large body piece by piece. Raises problems.Refused for one over the limit."""
    try:
        async for chunk in request.stream():
            yield chunk
    except exceptions.ClientException as error:
        if error.status_code != 413:
            raise
        raise problems.refuse(
            problems.Code.TOO_LARGE,
            f"The file is larger than {limit // 1_000_000:,} MB.",
            "Split it, repeating the header in each part, or raise the setting `upload_mb`.",
        ) from error


async def _ask(bound: endpoint.Endpoint[Any, Any], request: litestar.Request[Any, Any, Any]) -> Any:
    text = request.scope["query_string"].decode("latin-1")
    if bound.asks_by_query or bound.method in {"GET", "DELETE"}:
        return asks.query(bound.ask, text)
    asks.query(endpoint.Nothing, text)
    return asks.body(bound.ask, await request.body())


async def _reply(reply: Any) -> response.Response[bytes] | response.Stream:
    if isinstance(reply, Stream):
        return await _stream(reply)
    return response.Response(msgspec.json.encode(reply), media_type=JSON, headers=_NO_STORE)


_NO_STORE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


async def _stream(reply: Stream) -> response.Stream:
    """Start the stream before the answer's first line, so that what fails at once is still answered as a problem."""
    first = await anext(reply.chunks, b"")

    async def chunks() -> AsyncIterator[bytes]:
        yield first
        async for chunk in reply.chunks:
            yield chunk

    headers = dict(_NO_STORE)
    if reply.filename:
        name = re.sub(r"[^\w.\-]", "_", reply.filename, flags=re.ASCII)
        headers["content-disposition"] = f'attachment; filename="{name}"'
    return response.Stream(chunks(), media_type=reply.content_type, headers=headers)


# -- problems -------------------------------------------------------------------------------------------------------


def answer_problem(request: litestar.Request[Any, Any, Any], error: Exception) -> response.Response[bytes]:
    """Answer any error as a problem body; what nobody foresaw is logged and answered without its trace."""
    problem = problem_of(error)
    headers = dict(_NO_STORE)
    if problem.code is problems.Code.INTERNAL:
        log.error(
            "%s %s failed",
            request.method,
            request.url.path,
            exc_info=error,
            extra={"action": "request_failed", "method": request.method, "path": request.url.path},
        )
    if isinstance(error, exceptions.HTTPException) and error.headers:
        headers |= {name.lower(): value for name, value in error.headers.items() if name.lower() == "allow"}
    if problem.status == problems.STATUS[problems.Code.NOT_READY]:
        headers["retry-after"] = "1"
    return response.Response(
        msgspec.json.encode(problem), status_code=problem.status, media_type=PROBLEM_JSON, headers=headers
    )


def problem_of(error: BaseException) -> problems.Problem:
    """What an error means to a client."""
    if isinstance(error, problems.Refused):
        return error.problem
    if isinstance(error, exceptions.InternalServerException) and error.detail == _CUT:
        return _problem(
            problems.Code.INVALID, "The request was cut off before its end.", "Send it again.", 400
        )
    if isinstance(error, exceptions.HTTPException):
        return _by_status(error.status_code)
    if (storage := _storage(error)) is not None:
        return storage
    if isinstance(error, OverflowError):
        return _problem(problems.Code.INVALID, "A number in the request is too large.", "Use one below 2^63.")
    return _problem(
        problems.Code.INTERNAL,
        "Something went wrong in the server.",
        "Look at the server's log for what it was.",
    )


def _problem(code: problems.Code, title: str, remedy: str = "", status: int = 0) -> problems.Problem:
    return problems.Problem(code=code, title=title, remedy=remedy, status=status or problems.STATUS[code])


_STATUSES = {
    404: (
        problems.Code.NOT_FOUND,
        "There is nothing at this address.",
        "Look at /v1/openapi.json for what there is.",
    ),
    405: (problems.Code.NOT_FOUND, "This address does not take that method.", "Look at /v1/openapi.json."),
    413: (problems.Code.TOO_LARGE, "The body is larger than this endpoint takes.", "Send less, or in parts."),
    503: (problems.Code.NOT_READY, "The server is not ready.", "Ask again in a moment."),
}


def _by_status(status: int) -> problems.Problem:
    if status in _STATUSES:
        return _problem(*_STATUSES[status], status=status)
    if status < 500:
        return _problem(
            problems.Code.INVALID, "The request cannot be read.", "Look at /v1/openapi.json.", status
        )
    return _problem(problems.Code.INTERNAL, "The server could not answer.", "Look at the server's log.")


_FULL = (errno.ENOSPC, errno.EDQUOT)
_UNWRITABLE = (errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)


def _storage(error: BaseException) -> problems.Problem | None:
    """Whether the disk, not the request, is at fault."""
    if isinstance(error, sa.exc.DBAPIError) and error.orig is not None:
        error = error.orig
    if isinstance(error, anchor.Vanished):
        return _problem(
            problems.Code.STORAGE,
            f"{error}, so nothing was changed.",
            "Put the file back in its place, or stop the server and restore a backup.",
        )
    if isinstance(error, sqlite3.OperationalError):
        text = str(error)
        if "full" in text:
            return _full()
        if "locked" in text or "busy" in text:
            return _problem(
                problems.Code.NOT_READY,
                "Another program holds the database.",
                "Close whatever else has the data folder open, and ask again.",
            )
        if any(word in text for word in ("readonly", "disk I/O", "unable to open")):
            return _unwritable()
    if isinstance(error, OSError):
        if error.errno in _FULL:
            return _full()
        if error.errno in _UNWRITABLE:
            return _unwritable()
    return None


def _full() -> problems.Problem:
    return _problem(
        problems.Code.STORAGE,
        "The disk that holds the data folder is full, so nothing was changed.",
        "Make room on it; what waits goes on by itself.",
    )


def _unwritable() -> problems.Problem:
    return _problem(
        problems.Code.STORAGE,
        "The data folder cannot be written, so nothing was changed.",
        "Give the server's user the right to write there, and look at the disk's health.",
    )
