"""Which clock a person lives by: their own zone, their country's where it has but one, else the workspace's."""

import csv
import datetime as dt
import functools
import zoneinfo
from pathlib import Path
from typing import Literal, NamedTuple

TABLE = Path(__file__).parents[3] / "resources" / "reference" / "country_zones.csv"

Source = Literal["contact", "country", "workspace"]


class Zone(NamedTuple):
    """A zone, and how it was come by."""

    name: str  #: IANA
    source: Source


@functools.cache
def by_country() -> dict[str, str]:
    """ISO country to its zone, for countries whose clocks all show the same (by IANA's zone.tab)."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["country"]: row["zone"] for row in csv.DictReader(file)}


@functools.lru_cache(4096)
def of(zone: str, country: str, workspace: str) -> Zone:
    """A person's zone. A zone this system does not know counts as none."""
    if zone and is_known(zone):
        return Zone(zone, "contact")
    if named := by_country().get(country):
        return Zone(named, "country")
    return Zone(workspace, "workspace")


@functools.lru_cache(1024)
def is_known(name: str) -> bool:
    """Whether there is a zone of this name."""
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True


def wall(moment: float, zone: str) -> dt.datetime:
    """What the clock on the wall shows, naive."""
    return dt.datetime.fromtimestamp(moment, zoneinfo.ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def moments(shown: dt.datetime, zone: str) -> tuple[float, ...]:
    """When the clocks of a zone show this, epoch seconds: once, twice where they are put back, and where they are put
    forward past it the moment they are.
    """
    clock = zoneinfo.ZoneInfo(zone)
    first, second = (shown.replace(tzinfo=clock, fold=fold).timestamp() for fold in (0, 1))
    if first == second:
        return (first,)
    if first < second:
        return (first, second)
    return (_jump(second, first, clock),)


def _jump(before: float, after: float, clock: zoneinfo.ZoneInfo) -> float:
    """The moment between two at which a zone's offset changes, to the second."""
    low, high = int(before), int(after)
    old = dt.datetime.fromtimestamp(low, clock).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if dt.datetime.fromtimestamp(middle, clock).utcoffset() == old:
            low = middle
        else:
            high = middle
    return float(high)
