"""Numbers, shares and times as the report and the terminal write them."""


def count(number: int) -> str:
    """1234567 as 1,234,567."""
    return f"{number:,}"


def share(part: float, whole: float) -> str:
    """A part of a whole in per cent; never rounded to 0 or 100 while it is not."""
    if whole <= 0:
        return "–"
    percent = 100 * part / whole
    if 0 < percent < 0.1:
        return "< 0.1 %"
    if percent > 99.9 and part < whole:
        return "> 99.9 %"
    return f"{percent:.1f} %".replace(".0 %", " %")


def rate(per_second: float) -> str:
    """So many a second."""
    return f"{per_second:,.0f}/s" if per_second >= 10 or per_second == 0 else f"{per_second:.1f}/s"


def span(seconds: float) -> str:
    """Seconds in the units that matter."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def short(number: float) -> str:
    """1500 as 1.5k, for axes."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return f"{number:g}"


def milliseconds(bound: int) -> str:
    """The upper bound of a latency bucket."""
    return f"{bound} ms" if bound < 1000 else f"{bound / 1000:g} s"


def plural(number: int, one: str, many: str = "") -> str:
    """`1 row`, `2 rows`."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"
