"""The demo: a whole campaign against the twins, from a CSV file to a report that says whether it balances."""

import argparse
from pathlib import Path

OUT = Path("demo")  #: where the report goes; the data lie below it


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the demo's own arguments."""
    for name, default, help_ in (
        ("--recipients", 10_000, "people"),
        ("--seed", 7, "decides who they are and what becomes of each message"),
        ("--senders", 1, "sender processes"),
    ):
        parser.add_argument(name, type=int, default=default, metavar="N", help=f"{help_} (default {default})")
    out_help = "where the report goes (default demo)"
    parser.add_argument("--out", type=Path, default=OUT, metavar="DIR", help=out_help)
    data_help = "data folder to use, with all that is in it (default: a new one under --out)"
    parser.add_argument("--data", type=Path, metavar="DIR", help=data_help)
    parser.add_argument("--keep", action="store_true", help="leave the server running afterwards")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def main(arguments: argparse.Namespace) -> int:
    """Run the demo; returns the exit code."""
    from server.demo import command

    return command.main(arguments)
