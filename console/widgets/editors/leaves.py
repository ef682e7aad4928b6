"""What every editor can do, and the editor of a single field."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import fields, figures, layout, liquid
from console.widgets.editors import offending, parts
from console.widgets.editors.parts import Kind, Part
from server.channels import base

UNSET = object()
CAREFUL = 0.9  #: of a limit, from where on it is worth a look

Faults = Mapping[str, str]  #: place within the editor to words


class Editor(QtWidgets.QWidget):
    """What all editors share: `value`, `set_value`, `show_faults`, and `changed` at every edit by a person."""

    changed = QtCore.Signal()
    grown = QtCore.Signal()  #: it has inputs that it had not before

    def value(self) -> Any:
        """What stands in it."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Put a value in, without `changed`."""
        raise NotImplementedError

    def show_faults(self, faults: Faults, *, strict: bool) -> list[str]:
        """Say what is wrong where it is wrong, by place within this editor; returns the places it has no field for.

        Unless `strict`, a field that nobody has touched yet stays quiet.
        """
        raise NotImplementedError

    def place(self, where: str) -> QtWidgets.QWidget | None:
        """The input at a place, for the keyboard to go to."""
        raise NotImplementedError

    def where(self, widget: QtWidgets.QWidget) -> str | None:
        """The place an input stands at; None where it is none of this editor's."""
        raise NotImplementedError

    def update_value(self, value: Any) -> None:
        """Put a value in, touching nothing that has it already, so that the keyboard stays where it is."""
        if self.value() != value:
            self.set_value(value)


class Leaf(Editor):
    """One field. One that need not be seen is not made until it is: a carousel's cards would have a thousand."""

    def __init__(self, part: Part) -> None:
        super().__init__()
        self._part = part
        self.touched = False
        self._made: fields.Field | None = None
        self._value: Any = UNSET  #: what stands in it until there is a field
        if part.when is None and not part.more:
            self._make()

    @property
    def field(self) -> fields.Field:
        """The field itself."""
        return self._made or self._make()

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        super().showEvent(event)
        if self._made is None:
            self._make()

    def _make(self) -> fields.Field:
        part = self._part
        made = self._made = _field(part)
        if self._value is not UNSET:
            made.set_value(self._value)
        made.changed.connect(self._on_changed)
        control = made.control
        if part.kind in parts.TEMPLATES:
            control.setProperty("takesValues", True)
            if isinstance(control, QtWidgets.QPlainTextEdit):
                (offending.Highlighter if part.gsm else liquid.Highlighter)(control.document())
        if isinstance(control, QtWidgets.QPlainTextEdit):
            control.setHorizontalScrollBarPolicy(
                QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff
            )  # its lines wrap
        whole = layout.column(made)
        if part.gsm and isinstance(control, QtWidgets.QPlainTextEdit):
            whole.addWidget(offending.Bar(control))
        self.setLayout(whole)
        self._measure()
        return made

    def value(self) -> Any:
        if self._made is None and self._value is not UNSET:
            return self._value
        found = self.field.value()
        read = _READ.get(self._part.kind)
        return read(found) if read is not None else found

    def set_value(self, value: Any) -> None:
        self.touched = False
        if self._made is None:
            self._value = value
            return
        self.field.set_value(value)
        self.field.set_error("")
        if isinstance(self.field.control, QtWidgets.QLineEdit):
            self.field.control.setCursorPosition(0)  # a long text shows its beginning
        self._measure()

    def show_faults(self, faults: Faults, *, strict: bool) -> list[str]:
        if self._made is not None or (strict and faults):
            self.field.set_error(faults.get("", "") if strict or self.touched else "")
        return []

    def place(self, where: str) -> QtWidgets.QWidget:
        return self.field.control

    def where(self, widget: QtWidgets.QWidget) -> str | None:
        control = self._made.control if self._made is not None else None
        return "" if control is not None and (widget is control or control.isAncestorOf(widget)) else None

    def _measure(self) -> None:
        """Count what is written; values come on top of it once they are known."""
        if not self._part.limit:
            return
        words = str(self.value())
        used, limit = len(base.LIQUID.sub("", words)), self._part.limit
        more = "+ values " if base.has_template(words) else ""
        style = "bad" if used > limit else "warn" if used > limit * CAREFUL else "caption"
        told = f"{figures.count(used)} {more}of {figures.count(limit)}"
        self.field.set_measure(told if words else "", style)

    def _on_changed(self) -> None:
        self.touched = True
        self._measure()
        self.changed.emit()


def _field(part: Part) -> fields.Field:
    asked = part.required
    match part.kind:
        case Kind.AREA | Kind.BLOCK | Kind.CODE:
            mono = part.kind is not Kind.AREA
            return fields.AreaField(
                part.label,
                help=part.help,
                required=asked,
                placeholder=part.placeholder,
                lines=part.lines,
                mono=mono,
            )
        case Kind.CHOICE:
            return fields.ChoiceField(part.label, part.choices, help=part.help)
        case Kind.NUMBER:
            return fields.NumberField(
                part.label, help=part.help, low=part.low, high=part.high, unit=part.unit
            )
        case Kind.SWITCH:
            return fields.SwitchField(part.label, help=part.help)
    mono = part.kind is Kind.FIXED
    return fields.TextField(
        part.label, help=part.help, required=asked, placeholder=part.placeholder, mono=mono
    )


def _whole(words: str) -> int | str | None:
    """A whole number, nothing, or the words themselves, which the content's type then refuses."""
    try:
        return int(words) if words else None
    except ValueError:
        return words


def _decimal(words: str) -> float | str | None:
    try:
        return float(words) if words else None
    except ValueError:
        return words


_READ: dict[Kind, Callable[[str], Any]] = {Kind.MAYBE_WHOLE: _whole, Kind.MAYBE_DECIMAL: _decimal}


def beneath(faults: Faults, name: str) -> dict[str, str]:
    """The faults at or below a name, by the place that is left."""
    found: dict[str, str] = {}
    for where, words in faults.items():
        first, _, rest = where.partition(".")
        if first == name:
            found[rest] = words
    return found


def first_input(editor: Editor) -> QtWidgets.QWidget | None:
    """Where the keyboard goes in a new item."""
    for field in editor.findChildren(fields.Field):
        if not field.isHidden():
            return field.control
    return None
