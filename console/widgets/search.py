"""A search field that waits until a person stops typing."""

from PySide6 import QtCore, QtGui

from console.widgets import buttons, icons, inputs, layout, text

PAUSE_MS = 180


class SearchField(inputs.Line):
    """`asked` carries the trimmed text after a pause in typing, at Enter at once, and empty when Escape clears it."""

    asked = QtCore.Signal(str)
    submitted = QtCore.Signal(str)  #: Enter was pressed
    left = QtCore.Signal()  #: Escape was pressed where there was nothing to clear

    def __init__(self, placeholder: str, *, name: str = "", shortcut: str = "") -> None:
        super().__init__(placeholder)
        self.setAccessibleName(name or placeholder)
        self.setToolTip(placeholder)
        self._said = ""
        self._pause = QtCore.QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self._clear = buttons.icon("x", "Clear the search", self._on_clear)
        self._clear.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self._clear.setFixedSize(24, 24)
        self._clear.setStyleSheet("padding: 0; min-height: 0; min-width: 0;")
        self._clear.hide()
        self._hint = text.Label(shortcut, "key")
        self._hint.setFixedHeight(20)
        layout.reveal(self._hint, bool(shortcut))
        inside = layout.row(None, self._hint, self._clear, margins=(0, 0, 6, 0))
        self.setLayout(inside)
        self.setTextMargins(24, 0, 64 if shortcut else 24, 0)
        self.textChanged.connect(self._on_changed)

    def set_text(self, words: str) -> None:
        """Put words in without asking."""
        self._said = words.strip()
        blocker = QtCore.QSignalBlocker(self)
        self.setText(words)
        blocker.unblock()
        self._show_side()

    def _on_changed(self) -> None:
        self._show_side()
        self._pause.start()

    def _show_side(self) -> None:
        layout.reveal(self._clear, bool(self.text()))
        layout.reveal(self._hint, bool(self._hint.text()) and not self.text())

    def _ask(self) -> None:
        self._pause.stop()
        words = self.text().strip()
        if words != self._said:
            self._said = words
            self.asked.emit(words)

    def _on_clear(self) -> None:
        self.clear()
        self._ask()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QtGui.QPainter(self)
        token = "accent" if self.hasFocus() else "text3"
        painter.drawPixmap(11, (self.height() - 16) // 2, icons.pixmap("search", token, 16))
        painter.end()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter):
            self._ask()
            self.submitted.emit(self.text().strip())
        elif event.key() == QtCore.Qt.Key.Key_Escape and self.text():
            self._on_clear()
        elif event.key() == QtCore.Qt.Key.Key_Escape:
            self.clearFocus()  # the keyboard is the page's again: G, C and the like work
            self.left.emit()
            event.ignore()  # whatever holds the field, such as a sheet, may close by the same key
        else:
            super().keyPressEvent(event)
