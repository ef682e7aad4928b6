"""The door through which our own server looks into the twins: the inbox, magic recipients, webhooks, pace."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl

import msgspec

from server.channels import contents
from server.twins import base, callbacks, inbox, listener, population
from server.wire import arrivals
from server.wire import twins as wire

Start = Callable[[int], Awaitable[str]]

_JSON = {"content-type": "application/json"}


class Receipts(msgspec.Struct, frozen=True, kw_only=True):
    """How the twins' receipts are doing; `waiting` is 0 when all news has been told."""

    waiting: int
    posted: int
    retried: int
    refused: int
    given_up: int


class Pace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How fast the twins' devices live: 1 is the usual, 0 has every receipt at once."""

    pace: float


class Hosted(Protocol):
    """What the door shows of the host."""

    inbox: inbox.Inbox
    population: population.Population
    postman: callbacks.Postman | None
    twins: dict[str, base.Twin]

    @property
    def world(self) -> Any:
        """Holds the door's token."""

    def rows(self) -> list[wire.Twin]:
        """Every twin as the console lists it."""

    def accounts(self) -> dict[str, dict[str, object]]:
        """Twin key to the settings and secrets of an account."""

    def set_hooks(self, hooks: Mapping[str, str]) -> None:
        """Configure webhooks."""


class Refused(Exception):
    """A call the door does not answer: an HTTP status and one sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Door:
    """One HTTP listener on loopback, behind a bearer token."""

    def __init__(self, host: Hosted) -> None:
        self._host = host
        self._listener = listener.Listener(self._answer)
        self._routes: dict[tuple[str, str], Callable[[base.Request], Awaitable[Any]]] = {
            ("GET", "/twins"): self._twins,
            ("GET", "/magic"): self._magic,
            ("GET", "/accounts"): self._accounts,
            ("GET", "/inbox"): self._inbox,
            ("GET", "/inbox/whole"): self._wholes,
            ("GET", "/receipts"): self._receipts,
            ("PUT", "/hooks"): self._hooks,
            ("PUT", "/pace"): self._pace,
        }

    async def start(self, port: int) -> str:
        """Listen on loopback. Returns the address. Raises OSError where the port is taken."""
        return await self._listener.start("127.0.0.1", port, None)

    async def stop(self) -> None:
        """Stop listening."""
        await self._listener.stop()

    async def _answer(self, request: base.Request) -> base.Response:
        try:
            self._admit(request)
            reply = await self._route(request)
        except Refused as refusal:
            body = msgspec.json.encode({"message": str(refusal)})
            return base.Response(status=refusal.status, body=body, headers=_JSON)
        return base.Response(status=200, body=msgspec.json.encode(reply), headers=_JSON)

    def _admit(self, request: base.Request) -> None:
        expected = f"Bearer {self._host.world.token}".encode()
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, expected):
            raise Refused(
                401, "The token of the twins' control door is missing or wrong; it is in world.json."
            )

    async def _route(self, request: base.Request) -> Any:
        handler = self._routes.get((request.method, request.path))
        if handler is not None:
            return await handler(request)
        head, _, number = request.path.rpartition("/")
        if request.method == "GET" and head == "/inbox" and number.isdecimal() and len(number) < 18:
            return await self._arrived(int(number))
        raise Refused(404, "The twins' control door has nothing under this address.")

    async def _twins(self, _: base.Request) -> wire.Twins:
        return wire.Twins(rows=self._host.rows(), magic=magic())

    async def _magic(self, _: base.Request) -> list[wire.Magic]:
        return magic()

    async def _accounts(self, _: base.Request) -> dict[str, dict[str, object]]:
        return self._host.accounts()

    async def _inbox(self, request: base.Request) -> wire.Arrivals:
        return await asyncio.to_thread(self._host.inbox.page, _query(request))

    async def _wholes(self, request: base.Request) -> arrivals.Whole:
        return await asyncio.to_thread(self._host.inbox.wholes, _query(request))

    async def _arrived(self, number: int) -> wire.Arrived:
        found = await asyncio.to_thread(self._host.inbox.show, number)
        if found is None:
            raise Refused(404, f"Nothing with number {number} arrived.")
        return found

    async def _receipts(self, _: base.Request) -> Receipts:
        postman = self._host.postman
        counts = postman.counts if postman else callbacks.Counts()
        return Receipts(
            waiting=(postman.waiting if postman else 0)
            + sum(twin.waiting for twin in self._host.twins.values()),
            posted=counts.posted,
            retried=counts.retried,
            refused=counts.refused,
            given_up=counts.given_up,
        )

    async def _hooks(self, request: base.Request) -> dict[str, str]:
        hooks = _decode(request.body, dict[str, str])
        for key, url in hooks.items():
            if url and not url.startswith(("http://", "https://")):
                raise Refused(400, f"The webhook of {key} must be an http or https address.")
        self._host.set_hooks(hooks)
        return {}

    async def _pace(self, request: base.Request) -> Pace:
        asked: Pace = _decode(request.body, Pace)
        if not 0 <= asked.pace <= 1000:
            raise Refused(400, "The pace is a number from 0 (all receipts at once) to 1000.")
        self._host.population.pace = asked.pace
        return asked


def magic() -> list[wire.Magic]:
    """Every magic recipient of every channel."""
    return [
        wire.Magic(word=word, channel=channel, address=address, does=does)
        for channel in contents.CHANNELS
        for word, address, does in population.magic(channel)
    ]


def _query(request: base.Request) -> wire.ArrivalQuery:
    """Which arrivals are asked for. Raises Refused."""
    fields = dict(parse_qsl(request.query, keep_blank_values=True))
    try:
        return msgspec.convert(fields, wire.ArrivalQuery, strict=False)
    except msgspec.ValidationError as problem:
        raise Refused(400, f"The inbox cannot be asked this: {problem}.") from problem


def _decode(body: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        raise Refused(400, f"The body is not what belongs here: {problem}.") from problem
