"""Draw a form from an adapter's settings type, and build the settings from what was filled in."""

import typing
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

import msgspec

from server.providers import base, errors
from server.wire import providers as wire

SettingsT = TypeVar("SettingsT", bound=base.Settings)

#: The settings every account has; they close each form.
COMMON = (
    wire.Field(
        name="endpoint",
        label="Endpoint",
        kind=wire.FieldKind.TEXT,
        help="Empty for the provider's own address, `twin` for this server's twin, else a private gateway's.",
        default="",
        placeholder="the provider's own",
    ),
    wire.Field(
        name="ca",
        label="Certificate authority",
        kind=wire.FieldKind.MULTILINE,
        help="PEM text of the authority that signed a private gateway's certificate.",
        default="",
        placeholder="-----BEGIN CERTIFICATE-----",
    ),
)
_COMMON = {field.name for field in COMMON}
_WHITE = " \t\r\n"


def fields(settings_type: type[base.Settings]) -> list[wire.Field]:
    """The form of one settings type: its own fields in their order, then the common ones.

    A field is drawn from its type and its msgspec.Meta: `title` is the label, `description` the help,
    `examples[0]` the placeholder, and `extra={"multiline": True}` asks for more than one line.
    """
    own = [_field(item) for item in _items(settings_type) if item.name not in _COMMON]
    return [*own, *COMMON]


def build(
    settings_type: type[SettingsT], settings: Mapping[str, str | int | bool], secrets: Mapping[str, str]
) -> SettingsT:
    """Make the settings. Raises errors.BadSettings naming the field; no value is ever repeated."""
    drawn = {field.name: field for field in fields(settings_type)}
    for name in [*settings, *secrets]:
        if name not in drawn:
            raise errors.BadSettings(name, f"This provider has no setting {name!r}", "Leave it out")
    values: dict[str, Any] = {}
    for item in _items(settings_type):
        field = drawn[item.name]
        value = (
            _secret(field, settings, secrets) if _is_secret(field) else _plain(item, field, settings, secrets)
        )
        if value is not None:
            values[item.name] = value
        elif field.required:
            raise errors.BadSettings(field.name, f"{field.label} is missing", field.help or "Fill it in")
    return settings_type(**values)


class _Item(typing.NamedTuple):
    """One field of a settings type, its annotation taken apart."""

    name: str
    annotation: Any
    kind: Any
    meta: msgspec.Meta
    default: Any
    required: bool


def _items(settings_type: type[base.Settings]) -> list[_Item]:
    hints = typing.get_type_hints(settings_type, include_extras=True)
    found = []
    for field in msgspec.structs.fields(settings_type):
        annotation = hints[field.name]
        kind, meta = annotation, msgspec.Meta()
        if typing.get_origin(annotation) is typing.Annotated:
            kind, *notes = typing.get_args(annotation)
            meta = next((note for note in notes if isinstance(note, msgspec.Meta)), meta)
        found.append(_Item(field.name, annotation, kind, meta, field.default, field.required))
    return found


def _field(item: _Item) -> wire.Field:
    choices = [str(choice) for choice in typing.get_args(item.kind)] if _is_choice(item.kind) else []
    plain = isinstance(item.default, str | int | bool)
    return wire.Field(
        name=item.name,
        label=item.meta.title or item.name.replace("_", " ").capitalize(),
        kind=_kind(item),
        help=item.meta.description or "",
        required=item.required,
        default=item.default if plain else None,
        choices=choices,
        placeholder=str(item.meta.examples[0]) if item.meta.examples else "",
    )


def _kind(item: _Item) -> wire.FieldKind:
    lines = bool((item.meta.extra or {}).get("multiline"))
    if item.kind is base.Secret:
        return wire.FieldKind.SECRET_MULTILINE if lines else wire.FieldKind.SECRET
    if item.kind is str:
        return wire.FieldKind.MULTILINE if lines else wire.FieldKind.TEXT
    if _is_choice(item.kind):
        return wire.FieldKind.CHOICE
    try:
        return {int: wire.FieldKind.NUMBER, bool: wire.FieldKind.SWITCH}[item.kind]
    except KeyError:
        raise TypeError(f"{item.name}: a form cannot ask for a {item.kind}") from None


def _is_choice(kind: Any) -> bool:
    return typing.get_origin(kind) is Literal


def _is_secret(field: wire.Field) -> bool:
    return field.kind in (wire.FieldKind.SECRET, wire.FieldKind.SECRET_MULTILINE)


def _secret(
    field: wire.Field, settings: Mapping[str, str | int | bool], secrets: Mapping[str, str]
) -> base.Secret | None:
    if field.name in settings:
        raise errors.BadSettings(field.name, f"{field.label} is a secret", "Give it among the secrets")
    value = secrets.get(field.name, "").strip("\r\n")
    return base.Secret(value) if value else None


def _plain(
    item: _Item, field: wire.Field, settings: Mapping[str, str | int | bool], secrets: Mapping[str, str]
) -> Any:
    if field.name in secrets:
        raise errors.BadSettings(field.name, f"{field.label} is not a secret", "Give it among the settings")
    value = settings.get(field.name)
    if isinstance(value, str):
        value = value.strip(_WHITE)
    if value is None or value == "":
        return None
    try:
        return msgspec.convert(value, item.annotation, strict=False)
    except msgspec.ValidationError:
        message = f"{field.label} {_expected(item, field)}"
        raise errors.BadSettings(field.name, message, field.help or "Change it") from None


def _expected(item: _Item, field: wire.Field) -> str:
    """What a value should have been, as the end of a sentence."""
    if field.kind is wire.FieldKind.CHOICE:
        return f"must be one of {', '.join(field.choices)}"
    if field.kind is wire.FieldKind.SWITCH:
        return "must be true or false"
    if field.kind is wire.FieldKind.NUMBER:
        low, high = item.meta.ge, item.meta.le
        if low is not None and high is not None:
            return f"must be a whole number from {low} to {high}"
        return "must be a whole number" if low is None else f"must be a whole number of at least {low}"
    return "does not have the right form"
