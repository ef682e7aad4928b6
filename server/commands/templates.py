"""Templates by hand: written, found, versioned, compared, tried on an audience, carried elsewhere."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from server import client
from server.channels import contents
from server.commands import asking, blocks, bodies, crafting, output, reach
from server.demo import words
from server.wire import endpoint
from server.wire import templates as wire

_SHAPE = (
    'Write {"channel": "sms", "body": "…"}, or {"content": …, "translations": …} as '
    "`heliograph template show --json` has them."
)
_COLUMNS = ("id", "name", "channel", "version", "folder", "tags", "languages", "used by", "changed")

Act = Callable[[client.Client, argparse.Namespace, output.Output], int]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add template and its verbs."""
    parser = commands.add_parser("template", help="the library of reusable content, and shared blocks")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add_finding(verbs)
    _add_writing(verbs)
    crafting.add(verbs)
    blocks.add(verbs)
    for name, verb in verbs.choices.items():
        if name != "block":
            reach.add(verb)
    parser.set_defaults(run=run)


def _add_finding(verbs: Any) -> None:
    listed = verbs.add_parser("list", help="the templates, last changed first")
    listed.add_argument("--find", default="", help="words of the name, folder, tags or content")
    listed.add_argument("--folder", default="", help="this folder and those in it; / for none")
    listed.add_argument("--tag", default="")
    listed.add_argument("--channel", default="")
    listed.add_argument("--language", default="")
    listed.add_argument("--archived", choices=[one.value for one in wire.Archived], default="no")
    listed.set_defaults(act=_list)
    shown = _of(verbs, "show", "one template, or an older version of it", _show)
    shown.add_argument("--version", type=int, metavar="N")
    _of(verbs, "versions", "who saved what and when", _versions)
    _of(verbs, "uses", "the campaigns that took it", _uses)
    verbs.add_parser("folders", help="folders and tags with their counts").set_defaults(act=_folders)


def _add_writing(verbs: Any) -> None:
    saved = verbs.add_parser("save", help="make a template, or a new version of one")
    saved.add_argument("template", nargs="?", default="", metavar="ID|NAME", help="none makes another")
    saved.add_argument("--name", default="")
    saved.add_argument(
        "--content", type=Path, required=True, metavar="FILE", help="JSON or TOML; - for stdin"
    )
    saved.add_argument("--folder")
    saved.add_argument("--tag", action="append", metavar="TAG", help="repeatable")
    saved.add_argument("--note", default="", help="what is new in it")
    saved.add_argument("--base", type=int, metavar="N", help="refuse unless N is the newest version")
    saved.add_argument("--confirm", action="store_true", help="although people lack values that are new")
    saved.set_defaults(act=_save)
    restored = _of(verbs, "restore", "take an older version's content up again", _restore)
    restored.add_argument("version", type=int, metavar="N")
    restored.add_argument("--note", default="")
    restored.add_argument("--confirm", action="store_true", help="although people lack values that are new")
    noted = _of(verbs, "note", "say what a version is about", _note)
    noted.add_argument("version", type=int, metavar="N")
    noted.add_argument("text")
    copied = _of(verbs, "duplicate", "copy it", _duplicate)
    copied.add_argument("--name", default="")
    copied.add_argument("--version", type=int, metavar="N")
    moved = _of(verbs, "move", "put it into another folder, or give it another name", _place)
    moved.add_argument("--folder", metavar="PATH", help="/ for the top")
    moved.add_argument("--name")
    tagged = _of(verbs, "tag", "set its tags", _place)
    tagged.add_argument("tags", nargs="*", metavar="TAG")
    for verb, text in (("archive", "take it out of sight"), ("unarchive", "bring it back")):
        _of(verbs, verb, text, _place)
    _of(verbs, "delete", "remove it; refused while a draft or schedule uses it", _delete)


