"""Read five cron fields: minute, hour, day of the month, month and day of the week."""

from dataclasses import dataclass

NAMES = {
    "month": {
        name: at for at, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
    },
    "weekday": {name: at for at, name in enumerate("sun mon tue wed thu fri sat".split())},
}
#: Each field with the least and the most it may hold; 7 is Sunday too.
FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
LONGEST = 200
LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Unreadable(Exception):
    """The text is no rule; the sentence names the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crontab:
    """What the fields allow."""

    minutes: list[int]
    hours: list[int]
    month_days: list[int] | None  #: None for any
    months: list[int]
    weekdays: list[int] | None  #: 0 is Monday; None for any

    def days(self) -> list[dict[str, list[int]]]:
        """Which days: where both day fields say something, a day of either counts, as cron has it."""
        chosen = []
        if self.month_days is not None:
            chosen.append({"bymonthday": self.month_days})
        if self.weekdays is not None:
            chosen.append({"byweekday": self.weekdays})
        return chosen or [{}]


def read(text: str) -> Crontab:
    """Read a rule. Raises Unreadable."""
    parts = text.lower().split()
    if len(parts) != len(FIELDS) or len(text) > LONGEST:
        raise Unreadable(f"{text[:60]!r} does not have five fields.")
    minutes, hours, month_days, months, weekdays = (
        _field(part, name, low, high) for part, (name, low, high) in zip(parts, FIELDS, strict=True)
    )
    if parts[4] == "*" and not any(day <= LONGEST_MONTH[month - 1] for month in months for day in month_days):
        raise Unreadable("None of its months has such a day.")
    return Crontab(
        minutes=minutes,
        hours=hours,
        month_days=None if parts[2] == "*" else month_days,
        months=months,
        weekdays=None if parts[4] == "*" else sorted({(day - 1) % 7 for day in weekdays}),
    )


def _field(text: str, name: str, low: int, high: int) -> list[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            begin, end = low, high
        else:
            begin = _number(first, name, low, high)
            end = _number(last, name, low, high) if dash else (high if slash else begin)
        stride = int(step) if step.isascii() and step.isdecimal() and len(step) < 4 else 0
        if end < begin or (slash and not stride):
            raise Unreadable(f"The {name} field cannot be {part!r}.")
        found.update(range(begin, end + 1, stride or 1))
    return sorted(found)


def _number(text: str, name: str, low: int, high: int) -> int:
    known = NAMES.get(name, {}).get(text)
    if known is not None:
        return known
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else -1
    if not low <= number <= high:
        raise Unreadable(f"The {name} field cannot be {text!r}: it goes from {low} to {high}.")
    return number
