"""The channels of a draft as a list: which are switched on, and which have something to mend."""

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import accessible, icons, layout, paint, text, theme
from server.channels import contents

WIDTH, NARROW = 178, 44
ENTRY_H = 52


class Entry(QtWidgets.QAbstractButton):
    """One channel; checked while its form is shown."""

    def __init__(self, channel: str) -> None:
        super().__init__()
        self.channel = channel
        self._on, self._errors = False, 0
        self.setText(contents.TITLES[channel])
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFixedHeight(ENTRY_H)
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.set_state(on=False, errors=0)

    def set_state(self, *, on: bool, errors: int) -> None:
        """Whether it is sent on, and how much is wrong with its content."""
        self._on, self._errors = on, errors
        told = f"{self.text()}, {self._words().lower()}"
        accessible.describe(self, accessible.Role.PageTab, told)
        self.setToolTip(told)
        self.update()

    def _words(self) -> str:
        if not self._on:
            return "Off"
        return "Ready" if not self._errors else f"{self._errors} to mend"

    def enterEvent(self, event: QtGui.QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QtCore.QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        paint.face(painter, self.rect())
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        whole = QtCore.QRectF(self.rect())
        if self.isChecked() or self.underMouse():
            painter.setPen(theme.color("border2") if self.isChecked() else QtCore.Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("surface" if self.isChecked() else "hover"))
            painter.drawRoundedRect(whole.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        if self.hasFocus():
            paint.focus_ring(painter, whole, 8)
        ink = "accent" if self._on else "text3"
        paint.mark(painter, 12, 17, icons.pixmap(icons.channel(self.channel), ink, 18))
        self._paint_words(painter, whole)
        painter.end()

    def _paint_words(self, painter: QtGui.QPainter, whole: QtCore.QRectF) -> None:
        state = "text3" if not self._on else "bad" if self._errors else "ok"
        mark = "circle" if not self._on else "circle-alert" if self._errors else "circle-check"
        if whole.width() <= NARROW:
            paint.mark(painter, 27, 34, icons.pixmap(mark, state, 12, stroke=2.5))
            return
        weight = text.SEMIBOLD if self.isChecked() else text.MEDIUM
        upper = QtCore.QRectF(42, 8, whole.width() - 50, 19)
        words = theme.color("text" if self._on or self.isChecked() else "text2")
        paint.line(painter, upper, self.text(), text.font(text.BODY, weight), words)
        paint.mark(painter, 42, 29, icons.pixmap(mark, state, 12, stroke=2.5))
        lower = QtCore.QRectF(58, 27, whole.width() - 64, 16)
        paint.line(painter, lower, self._words(), text.font(text.CAPTION, text.MEDIUM), theme.color(state))


class Channels(QtWidgets.QWidget):
    """`chosen` carries the channel a person went to; the arrow keys walk through them."""

    chosen = QtCore.Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self.entries = {channel: Entry(channel) for channel in contents.CHANNELS}
        for entry in self.entries.values():
            entry.clicked.connect(lambda _on=False, entry=entry: self.chosen.emit(entry.channel))
        self.setLayout(layout.column(*self.entries.values(), None, gap=theme.XS))
        self.setAccessibleName("Channels")
        self.set_current(next(iter(self.entries)))

    def current(self) -> str:
        """The channel whose form is shown."""
        return next(channel for channel, entry in self.entries.items() if entry.isChecked())

    def set_narrow(self, *, narrow: bool) -> None:
        """Show icons alone, so that what stands beside has room."""
        self.setFixedWidth(NARROW if narrow else WIDTH)

    def set_current(self, channel: str) -> None:
        """Go to a channel without `chosen`."""
        self.entries[channel].setChecked(True)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        step = {QtCore.Qt.Key.Key_Up: -1, QtCore.Qt.Key.Key_Down: 1}.get(QtCore.Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        names = list(self.entries)
        channel = names[(names.index(self.current()) + step) % len(names)]
        self.set_current(channel)
        self.entries[channel].setFocus(QtCore.Qt.FocusReason.TabFocusReason)
        self.chosen.emit(channel)
