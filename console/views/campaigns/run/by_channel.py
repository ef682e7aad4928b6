"""The equation channel by channel: a bar and numbers, each of which leads to its messages."""

from collections.abc import Mapping

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import accessible, bars, equation, figures, glyphs, icons, layout, paint, text, theme
from server.channels import contents
from server.wire import ledger

#: Columns after the name and the bar: the term, and its heading.
COLUMNS = (
    ("audience", "Audience"),
    ("waiting", "Waiting"),
    ("accepted", "Accepted"),
    ("failed", "Failed"),
    ("skipped", "Skipped"),
    ("doubt", "In doubt"),
)
NUMBER_W = 90
NUMBER_PAD = 12  #: of the width, at both sides together
LOUD = {"failed": "bad", "doubt": "warn"}


class Number(QtWidgets.QAbstractButton):
    """One number of one channel; a button, because it can be asked who it is."""

    def __init__(self, word: str, token: str) -> None:
        super().__init__()
        self._word, self._token, self._number = word, token, 0
        self.setFixedSize(NUMBER_W, 28)
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        self.set_number(0)

    def set_number(self, number: int) -> None:
        """Show another number."""
        self._number = number
        self.setAccessibleName(f"{figures.count(number)} {self._word}")
        self.update()

    def font_drawn(self) -> QtGui.QFont:
        """What the number is written in; nothing at all steps back."""
        return text.font(text.BODY, text.MEDIUM if self._number else text.REGULAR, tabular=True)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter):
            self.click()
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
        whole = QtCore.QRectF(self.rect())
        if self.underMouse():
            painter.setPen(QtCore.Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("raised"))
            painter.drawRoundedRect(whole, 6, 6)
        if self.hasFocus():
            paint.focus_ring(painter, whole, 6)
        ink = self._token if self._number else "text3"
        paint.line(
            painter,
            whole.adjusted(NUMBER_PAD - 8, 0, -8, 0),
            figures.count(self._number),
            self.font_drawn(),
            theme.color(ink),
            paint.RIGHT,
        )
        painter.end()


class Legend(QtWidgets.QWidget):
    """What the bars' colours stand for."""

    _GAP = 14

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(18)
        metrics = QtGui.QFontMetrics(text.font(text.CAPTION))
        self._widths = [metrics.horizontalAdvance(term.word) + 12 + self._GAP for term in equation.TERMS]
        self.setFixedWidth(sum(self._widths))
        words = ", ".join(term.word for term in equation.TERMS)
        accessible.describe(self, accessible.Role.StaticText, f"The bars show, in this order: {words}")

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        paint.face(painter, self.rect())
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        x = float(self._GAP)
        for term, width in zip(equation.TERMS, self._widths, strict=True):
            painter.setPen(QtCore.Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(term.token))
            painter.drawRoundedRect(QtCore.QRectF(x, 5, 8, 8), 2, 2)
            box = QtCore.QRectF(x + 12, 0, width - 8, 18)
            paint.line(painter, box, term.word, text.font(text.CAPTION), theme.color("text2"))
            x += width
        painter.end()


class _Row:
    """The widgets of one channel."""

    def __init__(self, channel: str) -> None:
        title = contents.TITLES[channel]
        self.icon = glyphs.Glyph(icons.channel(channel))
        self.name = text.Elided(title, weight=text.MEDIUM)
        self.accounts = text.Elided(size=text.CAPTION, token="text3")
        self.accounts.setVisible(False)
        self.bar = bars.Stack(f"{title}, in proportion", 8)
        self.numbers = {
            key: Number(f"{word.lower()}, {title}", LOUD.get(key, "text")) for key, word in COLUMNS
        }


class ByChannel(QtWidgets.QWidget):
    """`asked` carries the channel and the term whose messages a person wants to see."""

    asked = QtCore.Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, _Row] = {}
        self._grid = QtWidgets.QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.XS)
        self._grid.setVerticalSpacing(theme.SM)
        self._grid.setColumnMinimumWidth(1, 130)
        self._grid.setColumnStretch(1, 3)
        self._grid.setColumnStretch(2, 4)
        for at, (_, word) in enumerate(COLUMNS):
            heading = text.caption(word)
            heading.setAlignment(paint.RIGHT)
            heading.setContentsMargins(0, 0, 8, 0)
            self._grid.addWidget(heading, 0, at + 3)
        self.setLayout(layout.column(self._grid, None))
        self.setAccessibleName("Accounting by channel")

    def set_equations(self, by_channel: Mapping[str, ledger.Equation]) -> None:
        """Show channel to equation; channels once shown stay."""
        for channel in contents.CHANNELS:
            if channel in by_channel:
                self._show(self._row(channel), by_channel[channel])

    def set_accounts(self, accounts: Mapping[str, str]) -> None:
        """Say beneath each channel which accounts it went through."""
        for channel, words in accounts.items():
            row = self._row(channel)
            row.accounts.set_text(words)
            row.accounts.setVisible(bool(words))

    def clear(self) -> None:
        """Forget the channels, as when another run is shown."""
        for row in self._rows.values():
            for widget in (row.icon, row.name, row.accounts, row.bar, *row.numbers.values()):
                widget.hide()
                widget.deleteLater()
        self._rows.clear()

    def _row(self, channel: str) -> _Row:
        known = self._rows.get(channel)
        if known is not None:
            return known
        row = self._rows[channel] = _Row(channel)
        line = 1 + list(contents.CHANNELS).index(channel)
        names = layout.column(row.name, row.accounts, gap=1)
        self._grid.addWidget(row.icon, line, 0)
        self._grid.addLayout(names, line, 1)
        self._grid.addWidget(row.bar, line, 2)
        for at, (key, _) in enumerate(COLUMNS):
            number = row.numbers[key]
            number.clicked.connect(lambda _on=False, key=key: self.asked.emit(channel, key))
            self._grid.addWidget(number, line, at + 3)
        return row

    def _show(self, row: _Row, known: ledger.Equation) -> None:
        row.bar.set_parts([(term.word, getattr(known, term.key), term.token) for term in equation.TERMS])
        for key, number in row.numbers.items():
            number.set_number(getattr(known, key))
