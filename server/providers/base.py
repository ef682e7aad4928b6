"""What every adapter is: settings, one send, receipts read, an account checked."""

import abc
import enum
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from server.channels import contents
from server.providers import errors
from server.wire import providers as wire


class Secret:
    """A value that never shows itself: not in a repr, not in a log, not in JSON."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every adapter's settings: secrets are of type Secret; Meta titles and descriptions draw the form.

    `endpoint` is the provider's own address where empty, `twin` for the twin of this server, else the base address of
    a private gateway. `ca` is PEM text of the authority that signed a private gateway's certificate.
    """

    endpoint: str = ""
    ca: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the world hands to an adapter."""

    account: int
    installation: str  #: short text that sets our references apart from other installations'
    endpoint: str  #: resolved: never empty, never `twin`
    ca_pem: str = ""  #: extra authority to trust, PEM
    receipts_url: str = ""  #: where the provider is to call back for this account; empty if it cannot
    public_url: str = ""  #: how the outside reaches this server, for links in messages; empty if nobody knows
    clock: Callable[[], float] = time.time
    connections: int = 16  #: at most, to this provider
    timeout_s: float = 30.0  #: an attempt ends within it, whatever the provider does
    #: Whether what was granted may still leave. A wire that speaks before it hands the message over asks right before
    #: it does, and raises errors.Lapsed where it may not: whoever holds the message by then decides about it.
    holds: Callable[[], bool] = lambda: True


class Outbound(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message, rendered, for one recipient, on one attempt."""

    ref: str  #: ours; travels wherever the wire has room for it
    to: str  #: E.164, address, device token, or a push subscription as JSON
    content: contents.Content
    attempt: int = 1
    unsubscribe_url: str = ""
    origin: str = ""  #: whom of the account's pool it comes from; empty for the sender in the settings


class Accepted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The provider took the message."""

    provider_ref: str
    status: int = 200
    detail: str = ""  #: what else they said, cut at 200 characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A message in doubt, as a provider is asked about it."""

    ref: str
    to: str  #: where it went, as it was handed over
    content: contents.Content | None  #: as it was handed over; None where that cannot be made again exactly
    sent_at: float  #: when its intent was written, epoch seconds: it left at that moment or a little later
    until: float  #: by when the attempt had ended, epoch seconds
    known: frozenset[str] = (
        frozenset()
    )  #: what the provider calls other messages to this person: none of them is it


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The provider has it, and no other message can be meant."""

    provider_ref: str
    evidence: str  #: a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """The provider has looked at everything that could be it, and it is not there."""

    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The answer settles nothing."""

    evidence: str
    worth_asking_again: bool = True


class ReceiptKind(enum.StrEnum):
    """What a receipt tells."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    SEEN = "seen"
    CLICKED = "clicked"
    REPLIED = "replied"
    FAILED = "failed"  #: taken, then not delivered
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    DELAYED = "delayed"
    UNKNOWN = "unknown"


class Receipt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One piece of later news about one message."""

    event_id: str  #: the provider's id of the news, or one made of its stable parts; doubles share it
    kind: ReceiptKind
    ref: str = ""  #: our reference, where it came back
    provider_ref: str = ""
    address: str = ""
    at: datetime | None = None  #: when it happened, by the provider's clock; aware
    code: str = ""  #: the vendor's error code
    text: str = ""
    suppress: bool = (
        False  #: the address must not be sent to again on this channel (hard bounce, complaint, opt-out)
    )
    raw: bytes = b""  #: its part of the posted body, as it came


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """One call at an account's receipts door, as it came."""

    method: str
    url: str  #: whole, as the provider was told to call it
    headers: Mapping[str, str]  #: lower-case names
    query: Mapping[str, str]
    body: bytes


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a receipts door says beyond an empty 2xx: a challenge, a confirmation."""

    status: int = 200
    body: str = ""
    receipts: list[Receipt] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What a provider says it allows an account; None where it sets no bound."""

    per_s: float | None = None
    per_day: int | None = None  #: in any 24 hours
    sent: int = 0  #: of that, in the last 24 hours, by whoever uses the account


class Provider(abc.ABC):
    """One account at one vendor, ready to send."""

    key: ClassVar[str]  #: `sms/twilio`
    channel: ClassVar[str]
    title: ClassVar[str]
    about: ClassVar[str]
    settings_type: ClassVar[type[Settings]]
    default_endpoint: ClassVar[str]
    #: Whether a second send under the same `ref` cannot reach a person twice, so that repeating settles doubt.
    repeatable: ClassVar[bool] = False
    #: How a doubt is settled with this vendor, in words for a person.
    doubt_rule: ClassVar[str] = (
        "This provider cannot be asked about a message. A receipt that carries our reference settles it when it comes;"
        " otherwise a person decides."
    )
    #: Whether a message may say whom of a pool it comes from (Outbound.origin).
    pooled: ClassVar[bool] = False
    #: Whether `quota` has something to tell.
    has_quota: ClassVar[bool] = False

    def __init__(self, settings: Any, context: Context) -> None:
        """Check the settings whole. Raises errors.BadSettings naming the field and the remedy."""
        self.settings = settings
        self.context = context

    async def open(self) -> None:
        """Make ready to send. Nothing connects before the first message unless it must."""

    async def close(self) -> None:
        """Give connections back. Sends in flight have ended by then."""

    @abc.abstractmethod
    async def send(self, message: Outbound) -> Accepted:
        """Hand over one message to one recipient.

        Raises an errors.SendError; errors.Doubt only after a byte that may have sent it.
        """

    async def look_up(self, sought: Sought) -> Found | NotFound | Unknown:
        """Ask whether the provider has a message, without sending anything.

        Where only one answer is possible it settles the doubt, so be strict: Found for exactly one candidate, NotFound
        for a listing known to be complete. Raises an errors.SendError where there is no answer.
        """
        return Unknown(evidence=f"{self.title} has no way to be asked.", worth_asking_again=False)

    async def revoke(self, *, to: str, ref: str) -> None:
        """Ask the provider to take back a message of ours that it may not have shown yet.

        That it was asked proves nothing. Raises an errors.SendError where it could not be asked.
        """
        raise errors.PermanentContent("revoke", f"{self.title} takes no message back")

    async def receipts(self, posted: Posted) -> Answer:
        """Verify the signature on the raw bytes and read the news. Raises errors.BadSignature or errors.BadReceipt.

        It may have to fetch what signatures are checked with (a certificate); where that fails it raises an
        errors.SendError, and the door asks the provider to call again later.
        """
        raise errors.BadReceipt(f"{self.title} sends no receipts, so nothing is expected at this door")

    @abc.abstractmethod
    async def check(self) -> list[wire.CheckRow]:
        """Try the credentials without sending to anybody; every row is a sentence."""

    async def quota(self) -> Quota | None:
        """What the provider allows this account now; None where it does not say. Raises an errors.SendError."""
        return None

    @classmethod
    def origin_fault(cls, origin: str) -> str:
        """Why an address cannot be a pool's sender, as a sentence; empty where it can."""
        return f"{cls.title} takes no pool of senders."
