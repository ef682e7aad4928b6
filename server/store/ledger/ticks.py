"""The nouns of a tick: what one sender has to write, and what was granted."""

import enum
from dataclasses import dataclass, field

import msgspec

from server.store.ledger import batches, book, capping, metering

#: Messages that count alike: by workspace, run, channel and account.
Alike = dict[tuple[int, int, int, int], list[book.Spot]]

Key = tuple[int, int, int]  #: of a batch: workspace, run, number


def key(batch: batches.Batch) -> Key:
    """What a batch is known by, whoever holds it."""
    return batch.workspace, batch.run, batch.n


class End(enum.Enum):
    """How an attempt ended, or that none is made."""

    ACCEPTED = "accepted"
    AGAIN = "again"  #: refused for now; waits until `due_at`
    REPEAT = "repeat"  #: nobody knows, and another send under the same key is harmless; waits until `due_at`
    FAILED = "failed"  #: refused for good
    DOUBT = "doubt"  #: nobody knows


class Outcome(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What came of one attempt."""

    spot: book.Spot
    channel: int
    account: int
    attempt: int
    end: End
    reason: str = ""  #: the equation's reason, for FAILED and DOUBT
    provider_ref: str = ""
    due_at: float | None = None  #: for AGAIN
    took_ms: float = 0.0
    at: float = 0.0  #: epoch seconds
    detail: book.Detail = {}
    dead_address: str = ""  #: address key to remove from the contact, where the provider knows it to be dead
    dead_since: float | None = None
    opted_out: str = ""  #: address key to suppress, where the provider says that the person asked for no more
    contact: int = 0


class Intent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message about to be handed over."""

    spot: book.Spot
    batch: batches.Batch
    account: int
    attempt: int
    address_key: str
    digest: bytes
    variables: str  #: JSON
    repeats: bool = False  #: whether a second send of it cannot reach the person twice
    contact: int = 0
    caps: tuple[capping.Cap, ...] = ()
    good_until: float = float(
        "inf"
    )  #: its policy allows it until then, epoch seconds; later it is judged anew
    uses: tuple[metering.Use, ...] = ()  #: the limits it counts towards


class Skipped(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message that is never handed over."""

    spot: book.Spot
    batch: batches.Batch
    reason: str
    detail: book.Detail = {}


class Deferred(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message that its policy lets wait until a later moment."""

    spot: book.Spot
    batch: batches.Batch
    until: float  #: epoch seconds
    detail: book.Detail = {}


@dataclass(slots=True, kw_only=True)
class Tick:
    """What one sender has to write. `held` are all batches it holds."""

    owner: str
    now: float
    lease_s: float
    held: list[batches.Batch]
    outcomes: list[Outcome] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    skips: list[Skipped] = field(default_factory=list)
    deferrals: list[Deferred] = field(default_factory=list)
    released: list[tuple[batches.Batch, float]] = field(
        default_factory=list
    )  #: and when to claim each at the earliest
    report: dict[str, int | float | str] | None = None  #: this sender's row, every second or so
    bound: dict[tuple[int, int, int, str], float] | None = None  #: seconds each cause bound a run's channel


@dataclass(slots=True, kw_only=True)
class Done:
    """What the tick granted."""

    granted: set[book.Spot]
    lost: list[batches.Batch]
    paused: set[tuple[int, int]]  #: (workspace, run) that must not be sent now
    suppressed: set[book.Spot]
    limited: metering.Admitted = metering.NOTHING
