"""The one renderer: preview, test, rehearsal and sending all fill a content in here, and so agree to the byte."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec
import msgspec.inspect

from server.channels import base, contents, email
from server.pipeline.content import liquid

#: Equal contents give equal bytes: fields in their declared order, keys of mappings sorted.
_CANONICAL = msgspec.json.Encoder(order="deterministic")

#: Fill in one part of a content. Given what it stands for, so that what is constant comes back as it is.
_Fill = Callable[[Mapping[str, object]], Any]


class CannotRender(Exception):
    """A content cannot be rendered for one person."""


class MissingValue(CannotRender):
    """A template needs a value this person has not got. `place` is the field within the content."""

    def __init__(self, variable: str, place: str) -> None:
        super().__init__(f"{place}: {variable} has no value.")
        self.variable = variable
        self.place = place


class Unrenderable(CannotRender):
    """A template is broken, or breaks on this person's values."""

    def __init__(self, place: str, message: str, remedy: str = "") -> None:
        super().__init__(f"{place}: {message}")
        self.place = place
        self.message = message
        self.remedy = remedy


class BadContent(CannotRender):
    """What came out breaks the channel's rules."""

    def __init__(self, faults: list[base.Fault]) -> None:
        super().__init__(" ".join(f"{fault.place}: {fault.message}" for fault in faults))
        self.faults = faults


class Rendered(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one person is sent, how it is recognised, and what went into it."""

    content: contents.Content
    digest: bytes  #: BLAKE2b of the content's canonical JSON, 16 bytes
    used: dict[
        str, object
    ]  #: the values that were given to the template; rendering with them gives the same again


class Renderer:
    """One content, compiled once. Raises Unrenderable where a template cannot be understood."""

    def __init__(self, content: contents.Content) -> None:
        found: list[tuple[str, liquid.Compiled]] = []
        self._constants: Mapping[str, object] = {}
        if isinstance(content, contents.Email):
            # What a page was made of is not sent, and an address of one's own is put in on the wire.
            content = msgspec.structs.replace(content, source=msgspec.UNSET)
            self._constants = email.CONSTANTS
        self._content = content
        self._fill = _plan(content, "", found)
        named = frozenset[str]().union(*(compiled.variables for _, compiled in found))
        self.variables: frozenset[str] = named - self._constants.keys()
        if not named & self._constants.keys():
            self._constants = {}
        self._names = tuple(sorted(self.variables))
        self._constant: Rendered | None = None

    def render(self, values: Mapping[str, object]) -> Rendered:
        """Fill in one person's values; None and empty texts count as missing.

        Raises MissingValue, Unrenderable, or BadContent when the outcome breaks a rule of the channel.
        """
        if self._fill is None:
            if self._constant is None:
                self._constant = _finish(self._content, {})
            return self._constant
        used = {
            name: value for name in self._names if (value := values.get(name)) is not None and value != ""
        }
        given = {**used, **self._constants} if self._constants else used
        return _finish(self._fill(given), used)


def digest(content: contents.Content) -> bytes:
    """By what a rendered content is recognised: 16 bytes, equal for equal contents."""
    return hashlib.blake2b(_CANONICAL.encode(content), digest_size=16).digest()


def _finish(content: contents.Content, used: dict[str, object]) -> Rendered:
    errors = [fault for fault in contents.check(content, rendered=True) if fault.level == "error"]
    if errors:
        raise BadContent(errors)
    return Rendered(content=content, digest=digest(content), used=used)


# -- the plan: which parts of a content change with the person -------------------------------------------------------


def templates(content: msgspec.Struct) -> list[tuple[str, str, bool]]:
    """Every template of a content: place, source, and whether its output is escaped for HTML."""
    found: list[tuple[str, str, bool]] = []
    for field in msgspec.inspect.type_info(type(content)).fields:  # type: ignore[attr-defined]
        _collect(getattr(content, field.name), field.type, field.name, found)
    return found


def with_texts(content: contents.Content, texts: Mapping[str, str]) -> contents.Content:
    """The content with other texts at some places, named as `templates` names them."""
    fill = _part(content, "", {place: _constant(text) for place, text in texts.items()})
    return content if fill is None else cast(contents.Content, fill({}))


def _constant(text: str) -> _Fill:
    return lambda _values: text


def _collect(value: Any, kind: msgspec.inspect.Type, place: str, found: list[tuple[str, str, bool]]) -> None:
    marks: Mapping[str, Any] = {}
    if isinstance(kind, msgspec.inspect.Metadata):
        marks, kind = kind.extra or {}, kind.type
    if isinstance(value, str):
        is_text = isinstance(kind, msgspec.inspect.StrType) and not marks.get("fixed")
        if is_text and base.has_template(value):
            found.append((place, value, bool(marks.get("html"))))
    elif isinstance(value, msgspec.Struct):
        found += [(f"{place}.{inner}", source, html) for inner, source, html in templates(value)]
    elif isinstance(value, list) and isinstance(kind, msgspec.inspect.ListType):
        for index, item in enumerate(value):
            _collect(item, kind.item_type, f"{place}.{index}", found)
    elif isinstance(value, dict) and isinstance(kind, msgspec.inspect.DictType):
        for key, item in value.items():
            _collect(item, kind.value_type, f"{place}.{key}", found)


def _plan(content: msgspec.Struct, place: str, found: list[tuple[str, liquid.Compiled]]) -> _Fill | None:
    """How to fill a content in; None where nothing in it changes."""
    sources: dict[str, _Fill] = {}
    for where, source, html in templates(content):
        full = f"{place}{where}"
        compiled = _compile(source, html=html, place=full)
        found.append((full, compiled))
        sources[where] = _text(compiled, full)
    return _part(content, "", sources) if sources else None


def _part(value: Any, place: str, sources: Mapping[str, _Fill]) -> _Fill | None:
    """How to fill in one value; None where it stays as it is."""
    if place in sources:
        return sources[place]
    parts: dict[Any, _Fill] = {}
    for key, item in _items(value):
        fill = _part(item, f"{place}.{key}" if place else str(key), sources)
        if fill is not None:
            parts[key] = fill
    return _joined(value, parts) if parts else None


def _items(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, msgspec.Struct):
        return [(name, getattr(value, name)) for name in value.__struct_fields__]
    if isinstance(value, list):
        return list(enumerate(value))
    return list(value.items()) if isinstance(value, dict) else []


def _joined(value: Any, parts: Mapping[Any, _Fill]) -> _Fill:
    """Fill in the parts that change and keep the others."""
    changing = tuple(parts.items())
    if isinstance(value, msgspec.Struct):
        return lambda values: msgspec.structs.replace(
            value, **{name: fill(values) for name, fill in changing}
        )

    def filled(values: Mapping[str, object]) -> Any:
        copy = value.copy()
        for key, fill in changing:
            copy[key] = fill(values)
        return copy

    return filled


def _text(compiled: liquid.Compiled, place: str) -> _Fill:
    def filled(values: Mapping[str, object]) -> str:
        try:
            return compiled.render(values)
        except liquid.Missing as error:
            raise MissingValue(error.variable, place) from error
        except liquid.Broken as error:
            raise Unrenderable(place, _sentence(error), error.remedy) from error

    return filled


def _compile(source: str, *, html: bool, place: str) -> liquid.Compiled:
    try:
        return liquid.compiled(source, html=html)
    except liquid.Broken as error:
        raise Unrenderable(place, _sentence(error), error.remedy) from error


def _sentence(error: liquid.Broken) -> str:
    text = str(error).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
