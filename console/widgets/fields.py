"""Labelled inputs: label, input, help and the one thing that is wrong with it, side by side and read together."""

import pathlib
from collections.abc import Sequence
from typing import Any

from PySide6 import QtCore, QtWidgets

from console.widgets import buttons, inputs, layout, text, theme

SECRET_BYTES = 64_000  #: no key file is larger

KEPT = object()  #: a secret field's value while the stored secret is left as it is


class Field(QtWidgets.QWidget):
    """What all fields share: `value()`, `set_value()`, `set_error()`, and `changed` at every edit by a person."""

    changed = QtCore.Signal()

    def __init__(
        self, label: str, control: QtWidgets.QWidget, *, help: str = "", required: bool = False
    ) -> None:
        super().__init__()
        self.control = control
        self.required = required
        self._label, self._help, self._error = label, help, ""
        self._measure: text.Label | None = None
        self._below = text.Label(help, "muted", wrap=True)
        layout.reveal(self._below, bool(help))
        heading = text.Label(label, "label")
        heading.setBuddy(control)
        self._head = layout.row(heading, gap=6)
        if not required and label:
            self._head.addWidget(text.Label("optional", "caption"))
        self._head.addStretch(1)
        self._mid = layout.row(control, gap=theme.SM, grow=0)
        whole = layout.column(gap=4)
        if label:
            whole.addLayout(self._head)
        whole.addLayout(self._mid)
        whole.addWidget(self._below)
        self.setLayout(whole)
        self.setFocusProxy(control)
        control.setAccessibleName(label)
        self._tell()

    def label(self) -> str:
        """What it is called."""
        return self._label

    def error(self) -> str:
        """What is wrong, or nothing."""
        return self._error

    def set_error(self, words: str) -> None:
        """Say what is wrong under the input and to a screen reader; an empty string says all is well."""
        if words == self._error:
            return
        self._error = words
        self.control.setProperty("invalid", bool(words))
        self.control.style().unpolish(self.control)
        self.control.style().polish(self.control)
        self._below.setText(words or self._help)
        self._below.set_style("bad" if words else "muted")
        layout.reveal(self._below, bool(words or self._help))
        self._tell()

    def set_measure(self, words: str, style: str = "caption") -> None:
        """Say at the label's end how much of the room is used."""
        if self._measure is None:
            if not words:
                return
            self._measure = text.Label("", "caption")
            self._measure.setFont(text.font(text.CAPTION, tabular=True))
            self._head.addWidget(self._measure)
        self._measure.setText(words)
        self._measure.set_style(style)

    def add_beside(self, widget: QtWidgets.QWidget) -> None:
        """Put a button or a hint to the right of the input."""
        self._mid.addWidget(widget)

    def value(self) -> Any:
        """What stands in it."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Put a value in, without `changed`."""
        raise NotImplementedError

    def is_empty(self) -> bool:
        """Whether a required field still waits for its value."""
        return self.value() in ("", None)

    def _tell(self) -> None:
        said = [part for part in (self._error, self._help, "required" if self.required else "") if part]
        self.control.setAccessibleDescription(". ".join(said))

    def _on_edited(self) -> None:
        self.set_error("")
        self.changed.emit()


class TextField(Field):
    """One line."""

    def __init__(
        self, label: str, *, help: str = "", required: bool = False, placeholder: str = "", mono: bool = False
    ) -> None:
        self.input = inputs.Line(placeholder, mono=mono)
        super().__init__(label, self.input, help=help, required=required)
        self.input.textEdited.connect(self._on_edited)

    def value(self) -> str:
        return self.input.text().strip()

    def set_value(self, value: Any) -> None:
        self.input.setText("" if value is None else str(value))


class AreaField(Field):
    """Several lines."""

    def __init__(
        self,
        label: str,
        *,
        help: str = "",
        required: bool = False,
        placeholder: str = "",
        lines: int = 4,
        mono: bool = False,
    ) -> None:
        self.input = inputs.Area(placeholder, lines=lines, mono=mono)
        super().__init__(label, self.input, help=help, required=required)
        self.input.textChanged.connect(self._on_edited)

    def value(self) -> str:
        return self.input.toPlainText()

    def set_value(self, value: Any) -> None:
        blocker = QtCore.QSignalBlocker(self.input)
        self.input.setPlainText("" if value is None else str(value))
        blocker.unblock()


