"""Contents as somebody made up would read them, for small pictures and lists; what is sent is rendered by the server.

A picture of the size of a stamp needs no true rendering, and a list of hundreds cannot ask for one each. Conditions
hold, loops run once, and a value that the made-up person lacks is its default, or else its own name.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from server.channels import contents

#: What contacts commonly have.
PERSON: Mapping[str, str] = {
    "first_name": "Alex",
    "last_name": "Morgan",
    "name": "Alex Morgan",
    "email": "alex@example.com",
    "phone": "+44 20 7946 0958",
    "city": "Leeds",
    "country": "GB",
    "locale": "en-GB",
    "language": "en",
    "company": "Example Ltd",
    "points": "250",
    "code": "SAMPLE10",
    "unsubscribe_url": "https://example.com/unsubscribe",
}

_TOKEN = re.compile(r"\{%-?\s*(?P<tag>.*?)\s*-?%\}|\{\{-?\s*(?P<value>.*?)\s*-?\}\}", re.DOTALL)
_STRING = re.compile(r"\A(?P<quote>['\"])(?P<words>.*?)(?P=quote)\Z", re.DOTALL)
_NUMBER = re.compile(r"\A-?\d+(?:\.\d+)?\Z")
_FAILS = re.compile(r"(==\s*(?:blank|empty|nil|null|false)\b)|^\s*not\b")
#: Fields that hold something else than Liquid: a WhatsApp sample has placeholders of its own.
_APART = ("sample", "source", "channel")


def words(template: str) -> str:
    """A text as the made-up person would read it."""
    if "{" not in template:
        return template
    made: list[str] = []
    seen = [True]  #: of each block that is open, whether it is read
    taken: list[bool] = []  #: of each condition that is open, whether a part of it was read
    at = 0
    for token in _TOKEN.finditer(template):
        if all(seen):
            made.append(template[at : token.start()])
            if token["value"] is not None:
                made.append(_value(token["value"]))
        at = token.end()
        if token["tag"]:
            _turn(token["tag"], seen, taken)
    if all(seen):
        made.append(template[at:])
    return "".join(made)


def _turn(tag: str, seen: list[bool], taken: list[bool]) -> None:
    """Open, change or close a block."""
    name, _, rest = tag.partition(" ")
    if name in ("if", "unless", "case", "for"):
        holds = name != "case" and bool(_FAILS.search(rest)) is (name == "unless")
        seen.append(holds)
        taken.append(holds)
    elif name in ("comment", "capture"):
        seen.append(False)
        taken.append(True)
    elif name in ("else", "elsif", "when") and taken:
        seen[-1] = not taken[-1]
        taken[-1] = True
    elif name.startswith("end") and taken and name != "endraw":
        seen.pop()
        taken.pop()


def _value(expression: str) -> str:
    first, *filters = (part.strip() for part in _parted(expression))
    found = _literal(first)
    if found is None:
        name = first.rpartition(".")[2]
        found = PERSON.get(name) or _default(filters) or name.replace("_", " ")
    for one in filters:
        found = _filtered(found, one.partition(":")[0].strip())
    return found


def _filtered(found: str, name: str) -> str:
    match name:
        case "upcase":
            return found.upper()
        case "downcase":
            return found.lower()
        case "capitalize":
            return found.capitalize()
    return found


def _parted(expression: str) -> Iterator[str]:
    """The value and its filters; a bar within quotes parts nothing."""
    quote, begin = "", 0
    for at, sign in enumerate(expression):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign == "|":
            yield expression[begin:at]
            begin = at + 1
    yield expression[begin:]


def _literal(expression: str) -> str | None:
    string = _STRING.match(expression)
    if string is not None:
        return string["words"]
    return expression if _NUMBER.match(expression) else None


def _default(filters: list[str]) -> str:
    for one in filters:
        name, _, given = one.partition(":")
        if name.strip() == "default":
            return _literal(given.strip()) or ""
    return ""


def content(written: contents.Content) -> contents.Content:
    """A content as the made-up person would get it."""
    found: dict[str, Any] = msgspec.to_builtins(written)
    return msgspec.convert(deep(found), type(written))


def deep(found: Any) -> Any:
    """Plain values with every text in them read so."""
    if isinstance(found, str):
        return words(found)
    if isinstance(found, list):
        return [deep(one) for one in found]
    if isinstance(found, dict):
        return {name: one if name in _APART else deep(one) for name, one in found.items()}
    return found
