"""Who may get what when: quiet hours, frequency caps, sending by the recipient's clock, fallback, expiry."""

import enum
from datetime import datetime

import msgspec

from server.wire import endpoint

#: Weekdays in a window's `days`, Monday first.
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: A cap looks back over at most a year.
LONGEST_CAP_HOURS = 24 * 366
#: How long a fallback may wait for news: what RCS allows a message to live.
FALLBACK_S = range(10, 15 * 86_400 + 1)


class Otherwise(enum.StrEnum):
    """What becomes of a message that may not go now."""

    WAIT = "wait"
    SKIP = "skip"


class Late(enum.StrEnum):
    """What becomes of a message whose hour has passed already where its recipient is."""

    NOW = "now"
    NEXT_DAY = "next_day"
    SKIP = "skip"


class Window(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A span of quiet, by the recipient's wall clock. `end` before `start` runs past midnight; equal is a whole day."""

    start: str  #: `21:00`; the first quiet minute
    end: str  #: `08:00`; the first minute that is not quiet any more
    days: list[str] = []  #: of DAYS, the days on which it starts; empty for every day
    channels: list[str] = []  #: empty for all


class QuietHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When nobody is written to. Without windows there is no quiet at all."""

    windows: list[Window] = []
    otherwise: Otherwise = Otherwise.WAIT


class Cap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At most `most` messages to one person within any `hours` hours. What failed does not count."""

    most: int
    hours: int
    channel: str = ""  #: the channel it limits and counts; empty for all together
    otherwise: Otherwise = Otherwise.SKIP


class LocalTime(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Send at this hour of each recipient's own clock."""

    at: str  #: `09:00`
    day: str = ""  #: `2026-12-24`; empty for the day of the launch where the recipient is
    late: Late = Late.NEXT_DAY


class Fallback(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Send the SMS only to people whose RCS message certainly did not reach them."""

    wait_s: int = 14_400  #: how long an RCS message may be without news before it is called back


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A campaign's own rules. Its caps apply beside the workspace's, all else in place of them."""

    quiet: QuietHours | None = None  #: None for the workspace's
    caps: list[Cap] = []
    local_time: LocalTime | None = None  #: None to send at once
    fallback: Fallback | None = None  #: None to send RCS and SMS both
    not_after: datetime | None = None  #: aware; what waits then is skipped


class Defaults(endpoint.Reply, frozen=True):
    """A workspace's own rules, for every campaign in it."""

    quiet: QuietHours = QuietHours()
    caps: list[Cap] = []
    zone: str = "UTC"  #: IANA name, for people whose zone is known neither by itself nor by their country


class SaveDefaults(endpoint.Ask, frozen=True, kw_only=True):
    """A workspace's rules, whole. Runs that were launched keep the rules they were launched with."""

    quiet: QuietHours = QuietHours()
    caps: list[Cap] = []
    zone: str = "UTC"


class Wave(msgspec.Struct, frozen=True, kw_only=True):
    """Messages of one zone that leave at the same moment."""

    zone: str
    at: datetime  #: aware, UTC
    messages: int
    assumed: int = 0  #: of these, for people whose zone is not known: the workspace's was taken


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Messages of a run that wait for a moment, or for news."""

    channel: str
    until: datetime | None  #: aware, UTC, to the minute; None where it waits for news of another message
    messages: int


class Waves(endpoint.Reply, frozen=True):
    """How a run is spread over time: what was planned by zone, and what waits now."""

    planned: list[Wave]  #: empty where the run does not go by the recipients' clocks
    waiting: list[Hold]


SHOW = endpoint.Endpoint(
    "GET", "/v1/policy", endpoint.Nothing, Defaults, "The workspace's quiet hours and frequency caps"
)
SAVE = endpoint.Endpoint(
    "PUT", "/v1/policy", SaveDefaults, Defaults, "Set the workspace's quiet hours and frequency caps"
)
WAVES = endpoint.Endpoint(
    "GET", "/v1/runs/{run}/waves", endpoint.Nothing, Waves, "What of a run waits, and until when"
)
