"""What a content's form is made of: one part for each field of its type."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Fields = dict[str, Any]  #: a content as plain values, as it travels


class Kind(enum.Enum):
    """How a part is asked for."""

    LINE = enum.auto()  #: a template on one line
    AREA = enum.auto()  #: a template over several lines
    CODE = enum.auto()  #: a template in the monospaced face
    FIXED = enum.auto()  #: an identifier; values are never put into it
    BLOCK = enum.auto()  #: several lines as they were approved elsewhere
    CHOICE = enum.auto()
    NUMBER = enum.auto()
    MAYBE_WHOLE = enum.auto()  #: a whole number, or nothing
    MAYBE_DECIMAL = enum.auto()  #: a number, or nothing
    SWITCH = enum.auto()
    LINES = enum.auto()  #: a list of texts
    PAIRS = enum.auto()  #: names and texts
    LIST = enum.auto()  #: a list of things that have parts themselves
    GROUP = enum.auto()  #: one thing that has parts itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One field of a content type, or of something within it."""

    name: str
    label: str
    kind: Kind = Kind.LINE
    help: str = ""
    placeholder: str = ""
    required: bool = False
    choices: tuple[tuple[object, str], ...] = ()
    low: int = 0
    high: int = 1_000_000_000
    unit: str = ""
    lines: int = 4
    parts: tuple["Part", ...] = ()  #: of each item of a list, or of the group
    item: str = ""  #: what one item of a list is called
    limit: int = 0  #: characters at most, counted beside the label; 0 for none
    gsm: bool = False  #: characters outside GSM-7 are marked, with plainer ones to take their place
    most: int = 0  #: items at most; 0 for no limit of the form's own
    blank: Mapping[str, Any] = field(default_factory=dict)  #: what a new item begins with
    beside: bool = False  #: stands to the right of the part before it
    more: bool = False  #: folded away until a person asks for it
    when: tuple[str, tuple[object, ...]] | None = (
        None  #: shown only while this sibling has one of these values
    )


#: Kinds into which `{{ values }}` may be put.
TEMPLATES = (Kind.LINE, Kind.AREA, Kind.CODE)
