"""Which of a content's languages one person reads: a short chain, the same in the preview and in the sender."""

import enum
import functools
import re
from collections.abc import Container, Iterator, Mapping

import msgspec

#: Characters of the longest tag that is looked at.
LONGEST = 64
#: A language tag as RFC 5646 writes the common ones: language, script, region, variants.
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?(?:-[A-Za-z0-9]{5,8})*")
#: A POSIX locale's tail, as in `de_DE.UTF-8@euro`, says nothing about the language.
_TAIL = re.compile(r"[.@].*")

#: The values a person's language is read from, the first that has one.
VALUES = ("language", "locale")


class Because(enum.StrEnum):
    """Why a person reads the language they do."""

    EXACT = "exact"  #: there is a content in their language
    BASE = "base"  #: in theirs without its region or script
    FALLBACK = "fallback"  #: in the one that stands in for theirs
    DEFAULT = "default"  #: none of these: the content's own
    UNKNOWN = "unknown"  #: their language is not known: the content's own
    ASKED = "asked"  #: a preview asked for it


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A language and the reason for it. `language` is empty for a default that does not say which it is."""

    language: str
    because: Because
    wanted: str = ""  #: the person's own, as it was given


def canonical(tag: str) -> str:
    """A tag in its usual letters: `de_at` is `de-AT`. Empty where it is none."""
    return _canonical(tag) if len(tag) <= LONGEST else ""


@functools.lru_cache(maxsize=1024)  # a run asks for the same few, message by message
def _canonical(tag: str) -> str:
    text = _TAIL.sub("", tag.strip()).replace("_", "-")
    if not _TAG.fullmatch(text):
        return ""
    first, *more = text.split("-")
    return "-".join([first.lower(), *(_subtag(part) for part in more)])


def _subtag(part: str) -> str:
    if len(part) == 4 and part.isalpha():
        return part.title()
    return part.upper() if len(part) <= 3 else part.lower()


def wanted(values: Mapping[str, object]) -> str:
    """A person's language as their values give it; empty where none does."""
    for name in VALUES:
        value = values.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def choose(
    values: Mapping[str, object], *, own: str, others: Container[str], fallbacks: Mapping[str, str]
) -> Choice:
    """Walk the chain for one person: their tag, its shorter forms, what stands in for these, the content's own.

    `own` is the default's tag, `others` the further ones. All tags are canonical.
    """
    said = wanted(values)
    tag = canonical(said)
    if not tag:
        return Choice(language=own, because=Because.UNKNOWN, wanted=said)
    if found := _nearest(tag, own, others):
        because = Because.EXACT if found == tag else Because.BASE
        return Choice(language=found, because=because, wanted=said)
    seen = set()
    while stand_in := next((fallbacks[form] for form in shorter(tag) if form in fallbacks), ""):
        if stand_in in seen:
            break
        seen.add(stand_in)
        if found := _nearest(stand_in, own, others):
            return Choice(language=found, because=Because.FALLBACK, wanted=said)
        tag = stand_in
    return Choice(language=own, because=Because.DEFAULT, wanted=said)


def _nearest(tag: str, own: str, others: Container[str]) -> str:
    return next((form for form in shorter(tag) if form == own or form in others), "")


def shorter(tag: str) -> Iterator[str]:
    """A tag and what is left of it as its ends are taken off: `zh-Hant-TW`, `zh-Hant`, `zh` (RFC 4647, 3.4)."""
    parts = tag.split("-")
    while parts:
        yield "-".join(parts)
        parts.pop()


def explain(choice: Choice) -> str:
    """Why, as a sentence for the person who looks at a preview."""
    shown = choice.language or "the default language"
    match choice.because:
        case Because.EXACT:
            return f"This person reads {choice.wanted}."
        case Because.BASE:
            return f"This person reads {choice.wanted}; {shown} is the nearest there is."
        case Because.FALLBACK:
            return f"There is no {choice.wanted}; {shown} stands in for it."
        case Because.DEFAULT:
            return f"There is no {choice.wanted} and nothing stands in for it, so {shown} is taken."
        case Because.UNKNOWN:
            return f"This person's language is not known, so {shown} is taken."
    return f"{shown} was asked for."