def _of(verbs: Any, verb: str, text: str, act: Act) -> argparse.ArgumentParser:
    """A verb about one template."""
    parser: argparse.ArgumentParser = verbs.add_parser(verb, help=text)
    parser.add_argument("template", metavar="ID|NAME")
    parser.set_defaults(act=act)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Do what the verb says."""
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        act: Act = arguments.act
        return act(server, arguments, out)


# -- finding -----------------------------------------------------------------------------------------


def _list(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    ask = wire.TemplateQuery(
        find=arguments.find,
        folder=arguments.folder,
        tag=arguments.tag,
        channel=arguments.channel,
        language=arguments.language,
        archived=arguments.archived,
        limit=500,
    )
    found = server.call(wire.LIST, ask)
    if out.as_json:
        out.data(found)
        return output.OK
    out.table(_COLUMNS, [_row(row) for row in found.rows], numbers=(0, 3, 7))
    if found.total > len(found.rows):
        out.say(f"{len(found.rows)} of {found.total:,}; narrow it with --find, --folder or --tag.")
    return output.OK


def _row(row: wire.Template) -> tuple[object, ...]:
    languages = ", ".join(tag or "default" for tag in (row.translations.language, *row.translations.others))
    changed = row.updated_at.strftime("%Y-%m-%d %H:%M UTC")
    return (
        row.id,
        row.name,
        row.channel,
        row.version,
        row.folder,
        ", ".join(row.tags),
        languages,
        row.uses,
        changed,
    )


def _folders(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    shelves = server.call(wire.SHELVES)
    if out.as_json:
        out.data(shelves)
        return output.OK
    out.table(
        ("folder", "templates", "with those below"),
        [("/", shelves.top, shelves.total)]
        + [(folder.path, folder.templates, folder.below) for folder in shelves.folders],
        numbers=(1, 2),
    )
    if shelves.tags:
        out.table(("tag", "templates"), [(tag.tag, tag.templates) for tag in shelves.tags], numbers=(1,))
    out.say(f"{shelves.archived:,} archived, {words.plural(shelves.blocks, 'shared block')}.")
    return output.OK


def _show(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    number = crafting.find(server, arguments.template)
    if arguments.version:
        version = server.call(wire.VERSION, template=number, version=arguments.version)
        out.data(version) if out.as_json else _say_content(version.content, version.translations, out)
        return output.OK
    found = server.call(wire.SHOW, template=number)
    if out.as_json:
        out.data(found)
        return output.OK
    out.table(_COLUMNS, [_row(found)], numbers=(0, 3, 7))
    if found.blocks:
        named_ = ", ".join(f"{name} v{version}" for name, version in found.blocks.items())
        out.say(f"Shared blocks: {named_}.")
    _say_content(found.content, found.translations, out)
    return output.OK


def _say_content(content: contents.Content, spoken: contents.Translations, out: output.Output) -> None:
    for tag, one in {spoken.language or "default": content, **spoken.others}.items():
        out.say(f"[{tag}]")
        for name, value in msgspec.to_builtins(one).items():
            if value not in ("", None, [], {}) and name != "channel":
                text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
                out.say(f"{name}: {text}")
    for tag, other in spoken.fallbacks.items():
        out.say(f"{other} stands in for {tag}.")


def _versions(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    number = crafting.find(server, arguments.template)
    rows = server.call(wire.VERSIONS, endpoint.Window(limit=500), template=number).rows
    if out.as_json:
        out.data(rows)
        return output.OK
    out.table(
        ("version", "saved", "by", "note", "languages", "used by"),
        [
            (
                row.version,
                row.created_at.strftime("%Y-%m-%d %H:%M UTC"),
                row.by,
                row.note,
                ", ".join(tag or "default" for tag in row.languages),
                row.uses,
            )
            for row in rows
        ],
        numbers=(0, 5),
    )
    return output.OK


def _uses(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    number = crafting.find(server, arguments.template)
    crafting.say_uses(server.call(wire.USES, template=number), out)
    return output.OK


# -- writing -----------------------------------------------------------------------------------------


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file of a template may hold."""

    content: contents.Content
    translations: contents.Translations | None = None


def _save(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    found = bodies.load(arguments.content)
    if isinstance(found, dict) and "channel" in found and "content" not in found:
        found = {"content": found}
    if isinstance(found, dict):
        found = {name: part for name, part in found.items() if name in Body.__struct_fields__}
    body = bodies.shaped(arguments.content, found, Body, _SHAPE)
    number = crafting.find(server, arguments.template) if arguments.template else 0
    there = server.call(wire.SHOW, template=number) if number else None
    if there is None and not arguments.name:
        raise output.Misused("A new template needs a name. Give it with --name.")
    ask = wire.SaveTemplate(
        name=arguments.name or (there.name if there else ""),
        content=body.content,
        translations=body.translations,
        folder=arguments.folder,
        tags=arguments.tag,
        note=arguments.note,
        by=asking.user(),
        base=arguments.base,
        confirm=arguments.confirm,
    )
    if there is None:
        return _told(server.call(wire.CREATE, ask), out)
    return _told(server.call(wire.SAVE, ask, template=number), out)


def _told(template: wire.Template, out: output.Output) -> int:
    if out.as_json:
        out.data(template)
    else:
        out.say(f"Template {template.id} ({template.name}) is at version {template.version}.")
    return output.OK


def _restore(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    number = crafting.find(server, arguments.template)
    ask = wire.Restore(note=arguments.note, by=asking.user(), confirm=arguments.confirm)
    return _told(server.call(wire.RESTORE, ask, template=number, version=arguments.version), out)


def _note(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    number = crafting.find(server, arguments.template)
    ask = wire.Note(note=arguments.text)
    version = server.call(wire.ANNOTATE, ask, template=number, version=arguments.version)
    if out.as_json:
        out.data(version)
    else:
        out.say(f"Version {version.version}: {version.note}")
    return output.OK


def _duplicate(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    number = crafting.find(server, arguments.template)
    ask = wire.Duplicate(name=arguments.name, version=arguments.version, by=asking.user())
    return _told(server.call(wire.DUPLICATE, ask, template=number), out)


def _place(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    place = wire.Place(
        template=crafting.find(server, arguments.template),
        name=getattr(arguments, "name", None),
        folder=getattr(arguments, "folder", None),
        tags=getattr(arguments, "tags", None),
        archived={"archive": True, "unarchive": False}.get(arguments.verb),
    )
    if place == wire.Place(template=place.template):
        raise output.Misused("Nothing is to be changed. Give --folder or --name.")
    done = server.call(wire.ARRANGE, wire.Arrange(places=[place]))
    if out.as_json:
        out.data(done)
    else:
        out.say("Done." if done.changed else "It was so already.")
    return output.OK


def _delete(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    number = crafting.find(server, arguments.template)
    server.call(wire.DELETE, template=number)
    out.say(f"Template {number} is removed. What was sent with it stays as it is.")
    return output.OK
