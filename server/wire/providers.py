"""Providers, and our accounts there."""

import enum
from datetime import datetime

import msgspec

from server.wire import endpoint


class FieldKind(enum.StrEnum):
    """How a form asks for a value."""

    TEXT = "text"
    SECRET = "secret"
    MULTILINE = "multiline"
    SECRET_MULTILINE = "secret_multiline"
    CHOICE = "choice"
    NUMBER = "number"
    SWITCH = "switch"


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One setting of a provider, as a form draws it."""

    name: str
    label: str
    kind: FieldKind
    help: str = ""
    required: bool = False
    default: str | int | bool | None = None
    choices: list[str] = []
    placeholder: str = ""


class ProviderType(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor we have an adapter for."""

    key: str  #: `sms/twilio`
    channel: str
    title: str
    about: str
    fields: list[Field]


class ProviderTypes(endpoint.Reply, frozen=True):
    """All adapters."""

    rows: list[ProviderType]


class Health(enum.StrEnum):
    """How an account's lane does."""

    UNKNOWN = "unknown"  #: never used, never checked
    GOOD = "good"
    THROTTLED = "throttled"
    FAILING = "failing"
    HALTED = "halted"  #: set-up is wrong; nothing is sent until a person mends it
    OFF = "off"


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says it allows an account; None where it sets no bound."""

    per_s: float | None = None
    per_day: int | None = None  #: in any 24 hours
    sent: int = 0  #: of that, by whoever uses the account
    at: float = 0.0  #: when it was asked, epoch seconds


class LaneState(enum.StrEnum):
    """What an account's lane does now."""

    RUNNING = "running"
    TRYING = "trying"  #: just opened: a few messages show whether the credentials are good
    NARROWED = "narrowed"  #: fewer messages at once than its window, and opening
    PAUSED = "paused"  #: the provider asked everybody to wait
    PARKED = "parked"  #: for more than an hour
    OPEN = "open"  #: the provider does not work: nothing leaves until a single message has tried it
    PROBING = "probing"  #: that message is under way
    HALTED = "halted"  #: the set-up is wrong


class Account(endpoint.Reply, frozen=True):
    """Our credentials at a provider. Secrets are named in `stored_secrets` and never shown."""

    id: int
    name: str
    provider: str
    channel: str
    enabled: bool
    weight: int  #: share among the channel's accounts
    window: int  #: W: messages in flight at most, and so in doubt at most after a crash
    rate_per_s: float  #: 0 for no limit of ours
    settings: dict[str, str | int | bool]
    stored_secrets: list[str]
    health: Health
    health_text: str
    in_flight: int
    accepted: int
    failed: int
    receipts_url: str  #: where the provider must call back
    checked_at: datetime | None
    lane: LaneState | None = None  #: None while no sender has it open
    lane_because: str = ""  #: what the provider's trouble is, in words
    lane_resumes_at: datetime | None = None  #: when a paused or parked lane goes on, or an open one is tried
    window_now: int = 0  #: messages in flight at most, as things stand
    #: Points of the channel's hundred it has more (or less) than by its weight, while another is in trouble.
    shifted: int = 0
    quota: Quota | None = None  #: what the provider itself says that it allows


class Accounts(endpoint.Reply, frozen=True):
    """All accounts, by channel."""

    rows: list[Account]


class SaveAccount(endpoint.Ask, frozen=True, kw_only=True):
    """An account, whole, but for secrets: those left out stay as they are."""

    name: str
    provider: str
    enabled: bool = True
    weight: int = 100
    window: int = 64
    rate_per_s: float = 0.0
    settings: dict[str, str | int | bool] = {}
    secrets: dict[str, str] = {}


class CheckRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was tried."""

    what: str
    good: bool
    message: str
    remedy: str = ""


class Check(endpoint.Reply, frozen=True):
    """What the provider said to our credentials, without sending to anybody."""

    good: bool
    rows: list[CheckRow]


TYPES = endpoint.Endpoint(
    "GET", "/v1/providers", endpoint.Nothing, ProviderTypes, "List adapters and their settings"
)
LIST = endpoint.Endpoint("GET", "/v1/accounts", endpoint.Nothing, Accounts, "List accounts")
CREATE = endpoint.Endpoint("POST", "/v1/accounts", SaveAccount, Account, "Add an account")
SHOW = endpoint.Endpoint("GET", "/v1/accounts/{account}", endpoint.Nothing, Account, "Show an account")
SAVE = endpoint.Endpoint("PUT", "/v1/accounts/{account}", SaveAccount, Account, "Change an account")
DELETE = endpoint.Endpoint(
    "DELETE", "/v1/accounts/{account}", endpoint.Nothing, endpoint.Done, "Remove an account"
)
CHECK = endpoint.Endpoint(
    "POST", "/v1/accounts/{account}/check", endpoint.Nothing, Check, "Try the credentials"
)
