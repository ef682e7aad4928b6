"""Order among campaigns by hand: copy, tag, archive."""

import argparse

from server.commands import named, output, reach
from server.wire import shelf as wire

_ACTS = {
    "archive": (wire.Act.ARCHIVE, "put campaigns away; nothing is deleted", "archived"),
    "unarchive": (wire.Act.UNARCHIVE, "bring campaigns back", "brought back"),
}


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add clone, tag, archive and unarchive to the verbs of campaign."""
    copied = verbs.add_parser("clone", help="make a draft with everything a campaign has")
    copied.add_argument("campaign", metavar="ID|NAME")
    copied.add_argument("--name", default="", help="its name (default: the old one with a mark)")
    copied.set_defaults(run=clone)
    tagged = verbs.add_parser("tag", help="give campaigns a tag, or take one off")
    tagged.add_argument("campaigns", nargs="+", metavar="ID|NAME")
    which = tagged.add_mutually_exclusive_group(required=True)
    which.add_argument("--add", metavar="TAG")
    which.add_argument("--remove", metavar="TAG")
    tagged.set_defaults(run=tag)
    for verb, (_, text, _) in _ACTS.items():
        moved = verbs.add_parser(verb, help=text)
        moved.add_argument("campaigns", nargs="+", metavar="ID|NAME")
        moved.set_defaults(run=move)


def clone(arguments: argparse.Namespace) -> int:
    """Copy a campaign."""
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        number = named.find(server, arguments.campaign)
        made = server.call(wire.CLONE, wire.Clone(name=arguments.name), campaign=number)
    if arguments.json:
        out.data(made)
    else:
        out.say(f"Campaign {made.id} ({made.name}) is a draft.")
    return output.OK


def tag(arguments: argparse.Namespace) -> int:
    """Give campaigns a tag or take it off."""
    act = wire.Act.TAG if arguments.add else wire.Act.UNTAG
    name = arguments.add or arguments.remove
    return _do(arguments, act, f"tagged {name!r}" if arguments.add else f"freed of {name!r}", name)


def move(arguments: argparse.Namespace) -> int:
    """Put campaigns into the archive or bring them back."""
    act, _, done = _ACTS[arguments.verb]
    return _do(arguments, act, done)


def _do(arguments: argparse.Namespace, act: wire.Act, done: str, name: str = "") -> int:
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        numbers = [named.find(server, text) for text in arguments.campaigns]
        found = server.call(wire.ACT, wire.Shelve(act=act, campaigns=numbers, tag=name))
    if arguments.json:
        out.data(found)
    else:
        count = len(found.changed)
        out.say(f"{count} {'campaign' if count == 1 else 'campaigns'} {done}.")
        for left in found.left:
            out.warn(f"{left.name or left.campaign} stays as it is: {left.why}.")
    if not found.left:
        return output.OK
    return output.PARTLY if found.changed else output.BAD_NEWS
