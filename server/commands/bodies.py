"""Files that a command reads: JSON or TOML by the file's name, with the place of what is wrong."""

import sys
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from server.commands import output

T = TypeVar("T")


def load(path: Path) -> Any:
    """A file's JSON or TOML; `-` reads JSON from standard input. Raises output.Misused."""
    form = "TOML" if path.suffix == ".toml" else "JSON"
    try:
        text = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return tomllib.loads(text.decode()) if form == "TOML" else msgspec.json.decode(text)
    except OSError as error:
        raise output.Misused(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise output.Misused(f"{path} is not {form}: {output.sentence(str(error))}") from error


def shaped(path: Path, found: Any, kind: type[T], shape: str) -> T:
    """What a file holds as one of our nouns. Raises output.Misused, naming the place in it."""
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$")
        at = f" at {place.strip('`.')}" if place.strip("`.") else ""
        raise output.Misused(f"{path}{at}: {output.sentence(message)} {shape}") from error
