"""Which column holds what: guessed by the header's words, or told by hand."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from server.pipeline.audience import words
from server.wire import audiences, problems

#: Targets that make a person reachable.
ADDRESSES = ("email", "phone", "sms", "whatsapp", "rcs", "apns", "webpush")

_ATTRIBUTE = "attribute:"
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,59}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which cell of a row is what, by position."""

    columns: tuple[str, ...]
    targets: Mapping[str, int]  #: target to its column's position
    attributes: Mapping[str, int]  #: attribute to its column's position


def suggest(columns: Sequence[str]) -> dict[str, str]:
    """Column to target by what the header says; what is not known becomes an attribute of its own name."""
    mapping: dict[str, str] = {}
    taken: set[str] = set()
    for column in columns:
        target = _TARGETS.get(fold(column), "")
        if not target or target in taken:
            target = _ATTRIBUTE + _free(slug(column), taken)
        taken.add(target)
        mapping[column] = target
    return mapping


def read(text: str, columns: Sequence[str]) -> dict[str, str]:
    """A mapping told by hand, as JSON: column to target. Raises problems.Refused for text that is no such thing."""
    try:
        told = msgspec.json.decode(text, type=dict[str, str])
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise problems.refuse(
            problems.Code.INVALID,
            "The mapping is not a JSON object of column to target.",
            'Write it as {"E-mail": "email", "City": "attribute:city"}.',
            [problems.Fault(place="mapping", message=f"{error}.")],
        ) from error
    return {column: told.get(column, "") for column in columns} | told


def plan(mapping: Mapping[str, str], columns: Sequence[str]) -> Plan:
    """Check a mapping and turn it into positions. Raises problems.Refused naming every fault."""
    faults: list[problems.Fault] = []
    targets: dict[str, int] = {}
    attributes: dict[str, int] = {}
    for column, target in mapping.items():
        if target:
            fault = _place(column, target, columns, targets, attributes)
            if fault is not None:
                faults.append(fault)
    if not faults and not any(target in targets for target in ADDRESSES):
        faults.append(
            problems.Fault(
                place="mapping",
                message="No column holds an address: nobody could be reached.",
                remedy=f"Map a column to one of {', '.join(ADDRESSES)}.",
            )
        )
    if faults:
        raise problems.refuse(
            problems.Code.INVALID, "The columns cannot be read as they are mapped.", faults[0].remedy, faults
        )
    return Plan(columns=tuple(columns), targets=targets, attributes=attributes)


def _place(
    column: str, target: str, columns: Sequence[str], targets: dict[str, int], attributes: dict[str, int]
) -> problems.Fault | None:
    """Take one line of a mapping into the plan; returns what is wrong with it."""
    place = f"mapping.{column}"
    if column not in columns:
        return problems.Fault(
            place=place,
            message=f"The file has no column {column!r}.",
            remedy=f"Its columns are {', '.join(columns)}.",
        )
    into, name = targets, target
    if target.startswith(_ATTRIBUTE):
        into, name = attributes, target.removeprefix(_ATTRIBUTE)
        if not _NAME.fullmatch(name):
            return problems.Fault(
                place=place,
                message=f"{name!r} is no name for an attribute.",
                remedy="Use small letters, digits and underscores, a letter first, at most 60 characters.",
            )
        if name in audiences.RESERVED:
            return problems.Fault(
                place=place,
                message=f"{name} has a meaning of its own and cannot be an attribute.",
                remedy=f"Map the column to {name} itself, or choose another name.",
            )
    elif target not in audiences.TARGETS:
        return problems.Fault(
            place=place,
            message=f"There is no target {target!r}.",
            remedy=f"Use {', '.join(audiences.TARGETS)}, attribute:<name>, or nothing to leave the column out.",
        )
    if name in into:
        return problems.Fault(
            place=place,
            message=f"{columns[into[name]]!r} is mapped to {target} already.",
            remedy="Map one of the two columns to something else, or to nothing.",
        )
    into[name] = columns.index(column)
    return None


def fold(header: str) -> str:
    """A header's words as they are compared: lower case, without accents and punctuation."""
    plain = unicodedata.normalize("NFKD", header.casefold())
    letters = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(letters.split())


def slug(header: str) -> str:
    """An attribute's name made of a header."""
    plain = re.sub(
        r"[^a-z0-9]+", "_", unicodedata.normalize("NFKD", header.lower()).encode("ascii", "ignore").decode()
    )
    name = plain.strip("_")[:50] or "column"
    return name if name[0].isalpha() else f"c_{name}"


def _free(name: str, taken: set[str]) -> str:
    """The name, numbered until nobody else has it."""
    candidate, number = name, 2
    while candidate in audiences.RESERVED or _ATTRIBUTE + candidate in taken:
        candidate = f"{name}_{number}"
        number += 1
    return candidate


_TARGETS: dict[str, str] = {fold(word): target for target, found in words.WORDS.items() for word in found}
