"""How a workspace launches, by hand."""

import argparse

from server.commands import output, reach
from server.wire import flow as wire


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add flow and its verbs."""
    parser = commands.add_parser("flow", help="how the workspace launches: typed numbers, time for an undo")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("show", help="the workspace's way")
    made = verbs.add_parser("set", help="change it; what is not named stays")
    made.add_argument(
        "--typed-above", metavar="N|never", help="people above whom the number is typed at a launch"
    )
    made.add_argument("--delay", type=int, metavar="S", help="seconds in which a launch can be undone")
    for verb in verbs.choices.values():
        reach.add(verb)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do what the verb says."""
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        found = server.call(wire.SHOW)
        if arguments.verb == "set":
            ask = wire.SaveFlow(
                typed_above=_typed(arguments.typed_above, found.typed_above),
                delay_s=found.delay_s if arguments.delay is None else arguments.delay,
            )
            found = server.call(wire.SAVE, ask)
    if out.as_json:
        out.data(found)
        return output.OK
    typed = "never" if found.typed_above is None else f"above {found.typed_above:,}"
    out.say(f"The number of people is typed at a launch: {typed}.")
    out.say(
        f"A launch by the console starts {found.delay_s} s later and can be undone until then."
        if found.delay_s
        else "A launch by the console starts at once."
    )
    return output.OK


def _typed(text: str | None, known: int | None) -> int | None:
    """What was said about typing the number. Raises output.Misused."""
    if text is None:
        return known
    if text == "never":
        return None
    if not text.isdecimal():
        raise output.Misused(f"{text!r} is no number of people. Write one, or never.")
    return int(text)
