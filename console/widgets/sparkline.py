"""A number's last minutes as one line without axes."""

from collections.abc import Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import theme


class Sparkline(QtWidgets.QWidget):
    """Values, oldest first, scaled to their own range."""

    def __init__(self, token: str = "c1") -> None:
        super().__init__()
        self._token = token
        self._values: tuple[float, ...] = ()
        self.setFixedSize(72, 34)

    def set_values(self, values: Sequence[float]) -> None:
        """Draw other values; fewer than two draw nothing."""
        self._values = tuple(values)
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        if len(self._values) < 2:
            return
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        points = self._points()
        edge = QtGui.QPainterPath(points[0])
        for point in points[1:]:
            edge.lineTo(point)
        area = QtGui.QPainterPath(edge)
        area.lineTo(points[-1].x(), self.height())
        area.lineTo(points[0].x(), self.height())
        fade = QtGui.QLinearGradient(0, 0, 0, self.height())
        fade.setColorAt(0, theme.color(self._token, 0.22))
        fade.setColorAt(1, theme.color(self._token, 0.0))
        painter.fillPath(area, fade)
        painter.setPen(QtGui.QPen(theme.color(self._token), 1.6))
        painter.drawPath(edge)
        painter.end()

    def _points(self) -> list[QtCore.QPointF]:
        low, high = min(self._values), max(self._values)
        span = (high - low) or 1.0
        step = (self.width() - 4) / (len(self._values) - 1)
        room = self.height() - 8
        # A line that does not move lies in the middle, not on the floor.
        lift = 0.5 if high == low else 0.0
        return [
            QtCore.QPointF(2 + index * step, self.height() - 4 - ((value - low) / span + lift) * room)
            for index, value in enumerate(self._values)
        ]
