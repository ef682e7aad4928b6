"""What is done with templates: put into drafts, tried on an audience, compared, exported and imported."""

import argparse
import functools
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from server import client
from server.channels import contents
from server.commands import asking, bodies, named, output
from server.wire import campaigns, crafting
from server.wire import templates as wire

LOOK_S = 0.3
_MARKS = {"same": " ", "added": "+", "removed": "-"}


def add(verbs: Any) -> None:
    """Add the verbs."""
    taken = verbs.add_parser("take", help="put it into a draft, in place of what is there for its channel")
    taken.add_argument("template", metavar="ID|NAME")
    taken.add_argument("--campaign", required=True, metavar="ID|NAME")
    taken.add_argument("--version", type=int, metavar="N", help="the newest where it is left out")
    taken.set_defaults(act=_take)
    checked = verbs.add_parser(
        "check", help="render it for everybody of an audience; exit code 1 if it fails"
    )
    checked.add_argument("template", metavar="ID|NAME")
    checked.add_argument("--audience", required=True, metavar="ID|NAME")
    checked.add_argument("--version", type=int, metavar="N")
    checked.add_argument("--people", type=int, default=20, metavar="N", help="list so many (default: 20)")
    checked.set_defaults(act=_check)
    compared = verbs.add_parser("diff", help="compare two versions as one person would see them")
    compared.add_argument("template", metavar="ID|NAME")
    compared.add_argument("left", type=int, metavar="OLD", help="a version")
    compared.add_argument("right", type=int, nargs="?", metavar="NEW", help="the newest where it is left out")
    compared.add_argument("--audience", metavar="ID|NAME", help="render for one of its people")
    compared.add_argument("--position", type=int, default=0, metavar="N", help="which, from 0")
    compared.add_argument("--contact", type=int, metavar="ID", help="render for this person")
    compared.add_argument("--language", default="", metavar="TAG")
    compared.add_argument("--written", action="store_true", help="what the authors wrote, not rendered")
    compared.set_defaults(act=_diff)
    carried = verbs.add_parser("export", help="templates and the blocks they need, as one JSON document")
    carried.add_argument("templates", nargs="*", metavar="ID|NAME", help="all in use where none is named")
    carried.add_argument("--folder", default="", metavar="PATH")
    carried.add_argument("--output", type=Path, metavar="FILE", help="standard output where it is left out")
    carried.set_defaults(act=_export)
    brought = verbs.add_parser("import", help="take an exported document in: all of it or nothing")
    brought.add_argument("file", type=Path, metavar="FILE", help="- for standard input")
    brought.add_argument("--folder", default="", metavar="PATH", help="put it all in here")
    brought.add_argument(
        "--clash",
        choices=[one.value for one in crafting.Clash],
        default=crafting.Clash.COPY.value,
        help="what happens where a template of that name is there (default: copy)",
    )
    brought.add_argument("--dry", action="store_true", help="only say what would happen")
    brought.set_defaults(act=_import)


def find(server: client.Client, text: str) -> int:
    """The id of the template of that id or name. Raises problems.Refused."""
    if text.isdigit():
        return int(text)
    ask = functools.partial(wire.TemplateQuery, archived=wire.Archived.ALL.value)
    rows = named.pages(server, wire.LIST, ask)
    return named.by_name("template", text, rows, f"heliograph template list{server.options} shows all.")


def say_uses(found: wire.Uses, out: output.Output) -> None:
    """Show where a template or a block is used."""
    if out.as_json:
        out.data(found)
        return
    if not found.rows:
        out.say("Nothing uses it.")
        return
    rows = [
        (use.kind, use.id, use.name, use.status.value if use.status else "", use.channel, use.version or "")
        for use in found.rows
    ]
    out.table(("kind", "id", "name", "status", "channel", "version"), rows, numbers=(1, 5))


