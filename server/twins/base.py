"""What every twin is: credentials invented on the spot, a listener, and a yard shared with the other twins."""

import abc
import enum
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

import msgspec


class Word(enum.StrEnum):
    """What becomes of a message, decided by its recipient; the same words on every channel.

    A magic recipient carries its word in the address; all others draw one from the seed. A word a channel cannot
    express acts as DELIVERED there.
    """

    DELIVERED = "delivered"  #: taken, delivered
    SEEN = "seen"  #: delivered, then opened or read
    CLICKED = "clicked"  #: seen, then a link followed or a suggestion tapped
    REPLIED = "replied"  #: seen, then answered
    DEAD = "dead"  #: refused at once: no such recipient; 410, 404, 550, 21211
    BLOCKED = "blocked"  #: refused at once: the person opted out with the provider
    REFUSED = "refused"  #: refused at once: content
    BOUNCED = "bounced"  #: taken, then a hard bounce or `undelivered`
    UNREACHABLE = "unreachable"  #: taken, then out of coverage until it expires
    SILENT = "silent"  #: taken, and nothing is ever heard
    COMPLAINED = "complained"  #: delivered, then reported as spam
    UNSUBSCRIBED = "unsubscribed"  #: delivered, then opted out
    THROTTLED = "throttled"  #: the first attempt is answered 429 with Retry-After, the next is delivered
    DOWN = "down"  #: the first attempt is answered 500 or 503 without being taken, the next is delivered
    SLOW = "slow"  #: answered after two seconds, then delivered
    CUT = "cut"  #: taken, and the connection closed without an answer; receipts still come
    DOUBLED = "doubled"  #: delivered and seen, each receipt posted twice
    SHUFFLED = "shuffled"  #: delivered and seen, the receipts posted in the wrong order


class Fate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What happens to messages for one recipient on one channel."""

    word: Word
    delays_s: tuple[float, ...]  #: from acceptance to each following receipt, in order


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What is found in a raw message when somebody looks at it."""

    title: str
    text: str
    image: str
    wire: Mapping[str, str]
    body: str
    shown: Mapping[str, object]


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a twin was handed, as the inbox keeps it.

    With `raw` everything from `title` to `shown` is left empty: the twin's `opened` finds it when somebody looks.
    """

    twin: str
    channel: str
    to: str
    ref: str
    provider_ref: str
    outcome: str  #: a Word, or the error the twin answered
    title: str = ""
    text: str = ""
    image: str = ""
    wire: Mapping[str, str] = {}  #: headers or fields, credentials left out
    body: str = ""
    shown: Mapping[str, object] = {}  #: the content as a device would show it
    taken: bool = True  #: whether the twin took responsibility for the message (2xx, or cut after taking)
    raw: bytes = b""  #: the message as it came, where opening it at once would cost too much


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """What is on disk of an arrival that was taken."""

    at: float  #: epoch seconds
    to: str
    provider_ref: str
    wire: Mapping[str, str]


class Inbox(Protocol):
    """Keeps everything that arrived, by recipient."""

    def keep(self, arrival: Arrival) -> None:
        """Keep one arrival."""

    def attempts(self, channel: str, to: str) -> int:
        """How often anything arrived for this recipient on this channel, refused or taken."""

    def taken(self, channel: str, to: str, ref: str) -> int:
        """How often this recipient was handed this reference and it was taken."""

    def found(self, channel: str, provider_ref: str) -> Handed | None:
        """What was taken under this reference of the provider's own, once it is on disk."""

    def handed(self, channel: str, to: str) -> list[Handed]:
        """What was taken for a recipient and is on disk, newest first, at most a thousand."""


class Population(Protocol):
    """The seeded devices."""

    def fate(self, channel: str, address: str) -> Fate:
        """What happens to messages for this recipient; equal for equal seed and address."""


class Callbacks(Protocol):
    """Posts receipts back, later, in the background, with the provider's retries on failure."""

    def post(
        self, *, after_s: float, url: str, headers: Callable[[bytes], Mapping[str, str]], body: bytes
    ) -> None:
        """Post `body` after a delay; `headers` signs it at the time of posting."""

    def hook(self, key: str) -> str:
        """The webhook address that was configured at this provider, or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """The local authority's certificate for 127.0.0.1 and localhost."""

    certificate: Path  #: leaf and chain, PEM
    key: Path
    authority: Path  #: what a client must trust, PEM


@dataclass(frozen=True, slots=True, kw_only=True)
class Yard:
    """What the twins share."""

    credentials: Mapping[str, Mapping[str, str]]  #: twin key to what `invent` returned
    population: Population
    inbox: Inbox
    callbacks: Callbacks
    clock: Callable[[], float] = time.time


class Twin(abc.ABC):
    """One provider's stand-in."""

    key: ClassVar[str]  #: `sms/twilio`, equal to the provider's
    channel: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, yard: Yard) -> None:
        self.yard = yard
        self.credentials = yard.credentials[self.key]

    @classmethod
    @abc.abstractmethod
    def invent(cls) -> dict[str, str]:
        """Make the keys and names an operator would get from this provider, on the spot."""

    @classmethod
    @abc.abstractmethod
    def account(cls, credentials: Mapping[str, str]) -> tuple[dict[str, str | int | bool], dict[str, str]]:
        """The settings and the secrets an operator would type into our account form to use this twin."""

    @classmethod
    def opened(cls, raw: bytes) -> Opened:
        """What a message that was kept raw looks like. Twins that keep some raw write this."""
        raise NotImplementedError(f"{cls.key} keeps nothing raw")

    @abc.abstractmethod
    async def start(self, host: str, port: int, tls: Tls) -> str:
        """Listen on host and port (0 for a free one). Returns the endpoint an account would be given."""

    @abc.abstractmethod
    async def stop(self) -> None:
        """Stop listening; what is in flight is answered first."""

    @property
    def waiting(self) -> int:
        """News still to be told that the callbacks do not hold yet."""
        return 0

    @property
    def hosts(self) -> Mapping[str, str]:
        """Further addresses it listens on, by environment, where the provider has more than one."""
        return {}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request at a twin."""

    method: str
    path: str
    query: str  #: raw
    headers: Mapping[str, str]  #: lower-case names
    body: bytes
    url: str  #: whole, as the client called it


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What a twin answers."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}
    after_s: float = 0.0
    cut: bool = False  #: close the connection in place of answering
