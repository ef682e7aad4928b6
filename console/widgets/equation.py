"""The equation on screen: an audience, what became of everybody in it, and whether the two agree."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import accessible, bars, figures, flow, icons, layout, paint, text, theme
from server.wire import ledger


@dataclass(frozen=True, slots=True)
class Term:
    """One part of the equation."""

    key: str  #: the field of ledger.Equation, and the state that lists its messages
    word: str
    icon: str
    token: str  #: its colour in the bar
    about: str


TERMS = (
    Term("waiting", "waiting", "clock", "border2", "not handed to a provider yet"),
    Term("sending", "sending", "send", "info", "an attempt is under way"),
    Term(
        "accepted",
        "accepted",
        "check",
        "ok",
        "a provider took it; some have been delivered, seen, clicked, replied to",
    ),
    Term("failed", "failed", "circle-x", "bad", "given up, each with its reason"),
    Term(
        "skipped", "skipped", "skip-forward", "text3", "never handed over: no address, suppressed, no content"
    ),
    Term(
        "doubt",
        "in doubt",
        "circle-question-mark",
        "warn",
        "an attempt began and its outcome is not known; never resent silently",
    ),
    Term("cancelled", "cancelled", "ban", "c4", "stopped by a person before it was sent"),
)


def settled(known: ledger.Equation | None) -> float | None:
    """The share of an audience that neither waits nor is on its way; None where there is nobody."""
    if known is None or not known.audience:
        return None
    return 1 - (known.waiting + known.sending) / known.audience


def percent(share: float) -> str:
    """A share of progress in words; whole per cents rounded down, so that 100 % means all."""
    return f"{int(share * 100)} %"


class Chip(QtWidgets.QAbstractButton):
    """One number with its word; a button, because every number can be asked who it is."""

    def __init__(self, word: str, icon: str, token: str, about: str) -> None:
        super().__init__()
        self._word, self._icon, self._token, self._number = word, icon, token, 0
        self._about = about
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Fixed, QtWidgets.QSizePolicy.Policy.Fixed)
        self.setToolTip(about)
        self.set_number(0)

    def number(self) -> int:
        """What it shows."""
        return self._number

    def set_number(self, number: int) -> None:
        """Show another number."""
        wide = len(figures.count(number)) != len(figures.count(self._number))
        self._number = number
        self.setAccessibleName(f"{figures.count(number)} {self._word}")
        self.setAccessibleDescription(self._about)
        if wide:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QtCore.QSize:
        number = QtGui.QFontMetrics(_number_font()).horizontalAdvance(figures.count(self._number))
        word = QtGui.QFontMetrics(text.font(text.SMALL)).horizontalAdvance(self._word) + 18
        return QtCore.QSize(max(number, word, 40) + 20, 50)

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
        paint.face(painter, self.rect())
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        whole = QtCore.QRectF(self.rect())
        if self.underMouse() or self.isDown():
            painter.setPen(QtCore.Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("raised"))
            painter.drawRoundedRect(whole, 8, 8)
        if self.hasFocus():
            paint.focus_ring(painter, whole, 7)
        loud = self._number and self._token in ("bad", "warn")
        ink = "text3" if not self._number else self._token if loud else "text"
        above = QtCore.QRectF(10, 5, whole.width() - 18, 24)
        paint.line(painter, above, figures.count(self._number), _number_font(), theme.color(ink))
        mark = self._token if self._number and self._token not in ("border2", "mute") else "text3"
        paint.mark(painter, 10, 31, icons.pixmap(self._icon, mark, 12, stroke=2.5))
        below = QtCore.QRectF(27, 29, whole.width() - 29, 16)
        paint.line(painter, below, self._word, text.font(text.SMALL), theme.color("text2"))
        painter.end()


class _Sign(QtWidgets.QWidget):
    def __init__(self, sign: str) -> None:
        super().__init__()
        self._sign = sign
        words = "plus" if sign == "+" else "equals"
        accessible.describe(self, accessible.Role.StaticText, words)
        self.setFixedSize(13, 50)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        box = QtCore.QRectF(0, 5, self.width(), 24)
        paint.line(painter, box, self._sign, text.font(16), theme.color("text3"), paint.CENTER)
        painter.end()


class _Verdict(QtWidgets.QWidget):
    """Balanced, or the alarm that says by how much not."""

    def __init__(self) -> None:
        super().__init__()
        self._words, self._icon, self._tone = "", "scale", "mute"
        accessible.be(self, accessible.Role.StaticText)
        self.setFixedHeight(26)

    def set(self, words: str, icon: str, tone: theme.Tone) -> None:
        self._words, self._icon, self._tone = words, icon, tone
        self.setAccessibleName(words)
        self.setFixedWidth(
            QtGui.QFontMetrics(text.font(text.SMALL, text.SEMIBOLD)).horizontalAdvance(words) + 40
        )
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        paint.face(painter, self.rect())
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(f"{self._tone}_bg"))
        painter.drawRoundedRect(QtCore.QRectF(self.rect()), 13, 13)
        paint.mark(painter, 10, 6, icons.pixmap(self._icon, self._tone, 14, stroke=2.5))
        box = QtCore.QRectF(self.rect()).adjusted(29, 0, -8, 0)
        paint.line(painter, box, self._words, text.font(text.SMALL, text.SEMIBOLD), theme.color(self._tone))
        painter.end()


class EquationView(QtWidgets.QWidget):
    """The whole equation; `asked` names the term a person wants to see the messages of."""

    asked = QtCore.Signal(str)  #: a Term's key, or `audience`

    def __init__(self, name: str = "Accounting") -> None:
        super().__init__()
        self._name = name
        self.audience = Chip(
            "audience", "users", "text", "everybody the run was frozen with, one message a channel"
        )
        self.chips: dict[str, Chip] = {}
        self._stack = bars.Stack(f"{name}, in proportion")
        self._verdict = _Verdict()
        line = flow.Flow(gap=2)
        line.addWidget(self.audience)
        self.audience.clicked.connect(lambda: self.asked.emit("audience"))
        for at, term in enumerate(TERMS):
            chip = Chip(term.word, term.icon, term.token, term.about)
            chip.clicked.connect(lambda _on=False, key=term.key: self.asked.emit(key))
            self.chips[term.key] = chip
            line.addWidget(layout.boxed(layout.row(_Sign("=" if at == 0 else "+"), chip, gap=2)))
        terms = layout.boxed(line)
        right = layout.column(self._verdict, None, margins=(0, 8, 0, 0))
        self.setLayout(
            layout.column(layout.row(terms, right, gap=theme.MD, grow=0), self._stack, gap=theme.SM)
        )
        self.setAccessibleName(name)
        self.set_equation(None)

    def set_equation(self, equation: ledger.Equation | None) -> None:
        """Show these numbers; None where nothing has been launched."""
        self.setEnabled(equation is not None)
        numbers = {
            term.key: int(getattr(equation, term.key)) if equation is not None else 0 for term in TERMS
        }
        audience = equation.audience if equation is not None else 0
        self.audience.set_number(audience)
        for key, chip in self.chips.items():
            chip.set_number(numbers[key])
        self._stack.set_parts([(term.word, numbers[term.key], term.token) for term in TERMS])
        self._judge(audience, numbers, known=equation is not None)

    def _judge(self, audience: int, numbers: Mapping[str, int], *, known: bool) -> None:
        gap = audience - sum(numbers.values())
        if not known:
            self._verdict.set("Not launched", "scale", "mute")
        elif gap > 0:
            self._verdict.set(f"{figures.count(gap)} unaccounted for", "octagon-alert", "bad")
        elif gap < 0:
            self._verdict.set(f"{figures.count(-gap)} too many", "octagon-alert", "bad")
        else:
            self._verdict.set("Balances", "check", "ok")
        accounted = ", ".join(f"{figures.count(numbers[term.key])} {term.word}" for term in TERMS)
        self.setAccessibleDescription(f"Audience {figures.count(audience)}: {accounted}")


def _number_font() -> QtGui.QFont:
    return text.font(18, text.SEMIBOLD, tabular=True)
