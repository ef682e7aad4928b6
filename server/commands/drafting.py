"""The file of contents that a campaign is made from: read with the place of what is wrong, and a sample of it."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from server.commands import bodies, output
from server.wire import campaigns as wire

SAMPLE = Path(__file__).parents[2] / "resources" / "samples" / "demo.json"
NAMED = "resources/samples/demo.json, which heliograph campaign sample writes"  #: for a help
_SHAPE = "It must map channels to contents, as `heliograph campaign sample` shows them."

#: Types that hold others, and what a value of them is.
_HOLDERS: dict[type[inspect.Type], type] = {inspect.DictType: dict, inspect.ListType: list}


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add sample to the verbs of campaign."""
    shown = verbs.add_parser(
        "sample",
        help="write a sample file of contents to standard output",
        description="Write resources/samples/demo.json, contents for every channel, to standard output. "
        "Keep what you need of it, and give the file to campaign create --contents.",
    )
    shown.set_defaults(run=sample)


def sample(_arguments: argparse.Namespace) -> int:
    """Write the sample; no server is asked."""
    sys.stdout.write(SAMPLE.read_text(encoding="utf-8"))
    return output.OK


def contents(path: Path) -> wire.Contents:
    """Read a file of contents. Raises output.Misused, naming the place in it."""
    try:
        found = bodies.load(path)
    except output.Misused as error:
        raise output.Misused(f"{error} {_SHAPE}") from error
    if isinstance(found, dict):
        found = found.get("contents", found)
    try:
        return msgspec.convert(found, wire.Contents)
    except msgspec.ValidationError as error:
        strange = next(_strange(inspect.type_info(wire.Contents), found, ""), "")
        raise output.Misused(f"{path} does not hold contents{strange or _at(error)} {_SHAPE}") from error


def _at(error: msgspec.ValidationError) -> str:
    """A refusal with its place before it."""
    message, _, place = str(error).partition(" - at `$.")
    at = f" at {place.rstrip('`')}" if place else ""
    return f"{at}: {output.sentence(message)}"


def _strange(kind: inspect.Type, value: Any, place: str) -> Iterator[str]:
    """Each field that there is not, with its place and the fields that there are."""
    match _meant(kind, value):
        case inspect.StructType() as struct if isinstance(value, dict):
            types = {field.encode_name: field.type for field in struct.fields}
            for name, inner in value.items():
                if name in types:
                    yield from _strange(types[name], inner, f"{place}.{name}")
                elif struct.forbid_unknown_fields and name != struct.tag_field:
                    at = f" at {place[1:]}" if place else ""
                    yield f"{at}: there is no field {name!r}. There are: {', '.join(types)}."
        case inspect.DictType(value_type=inside) if isinstance(value, dict):
            for name, inner in value.items():
                yield from _strange(inside, inner, f"{place}.{name}")
        case inspect.ListType(item_type=inside) if isinstance(value, list):
            for index, inner in enumerate(value):
                yield from _strange(inside, inner, f"{place}.{index}")


def _meant(kind: inspect.Type | None, value: Any) -> inspect.Type | None:
    """Of several types the one that a value is of, by its tag."""
    if not isinstance(kind, inspect.UnionType):
        return kind
    for one in kind.types:
        if isinstance(one, inspect.StructType) and isinstance(value, dict):
            if one.tag_field is None or value.get(one.tag_field, one.tag) == one.tag:
                return one
        elif isinstance(value, _HOLDERS.get(type(one), ())):
            return one
    return None
