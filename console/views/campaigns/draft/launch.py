"""The last step: one look at what is about to happen, and the button that does it."""

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import errors
from console.views.campaigns.draft import model, outlook, ways, when
from console.widgets import buttons, cards, facts, figures, glyphs, layout, notices, pills, text, theme
from server.channels import contents
from server.wire import campaigns

WIDEST = 720


class LaunchStep(QtWidgets.QWidget):
    """`launched` when the button was pressed; the page asks once more and acts."""

    launched = QtCore.Signal()

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._estimate: campaigns.Estimate | None = None
        self._hindrance = ""
        self.when = when.When(desk)
        self.when.changed.connect(self._show_act)
        self.way = ways.Way(desk)
        self.way.known.connect(lambda way: self.when.set_delay(way.delay_s))
        self.refusal = notices.Banner()
        self.refusal.acted.connect(lambda: self.refusal.say(""))
        self._where = text.muted("", wrap=True)
        self._pill = pills.Pill()
        self._facts = facts.Facts(name_width=120)
        self.go = buttons.primary("Launch", self.launched.emit, icon="rocket")
        self._why_not = text.Label("", "warn", wrap=True)
        place = layout.row(self._pill, self._where, gap=theme.SM, grow=1)
        foot = layout.row(self.go, self._why_not, gap=theme.MD, grow=1)
        starts = layout.column(text.Label("When it starts", "label"), self.when, gap=6)
        card = cards.Card(
            self._facts,
            4,
            layout.rule(),
            4,
            starts,
            self.way,
            4,
            layout.rule(),
            4,
            place,
            6,
            foot,
            heading="Ready for launch",
            gap=theme.SM,
        )
        note = text.muted(
            "The audience and the contents are frozen at the moment it starts: later changes of either do not reach "
            "this run. Every message is accounted for until the last one is settled.",
            wrap=True,
        )
        remark = layout.boxed(layout.row(glyphs.Glyph("info", "text3", 14), note, gap=6, grow=1))
        inner = layout.boxed(layout.column(self.refusal, card, remark, None, gap=theme.MD))
        inner.setMaximumWidth(WIDEST)  # of the whole: how high wrapped words are is asked of what holds them
        self.setLayout(layout.column(layout.scroll(layout.row(inner, None, grow=0))))

    def start(self, work: model.Work, audience: str, environment: str) -> None:
        """Show what is about to be launched; the button waits for the server's numbers."""
        self._work, self._audience = work, audience
        look = pills.look(pills.ENVIRONMENT, environment)
        self._pill.set_look(look)
        self._where.setText(
            {
                "sandbox": "Provider twins answer: nobody real gets anything.",
                "staging": "It reaches whoever the accounts of staging reach.",
                "production": "Real people get it.",
            }.get(environment, "")
        )
        self._pill.setVisible(bool(environment))
        self.refusal.say("")
        self.when.start(work.audience)
        self.way.look()
        self.show_estimate(None, "Counting…")

    def show_estimate(self, estimate: campaigns.Estimate | None, hindrance: str = "") -> None:
        """Show the numbers; with a hindrance the button stays closed, and says why."""
        people = figures.NOTHING if estimate is None else figures.count(estimate.people)
        messages = figures.NOTHING if estimate is None else figures.count(estimate.messages)
        titles = ", ".join(contents.TITLES[channel] for channel in self._work.chosen())
        self._facts.set_rows(
            [
                ("Campaign", self._work.name),
                ("Audience", f"{self._audience}, {people} people" if self._audience else figures.NOTHING),
                ("Channels", titles),
                ("Messages", messages),
                *_outlook(estimate),
            ]
        )
        self._estimate, self._hindrance = estimate, hindrance
        self._show_act()

    def stop(self) -> None:
        """Nobody looks any more."""
        self.when.stop()
        self.way.stop()

    def _show_act(self) -> None:
        """What the button would do, and why it cannot."""
        estimate = self._estimate
        against = (
            self._hindrance or (review_words(estimate) if estimate is not None else "") or self.when.hindrance
        )
        act, to, icon = (
            ("Schedule", "for", "calendar-clock") if self.when.plan() else ("Launch", "to", "rocket")
        )
        people = "" if estimate is None else f" {to} {figures.count(estimate.people)} people"
        self.go.setEnabled(estimate is not None and not against)
        self.go.set_label(act + people, icon=icon)
        self._why_not.setText(against)

    def refuse(self, problem: errors.Problem) -> None:
        """Say, in place, why the server did not launch."""
        self.refusal.say(problem.sentence, problem.remedy, tone="bad", action="Dismiss")


def _outlook(estimate: campaigns.Estimate | None) -> list[tuple[str, str]]:
    """How long it takes and what it costs, as far as that is known."""
    if estimate is None or estimate.duration is None or estimate.cost is None:
        return []
    short, _ = outlook.duration(estimate.duration)
    gaps = sum(one.messages for one in estimate.cost.unpriced)
    without = f", and {figures.count(gaps)} messages without a price" if gaps and estimate.cost.totals else ""
    return [("Takes", short), ("Costs", outlook.total(estimate.cost) + without)]


def review_words(estimate: campaigns.Estimate) -> str:
    """Why a launch would be refused, or nothing."""
    if not estimate.faults:
        return ""
    more = len(estimate.faults) - 1
    return estimate.faults[0] + (f" And {more} more: see the review." if more else "")
