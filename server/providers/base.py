"""What every adapter is: settings, one send, receipts read, an account checked."""

import abc
import enum
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
    clock: Callable[[], float] = time.time
    connections: int = 16  #: at most, to this provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """One message, rendered, for one recipient, on one attempt."""

    ref: str  #: ours; travels wherever the wire has room for it
    to: str  #: E.164, address, device token, or a push subscription as JSON
    content: contents.Content
    attempt: int = 1
    unsubscribe_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The provider took the message."""

    provider_ref: str
    status: int = 200
    detail: str = ""  #: what else they said, cut at 200 characters


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One call at an account's receipts door, as it came."""

    method: str
    url: str  #: whole, as the provider was told to call it
    headers: Mapping[str, str]  #: lower-case names
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a receipts door says beyond an empty 2xx: a challenge, a confirmation."""

    status: int = 200
    body: str = ""
    receipts: list[Receipt] = field(default_factory=list)


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

    async def receipts(self, posted: Posted) -> Answer:
        """Verify the signature on the raw bytes and read the news. Raises errors.BadSignature or errors.BadReceipt.

        It may have to fetch what signatures are checked with (a certificate); where that fails it raises an
        errors.SendError, and the door asks the provider to call again later.
        """
        raise errors.BadReceipt(f"{self.title} sends no receipts, so nothing is expected at this door")

    @abc.abstractmethod
    async def check(self) -> list[wire.CheckRow]:
        """Try the credentials without sending to anybody; every row is a sentence."""
