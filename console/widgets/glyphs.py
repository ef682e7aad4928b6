"""One icon, or a row of channels' icons, as a widget that follows the theme."""

from collections.abc import Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import accessible, icons


class Glyph(QtWidgets.QWidget):
    """An icon that stands beside words; say in `name` what it means where no words do."""

    def __init__(self, icon: str, token: str = "text2", size: int = 16, *, name: str = "") -> None:
        super().__init__()
        self._icon, self._token, self._size = icon, token, size
        self.setFixedSize(size + 2, size + 2)
        if name:
            accessible.describe(self, accessible.Role.Graphic, name)

    def set(self, icon: str, token: str) -> None:
        """Show another icon, or the same in another colour."""
        self._icon, self._token = icon, token
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.drawPixmap(1, 1, icons.pixmap(self._icon, self._token, self._size))
        painter.end()


class Channels(QtWidgets.QWidget):
    """Channels as icons in a line, named for a screen reader and in the tool tip."""

    _STEP = 22

    def __init__(self) -> None:
        super().__init__()
        self._channels: tuple[str, ...] = ()
        self.set_channels((), "")

    def set_channels(self, channels: Sequence[str], names: str) -> None:
        """Show these channels; `names` says them in words."""
        self._channels = tuple(channels)
        self.setFixedSize(max(len(channels) * self._STEP, 1), 18)
        accessible.describe(self, accessible.Role.Graphic, names)
        self.setToolTip(names)
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        for at, name in enumerate(self._channels):
            where = QtCore.QPointF(at * self._STEP, 1)
            painter.drawPixmap(where, icons.pixmap(icons.channel(name), "text2", 16))
        painter.end()
