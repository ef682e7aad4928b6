"""Messages in doubt and dead letters by hand: listed with cause and remedy, settled, sent again, closed."""

import argparse
import time
import uuid
from typing import Any

from server import client
from server.commands import asking, ledger, output, reach
from server.demo import words
from server.wire import exceptions as wire
from server.wire import messages

LOOK_S = 0.2

SETTLE = {
    "accepted": (wire.Kind.ACCEPTED, "it was sent"),
    "not-sent": (wire.Kind.NOT_SENT, "it was not sent; it lies with the dead letters then"),
    "again": (wire.Kind.AGAIN, "send it again; needs --twice where somebody may get it twice"),
    "leave": (wire.Kind.LEAVE, "seen, and left as it is"),
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add doubt and dead, each with its verbs."""
    _add_doubt(commands)
    _add_dead(commands)


def _add_doubt(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "doubt", help="messages that may have been sent: list, show, look up, settle"
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add_pick(verbs.add_parser("list", help="what is in doubt, why, since when, and the rule that applies"))
    shown = verbs.add_parser("show", help="one message's story and what settles it")
    shown.add_argument("ref", metavar="REF", help="our reference, as list --messages has it")
    _add_pick(verbs.add_parser("lookup", help="ask the providers now, as far as they can be asked"))
    settled = verbs.add_parser("settle", help="decide what became of messages in doubt")
    _add_pick(settled)
    settled.add_argument(
        "--as",
        dest="how",
        required=True,
        choices=list(SETTLE),
        help="; ".join(f"{name}: {text}" for name, (_, text) in SETTLE.items()),
    )
    settled.add_argument(
        "--twice",
        action="store_true",
        help="with --as again: somebody may get it twice, and that is accepted",
    )
    _add_act(settled)
    _add_undo(verbs)
    _finish(parser, verbs, doubt)


def _add_dead(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("dead", help="messages given up: list, preview, send again, close")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add_pick(
        verbs.add_parser("list", help="dead letters by reason, channel, account and domain, with the remedy")
    )
    _add_pick(verbs.add_parser("preview", help="what sending them again would do"))
    driven = verbs.add_parser("redrive", help="send them again")
    _add_pick(driven)
    _add_act(driven)
    closed = verbs.add_parser("close", help="seen, and left as they are")
    _add_pick(closed)
    _add_act(closed)
    _add_undo(verbs)
    _finish(parser, verbs, dead)


def _finish(parser: argparse.ArgumentParser, verbs: Any, run: Any) -> None:
    for verb in verbs.choices.values():
        reach.add(verb)
    parser.set_defaults(run=run)


def _add_pick(verb: argparse.ArgumentParser) -> None:
    group = verb.add_argument_group("which messages (all of what is given must hold)")
    group.add_argument("--run", dest="in_run", type=int, default=0, metavar="RUN")
    group.add_argument("--campaign", type=int, default=0, metavar="ID")
    group.add_argument("--channel", default="", metavar="NAME")
    group.add_argument("--account", type=int, default=0, metavar="ID")
    group.add_argument("--reason", default="", metavar="CODE")
    group.add_argument("--domain", default="", metavar="NAME", help="of mail addresses")
    group.add_argument("--find", default="", metavar="TEXT", help="a part of an address, a name or a key")
    group.add_argument(
        "--since", default="", metavar="TIME", help="such as 2026-11-20 or 2026-11-20T09:30+01:00"
    )
    group.add_argument("--until", default="", metavar="TIME")
    group.add_argument(
        "--ref", action="append", default=[], metavar="REF", help="this message; may be repeated"
    )
    group.add_argument("--closed", action="store_true", help="those that were closed or left before")
    if verb.prog.split()[-1] == "list":
        verb.add_argument("--messages", action="store_true", help="list messages in place of groups")
        verb.add_argument("--limit", type=int, default=100, metavar="N", help="messages listed (up to 500)")


def _add_act(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--why", default="", metavar="TEXT", help="kept in every message's story")
    verb.add_argument("--expect", type=int, metavar="N", help="refuse unless it is about N messages")
    verb.add_argument(
        "--key", default="", metavar="TEXT", help="done once, however often it is asked under this key"
    )
    verb.add_argument("--yes", action="store_true", help="do not ask before")


def _add_undo(verbs: Any) -> None:
    undone = verbs.add_parser("undo", help="take an act back, as far as its messages have not moved on")
    undone.add_argument("act", type=int, metavar="ACT", help="its number, as it was said when it began")
    undone.add_argument("--why", default="", metavar="TEXT")
    verbs.add_parser("acts", help="what was done, by whom and why")


def doubt(arguments: argparse.Namespace) -> int:
    """Do what the verb says about messages in doubt."""
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        match arguments.verb:
            case "list":
                return _list(server, arguments, out, groups=wire.DOUBTS, rows=wire.DOUBT_ROWS)
            case "show":
                return _show(server, arguments.ref, out)
            case "lookup":
                return _look_up(server, arguments, out)
            case "settle":
                return _settle(server, arguments, out)
        return _common(server, arguments, out)


def dead(arguments: argparse.Namespace) -> int:
    """Do what the verb says about dead letters."""
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        match arguments.verb:
            case "list":
                return _list(server, arguments, out, groups=wire.DEAD, rows=wire.DEAD_ROWS)
            case "preview":
                return _preview(server, arguments, out)
            case "redrive":
                return _redrive(server, arguments, out)
            case "close":
                return _act(server, arguments, out, wire.Kind.CLOSE)
        return _common(server, arguments, out)


def _pick(arguments: argparse.Namespace) -> wire.Pick:
    return wire.Pick(
        run=arguments.in_run,
        campaign=arguments.campaign,
        channel=arguments.channel,
        account=arguments.account,
        reason=arguments.reason,
        domain=arguments.domain,
        find=arguments.find,
        since=arguments.since,
        until=arguments.until,
        refs=",".join(arguments.ref),
        closed=arguments.closed,
    )


# -- looking ------------------------------------------------------------------------------------------


def _list(
    server: client.Client, arguments: argparse.Namespace, out: output.Output, *, groups: Any, rows: Any
) -> int:
    pick = _pick(arguments)
    if arguments.messages:
        return _messages(server, arguments, out, rows)
    found: wire.Groups = server.call(groups, pick)
    if out.as_json:
        out.data(found)
        return output.OK
    if not found.groups:
        out.say("There is nothing." + (f" {found.closed:,} were closed before." if found.closed else ""))
        return output.OK
    if groups is wire.DOUBTS:
        _doubt_table(found, out)
    else:
        _dead_table(found, out)
    for group in _once(found.groups):
        out.say(f"{group.reason} ({group.channel}): {group.meaning} {group.remedy}".rstrip())
    if groups is wire.DOUBTS:
        for title, rule in sorted({(group.provider or group.channel, group.rule) for group in found.groups}):
            out.say(f"{title}: {rule}")
    return output.OK


def _once(groups: list[wire.Group]) -> list[wire.Group]:
    """One group for each reason of a channel."""
    return list({(group.channel, group.reason): group for group in groups}.values())


def _doubt_table(found: wire.Groups, out: output.Output) -> None:
    out.table(
        ("run", "campaign", "channel", "account", "why", "messages", "since (UTC)", "looked up"),
        [
            (
                group.run,
                group.campaign_name,
                group.channel,
                group.account_name,
                group.reason,
                group.count,
                group.oldest.strftime("%Y-%m-%d %H:%M:%S"),
                group.looked_up if group.can_look_up else "cannot be",
            )
            for group in found.groups
        ],
        numbers=(0, 5),
    )


def _dead_table(found: wire.Groups, out: output.Output) -> None:
    rows = []
    for group in found.groups:
        named = [(part.name, part.count) for part in group.domains]
        rest = group.count - sum(count for _, count in named)
        for domain, count in [*named, ("(others)" if named else "", rest)]:
            if count:
                rows.append((group.reason, group.channel, group.account_name, domain, count))
    out.table(("reason", "channel", "account", "domain", "messages"), rows, numbers=(4,))


def _messages(server: client.Client, arguments: argparse.Namespace, out: output.Output, rows: Any) -> int:
    fields = {name: getattr(_pick(arguments), name) for name in wire.Pick.__struct_fields__}
    page: wire.Letters = server.call(rows, wire.Rows(**fields, limit=arguments.limit))
    if out.as_json:
        out.data(page)
        return output.OK
    out.table(
        ("ref", "channel", "account", "name", "address", "reason", "tries", "at (UTC)"),
        [
            (
                row.ref,
                row.channel,
                row.account_name,
                row.name,
                row.address,
                row.reason,
                row.attempts,
                row.updated_at.strftime("%Y-%m-%d %H:%M:%S"),
            )
            for row in page.rows
        ],
        numbers=(6,),
    )
    if page.total > len(page.rows):
        out.say(f"{len(page.rows)} of {page.total:,}; more with --limit.")
    return output.OK


def _show(server: client.Client, ref: str, out: output.Output) -> int:
    story = server.call(messages.STORY, ref=ref)
    groups = server.call(wire.DOUBTS, wire.Pick(refs=ref)).groups
    if out.as_json:
        out.data({"story": story, "group": groups[0] if groups else None})
        return output.OK
    ledger.tell(story, out)
    for group in groups:
        out.say(f"{group.meaning} {group.remedy}".strip())
        out.say(group.rule)
    if not groups:
        out.say("It is not in doubt (or was left by a person).")
    return output.OK


def _look_up(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    found = server.call(wire.LOOK_UP, wire.LookUpAsk(pick=_pick(arguments), by=asking.user()))
    if out.as_json:
        out.data(found)
    else:
        out.say(found.words)
    return output.OK


# -- acting -------------------------------------------------------------------------------------------


def _settle(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    kind, _ = SETTLE[arguments.how]
    if kind is wire.Kind.AGAIN and not out.as_json:
        preview = server.call(wire.PREVIEW, wire.PreviewAsk(kind=kind, pick=_pick(arguments)))
        _foretell(preview, out)
    return _act(server, arguments, out, kind)


def _preview(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    preview = server.call(wire.PREVIEW, wire.PreviewAsk(pick=_pick(arguments)))
    if out.as_json:
        out.data(preview)
    else:
        _foretell(preview, out)
    return output.BAD_NEWS if preview.faults else output.OK


def _foretell(preview: wire.Preview, out: output.Output) -> None:
    out.say(f"{words.plural(preview.messages, 'message')}: {preview.sends:,} would be sent again.")
    for skip in preview.skips:
        out.say(f"{skip.count:,} would be skipped: {skip.words}")
    for count in preview.left_out:
        out.say(f"{count.count:,} more stay as they are: {count.words}")
    if preview.lanes:
        out.table(
            ("channel", "account", "messages", "a second"),
            [
                (lane.channel, lane.name, lane.messages, round(lane.rate_per_s, 1) or "not known")
                for lane in preview.lanes
            ],
            numbers=(2, 3),
        )
    if preview.seconds is not None:
        out.say(f"That takes about {words.span(preview.seconds)}.")
    if preview.twice:
        out.warn(f"{words.plural(preview.twice, 'person', 'people')} may get it twice.")
    for sentence in (*preview.changes, *preview.faults):
        out.warn(sentence)


def _redrive(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    preview = server.call(wire.PREVIEW, wire.PreviewAsk(pick=_pick(arguments)))
    if not out.as_json:
        _foretell(preview, out)
    if arguments.expect is None:
        arguments.expect = preview.messages
    return _act(server, arguments, out, wire.Kind.REDRIVE)


def _act(server: client.Client, arguments: argparse.Namespace, out: output.Output, kind: wire.Kind) -> int:
    if not arguments.yes and not out.agreed("Do this?"):
        out.warn("Nothing was done. Add --yes to do it without being asked.")
        return output.BAD_NEWS
    ask = wire.ActAsk(
        kind=kind,
        pick=_pick(arguments),
        why=arguments.why,
        by=asking.user(),
        key=arguments.key or uuid.uuid4().hex,
        expect=arguments.expect,
        twice=getattr(arguments, "twice", False),
    )
    return _followed(server, server.call(wire.ACT, ask), out)


def _followed(server: client.Client, begun: wire.Act, out: output.Output) -> int:
    """Wait until an act is over, and say what it did."""
    with out.progress(f"Act {begun.id}") as step:
        while begun.status is wire.Status.RUNNING:
            time.sleep(LOOK_S)
            begun = server.call(wire.SHOW, act=begun.id)
            step(begun.moved, begun.expected)
    if out.as_json:
        out.data(begun)
        return output.OK
    done = words.plural(begun.moved, "message")
    noun = "doubt" if begun.kind in {kind for kind, _ in SETTLE.values()} else "dead"
    back = "" if begun.kind is wire.Kind.UNDO else f" Take it back: heliograph {noun} undo {begun.id}"
    out.say(f"Act {begun.id} ({begun.kind.value}) is {begun.status.value}: {done}.{back}")
    return output.OK


def _common(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    """The verbs that both have."""
    if arguments.verb == "undo":
        ask = wire.UndoAsk(why=arguments.why, by=asking.user())
        return _followed(server, server.call(wire.UNDO, ask, act=arguments.act), out)
    found = server.call(wire.ACTS)
    if out.as_json:
        out.data(found)
        return output.OK
    out.table(
        ("act", "what", "status", "messages", "by", "at (UTC)", "why"),
        [
            (
                row.id,
                f"undo of {row.undoes}" if row.undoes else row.kind.value,
                row.status.value,
                row.moved,
                row.by,
                row.created_at.strftime("%Y-%m-%d %H:%M:%S"),
                row.why,
            )
            for row in found.rows
        ],
        numbers=(0, 3),
    )
    return output.OK
