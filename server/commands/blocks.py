"""Shared blocks by hand: `heliograph template block ...`."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from server import client
from server.commands import asking, crafting, named, output, reach
from server.wire import blocks as wire
from server.wire import endpoint, templates

_COLUMNS = ("id", "name", "kind", "version", "used by", "needs", "takes in")

Act = Callable[[client.Client, argparse.Namespace, output.Output], int]


def add(verbs: Any) -> None:
    """Add block and its verbs."""
    parser = verbs.add_parser("block", help="the pieces that content takes in by {%% render 'name' %%}")
    below = parser.add_subparsers(dest="block_verb", required=True, metavar="VERB")
    listed = below.add_parser("list", help="all blocks, by name")
    listed.add_argument("--find", default="", help="a part of the name or the text")
    listed.set_defaults(act=_list)
    _of(below, "show", "what it says", _show)
    saved = below.add_parser("save", help="make a block, or a new version of one")
    saved.add_argument("name", metavar="NAME")
    saved.add_argument("--text", type=Path, required=True, metavar="FILE", help="- for standard input")
    saved.add_argument(
        "--kind", choices=[one.value for one in wire.Kind], help="of a new one (default: text)"
    )
    saved.add_argument("--note", default="")
    saved.add_argument("--confirm", action="store_true", help="although people lack values that are new")
    saved.set_defaults(act=_save)
    _of(below, "versions", "who saved what and when", _versions)
    restored = _of(below, "restore", "take an older version's text up again", _restore)
    restored.add_argument("version", type=int, metavar="N")
    restored.add_argument("--confirm", action="store_true", help="although people lack values that are new")
    _of(below, "uses", "the campaigns, templates and blocks that name it", _uses)
    _of(below, "delete", "remove it; refused while something names it", _delete)
    for one in below.choices.values():
        reach.add(one)


def _of(verbs: Any, verb: str, text: str, act: Act) -> argparse.ArgumentParser:
    """A verb about one block."""
    parser: argparse.ArgumentParser = verbs.add_parser(verb, help=text)
    parser.add_argument("block", metavar="ID|NAME")
    parser.set_defaults(act=act)
    return parser


def _find(server: client.Client, text: str) -> int:
    if text.isdigit():
        return int(text)
    rows = named.pages(server, wire.LIST, wire.BlockQuery)
    return named.by_name("block", text, rows, f"heliograph template block list{server.options} shows all.")


def _list(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    found = server.call(wire.LIST, wire.BlockQuery(find=arguments.find, limit=500))
    if out.as_json:
        out.data(found)
    else:
        out.table(_COLUMNS, [_row(row) for row in found.rows], numbers=(0, 3, 4))
    return output.OK


def _row(row: wire.Block) -> tuple[object, ...]:
    needs, within = ", ".join(row.variables), ", ".join(row.blocks)
    return (row.id, row.name, row.kind.value, row.version, row.uses, needs, within)


def _show(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    found = server.call(wire.SHOW, block=_find(server, arguments.block))
    if out.as_json:
        out.data(found)
        return output.OK
    out.table(_COLUMNS, [_row(found)], numbers=(0, 3, 4))
    out.say(found.text)
    return output.OK


def _save(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    there = next(
        (row for row in named.pages(server, wire.LIST, wire.BlockQuery) if row.name == arguments.name), None
    )
    kind = wire.Kind(arguments.kind) if arguments.kind else there.kind if there else wire.Kind.TEXT
    ask = wire.SaveBlock(
        name=arguments.name,
        kind=kind,
        text=_text(arguments.text),
        note=arguments.note,
        by=asking.user(),
        confirm=arguments.confirm,
    )
    if there is None:
        return _told(server.call(wire.CREATE, ask), out)
    return _told(server.call(wire.SAVE, ask, block=there.id), out)


def _text(path: Path) -> str:
    """What a file says, byte for byte. Raises output.Misused."""
    try:
        found = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return found.decode()
    except OSError as error:
        raise output.Misused(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise output.Misused(f"{path} is not UTF-8. Save it as such.") from error


def _told(block: wire.Block, out: output.Output) -> int:
    if out.as_json:
        out.data(block)
    else:
        out.say(
            f"Block {block.name} is at version {block.version}, used in {output.many(block.uses, 'place')}."
        )
    return output.OK


def _versions(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    number = _find(server, arguments.block)
    found = server.call(wire.VERSIONS, endpoint.Window(limit=500), block=number)
    if out.as_json:
        out.data(found)
        return output.OK
    rows = [
        (row.version, row.created_at.strftime("%Y-%m-%d %H:%M UTC"), row.by, row.note) for row in found.rows
    ]
    out.table(("version", "saved", "by", "note"), rows, numbers=(0,))
    return output.OK


def _restore(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    ask = templates.Restore(by=asking.user(), confirm=arguments.confirm)
    number = _find(server, arguments.block)
    return _told(server.call(wire.RESTORE, ask, block=number, version=arguments.version), out)


def _uses(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    crafting.say_uses(server.call(wire.USES, block=_find(server, arguments.block)), out)
    return output.OK


def _delete(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    number = _find(server, arguments.block)
    server.call(wire.DELETE, block=number)
    out.say(f"Block {number} is removed.")
    return output.OK
