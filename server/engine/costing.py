"""What a launch would cost: people by country, segments by what they would get, prices by who carries them."""

import collections
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import phonenumbers
import sqlalchemy as sa

from server.channels import contents, sms
from server.engine import desk as desks
from server.engine import foreseeing, pricing, taking
from server.pipeline.content import rendering, speaking, values
from server.store import limits as limit_rows
from server.store import prices as rows
from server.store.ledger import thread
from server.wire import campaigns as wire_campaigns
from server.wire import prices as wire

#: Channels whose addresses say where they are.
PHONES = frozenset({"sms", "whatsapp", "rcs"})
#: People whose SMS is rendered to learn how many segments it takes, where it differs from person to person.
SAMPLE = 200
#: A country is judged by its own people where so many of them were rendered, else by all.
ENOUGH = 5
MOST_LINES = 300

_SENT = """
FROM member
JOIN identity ON identity.workspace = member.workspace AND identity.contact = member.contact
  AND identity.channel = :channel AND identity.removed_at IS NULL
{more}
WHERE member.workspace = :workspace AND member.audience = :audience
  AND NOT EXISTS (SELECT 1 FROM suppression WHERE suppression.workspace = identity.workspace
    AND suppression.channel IN (:channel, 'all') AND suppression.address_key = identity.address_key)
"""
_CONTACT = "JOIN contact ON contact.workspace = member.workspace AND contact.id = member.contact"
#: Six characters tell every country's numbers apart.
BY_NUMBER = (
    f"SELECT min(identity.address), count(*) {_SENT.format(more='')} GROUP BY substr(identity.address, 1, 6)"
)
BY_CONTACT = f"SELECT contact.country, count(*) {_SENT.format(more=_CONTACT)} GROUP BY contact.country"
REACHED = """(SELECT address FROM identity AS other WHERE other.workspace = contact.workspace
    AND other.contact = contact.id AND other.channel = '{}' AND other.removed_at IS NULL)"""
#: Contacts' numbers without whatever order they were imported in.
SCATTERED = "(member.contact * 2654435761 % 4294967296 / 65536)"
SOME = f"""
SELECT identity.address, contact.key, contact.name, contact.country, contact.zone, contact.locale, contact.attributes,
  {REACHED.format("email")} AS email
{_SENT.format(more=_CONTACT)} AND {SCATTERED} % :step = 0 LIMIT {SAMPLE}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Messages of one channel to one country, with a number there where the channel has numbers."""

    country: str
    sample: str
    messages: int


@dataclass(slots=True, kw_only=True)
class Book:
    """What was reckoned so far."""

    lines: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)  #: messages, units, micros
    unpriced: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, channel: str, country: str, price: rows.Row | None, messages: int, units: int) -> None:
        """Count some messages, with their price or without."""
        if not messages:
            return
        if price is None:
            by_country = self.unpriced.setdefault(channel, {})
            by_country[country] = by_country.get(country, 0) + messages
            return
        line = self.lines.setdefault((channel, country, price.currency), [0, 0, 0])
        line[0] += messages
        line[1] += units
        line[2] += units * price.micros


class Table:
    """Prices, the most particular first."""

    def __init__(self, found: Iterable[rows.Row]) -> None:
        self._known = {(row.channel, row.country, row.account): row for row in found}
        self.channels = frozenset(channel for channel, _, _ in self._known)
        self.by_country = frozenset(channel for channel, country, _ in self._known if country)

    def of(self, channel: str, country: str, account: int) -> rows.Row | None:
        """The price of one message by an account; an account's own prices come before all others."""
        for whose in (account, 0):
            for where in (country, ""):
                if found := self._known.get((channel, where, whose)):
                    return found
        return None


async def cost(
    desk: desks.Desk, found: wire_campaigns.Campaign, reached: Sequence[wire_campaigns.ChannelEstimate]
) -> wire.Cost:
    """Reckon what everything that can be handed over would cost."""
    key = {"workspace": desk.workspace}
    async with desk.database.reading() as connection:
        table = Table(await rows.all_(connection, desk.workspace))
        routes = await limit_rows.routes(connection, desk.workspace)
        lanes = (await connection.execute(sa.text(foreseeing.LANES), key)).all()
    book = Book()
    sampled = 0
    async with thread.reading(desk.settings.database) as reader:
        for part in reached:
            if part.channel not in table.channels:
                book.add(part.channel, "", None, part.reachable, 0)
                continue
            ask = {**key, "audience": found.audience or 0, "channel": part.channel}
            spreads = await reader.do(spread, key=ask, table=table, reachable=part.reachable)
            segments = Segments()
            if part.channel == "sms" and found.contents.sms is not None:
                text = msgspec.json.encode(found.contents).decode()
                segments = await reader.do(counted, key=ask, text=text, people=part.reachable)
                sampled = max(sampled, segments.sampled)
            for one in spreads:
                _carry(book, table, part.channel, one, segments, lanes, routes)
    return _told(book, sampled)


# -- where, and how much ------------------------------------------------------------------------------


