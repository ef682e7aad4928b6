"""Inputs that a mail's looks are set with: a colour, room on four sides, a number or nothing, a list of profiles."""

from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import buttons, fields, inputs, layout, text, theme
from console.widgets.editors import email_text
from server.channels import mailblocks

SIDES = ("above", "right", "below", "left")


class ColourField(fields.Field):
    """A colour as #RRGGBB, with a button that opens the palette; empty where that means the mail's own."""

    def __init__(self, label: str, *, required: bool = True, placeholder: str = "") -> None:
        self.input = inputs.Line(placeholder or "#RRGGBB", mono=True)
        self.input.setMaxLength(7)
        self.pick = QtWidgets.QToolButton()
        super().__init__(label, self.input, required=required)
        self.pick.setFixedSize(32, 32)
        self.pick.setIconSize(QtCore.QSize(18, 18))
        self.pick.setStyleSheet("padding: 0;")
        self.pick.setAccessibleName(f"{label}: choose")
        self.pick.setToolTip(f"{label}: choose")
        self.pick.clicked.connect(lambda _on=False: self.open())
        self.add_beside(self.pick)
        self.input.textEdited.connect(self._on_typed)
        self._show()

    def value(self) -> str:
        return self.input.text().strip()

    def set_value(self, value: Any) -> None:
        if value != self.value():
            self.input.setText(str(value or ""))
        self._show()

    def is_sound(self) -> bool:
        """Whether it is a colour, or empty where it may be."""
        return bool(mailblocks.COLOUR.fullmatch(self.value())) or (not self.value() and not self.required)

    def open(self) -> QtWidgets.QColorDialog:
        """Show the palette."""
        dialog = QtWidgets.QColorDialog(QtGui.QColor(self.value() or "#FFFFFF"), self.window())
        dialog.setOption(QtWidgets.QColorDialog.ColorDialogOption.DontUseNativeDialog)
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(self._on_chosen)
        dialog.open()
        return dialog

    def _on_chosen(self, colour: QtGui.QColor) -> None:
        self.input.setText(colour.name().upper())
        self._on_typed()

    def _on_typed(self) -> None:
        self._show()
        self.set_error("" if self.is_sound() else "Write it as #RRGGBB.")
        if self.is_sound():
            self.changed.emit()

    def _show(self) -> None:
        self.pick.setIcon(
            email_text.swatch(self.value() if mailblocks.COLOUR.fullmatch(self.value()) else "")
        )


class RoomField(fields.Field):
    """Room above, right, below and left; None where `inherits` and nothing was set."""

    def __init__(self, label: str, *, inherits: bool = False) -> None:
        self._inherits = inherits
        self.sides = [inputs.Line("–" if inherits else "0") for _ in SIDES]
        box = QtWidgets.QWidget()
        super().__init__(label, box, required=not inherits)
        box.setLayout(layout.row(*self.sides, gap=4))
        for side, name in zip(self.sides, SIDES, strict=True):
            side.setMinimumWidth(46)
            side.setValidator(QtGui.QIntValidator(0, 200, side))
            side.setAccessibleName(f"{label} {name}, pixels")
            side.setToolTip(name.capitalize())
            side.textEdited.connect(lambda _words, side=side: self._on_side(side))

    def value(self) -> mailblocks.Padding | None:
        written = [side.text() for side in self.sides]
        if self._inherits and not any(written):
            return None
        above, right, below, left = (min(int(words or 0), 200) for words in written)
        return above, right, below, left

    def set_value(self, value: Any) -> None:
        for at, side in enumerate(self.sides):
            side.setText("" if value is None else str(value[at]))

    def _on_side(self, written: inputs.Line) -> None:
        # Of four empty sides the first that is written sets all, so that nobody writes four numbers to say one.
        others = [side for side in self.sides if side is not written]
        if len(written.text()) == 1 and not any(side.text() for side in others):
            for side in others:
                side.setText(written.text())
        self._on_edited()


class MaybeField(fields.Field):
    """A whole number of pixels, or nothing."""

    def __init__(
        self, label: str, *, low: int = 1, high: int = 2000, nothing: str = "Automatic", help: str = ""
    ) -> None:
        self.input = inputs.Number(low=low - 1, high=high, unit="px")
        self._low = low
        super().__init__(label, self.input, help=help, required=True)
        self.input.setSpecialValueText(nothing)
        self.input.valueChanged.connect(lambda _value: self._on_edited())

    def value(self) -> int | None:
        number = round(self.input.value())
        return None if number < self._low else number

    def set_value(self, value: Any) -> None:
        blocker = QtCore.QSignalBlocker(self.input)
        self.input.setValue(self._low - 1 if value is None else value)
        blocker.unblock()


class ProfilesField(fields.Field):
    """A line for each profile: its name and where it leads."""

    def __init__(self, label: str) -> None:
        self._rows: list[tuple[inputs.Line, inputs.Line, QtWidgets.QWidget]] = []
        self._box = QtWidgets.QWidget()
        self._column = layout.column(gap=6)
        self.more = buttons.link("Add a profile", self._on_add, icon="plus")
        self._box.setLayout(layout.column(self._column, layout.row(self.more, None), gap=6))
        super().__init__(label, self._box, required=True)

    def value(self) -> list[mailblocks.Profile]:
        return [
            mailblocks.Profile(name=name.text().strip(), link=link.text().strip())
            for name, link, _row in self._rows
            if name.text().strip()
        ]

    def set_value(self, value: Any) -> None:
        if value == self.value() and len(value) == len(self._rows):
            return
        for _name, _link, row in self._rows:
            self._column.removeWidget(row)
            row.deleteLater()
        self._rows.clear()
        for profile in value:
            self._append(profile)

    def _append(self, profile: mailblocks.Profile) -> inputs.Line:
        name, link = inputs.Line("Name"), inputs.Line("https://…")
        name.setText(profile.name)
        link.setText(profile.link)
        link.setCursorPosition(0)
        at = len(self._rows) + 1
        name.setAccessibleName(f"Name of profile {at}")
        link.setAccessibleName(f"Address of profile {at}")
        gone = buttons.icon("x", f"Remove profile {at}")
        row = layout.boxed(layout.row(name, link, gone, gap=4, grow=1))
        name.setFixedWidth(92)
        entry = (name, link, row)
        gone.clicked.connect(lambda _on=False: self._remove(entry))
        for line in (name, link):
            line.textEdited.connect(self._on_edited)
        self._rows.append(entry)
        self._column.addWidget(row)
        return name

    def _on_add(self) -> None:
        self._append(mailblocks.Profile(name="")).setFocus()

    def _remove(self, entry: tuple[inputs.Line, inputs.Line, QtWidgets.QWidget]) -> None:
        self._rows.remove(entry)
        self._column.removeWidget(entry[2])
        entry[2].deleteLater()
        self.more.setFocus()
        self._on_edited()


def caption(words: str) -> QtWidgets.QWidget:
    """The name of a group of fields."""
    return layout.boxed(layout.row(text.caption(words), None, margins=(0, theme.SM, 0, 0)))
