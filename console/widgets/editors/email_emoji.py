"""Emoji for a subject: a small grid; what is chosen goes to the cursor."""

from PySide6 import QtCore, QtWidgets

from console.widgets import buttons, fields

SHOWN = "🎉 🎁 ✨ 🔥 ⭐ ❤️ 👋 🙌 👀 💡 📣 📦 🚚 🛒 🏷️ 💸 ⏰ ⏳ 📅 ✅ ❗ 🌱 🌞 ❄️ 🌸 🍂 🎄 🏖️ ☕ 🍕 👟 👗".split()
ACROSS = 8


class EmojiButton(buttons.Button):
    """Opens the grid beside a field."""

    def __init__(self, field: fields.Field) -> None:
        super().__init__(icon="smile", kind="icon", tip=f"Put an emoji into: {field.label()}")
        self._field = field
        self.clicked.connect(lambda _on=False: self.open())

    def open(self) -> QtWidgets.QMenu:
        """Show the grid under the button."""
        menu = QtWidgets.QMenu(self)
        menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName("Emoji")
        box = QtWidgets.QWidget()
        grid = QtWidgets.QGridLayout(box)
        grid.setContentsMargins(6, 6, 6, 6)
        grid.setSpacing(2)
        for at, sign in enumerate(SHOWN):
            button = QtWidgets.QToolButton()
            button.setText(sign)
            button.setAutoRaise(True)
            button.setFixedSize(30, 30)
            button.setAccessibleName(sign)
            button.clicked.connect(lambda _on=False, sign=sign: self._insert(sign, menu))
            grid.addWidget(button, at // ACROSS, at % ACROSS)
        act = QtWidgets.QWidgetAction(menu)
        act.setDefaultWidget(box)
        menu.addAction(act)
        menu.popup(self.mapToGlobal(QtCore.QPoint(0, self.height() + 4)))
        return menu

    def _insert(self, sign: str, menu: QtWidgets.QMenu) -> None:
        menu.close()
        control = self._field.control
        if isinstance(control, QtWidgets.QLineEdit):
            control.insert(sign)
            control.textEdited.emit(control.text())  # `insert` is an edit by a person here
            control.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)
