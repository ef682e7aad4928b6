"""Cards, and the cards that carry one number."""

from collections.abc import Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import accessible, layout, paint, sparkline, text, theme


class Card(QtWidgets.QFrame):
    """A surface with an optional heading; things at the heading's right go in by `add_action`."""

    def __init__(
        self,
        *items: layout.Item,
        heading: str = "",
        aside: str = "",
        gap: int = theme.SM,
        flush: bool = False,
    ) -> None:
        super().__init__()
        self.setObjectName("card")
        margins = (1, 1, 1, 1) if flush else (theme.LG, 14, theme.LG, 14)
        self._aside = text.muted(aside, wrap=True)
        self._aside.setAlignment(paint.RIGHT)
        self._head = layout.row(text.section(heading), self._aside, gap=theme.SM, grow=1)
        self.body = layout.column(*items, gap=gap)
        whole = layout.column(gap=10, margins=margins)
        if heading:
            if flush:
                self._head.setContentsMargins(theme.LG - 1, 12, theme.LG - 1, 4)
            whole.addLayout(self._head)
            self.setAccessibleName(heading)
        whole.addLayout(self.body, 1)
        self.setLayout(whole)

    def add(self, item: QtWidgets.QWidget | QtWidgets.QLayout, grow: int = 0) -> None:
        """Append a widget or a layout."""
        if isinstance(item, QtWidgets.QWidget):
            self.body.addWidget(item, grow)
        else:
            self.body.addLayout(item, grow)

    def add_action(self, widget: QtWidgets.QWidget) -> None:
        """Put a button at the right of the heading."""
        self._head.addWidget(widget)

    def set_aside(self, words: str) -> None:
        """Say something small at the right of the heading."""
        self._aside.setText(words)


class Kpi(QtWidgets.QFrame):
    """One number, what it is, how it moved, and its last minutes as a line. Clickable where `activated` is used."""

    activated = QtCore.Signal()

    def __init__(self, name: str, *, token: str = "c1", clickable: bool = False) -> None:
        super().__init__()
        self.setObjectName("card")
        self._name, self._clickable = name, clickable
        self._value = text.Label("—", "kpi")
        self._value.setFont(text.font(text.KPI, text.SEMIBOLD, tabular=True))
        self._note = text.muted(" ", wrap=True)
        self._spark = sparkline.Sparkline(token)
        self._heading = text.muted(name, wrap=True)
        left = layout.column(self._heading, self._value, self._note, gap=2)
        self.setLayout(layout.row(left, self._spark, margins=(theme.LG, 10, theme.MD, 10), grow=0))
        if clickable:
            accessible.be(self, accessible.Role.Button)
            self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
            self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(
            name
        )  # last: a reader that listens asks for the role as soon as there is a name

    def set_value(self, value: str, note: str = "", tone: theme.Tone | None = None) -> None:
        """Show a number, and beneath it a note in a meaning's colour."""
        self._value.setText(value)
        self._note.setText(note or " ")
        self._note.set_style("muted" if tone in (None, "mute", "accent") else str(tone))
        self.setAccessibleDescription(f"{value}. {note}".strip())

    def set_name(self, name: str) -> None:
        """Call the number something else, as a time left becomes a duration."""
        self._name = name
        self._heading.setText(name)
        self.setAccessibleName(name)

    def set_history(self, values: Sequence[float]) -> None:
        """Draw these values, oldest first."""
        self._spark.set_values(values)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        if self._clickable and self.rect().contains(event.position().toPoint()):
            self.activated.emit()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        keys = (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter, QtCore.Qt.Key.Key_Space)
        if self._clickable and event.key() in keys:
            self.activated.emit()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QtGui.QPainter(self)
            painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
            paint.focus_ring(painter, QtCore.QRectF(self.rect()), theme.RADIUS_CARD - 1)
            painter.end()
