"""How content names its shared blocks: `{% render 'footer' %}`, found and replaced as text."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec

#: What a block may be called.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

#: A render tag, or something whose inside is no Liquid, which is passed over whole.
_TAG = re.compile(
    r"\{%-?\s*(?P<verbatim>raw|doc|comment)\b.*?\{%-?\s*end(?P=verbatim)\s*-?%\}"
    r"|\{%(?P<before>-?)\s*render\b(?P<rest>.*?)(?P<after>-?)%\}",
    re.DOTALL,
)
#: A name in quotes, also as JSON and HTML write quotes.
_QUOTED = re.compile(r"\s*(?:'([^']*)'|\\?\"([^\"\\]*)\\?\"|&#39;([^&]*)&#39;|&quot;([^&]*)&quot;)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One render tag in a text."""

    name: str  #: empty where the tag does not name a block as it should
    line: int  #: from 1
    rest: str  #: what stands between `render` and the tag's end


def mentions(text: str) -> Iterator[Mention]:
    """The render tags of a text, in its order."""
    if "render" not in text:
        return
    for found in _TAG.finditer(text):
        if found["verbatim"] is None:
            line = text.count("\n", 0, found.start()) + 1
            yield Mention(name=_name(found["rest"]), line=line, rest=found["rest"].strip())


def _name(rest: str) -> str:
    quoted = _QUOTED.fullmatch(rest)
    name = next((part for part in quoted.groups() if part is not None), "") if quoted else ""
    return name if NAME.fullmatch(name) else ""


def replaced(text: str, take: Callable[[str], str]) -> str:
    """The text with every well-formed render tag replaced by what `take` gives for its name.

    A dash of the tag goes on trimming the words around it, as it would in Liquid.
    """
    if "render" not in text:
        return text

    def put(found: re.Match[str]) -> str:
        name = "" if found["verbatim"] is not None else _name(found["rest"])
        if not name:
            return found[0]
        before = "{%- # block %}" if found["before"] else ""
        after = "{% # block -%}" if found["after"] else ""
        return f"{before}{take(name)}{after}"

    return _TAG.sub(put, text)


def blanked(text: str) -> str:
    """The text with nothing in place of its render tags but their line breaks, so that lines keep their numbers."""
    if "render" not in text:
        return text
    return _TAG.sub(lambda found: found[0] if found["verbatim"] else "\n" * found[0].count("\n"), text)


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
