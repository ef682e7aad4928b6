"""What all channels share: how a fault in content is named, and which texts of a content are templates."""

import re
from typing import Annotated, Any, Literal, Protocol

import msgspec

#: A text that is not a Liquid template, such as a choice or an identifier approved elsewhere.
Fixed = Annotated[str, msgspec.Meta(extra={"fixed": True})]
#: A text whose Liquid output is escaped for HTML.
Html = Annotated[str, msgspec.Meta(extra={"html": True})]

#: What Liquid says itself, in one piece: its output and its tags.
LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)

Level = Literal["error", "warning"]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with a content. `place` is a dotted path within it: `card.suggestions.2.text`."""

    place: str
    message: str
    remedy: str = ""
    level: Level = "error"


def fault(place: str, message: str, remedy: str = "", *, level: Level = "error") -> Fault:
    """A fault, in one line."""
    return Fault(place=place, message=message, remedy=remedy, level=level)


def under(place: str, found: Fault) -> Fault:
    """The same fault, seen from outside: its place begins with `place`."""
    return msgspec.structs.replace(found, place=f"{place}.{found.place}" if found.place else place)


class Content(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every channel's content: the same type holds templates before, plain values after rendering."""


class Rules(Protocol):
    """What a channel's module offers besides its content type."""

    def check(self, content: Any, *, rendered: bool) -> list[Fault]:
        """Name all faults. Before rendering (`rendered=False`) only what no value can mend is an error."""


def has_template(text: str) -> bool:
    """Whether a text holds Liquid, so that its length is not known before rendering."""
    return "{{" in text or "{%" in text
