"""The hold by hand: stop everything now, see why nothing is sent, and go on run by run."""

import argparse

from server import client
from server.commands import output, reach
from server.wire import holds as wire

ALL = "all"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add stop-all and held."""
    stop = commands.add_parser(
        "stop-all",
        help="stop everything now, in every workspace",
        description="Hold the server: every run of every workspace stops within two seconds, and nothing is launched, "
        "until heliograph held release. What is already at a provider is answered and written.",
    )
    stop.add_argument("--note", default="", metavar="TEXT", help="why, for colleagues")
    reach.add(stop)
    stop.set_defaults(run=stop_all)

    held = commands.add_parser(
        "held",
        help="whether the server is held, and why; release it",
        description="Say whether the server is held, since when, why, and which runs wait for it (exit code 1 while it "
        "is); `release` lets it send again, run by run with --go-on and --cancel.",
    )
    held.add_argument("act", nargs="?", choices=("show", "release"), default="show")
    held.add_argument(
        "--go-on", nargs="*", metavar="RUN", help="runs that go on, as the list writes them, or `all`"
    )
    held.add_argument(
        "--cancel", nargs="*", default=[], metavar="RUN", help="runs that end; the others are paused"
    )
    reach.add(held)
    held.set_defaults(run=run)


def stop_all(arguments: argparse.Namespace) -> int:
    """Stop everything now."""
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        return _show(
            server, server.call(wire.STOP_ALL, wire.StopAll(note=arguments.note)), out, good=output.OK
        )


def run(arguments: argparse.Namespace) -> int:
    """Show the hold, or release it."""
    out = output.Output(as_json=arguments.json)
    if arguments.act == "show" and (arguments.go_on is not None or arguments.cancel):
        raise output.Misused(
            f"--go-on and --cancel belong to: heliograph held release{reach.options(arguments)}"
        )
    with reach.reach(arguments) as server:
        if arguments.act == "show":
            return _show(server, server.call(wire.SHOW), out, good=output.BAD_NEWS)
        found = server.call(wire.SHOW)
        cancel = _named(arguments.cancel, found)
        go_on = None
        if arguments.go_on is not None:
            go_on = [one for one in _named(arguments.go_on, found) if one not in cancel]
        ask = wire.Release(go_on=go_on, cancel=cancel)
        return _show(server, server.call(wire.RELEASE, ask), out, good=output.OK)


def _named(words: list[str], found: wire.Hold) -> list[wire.Which]:
    """Runs as they are written in the list, `workspace/run`. Raises output.Misused."""
    if words == [ALL]:
        return [wire.Which(workspace=one.workspace, run=one.run) for one in found.runs]
    chosen = []
    for word in words:
        workspace, slash, run_ = word.partition("/")
        if not (slash and workspace.isdecimal() and run_.isdecimal()):
            raise output.Misused(f"{word!r} is no run. Write it as heliograph held does: 1/7, or all.")
        chosen.append(wire.Which(workspace=int(workspace), run=int(run_)))
    return chosen


def _show(server: client.Client, found: wire.Hold, out: output.Output, *, good: int) -> int:
    """Say how it stands. Held is the answer of `good` where it was asked for, else bad news."""
    if out.as_json:
        out.data(found)
    else:
        _tell(server, found, out)
    return good if found.held else output.OK


def _tell(server: client.Client, found: wire.Hold, out: output.Output) -> None:
    if not found.held:
        out.say("The server is not held.")
        return
    out.say(found.sentence + (f" “{found.note}”" if found.note else ""))
    if found.copy is not None:
        for line in copied(found.copy):
            out.say(line)
    if found.runs:
        columns = ("run", "campaign", "status", "waiting", "accepted", "in doubt", "sent after the copy")
        rows = [
            (
                f"{one.workspace}/{one.run}",
                one.campaign_name,
                one.status,
                one.equation.waiting,
                one.equation.accepted,
                one.equation.doubt,
                "" if found.copy is None else "unknown" if one.sent_after is None else one.sent_after,
            )
            for one in found.runs
        ]
        out.table(columns, rows, numbers=(3, 4, 5, 6))
    asks = found.copy is not None
    out.say(
        f"Go on: heliograph held release{server.options} --go-on RUN … --cancel RUN … (the others are paused)"
        if asks
        else f"Go on: heliograph held release{server.options}"
    )


def copied(copy: wire.Copy) -> list[str]:
    """How a copy was known, and what it has missed."""
    lines = [copy.sentence]
    if copy.copied_at is not None:
        lines.append(f"It knows nothing of what came after {copy.copied_at:%Y-%m-%d %H:%M:%S} UTC.")
    if copy.sent_after is None:
        lines.append("Nobody knows what was sent after that.")
    else:
        lines.append(f"{copy.sent_after:,} messages were sent after that, at least.")
    lines += [
        f"Run {one.run} ({one.campaign}, {one.workspace}) was launched after that: {one.sent:,} messages, at least."
        for one in copy.lost_runs
    ]
    return lines