def spread(
    connection: sqlite3.Connection, *, key: Mapping[str, Any], table: Table, reachable: int
) -> list[Spread]:
    """A channel's messages by country."""
    channel = str(key["channel"])
    if channel in PHONES:
        return [
            Spread(country=region(number), sample=number, messages=count)
            for number, count in connection.execute(BY_NUMBER, key)
        ]
    if channel not in table.by_country:
        return [Spread(country="", sample="", messages=reachable)]
    return [
        Spread(country=country, sample="", messages=count)
        for country, count in connection.execute(BY_CONTACT, key)
    ]


def region(number: str) -> str:
    """The country a phone number belongs to; empty where nobody knows."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ""
    code = parsed.country_code or 0
    found = phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(code)
    return found if found and found.isalpha() else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """How many segments a message takes, on average."""

    overall: float = 1.0
    by_country: Mapping[str, float] = field(default_factory=dict)
    sampled: int = 0

    def of(self, country: str, messages: int) -> int:
        """Segments of some messages to a country."""
        return round(messages * self.by_country.get(country, self.overall))


def counted(connection: sqlite3.Connection, *, key: Mapping[str, Any], text: str, people: int) -> Segments:
    """Count a draft's segments: by its own text where everybody gets the same, else by some of the people."""
    try:
        sealed = taking.seal(connection, int(key["workspace"]), text)
    except taking.Unsealed:
        return Segments()
    chosen = msgspec.json.decode(sealed, type=contents.Contents)
    if chosen.sms is None or chosen.sms.media_urls:
        return Segments()
    renderer = speaking.of(chosen, "sms")
    if isinstance(renderer, rendering.Renderer) and not renderer.variables:
        return Segments(overall=_segments(renderer, {}))
    by_country: dict[str, list[float]] = collections.defaultdict(list)
    step = max(1, people // SAMPLE)
    for number, *person, email in connection.execute(SOME, {**key, "step": step}):
        names = ("key", "name", "country", "zone", "locale", "attributes")
        known = values.of(**dict(zip(names, person, strict=True)), email=email or "", phone=number)
        by_country[region(number)].append(_segments(renderer, known))
    every = [count for counts in by_country.values() for count in counts if count]
    if not every:
        return Segments()
    return Segments(
        overall=sum(every) / len(every),
        by_country={
            country: sum(counts) / len(counts)
            for country, found in by_country.items()
            if len(counts := [count for count in found if count]) >= ENOUGH
        },
        sampled=len(every),
    )


def _segments(renderer: rendering.Renderer | speaking.Speaker, known: Mapping[str, object]) -> float:
    """One person's segments; 0 where the text cannot be rendered for them, who would be skipped."""
    try:
        content = renderer.render(known).content
    except rendering.CannotRender:
        return 0.0
    return float(sms.segments(content.body).count) if isinstance(content, sms.SmsContent) else 0.0


# -- who carries it -----------------------------------------------------------------------------------


def _carry(
    book: Book,
    table: Table,
    channel: str,
    one: Spread,
    segments: Segments,
    lanes: Sequence[Any],
    routes: Mapping[tuple[str, str], Sequence[int]],
) -> None:
    """Share one country's messages out among the accounts, and price each share."""
    units = segments.of(one.country, one.messages) if channel == "sms" else one.messages
    shares = list(_shares(channel, one, lanes, routes))
    left, left_units = one.messages, units
    for at, (account, share) in enumerate(shares):
        last = at == len(shares) - 1
        messages = left if last else round(one.messages * share)
        charged = left_units if last else round(units * share)
        left, left_units = left - messages, left_units - charged
        book.add(channel, one.country, table.of(channel, one.country, account), messages, charged)


def _shares(
    channel: str, one: Spread, lanes: Sequence[Any], routes: Mapping[tuple[str, str], Sequence[int]]
) -> list[tuple[int, float]]:
    """Account to its share: the first of a country's route, else all by their weights; 0 for nobody in particular."""
    mine = [lane for lane in lanes if lane.channel == channel]
    usable = {lane.id for lane in mine}
    known = [prefix for name, prefix in routes if name == channel and one.sample.startswith(prefix)]
    if known:
        first = next((each for each in routes[channel, max(known, key=len)] if each in usable), None)
        if first is not None:
            return [(first, 1.0)]
    total = sum(lane.weight for lane in mine)
    return [(lane.id, lane.weight / total) for lane in mine] or [(0, 1.0)]


# -- what is told -------------------------------------------------------------------------------------


def _told(book: Book, sampled: int) -> wire.Cost:
    totals: collections.Counter[str] = collections.Counter()
    for (_, _, currency), (_, _, amount) in book.lines.items():
        totals[currency] += amount
    lines = sorted(book.lines.items(), key=lambda item: (-item[1][2], item[0]))
    return wire.Cost(
        totals=[
            wire.Money(currency=currency, amount=pricing.rounded(amount))
            for currency, amount in totals.most_common()
        ],
        lines=[
            wire.Line(
                channel=channel,
                country=country,
                messages=messages,
                units=units,
                currency=currency,
                amount=pricing.rounded(amount),
            )
            for (channel, country, currency), (messages, units, amount) in lines[:MOST_LINES]
        ],
        unpriced=[
            wire.Unpriced(
                channel=channel,
                countries=sorted(country for country in by_country if country),
                messages=sum(by_country.values()),
            )
            for channel, by_country in book.unpriced.items()
        ],
        sampled=sampled,
    )