def _take(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    number = find(server, arguments.template)
    ask = wire.Take(template=number, version=arguments.version)
    changed = server.call(wire.TAKE, ask, campaign=named.find(server, arguments.campaign))
    if out.as_json:
        out.data(changed)
        return output.OK
    origin = next(one for one in changed.origins if one.template == number)
    title = contents.TITLES[origin.channel]
    out.say(
        f"Campaign {changed.id} ({changed.name}) has {origin.name}, version {origin.version}, for {title}."
    )
    return output.OK


# -- for whom it fails -------------------------------------------------------------------------------


def _check(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    found = server.call(wire.SHOW, template=find(server, arguments.template))
    version = arguments.version or found.version
    content = server.call(wire.VERSION, template=found.id, version=version)
    chosen = msgspec.structs.replace(
        campaigns.Contents(languages={found.channel: content.translations}),
        **{found.channel: content.content},
    )
    ask = crafting.CheckAsk(audience=named.audience(server, arguments.audience), contents=chosen)
    check = _followed(server, server.call(crafting.CHECK, ask), out)
    people = server.call(crafting.FAILING, crafting.FailingQuery(limit=500), check=check.id)
    if out.as_json:
        out.data({"check": check, "people": people.rows})
    else:
        _say_check(check, people.rows[: arguments.people], out)
    return output.BAD_NEWS if check.failing or check.status is not crafting.CheckStatus.DONE else output.OK


def _followed(server: client.Client, check: crafting.Check, out: output.Output) -> crafting.Check:
    """Wait until a check is over; an interruption stops it."""
    try:
        with out.progress("looking at everybody") as step:
            while check.status is crafting.CheckStatus.RUNNING:
                time.sleep(LOOK_S)
                check = server.call(crafting.CHECKED, check=check.id)
                step(check.looked_at, check.people)
    except KeyboardInterrupt:
        server.call(crafting.CANCEL_CHECK, check=check.id)
        raise
    return check


def _say_check(check: crafting.Check, people: list[crafting.Failing], out: output.Output) -> None:
    for channel, by_language in check.languages.items():
        parts = ", ".join(f"{tag or 'default'} {count:,}" for tag, count in by_language.items())
        out.say(f"{contents.TITLES[channel]}: {parts}.")
    if check.status is not crafting.CheckStatus.DONE:
        out.say(f"The check is {check.status.value}. {check.message}".strip())
    if not check.failing:
        out.say(f"It renders for all {check.looked_at:,} people of {check.audience_name}.")
        return
    out.say(f"It fails for {check.failing:,} of {check.looked_at:,} people of {check.audience_name}.")
    groups = [(one.people, one.place, one.language, one.message, one.remedy) for one in check.groups]
    out.table(("people", "place", "language", "what is wrong", "remedy"), groups, numbers=(0,))
    rows = [(one.contact, one.name, one.position, one.place, one.message) for one in people]
    out.table(("contact", "name", "position", "place", "what is wrong"), rows, numbers=(0, 2))


# -- side by side ------------------------------------------------------------------------------------


def _diff(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    number = find(server, arguments.template)
    ask = crafting.DiffAsk(
        left=crafting.Side(template=number, version=arguments.left),
        right=crafting.Side(template=number, version=arguments.right),
        audience=named.audience(server, arguments.audience) if arguments.audience else None,
        position=arguments.position,
        contact=arguments.contact,
        language=arguments.language,
    )
    found = server.call(crafting.DIFF, ask)
    if out.as_json:
        out.data(found)
        return output.OK
    out.say(_whom(found))
    for side in (found.left, found.right):
        for fault in side.faults:
            out.say(
                f"Version {side.version} cannot be rendered: {fault.place}: {fault.message} {fault.remedy}"
            )
    faulty = found.left.faults or found.right.faults
    for field in found.written if arguments.written or faulty else found.rendered:
        _say_field(field, out)
    return output.OK


def _whom(found: crafting.Diff) -> str:
    sides = f"Version {found.left.version} and version {found.right.version}"
    whom = f" for {found.person}" if found.person else ""
    spoken = {side.language.language for side in (found.left, found.right)} - {""}
    languages = f" ({', '.join(sorted(spoken))})" if spoken else ""
    return f"{sides}{whom}{languages}: {'the same to the byte.' if found.equal else 'not the same.'}"


def _say_field(field: crafting.FieldDiff, out: output.Output) -> None:
    out.say(f"{field.place} ({field.mark})")
    for line in field.lines:
        if line.mark == "changed":
            out.say(f"  - {line.left}")
            out.say(f"  + {line.right}")
        else:
            out.say(f"  {_MARKS[line.mark]} {line.right or line.left}")


# -- in and out --------------------------------------------------------------------------------------


def _export(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    ids = ",".join(str(find(server, one)) for one in arguments.templates)
    bundle = server.call(crafting.EXPORT, crafting.ExportQuery(ids=ids, folder=arguments.folder))
    document = msgspec.json.format(msgspec.json.encode(bundle), indent=2) + b"\n"
    if arguments.output is None:
        sys.stdout.write(document.decode())
        return output.OK
    arguments.output.write_bytes(document)
    counts = [output.many(len(bundle.templates), "template"), output.many(len(bundle.blocks), "block")]
    out.say(f"{' and '.join(counts)} written to {arguments.output}.")
    return output.OK


def _import(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    document = bodies.load(arguments.file)
    if not isinstance(document, dict):
        raise output.Misused(f"{arguments.file} is no document of `heliograph template export`.")
    ask = crafting.ImportAsk(
        bundle=document,
        folder=arguments.folder,
        clash=crafting.Clash(arguments.clash),
        by=asking.user(),
        dry=arguments.dry,
    )
    done = server.call(crafting.IMPORT, ask)
    if out.as_json:
        out.data(done)
        return output.OK
    if arguments.dry:
        out.say("Nothing was changed. It would be:")
    for words, names in (
        ("made", done.created),
        ("given a new version", done.versions),
        ("left as they are", done.skipped),
        ("blocks written", done.blocks),
    ):
        if names:
            out.say(f"{len(names):,} {words}: {', '.join(names)}.")
    return output.OK
