"""What a launch would do, before it: who is reached, how long it takes, and what it costs."""

import argparse
from collections.abc import Iterator

from server.commands import named, output, pace, reach
from server.wire import campaigns as wire
from server.wire import prices


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add estimate to the verbs of campaign."""
    text = "what a launch would do: people, skips by reason, duration, cost"
    asked = verbs.add_parser(
        "estimate",
        help=text,
        description="Count what a launch would do, without launching: whom each channel reaches, who is skipped "
        "and why, how long it takes and why so long, what it costs. Exit code 1: it cannot be launched yet.",
    )
    asked.add_argument("campaign", metavar="ID|NAME")
    asked.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask, and tell."""
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        found = server.call(wire.ESTIMATE, campaign=named.find(server, arguments.campaign))
    if arguments.json:
        out.data(found)
    else:
        _tell(found, out)
    return output.BAD_NEWS if found.faults else output.OK


def _tell(found: wire.Estimate, out: output.Output) -> None:
    people, messages = output.many(found.people, "person", "people"), output.many(found.messages, "message")
    out.say(f"Audience: {people}. A launch makes {messages}.")
    out.table(
        ("channel", "audience", "reachable", "skipped", "would wait", "accounts"),
        [_channel(one) for one in found.channels],
        numbers=(1, 2, 3, 4),
    )
    if reasons := [row for one in found.channels for row in _reasons(one)]:
        out.table(("channel", "becomes", "reason", "messages"), reasons, numbers=(3,))
    if found.duration is not None:
        _duration(found.duration, out)
    if found.cost is not None:
        _cost(found.cost, out)
    for fault in found.faults:
        out.warn(f"It cannot be launched yet: {fault}")


def _channel(one: wire.ChannelEstimate) -> tuple[object, ...]:
    """One line; those that a policy skips are no longer among the reachable."""
    barred = sum(one.barred.values())
    audience = one.reachable + one.no_address + one.suppressed
    reachable = one.reachable - barred
    return (
        one.channel,
        audience,
        reachable,
        audience - reachable,
        sum(one.held.values()),
        one.account or "none",
    )


def _reasons(one: wire.ChannelEstimate) -> Iterator[tuple[str, str, str, int]]:
    skips = {"no_address": one.no_address, "suppressed": one.suppressed, **one.barred}
    for becomes, counts in (("skipped", skips), ("waits", one.held)):
        for reason, count in counts.items():
            if count:
                yield one.channel, becomes, reason, count


def _duration(found: wire.Duration, out: output.Output) -> None:
    out.say(f"{_lasts(found)} {output.sentence(found.words)}".strip())
    rows = [
        (
            one.channel,
            one.messages,
            "unknown" if one.seconds is None else pace.lasting(one.seconds),
            one.words,
        )
        for one in found.by_channel
    ]
    if rows:
        out.table(("channel", "to hand over", "takes", "bound by"), rows, numbers=(1,))


def _lasts(found: wire.Duration) -> str:
    """How long it takes, as far as the speed of its channels is known."""
    low = pace.lasting(found.low_s)
    if found.high_s is None:
        unknown = f"nothing is known yet of the speed of {', '.join(found.unknown)}."
        return f"It takes at least {low}; {unknown}" if found.low_s else f"How long it takes: {unknown}"
    high = pace.lasting(found.high_s)
    return f"It takes {low if low == high else f'{low} to {high}'}."


def _cost(found: prices.Cost, out: output.Output) -> None:
    totals = " + ".join(f"{one.amount} {one.currency}" for one in found.totals)
    least = "at least " if found.unpriced else ""
    out.say(f"It costs {least}{totals}." if totals else "What it costs is not known.")
    if found.lines:
        rows = [
            (one.channel, one.country or "unknown", one.messages, one.units, one.amount, one.currency)
            for one in found.lines
        ]
        out.table(("channel", "country", "messages", "units", "amount", "currency"), rows, numbers=(2, 3, 4))
    for gap in found.unpriced:
        where = f" to {', '.join(gap.countries)}" if gap.countries else ""
        out.say(f"No price is set for {output.many(gap.messages, 'message')} by {gap.channel}{where}.")
    if found.sampled:
        people = output.many(found.sampled, "person", "people")
        out.say(f"The segments of the SMS were counted for {people}.")
