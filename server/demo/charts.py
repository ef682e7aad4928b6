"""The report's charts as SVG that needs no script: a stacked bar, lines over time, a histogram, a funnel."""

import itertools
import math
from collections.abc import Mapping, Sequence

from server.demo import markup, words
from server.demo.markup import element

#: The equation's terms as (field, word, CSS class), in the order they are added up.
TERMS = (
    ("accepted", "accepted", "ok"),
    ("failed", "failed", "bad"),
    ("skipped", "skipped", "faint"),
    ("doubt", "in doubt", "warn"),
    ("cancelled", "cancelled", "mute"),
    ("sending", "sending", "info"),
    ("waiting", "waiting", "wait"),
)
#: Per cent of the bar that any part above nothing gets, so that it can be seen.
LEAST = 0.6

WIDE, HIGH = 960, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 8, 24


def stack(parts: Sequence[tuple[str, int, str]], name: str) -> markup.Markup:
    """(word, number, class) side by side over the whole width."""
    shown = [part for part in parts if part[1] > 0]
    total = sum(number for _, number, _ in shown)
    raw = [max(LEAST, 100 * number / total) for _, number, _ in shown]
    scale = 100 / sum(raw) if raw else 0
    rows, left = [], 0.0
    for (word, number, kind), width in zip(shown, raw, strict=True):
        tip = element("title", f"{words.count(number)} {word}, {words.share(number, total)}")
        rows.append(
            element("rect", tip, x=f"{left:.3f}%", width=f"{width * scale:.3f}%", height="100%", class_=kind)
        )
        left += width * scale
        if left < 99.99:
            rows.append(
                element("line", x1=f"{left:.3f}%", x2=f"{left:.3f}%", y1="0", y2="100%", class_="gap")
            )
    said = ", ".join(f"{words.count(number)} {word}" for word, number, _ in shown)
    return element("svg", *rows, class_="stack", role="img", aria_label=f"{name}: {said or 'nothing'}")


def lines(series: Mapping[str, tuple[str, Sequence[float]]], step_s: float) -> markup.Markup:
    """Rates over time: name to (class, one value a step). All series have the same length."""
    length = max((len(values) for _, values in series.values()), default=0)
    top = ceiling(max((value for _, values in series.values() for value in values), default=0.0))
    across, up = WIDE - _LEFT - _RIGHT, HIGH - _TOP - _BOTTOM

    def x(step: float) -> float:
        return _LEFT + across * step / max(length - 1, 1)

    def y(value: float) -> float:
        return _TOP + up * (1 - value / top)

    drawn: list[str] = []
    for value in ticks(top):
        drawn.append(element("line", x1=_LEFT, x2=WIDE - _RIGHT, y1=y(value), y2=y(value), class_="grid"))
        drawn.append(
            element("text", words.short(value), x=_LEFT - 8, y=y(value) + 4, text_anchor="end", class_="axis")
        )
    for second in moments(max(length - 1, 0) * step_s):
        place = x(second / step_s)
        anchor = "middle" if place < WIDE - 30 else "end"
        label = words.span(second) if second else "0"
        drawn.append(
            element(
                "text", label.replace(".0 s", " s"), x=place, y=HIGH - 6, text_anchor=anchor, class_="axis"
            )
        )
    for name, (kind, values) in series.items():
        points = " ".join(f"{x(step):.1f},{y(value):.1f}" for step, value in enumerate(values))
        drawn.append(element("polyline", element("title", name), points=points, class_=f"line {kind}"))
    said = ", ".join(
        f"{name} at most {words.rate(max(values))}" for name, (_, values) in series.items() if values
    )
    return element(
        "svg",
        *drawn,
        viewBox=f"0 0 {WIDE} {HIGH}",
        class_="lines",
        role="img",
        aria_label=f"Messages a second over time: {said}",
    )


def histogram(counts: Sequence[int], bounds: Sequence[int], kind: str, name: str) -> markup.Markup:
    """How many answers fell into each bucket; only buckets between the first and the last that holds any."""
    held = [index for index, number in enumerate(counts) if number]
    if not held:
        return element("p", "No answer yet.", class_="none")
    first, last = max(held[0] - 1, 0), min(held[-1] + 1, len(counts) - 1)
    while last - first < 7 and (first > 0 or last < len(counts) - 1):  # few buckets would be drawn as slabs
        first, last = max(first - 1, 0), min(last + 1, len(counts) - 1)
    across, high, base = 300, 104, 80
    width = across / (last - first + 1)
    total, most = sum(counts), max(counts)
    drawn: list[str] = [element("line", x1=0, x2=across, y1=base + 0.5, y2=base + 0.5, class_="grid")]
    for place, index in enumerate(range(first, last + 1)):
        under = words.milliseconds(bounds[index]) if index < len(bounds) else ""
        label = f"up to {under}" if under else f"above {words.milliseconds(bounds[-1])}"
        tip = element("title", f"{label}: {words.count(counts[index])}, {words.share(counts[index], total)}")
        tall = 0.0 if not counts[index] else max(2.0, (base - 6) * counts[index] / most)
        drawn.append(
            element(
                "rect",
                tip,
                x=place * width + 2,
                y=base - tall,
                width=width - 4,
                height=tall,
                rx=2,
                class_=kind,
            )
        )
        if (last - index) % 2 == 0 or width > 44:
            short = under.replace(" ms", "").replace(" s", "s") or "more"
            drawn.append(
                element(
                    "text", short, x=(place + 0.5) * width, y=base + 16, text_anchor="middle", class_="axis"
                )
            )
    return element(
        "svg", *drawn, viewBox=f"0 0 {across} {high}", class_="histogram", role="img", aria_label=name
    )


def funnel(steps: Sequence[tuple[str, int]], kind: str, name: str) -> markup.Markup:
    """Steps that each lose some: word, bar, number, and the share of the first step that came so far."""
    across, row = 300, 26
    whole = steps[0][1] if steps else 0
    drawn: list[str] = []
    for index, (word, number) in enumerate(steps):
        middle = index * row + 13
        room = 118.0
        width = 0.0 if not whole or not number else max(2.0, room * number / whole)
        drawn += [
            element("text", word, x=0, y=middle + 4, class_="step"),
            element("rect", x=66, y=middle - 5, width=room, height=10, rx=5, class_="track"),
            element("rect", x=66, y=middle - 5, width=width, height=10, rx=min(5.0, width / 2), class_=kind),
            element("text", words.count(number), x=246, y=middle + 4, text_anchor="end", class_="number"),
        ]
        if index:
            drawn.append(
                element(
                    "text",
                    words.share(number, whole),
                    x=across,
                    y=middle + 4,
                    text_anchor="end",
                    class_="axis",
                )
            )
    said = ", ".join(f"{word} {words.count(number)}" for word, number in steps)
    high = row * max(len(steps), 1)
    return element(
        "svg",
        *drawn,
        viewBox=f"0 0 {across} {high}",
        class_="funnel",
        role="img",
        aria_label=f"{name}: {said}",
    )


def ceiling(value: float) -> float:
    """The next round number at or above a value: an even number times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 4, 6, 8, 10) if factor * power >= value * 0.999)


def ticks(top: float) -> list[float]:
    """Five values from nothing to the top."""
    return [top * quarter / 4 for quarter in range(5)]


def moments(seconds: float) -> list[float]:
    """Round seconds along a time axis, at most nine of them."""
    if seconds <= 0:
        return [0.0]
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
    step = next((step for step in steps if seconds / step <= 8), seconds / 8)
    return list(itertools.takewhile(lambda at: at <= seconds, itertools.count(0.0, float(step))))
