"""When a draft starts, as a person chose it: plans made of fields, and what a time means to those it reaches; pure."""

import functools
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from console.widgets import figures
from server.wire import schedules

NOW, AT, OFTEN = "now", "at", "often"
KINDS = ((NOW, "Now"), (AT, "At a time"), (OFTEN, "Again and again"))

DELAYS = {
    0: "At once",
    60: "In a minute, and can be taken back",
    300: "In five minutes, and can be taken back",
}
EVERY = (
    (schedules.Every.DAILY, "Every day"),
    (schedules.Every.WEEKLY, "Every week"),
    (schedules.Every.MONTHLY, "Every month"),
    (schedules.Every.CRON, "By a cron rule"),
)
UNITS = {schedules.Every.DAILY: "day", schedules.Every.WEEKLY: "week", schedules.Every.MONTHLY: "month"}
WHILE_RUNNING = (
    (schedules.WhileRunning.SKIP, "Leave that time out"),
    (schedules.WhileRunning.WAIT, "Start when the run before is over"),
)
WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
LAST = "last"
LEAST_SHARE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the fields hold."""

    kind: str
    zone: str
    delay_s: int = 0
    at: str = ""  #: `2026-11-21T09:00`
    every: schedules.Every = schedules.Every.DAILY
    time: str = "09:00"
    weekdays: tuple[int, ...] = ()
    days: str = "1"  #: `1, 15, last`
    interval: int = 1
    cron: str = ""
    end: str = ""
    while_running: schedules.WhileRunning = schedules.WhileRunning.SKIP


def delays(own_s: int) -> list[tuple[int, str]]:
    """How soon a launch may start, with the workspace's own delay among them."""
    known = {own_s: f"In {own_s} s, and can be taken back", **DELAYS}
    return sorted(known.items())


def plan(chosen: Chosen) -> schedules.Plan | None:
    """The plan of what was chosen; None where it starts now."""
    if chosen.kind == NOW:
        return None
    if chosen.kind == AT:
        return schedules.Plan(every=schedules.Every.ONCE, zone=chosen.zone, at=chosen.at)
    every = chosen.every
    return schedules.Plan(
        every=every,
        zone=chosen.zone,
        time="" if every is schedules.Every.CRON else chosen.time,
        weekdays=list(chosen.weekdays) if every is schedules.Every.WEEKLY else [],
        days=days(chosen.days) if every is schedules.Every.MONTHLY else [],
        interval=1 if every is schedules.Every.CRON else chosen.interval,
        cron=chosen.cron.strip() if every is schedules.Every.CRON else "",
        end=chosen.end.strip(),
        while_running=chosen.while_running,
    )


def unit(every: schedules.Every, count: int) -> str:
    """What an interval counts."""
    return UNITS.get(every, "") + ("" if count == 1 else "s")


def days(words: str) -> list[int]:
    """Days of the month as typed; what is no day becomes 0, which the server refuses by name."""
    return [
        -1 if word.lower() == LAST else int(word) if word.isdecimal() and len(word) < 3 else 0
        for word in words.replace(",", " ").split()
    ]


def zones(own: str, known: Sequence[str]) -> list[tuple[object, str]]:
    """Every zone there is: the operator's own first, then the audience's, then all by name."""
    first = [own, *(zone for zone in known if zone and zone != own), "UTC"]
    offered = list(dict.fromkeys([*first, *places()]))
    return [(zone, f"{spoken(zone)} (here)" if zone == own else spoken(zone)) for zone in offered]


@functools.cache
def places() -> tuple[str, ...]:
    """The zones that are named after a place, which takes a walk through a thousand files."""
    found = zoneinfo.available_timezones()
    return tuple(sorted(zone for zone in found if "/" in zone and not zone.startswith("Etc/")))


def spoken(zone: str) -> str:
    """A zone's name as a person reads it."""
    return zone.replace("_", " ")


def abroad(found: schedules.Preview, chosen: str) -> list[str]:
    """What the next time is on the clocks that the audience lives by, the most frequent first."""
    if not found.moments:
        return []
    people = sum(zone.people for zone in found.zones)
    told = []
    for zone in found.zones:
        share = zone.people / people if people else 0.0
        if zone.zone in ("", chosen) or share < LEAST_SHARE:
            continue
        try:
            local = found.moments[0].at.astimezone(zoneinfo.ZoneInfo(zone.zone))
        except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
            continue
        told.append(
            f"{local:%H:%M} on {local:%A} for the {figures.share(zone.people, people)} in {spoken(zone.zone)}"
        )
    unknown = sum(zone.people for zone in found.zones if not zone.zone)
    if unknown and people:
        told.append(f"the zone of {figures.share(unknown, people)} is not known")
    return told


def here(moment: datetime, chosen: str, own: str) -> str:
    """What a moment is on the operator's own clock; nothing where that is the schedule's."""
    if chosen == own:
        return ""
    return f"that is {moment.astimezone(zoneinfo.ZoneInfo(own)):%H:%M} here"
