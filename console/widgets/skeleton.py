"""Grey blocks in the shape of what is coming."""

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import accessible, paint


class Skeleton(QtWidgets.QWidget):
    """Lines of differing length, each with its own height; still, because nothing should blink while it waits."""

    def __init__(self, lines: int = 3, *, height: int = 12, gap: int = 12) -> None:
        super().__init__()
        self._lines, self._high, self._gap = lines, height, gap
        self.setMinimumHeight(lines * (height + gap) - gap)
        accessible.describe(self, accessible.Role.StaticText, "Loading")

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        for at in range(self._lines):
            wide = self.width() * (0.55 + 0.4 * ((at * 7) % 5) / 4)
            paint.block(painter, QtCore.QRectF(0, at * (self._high + self._gap), wide, self._high))
        painter.end()
