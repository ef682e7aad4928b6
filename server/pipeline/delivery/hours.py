"""Quiet hours and the hour of a recipient's own clock, exact through every change of the clocks.

Quiet is what the wall clock shows: where an hour comes twice it is quiet twice, and where one is left out, a window
that would have ended in it ends the moment the clocks jump.
"""

import datetime as dt
import functools
import re
from collections.abc import Sequence

from server.pipeline.delivery import zones
from server.wire import policies

MINUTE_S = 60
DAY = dt.timedelta(days=1)
#: Windows that follow one another without a gap are walked through; a week of them has no gap at all.
MOST_STEPS = 400


_TIME = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)


def time_of(text: str) -> dt.time:
    """Read `21:00`. Raises ValueError."""
    found = _TIME.fullmatch(text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError(f"{text[:20]!r} is no time of day")
    return dt.time(int(found[1]), int(found[2]))


class Span:
    """One window of quiet, read once."""

    __slots__ = ("days", "end", "past_midnight", "start")

    def __init__(self, window: policies.Window) -> None:
        self.start, self.end = time_of(window.start), time_of(window.end)
        self.past_midnight = self.end <= self.start
        self.days = frozenset(policies.DAYS.index(day) for day in window.days) or frozenset(range(7))

    def until(self, shown: dt.datetime) -> dt.datetime | None:
        """What the clock will show when this window ends, if it is quiet now."""
        time, day = shown.time(), shown.date()
        if day.weekday() in self.days and self.start <= time and (self.past_midnight or time < self.end):
            return dt.datetime.combine(day + DAY if self.past_midnight else day, self.end)
        yesterday = day - DAY
        if self.past_midnight and yesterday.weekday() in self.days and time < self.end:
            return dt.datetime.combine(day, self.end)
        return None


class Quiet:
    """A channel's quiet hours."""

    def __init__(self, windows: Sequence[policies.Window], channel: str) -> None:
        self.spans = [Span(window) for window in windows if not window.channels or channel in window.channels]
        self._verdicts = functools.lru_cache(2048)(self._look)

    def __bool__(self) -> bool:
        return bool(self.spans)

    def free_at(self, now: float, zone: str) -> float:
        """The first moment from `now` on that is not quiet in a zone; `now` itself where it is not.

        Epoch seconds; infinite where it is quiet all week.
        """
        free = self._verdicts(int(now // MINUTE_S), zone)
        return max(now, free)

    def good_until(self, now: float, zone: str) -> float:
        """Until when a look that found no quiet may be relied on: a minute at least, unless it is quiet by then."""
        following = int(now // MINUTE_S) + 1
        ends = following + 1 if self._verdicts(following, zone) <= following * MINUTE_S else following
        return float(ends * MINUTE_S)

    def _look(self, minute: int, zone: str) -> float:
        """The first moment of the minute, or after it, that is not quiet: clocks change at full minutes."""
        moment = float(minute * MINUTE_S)
        for _ in range(MOST_STEPS):
            shown = zones.wall(moment, zone)
            ends = [end for span in self.spans if (end := span.until(shown)) is not None]
            if not ends:
                return moment
            moment = min(_after(moment, end, zone) for end in ends)
        return float("inf")


def _after(moment: float, shown: dt.datetime, zone: str) -> float:
    """The first time after a moment at which the clock shows this; put back, it may have shown it before."""
    return min(candidate for candidate in zones.moments(shown, zone) if candidate > moment)


def local_moment(local: policies.LocalTime, zone: str, now: float) -> tuple[float | None, bool]:
    """When a message is due by the recipient's clock, and whether that hour had passed already at `now`.

    The moment is None where it is not to be sent at all; `now` where it goes at once.
    """
    time = time_of(local.at)
    today = zones.wall(now, zone).date()
    day = dt.date.fromisoformat(local.day) if local.day else today
    due = zones.moments(dt.datetime.combine(day, time), zone)[0]
    if due >= now:
        return due, False
    match local.late:
        case policies.Late.NOW:
            return now, True
        case policies.Late.SKIP:
            return None, True
    day = max(day, today)
    while due < now:
        due = zones.moments(dt.datetime.combine(day, time), zone)[0]
        day += DAY
    return due, True
