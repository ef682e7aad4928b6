"""What two campaigns say beside each other; pure."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from console.views.campaigns.run import model as runs
from console.widgets import figures, pills, theme
from server.channels import contents
from server.wire import campaigns, ledger, limits


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One campaign, with its newest run where it has one."""

    campaign: campaigns.Campaign
    run: campaigns.Run | None = None
    pace: limits.Pace | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a comparison."""

    name: str
    left: str
    right: str
    change: str = ""  #: how the right differs from the left; empty where that says nothing
    tone: theme.Tone | None = None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One field that two contents of a channel have differently; None where one has none."""

    place: str
    left: str | None
    right: str | None


Number = Callable[[campaigns.Run], float]


def figures_of(left: Side, right: Side) -> list[Line]:
    """The runs as a whole."""
    rows = [
        _words(
            "Status", left, right, lambda side: pills.look(pills.CAMPAIGN, side.campaign.status.value).word
        ),
        _words("Audience", left, right, lambda side: side.campaign.audience_name or "None"),
        _words("Channels", left, right, _channels),
    ]
    if left.run is None and right.run is None:
        return rows
    return [
        *rows,
        _words("Started", left, right, lambda side: figures.stamp(side.run.started_at) if side.run else "—"),
        _words("Took", left, right, lambda side: runs.took(side.run) if side.run else "—"),
        _count("People", left, right, lambda run: run.people),
        _count("Messages", left, right, lambda run: run.equation.audience),
        _count("Waiting", left, right, lambda run: run.equation.waiting + run.equation.sending),
        _share("Accepted", left, right, lambda run: run.equation.accepted, good=True),
        _share("Delivered", left, right, lambda run: runs.delivered(run.tallies), good=True),
        _share("Failed", left, right, lambda run: run.equation.failed, good=False),
        _share("Skipped", left, right, lambda run: run.equation.skipped, good=None),
        _share("In doubt", left, right, lambda run: run.equation.doubt, good=False),
        _share("Cancelled", left, right, lambda run: run.equation.cancelled, good=None),
        _rate(left, right),
    ]


def _channels(side: Side) -> str:
    return ", ".join(contents.TITLES.get(name, name) for name in side.campaign.channels) or "None"


def _words(name: str, left: Side, right: Side, said: Callable[[Side], str]) -> Line:
    return Line(name=name, left=said(left), right=said(right))


def _count(name: str, left: Side, right: Side, number: Number) -> Line:
    one, other = _number(left, number), _number(right, number)
    return Line(name=name, left=_told(one), right=_told(other), change=_times(one, other))


def _number(side: Side, number: Number) -> float | None:
    return None if side.run is None else number(side.run)


def _told(number: float | None) -> str:
    return figures.NOTHING if number is None else figures.count(round(number))


def _times(one: float | None, other: float | None) -> str:
    if one is None or other is None or one == other:
        return ""
    if not one:
        return f"+{figures.count(round(other))}"
    return f"{(other - one) / one:+.0%}"


def _share(name: str, left: Side, right: Side, number: Number, *, good: bool | None) -> Line:
    """A part of the messages, with the share it has of them; shares are compared, because runs differ in size."""
    parts = [(_number(side, number), side.run.equation.audience if side.run else 0) for side in (left, right)]
    shares = [part / whole if part is not None and whole else None for part, whole in parts]
    texts = [
        figures.NOTHING if part is None else f"{figures.count(round(part))} · {figures.share(part, whole)}"
        for part, whole in parts
    ]
    return Line(name=name, left=texts[0], right=texts[1], **_points(*shares, good=good))


def _points(one: float | None, other: float | None, *, good: bool | None) -> dict[str, Any]:
    """The difference of two shares in points, and whether that is good news; a tenth of a point is none."""
    if one is None or other is None or abs(other - one) < 0.0005:
        return {}
    tone: theme.Tone | None = None if good is None else "ok" if (other > one) == good else "bad"
    return {"change": f"{(other - one) * 100:+.1f} points", "tone": tone}


def _rate(left: Side, right: Side) -> Line:
    one, other = _number(left, _mean), _number(right, _mean)
    texts = [figures.NOTHING if rate is None else figures.rate(rate) for rate in (one, other)]
    tone: theme.Tone | None = None
    if one is not None and other is not None and one != other:
        tone = "ok" if other > one else "bad"
    return Line(name="Accepted a second", left=texts[0], right=texts[1], change=_times(one, other), tone=tone)


def _mean(run: campaigns.Run) -> float:
    seconds = ((run.finished_at or figures.now()) - run.started_at).total_seconds()
    return run.equation.accepted / seconds if seconds > 0 else 0.0


def by_channel(left: Side, right: Side) -> list[Line]:
    """Each channel's share of messages that a provider accepted."""
    found = []
    for channel, title in contents.TITLES.items():
        sides = [side.run.by_channel.get(channel) if side.run else None for side in (left, right)]
        if any(side is not None for side in sides):
            texts = [_accepted(side) for side in sides]
            shares = [side.accepted / side.audience if side and side.audience else None for side in sides]
            found.append(Line(name=title, left=texts[0], right=texts[1], **_points(*shares, good=True)))
    return found


def _accepted(equation: ledger.Equation | None) -> str:
    if equation is None:
        return "not sent"
    return f"{figures.count(equation.accepted)} of {figures.count(equation.audience)} · " + figures.share(
        equation.accepted, equation.audience
    )


def reasons(left: Side, right: Side) -> list[Line]:
    """Failures, doubts and skips by reason, the largest of either side first."""
    counts: dict[tuple[ledger.State, str], list[int]] = {}
    for at, side in enumerate((left, right)):
        for reason in runs.why(side.run.tallies) if side.run else []:
            counts.setdefault((reason.state, reason.words), [0, 0])[at] += reason.count
    rows = sorted(counts.items(), key=lambda row: (runs.TOLD.index(row[0][0]), -max(row[1])))
    return [
        Line(
            name=f"{pills.look(pills.MESSAGE, state.value).word}: {words}",
            left=figures.count(one),
            right=figures.count(other),
            change=_times(one, other),
        )
        for (state, words), (one, other) in rows
    ]


def places(left: Side, right: Side) -> dict[str, list[Place] | None]:
    """Channel to the fields in which the contents differ; None for a channel that only one of them has."""
    ours, theirs = left.campaign.contents.chosen(), right.campaign.contents.chosen()
    return {
        channel: list(_places(ours[channel], theirs[channel]))
        if channel in ours and channel in theirs
        else None
        for channel in contents.CHANNELS
        if channel in ours or channel in theirs
    }


def _places(ours: contents.Content, theirs: contents.Content) -> Iterator[Place]:
    one, other = _flat(msgspec.to_builtins(ours)), _flat(msgspec.to_builtins(theirs))
    for place in dict.fromkeys([*one, *other]):
        if one.get(place) != other.get(place):
            yield Place(place=place, left=_text(one.get(place)), right=_text(other.get(place)))


def _flat(value: Any, place: str = "") -> dict[str, Any]:
    """Every leaf by its dotted place."""
    if isinstance(value, dict):
        items: list[tuple[Any, Any]] = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    else:
        return {place: value}
    return {
        where: leaf
        for name, inner in items
        for where, leaf in _flat(inner, f"{place}.{name}" if place else str(name)).items()
    }


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    return msgspec.json.encode(value).decode()
