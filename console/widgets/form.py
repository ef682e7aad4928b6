"""A form drawn from the server's own description of what it wants to know."""

from collections.abc import Collection, Mapping, Sequence

from PySide6 import QtCore, QtWidgets

from console.widgets import fields, layout, theme
from server.wire import providers

Value = str | int | bool


class Form(QtWidgets.QWidget):
    """Fields one under the other. `values()` and `secrets()` part what may be read again from what may not."""

    changed = QtCore.Signal()

    def __init__(self, asked: Sequence[providers.Field], *, stored: Collection[str] = ()) -> None:
        super().__init__()
        self._asked = {field.name: field for field in asked}
        self._fields = {field.name: _drawn(field, field.name in stored) for field in asked}
        column = layout.column(*self._fields.values(), gap=theme.LG)
        self.setLayout(column)
        for field in self._fields.values():
            field.changed.connect(self.changed)
        self.reset()

    def field(self, name: str) -> fields.Field:
        """One field by the name the server gave it."""
        return self._fields[name]

    def reset(self) -> None:
        """Put every default back."""
        for name, asked in self._asked.items():
            if asked.default is not None:
                self._fields[name].set_value(asked.default)

    def set_values(self, values: Mapping[str, Value]) -> None:
        """Fill in what is known; names the form does not ask for are left aside."""
        for name, value in values.items():
            if name in self._fields and not _is_secret(self._asked[name]):
                self._fields[name].set_value(value)

    def values(self) -> dict[str, Value]:
        """What stands in the fields that are no secrets; empty optional ones are left out."""
        found: dict[str, Value] = {}
        for name, field in self._fields.items():
            value = field.value()
            if not _is_secret(self._asked[name]) and value not in ("", None):
                found[name] = value
        return found

    def secrets(self) -> dict[str, str]:
        """The secrets typed now; those left as stored are left out, so that the server keeps them."""
        return {
            name: field.value()
            for name, field in self._fields.items()
            if _is_secret(self._asked[name]) and field.value() not in ("", fields.KEPT)
        }

    def check(self) -> bool:
        """Mark each required field that is empty and go to the first; whether there was none."""
        first = None
        for field in self._fields.values():
            if field.required and field.is_empty():
                field.set_error(f"{field.label()} is needed.")
                first = first or field
        if first is not None:
            first.setFocus()
        return first is None

    def show_faults(self, faults: Mapping[str, str]) -> list[str]:
        """Show what the server found, by field name or dotted place; returns what belongs to no field here."""
        homeless = []
        for place, words in faults.items():
            name = place.rpartition(".")[2]
            if name in self._fields:
                self._fields[name].set_error(words)
            else:
                homeless.append(words)
        return homeless


def _is_secret(asked: providers.Field) -> bool:
    return asked.kind in (providers.FieldKind.SECRET, providers.FieldKind.SECRET_MULTILINE)


def _drawn(asked: providers.Field, stored: bool) -> fields.Field:
    kind = providers.FieldKind
    match asked.kind:
        case kind.SECRET | kind.SECRET_MULTILINE:
            return fields.SecretField(
                asked.label,
                help=asked.help,
                required=asked.required,
                stored=stored,
                multiline=asked.kind is kind.SECRET_MULTILINE,
                placeholder=asked.placeholder,
            )
        case kind.MULTILINE:
            return fields.AreaField(
                asked.label, help=asked.help, required=asked.required, placeholder=asked.placeholder
            )
        case kind.CHOICE:
            choices = [(choice, choice) for choice in asked.choices]
            if not asked.required and asked.default is None:
                choices.insert(0, ("", "Not set"))
            return fields.ChoiceField(asked.label, choices, help=asked.help, required=asked.required)
        case kind.NUMBER:
            return fields.NumberField(asked.label, help=asked.help, required=asked.required)
        case kind.SWITCH:
            return fields.SwitchField(asked.label, help=asked.help)
        case _:
            return fields.TextField(
                asked.label, help=asked.help, required=asked.required, placeholder=asked.placeholder
            )
