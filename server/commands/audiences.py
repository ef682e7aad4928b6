"""Audiences by hand: which there are, how many people each has and on which channels they can be reached."""

import argparse

from server import client
from server.channels import contents
from server.commands import named, output, reach
from server.wire import audiences as wire
from server.wire import endpoint


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add audience and its verbs."""
    parser = commands.add_parser("audience", help="list, show and remove audiences; import makes them")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listed = verbs.add_parser("list", help="all audiences, newest first: people, and reach by channel")
    listed.add_argument("--limit", type=int, default=100, metavar="N")
    shown = verbs.add_parser("show", help="one audience: people, and reach by channel")
    gone = verbs.add_parser("remove", help="remove an audience; its contacts stay")
    for verb in (shown, gone):
        verb.add_argument("audience", metavar="ID|NAME")
    for verb in verbs.choices.values():
        reach.add(verb)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do what the verb says."""
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        if arguments.verb == "list":
            return _list(server, arguments.limit, out)
        found = server.call(wire.SHOW, audience=named.audience(server, arguments.audience))
        if arguments.verb == "show":
            return _show(found, out)
        server.call(wire.DELETE, audience=found.id)
    out.say(f"Audience {found.id} ({found.name}) was removed; its contacts stay.")
    if arguments.json:
        out.data(found)
    return output.OK


def _list(server: client.Client, limit: int, out: output.Output) -> int:
    page = server.call(wire.LIST, endpoint.Window(limit=limit))
    if out.as_json:
        out.data(page)
        return output.OK
    out.table(
        ("id", "name", "people", *contents.CHANNELS, "since (UTC)"),
        [
            (
                row.id,
                row.name if row.ready else f"{row.name} (is being imported)",
                row.people,
                *(row.reach.get(channel, 0) for channel in contents.CHANNELS),
                row.created_at.strftime("%Y-%m-%d %H:%M:%S"),
            )
            for row in page.rows
        ],
        numbers=(0, *range(2, 3 + len(contents.CHANNELS))),
    )
    if page.total > len(page.rows):
        out.say(f"{len(page.rows)} of {page.total}; more with --limit.")
    return output.OK


def _show(found: wire.Audience, out: output.Output) -> int:
    if out.as_json:
        out.data(found)
        return output.OK
    people = output.many(found.people, "person", "people")
    out.say(f"Audience {found.id}: {found.name}, {people if found.ready else 'is being imported'}")
    rows = [(channel, found.reach.get(channel, 0)) for channel in contents.CHANNELS]
    out.table(("channel", "people with an address"), rows, numbers=(1,))
    return output.OK
