"""The ground that a message lies on."""

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import theme


class Surface(QtWidgets.QFrame):
    """A rounded ground that a message lies on."""

    def __init__(
        self, inner: QtWidgets.QLayout, token: str = "surface", *, radius: int = 14, edge: str = "border"
    ) -> None:
        super().__init__()
        self._token, self._radius, self._edge = token, radius, edge
        self.setLayout(inner)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color(self._edge) if self._edge else QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(self._token))
        box = QtCore.QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, self._radius, self._radius)
        painter.end()
