"""The running twins as a strip of cards: what each stands for, where it listens, how much it was handed."""

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import accessible, buttons, figures, glyphs, icons, layout, paint, text, theme
from server.wire import twins


class Strip(QtWidgets.QWidget):
    """`chosen` carries the key of the twin that was clicked."""

    chosen = QtCore.Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Running twins")
        self._cards: dict[str, TwinCard] = {}
        self._current = ""
        self._line = layout.row(gap=6)
        self.setLayout(self._line)

    def show_rows(self, rows: list[twins.Twin]) -> None:
        """Bring the cards up to date; they are made anew only where other twins run."""
        if list(self._cards) != [row.key for row in rows]:
            layout.clear(self._line)
            self._cards = {row.key: TwinCard(row) for row in rows}
            for key, card in self._cards.items():
                card.activated.connect(_Chosen(self, key))
                self._line.addWidget(card, 1)
        for row in rows:
            self._cards[row.key].show_row(row)
        self.set_current(self._current)

    def count(self, key: str) -> int:
        """How much one twin was handed; nothing where it does not run."""
        card = self._cards.get(key)
        return card.arrived if card is not None else 0

    def current(self) -> str:
        """The key of the twin that is marked."""
        return self._current

    def set_current(self, key: str) -> None:
        """Mark one, or none."""
        self._current = key
        for name, card in self._cards.items():
            card.set_marked(name == key)


class _Chosen:
    def __init__(self, strip: Strip, key: str) -> None:
        self._strip, self._key = strip, key

    def __call__(self) -> None:
        self._strip.chosen.emit(self._key)


class TwinCard(QtWidgets.QFrame):
    """One twin; a click or Enter narrows the inbox to it."""

    activated = QtCore.Signal()

    def __init__(self, row: twins.Twin) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        accessible.be(self, accessible.Role.Button)
        self._marked = False
        self._address, self.arrived = row.address, row.arrived
        self._count = text.Label("", "section")
        self._count.setFont(text.font(text.SECTION, text.SEMIBOLD, tabular=True))
        self._where = text.Elided("", size=text.CAPTION, token="text3", mono=True)
        copy = buttons.icon("copy", f"Copy the address of {row.title}", self._copy)
        copy.setFixedSize(24, 24)
        copy.setStyleSheet("padding: 0; min-height: 0; min-width: 0;")
        head = layout.row(glyphs.Glyph(icons.channel(row.channel)), None, self._count, gap=6)
        title = text.Elided(row.title, size=text.SMALL, weight=text.MEDIUM)
        foot = layout.row(self._where, copy, gap=2, grow=0)
        self.setLayout(layout.column(head, title, foot, gap=3, margins=(8, 9, 4, 5)))
        self.show_row(row)

    def show_row(self, row: twins.Twin) -> None:
        """The newest word on it."""
        self._address, self.arrived = row.address, row.arrived
        self._count.setText(figures.count(row.arrived))
        # The host is this machine in most cases; the whole address is in the tool tip and behind the button.
        self._where.set_text(f":{row.address.rpartition(':')[2]}" if row.running else "not running")
        self.setToolTip(f"{row.title}\n{row.address}\n{figures.count(row.arrived)} arrived")
        self.setAccessibleName(row.title)
        state = "" if row.running else "Not running. "
        self.setAccessibleDescription(f"{state}{figures.count(row.arrived)} arrived, at {row.address}")

    def set_marked(self, marked: bool) -> None:
        """Whether the inbox is narrowed to it."""
        if marked != self._marked:
            self._marked = marked
            self.update()

    def _copy(self) -> None:
        QtGui.QGuiApplication.clipboard().setText(self._address)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        if self.rect().contains(event.position().toPoint()):
            self.activated.emit()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter, QtCore.Qt.Key.Key_Space):
            self.activated.emit()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus() or self._marked:
            painter = QtGui.QPainter(self)
            painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
            paint.focus_ring(painter, QtCore.QRectF(self.rect()), theme.RADIUS_CARD - 1)
            painter.end()
