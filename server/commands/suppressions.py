"""Addresses that must not be sent to."""

import argparse

from server.commands import output, reach
from server.wire import audiences as wire


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add suppress and its verbs."""
    parser = commands.add_parser("suppress", help="forbid an address, lift that, list what is forbidden")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    added = verbs.add_parser("add", help="forbid an address")
    lifted = verbs.add_parser("lift", help="allow it again")
    for verb in (added, lifted):
        verb.add_argument("address")
        verb.add_argument("--channel", default="all", help="one channel (default: all)")
    added.add_argument("--reason", default="by hand")
    listed = verbs.add_parser("list", help="what is forbidden, newest first")
    listed.add_argument("--find", default="")
    listed.add_argument("--limit", type=int, default=100, metavar="N")
    for verb in verbs.choices.values():
        reach.add(verb)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do what the verb says."""
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        if arguments.verb == "list":
            page = server.call(
                wire.SUPPRESSIONS, wire.SuppressionQuery(find=arguments.find, limit=arguments.limit)
            )
            if arguments.json:
                out.data(page)
            else:
                rows = [
                    (row.channel, row.address, row.reason, row.created_at.strftime("%Y-%m-%d %H:%M:%S"))
                    for row in page.rows
                ]
                out.table(("channel", "address", "reason", "since (UTC)"), rows)
            return output.OK
        if arguments.verb == "add":
            ask = wire.Suppress(address=arguments.address, channel=arguments.channel, reason=arguments.reason)
            server.call(wire.SUPPRESS, ask)
            out.say(f"{arguments.address} is not sent to any more ({arguments.channel}).")
        else:
            server.call(wire.UNSUPPRESS, wire.Suppress(address=arguments.address, channel=arguments.channel))
            out.say(f"{arguments.address} may be sent to again ({arguments.channel}).")
    return output.OK
