"""The grip an item of a list is dragged by: a line shows where it would land, and the page scrolls along."""

from collections.abc import Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import icons, theme

EDGE = 36  #: pixels from the edge of what scrolls, within which a drag scrolls it
STEP = 14
TICK_MS = 24


class Grip(QtWidgets.QWidget):
    """Emits `dropped` with the place among its row that the item was let go at."""

    dropped = QtCore.Signal(int)

    def __init__(self, item: QtWidgets.QWidget) -> None:
        super().__init__()
        self._item = item
        self._row: Sequence[QtWidgets.QWidget] = ()
        self._at = 0
        self._from: QtCore.QPoint | None = None
        self._last = QtCore.QPoint()
        self._line: _Line | None = None
        self._ticks = QtCore.QTimer(self)
        self._ticks.setInterval(TICK_MS)
        self._ticks.timeout.connect(self._scroll_along)
        self.setFixedSize(20, 28)
        self.setCursor(QtCore.Qt.CursorShape.OpenHandCursor)
        self.setToolTip("Drag to move (Alt+Up, Alt+Down)")
        self.setAccessibleName("Drag to move")

    def set_row(self, row: Sequence[QtWidgets.QWidget], at: int) -> None:
        """Know the items it may land among, and where it stands."""
        self._row, self._at = tuple(row), at

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.drawPixmap(2, 6, icons.pixmap("grip-vertical", "text3", 16))
        painter.end()

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        if event.button() is QtCore.Qt.MouseButton.LeftButton:
            self._from = self._last = event.globalPosition().toPoint()

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        if self._from is None:
            return
        self._last = event.globalPosition().toPoint()
        far = (self._last - self._from).manhattanLength()
        if self._line is None and far < QtWidgets.QApplication.startDragDistance():
            return
        if self._line is None:
            self._begin()
        self._show_landing()

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        dragged = self._line is not None
        to = self._landing() if dragged else self._at
        self._end()
        if dragged and to != self._at:
            self.dropped.emit(to)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() == QtCore.Qt.Key.Key_Escape and self._line is not None:
            self._end()
            return
        super().keyPressEvent(event)

    def _begin(self) -> None:
        self.setCursor(QtCore.Qt.CursorShape.ClosedHandCursor)
        self._line = _Line(self._item.parentWidget())
        fade = QtWidgets.QGraphicsOpacityEffect(self._item)
        fade.setOpacity(0.45)
        self._item.setGraphicsEffect(fade)
        self.grabKeyboard()
        self._ticks.start()

    def _end(self) -> None:
        self._from = None
        self._ticks.stop()
        self.setCursor(QtCore.Qt.CursorShape.OpenHandCursor)
        if self._line is not None:
            self.releaseKeyboard()
            self._line.hide()
            self._line.deleteLater()
            self._line = None
            self._item.setGraphicsEffect(None)  # type: ignore[arg-type]  # none takes the effect away

    def _slot(self) -> int:
        """Before which item of the row it would stand, its own place counted."""
        parent = self._item.parentWidget()
        assert parent is not None
        y = parent.mapFromGlobal(self._last).y()
        return sum(1 for one in self._row if one.geometry().center().y() < y)

    def _landing(self) -> int:
        slot = self._slot()
        return slot - 1 if slot > self._at else slot

    def _show_landing(self) -> None:
        if self._line is None or not self._row:
            return
        slot = self._slot()
        last = self._row[-1].geometry()
        y = self._row[slot].geometry().top() - 5 if slot < len(self._row) else last.bottom() + 3
        self._line.setGeometry(last.left(), y, last.width(), 3)
        self._line.setVisible(self._landing() != self._at)
        self._line.raise_()

    def _scroll_along(self) -> None:
        area = self.parentWidget()
        while area is not None and not isinstance(area, QtWidgets.QScrollArea):
            area = area.parentWidget()
        if area is None:
            return
        y = area.viewport().mapFromGlobal(self._last).y()
        step = -STEP if y < EDGE else STEP if y > area.viewport().height() - EDGE else 0
        if step:
            bar = area.verticalScrollBar()
            bar.setValue(bar.value() + step)
            self._show_landing()


class _Line(QtWidgets.QWidget):
    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent"))
        painter.drawRoundedRect(self.rect(), 1.5, 1.5)
        painter.end()
