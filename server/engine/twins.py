"""The way to the twins' process: its control door, asked for the inbox and told where to call back."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from server.engine import opening
from server.wire import arrivals, problems
from server.wire import twins as wire

if TYPE_CHECKING:
    import httpx

CONTROL = "control"  #: the control door's name among the twins' addresses
PATIENCE_S = 5.0

ReplyT = TypeVar("ReplyT")


class _World(msgspec.Struct, frozen=True, kw_only=True):
    """What the twins wrote down about themselves, as far as the control door needs it."""

    token: str = ""


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator would type into our account form to use a twin."""

    settings: dict[str, str | int | bool]
    secrets: dict[str, str]


class Control:
    """The twins' control door, looked up anew for each call: the twins may have been restarted elsewhere."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """Give the connection back."""
        if self._client is not None:
            await self._client.aclose()

    async def list_(self) -> wire.Twins:
        """The running twins; none where they never ran."""
        if not opening.twin_addresses(self._data):
            return wire.Twins(rows=[], magic=[])
        return await self._get("/twins", {}, wire.Twins)

    async def inbox(self, ask: wire.ArrivalQuery) -> wire.Arrivals:
        """A page of what arrived."""
        if not opening.twin_addresses(self._data):
            return wire.Arrivals(total=0, offset=ask.offset, rows=[])
        return await self._get("/inbox", msgspec.to_builtins(ask), wire.Arrivals)

    async def whole(self, ask: wire.ArrivalQuery) -> arrivals.Whole:
        """A page of arrivals, each whole."""
        if not opening.twin_addresses(self._data):
            return arrivals.Whole(total=0, offset=ask.offset, rows=[])
        return await self._get("/inbox/whole", msgspec.to_builtins(ask), arrivals.Whole)

    async def arrived(self, arrival: int) -> wire.Arrived:
        """One arrival whole."""
        return await self._get(f"/inbox/{arrival}", {}, wire.Arrived)

    async def accounts(self) -> dict[str, Filled]:
        """What the sandbox's accounts are made of, by provider key."""
        return await self._get("/accounts", {}, dict[str, Filled])

    async def hooks(self, urls: Mapping[str, str]) -> None:
        """Tell each twin (by its key) where to call back, as an operator tells a provider."""
        await self._ask("PUT", "/hooks", content=msgspec.json.encode(urls))

    async def _get(self, path: str, query: Mapping[str, Any], kind: type[ReplyT]) -> ReplyT:
        given = {name: value for name, value in query.items() if value not in (None, "")}
        return msgspec.json.decode(await self._ask("GET", path, params=given), type=kind)

    async def _ask(self, method: str, path: str, **more: Any) -> bytes:
        import httpx  # dear, and not needed before the server listens

        if self._client is None:
            self._client = httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False)
        address = opening.twin_addresses(self._data).get(CONTROL, "")
        if not address:
            raise _silent()
        try:
            token = msgspec.json.decode((self._data / "twins" / "world.json").read_bytes(), type=_World).token
            headers = {"authorization": f"Bearer {token}"}
            answer = await self._client.request(method, address + path, headers=headers, **more)
        except (httpx.HTTPError, FileNotFoundError) as error:
            raise _silent() from error
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise problems.refuse(
                problems.Code.NOT_FOUND, "The twins know of no such thing.", "Look at the inbox."
            )
        if answer.is_error:
            raise _silent(f" ({answer.status_code})")
        return answer.content


def _silent(more: str = "") -> problems.Refused:
    return problems.refuse(
        problems.Code.UPSTREAM,
        f"The provider twins do not answer{more}.",
        "They are started again within seconds; if not, look at the log of the twins.",
    )
