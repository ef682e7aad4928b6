"""Take apart what somebody else wrote: known fields are taken out, and whatever stays behind is told."""

from collections.abc import Mapping
from typing import Any

import msgspec


class Unreadable(Exception):
    """What arrived is not what its channel's wire carries; the text says why, as a sentence."""


class Strays(dict[str, str]):
    """Place to value of everything on the wire that no content accounts for."""

    def add(self, place: str, value: object) -> None:
        """Tell one."""
        self[place] = value if isinstance(value, str) else msgspec.json.encode(value, order="sorted").decode()


class Bag:
    """The fields of one object. `close` tells what nobody took."""

    def __init__(self, fields: object, strays: Strays, place: str = "") -> None:
        self._place = f"{place}." if place else ""
        self._strays = strays
        self._fields: dict[str, Any] = {}
        if isinstance(fields, dict):
            self._fields = dict(fields)
        elif fields is not None:
            strays.add(place, fields)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __bool__(self) -> bool:
        return bool(self._fields)

    def text(self, name: str, default: str = "") -> str:
        """A text; the default where there is none."""
        return str(self._take(name, str, default))

    def number(self, name: str) -> int | float | None:
        """A number, or None."""
        if isinstance(self._fields.get(name), bool):
            return None
        found: int | float | None = self._take(name, (int, float), None)
        return found

    def flag(self, name: str) -> bool:
        """Whether it says true."""
        return bool(self._take(name, bool, default=False))

    def inner(self, name: str) -> "Bag":
        """An object within; an empty one where there is none."""
        return Bag(self._fields.pop(name, None), self._strays, f"{self._place}{name}")

    def rows(self, name: str) -> "list[Bag]":
        """Objects within, in their order."""
        found = self._take(name, list, [])
        return [Bag(one, self._strays, f"{self._place}{name}.{index}") for index, one in enumerate(found)]

    def texts(self, name: str) -> dict[str, str]:
        """An object of texts alone."""
        found = self._take(name, dict, {})
        return {str(key): value for key, value in found.items() if isinstance(value, str)}

    def rest(self) -> dict[str, str]:
        """All texts that are left, taken."""
        found = {name: value for name, value in self._fields.items() if isinstance(value, str)}
        for name in found:
            del self._fields[name]
        return found

    def expect(self, name: str, value: object) -> None:
        """Take a field that says this; anything else stays, and its absence is told too."""
        if name not in self._fields:
            self._strays.add(f"{self._place}{name}", "is missing")
        elif self._fields[name] == value:
            del self._fields[name]

    def close(self) -> None:
        """Tell what is left."""
        for name, value in self._fields.items():
            self._strays.add(f"{self._place}{name}", value)
        self._fields = {}

    def _take(self, name: str, kind: Any, default: Any) -> Any:
        return self._fields.pop(name) if isinstance(self._fields.get(name), kind) else default


def body(text: str) -> Mapping[str, Any]:
    """A JSON object that came as text. Raises Unreadable."""
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        found = None
    if not isinstance(found, dict):
        raise Unreadable("What arrived is not a JSON object, or too long to be kept whole by the inbox.")
    return found
