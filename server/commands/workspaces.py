"""Workspaces: the sandbox, and those for staging and production."""

import argparse

from server.commands import output, reach
from server.wire import server as wire

ENVIRONMENTS = tuple(one.value for one in wire.Environment if one is not wire.Environment.SANDBOX)


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add workspace and its verbs."""
    parser = commands.add_parser("workspace", help="list workspaces; add one that reaches real providers")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listed = verbs.add_parser("list", help="all of them, the sandbox first")
    added = verbs.add_parser("add", help="add one")
    added.add_argument("name")
    added.add_argument("--environment", required=True, choices=ENVIRONMENTS)
    for verb in (listed, added):
        reach.add(verb)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do what the verb says."""
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        if arguments.verb == "list":
            listed = server.call(wire.WORKSPACES)
            if arguments.json:
                out.data(listed)
            else:
                rows = [(str(row.id), row.name, row.environment.value) for row in listed.rows]
                out.table(("id", "name", "environment"), rows)
            return output.OK
        ask = wire.AddWorkspace(name=arguments.name, environment=wire.Environment(arguments.environment))
        made = server.call(wire.ADD_WORKSPACE, ask)
        if arguments.json:
            out.data(made)
        else:
            out.say(f"Workspace {made.workspace.name} ({made.workspace.environment.value}) is there.")
            out.say(f"Work in it with --workspace {made.workspace.name!r}")
    return output.OK
