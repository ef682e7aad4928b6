"""How templates are called, where they lie, and what they are tagged with: tidied and checked in one place."""

from collections.abc import Iterable

from server.wire import problems

LONGEST_NAME = 200
LONGEST_FOLDER = 80  #: one part of a path
DEEPEST_FOLDER = 8
LONGEST_TAG = 50
MOST_TAGS = 30
LONGEST_NOTE = 1_000

Faults = list[problems.Fault]


def name(text: str, faults: Faults, place: str = "name") -> str:
    """A template's name, tidied."""
    tidy = " ".join(text.split())
    if not tidy or len(tidy) > LONGEST_NAME:
        message = f"A template needs a name of 1 to {LONGEST_NAME} characters."
        faults.append(problems.Fault(place=place, message=message))
    return tidy


def folder(text: str, faults: Faults, place: str = "folder") -> str:
    """A path, tidied: `Onboarding/Week 1`; empty for the top."""
    parts = [" ".join(part.split()) for part in text.split("/")]
    parts = [part for part in parts if part]
    if len(parts) > DEEPEST_FOLDER or any(len(part) > LONGEST_FOLDER for part in parts):
        message = (
            f"A folder lies at most {DEEPEST_FOLDER} deep, each with a name of at most {LONGEST_FOLDER} "
            "characters."
        )
        faults.append(problems.Fault(place=place, message=message, remedy="Shorten the path."))
    return "/".join(parts)


def tags(given: Iterable[str], faults: Faults, place: str = "tags") -> list[str]:
    """Tags, tidied: in small letters, each once."""
    found = sorted({" ".join(tag.lower().split()) for tag in given} - {""})
    if len(found) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in found):
        message = f"There are at most {MOST_TAGS} tags of at most {LONGEST_TAG} characters each."
        faults.append(problems.Fault(place=place, message=message))
    return found


def note(text: str, faults: Faults, place: str = "note") -> str:
    """A note, tidied."""
    if len(text) > LONGEST_NOTE:
        message = f"A note has at most {LONGEST_NOTE:,} characters."
        faults.append(problems.Fault(place=place, message=message, remedy="Shorten it."))
    return text.strip()


def refuse(faults: Faults, title: str) -> None:
    """Raise problems.Refused where there are faults, naming all of them."""
    if faults:
        raise problems.refuse(problems.Code.INVALID, title, faults[0].remedy, faults)
