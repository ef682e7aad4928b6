"""What runs now: one row a campaign, with its accounting as a bar, its pace, and the act that stops it."""

from collections.abc import Callable, Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import (
    accessible,
    bars,
    buttons,
    equation,
    figures,
    glyphs,
    layout,
    paint,
    pills,
    text,
    theme,
)
from server.channels import contents
from server.wire import campaigns

ROW_H = 60
CHANNELS_W, PILL_W = 134, 104
PAUSABLE = (campaigns.Status.RUNNING,)
RESUMABLE = (campaigns.Status.PAUSED,)

Act = Callable[[campaigns.Campaign], None]


class Row(QtWidgets.QFrame):
    """One live campaign; Enter or a click opens it."""

    opened = QtCore.Signal(int)

    def __init__(self, row: campaigns.Campaign, turn: Act) -> None:
        super().__init__()
        self._row = row
        self._rate: float | None = None  #: None until the feed has told it
        self.setFixedHeight(ROW_H)
        accessible.be(self, accessible.Role.Button)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        self._name = text.Elided(weight=text.SEMIBOLD)
        self._about = text.Elided(size=text.SMALL, token="text2")
        self._pill = pills.Pill()
        self._channels = glyphs.Channels()
        self._stack = bars.Stack("Accounting, in proportion", 8)
        self._told = text.Label("", "muted")
        self._told.setFont(text.font(text.SMALL, tabular=True))
        self._pace = text.Label("", "section")
        self._pace.setFont(text.font(text.SECTION, text.SEMIBOLD, tabular=True))
        self._pace.setFixedWidth(84)
        self._pace.setAlignment(paint.RIGHT)
        self._turn = buttons.plain("Pause", lambda: turn(self._row), icon="pause")
        self._turn.setFixedWidth(max(104, buttons.widest("Pause", "Resume", icon="pause")))
        names = layout.column(None, self._name, self._about, None, gap=1)
        middle = layout.column(None, self._stack, self._told, None, gap=5)
        line = layout.row(gap=theme.LG, margins=(theme.LG, 0, theme.LG, 0))
        line.addLayout(names, 4)
        # Every row has the same columns, however many channels it has and however long its status is.
        line.addWidget(_wide(self._channels, CHANNELS_W))
        line.addWidget(_wide(self._pill, PILL_W))
        line.addLayout(middle, 5)
        line.addWidget(self._pace)
        line.addWidget(self._turn)
        self.setLayout(line)
        self.show_row(row, None)

    @property
    def campaign(self) -> campaigns.Campaign:
        """What it shows."""
        return self._row

    def show_row(self, row: campaigns.Campaign, rate: float | None) -> None:
        """Show newer numbers; None keeps the pace known so far."""
        self._row = row
        self._rate = self._rate if rate is None else rate
        self._name.set_text(row.name)
        self._about.set_text(row.audience_name or "No audience")
        names = ", ".join(contents.TITLES.get(name, name) for name in row.channels)
        self._channels.set_channels(row.channels, names)
        self._pill.set_look(pills.look(pills.CAMPAIGN, row.status.value))
        known = row.equation
        self._stack.set_parts(
            [(term.word, getattr(known, term.key) if known else 0, term.token) for term in equation.TERMS]
        )
        self._told.setText(told(row))
        pace = figures.NOTHING if self._rate is None else figures.rate(self._rate)
        self._pace.setText(pace)
        self._turn.setVisible(row.status in PAUSABLE + RESUMABLE)
        paused = row.status in RESUMABLE
        self._turn.set_label("Resume" if paused else "Pause", icon="play" if paused else "pause")
        self._turn.setAccessibleName(f"{'Resume' if paused else 'Pause'} {row.name}")
        self.setAccessibleName(f"{row.name}, {row.status.value}")
        self.setAccessibleDescription(f"{told(row)}. {pace}")

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        if self.rect().contains(event.position().toPoint()):
            self.opened.emit(self._row.id)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter, QtCore.Qt.Key.Key_Space):
            self.opened.emit(self._row.id)
            return
        super().keyPressEvent(event)

    def enterEvent(self, event: QtGui.QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QtCore.QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        if self.underMouse():
            painter.fillRect(self.rect(), theme.color("hover"))
        painter.setPen(theme.color("border"))
        painter.drawLine(self.rect().topLeft(), self.rect().topRight())
        if self.hasFocus():
            paint.focus_ring(painter, QtCore.QRectF(self.rect()).adjusted(2, 2, -2, -2), 6)
        painter.end()


def _wide(inner: QtWidgets.QWidget, width: int) -> QtWidgets.QWidget:
    made = layout.boxed(layout.row(inner, None))
    made.setFixedWidth(width)
    return made


def told(row: campaigns.Campaign) -> str:
    """How far a campaign is, in words."""
    done = equation.settled(row.equation)
    if row.equation is None or done is None:
        return "The audience is being frozen"
    parts = [f"{equation.percent(done)} of {figures.count(row.equation.audience)}"]
    parts += [
        f"{figures.count(number)} {word}"
        for number, word in ((row.equation.failed, "failed"), (row.equation.doubt, "in doubt"))
        if number
    ]
    return " · ".join(parts)


class Running(QtWidgets.QWidget):
    """All live campaigns; rows stay the same widgets while they live, so that the keyboard keeps its place."""

    opened = QtCore.Signal(int)

    def __init__(self, turn: Act) -> None:
        super().__init__()
        self._turn = turn
        self._rows: dict[int, Row] = {}
        self._column = layout.column(gap=0)
        self._quiet = text.muted("Nothing is being sent right now.")
        self._quiet.setContentsMargins(theme.LG, 4, theme.LG, 10)
        self.setLayout(layout.column(self._quiet, self._column, gap=0))
        self.setAccessibleName("Running now")

    def set_rows(self, rows: Sequence[campaigns.Campaign]) -> None:
        """Show these campaigns in this order."""
        gone = self._rows.keys() - {row.id for row in rows}
        for key in gone:
            widget = self._rows.pop(key)
            widget.hide()
            self._column.removeWidget(widget)
            widget.deleteLater()
        for at, row in enumerate(rows):
            known = self._rows.get(row.id)
            if known is None:
                known = self._rows[row.id] = Row(row, self._turn)
                known.opened.connect(self.opened)
            known.show_row(row, None)
            self._column.removeWidget(known)
            self._column.insertWidget(at, known)
        self._quiet.setVisible(not rows)

    def rows(self) -> list[campaigns.Campaign]:
        """What is shown."""
        return [row.campaign for row in self._rows.values()]

    def row(self, campaign: int) -> Row | None:
        """One campaign's row."""
        return self._rows.get(campaign)

    def update_row(self, row: campaigns.Campaign, rate: float) -> None:
        """Show a live change of one of them."""
        if row.id in self._rows:
            self._rows[row.id].show_row(row, rate)
