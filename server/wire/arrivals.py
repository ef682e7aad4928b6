"""What arrived at the twins beside what the ledger promised: read back from the wire, equal by hash or not."""

import enum

import msgspec

from server.wire import endpoint, twins


class Verdict(enum.StrEnum):
    """What a look at both comes to."""

    EQUAL = "equal"  #: the content read back from the wire has the hash that the ledger wrote before the call
    DIFFERS = "differs"
    UNKNOWN = "unknown"  #: nothing to compare with, or nothing to read; `why` says which


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One place where what arrived is not what was promised."""

    place: str  #: a field of the content, such as `cards.1.title`; or `recipient`, `unsubscribe link`, a stray field
    promised: str | None  #: None where nothing was promised here
    arrived: str | None  #: None where nothing arrived


class Comparison(endpoint.Reply, frozen=True):
    """One arrival beside its promise."""

    id: int  #: of the arrival
    verdict: Verdict
    why: str = ""  #: a sentence, where the verdict is `unknown`
    ref: str = ""  #: of the message in the ledger; empty where it is none of this workspace
    promised_hash: str = ""  #: hex of what the ledger wrote down when the message left
    arrived_hash: str = ""  #: hex of the content read back from the wire
    differences: list[Difference] = []
    promised: dict[str, object] | None = None  #: the frozen content rendered for this person again
    arrived: dict[str, object] | None = None  #: the content as it was read back


class Glance(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison as a list shows it."""

    id: int
    verdict: Verdict
    why: str = ""
    places: list[str] = []  #: where it differs


class Glances(endpoint.Page, frozen=True):
    """The comparisons of a page of the inbox, in its order."""

    rows: list[Glance]


class Whole(endpoint.Page, frozen=True):
    """A page of arrivals, each whole; what the twins' own door answers."""

    rows: list[twins.Arrived]


MOST_AT_ONCE = 100  #: arrivals that are compared by one call

COMPARE = endpoint.Endpoint(
    "GET",
    "/v1/twins/inbox/{id}/comparison",
    endpoint.Nothing,
    Comparison,
    "Compare an arrival with what was promised",
)
GLANCE = endpoint.Endpoint(
    "GET",
    "/v1/twins/comparisons",
    twins.ArrivalQuery,
    Glances,
    "Compare a page of the inbox with what was promised",
)
