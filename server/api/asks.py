"""Read what a client sent into the endpoint's ask; whatever is wrong is named by its place, all at once."""

import inspect
import json
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from server.wire import endpoint, problems

LARGEST = 2**63 - 1  #: what the database keeps as an integer
ROWS = 500  #: rows of a page, at most

_TITLE = "The request is not as this endpoint asks."


def body(kind: type[Any], content: bytes) -> Any:
    """Decode a JSON body. Raises problems.Refused with a fault per place."""
    try:
        ask = msgspec.json.decode(content or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise _refused(_faults(kind, content or b"{}", error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refused([problems.Fault(place="", message=f"The body is not JSON: {error}.")]) from None
    _check_numbers(msgspec.to_builtins(ask))
    return ask


def query(kind: type[Any], text: str) -> Any:
    """Read an ask from query parameters. Raises problems.Refused with a fault per place."""
    if not issubclass(kind, endpoint.Query) and kind is endpoint.Nothing:
        _refuse_any(text)
        return endpoint.Nothing()
    values = _parse(text)
    faults: list[problems.Fault] = []
    known = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    ready: dict[str, Any] = {}
    for name, value in values.items():
        field = known.get(name)
        if field is None:
            faults.append(_unknown(name, known))
            continue
        try:
            ready[field.name] = msgspec.convert(_worded(value, field.type), field.type, strict=False)
        except msgspec.ValidationError as error:
            faults.append(problems.Fault(place=name, message=_sentence(str(error))))
    faults += _missing(known, values)
    if faults:
        raise _refused(faults)
    ask = kind(**ready)
    _check_numbers(ready)
    _check_window(ask)
    return ask


def slots(given: Mapping[str, str], kinds: Mapping[str, type[Any]]) -> dict[str, str | int]:
    """Read path parameters. A number that cannot be one names nothing there is: not found."""
    found: dict[str, str | int] = {}
    for name, kind in kinds.items():
        text = given[name]
        if kind is not int:
            found[name] = text
            continue
        if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST):
            raise problems.refuse(
                problems.Code.NOT_FOUND,
                f"There is no {name} {text[:80]!r}.",
                "Look at the list for what there is.",
            )
        found[name] = int(text)
    return found


def slot_kinds(handler: Any, names: Sequence[str]) -> dict[str, type[Any]]:
    """The types of a handler's path parameters, in the path's order. Raises TypeError where it does not take them."""
    parameters = inspect.signature(handler).parameters
    kinds = {}
    for name in names:
        if name not in parameters or parameters[name].annotation not in (int, str):
            raise TypeError(
                f"{handler.__module__}.{handler.__name__} must take `{name}: int` or `{name}: str`"
            )
        kinds[name] = parameters[name].annotation
    return kinds


def _refused(faults: list[problems.Fault]) -> problems.Refused:
    return problems.refuse(problems.Code.INVALID, _TITLE, "Change what is named, and ask again.", faults)


def _parse(text: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=64
        )
    except (ValueError, UnicodeDecodeError):
        raise _refused(
            [problems.Fault(place="", message="The query is not in the form name=value&name=value.")]
        ) from None
    values = dict(pairs)
    if len(values) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise _refused([problems.Fault(place=twice, message="It is given twice.", remedy="Give it once.")])
    return values


def _refuse_any(text: str) -> None:
    if values := _parse(text):
        raise _refused([_unknown(name, {}) for name in values])


def _worded(value: str, kind: Any) -> object:
    """Give text fields the text as it is: `null` and `12` are words there."""
    options = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    return value if str in options else (None if value == "" and types.NoneType in options else value)


def _faults(kind: type[Any], content: bytes, error: msgspec.ValidationError) -> list[problems.Fault]:
    """Take the ask apart field by field, so that all that is wrong is named at once."""
    try:
        values = json.loads(content, parse_constant=lambda _: None)
    except (ValueError, RecursionError):  # well formed for the one decoder, too deep for the other
        return [_fault("", str(error))]
    known = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    if not isinstance(values, dict):
        return [_fault("", str(error))]
    faults = [_unknown(name, known) for name in values if name not in known]
    faults += _missing(known, values)
    for name, field in known.items():
        if name in values:
            try:
                msgspec.convert(values[name], field.type)
            except msgspec.ValidationError as wrong:
                faults.append(_fault(name, str(wrong)))
    return faults or [_fault("", str(error))]


def _missing(known: Mapping[str, Any], values: Mapping[str, Any]) -> list[problems.Fault]:
    return [
        problems.Fault(place=name, message="It is missing.", remedy="Give it.")
        for name, field in known.items()
        if field.required and name not in values
    ]


def _unknown(name: str, known: Mapping[str, Any]) -> problems.Fault:
    remedy = f"Known here: {', '.join(known)}." if known else "Nothing is asked for here."
    return problems.Fault(place=name[:80], message="It is not known here.", remedy=remedy)


def _fault(place: str, text: str) -> problems.Fault:
    """Turn the decoder's words into a fault: its `$.a[0].b` becomes `place.a.0.b`."""
    message, _, path = text.partition(" - at `")
    inner = path.rstrip("`").removeprefix("$").replace("[", ".").replace("]", "").lstrip(".")
    return problems.Fault(place=".".join(part for part in (place, inner) if part), message=_sentence(message))


def _sentence(text: str) -> str:
    return text if text.endswith(".") else text + "."


def _check_numbers(value: object, place: str = "") -> None:
    """Refuse what is well typed and yet cannot be kept: integers past 64 bits, text that is not Unicode."""
    if isinstance(value, dict):
        for name, inner in value.items():
            _check_numbers(inner, f"{place}.{name}" if place else str(name))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            _check_numbers(inner, f"{place}.{index}")
    elif isinstance(value, int) and not -LARGEST - 1 <= value <= LARGEST:
        raise _refused([problems.Fault(place=place, message=f"It must be from {-LARGEST - 1} to {LARGEST}.")])


def _check_window(ask: object) -> None:
    if not isinstance(ask, endpoint.Window):
        return
    faults = []
    if not 1 <= ask.limit <= ROWS:
        faults.append(problems.Fault(place="limit", message=f"It must be from 1 to {ROWS}."))
    if ask.offset < 0:
        faults.append(problems.Fault(place="offset", message="It must be 0 or more."))
    if faults:
        raise _refused(faults)
