"""The command line: `heliograph` opens the console, and everything it can do has a word here too."""

import argparse
import sys
from collections.abc import Sequence

from server import client, settings
from server.commands import (
    accounts,
    audiences,
    campaigns,
    exceptions,
    flow,
    holds,
    imports,
    inbox,
    lanes,
    ledger,
    output,
    planning,
    policies,
    prices,
    serving,
    suppressions,
    templates,
    workspaces,
)
from server.wire import problems

EXITS = """exit codes: 0 done; 1 done, and the answer is bad news; 2 wrong usage; 3 done in part;
4 no server answers; 5 the server refused; 130 interrupted"""

LINK = "heliograph://"  #: what a desktop hands over when somebody follows a link into the console
#: Options with a value that may also stand before the command, as the console's do where there is none.
BEFORE = frozenset({"--data", "--server", "--token-file", "--theme", "--view"})


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    before, given = _split(given)
    if not given:
        return serving.console(before)
    arguments = parser().parse_args([*given, *before])
    try:
        return int(arguments.run(arguments))
    except BrokenPipeError:  # whoever read us, such as head, has seen enough
        sys.stderr.close()
        return output.OK
    except KeyboardInterrupt:
        return output.INTERRUPTED
    except (output.Misused, settings.Wrong, client.Unreachable, problems.Refused, OSError) as error:
        code, text = _said(error)
        sys.stderr.write(text + "\n")
        return code


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
    for noun in (
        serving,
        imports,
        audiences,
        campaigns,
        templates,
        planning,
        policies,
        holds,
        ledger,
        exceptions,
        accounts,
        lanes,
        prices,
        flow,
        suppressions,
        inbox,
        workspaces,
    ):
        noun.add(commands)
    return top


def _split(given: list[str]) -> tuple[list[str], list[str]]:
    """The options before the command, and the rest; without a command they are the console's."""
    at = 0
    while at < len(given) and given[at].partition("=")[0] in BEFORE:
        at += 1 if "=" in given[at] else 2
    if given[at : at + 1] == ["--gallery"] or (given[at:] and given[at].startswith(LINK)):
        at = len(given)
    return given[:at], given[at:]


def _said(error: Exception) -> tuple[int, str]:
    """The exit code and the words for what went wrong."""
    match error:
        case settings.Wrong():
            return output.USAGE, "\n".join(error.faults)
        case output.Misused():
            return output.USAGE, str(error)
        case client.Unreachable():
            return output.UNREACHABLE, str(error)
        case problems.Refused():
            return output.REFUSED, _problem(error.problem)
        case OSError(filename=None):
            return output.BAD_NEWS, f"The answer cannot be written: {error.strerror or error}."
        case OSError():
            return output.BAD_NEWS, f"{error.filename}: {error.strerror}."
    return output.BAD_NEWS, str(error)


def _problem(problem: problems.Problem) -> str:
    """A problem as lines; what a field says already is not said again above and below it."""
    fields = [
        f"{output.sentence(fault.message)} {output.sentence(fault.remedy)}".strip()
        for fault in problem.fields
    ]
    if len(fields) == 1 and fields[0].startswith(problem.title):
        return f"{problem.fields[0].place}: {fields[0]}"
    lines = [output.sentence(problem.title)]
    lines += [f"  {fault.place}: {text}" for fault, text in zip(problem.fields, fields, strict=True)]
    if not any(problem.remedy in text for text in fields):
        lines.append(output.sentence(problem.remedy))
    return "\n".join(lines).strip()
