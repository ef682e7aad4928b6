"""Toasts that pass and may be undone; banners that stay until what they say is mended."""

from collections.abc import Callable

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import accessible, buttons, icons, layout, text, theme

SHOWN_MS = 6000
_ICONS = {
    "ok": "circle-check",
    "bad": "octagon-alert",
    "warn": "triangle-alert",
    "info": "info",
    "mute": "info",
    "accent": "info",
}


class _Mark(QtWidgets.QWidget):
    def __init__(self, icon: str, token: str, size: int = 16) -> None:
        super().__init__()
        self._icon, self._token, self._size = icon, token, size
        self.setFixedSize(size + 2, size + 2)

    def set(self, icon: str, token: str) -> None:
        self._icon, self._token = icon, token
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.drawPixmap(1, 1, icons.pixmap(self._icon, self._token, self._size))
        painter.end()


class Toast(QtWidgets.QFrame):
    """One passing sentence at the window's foot, with an act where there is one to take back."""

    closed = QtCore.Signal()

    def __init__(
        self,
        words: str,
        *,
        tone: theme.Tone = "mute",
        action: str = "",
        clicked: Callable[[], None] | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("toast")
        self.words = words
        self._stays = False
        self._sentence = text.Label(words, "on_tip", wrap=len(words) > 60)
        if len(words) > 60:
            self._sentence.setFixedWidth(400)
        line = layout.row(_Mark(_ICONS[tone], "on_tip"), self._sentence, gap=10, margins=(14, 9, 8, 9))
        if action and clicked is not None:
            act = buttons.Button(action, kind="tip")
            act.clicked.connect(lambda: clicked())
            act.clicked.connect(lambda: self.close_now())
            line.addWidget(act)
        shut = buttons.Button(icon="x", kind="icon", tip="Dismiss", token="on_tip")
        shut.clicked.connect(lambda: self.close_now())
        shut.setFixedSize(26, 26)
        shut.setStyleSheet("padding: 0; min-height: 0; min-width: 0;")
        line.addWidget(shut)
        self.setLayout(line)
        accessible.describe(self, accessible.Role.AlertMessage, words)
        self._timer = QtCore.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.close_now)
        self._timer.start(SHOWN_MS)

    def say(self, words: str) -> None:
        """Say something else in its place, and stay until it is told to go: what counts down is not hurried."""
        self._stays = True
        self._timer.stop()
        self.words = words
        self._sentence.setText(words)
        accessible.describe(self, accessible.Role.AlertMessage, words)

    def close_now(self) -> None:
        """Go away."""
        self._timer.stop()
        self.hide()
        self.closed.emit()
        self.deleteLater()

    def enterEvent(self, event: QtGui.QEnterEvent) -> None:
        self._timer.stop()  # whoever reads it is not hurried
        super().enterEvent(event)

    def leaveEvent(self, event: QtCore.QEvent) -> None:
        if not self._stays:
            self._timer.start(SHOWN_MS // 2)
        super().leaveEvent(event)


class Toasts(QtCore.QObject):
    """Stacks toasts above a window's foot, the newest lowest, at most three."""

    def __init__(self, window: QtWidgets.QWidget, foot: int = theme.STATUS_H) -> None:
        super().__init__(window)
        self._window, self._foot = window, foot
        self._shown: list[Toast] = []
        window.installEventFilter(self)

    def show(
        self,
        words: str,
        *,
        tone: theme.Tone = "mute",
        action: str = "",
        clicked: Callable[[], None] | None = None,
    ) -> Toast:
        """Show a sentence; the same one twice is shown once."""
        for old in [old for old in self._shown if old.words == words] + self._shown[:-2]:
            old.close_now()
        toast = Toast(words, tone=tone, action=action, clicked=clicked)
        toast.setParent(self._window)
        toast.closed.connect(lambda: self._forget(toast))
        self._shown.append(toast)
        toast.adjustSize()
        toast.show()
        toast.raise_()
        self._place()
        return toast

    def clear(self) -> None:
        """Take away whatever is shown."""
        for toast in [*self._shown]:
            toast.close_now()

    def _forget(self, toast: Toast) -> None:
        if toast in self._shown:
            self._shown.remove(toast)
        self._place()

    def _place(self) -> None:
        y = self._window.height() - self._foot - 16
        for toast in reversed(self._shown):
            toast.adjustSize()
            y -= toast.height()
            toast.move((self._window.width() - toast.width()) // 2, y)
            y -= 8

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        if event.type() == QtCore.QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)


class Banner(QtWidgets.QFrame):
    """What is wrong, what to do about it, and the button that does it; hidden until it has something to say."""

    acted = QtCore.Signal()

    def __init__(
        self, words: str = "", remedy: str = "", *, tone: theme.Tone = "bad", action: str = ""
    ) -> None:
        super().__init__()
        self.setObjectName("banner")
        self._mark = _Mark("octagon-alert", "bad", 18)
        self._words = text.Label("", "label", wrap=True)
        self._remedy = text.Label("", "muted", wrap=True)
        self._button = buttons.plain("", self.acted.emit)
        told = layout.column(self._words, self._remedy, gap=2)
        mark = layout.column(self._mark, None, margins=(0, 1, 0, 0))
        self.setLayout(layout.row(mark, told, self._button, gap=10, margins=(14, 10, 12, 10), grow=1))
        self.say(words, remedy, tone=tone, action=action)

    def say(self, words: str, remedy: str = "", *, tone: theme.Tone = "bad", action: str = "") -> None:
        """Say this; an empty sentence hides the banner."""
        layout.reveal(self, bool(words))
        self._words.setText(words)
        self._remedy.setText(remedy)
        layout.reveal(self._remedy, bool(remedy))
        self._button.set_label(action)
        layout.reveal(self._button, bool(action))
        self._mark.set(_ICONS[tone], tone)
        self.setProperty("tone", tone)
        self.style().unpolish(self)
        self.style().polish(self)
        accessible.describe(self, accessible.Role.AlertMessage, words, remedy)
