"""The third step: what a launch would do, counted by the server now, and what three people would get."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import api, errors
from console.views.campaigns.draft import model, outlook, pace, rules
from console.widgets import (
    bars,
    buttons,
    cards,
    figures,
    glyphs,
    icons,
    layout,
    notices,
    paint,
    skeleton,
    text,
    theme,
)
from console.widgets import rules as ruling
from console.widgets.editors import checking
from console.widgets.writing import wording
from server.channels import contents
from server.wire import campaigns, policies

COUNT = "campaigns:estimate"
PEOPLE = "campaigns:three"

Where = Literal["audience", "content", "providers", ""]

LEADS: dict[Where, str] = {
    "audience": "Choose",
    "content": "Mend it",
    "providers": "Open providers",
    "": "",
}

_AT_PLACE = re.compile(r"([a-z]+)\.([\w.]*): ")
_HEADINGS = ("Reachable", "No address", "Suppressed")


@dataclass(frozen=True, slots=True)
class Fault:
    """What stands against a launch, and where it is mended."""

    words: str
    where: Where = ""
    channel: str = ""
    place: str = ""


def sorted_out(sentences: Sequence[str]) -> list[Fault]:
    """The server's sentences, each with the step that mends it."""
    found = []
    for words in sentences:
        at = _AT_PLACE.match(words)
        if at is not None and at[1] in contents.CHANNELS:
            told = f"{contents.TITLES[at[1]]}: {words[at.end() :]}"
            found.append(Fault(told, "content", at[1], at[2]))
        elif words.endswith("under Providers."):
            found.append(Fault(words, "providers"))
        elif "audience" in words:
            found.append(Fault(words, "audience"))
        elif "content" in words:
            found.append(Fault(words, "content"))
        else:
            found.append(Fault(words))
    return found


def local(work: model.Work) -> list[Fault]:
    """What this console itself finds, before the server is asked."""
    found = [Fault("The campaign has no name.", "")] if not work.name.strip() else []
    if work.audience is None:
        found.append(Fault("The campaign has no audience. Choose one.", "audience"))
    if not work.on:
        found.append(Fault("The campaign has no content. Write one for at least one channel.", "content"))
    for channel in work.chosen():
        for fault in checking.errors(channel, work.fields(channel)):
            words = f"{contents.TITLES[channel]}: {fault.message.rstrip('.')}. {fault.remedy}".strip()
            found.append(Fault(words, "content", channel, fault.place))
    return found


