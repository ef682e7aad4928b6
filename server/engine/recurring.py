"""When a plan's times come: a rule on the wall of one zone, and the moments its clock makes of them."""

import datetime as dt
import itertools
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from dateutil import rrule

from server.engine import crontab
from server.wire import campaigns as wire_campaigns
from server.wire import moments, problems
from server.wire import schedules as wire

LOCAL = "%Y-%m-%dT%H:%M"
DAY = "%Y-%m-%d"
#: A rule that names no time within so many years names none: the 29th of February is at most eight years off.
YEARS = 9
#: Two times of one schedule are at least so far apart.
LEAST_APART_S = 15 * 60
#: So many times to come are looked at for that.
LOOKED_AT = 60
LONGEST_INTERVAL = 400
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EVERY_DAY, WORKDAYS = list(range(7)), list(range(5))
LAST = -1  #: the last day of a month
CRON_REMEDY = "Write five fields: minute hour day month weekday, as in 0 9 * * 1-5."


@dataclass(frozen=True, slots=True)
class Time:
    """One time of a plan: what the wall says, and the moment that is."""

    local: str  #: `2026-11-21T09:00`
    at: float  #: epoch seconds


class Wrong(Exception):
    """A plan that cannot be meant; `place` is the field."""

    def __init__(self, place: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.fault = problems.Fault(place=place, message=message, remedy=remedy)


def zone(key: str) -> zoneinfo.ZoneInfo:
    """A zone by its name. Raises Wrong."""
    try:
        if key != key.strip() or not key:
            raise ValueError(key)
        return zoneinfo.ZoneInfo(key)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise Wrong(
            "zone", f"{key[:60]!r} is no time zone.", "Name it as in Europe/Berlin, or choose UTC."
        ) from error


def moment(local: dt.datetime, place: zoneinfo.ZoneInfo) -> float:
    """The moment when a wall shows a time.

    Where the clock leaves the time out, it is as much later as the clock was moved on; where it comes twice, the first.
    """
    return local.replace(tzinfo=place, fold=0).timestamp()


def anchored(plan: wire.Plan, now: float) -> wire.Plan:
    """The plan with the day it counts from: a rule of every second week needs one that stays."""
    if plan.start or plan.every is wire.Every.ONCE:
        return plan
    return msgspec.structs.replace(plan, start=dt.datetime.fromtimestamp(now, zone(plan.zone)).strftime(DAY))


def check(plan: wire.Plan, now: float) -> None:
    """See that a plan can be meant and has a time to come. Raises Wrong."""
    place = zone(plan.zone)
    if not 1 <= plan.interval <= LONGEST_INTERVAL:
        raise Wrong("interval", f"The interval is {plan.interval}.", f"Give 1 to {LONGEST_INTERVAL}.")
    start, end = _day(plan.start, "start"), _day(plan.end, "end")
    if start and end and end < start:
        raise Wrong("end", "The schedule would end before it starts.", "Choose a later end, or none.")
    _rule(plan, dt.datetime.fromtimestamp(now, place).replace(tzinfo=None))
    coming = upcoming(plan, now, LOOKED_AT)
    if not coming:
        missed = "is in the past" if plan.every is wire.Every.ONCE else "names no time to come"
        raise Wrong(
            "at" if plan.every is wire.Every.ONCE else "end", f"The plan {missed}.", "Choose a later time."
        )
    for one, other in itertools.pairwise(coming):
        if other.at - one.at < LEAST_APART_S:
            raise Wrong(
                "cron",
                f"{one.local} and {other.local} are less than {LEAST_APART_S // 60} minutes apart.",
                "Let a campaign recur more seldom.",
            )


def upcoming(plan: wire.Plan, now: float, count: int) -> list[Time]:
    """The next times after a moment, at most so many."""
    found: list[Time] = []
    last = Time("", now)
    while len(found) < count:
        following = after(plan, last)
        if following is None:
            break
        found.append(following)
        last = following
    return found


def after(plan: wire.Plan, last: Time) -> Time | None:
    """The first time after another, on the wall and by the moment alike; None where there is none.

    Times that a clock change lays onto the same moment count once.
    """
    place = zone(plan.zone)
    if last.local:
        since = dt.datetime.strptime(last.local, LOCAL)  # noqa: DTZ007 - a wall's time, of no zone by intention
    else:
        since = dt.datetime.fromtimestamp(last.at, place).replace(tzinfo=None) - dt.timedelta(hours=3)
    for local in _rule(plan, since):
        text = local.strftime(LOCAL)
        at = moment(local, place)
        if at > last.at and text > last.local:
            return Time(text, at)
    return None


def _rule(plan: wire.Plan, since: dt.datetime) -> Iterator[dt.datetime]:
    """A plan's times on the wall from a time on, in order. Raises Wrong."""
    if plan.every is wire.Every.ONCE:
        return iter([local(plan.at, "at")])
    start = _day(plan.start, "start") or since.date()
    end = _day(plan.end, "end")
    horizon = dt.datetime(min(since.year + YEARS, 9998), since.month, 1)  # noqa: DTZ001 - a wall's
    until = min(horizon, dt.datetime.combine(end, dt.time.max)) if end else horizon
    if plan.every is wire.Every.CRON:
        first = max(dt.datetime.combine(start, dt.time.min), since.replace(second=0, microsecond=0))
        return iter(
            _cron(plan.cron, dt.datetime.combine(first.date(), dt.time.min), until).xafter(since, inc=True)
        )
    hour, minute = _hour(plan.time)
    rule = rrule.rrule(
        {wire.Every.DAILY: rrule.DAILY, wire.Every.WEEKLY: rrule.WEEKLY, wire.Every.MONTHLY: rrule.MONTHLY}[
            plan.every
        ],
        dtstart=dt.datetime.combine(start, dt.time.min),
        until=until,
        interval=plan.interval,
        wkst=rrule.MO,
        byweekday=_weekdays(plan) if plan.every is wire.Every.WEEKLY else None,
        bymonthday=_days(plan) if plan.every is wire.Every.MONTHLY else None,
        byhour=hour,
        byminute=minute,
        bysecond=0,
    )
    return iter(rule.xafter(since, inc=True))


def _cron(text: str, first: dt.datetime, until: dt.datetime) -> rrule.rruleset:
    try:
        fields = crontab.read(text)
    except crontab.Unreadable as error:
        raise Wrong("cron", str(error), CRON_REMEDY) from error
    rules = rrule.rruleset()
    for days in fields.days():
        rules.rrule(
            rrule.rrule(
                rrule.DAILY,
                dtstart=first,
                until=until,
                bymonth=fields.months,
                byhour=fields.hours,
                byminute=fields.minutes,
                bysecond=0,
                **days,
            )
        )
    return rules


def local(text: str, field: str) -> dt.datetime:
    """A wall's date and time. Raises Wrong."""
    try:
        return dt.datetime.strptime(text.strip().replace(" ", "T"), LOCAL)  # noqa: DTZ007 - a wall's
    except ValueError as error:
        raise Wrong(
            field, f"{text[:40]!r} is no date and time.", "Write it as in 2026-11-21T09:00."
        ) from error


def _day(text: str, field: str) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.datetime.strptime(text, DAY).date()  # noqa: DTZ007 - a wall's
    except ValueError as error:
        raise Wrong(field, f"{text[:40]!r} is no date.", "Write it as in 2026-11-21.") from error


def _hour(text: str) -> tuple[int, int]:
    try:
        found = dt.datetime.strptime(text, "%H:%M")  # noqa: DTZ007 - a wall's
    except ValueError as error:
        raise Wrong("time", f"{text[:40]!r} is no time of day.", "Write it as in 09:00.") from error
    return found.hour, found.minute


def _weekdays(plan: wire.Plan) -> list[int]:
    if not plan.weekdays or not set(plan.weekdays) <= set(EVERY_DAY):
        raise Wrong("weekdays", "No day of the week is chosen.", "Choose from 0, Monday, to 6, Sunday.")
    return sorted(set(plan.weekdays))


def _days(plan: wire.Plan) -> list[int]:
    if not plan.days or not all(day == LAST or 1 <= day <= 31 for day in plan.days):
        raise Wrong("days", "No day of the month is chosen.", "Choose from 1 to 31, or -1 for the last day.")
    return sorted(set(plan.days))


# -- in words -------------------------------------------------------------------------------------------


def words(plan: wire.Plan) -> str:
    """A plan as a person says it."""
    place = plan.zone.replace("_", " ")
    if plan.every is wire.Every.ONCE:
        return f"Once, on {_date(local(plan.at, 'at'))}, {place}"
    if plan.every is wire.Every.CRON:
        told = f"By the rule {' '.join(plan.cron.split())}, {place}"
    else:
        told = f"{_often(plan)} at {plan.time}, {place}"
    if plan.end:
        told += f", until {plan.end}"
    return told


def _often(plan: wire.Plan) -> str:
    match plan.every:
        case wire.Every.DAILY:
            return "Every day" if plan.interval == 1 else f"Every {plan.interval} days"
        case wire.Every.WEEKLY:
            weeks = "Every" if plan.interval == 1 else f"Every {plan.interval} weeks on"
            chosen = _weekdays(plan)
            if chosen == EVERY_DAY:
                return "Every day" if plan.interval == 1 else f"{weeks} every day"
            if chosen == WORKDAYS and plan.interval == 1:
                return "Every working day"
            return f"{weeks} {_listed([WEEKDAYS[day] for day in chosen])}"
        case _:
            months = "every month" if plan.interval == 1 else f"every {plan.interval} months"
            chosen = _days(plan)
            numbers = _listed([_ordinal(day) for day in chosen if day > 0])
            parts = [f"the {numbers}"] if numbers else []
            parts += ["the last day"] if LAST in chosen else []
            return f"On {' and '.join(parts)} of {months}"


def _listed(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def _ordinal(number: int) -> str:
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _date(when: dt.datetime) -> str:
    return f"{when:%A} {when.day} {when:%B %Y}, {when:%H:%M}"


def short(plan: wire.Plan, next_at: float | None, undecided: int) -> wire_campaigns.Planned:
    """A schedule as a list of campaigns shows it."""
    return wire_campaigns.Planned(
        words=words(plan),
        recurring=plan.every is not wire.Every.ONCE,
        next_at=moments.maybe(next_at),
        undecided=undecided,
    )


def told(plan: wire.Plan, time: Time) -> wire.Moment:
    """One time in words, with what a clock change does to it."""
    place = zone(plan.zone)
    planned = dt.datetime.strptime(time.local, LOCAL)  # noqa: DTZ007 - a wall's
    real = dt.datetime.fromtimestamp(time.at, place)
    note = ""
    if real.replace(tzinfo=None, second=0, microsecond=0) != planned:
        note = f"{planned:%H:%M} does not exist on that day: the clock is put forward. It starts at {real:%H:%M}."
    elif (
        planned.replace(tzinfo=place, fold=0).utcoffset() != planned.replace(tzinfo=place, fold=1).utcoffset()
    ):
        note = f"{planned:%H:%M} comes twice on that day: the clock is put back. It starts the first time."
    city, short = plan.zone.rpartition("/")[2].replace("_", " "), real.tzname() or ""
    return wire.Moment(
        at=dt.datetime.fromtimestamp(time.at, dt.UTC),
        local=time.local,
        words=f"{_date(real)} {city}" + (f" ({short})" if short != city else ""),
        note=note,
    )
