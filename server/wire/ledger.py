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
    QUIET_HOURS = "quiet_hours"
    FREQUENCY = "frequency"
    TOO_LATE = "too_late"  #: the hour of the recipient's own clock had passed
    EXPIRED = "expired"  #: it still waited when its campaign's last moment came
    NOT_NEEDED = "not_needed"  #: a fallback whose RCS message arrived
    FALLBACK_UNCONFIRMED = "fallback_unconfirmed"  #: a fallback whose RCS message may yet have arrived


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
    meaning: str = ""  #: the reason in words


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
    REPEATED = (
        "repeated"  #: nobody knows whether it arrived, and sending it again under the same key is harmless
    )
    LOOKED_UP = "looked-up"  #: the provider was asked for it
    SETTLED = "settled"  #: a doubt was decided, by a look-up or by a person
    REDRIVEN = "redriven"  #: a person had it sent again
    CLOSED = "closed"  #: a person has seen it and leaves it as it is
    UNDONE = "undone"  #: what a person did about it was taken back
    DEFERRED = "deferred"  #: a policy lets it wait until a later moment
    FALLBACK = "fallback"  #: what became of the RCS message it stands in for


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
