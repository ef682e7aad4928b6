"""What the ledger knows: one message's story, a run's dump, the audit."""

import argparse
import datetime
import itertools
import sys
import textwrap
from collections.abc import Iterator

import msgspec

from server import client
from server.commands import output, reach
from server.demo import words
from server.wire import ledger as wire
from server.wire import messages

STORIES = 5  #: told in full, at most


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add trace and ledger."""
    traced = commands.add_parser(
        "trace",
        help="what happened to a person's messages",
        description="Tell the story of a person's newest messages, event by event, found by whatever is known of the "
        "person or of a message. Exit code 1: nothing was ever sent there.",
    )
    traced.add_argument("what", metavar="WHAT", help="address, phone, token, contact key, or a reference")
    reach.add(traced)
    traced.set_defaults(run=trace)
    parser = commands.add_parser("ledger", help="dump a run, or recount everything")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    dumped = verbs.add_parser(
        "dump", help="every message of a run: state, reason, attempts, provider reference"
    )
    dumped.add_argument("number", type=int, metavar="RUN", help="its number, as campaign show has it")
    reach.add(dumped)
    dumped.set_defaults(run=dump)
    audited = verbs.add_parser(
        "audit", help="recount every message against the tallies; exit code 1 on a difference"
    )
    audited.add_argument("--run", type=int, default=0, dest="number", metavar="RUN", help="one run only")
    reach.add(audited)
    audited.set_defaults(run=audit)


def trace(arguments: argparse.Namespace) -> int:
    """Find a person's or a reference's messages and tell their stories."""
    out = output.Output(as_json=arguments.json)
    if not arguments.what.strip():
        raise output.Misused("Whom? Give an address, phone, token, contact key or reference.")
    with reach.reach(arguments) as server:
        page = server.call(messages.LIST, messages.MessageQuery(find=arguments.what, limit=500))
        stories = [server.call(messages.STORY, ref=row.ref) for row in page.rows[:STORIES]]
    if arguments.json:
        out.data({"total": page.total, "messages": page.rows, "stories": stories})
        return output.OK if page.rows else output.BAD_NEWS
    if not page.rows:
        what = (
            textwrap.shorten(arguments.what, 80, placeholder="…")
            if " " in arguments.what
            else arguments.what[:80]
        )
        out.warn(
            f"Nothing was ever sent to {what!r}, and no reference is called so. "
            "Write it in full: a phone with its country code, an address, token, contact key or reference."
        )
        return output.BAD_NEWS
    for story in stories:
        tell(story, out)
    if page.total > len(stories):
        out.say(f"{len(stories)} of {page.total} messages; name a reference to see another:")
        out.table(("ref", "campaign", "channel", "state"), [
            (row.ref, row.campaign_name, row.channel, row.state.value) for row in page.rows[STORIES:]
        ])  # fmt: skip
    return output.OK


def tell(story: messages.Story, out: output.Output) -> None:
    """Tell one message's story."""
    row = story.message
    reason = f" ({row.reason})" if row.reason else ""
    out.say(f"{row.ref}  {row.channel} to {row.name} <{row.address}>: {row.state.value}{reason}")
    out.table(
        ("at (UTC)", "what", "attempt", "detail"),
        [
            (
                event.at.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
                event.kind.value,
                event.attempt or "",
                _detail(event),
            )
            for event in story.events
        ],
    )
    if story.content_matches is False:
        out.warn("What is rendered now differs from what was sent.")


def _detail(event: wire.Event) -> str:
    return ", ".join(f"{name} {_worded(name, value)}" for name, value in event.detail.items())


def _worded(name: str, value: object) -> object:
    if name.endswith("_at") and isinstance(value, float | int):
        return datetime.datetime.fromtimestamp(value, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    return value


def dump(arguments: argparse.Namespace) -> int:
    """Write every message of a run."""
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        if arguments.json:
            for chunk in server.stream(messages.DUMP, run=arguments.number):
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            return output.OK
        columns = (
            "seq",
            "ref",
            "channel",
            "address",
            "state",
            "reason",
            "attempts",
            "provider_ref",
            "meaning",
        )
        rows = _rows(server, arguments.number)
        first = next(rows, None)  # a run that is not there is refused before a line is written
        out.line(columns)
        for row in itertools.chain([first] if first else [], rows):
            out.line([getattr(row, name) for name in columns])
    return output.OK


def _rows(server: client.Client, run: int) -> Iterator[messages.DumpRow]:
    left = b""
    for chunk in server.stream(messages.DUMP, run=run):
        *lines, left = (left + chunk).split(b"\n")
        for line in lines:
            yield msgspec.json.decode(line, type=messages.DumpRow)


def audit(arguments: argparse.Namespace) -> int:
    """Recount, and say every difference."""
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        found = server.call(wire.AUDIT, wire.AuditAsk(run=arguments.number))
    if arguments.json:
        out.data(found)
    elif found.differences:
        out.table(
            ("run", "channel", "account", "state", "reason", "tallied", "counted"),
            [
                (row.run, row.channel, row.account, row.state, row.reason, row.tallied, row.counted)
                for row in found.differences
            ],
            numbers=(0, 2, 5, 6),
        )
        out.warn(
            f"{words.plural(len(found.differences), 'difference')} in {words.plural(found.runs, 'run')}. "
            "Keep the data folder, and report this."
        )
    else:
        counted = f"{words.plural(found.messages, 'message')} in {words.plural(found.runs, 'run')}"
        out.say(f"{counted} recounted; everything adds up.")
    return output.BAD_NEWS if found.differences else output.OK
