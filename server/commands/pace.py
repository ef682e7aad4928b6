"""Rates as they are written, and why a run goes as fast as it does."""

import re

from server import client
from server.commands import output
from server.wire import limits as wire
from server.wire import problems

PERIODS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
RATE = re.compile(r"([0-9][0-9_,]*)/([0-9]*)(s|min|h|d)")


def rate(text: str) -> wire.Rate:
    """Read `50/s`, `1000/min`, `1/6s`. Raises output.Misused."""
    found = RATE.fullmatch(text.replace(" ", ""))
    if found is None:
        raise output.Misused(
            f"{text!r} is not a rate. Write it as 50/s, 1000/min, 20000/h, 100000/d or 1/6s."
        )
    many, times, unit = found.groups()
    count = int(many.replace("_", "").replace(",", ""))
    return wire.Rate(count=count, per_s=int(times or 1) * PERIODS[unit])


def said(count: int, per_s: int) -> str:
    """A rate as it is written: `50/s`, `1/6s`."""
    for unit, seconds in reversed(PERIODS.items()):
        if per_s % seconds == 0:
            times = per_s // seconds
            return f"{count}/{times if times > 1 else ''}{unit}"
    return f"{count}/{per_s}s"


def say(server: client.Client, run: int, out: output.Output) -> None:
    """Say why a run goes as fast as it does, and until when it may take."""
    try:
        pace = server.call(wire.PACE, run=run)
    except problems.Refused as error:
        out.warn(str(error))
        return
    out.say(pace.sentence)
    if len(pace.causes) > 1:
        rows = [(one.words, f"{one.share:.0%}", f"{one.seconds:.1f}") for one in pace.causes]
        out.table(
            ("what held it back (sender time over all lanes)", "share of the time", "seconds"),
            rows,
            numbers=(1, 2),
        )
    if pace.left:
        out.say(f"{eta(pace)} {pace.assumes}")


def eta(pace: wire.Pace) -> str:
    """The range in words."""
    if pace.eta_low_s is None:
        return f"{pace.left:,} left."
    if pace.eta_high_s is None:
        return f"{pace.left:,} left; not before {lasting(pace.eta_low_s)} from now."
    low, high = lasting(pace.eta_low_s), lasting(pace.eta_high_s)
    return f"{pace.left:,} left; {low if low == high else f'{low} to {high}'} to go."


def lasting(seconds: float) -> str:
    """A length of time in the largest unit it has two of."""
    whole = round(seconds)
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if whole >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{whole} s"
