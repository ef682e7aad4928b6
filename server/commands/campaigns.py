"""Campaigns by hand: create, launch, schedule, pause, resume, cancel, show, list."""

import argparse
import collections
import time
from pathlib import Path

from server import client
from server.commands import (
    agreeing,
    drafting,
    estimating,
    named,
    output,
    pace,
    planning,
    policies,
    reach,
    shelf,
    testing,
)
from server.wire import campaigns as wire
from server.wire import ledger, limits, schedules

LOOK_S = 0.5
TERMS = ("audience", "waiting", "sending", "accepted", "failed", "skipped", "doubt", "cancelled")
OVER = {wire.Status.DONE, wire.Status.CANCELLED}

_ACTS = {
    "pause": (wire.PAUSE, "stop sending; go on with resume"),
    "resume": (wire.RESUME, "go on sending"),
    "cancel": (wire.CANCEL, "send no more, for good"),
    "unschedule": (schedules.DROP, "take its schedule back; a run under way goes on"),
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add campaign and its verbs."""
    parser = commands.add_parser(
        "campaign", help="create, launch, schedule, pause, resume, cancel, show and list campaigns"
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    made = verbs.add_parser("create", help="create a draft from a file of contents")
    made.add_argument("--name", required=True)
    made.add_argument("--audience", required=True, metavar="ID|NAME")
    made.add_argument(
        "--contents",
        required=True,
        type=Path,
        metavar="FILE",
        help=f"JSON or TOML: channel to content, such as {drafting.NAMED}",
    )
    made.add_argument(
        "--priority",
        choices=[one.value for one in limits.Priority],
        default=limits.Priority.BULK.value,
        help="what goes before what; bulk leaves the others a share of every limit",
    )
    made.add_argument(
        "--limit", action="append", default=[], metavar="RATE", help="its own limit, such as 50/s; repeatable"
    )
    policies.add_campaign(made)
    estimating.add(verbs)
    drafting.add(verbs)
    started = verbs.add_parser("launch", help="freeze audience and content, and start")
    started.add_argument("campaign", metavar="ID|NAME")
    started.add_argument("--expect", type=int, metavar="N", help="refuse unless the audience has N people")
    started.add_argument(
        "--wait", action="store_true", help="wait until it is over; exit code 1 if it does not balance"
    )
    started.add_argument(
        "--delay",
        type=int,
        default=0,
        metavar="S",
        help="start in S seconds; until then unschedule takes it back",
    )
    planning.add_schedule(verbs.add_parser("schedule", help="launch at a time, or again and again"))
    for verb, (_, text) in _ACTS.items():
        verbs.add_parser(verb, help=text).add_argument("campaign", metavar="ID|NAME")
    verbs.add_parser("show", help="the equation by channel").add_argument("campaign", metavar="ID|NAME")
    listed = verbs.add_parser("list", help="all campaigns, newest first")
    listed.add_argument(
        "--status", choices=[*(one.value for one in wire.Status), "live"], default="", help="only those in it"
    )
    listed.add_argument("--find", default="", help="a part of the name")
    listed.add_argument("--limit", type=int, default=100, metavar="N")
    listed.add_argument("--tag", default="", help="only those that bear this tag")
    listed.add_argument("--archived", choices=["only", "all"], default="", help="the archive, or everything")
    shelf.add(verbs)
    testing.add(verbs)
    for one in verbs.choices.values():
        reach.add(one)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do what the verb says."""
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        if arguments.verb == "create":
            return _create(server, arguments, out)
        if arguments.verb == "list":
            return _list(server, arguments, out)
        number = named.find(server, arguments.campaign)
        if arguments.verb == "launch":
            expected = agreeing.people(server, number, arguments.expect, out)
            ask = wire.Launch(expected=expected, delay_s=arguments.delay)
            found = server.call(wire.LAUNCH, ask, campaign=number)
            return _watched(server, found, out) if arguments.wait else _show(server, found, out)
        if arguments.verb == "schedule":
            planned = planning.schedule(server, number, arguments, out)
            return output.OK if planned is None else _show(server, planned, out)
        if arguments.verb == "show":
            return _show(server, server.call(wire.SHOW, campaign=number), out)
        return _show(server, server.call(_ACTS[arguments.verb][0], campaign=number), out)


def _create(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    contents = drafting.contents(arguments.contents)
    audience = named.audience(server, arguments.audience)
    policy = policies.of(arguments)
    ask = wire.SaveCampaign(
        name=arguments.name,
        audience=audience,
        contents=contents,
        policy=policy,
        priority=limits.Priority(arguments.priority),
        limits=[pace.rate(text) for text in arguments.limit],
    )
    made = server.call(wire.CREATE, ask)
    if arguments.json:
        out.data(made)
    else:
        start = f"heliograph campaign launch {made.id}{server.options}"
        out.say(f"Campaign {made.id} ({made.name}) is a draft. Start it: {start}")
    return output.OK


def _watched(server: client.Client, begun: wire.Campaign, out: output.Output) -> int:
    try:
        return _wait(server, begun, out)
    except KeyboardInterrupt:
        out.warn(
            f"Campaign {begun.id} goes on without you. "
            f"Look at it: heliograph campaign show {begun.id}{server.options}. "
            f"Stop it: heliograph campaign pause {begun.id}{server.options}, or cancel in place of pause."
        )
        raise


def _wait(server: client.Client, begun: wire.Campaign, out: output.Output) -> int:
    with out.progress(f"Sending {begun.name}") as step:
        while True:
            found = server.call(wire.SHOW, campaign=begun.id)
            if found.equation is not None:
                step(
                    found.equation.audience - found.equation.waiting - found.equation.sending,
                    found.equation.audience,
                )
            if found.status in OVER:
                break
            time.sleep(LOOK_S)
    return _show(server, found, out)


def _show(server: client.Client, found: wire.Campaign, out: output.Output) -> int:
    run_ = server.call(wire.RUN, run=found.run) if found.run is not None else None
    if out.as_json:
        out.data({"campaign": found, "run": run_})
    else:
        run_name = f", run {found.run}" if found.run is not None else ""
        out.say(
            f"Campaign {found.id}: {found.name}, {found.status.value}, "
            f"audience {found.audience_name or 'none'}{run_name}"
            f"{', tagged ' + ', '.join(found.tags) if found.tags else ''}{', archived' if found.archived else ''}"
        )
        if found.schedule is not None:
            _say_planned(found.schedule, server.options, out)
        if run_ is not None:
            rows = [*run_.by_channel.items(), ("all", run_.equation)]
            out.table(
                ("channel", *TERMS),
                [(name, *(getattr(one, term) for term in TERMS)) for name, one in rows],
                numbers=range(1, len(TERMS) + 1),
            )
            _reasons(run_, out)
            policies.say_waves(server, run_.id, out)
            pace.say(server, run_.id, out)
            out.say(_verdict(run_.equation, server.options))
    return output.OK if run_ is None or run_.equation.balances else output.BAD_NEWS


def _say_planned(planned: wire.Planned, options: str, out: output.Output) -> None:
    """When it starts, and what waits for a person."""
    at = f"; next {planned.next_at:%Y-%m-%d %H:%M:%S} UTC" if planned.next_at is not None else ""
    out.say(f"{planned.words}{at}")
    if planned.undecided:
        out.say(f"{planned.undecided} of its times wait for a decision: heliograph overdue{options}")


def _reasons(run_: wire.Run, out: output.Output) -> None:
    """Why messages failed or were skipped, the most frequent first."""
    counts: collections.Counter[tuple[str, str, str, str]] = collections.Counter()
    for tally in run_.tallies:
        if tally.reason and tally.count:
            counts[tally.state.value, tally.reason, tally.channel, tally.meaning] += tally.count
    if counts:
        rows = [
            (state, reason, channel, n, meaning)
            for (state, reason, channel, meaning), n in counts.most_common()
        ]
        out.table(("state", "reason", "channel", "messages", "meaning"), rows, numbers=(3,))


def _verdict(equation: ledger.Equation, options: str) -> str:
    if equation.balances:
        return "It balances."
    return f"IT DOES NOT BALANCE. Run: heliograph ledger audit{options}"


def _list(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    ask = wire.CampaignQuery(
        status=arguments.status,
        find=arguments.find,
        limit=arguments.limit,
        tag=arguments.tag,
        archived=arguments.archived,
    )
    page = server.call(wire.LIST, ask)
    if arguments.json:
        out.data(page)
        return output.OK
    rows = [
        (row.id, row.name, row.status.value, row.audience_name, *(_terms(row.equation))) for row in page.rows
    ]
    out.table(
        ("id", "name", "status", "people of", "messages", "accepted", "failed", "in doubt"),
        rows,
        numbers=(0, 4, 5, 6, 7),
    )
    if page.total > len(page.rows):
        out.say(f"{len(page.rows)} of {page.total}; more with --limit.")
    return output.OK


def _terms(equation: ledger.Equation | None) -> tuple[object, ...]:
    if equation is None:
        return ("", "", "", "")
    return (equation.audience, equation.accepted, equation.failed, equation.doubt)
