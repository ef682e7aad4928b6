"""Numbers, shares, durations and times as people read them, everywhere the same."""

from collections.abc import Callable
from datetime import UTC, datetime

NOTHING = "—"

Clock = Callable[[], datetime]  #: the moment it is, aware


class _Watch:
    """Where every figure that means "now" reads the time."""

    clock: Clock = staticmethod(lambda: datetime.now(UTC))


def now() -> datetime:
    """The moment it is, aware; pictures stop it by `set_clock`."""
    return _Watch.clock()


def set_clock(clock: Clock | None) -> None:
    """Read the time elsewhere, as for a picture that is the same every day; None to read the real one again."""
    _Watch.clock = staticmethod(clock or (lambda: datetime.now(UTC)))


def count(number: int | None) -> str:
    """1234567 as 1,234,567."""
    return NOTHING if number is None else f"{number:,}"


def short(number: float) -> str:
    """1234567 as 1.2 M, for axes and tight places."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:.3g}"


def share(part: float, whole: float, digits: int = 1) -> str:
    """A part of a whole in per cent; never rounded up to 100 % or down to 0 % while it is not."""
    if whole <= 0:
        return NOTHING
    percent = 100 * part / whole
    least = 10**-digits
    if 0 < percent < least:
        return f"< {least:.{digits}f} %"
    if part < whole and percent > 100 - least:
        return f"> {100 - least:.{digits}f} %"
    return f"{percent:.{digits}f} %"


def rate(per_second: float) -> str:
    """Messages a second."""
    return f"{per_second:,.0f} / s" if per_second >= 10 or per_second == 0 else f"{per_second:.1f} / s"


def duration(seconds: float) -> str:
    """Seconds in the two units that matter."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def size(octets: int) -> str:
    """Bytes in the unit that fits."""
    number = float(octets)
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def clock(moment: datetime | None) -> str:
    """The local time of day, to the second."""
    return NOTHING if moment is None else moment.astimezone().strftime("%H:%M:%S")


def stamp(moment: datetime | None) -> str:
    """The local date and time."""
    return NOTHING if moment is None else moment.astimezone().strftime("%d %b %Y, %H:%M:%S")


def ago(moment: datetime | None, at: datetime | None = None) -> str:
    """How long ago, in one unit; the date where it is more than a week."""
    if moment is None:
        return NOTHING
    passed = ((at or now()) - moment).total_seconds()
    if passed < 10:
        return "now"
    for limit, divisor, unit in (
        (60, 1, "s"),
        (3600, 60, "min"),
        (86400, 3600, "h"),
        (7 * 86400, 86400, "d"),
    ):
        if passed < limit:
            return f"{int(passed // divisor)} {unit}"
    return moment.astimezone().strftime("%d %b %Y")
