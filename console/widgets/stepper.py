"""The steps of a task in a line: done, here, to come; each reachable by keyboard where it is allowed."""

from collections.abc import Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import icons, layout, paint, text, theme


class _Step(QtWidgets.QAbstractButton):
    def __init__(self, number: int, label: str) -> None:
        super().__init__()
        self._number = number
        self.setText(label)
        self.state = "ahead"
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Fixed, QtWidgets.QSizePolicy.Policy.Fixed)

    def set_state(self, state: str) -> None:
        self.state = state
        said = {"done": "done", "here": "current step", "ahead": "to come", "wrong": "needs attention"}[state]
        self.setAccessibleName(f"Step {self._number}, {self.text()}, {said}")
        self.update()

    def sizeHint(self) -> QtCore.QSize:
        wide = QtGui.QFontMetrics(text.font(text.BODY, text.SEMIBOLD)).horizontalAdvance(self.text())
        return QtCore.QSize(wide + 48, 34)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        paint.face(painter, self.rect())
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            paint.focus_ring(painter, QtCore.QRectF(self.rect()), 8)
        middle = self.height() / 2
        ground = {"done": "ok_bg", "here": "accent", "ahead": "raised", "wrong": "bad_bg"}[self.state]
        painter.setPen(theme.color("border2") if self.state == "ahead" else QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(ground))
        disc = QtCore.QRectF(8, middle - 11, 22, 22)
        painter.drawEllipse(disc)
        if self.state in ("done", "wrong"):
            name, tone = ("check", "ok") if self.state == "done" else ("triangle-alert", "bad")
            paint.mark(painter, 13, middle - 6, icons.pixmap(name, tone, 12, stroke=3))
        else:
            ink = theme.color("on_accent" if self.state == "here" else "text2")
            paint.line(
                painter, disc, str(self._number), text.font(text.SMALL, text.SEMIBOLD), ink, paint.CENTER
            )
        words = text.font(text.BODY, text.SEMIBOLD if self.state == "here" else text.MEDIUM)
        ink = theme.color("text" if self.state != "ahead" else "text2")
        paint.line(painter, QtCore.QRectF(37, 0, self.width() - 40, self.height()), self.text(), words, ink)
        painter.end()


class Stepper(QtWidgets.QWidget):
    """`chosen` says which step a person wants to go to; the view decides, and calls `set_current`."""

    chosen = QtCore.Signal(int)

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__()
        self._current, self._wrong = 0, set[int]()
        self._steps = [_Step(at + 1, label) for at, label in enumerate(labels)]
        line = layout.row(gap=theme.XS)
        for at, step in enumerate(self._steps):
            if at:
                between = layout.rule()
                between.setFixedWidth(28)
                line.addWidget(between)
            step.clicked.connect(lambda _on=False, at=at: self.chosen.emit(at))
            line.addWidget(step)
        line.addStretch(1)
        self.setLayout(line)
        self.setAccessibleName("Steps")
        self._redraw()

    def current(self) -> int:
        """The step a person is at, from 0."""
        return self._current

    def set_current(self, at: int) -> None:
        """Go to a step; those before it are shown as done."""
        self._current = at
        self._redraw()

    def set_wrong(self, steps: Sequence[int]) -> None:
        """Mark steps that hold something to mend."""
        self._wrong = set(steps)
        self._redraw()

    def _redraw(self) -> None:
        for at, step in enumerate(self._steps):
            behind = "done" if at < self._current else "ahead"
            step.set_state("here" if at == self._current else "wrong" if at in self._wrong else behind)
