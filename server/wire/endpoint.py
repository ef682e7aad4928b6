"""One endpoint as one value: the server binds a handler to it, a client calls it, the path is spelled once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from server.wire import problems

AskT = TypeVar("AskT")
ReplyT = TypeVar("ReplyT")

#: The header that names the workspace a request is about, by its id; the sandbox where there is none.
WORKSPACE = "heliograph-workspace"

#: The header that names one act: the same key again is carried out once, and answered as it was the first time.
KEY = "idempotency-key"
REPLAYED = "idempotent-replayed"  #: is `true` on an answer that was kept

_SLOT = re.compile(r"\{(\w+)\}")
_registry: list["Endpoint[Any, Any]"] = []


class Ask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client sends. The server refuses fields it does not know."""


class Query(Ask, frozen=True, kw_only=True):
    """An ask that travels as query parameters. Its fields are text, integers, booleans or None."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What the server answers. A client ignores fields it does not know, so that it outlives a server upgrade."""


class Nothing(Ask, frozen=True):
    """An ask without fields."""


class Done(Reply, frozen=True):
    """The reply of an act that has nothing more to say."""


class Raw(Reply, frozen=True):
    """Marks an endpoint whose answer is not JSON: a file or an event stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One prepared request. `path` is absolute and carries the query; `body` is JSON or None."""

    method: str
    path: str
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[AskT, ReplyT]):
    """Method, path, and the types that travel either way."""

    method: str
    path: str  #: with `{slot}` for each path parameter
    ask: type[AskT]
    reply: type[ReplyT]
    summary: str
    open: bool = False  #: True where no token is asked for
    upload: bool = False  #: True where the body is a file's bytes and the ask travels as query parameters
    reads: bool = False  #: True for a POST that changes nothing: what it asks is too long for an address

    def __post_init__(self) -> None:
        _registry.append(self)

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the path parameters, in the path's order."""
        return tuple(_SLOT.findall(self.path))

    @property
    def acts(self) -> bool:
        """Whether asking twice may do something twice, unless both carry the same key."""
        return self.method == "POST" and not (self.reads or self.upload or self.reply is Raw)

    @property
    def asks_by_query(self) -> bool:
        """Whether the ask travels as query parameters."""
        return self.upload or issubclass(self.ask, Query)

    def request(self, ask: AskT | None = None, **slots: str | int) -> Call:
        """Build the request. Raises KeyError for a missing path parameter."""
        path = _SLOT.sub(lambda found: quote(str(slots[found[1]]), safe=""), self.path)
        if ask is None or self.ask is Nothing:
            return Call(method=self.method, path=path, body=None)
        if self.asks_by_query:
            query = urlencode(list(_pairs(msgspec.to_builtins(ask))))
            return Call(method=self.method, path=f"{path}?{query}" if query else path, body=None)
        return Call(method=self.method, path=path, body=msgspec.json.encode(ask))

    def answer(self, status: int, body: bytes) -> ReplyT:
        """Read the answer. Raises problems.Refused with the server's problem body on any status of 400 or more."""
        if status >= 400:
            raise problems.Refused(problems.read(status, body))
        if self.reply is Done:
            return self.reply()
        return msgspec.json.decode(body, type=self.reply)


def _pairs(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        if value is None or value == "":
            continue
        yield name, ("true" if value else "false") if isinstance(value, bool) else str(value)


def endpoints() -> tuple[Endpoint[Any, Any], ...]:
    """Every endpoint declared so far; import `server.wire.all_endpoints` to be sure that is all of them."""
    return tuple(_registry)


class Page(Reply, frozen=True):
    """Where a page of a list stands. Lists extend it with their rows."""

    total: int  #: rows that match, over all pages
    offset: int  #: of the first row in this page


class Window(Query, frozen=True, kw_only=True):
    """Which rows of a list are asked for."""

    offset: int = 0
    limit: int = 100  #: at most 500
    sort: str = ""  #: a column's name, with `-` before it for descending; empty for the list's own order
