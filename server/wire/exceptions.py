"""What needs a person: messages in doubt and dead letters, grouped and explained, and the acts upon them."""

import enum
from datetime import datetime

import msgspec

from server.wire import endpoint, messages


class Kind(enum.StrEnum):
    """What a person can do about a set of messages."""

    ACCEPTED = "accepted"  #: of a doubt: it was sent
    NOT_SENT = "not-sent"  #: of a doubt: it was not, and lies with the dead letters from here on
    AGAIN = "again"  #: of a doubt: send it again, though it may have arrived
    LEAVE = "leave"  #: of a doubt: seen, and left as it is
    REDRIVE = "redrive"  #: of a dead letter: send it again
    CLOSE = "close"  #: of a dead letter: seen, and left as it is
    UNDO = "undo"  #: take an earlier act back, as far as its messages have not moved on


class Status(enum.StrEnum):
    """How far an act is."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"  #: taken back before it was done


class Pick(endpoint.Query, frozen=True, kw_only=True):
    """Which messages are meant; all that is set must hold."""

    run: int = 0
    campaign: int = 0
    channel: str = ""
    account: int = 0
    reason: str = ""
    domain: str = ""  #: of mail addresses, what stands behind the @
    find: str = ""  #: a part of an address, of a person's name or of their key
    since: str = ""  #: in doubt or failed at this time or later: ISO 8601, UTC where it names no zone
    until: str = ""  #: before this time
    refs: str = ""  #: our references, comma-separated; at most 200
    closed: bool = False  #: those a person has closed or left, in place of the open ones


class Rows(Pick, frozen=True, kw_only=True):
    """A page of the messages meant, the longest waiting first."""

    offset: int = 0
    limit: int = 100  #: at most 500


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One domain or campaign of a group."""

    key: str  #: the domain, or the run's number
    name: str
    count: int


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Messages that are stuck for one reason."""

    channel: str
    account: int  #: 0 where none is known
    account_name: str
    provider: str  #: `sms/twilio`; empty where none is known
    reason: str
    count: int
    oldest: datetime  #: since when the first of them stands so
    newest: datetime
    meaning: str  #: the reason in words
    remedy: str
    run: int = 0  #: of doubts: the run; dead letters are grouped over all
    campaign: int = 0
    campaign_name: str = ""
    domains: list[Part] = []  #: of mails: the domains with most of them
    runs: list[Part] = []  #: of dead letters: the runs with most of them
    disposition: str = ""  #: what the send path does with such an answer
    rule: str = ""  #: of doubts: how this provider settles them
    harmless: int = 0  #: of doubts: how many can be sent again without reaching a person twice
    can_look_up: bool = False  #: whether the provider can be asked
    looked_up: int = 0  #: of doubts: how many were asked about
    to_look_up: int = 0  #: of doubts: how many will be asked about by themselves


class Groups(endpoint.Reply, frozen=True):
    """All groups, the largest first."""

    groups: list[Group]
    total: int  #: messages in all groups
    closed: int  #: how many more a person has closed or left


class Letters(endpoint.Page, frozen=True):
    """A page of messages."""

    rows: list[messages.Message]


class PreviewAsk(endpoint.Ask, frozen=True, kw_only=True):
    """What would happen if these were sent again: `redrive` for dead letters, `again` for doubts."""

    kind: Kind = Kind.REDRIVE
    pick: Pick = Pick()


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """So many messages, and why."""

    reason: str
    words: str
    count: int


class LaneShare(msgspec.Struct, frozen=True, kw_only=True):
    """What one account would carry."""

    channel: str
    account: int
    name: str
    messages: int
    rate_per_s: float  #: its limit, or what it did lately; 0 where neither is known


class Preview(endpoint.Reply, frozen=True):
    """What sending again would do, counted now."""

    messages: int  #: that the pick means
    sends: int  #: of these: would be handed to a provider again
    skips: list[Count]  #: would be skipped: suppressed or without an address by now
    left_out: list[Count]  #: would stay as they are, and why
    lanes: list[LaneShare]
    seconds: float | None  #: how long it takes about; None where no speed is known or nothing can send
    twice: int  #: may reach the person a second time
    changes: list[str]  #: what is different from when they failed, each a sentence
    faults: list[str]  #: what stands against it, each a sentence


class ActAsk(endpoint.Ask, frozen=True, kw_only=True):
    """Do something about a set of messages. It goes on in bounded steps, also after a crash."""

    kind: Kind
    pick: Pick = Pick()
    why: str = ""  #: kept with who and when in every message's story
    by: str = ""  #: who asks, as the client knows them: the user's name
    key: str = ""  #: the asker's own; asked twice under one key is done once
    expect: int | None = None  #: messages, as the person saw them; refused if it is another number by now
    twice: bool = False  #: of `again`: somebody may get it twice, and that is accepted


class UndoAsk(endpoint.Ask, frozen=True, kw_only=True):
    """Take an act back."""

    why: str = ""
    by: str = ""
    key: str = ""


class Act(endpoint.Reply, frozen=True):
    """One act and how far it is."""

    id: int
    kind: Kind
    status: Status
    by: str
    why: str
    expected: int  #: messages it is about, counted as it began
    moved: int  #: done so far
    created_at: datetime
    finished_at: datetime | None
    pick: Pick
    undoes: int = 0  #: the act it takes back
    undone_by: int = 0  #: the act that took it back


class Acts(endpoint.Reply, frozen=True):
    """The newest acts first."""

    rows: list[Act]


class LookUpAsk(endpoint.Ask, frozen=True, kw_only=True):
    """Ask the providers about these doubts now, as far as they can be asked."""

    pick: Pick = Pick()
    by: str = ""


class LookUp(endpoint.Reply, frozen=True):
    """How many will be asked about."""

    asked: int
    cannot: int  #: the provider has no way to be asked
    words: str  #: a sentence


DOUBTS = endpoint.Endpoint(
    "GET", "/v1/doubts", Pick, Groups, "Group what is in doubt, with the rule that applies"
)
DOUBT_ROWS = endpoint.Endpoint("GET", "/v1/doubts/messages", Rows, Letters, "List messages in doubt")
LOOK_UP = endpoint.Endpoint(
    "POST", "/v1/doubts/lookup", LookUpAsk, LookUp, "Ask the providers about messages in doubt"
)
DEAD = endpoint.Endpoint("GET", "/v1/dead", Pick, Groups, "Group the dead letters, with cause and remedy")
DEAD_ROWS = endpoint.Endpoint("GET", "/v1/dead/messages", Rows, Letters, "List dead letters")
PREVIEW = endpoint.Endpoint(
    "POST", "/v1/exceptions/preview", PreviewAsk, Preview, "Say what sending again would do", reads=True
)
ACT = endpoint.Endpoint(
    "POST", "/v1/exceptions/acts", ActAsk, Act, "Settle, send again or close a set of messages"
)
ACTS = endpoint.Endpoint("GET", "/v1/exceptions/acts", endpoint.Nothing, Acts, "List the newest acts")
SHOW = endpoint.Endpoint("GET", "/v1/exceptions/acts/{act}", endpoint.Nothing, Act, "Show an act")
UNDO = endpoint.Endpoint("POST", "/v1/exceptions/acts/{act}/undo", UndoAsk, Act, "Take an act back")
