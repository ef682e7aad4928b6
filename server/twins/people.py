"""Make up an audience: people of many countries whose addresses the twins know."""

import functools
import itertools
import random
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from server.twins.push import apns, webpush

TABLE = Path(__file__).parents[2] / "resources" / "samples" / "people.json"
MOST = 1_000_000  #: people whose phone numbers are all different

#: Which share of people has each identity; whoever has neither mail nor phone is given a mail address.
HAS_EMAIL, HAS_PHONE, HAS_WHATSAPP, HAS_RCS = 0.97, 0.94, 0.72, 0.55
HAS_APNS, HAS_WEBPUSH = 0.46, 0.45  #: about 70 % have one of the two

_DOMAINS = ("mailbox.test", "post.test", "letters.test", "inbox.test")
_PLANS = ("free", "free", "free", "club", "club", "pro")
_CODE = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that is misread
_STRIDE = 7_368_787  # shares no factor with a power of ten, so that numbers look random and never repeat
#: Exchanges of North American numbers: none of the service codes N11, and not 555, where the magic numbers are.
_EXCHANGES = [number for number in range(200, 1000) if number % 100 != 11 and number != 555]
_PLAIN = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ß": "ss", "\u0131": "i", "đ": "d", "æ": "ae", "å": "a"}
)


class _City(msgspec.Struct, frozen=True):
    city: str
    zone: str


class _Country(msgspec.Struct, frozen=True):
    """One row of the table. Names not in Latin letters have those behind a slash; phones their free digits."""

    country: str
    share: int
    locales: list[str]
    phones: list[str]
    cities: list[_City]
    given: list[str]
    family: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One made-up person. An identity that is empty is one they do not have."""

    key: str
    first_name: str
    last_name: str
    country: str  #: two letters
    city: str
    zone: str
    locale: str
    points: int
    plan: str
    code: str  #: a voucher of their own
    email: str
    phone: str  #: E.164
    apns: str  #: device token
    webpush: str  #: push subscription, JSON
    whatsapp: str  #: E.164
    rcs: str  #: E.164


def people(
    seed: int, count: int, addresses: Mapping[str, str], credentials: Mapping[str, Mapping[str, str]]
) -> Iterator[Person]:
    """The first `count` people of a seed, one by one; a larger count only adds more.

    `addresses` and `credentials` are those of the running twins, to whom the browsers belong. Whatever decides a fate
    comes from the seed alone, so that the same seed gives the same run everywhere. Raises KeyError where the web push
    twin is missing there, ValueError for a count over MOST.
    """
    if count > MOST:
        raise ValueError(f"At most {MOST:,} people can be made up; {count:,} were asked for.")
    chance = random.Random(seed)
    offset = chance.randrange(10**7)
    table = _table()
    push = _Push({"seed": str(seed)}, addresses, credentials)
    shares = list(itertools.accumulate(country.share for country in table))
    for index in range(count):
        country = table[_drawn(shares, chance)]
        yield _person(index, country, chance, offset, push)


@dataclass(frozen=True, slots=True)
class _Push:
    """Where devices and browsers come from."""

    devices: Mapping[str, str]  #: the audience's own seed, so that fates are the same on every installation
    addresses: Mapping[str, str]
    credentials: Mapping[str, Mapping[str, str]]

    def token(self, index: int) -> str:
        return apns.token(self.devices, index)

    def subscription(self, index: int) -> str:
        key = webpush.WebPushTwin.key
        made = webpush.subscription(self.credentials[key], self.addresses[key], f"device-{index}")
        return msgspec.json.encode(made).decode()


def _person(index: int, country: _Country, chance: random.Random, offset: int, push: _Push) -> Person:
    first, _, first_latin = chance.choice(country.given).partition("/")
    last, _, last_latin = chance.choice(country.family).partition("/")
    home = chance.choice(country.cities)
    # Drawn for everybody, so that a gap in one identity changes nobody else.
    has = [chance.random() for _ in range(6)]
    phone = _phone(country, chance, index * _STRIDE + offset) if has[1] < HAS_PHONE else ""
    email = _email(first_latin or first, last_latin or last, index, chance)
    return Person(
        key=f"p{index + 1:07d}",
        first_name=first,
        last_name=last,
        country=country.country,
        city=home.city,
        zone=home.zone,
        locale=chance.choice(country.locales),
        points=int(chance.expovariate(1 / 900)),
        plan=chance.choice(_PLANS),
        code="".join(chance.choices(_CODE, k=8)),
        email=email if has[0] < HAS_EMAIL or not phone else "",
        phone=phone,
        apns=push.token(index) if has[2] < HAS_APNS else "",
        webpush=push.subscription(index) if has[3] < HAS_WEBPUSH else "",
        whatsapp=phone if has[4] < HAS_WHATSAPP else "",
        rcs=phone if has[5] < HAS_RCS else "",
    )


def _phone(country: _Country, chance: random.Random, number: int) -> str:
    """A mobile number. `number` decides the free digits, so that different ones never meet."""
    prefix, _, width = chance.choice(country.phones).partition("/")
    if width:
        return f"{prefix}{number % 10 ** int(width):0{width}d}"
    exchange, line = divmod(number % (len(_EXCHANGES) * 10_000), 10_000)
    return f"{prefix}{_EXCHANGES[exchange]}{line:04d}"


def _email(first: str, last: str, index: int, chance: random.Random) -> str:
    return f"{_ascii(first)}.{_ascii(last)}{index + 1}@{chance.choice(_DOMAINS)}"


@functools.cache
def _ascii(name: str) -> str:
    """A name as it stands in a mail address."""
    bare = unicodedata.normalize("NFKD", name.translate(_PLAIN)).encode("ascii", "ignore").decode().lower()
    return "".join(char for char in bare if char.isalnum())


def _drawn(shares: list[int], chance: random.Random) -> int:
    point = chance.random() * shares[-1]
    return next(index for index, bound in enumerate(shares) if point < bound)


@functools.cache
def _table() -> list[_Country]:
    return msgspec.json.decode(TABLE.read_bytes(), type=list[_Country])
