"""Segmented tabs: one of a few, walked by the arrow keys, with an optional count on each."""

from collections.abc import Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import figures, flow, paint, text, theme


class _Tab(QtWidgets.QAbstractButton):
    def __init__(self, label: str) -> None:
        super().__init__()
        self.setText(label)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Fixed, QtWidgets.QSizePolicy.Policy.Fixed)
        self._count: int | None = None
        self.set_count(None)

    def set_count(self, count: int | None) -> None:
        self._count = count
        self.setAccessibleName(self.text() if count is None else f"{self.text()}, {figures.count(count)}")
        self.updateGeometry()
        self.update()

    def _count_words(self) -> str:
        return "" if self._count is None else figures.count(self._count)

    def sizeHint(self) -> QtCore.QSize:
        wide = QtGui.QFontMetrics(text.font(text.BODY, text.SEMIBOLD)).horizontalAdvance(self.text())
        number = QtGui.QFontMetrics(text.font(text.SMALL, text.MEDIUM, tabular=True))
        told = number.horizontalAdvance(self._count_words())
        return QtCore.QSize(wide + 24 + (told + 6 if told else 0), 30)

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
        whole = QtCore.QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        on = self.isChecked()
        if on:
            painter.setPen(theme.color("border2"))
            painter.setBrush(theme.color("surface"))
            painter.drawRoundedRect(whole, 6, 6)
        if self.hasFocus():
            paint.focus_ring(painter, QtCore.QRectF(self.rect()), 6)
        ink = theme.color("text" if on or self.underMouse() else "text2")
        words = text.font(text.BODY, text.SEMIBOLD if on else text.MEDIUM)
        paint.line(painter, whole.adjusted(11, 0, 0, 0), self.text(), words, ink)
        if self._count is not None:
            number = text.font(text.SMALL, text.MEDIUM, tabular=True)
            told = whole.adjusted(0, 0, -11, 0)
            paint.line(painter, told, self._count_words(), number, theme.color("text3"), paint.RIGHT)
        painter.end()


class Tabs(QtWidgets.QWidget):
    """`chosen` carries the key of the tab a person went to."""

    chosen = QtCore.Signal(str)

    def __init__(self, tabs: Sequence[tuple[str, str]], *, name: str = "Tabs") -> None:
        super().__init__()
        self._tabs: dict[str, _Tab] = {}
        self._line = flow.Flow(gap=theme.XS, line_gap=theme.XS)
        self.setLayout(self._line)
        self.setAccessibleName(name)
        self.set_tabs(tabs)

    def set_tabs(self, tabs: Sequence[tuple[str, str]]) -> None:
        """Offer these (key, label) pairs, staying where one is if it is still offered."""
        kept = self.current()
        for old in self._tabs.values():
            self._line.removeWidget(old)
            old.deleteLater()
        self._tabs = {}
        for key, label in tabs:
            tab = _Tab(label)
            tab.clicked.connect(lambda _on=False, key=key: self.chosen.emit(key))
            tab.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
            self._tabs[key] = tab
            self._line.addWidget(tab)
        if self._tabs:
            self.set_current(kept if kept in self._tabs else next(iter(self._tabs)))

    def current(self) -> str:
        """The key of the tab one is at."""
        return next((key for key, tab in self._tabs.items() if tab.isChecked()), "")

    def set_current(self, key: str) -> None:
        """Go to a tab without `chosen`."""
        if key in self._tabs:
            self._tabs[key].setChecked(True)

    def set_count(self, key: str, count: int | None) -> None:
        """Show a number on a tab."""
        if key in self._tabs:
            self._tabs[key].set_count(count)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        step = {QtCore.Qt.Key.Key_Left: -1, QtCore.Qt.Key.Key_Right: 1}.get(QtCore.Qt.Key(event.key()))
        if step is None or not self._tabs:
            super().keyPressEvent(event)
            return
        keys = list(self._tabs)
        key = keys[(keys.index(self.current()) + step) % len(keys)]
        self.set_current(key)
        self._tabs[key].setFocus(QtCore.Qt.FocusReason.TabFocusReason)
        self.chosen.emit(key)
