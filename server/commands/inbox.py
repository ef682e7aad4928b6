"""The twins' inbox by hand: what arrived, one arrival beside its promise, and all of them checked by hash."""

import argparse
from collections import Counter
from collections.abc import Iterator

import msgspec

from server import client
from server.commands import output, reach
from server.wire import arrivals as wire
from server.wire import twins

WORDS = {
    wire.Verdict.EQUAL: "equal by hash",
    wire.Verdict.DIFFERS: "differs",
    wire.Verdict.UNKNOWN: "nothing to compare",
}
NAMED = 20  #: arrivals that differ, named one by one


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add inbox and its verbs."""
    parser = commands.add_parser("inbox", help="what arrived at the provider twins, beside what was promised")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listed = verbs.add_parser("list", help="what arrived, newest first")
    checked = verbs.add_parser(
        "check", help="compare all of it with the ledger's hashes; fails where one differs"
    )
    for verb in (listed, checked):
        verb.add_argument("--find", default="", help="a recipient, a reference, a provider's reference")
        verb.add_argument("--twin", default="", help="one twin, such as sms/twilio")
        verb.add_argument("--outcome", default="", help="what became of it, such as delivered")
    listed.add_argument("--limit", type=int, default=100, metavar="N")
    shown = verbs.add_parser("compare", help="one arrival, field by field beside its promise")
    shown.add_argument("id", type=int, metavar="N", help="its number, as list has it")
    for verb in verbs.choices.values():
        reach.add(verb)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do what the verb says."""
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        return {"list": _list, "check": _check, "compare": _compare}[arguments.verb](arguments, server, out)


def _list(arguments: argparse.Namespace, server: client.Client, out: output.Output) -> int:
    page = server.call(twins.INBOX, _query(arguments, 0, arguments.limit))
    if arguments.json:
        out.data(page)
        return output.OK
    rows = [
        (row.id, row.at.strftime("%H:%M:%S"), row.twin, row.to, row.title, row.outcome) for row in page.rows
    ]
    out.table(("number", "at (UTC)", "twin", "to", "title", "outcome"), rows, numbers=(0,))
    return output.OK


def _query(arguments: argparse.Namespace, offset: int, limit: int) -> twins.ArrivalQuery:
    return twins.ArrivalQuery(
        twin=arguments.twin, find=arguments.find, outcome=arguments.outcome, offset=offset, limit=limit
    )


def _compare(arguments: argparse.Namespace, server: client.Client, out: output.Output) -> int:
    found = server.call(wire.COMPARE, id=arguments.id)
    if arguments.json:
        out.data(found)
    else:
        out.say(f"{WORDS[found.verdict].capitalize()}. {found.why}".strip())
        if found.promised_hash:
            out.say(f"promised {found.promised_hash}, arrived {found.arrived_hash} ({found.ref})")
        if found.differences:
            rows = [(one.place, one.promised, one.arrived) for one in found.differences]
            out.table(("place", "promised", "arrived"), rows)
    return output.BAD_NEWS if found.verdict is wire.Verdict.DIFFERS else output.OK


def _check(arguments: argparse.Namespace, server: client.Client, out: output.Output) -> int:
    """Walk the whole inbox, page by page."""
    verdicts: Counter[wire.Verdict] = Counter()
    reasons: Counter[str] = Counter()
    differing: list[wire.Glance] = []
    with out.progress("Comparing") as step:
        for page in _pages(arguments, server):
            for row in page.rows:
                verdicts[row.verdict] += 1
                reasons[row.why] += bool(row.why)
                if row.verdict is wire.Verdict.DIFFERS and len(differing) < NAMED:
                    differing.append(row)
            step(verdicts.total(), page.total)
    if arguments.json:
        told = {verdict.value: verdicts[verdict] for verdict in wire.Verdict}
        out.data({**told, "why": +reasons, "differing": differing})
    else:
        out.say(", ".join(f"{verdicts[one]} {_counted(one, verdicts[one])}" for one in WORDS) + ".")
        for why, count in (+reasons).most_common():
            out.say(f"  {count}: {why}")
        for row in differing:
            out.say(f"  {row.id} differs in {', '.join(row.places) or row.why}")
    return output.BAD_NEWS if verdicts[wire.Verdict.DIFFERS] else output.OK


def _counted(verdict: wire.Verdict, count: int) -> str:
    """A verdict's words after its count: `1 differs`, `2 differ`."""
    return "differ" if verdict is wire.Verdict.DIFFERS and count != 1 else WORDS[verdict]


def _pages(arguments: argparse.Namespace, server: client.Client) -> Iterator[wire.Glances]:
    """Page by page, newest first. What arrives meanwhile moves the rest down, and nothing is told twice."""
    offset, total, oldest = 0, 1, 0
    while offset < total:
        page = server.call(wire.GLANCE, _query(arguments, offset, wire.MOST_AT_ONCE))
        total = page.total
        offset += len(page.rows) or total
        fresh = [row for row in page.rows if not oldest or row.id < oldest]
        oldest = min((row.id for row in fresh), default=oldest)
        yield msgspec.structs.replace(page, rows=fresh)
