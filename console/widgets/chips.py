"""Filters as chips: each says what it filters by, opens its choices, and is let go by one click."""

from collections.abc import Callable, Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import buttons, icons, layout

Choices = Sequence[tuple[str, str]]  #: value and label
LONGEST = 34  #: letters of a label that a chip shows


class Chip(QtWidgets.QWidget):
    """One filter. Without choices of its own it is seen only while something else has set it."""

    changed = QtCore.Signal()  #: by a person

    def __init__(self, name: str, choices: Callable[[], Choices] | None = None) -> None:
        super().__init__()
        self._name, self._choices = name, choices
        self._value, self._label = "", ""
        self._button = buttons.Button(
            f"{name}: any", icon="list-filter", kind="chip", tip=f"Filter by {name}"
        )
        self._button.clicked.connect(self._open)
        self._drop = buttons.Button(icon="x", kind="chip", tip=f"Any {name}")
        self._drop.clicked.connect(self._on_dropped)
        self.setLayout(layout.row(self._button, self._drop, gap=0))
        self.setFocusProxy(self._button)
        self._show()

    def value(self) -> str:
        """What is filtered by; empty for anything."""
        return self._value

    def set_value(self, value: str, label: str = "") -> None:
        """Filter by this, without `changed`; the label is looked up among the choices where none is given."""
        self._value, self._label = value, label
        self._show()

    def refresh(self) -> None:
        """The choices have changed: say the value by its newest label."""
        self._show()

    def _said(self) -> str:
        if not self._value:
            return "any"
        known = dict(self._choices()) if self._choices is not None else {}
        said = self._label or known.get(self._value, self._value)
        return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"

    def _show(self) -> None:
        is_set = bool(self._value)
        layout.reveal(self, is_set or self._choices is not None)
        for button in (self._button, self._drop):
            button.setProperty("filled", is_set)
            button.style().unpolish(button)
            button.style().polish(button)
        self._button.set_label(f"{self._name}: {self._said()}")
        icons.bind(self._button, "list-filter", "accent" if is_set else "text3", 14)
        icons.bind(self._drop, "x", "accent", 14)
        layout.reveal(self._drop, is_set)

    def _open(self) -> None:
        if self._choices is None:
            return
        menu = QtWidgets.QMenu(self)
        menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName(f"{self._name} filter")
        group = QtGui.QActionGroup(menu)
        for value, label in [("", f"Any {self._name.lower()}"), *self._choices()]:
            # An ampersand in a name that is not ours must not become a shortcut.
            action = menu.addAction(label.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(value == self._value)
            group.addAction(action)
            action.triggered.connect(_Pick(self, value, label))
        menu.popup(self.mapToGlobal(QtCore.QPoint(0, self.height() + 4)))

    def choose(self, value: str, label: str = "") -> None:
        """Filter by this as if a person had picked it."""
        if value != self._value:
            self.set_value(value, label if value else "")
            self.changed.emit()

    def _on_dropped(self) -> None:
        self.choose("")
        if self.isVisible():
            self._button.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)


class _Pick:
    def __init__(self, chip: Chip, value: str, label: str) -> None:
        self._chip, self._value, self._label = chip, value, label

    def __call__(self) -> None:
        self._chip.choose(self._value, self._label)
