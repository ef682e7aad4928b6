"""The filters of our Liquid: the language's own behind bounds, and a few made anew."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from liquid import exceptions, undefined

#: Characters of the longest text a filter may take or give.
LONGEST_TEXT = 65_536
#: Items of the longest list a filter may take or give.
LONGEST_LIST = 2_000
#: Beyond this a whole number is no longer counted with, only computed with for its cost.
GREATEST_NUMBER = 10**18
#: How many digits `round` may be asked for; the power of ten behind it is computed in full.
MOST_DIGITS = 15

Filter = Callable[..., Any]

#: What a date may be written as. Widths are left out: `%999d` is a way to ask for a megabyte.
_DATE_DIRECTIVE = re.compile(r"%(-?[aAbBcdeHIjmMpSUuVwWxXyYZzFTDRhnt%]|s|l|k|P)")


def bounded(name: str, function: Filter, spend: Callable[[int], None]) -> Filter:
    """Put a filter behind the bounds. `spend` is told what it costs, in units of about a microsecond."""
    guard = _GUARDS.get(name)
    takes_missing = name == "default"

    def run(value: Any, *arguments: Any, **named: Any) -> Any:
        if not takes_missing:
            _present(value)
        spend(_weigh(value))
        for argument in (*arguments, *named.values()):
            _present(argument)
            spend(_weigh(argument))
        if guard is not None:
            guard(value, *arguments)
        result = function(value, *arguments, **named)
        spend(_weigh(result))
        return result

    return run


def _present(value: Any) -> None:
    if isinstance(value, undefined.Undefined):
        str(value)  # a missing value names itself in the error it raises


def _weigh(value: Any) -> int:
    """What handling a value costs. Raises LiquidError where it is beyond the bounds."""
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise exceptions.OutputStreamLimitError(
                f"a text of more than {LONGEST_TEXT:,} characters is built", token=None
            )
        return 1 + len(value) // 256
    if isinstance(value, list | tuple | range):
        if len(value) > LONGEST_LIST:
            raise exceptions.LoopIterationLimitError(
                f"a list of more than {LONGEST_LIST:,} items is built", token=None
            )
        return 1 + len(value)
    if isinstance(value, int) and abs(value) > GREATEST_NUMBER:
        raise exceptions.LiquidValueError("a number is beyond 10 to the 18th", token=None)
    return 1


def _product(length: int) -> None:
    if length > LONGEST_TEXT:
        raise exceptions.OutputStreamLimitError(
            f"a text of more than {LONGEST_TEXT:,} characters is built", token=None
        )


def _guard_replace(value: Any, old: Any = "", new: Any = "", *_rest: Any) -> None:
    text, sought, given = str(value), str(old), str(new)
    _product(len(text) + text.count(sought) * max(len(given) - len(sought), 0))


def _guard_join(value: Any, separator: Any = " ", *_rest: Any) -> None:
    if isinstance(value, list | tuple | range):
        _product(len(value) * len(str(separator)) + sum(len(item) for item in value if isinstance(item, str)))


def _guard_round(_value: Any, digits: Any = 0, *_rest: Any) -> None:
    if isinstance(digits, str) and len(digits) < 20 and digits.lstrip("-").isdecimal():
        digits = int(digits)
    if not isinstance(digits, int | float) or abs(digits) > MOST_DIGITS:
        raise exceptions.FilterArgumentError(f"round takes at most {MOST_DIGITS} digits", token=None)


_GUARDS: Mapping[str, Filter] = {"replace": _guard_replace, "join": _guard_join, "round": _guard_round}


def date(value: Any, form: Any = "%Y-%m-%d", *_rest: Any) -> str:
    """Write a date, given as ISO 8601 or in seconds since the epoch, by a strftime form, in UTC or its own offset.

    `now` and `today` are refused: a message must read the same when it is rendered again. A value that is no date
    stays as it is, as everywhere in Liquid.
    """
    if isinstance(value, str) and value.strip().lower() in ("now", "today"):
        raise exceptions.FilterArgumentError(
            "date: the present moment changes between preview and sending; give the date as a value",
            token=None,
        )
    moment = _moment(value)
    if moment is None:
        return str(value)
    text = str(form)
    unknown = _DATE_DIRECTIVE.sub("", text)
    if "%" in unknown:
        raise exceptions.FilterArgumentError(
            f"date: the form {text!r} holds a directive we do not know", token=None
        )
    try:
        return moment.strftime(text)
    except ValueError as error:
        raise exceptions.FilterArgumentError(f"date: {error}", token=None) from error


def _moment(value: Any) -> datetime | None:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        text = str(value).strip()
        if text.isdecimal() and len(text) > 8:  # shorter ones are years and compact dates
            return datetime.fromtimestamp(int(text), UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def strip_html(value: Any, *_rest: Any) -> str:
    """The text without its tags, comments, scripts and styles, in one pass whatever the text."""
    text = str(value)
    kept: list[str] = []
    at = 0
    while (opening := text.find("<", at)) >= 0:
        kept.append(text[at:opening])
        end = _end_of_tag(text, opening)
        if end < 0:
            return "".join(kept)  # whatever is left open swallows the rest, as a browser would have it
        at = end
    kept.append(text[at:])
    return "".join(kept)


def _end_of_tag(text: str, opening: int) -> int:
    """Where what opens here ends; -1 if it does not."""
    head = text[opening : opening + 8].lower()
    for start, closing in (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>")):
        if head.startswith(start):
            found = text.lower().find(closing, opening) if start != "<!--" else text.find(closing, opening)
            return found + len(closing) if found >= 0 else -1
    found = text.find(">", opening)
    return found + 1 if found >= 0 else -1
