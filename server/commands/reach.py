"""Which server a client command talks to."""

import argparse
from pathlib import Path

from server import client, settings


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that every client command has."""
    group = parser.add_argument_group("the server")
    where = group.add_mutually_exclusive_group()
    where.add_argument("--server", metavar="URL", help="address of the server, such as http://127.0.0.1:8471")
    where.add_argument("--data", type=Path, metavar="DIR", help="data folder of a server on this machine")
    group.add_argument(
        "--token-file", default="", metavar="FILE", help=f"its token (or {client.TOKEN_VARIABLE})"
    )
    group.add_argument(
        "--authority", default="", metavar="FILE", help="PEM file to trust for an https:// server"
    )
    group.add_argument(
        "--workspace", default="", metavar="NAME|ID", help="which workspace (default: the sandbox)"
    )
    group.add_argument("--json", action="store_true", help="answer in JSON")


def reach(arguments: argparse.Namespace) -> client.Client:
    """Find the server. Raises client.Unreachable."""
    if arguments.server:
        found = client.at(arguments.server, arguments.token_file, authority=arguments.authority)
    else:
        found = client.on(Path(arguments.data or settings.place()).expanduser().absolute())
    if arguments.workspace:
        found.work_in(arguments.workspace)
    return found
