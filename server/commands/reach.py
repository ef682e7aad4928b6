"""Which server a client command talks to."""

import argparse
import shlex
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
    found.options = options(arguments)
    if arguments.workspace:
        found.work_in(arguments.workspace)
    return found


def options(arguments: argparse.Namespace) -> str:
    """What a command that is hinted at must add to reach the same server, each word after a space."""
    given = {
        "--server": arguments.server,
        "--data": arguments.data,
        "--token-file": arguments.token_file,
        "--authority": arguments.authority,
        "--workspace": arguments.workspace,
    }
    return "".join(f" {name} {shlex.quote(str(value))}" for name, value in given.items() if value)
