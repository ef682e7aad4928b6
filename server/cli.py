"""The command line: `heliograph` opens the console, and everything it can do has a word here too."""

import argparse
import sys
from collections.abc import Sequence

from server import client, settings
from server.commands import accounts, campaigns, imports, ledger, output, serving, suppressions
from server.wire import problems

EXITS = """exit codes: 0 done; 1 done, and the answer is bad news; 2 wrong usage; 3 done in part;
4 no server answers; 5 the server refused; 130 interrupted"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    if not given or given[0] in {"--data", "--server", "--theme", "--view"}:
        return serving.console(given)
    arguments = parser().parse_args(given)
    try:
        return int(arguments.run(arguments))
    except settings.Wrong as error:
        return _fail(output.USAGE, "\n".join(error.faults))
    except client.Unreachable as error:
        return _fail(output.UNREACHABLE, str(error))
    except problems.Refused as error:
        return _fail(output.REFUSED, _problem(error.problem))
    except BrokenPipeError:  # whoever read us, such as head, has seen enough
        sys.stderr.close()
        return output.OK
    except OSError as error:
        return _fail(output.BAD_NEWS, f"{error.filename or 'A file'}: {error.strerror}.")
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Every command with its arguments."""
    top = argparse.ArgumentParser(
        prog="heliograph",
        description="Campaigns over many channels, with every recipient accounted for. "
        "Without a command the console opens (--data DIR or --server URL choose the server).",
        epilog=EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"Heliograph {settings.VERSION}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for noun in (serving, imports, campaigns, ledger, accounts, suppressions):
        noun.add(commands)
    return top


def _problem(problem: problems.Problem) -> str:
    lines = [problem.title]
    lines += [f"  {fault.place}: {fault.message} {fault.remedy}".rstrip() for fault in problem.fields]
    return "\n".join([*lines, problem.remedy]).strip()


def _fail(code: int, text: str) -> int:
    sys.stderr.write(text + "\n")
    return code
