"""Buttons: primary, plain, danger, ghost, icon and link, and the badge that counts."""

from collections.abc import Callable
from typing import Literal

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import accessible, icons, layout, paint, text, theme

Kind = Literal["plain", "primary", "danger", "ghost", "icon", "link", "tip", "chip"]

_ICON_TOKENS = {"primary": "on_accent", "danger": "on_bad", "link": "accent", "tip": "on_tip"}


class Button(QtWidgets.QPushButton):
    """A button with a kind, an icon that follows the theme, and a busy state that ignores clicks."""

    def __init__(
        self, label: str = "", *, icon: str = "", kind: Kind = "plain", tip: str = "", token: str = ""
    ) -> None:
        super().__init__(f" {label}" if icon and label else label)
        self._token = token or _ICON_TOKENS.get(kind, "text2")
        self._label, self._icon, self._busy = label, icon, False
        self.setProperty("kind", kind)
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        # The ring shows where the keyboard is; a mouse click must not move it to a button that was only pressed.
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)
        self.setAccessibleName(label or tip)
        if tip:
            self.setToolTip(tip)
        if icon:
            icons.bind(self, icon, self._token)

    def set_label(self, label: str, *, icon: str = "") -> None:
        """Say something else, with another icon where one is given."""
        self._label, self._icon = label, icon or self._icon
        self.setText(f" {label}" if self._icon and label else label)
        self.setAccessibleName(label or self.toolTip())
        if self._icon:
            icons.bind(self, self._icon, self._token)

    def set_busy(self, busy: bool, label: str = "") -> None:
        """Show that the act is under way; clicks are ignored until it is over."""
        if busy == self._busy:
            return
        self._busy = busy
        self.setEnabled(not busy)
        shown = label if busy and label else self._label
        if self._icon:
            icons.bind(self, "loader-circle" if busy else self._icon, "text3" if busy else self._token)
        self.setText(f" {shown}" if self._icon and shown else shown)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)


def _made(button: Button, clicked: Callable[[], None] | None) -> Button:
    if clicked is not None:
        button.clicked.connect(lambda: clicked())
    return button


def plain(label: str, clicked: Callable[[], None] | None = None, *, icon: str = "", tip: str = "") -> Button:
    """An ordinary act."""
    return _made(Button(label, icon=icon, tip=tip), clicked)


def primary(
    label: str, clicked: Callable[[], None] | None = None, *, icon: str = "", tip: str = ""
) -> Button:
    """The one act a page is for."""
    return _made(Button(label, icon=icon, kind="primary", tip=tip), clicked)


def danger(label: str, clicked: Callable[[], None] | None = None, *, icon: str = "", tip: str = "") -> Button:
    """An act that cannot be undone."""
    return _made(Button(label, icon=icon, kind="danger", tip=tip), clicked)


def ghost(label: str, clicked: Callable[[], None] | None = None, *, icon: str = "", tip: str = "") -> Button:
    """A quiet act beside others."""
    return _made(Button(label, icon=icon, kind="ghost", tip=tip), clicked)


def widest(*labels: str, icon: str = "") -> int:
    """The width of a button that says now one of these and now another."""
    return max(Button(label, icon=icon).sizeHint().width() for label in labels)


def icon(name: str, tip: str, clicked: Callable[[], None] | None = None) -> Button:
    """A square button with only an icon; `tip` is its tool tip and its accessible name."""
    return _made(Button(icon=name, kind="icon", tip=tip), clicked)


def link(label: str, clicked: Callable[[], None] | None = None, *, icon: str = "") -> Button:
    """An act inside a text."""
    return _made(Button(label, icon=icon, kind="link"), clicked)


class Badge(QtWidgets.QWidget):
    """A small count or word in a meaning's colour; hidden while it is empty."""

    def __init__(self, words: str = "", tone: theme.Tone = "mute") -> None:
        super().__init__()
        self._words, self._tone = "", tone
        self.setFixedHeight(17)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.set(words, tone)

    def set(self, words: str, tone: theme.Tone | None = None) -> None:
        """Show other words, in another meaning where one is given."""
        self._words, self._tone = words, tone or self._tone
        accessible.describe(self, accessible.Role.StaticText, words)
        metrics = QtGui.QFontMetrics(text.font(text.CAPTION, text.SEMIBOLD, tabular=True))
        self.setFixedWidth(max(17, metrics.horizontalAdvance(words) + 12))
        layout.reveal(self, bool(words))
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        ink, ground = theme.tokens().tone(self._tone)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QColor(ground))
        painter.drawRoundedRect(QtCore.QRectF(self.rect()), 8.5, 8.5)
        paint.line(
            painter,
            QtCore.QRectF(self.rect()),
            self._words,
            text.font(text.CAPTION, text.SEMIBOLD, tabular=True),
            QtGui.QColor(ink),
            paint.CENTER,
        )
        painter.end()
