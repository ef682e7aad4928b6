"""A story in the order it happened: one line an event, with what is known about it beneath."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import icons, layout, text, theme


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event."""

    at: str  #: the time, as it should be read
    title: str
    icon: str
    tone: theme.Tone = "mute"
    detail: str = ""  #: may run over several lines
    mono: str = ""  #: a payload or code, in the monospaced face
    gap: str = ""  #: time since the event before, such as `+38 ms`


class Timeline(QtWidgets.QWidget):
    """Events from top to bottom, joined by a rail."""

    def __init__(self, lines: Sequence[Line] = ()) -> None:
        super().__init__()
        self._column = layout.column(gap=0)
        self.setLayout(self._column)
        self.set_lines(lines)

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Tell another story."""
        layout.clear(self._column)
        for at, line in enumerate(lines):
            self._column.addWidget(_Event(line, first=at == 0, last=at == len(lines) - 1))
        told = "; ".join(f"{line.at} {line.title}" for line in lines)
        self.setAccessibleName("Story")
        self.setAccessibleDescription(told)


class _Event(QtWidgets.QWidget):
    def __init__(self, line: Line, *, first: bool, last: bool) -> None:
        super().__init__()
        self._line, self._first, self._last = line, first, last
        when = text.Label(line.at, "muted")
        when.setFont(text.font(text.SMALL, tabular=True))
        after = text.Label(line.gap, "caption")
        head = layout.row(text.Label(line.title, "label", wrap=True), after, when, gap=theme.SM, grow=0)
        body = layout.column(head, gap=2)
        if line.detail:
            body.addWidget(text.Label(line.detail, "muted", wrap=True, selectable=True))
        if line.mono:
            told = text.Label(line.mono, "mono", wrap=True, selectable=True)
            body.addWidget(told)
        body.setContentsMargins(36, 3, 0, 11)
        self.setLayout(body)
        self.setAccessibleName(f"{line.at}, {line.title}")
        self.setAccessibleDescription(f"{line.detail} {line.mono}".strip())

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtGui.QPen(theme.color("border2"), 1.5))
        if not self._first:
            painter.drawLine(QtCore.QPointF(12, 0), QtCore.QPointF(12, 2))
        if not self._last:
            painter.drawLine(QtCore.QPointF(12, 24), QtCore.QPointF(12, self.height()))
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QColor(theme.tokens().tone(self._line.tone)[1]))
        painter.drawEllipse(QtCore.QRectF(1.5, 1.5, 22, 22))
        painter.drawPixmap(
            QtCore.QPointF(6.5, 6.5), icons.pixmap(self._line.icon, self._line.tone, 12, stroke=2.4)
        )
        painter.end()
