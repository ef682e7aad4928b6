"""Compare what arrived with what was promised: the frozen content rendered again, whose hash the ledger keeps."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from server.channels import contents
from server.engine import composing
from server.engine import desk as desks
from server.engine.arrivals import bags, mails, reading
from server.pipeline.content import rendering, speaking
from server.security import links
from server.store import addresses
from server.store.ledger import book, codes, merging
from server.wire import arrivals as wire
from server.wire import campaigns, twins

MESSAGE = """
SELECT message.channel, message.address_key, message.hash, message.vars FROM message
WHERE workspace = :workspace AND run = :run AND seq = :seq
"""
MOST_DIFFERENCES = 100
LONGEST = 64_000  #: characters of a value that are told

REFUSED = "The twin did not take it, and kept no more of it than its answer."
NO_REFERENCE = "It carries no reference of this workspace's messages."
NEVER_RENDERED = "The ledger has no hash of this message: it has not written down that it was sent."
NOT_AGAIN = "The promise cannot be made again: the frozen content rendered anew has another hash than the ledger wrote."


class Promise(NamedTuple):
    """What the ledger says of one message."""

    content: contents.Content
    digest: bytes
    address_key: str


class Cannot(Exception):
    """There is nothing to compare with; the text says why, as a sentence."""


class Comparer:
    """Compares arrivals of one workspace; compiles the content of each run once."""

    def __init__(self, desk: desks.Desk) -> None:
        self._desk = desk
        self._renderers: dict[tuple[int, int], rendering.Renderer | speaking.Speaker] = {}

    async def compare(self, arrived: twins.Arrived) -> wire.Comparison:
        """One arrival beside its promise."""
        row = arrived.arrival
        try:
            promise = await self._promise(row)
        except Cannot as problem:
            return self._alone(arrived, str(problem))
        try:
            content, strays = reading.read(arrived)
        except bags.Unreadable as problem:
            return wire.Comparison(
                id=row.id,
                verdict=wire.Verdict.DIFFERS,
                why=str(problem),
                ref=row.ref,
                promised_hash=promise.digest.hex(),
                promised=msgspec.to_builtins(promise.content),
            )
        return self._both(arrived, promise, reading.settled(content, promise.content), strays)

    def _alone(self, arrived: twins.Arrived, why: str) -> wire.Comparison:
        """An arrival that nothing was promised for, as far as it can be read."""
        row = arrived.arrival
        try:
            content: contents.Content | None = reading.read(arrived)[0]
        except bags.Unreadable:
            content = None
        return wire.Comparison(
            id=row.id,
            verdict=wire.Verdict.UNKNOWN,
            why=why,
            ref=row.ref if self._spot(row.ref) is not None else "",
            arrived_hash=rendering.digest(content).hex() if content is not None else "",
            arrived=msgspec.to_builtins(content) if content is not None else None,
        )

    def _both(
        self, arrived: twins.Arrived, promise: Promise, content: contents.Content, strays: bags.Strays
    ) -> wire.Comparison:
        digest = rendering.digest(content)
        differences = [
            *_differences(promise.content, content),
            *(wire.Difference(place=at, promised=None, arrived=text) for at, text in strays.items()),
            *self._envelope(arrived, promise),
        ]
        return wire.Comparison(
            id=arrived.arrival.id,
            verdict=wire.Verdict.DIFFERS if differences or digest != promise.digest else wire.Verdict.EQUAL,
            ref=arrived.arrival.ref,
            promised_hash=promise.digest.hex(),
            arrived_hash=digest.hex(),
            differences=differences[:MOST_DIFFERENCES],
            promised=msgspec.to_builtins(promise.content),
            arrived=msgspec.to_builtins(content),
        )

    def _spot(self, ref: str) -> book.Spot | None:
        return merging.parse_ref(ref, self._desk.installation.ref, self._desk.workspace)

    async def _promise(self, row: twins.Arrival) -> Promise:
        """Render again what was sent. Raises Cannot."""
        spot = self._spot(row.ref)
        if spot is None:
            raise Cannot(NO_REFERENCE if row.ref or row.count else REFUSED)
        key = {"workspace": self._desk.workspace, "run": spot.run, "seq": spot.seq}
        found = await self._desk.ledger.do(_message, key=key)
        if found is None:
            raise Cannot(NO_REFERENCE)
        channel, address_key, digest, variables = found
        if digest is None:
            raise Cannot(NEVER_RENDERED)
        if codes.CHANNEL_NAMES[channel] != row.channel:
            raise Cannot(f"The message was promised for {codes.CHANNEL_NAMES[channel]}.")
        renderer = await self._renderer(spot.run, channel)
        try:
            rendered = renderer.render(msgspec.json.decode(variables) if variables else {})
        except rendering.CannotRender as error:
            raise Cannot(f"The promise cannot be rendered again: {error}") from error
        if rendered.digest != digest:
            raise Cannot(NOT_AGAIN)
        return Promise(content=rendered.content, digest=digest, address_key=address_key or "")

    async def _renderer(self, run: int, channel: int) -> rendering.Renderer | speaking.Speaker:
        found = self._renderers.get((run, channel))
        if found is None:
            frozen, _ = await self._desk.ledger.do(composing.frozen, workspace=self._desk.workspace, run=run)
            whole = msgspec.json.decode(frozen, type=campaigns.Contents)
            found = self._renderers[run, channel] = speaking.of(whole, codes.CHANNEL_NAMES[channel])
        return found

    def _envelope(self, arrived: twins.Arrived, promise: Promise) -> Iterator[wire.Difference]:
        """Whom it was handed to, and whose link to unsubscribe it carries."""
        row = arrived.arrival
        if row.channel != "webpush" and promise.address_key:  # a browser is known by its subscription's keys
            key = addresses.key(row.channel, row.to)
            if key != promise.address_key:
                yield wire.Difference(place="recipient", promised=promise.address_key, arrived=row.to)
        link = mails.address(arrived) if row.channel == "email" else ""
        if link:
            _, _, token = link.rpartition(links.UNSUBSCRIBE)
            if links.unsubscribed(token, self._desk.installation.receipts_key) != row.ref:
                yield wire.Difference(place="unsubscribe link", promised=f"a link of {row.ref}", arrived=link)


def _message(connection: Any, *, key: dict[str, int]) -> tuple[Any, ...] | None:
    found: tuple[Any, ...] | None = connection.execute(MESSAGE, key).fetchone()
    return found


def _differences(promised: contents.Content, arrived: contents.Content) -> Iterator[wire.Difference]:
    ours, theirs = _flat(msgspec.to_builtins(promised)), _flat(msgspec.to_builtins(arrived))
    for place in dict.fromkeys([*ours, *theirs]):
        one, other = ours.get(place), theirs.get(place)
        if one != other:
            yield wire.Difference(place=place, promised=_told(one), arrived=_told(other))


def _flat(value: Any, place: str = "") -> dict[str, Any]:
    """Every leaf by its dotted place. An empty list or mapping has none."""
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    else:
        return {place: value}
    return {
        where: leaf
        for name, inner in items
        for where, leaf in _flat(inner, f"{place}.{name}" if place else str(name)).items()
    }


def _told(value: object) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text[:LONGEST]


async def compare(desk: desks.Desk, arrival: int) -> wire.Comparison:
    """One arrival beside its promise. Raises problems.Refused where there is no such arrival."""
    return await Comparer(desk).compare(await desk.twins.arrived(arrival))


async def glances(desk: desks.Desk, ask: twins.ArrivalQuery) -> wire.Glances:
    """A page of the inbox, each compared."""
    whole = await desk.twins.whole(ask)
    comparer = Comparer(desk)
    compared = [await comparer.compare(arrived) for arrived in whole.rows]
    rows = [
        wire.Glance(
            id=one.id,
            verdict=one.verdict,
            why=one.why,
            places=[difference.place for difference in one.differences],
        )
        for one in compared
    ]
    return wire.Glances(total=whole.total, offset=whole.offset, rows=rows)