async def three(asked: api.Api, work: model.Work, people: int) -> list[campaigns.Preview]:
    """The first, the middle and the last person's rendering. Raises errors.Problem."""
    save = model.asked(work)
    if save is None or not people:
        return []
    places = sorted({0, people // 2, people - 1})
    asks = [
        campaigns.PreviewAsk(contents=save.contents, audience=work.audience, position=at) for at in places
    ]
    return list(await asyncio.gather(*(asked.call(campaigns.PREVIEW, ask) for ask in asks)))


def foreseen(estimate: campaigns.Estimate) -> list[str]:
    """What the rules would do to a launch now, a sentence each."""
    told = [
        f"{contents.TITLES[one.channel]}: {'; '.join(clauses)}."
        for one in estimate.channels
        if (clauses := ruling.foreseen(one.held, one.barred))
    ]
    if estimate.waves:
        first, last = estimate.waves[0], estimate.waves[-1]
        zones = "one zone" if len(estimate.waves) == 1 else f"{len(estimate.waves)} zones"
        told.append(
            f"By the recipients' own clocks, in {zones}: first {wave(first)}"
            + ("" if first == last else f", last {wave(last)}")
            + "."
        )
    if estimate.assumed:
        told.append(
            f"The zone of {figures.count(estimate.assumed)} is not known: they live by the workspace's."
        )
    return told


def wave(one: policies.Wave) -> str:
    """Messages of one zone, and when they leave by this computer's clock."""
    return f"{figures.count(one.messages)} in {one.zone} on {one.at.astimezone():%d %b at %H:%M}"


class _Line(QtWidgets.QWidget):
    """One fault with the button that leads to where it is mended."""

    asked = QtCore.Signal(object)

    def __init__(self, fault: Fault) -> None:
        super().__init__()
        banner = notices.Banner(fault.words, tone="bad", action=LEADS[fault.where])
        banner.acted.connect(lambda: self.asked.emit(fault))
        self.setLayout(layout.column(banner))


class _Person(cards.Card):
    """What one person would get, a line a channel."""

    chosen = QtCore.Signal()

    def __init__(self, found: campaigns.Preview) -> None:
        super().__init__(heading=found.person or "Nobody", gap=10)
        self.add_action(buttons.link("See it all", self.chosen.emit))
        missing = {fault.channel: fault for fault in found.faults}
        for channel in contents.CHANNELS:
            content = getattr(found.contents, channel)
            if content is None and channel not in missing:
                continue
            said = wording.headline(content) if content is not None else missing[channel].message
            words = text.Elided(said, size=text.SMALL, token="text2" if content is not None else "warn")
            words.setToolTip(said)
            icon = glyphs.Glyph(icons.channel(channel), "text2" if content is not None else "warn", 14)
            self.add(layout.row(icon, words, gap=8, grow=1))
        self.add(layout.column(None), 1)


class Reached(QtWidgets.QWidget):
    """Channel by channel: how many it reaches, whom it does not, and through which account."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QtWidgets.QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.MD)
        self._grid.setVerticalSpacing(12)
        self._grid.setColumnMinimumWidth(1, 110)
        self._grid.setColumnStretch(2, 3)
        self._grid.setColumnStretch(6, 3)
        self.setLayout(self._grid)
        self.setAccessibleName("Reach by channel")

    def set_channels(self, estimates: Sequence[campaigns.ChannelEstimate]) -> None:
        """Show these."""
        layout.clear(self._grid)
        for at, word in enumerate(_HEADINGS):
            heading = text.caption(word)
            heading.setAlignment(paint.RIGHT)
            self._grid.addWidget(heading, 0, at + 3)
        self._grid.addWidget(text.caption("Sent through"), 0, 6)
        for line, one in enumerate(estimates, start=1):
            self._row(line, one)

    def _row(self, line: int, one: campaigns.ChannelEstimate) -> None:
        title = contents.TITLES[one.channel]
        stack = bars.Stack(f"{title}, in proportion", 8)
        parts = (
            ("reachable", one.reachable, "ok"),
            ("no address", one.no_address, "border2"),
            ("suppressed", one.suppressed, "warn"),
        )
        stack.set_parts(parts)
        self._grid.addWidget(glyphs.Glyph(icons.channel(one.channel)), line, 0)
        self._grid.addWidget(text.Label(title), line, 1)
        self._grid.addWidget(stack, line, 2)
        for at, (word, count, _) in enumerate(parts):
            number = text.Label(figures.count(count), "body")
            number.setFont(text.font(text.BODY, text.MEDIUM if at == 0 else text.REGULAR, tabular=True))
            number.setAlignment(paint.RIGHT)
            number.setAccessibleName(f"{figures.count(count)} {word}, {title}")
            self._grid.addWidget(number, line, at + 3)
        account = text.Elided(one.account or "No account can send", token="text2" if one.account else "bad")
        self._grid.addWidget(account, line, 6)


class ReviewStep(QtWidgets.QWidget):
    """`mend` leads to where a fault is mended; `look_at` to a person's preview; `counted` carries the Estimate."""

    mend = QtCore.Signal(object)
    look_at = QtCore.Signal(int)
    counted = QtCore.Signal(object)
    ruled = QtCore.Signal()  #: the draft's rules were changed

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self._faults = layout.column(gap=theme.SM)
        self._wait = skeleton.Skeleton(5, height=16, gap=14)
        self._people, self._messages = text.Label("—", "kpi"), text.muted("", wrap=True)
        self.reached = Reached()
        self._count = cards.Card(
            layout.row(self._people, 6, self._messages, grow=2),
            self._wait,
            self.reached,
            heading="What would be sent",
            gap=theme.MD,
        )
        self.rules = rules.RulesCard(desk)
        self.rules.changed.connect(self.ruled)
        self.pace = pace.PaceCard()
        self.pace.changed.connect(self.ruled)
        self._foreseen = layout.column(gap=4)
        self._count.add(self._foreseen)
        self.outlook = outlook.Outlook()
        self.outlook.prices_wanted.connect(lambda: desk.commands.run("prices"))
        self._three = layout.row(gap=theme.MD)
        self._three_heading = text.section("Three of them")
        inner = layout.column(
            self._faults,
            self._count,
            self.outlook,
            self.rules,
            self.pace,
            self._three_heading,
            self._three,
            None,
            gap=theme.MD,
            margins=(0, 0, theme.SM, 0),
        )
        self.setLayout(layout.column(layout.scroll(inner)))

    def start(self, work: model.Work) -> bool:
        """Show what this console finds wrong; answers whether the server is worth asking."""
        faults = local(work)
        self.show_faults(faults)
        self._wait.show()
        self.reached.hide()
        self._count.setVisible(not faults)
        self._three_heading.hide()
        self.outlook.hide()
        layout.clear(self._three)
        layout.clear(self._foreseen)
        self.rules.start(work)
        self.pace.start(work)
        return not faults

    def count(self, work: model.Work) -> None:
        """Ask the server for the numbers of a draft it has."""
        campaign = work.campaign
        assert campaign is not None
        self._desk.operations.start(
            COUNT,
            lambda: self._desk.api.call(campaigns.ESTIMATE, campaign=campaign),
            done=lambda estimate: self._on_counted(work, estimate),
            failed=self.fail,
            latest=True,
        )

    def fail(self, problem: errors.Problem) -> None:
        """Say why there are no numbers."""
        self._wait.hide()
        self.show_faults([Fault(str(problem))])

    def stop(self) -> None:
        """Nobody looks any more."""
        self._desk.operations.cancel(COUNT)
        self._desk.operations.cancel(rules.LOOK)
        self._desk.operations.cancel(PEOPLE)

    def show_estimate(self, estimate: campaigns.Estimate) -> None:
        """Show the server's numbers; also how a picture of a known state is made."""
        self._count.show()
        self._wait.hide()
        self.reached.show()
        self.show_faults(sorted_out(estimate.faults))
        self._people.setText(
            f"{figures.count(estimate.people)} {'person' if estimate.people == 1 else 'people'}"
        )
        reachable = sum(one.reachable for one in estimate.channels)
        lost = estimate.messages - reachable
        self._messages.setText(
            f"{figures.count(estimate.messages)} messages, of which {figures.count(reachable)} can be handed over"
            + (f" and {figures.count(lost)} will be skipped, each with its reason" if lost else "")
        )
        self.reached.set_channels(estimate.channels)
        self.outlook.show_estimate(estimate)
        self._foresee(estimate)

    def _foresee(self, estimate: campaigns.Estimate) -> None:
        """Say what the rules would let wait or skip, and the waves by zone."""
        layout.clear(self._foreseen)
        for words in foreseen(estimate):
            mark = layout.column(glyphs.Glyph("clock", "text3", 14), None)
            self._foreseen.addLayout(layout.row(mark, text.Label(words, "body", wrap=True), gap=8, grow=1))

    def show_faults(self, faults: Sequence[Fault]) -> None:
        """Say what stands against a launch."""
        layout.clear(self._faults)
        for fault in faults:
            line = _Line(fault)
            line.asked.connect(self.mend)
            self._faults.addWidget(line)

    def show_three(self, found: Sequence[campaigns.Preview], people: int) -> None:
        """Show what some people would get."""
        layout.clear(self._three)
        self._three_heading.setVisible(bool(found))
        for place, one in zip(sorted({0, people // 2, people - 1}), found, strict=False):
            card = _Person(one)
            card.chosen.connect(lambda place=place: self.look_at.emit(place))
            self._three.addWidget(card, 1)

    def _on_counted(self, work: model.Work, estimate: campaigns.Estimate) -> None:
        self.show_estimate(estimate)
        self.counted.emit(estimate)
        self._desk.operations.start(
            PEOPLE,
            lambda: three(self._desk.api, work, estimate.people),
            done=lambda found: self.show_three(found, estimate.people),
            failed=_drop,
            latest=True,
        )


def _drop(_problem: object) -> None:
    """The numbers stand without the three people; the content step says what is wrong with a rendering."""
