"""Lucide icons, recoloured by token and kept by name, colour, size and pixel ratio."""

import functools
from typing import Protocol

from PySide6 import QtCore, QtGui, QtSvg

from console.widgets import theme

#: The channels' icons, by the channel's name on the wire; an unknown channel gets a plain dot.
CHANNELS = {
    "push": "bell-ring",
    "apns": "bell-ring",
    "webpush": "globe",
    "email": "mail",
    "sms": "message-square",
    "whatsapp": "message-circle",
    "rcs": "message-square-text",
    "voice": "phone",
    "telegram": "send",
}


class TakesIcon(Protocol):
    """Whatever shows an icon: a button or an action."""

    def setIcon(self, icon: QtGui.QIcon) -> None: ...


def channel(name: str) -> str:
    """The icon of a channel."""
    return CHANNELS.get(name, CHANNELS.get(name.partition("/")[0], "circle-dot"))


def pixmap(name: str, token: str = "text2", size: int = 16, *, stroke: float = 2.0) -> QtGui.QPixmap:
    """The icon in the colour that `token` has now, crisp on the sharpest screen attached."""
    app = QtGui.QGuiApplication.instance()
    ratio = app.devicePixelRatio() if isinstance(app, QtGui.QGuiApplication) else 1.0
    return _drawn(name, getattr(theme.tokens(), token), size, stroke, max(ratio, 1.0))


def colored(name: str, color: str, size: int) -> QtGui.QPixmap:
    """The icon in a colour that is no token's, `size` pixels wide: for pictures of other people's devices."""
    return _drawn(name, color, size, 2.0, 1.0)


def icon(name: str, token: str = "text2", size: int = 16) -> QtGui.QIcon:
    """The icon for a button or an action in today's colour; `bind` keeps it right when the theme changes."""
    made = QtGui.QIcon(pixmap(name, token, size))
    made.addPixmap(pixmap(name, "text3", size), QtGui.QIcon.Mode.Disabled)
    return made


def bind(target: QtCore.QObject, name: str, token: str = "text2", size: int = 16) -> None:
    """Give a button or an action its icon, now and after each change of theme; bind again to change it."""
    for old in target.findChildren(_Binding, options=QtCore.Qt.FindChildOption.FindDirectChildrenOnly):
        old.setParent(None)
        old.deleteLater()
    _Binding(target, name, token, size).redraw()


class _Binding(QtCore.QObject):
    def __init__(self, target: QtCore.QObject, name: str, token: str, size: int) -> None:
        super().__init__(target)
        self._look = (name, token, size)
        theme.active().changed.connect(self.redraw)

    def redraw(self) -> None:
        target = self.parent()
        if target is not None:
            target.setIcon(icon(*self._look))  # type: ignore[attr-defined]


@functools.lru_cache(maxsize=512)
def _drawn(name: str, color: str, size: int, stroke: float, ratio: float) -> QtGui.QPixmap:
    source = _source(name).replace("currentColor", color)
    source = source.replace('stroke-width="2"', f'stroke-width="{stroke}"')
    made = QtGui.QPixmap(round(size * ratio), round(size * ratio))
    made.fill(QtCore.Qt.GlobalColor.transparent)
    painter = QtGui.QPainter(made)
    QtSvg.QSvgRenderer(QtCore.QByteArray(source.encode())).render(
        painter, QtCore.QRectF(0, 0, size * ratio, size * ratio)
    )
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


@functools.cache
def _source(name: str) -> str:
    path = theme.RESOURCES / "icons" / f"{name}.svg"
    if not path.is_file():
        raise LookupError(f"there is no icon {name!r} in {path.parent}: add its file there or use another")
    return path.read_text(encoding="utf-8")
