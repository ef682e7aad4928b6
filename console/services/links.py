"""Links into the console, such as heliograph://messages?state=failed: written, read, and never trusted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from console.services import errors

SCHEME = "heliograph"
ACT = "do"  #: the host of a link that asks for an act: heliograph://do/stop

LONGEST, LONGEST_VALUE, MOST_VALUES = 4_000, 400, 24
NUMBERS = frozenset({"campaign", "run", "contact", "audience", "account"})  #: arguments that are ids

_NAME = re.compile(r"[a-z][a-z0-9_.]{0,63}")
_REMEDY = "Copy the link again, whole."


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a link leads: a view with what it is opened with, or an act."""

    view: str = ""
    act: str = ""  #: a command's key; a person is asked before it is done
    args: Mapping[str, str] = field(default_factory=dict)
    place: str = ""  #: the workspace it was made in (session.Session.place); empty for whichever is open


def is_link(words: str) -> bool:
    """Whether a text is meant as a link."""
    return words.strip().lower().startswith(f"{SCHEME}:")


def write(link: Link) -> str:
    """The link as text. What is empty is left out."""
    where = f"{ACT}/{link.act}" if link.act else link.view
    said = {name: value for name, value in sorted(link.args.items()) if value != ""}
    if link.place:
        said["at"] = link.place
    query = f"?{urlencode(said)}" if said else ""
    return f"{SCHEME}://{where}{query}"


def read(words: str) -> Link:
    """Read a link that anybody may have written. Raises errors.Problem with the place that is wrong."""
    bare = words.strip()
    if len(bare) > LONGEST or not bare.isprintable():
        raise errors.Problem("This link is longer than any that Heliograph writes, or damaged.", _REMEDY)
    try:
        parts = urlsplit(bare)
        pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=MOST_VALUES)
    except ValueError as error:
        raise errors.Problem("This link cannot be read: it is damaged.", _REMEDY) from error
    if parts.scheme.lower() != SCHEME:
        raise errors.Problem(
            f"{bare[:60]} is no link of Heliograph.", f"Its links begin with {SCHEME}://, followed by a view."
        )
    args = dict(pairs)
    place = args.pop("at", "")
    for name, value in args.items():
        _check(name, value)
    host, path = parts.netloc.lower(), parts.path.strip("/")
    wanted = path if host == ACT else host
    if not _NAME.fullmatch(wanted) or (host != ACT and path):
        raise errors.Problem(f"This link names no view: “{(host + parts.path)[:60]}”.", _REMEDY)
    if host == ACT:
        return Link(act=wanted, args=args, place=place)
    return Link(view=wanted, args=args, place=place)


def _check(name: str, value: str) -> None:
    if not _NAME.fullmatch(name) or len(value) > LONGEST_VALUE:
        raise errors.Problem(f"This link says something under “{name[:40]}” that no view asks for.", _REMEDY)
    if name in NUMBERS and value and not (value.isascii() and value.isdecimal() and len(value) < 19):
        raise errors.Problem(f"This link's {name} is no number: “{value[:40]}”.", _REMEDY)


def arguments(link: Link) -> dict[str, str | int]:
    """What the view is opened with: ids as numbers, all else as text."""
    return {name: int(value) if name in NUMBERS and value else value for name, value in link.args.items()}
