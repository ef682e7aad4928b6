"""Schedules: when a campaign is launched, once or again and again, and what is decided where a time was missed."""

import enum
from datetime import datetime

import msgspec

from server.wire import campaigns, endpoint


class Every(enum.StrEnum):
    """How often."""

    ONCE = "once"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    CRON = "cron"


class WhileRunning(enum.StrEnum):
    """What becomes of a time that comes while the run before it still goes."""

    SKIP = "skip"  #: it is left out, and says so
    WAIT = "wait"  #: it starts when the run before it is over


class State(enum.StrEnum):
    """Where one occurrence stands."""

    PLANNED = "planned"  #: put at a time of its own by a person
    WAITING = "waiting"  #: its time has come, and the run before it still goes
    LAUNCHED = "launched"
    OVERDUE = "overdue"  #: missed by more than fifteen minutes: a person decides
    REFUSED = "refused"  #: it could not be launched; `why` says what stands against it: a person decides
    SKIPPED = "skipped"


#: What a person has to decide.
OPEN = (State.OVERDUE, State.REFUSED)


class Plan(endpoint.Ask, frozen=True, kw_only=True):
    """When a campaign is launched, by the clock on the wall of one zone.

    A time that the clock leaves out is moved on by as much as the clock is; one that comes twice counts the first time.
    """

    every: Every
    zone: str  #: such as `Europe/Berlin`
    at: str = ""  #: for `once`: `2026-11-21T09:00`
    time: str = ""  #: for daily, weekly and monthly: `09:00`
    weekdays: list[int] = []  #: for weekly: 0 is Monday
    days: list[int] = []  #: for monthly: 1 to 31; -1 is the last day. A month without the day is left out
    interval: int = 1  #: every so many days, weeks or months, counted from `start`
    cron: str = ""  #: five fields: minute, hour, day of month, month, day of week
    start: str = ""  #: `2026-11-21`: not before this day; empty for today
    end: str = ""  #: not after this day; empty for no end
    while_running: WhileRunning = WhileRunning.SKIP


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One time to come."""

    at: datetime  #: UTC
    local: str  #: on the zone's wall: `2026-11-21T09:00`
    words: str  #: `Saturday 21 November 2026, 09:00 Berlin (CET)`
    note: str = ""  #: what a clock change does to it


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """How many of an audience live by one clock."""

    zone: str  #: empty where it is not known
    people: int


class PreviewAsk(endpoint.Ask, frozen=True, kw_only=True):
    """A plan to be read back; with the audience, whose clocks it meets."""

    plan: Plan
    audience: int | None = None
    count: int = 5


class Preview(endpoint.Reply, frozen=True):
    """A plan in words, and its next times."""

    words: str
    moments: list[Moment]
    zones: list[Zone] = []  #: the most frequent clocks of the audience, at most four


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """One time of a schedule that has come, or that a person has moved."""

    id: int
    campaign: int
    campaign_name: str
    local: str  #: as planned, on the zone's wall
    zone: str
    due_at: datetime
    state: State
    run: int | None
    why: str
    people: int  #: in the campaign's audience now
    messages: int  #: that a launch would freeze now


class Schedule(endpoint.Reply, frozen=True):
    """A campaign's schedule, with what has come of it."""

    campaign: int
    plan: Plan
    words: str
    active: bool
    moments: list[Moment]  #: the next five
    occurrences: list[Occurrence]  #: the newest twenty


class Overdue(endpoint.Reply, frozen=True):
    """All that waits for a person in a workspace, the oldest first."""

    rows: list[Occurrence]


class Move(endpoint.Ask, frozen=True, kw_only=True):
    """Put an occurrence at another time, on its schedule's wall."""

    at: str  #: `2026-11-21T09:00`


class RunNow(endpoint.Ask, frozen=True, kw_only=True):
    """Launch a missed occurrence now. `expected` guards against a changed audience; None to accept any."""

    expected: int | None = None


SHOW = endpoint.Endpoint(
    "GET", "/v1/campaigns/{campaign}/schedule", endpoint.Nothing, Schedule, "Show a campaign's schedule"
)
SAVE = endpoint.Endpoint(
    "PUT",
    "/v1/campaigns/{campaign}/schedule",
    Plan,
    campaigns.Campaign,
    "Launch at a time, or again and again",
)
DROP = endpoint.Endpoint(
    "DELETE",
    "/v1/campaigns/{campaign}/schedule",
    endpoint.Nothing,
    campaigns.Campaign,
    "Take a schedule back; runs under way go on",
)
PREVIEW = endpoint.Endpoint(
    "POST", "/v1/schedules/preview", PreviewAsk, Preview, "Read a plan back in words", reads=True
)
OVERDUE = endpoint.Endpoint("GET", "/v1/overdue", endpoint.Nothing, Overdue, "List what waits for a decision")
RUN_NOW = endpoint.Endpoint(
    "POST", "/v1/occurrences/{occurrence}/run", RunNow, campaigns.Campaign, "Launch a missed occurrence now"
)
SKIP = endpoint.Endpoint(
    "POST",
    "/v1/occurrences/{occurrence}/skip",
    endpoint.Nothing,
    campaigns.Campaign,
    "Leave an occurrence out",
)
MOVE = endpoint.Endpoint(
    "POST", "/v1/occurrences/{occurrence}/move", Move, campaigns.Campaign, "Put an occurrence at another time"
)
