"""The words of the ledger as they travel: states, reasons, the equation."""

import enum
from datetime import datetime

import msgspec

from server.wire import endpoint


class State(enum.StrEnum):
    """Where a message stands. Receipts move it forward along `accepted` to `replied`, never back."""

    WAITING = "waiting"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    SEEN = "seen"
    CLICKED = "clicked"
    REPLIED = "replied"
    FAILED = "failed"
    SKIPPED = "skipped"
    DOUBT = "doubt"
    CANCELLED = "cancelled"


#: States the equation counts as accepted: the provider took the message, whatever was heard since.
ACCEPTED = (State.ACCEPTED, State.DELIVERED, State.SEEN, State.CLICKED, State.REPLIED)


class Skip(enum.StrEnum):
    """Why a message was never handed to a provider."""

    NO_ADDRESS = "no_address"
    SUPPRESSED = "suppressed"
    MISSING_VALUE = "missing_value"
    CONTENT = "content"
    DUPLICATE = "duplicate"


class Equation(msgspec.Struct, frozen=True, kw_only=True):
    """`audience = waiting + sending + accepted + failed + skipped + in doubt + cancelled`, in messages."""

    audience: int
    waiting: int
    sending: int
    accepted: int
    failed: int
    skipped: int
    doubt: int
    cancelled: int

    @property
    def balances(self) -> bool:
        """Whether the parts sum up to the audience, exactly."""
        return self.audience == (
            self.waiting
            + self.sending
            + self.accepted
            + self.failed
            + self.skipped
            + self.doubt
            + self.cancelled
        )


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages of one step stand in one state for one reason."""

    channel: str
    account: int  #: 0 where no lane has been chosen
    state: State
    reason: str  #: empty where the state needs none
    count: int


class EventKind(enum.StrEnum):
    """The lines of a message's story."""

    FROZEN = "frozen"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DOUBT = "doubt"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    DELIVERED = "delivered"
    SEEN = "seen"
    CLICKED = "clicked"
    REPLIED = "replied"
    UNDELIVERED = "undelivered"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    DELAYED = "delayed"
    UNKNOWN = "unknown"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a message's story."""

    at: datetime  #: aware, UTC
    kind: EventKind
    attempt: int  #: 0 where no attempt is concerned
    account: int
    detail: dict[str, str | int | float]  #: redacted: status, code, text, took_ms, provider_ref ...


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One difference between the tallies and a full count."""

    run: int
    channel: str
    account: int
    state: str
    reason: str
    tallied: int
    counted: int


class Audit(endpoint.Reply, frozen=True):
    """What a recount of every message found."""

    runs: int
    messages: int
    differences: list[AuditRow]


class AuditAsk(endpoint.Query, frozen=True, kw_only=True):
    """Which run to recount; 0 for all of them."""

    run: int = 0


AUDIT = endpoint.Endpoint(
    "GET", "/v1/ledger/audit", AuditAsk, Audit, "Recount every message against the tallies"
)
