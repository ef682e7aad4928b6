"""How content names its shared blocks: `{% render 'footer' %}`, found and replaced as text."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

#: What a block may be called.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

_OPENING = re.compile(r"\{%-?\s*(raw|doc|comment|render)\b")
#: What is between these is no Liquid, and passed over whole.
_ENDS = {kind: re.compile(rf"\{{%-?\s*end{kind}\s*-?%\}}") for kind in ("raw", "doc", "comment")}
#: A name in quotes, also as JSON and HTML write quotes.
_QUOTED = re.compile(r"\s*(?:'([^']*)'|\\?\"([^\"\\]*)\\?\"|&#39;([^&]*)&#39;|&quot;([^&]*)&quot;)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One render tag in a text."""

    name: str  #: empty where the tag does not name a block as it should
    line: int  #: from 1
    rest: str  #: what stands between `render` and the tag's end


class _Tag(NamedTuple):
    """One render tag and its place in a text."""

    start: int
    end: int
    inner: str  #: what stands between `render` and the tag's end, dashes included


def _tags(text: str) -> Iterator[_Tag]:
    """The render tags of a text in one pass: nothing that is left open is looked for twice."""
    at, endless = 0, set[str]()
    while found := _OPENING.search(text, at):
        at, kind = found.end(), found[1]
        if kind == "render":
            end = text.find("%}", at)
            if end < 0:
                return
            yield _Tag(found.start(), end + 2, text[at:end])
            at = end + 2
        elif kind not in endless:
            closing = _ENDS[kind].search(text, at)
            if closing is None:
                endless.add(kind)
            else:
                at = closing.end()


def mentions(text: str) -> Iterator[Mention]:
    """The render tags of a text, in its order."""
    line, counted = 1, 0
    for tag in _tags(text):
        line, counted = line + text.count("\n", counted, tag.start), tag.start
        rest = tag.inner.removesuffix("-")
        yield Mention(name=_name(rest), line=line, rest=rest.strip())


def _name(rest: str) -> str:
    quoted = _QUOTED.fullmatch(rest)
    name = next((part for part in quoted.groups() if part is not None), "") if quoted else ""
    return name if NAME.fullmatch(name) else ""


def _put(text: str, put: Callable[[_Tag], str]) -> str:
    """The text with something else in place of its render tags."""
    out: list[str] = []
    at = 0
    for tag in _tags(text):
        out += [text[at : tag.start], put(tag)]
        at = tag.end
    return "".join([*out, text[at:]]) if out else text


def replaced(text: str, take: Callable[[str], str]) -> str:
    """The text with every well-formed render tag replaced by what `take` gives for its name.

    A dash of the tag goes on trimming the words around it, as it would in Liquid.
    """

    def put(tag: _Tag) -> str:
        name = _name(tag.inner.removesuffix("-"))
        if not name:
            return text[tag.start : tag.end]
        before = "{%- # block %}" if text.startswith("{%-", tag.start) else ""
        after = "{% # block -%}" if tag.inner.endswith("-") else ""
        return f"{before}{take(name)}{after}"

    return _put(text, put)


def blanked(text: str) -> str:
    """The text with nothing in place of its render tags but their line breaks, so that lines keep their numbers."""
    return _put(text, lambda tag: "\n" * text.count("\n", tag.start, tag.end))


def names(value: object) -> set[str]:
    """The blocks that a content, or anything made of texts, names anywhere in it."""
    if isinstance(value, str):
        return {mention.name for mention in mentions(value) if mention.name}
    if isinstance(value, msgspec.Struct):
        return names([getattr(value, field) for field in value.__struct_fields__])
    if isinstance(value, dict):
        value = list(value.values())
    return {name for item in value for name in names(item)} if isinstance(value, list | tuple) else set()


def texts(value: object) -> Iterator[str]:
    """Every text of a content, whatever it is for."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from texts(getattr(value, field))
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts(item)
