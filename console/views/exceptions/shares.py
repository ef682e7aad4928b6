"""Where a reason's messages lie: domains or campaigns, each with its count and its share as a bar."""

from collections.abc import Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import accessible, figures, paint, text, theme
from server.wire import exceptions

ROW_H = 26
MOST = 6


class Shares(QtWidgets.QWidget):
    """A short list of parts, the largest first."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._parts: tuple[exceptions.Part, ...] = ()
        self._total = 1
        self.set_parts((), 0)

    def set_parts(self, parts: Sequence[exceptions.Part], total: int) -> None:
        """Show these of so many; what is left over is one part more."""
        shown = list(parts[:MOST])
        rest = total - sum(part.count for part in shown)
        if rest > 0 and shown:
            shown.append(exceptions.Part(key="", name="others", count=rest))
        self._parts, self._total = tuple(shown), max(total, 1)
        self.setFixedHeight(ROW_H * max(len(shown), 1))
        said = ", ".join(f"{part.name or part.key} {figures.count(part.count)}" for part in shown)
        accessible.describe(self, accessible.Role.Chart, self._name, said or "none")
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        plain, number = text.font(text.BODY), text.font(text.BODY, text.MEDIUM, tabular=True)
        for at, part in enumerate(self._parts):
            row = QtCore.QRectF(0, at * ROW_H, self.width(), ROW_H)
            count = figures.count(part.count)
            wide = QtGui.QFontMetrics(number).horizontalAdvance(count) + 8
            name = QtCore.QRectF(row.x(), row.y(), row.width() - wide, 18)
            paint.line(painter, name, part.name or f"run {part.key}", plain, theme.color("text"))
            told = QtCore.QRectF(row.right() - wide, row.y(), wide, 18)
            paint.line(painter, told, count, number, theme.color("text2"), paint.RIGHT)
            bar = QtCore.QRectF(row.x(), row.y() + 19, row.width(), 3)
            paint.bar(painter, bar, part.count / self._total, theme.color("accent"))
        painter.end()
