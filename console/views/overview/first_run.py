"""What a newcomer sees instead of zeros: three steps, which of them are done, and the button for the next."""

from collections.abc import Callable

from PySide6 import QtCore, QtGui, QtWidgets

from console.views.overview import model
from console.widgets import accessible, buttons, figures, icons, layout, text, theme

WIDEST = 1020

Go = Callable[[], None]


class _Number(QtWidgets.QWidget):
    """The step's number, or the tick that it is done."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number, self._done, self._next = number, False, False
        self.setFixedSize(40, 40)
        accessible.describe(self, accessible.Role.StaticText, str(number))

    def set_state(self, *, done: bool, due: bool) -> None:
        self._done, self._next = done, due
        self.setAccessibleName(f"{self._number}, done" if done else str(self._number))
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        ground = "ok_bg" if self._done else "accent" if self._next else "raised"
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(ground))
        painter.drawEllipse(self.rect())
        if self._done:
            painter.drawPixmap(11, 11, icons.pixmap("check", "ok", 18, stroke=2.5))
        else:
            painter.setFont(text.font(16, text.SEMIBOLD))
            painter.setPen(theme.color("on_accent" if self._next else "text2"))
            painter.drawText(self.rect(), QtCore.Qt.AlignmentFlag.AlignCenter, str(self._number))
        painter.end()


class _Step(QtWidgets.QFrame):
    def __init__(self, number: int, title: str, words: str, act: str, go: Go) -> None:
        super().__init__()
        self.setObjectName("card")
        # As wide as its neighbours, whatever it says.
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Preferred)
        self._title, self._words = title, text.Label(words, "muted", wrap=True)
        self._mark = _Number(number)
        self._told = text.Label(" ", "ok")
        self._due, self._later = buttons.primary(act, go), buttons.plain(act, go)
        for button in (self._due, self._later):
            button.setAccessibleDescription(words)
        buttons_row = layout.row(self._due, self._later, None)
        self.setLayout(
            layout.column(
                self._mark,
                8,
                text.section(title),
                self._words,
                self._told,
                None,
                buttons_row,
                gap=6,
                margins=(20, 20, 20, 20),
            )
        )

    def set_state(self, *, done: str, due: bool) -> None:
        self._mark.set_state(done=bool(done), due=due)
        self._told.setText(done or " ")
        self._due.setVisible(due)
        self._later.setVisible(not due)
        self.setAccessibleName(f"{self._title}, {done or ('next' if due else 'to come')}")


class FirstRun(QtWidgets.QWidget):
    """Import contacts, write a campaign, launch."""

    def __init__(self, *, import_contacts: Go, write: Go, launch: Go) -> None:
        super().__init__()
        self._steps = (
            _Step(
                1,
                "Import contacts",
                "Take a CSV file with email addresses, phone numbers or push tokens. "
                "Columns are recognised, and every wrong cell is named.",
                "Import contacts",
                import_contacts,
            ),
            _Step(
                2,
                "Write a campaign",
                "One message over up to six channels, previewed as it reaches a real person, "
                "with every limit checked while you type.",
                "Write a campaign",
                write,
            ),
            _Step(
                3,
                "Launch it",
                "Watch every recipient being accounted for. In the sandbox nothing leaves this machine: "
                "provider twins answer in the providers' place.",
                "Show drafts",
                launch,
            ),
        )
        cards = layout.row(gap=theme.MD)
        for step in self._steps:
            cards.addWidget(step, 1)
        hello = text.title("Welcome to Heliograph")
        words = text.muted("Three steps to the first campaign that accounts for everybody it was meant for.")
        middle = layout.boxed(layout.column(hello, words, 14, cards, gap=4))
        middle.setMaximumWidth(WIDEST)
        across = layout.row(margins=(theme.LG, 0, theme.LG, 0))
        across.addStretch(1)
        across.addWidget(middle, WIDEST)
        across.addStretch(1)
        self.setLayout(layout.column(None, across, None, None, gap=0))
        self.setAccessibleName("First steps")

    def set_seen(self, seen: model.Seen) -> None:
        """Tick what is done; the first that is not is due."""
        people, drafts = seen.overview.people, seen.drafts
        done = (
            f"{figures.count(people)} contacts" if people else "",
            f"{figures.count(drafts)} {'draft' if drafts == 1 else 'drafts'}" if drafts else "",
            "",
        )
        due = next(at for at, words in enumerate(done) if not words)
        for at, step in enumerate(self._steps):
            step.set_state(done=done[at], due=at == due)