class SecretField(Field):
    """A secret that goes in and never comes out: what is stored is named as stored, and can only be replaced."""

    def __init__(
        self,
        label: str,
        *,
        help: str = "",
        required: bool = False,
        stored: bool = False,
        multiline: bool = False,
        placeholder: str = "",
    ) -> None:
        self.input: QtWidgets.QLineEdit | QtWidgets.QPlainTextEdit
        self._placeholder, self._stored = placeholder, False
        if multiline:
            self.input = inputs.Masked(placeholder)
        else:
            self.input = inputs.Line(placeholder)
            self.input.setEchoMode(QtWidgets.QLineEdit.EchoMode.Password)
        super().__init__(label, self.input, help=help, required=required)
        self._badge = text.Label("Stored, never shown", "ok")
        self._replace = buttons.ghost("Replace", self._on_replace, icon="pencil", tip=f"Replace {label}")
        self.add_beside(self._replace)
        self._from_file = buttons.link("From a file", self._on_file, icon="folder-open")
        if multiline:
            self._head.addWidget(self._from_file)
        self._head.addWidget(self._badge)
        self.input.textChanged.connect(self._on_edited)
        self.set_stored(stored)

    def set_stored(self, stored: bool) -> None:
        """Say whether the server holds one already; the input is then closed until somebody asks to replace it."""
        self._stored = stored
        layout.reveal(self._badge, stored)
        layout.reveal(self._replace, stored)
        self._open(not stored)

    def value(self) -> Any:
        typed = self._typed()
        return KEPT if self._stored and not typed else typed

    def set_value(self, value: Any) -> None:
        blocker = QtCore.QSignalBlocker(self.input)
        if isinstance(self.input, QtWidgets.QLineEdit):
            self.input.setText("" if value is None else str(value))
        else:
            self.input.setPlainText("" if value is None else str(value))
        blocker.unblock()

    def _typed(self) -> str:
        if isinstance(self.input, QtWidgets.QLineEdit):
            return self.input.text()
        return self.input.toPlainText()

    def _on_replace(self) -> None:
        self._open(True)
        self._replace.hide()
        self.input.setFocus()

    def _on_file(self) -> None:
        dialog = QtWidgets.QFileDialog(self.window(), f"{self._label}: choose its file")
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QtWidgets.QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.load)
        dialog.open()

    def load(self, path: str) -> None:
        """Take the secret from a file, as keys come in one; says what is wrong with a file that is none."""
        try:
            with pathlib.Path(path).open("rb") as file:
                words = file.read(SECRET_BYTES + 1).decode()
        except OSError as error:
            self.set_error(f"{path} cannot be read: {error.strerror or error}.")
            return
        except UnicodeDecodeError:
            self.set_error(f"{path} is not text. Choose the PEM or .p8 file.")
            return
        if len(words) > SECRET_BYTES:
            self.set_error(f"{path} is larger than {SECRET_BYTES // 1000} kB, so it is no key.")
            return
        self.set_value(words)
        self._on_edited()

    def _open(self, open_: bool) -> None:
        self.input.setEnabled(open_)
        layout.reveal(self._from_file, open_ and isinstance(self.input, QtWidgets.QPlainTextEdit))
        self.input.setPlaceholderText(self._placeholder if open_ else "••••••••••••")


class ChoiceField(Field):
    """One of several."""

    def __init__(
        self,
        label: str,
        choices: Sequence[tuple[object, str]] = (),
        *,
        help: str = "",
        required: bool = True,
    ) -> None:
        self.input = inputs.Choice(choices)
        super().__init__(label, self.input, help=help, required=required)
        self.input.activated.connect(lambda _index: self._on_edited())

    def set_choices(self, choices: Sequence[tuple[object, str]]) -> None:
        """Offer other (value, label) pairs."""
        self.input.set_choices(choices)

    def value(self) -> Any:
        return self.input.currentData()

    def set_value(self, value: Any) -> None:
        self.input.setCurrentIndex(self.input.findData(value))


class NumberField(Field):
    """A number; whole unless `decimals` says otherwise."""

    def __init__(
        self,
        label: str,
        *,
        help: str = "",
        required: bool = True,
        low: float = 0,
        high: float = 1e9,
        decimals: int = 0,
        unit: str = "",
    ) -> None:
        self.input = inputs.Number(low=low, high=high, decimals=decimals, unit=unit)
        self._whole = decimals == 0
        super().__init__(label, self.input, help=help, required=required)
        self.input.valueChanged.connect(lambda _value: self._on_edited())

    def value(self) -> int | float:
        return int(self.input.value()) if self._whole else self.input.value()

    def set_value(self, value: Any) -> None:
        blocker = QtCore.QSignalBlocker(self.input)
        self.input.setValue(float(value or 0))
        blocker.unblock()


class SwitchField(Field):
    """On or off, with its label beside the switch."""

    def __init__(self, label: str, *, help: str = "") -> None:
        self.input = inputs.Switch(label)
        super().__init__("", self.input, help=help, required=True)
        self._label = label
        self.input.setAccessibleName(label)
        self.input.clicked.connect(lambda _on: self._on_edited())

    def value(self) -> bool:
        return self.input.isChecked()

    def set_value(self, value: Any) -> None:
        self.input.setChecked(bool(value))
