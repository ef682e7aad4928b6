"""The page: two campaigns chosen at its head, and everything about them in two columns."""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import api, errors
from console.views.campaigns.comparing import model
from console.views.campaigns.run import holding
from console.widgets import buttons, cards, differing, empty, inputs, layout, skeleton, text, theme
from server.channels import contents
from server.wire import campaigns, limits

LOOK = "campaigns:compare"
OFFERED = 200  #: campaigns to choose from, the newest
SHOWN = 12  #: fields of one channel that are told one by one

Pair = tuple[int, int]


class Seen(NamedTuple):
    """What there is to choose from, and the two that are compared; None where there are no two."""

    rows: list[campaigns.Campaign]
    sides: tuple[model.Side, model.Side] | None


async def look(asked: api.Api, pair: Pair) -> Seen:
    """Ask for both; the newest runs where none is named. Raises errors.Problem."""
    rows = (await asked.call(campaigns.LIST, campaigns.CampaignQuery(limit=OFFERED))).rows
    left, right = chosen(rows, pair)
    if not left or not right:
        return Seen(rows, None)
    one, other = await asyncio.gather(_side(asked, left), _side(asked, right))
    return Seen(rows, (one, other))


def chosen(rows: Sequence[campaigns.Campaign], pair: Pair) -> Pair:
    """The two to compare: those named, then those with a run, the newest first; 0 where there is none."""
    offered = [row.id for row in rows if row.run is not None] + [row.id for row in rows]
    left = pair[0] or next((one for one in offered if one != pair[1]), 0)
    return left, pair[1] or next((one for one in offered if one != left), 0)


async def _side(asked: api.Api, number: int) -> model.Side:
    campaign = await asked.call(campaigns.SHOW, campaign=number)
    if campaign.run is None:
        return model.Side(campaign=campaign)
    run, pace = await asyncio.gather(
        asked.call(campaigns.RUN, run=campaign.run), asked.call(limits.PACE, run=campaign.run)
    )
    return model.Side(campaign=campaign, run=run, pace=pace)


class ComparePage(QtWidgets.QWidget):
    """`asked` carries the two campaigns a person wants to see beside each other."""

    asked = QtCore.Signal(int, int)

    def __init__(self, desk: views.Desk, back: Callable[[], None]) -> None:
        super().__init__()
        self._desk = desk
        self.pair: Pair = (0, 0)
        self.setAccessibleName("Two campaigns side by side")
        self.left, self.right = _picker("The first campaign"), _picker("The second campaign")
        for picker in (self.left, self.right):
            picker.activated.connect(lambda _at: self._on_chosen())
        swap = buttons.icon("repeat", "Swap the two", self.swap)
        head = layout.row(
            buttons.icon("arrow-left", "All campaigns", back),
            text.title("Compare"),
            None,
            self.left,
            swap,
            self.right,
            gap=theme.SM,
        )
        self._body = layout.column(gap=theme.MD, margins=(theme.LG, 4, theme.LG, 14))
        self._nothing = empty.EmptyState(
            "columns-3",
            "Two campaigns are needed",
            "Write another one, or use an earlier one again; then both can be laid side by side.",
            "All campaigns",
            back,
        )
        self._broken = empty.EmptyState("server-off", "These could not be read", "", "Try again", self.look)
        self._loading = layout.boxed(layout.page(skeleton.Skeleton(4, height=84, gap=18), None))
        self._loading.setAccessibleName("Loading")
        self._stack = QtWidgets.QStackedWidget()
        self._scroll = layout.scroll(self._body)
        for part in (self._loading, self._scroll, self._nothing, self._broken):
            self._stack.addWidget(part)
        top = layout.boxed(layout.column(head, margins=(theme.LG, 12, theme.LG, 0)))
        self.setLayout(layout.column(top, self._stack, gap=theme.SM, grow=1))

    @property
    def seen(self) -> bool:
        """Whether two are on screen."""
        return self._stack.currentWidget() is self._scroll

    def start(self, pair: Pair) -> None:
        """Show these two; 0 leaves the choice to the page."""
        if pair != self.pair or not self.seen:
            self._stack.setCurrentWidget(self._loading)
        self.pair = pair
        self.look()

    def stop(self) -> None:
        """Nobody looks any more."""
        self._desk.operations.cancel(LOOK)

    def look(self) -> None:
        """Ask for both anew."""
        self._desk.operations.start(
            LOOK, lambda: look(self._desk.api, self.pair), done=self.show_seen, failed=self._fail, latest=True
        )

    def swap(self) -> None:
        """The left one to the right."""
        self.asked.emit(self.pair[1], self.pair[0])

    def show_seen(self, seen: Seen) -> None:
        """Show one look."""
        if seen.sides is None:
            self._stack.setCurrentWidget(self._nothing)
            return
        left, right = seen.sides
        self.pair = (left.campaign.id, right.campaign.id)
        known = {row.id: row.name for row in (*seen.rows, left.campaign, right.campaign)}
        for picker, side in ((self.left, left), (self.right, right)):
            picker.set_choices(list(known.items()))
            picker.setCurrentIndex(picker.findData(side.campaign.id))
        layout.clear(self._body)
        self._fill(left, right)
        self._body.addStretch(1)
        self._stack.setCurrentWidget(self._scroll)

    def _fill(self, left: model.Side, right: model.Side) -> None:
        names = (left.campaign.name, right.campaign.name)
        for heading, rows, none in (
            ("Figures", model.figures_of(left, right), ""),
            ("Accepted by channel", model.by_channel(left, right), "Neither was launched."),
            ("Why", model.reasons(left, right), "Nothing failed, was skipped or is in doubt in either."),
        ):
            card = cards.Card(heading=heading)
            card.add(_Table(names, rows) if rows else text.muted(none))
            self._body.addWidget(card)
        if left.pace is not None or right.pace is not None:
            self._body.addLayout(_paces(left, right))
        self._body.addWidget(_contents(left, right))

    def _on_chosen(self) -> None:
        self.asked.emit(int(self.left.currentData() or 0), int(self.right.currentData() or 0))

    def _fail(self, problem: errors.Problem) -> None:
        self._broken.set_text(str(problem))
        self._stack.setCurrentWidget(self._broken)


def pair_of(words: str) -> Pair:
    """Two campaigns as a link has them, such as `12,15`; 0 for what is no number."""
    left, _, right = words.partition(",")
    return tuple(int(part) if part.isdecimal() else 0 for part in (left, right))  # type: ignore[return-value]


def _picker(name: str) -> inputs.Choice:
    made = inputs.Choice()
    made.setAccessibleName(name)
    made.setFixedWidth(260)
    return made


class _Table(QtWidgets.QWidget):
    """Names, two columns of values and the change, aligned over all rows."""

    def __init__(self, names: tuple[str, str], rows: Sequence[model.Line]) -> None:
        super().__init__()
        grid = QtWidgets.QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.LG)
        grid.setVerticalSpacing(7)
        for column, stretch in ((0, 3), (1, 4), (2, 4), (3, 2)):
            grid.setColumnStretch(column, stretch)
        for column, name in enumerate(names, start=1):
            grid.addWidget(
                text.Elided(name, size=text.CAPTION, token="text3", weight=text.SEMIBOLD), 0, column
            )
        grid.addWidget(text.caption("Second against first"), 0, 3)
        for at, row in enumerate(rows, start=1):
            self._add(grid, at, row, names)
        self.setLayout(grid)

    def _add(self, grid: QtWidgets.QGridLayout, at: int, row: model.Line, names: tuple[str, str]) -> None:
        top = QtCore.Qt.AlignmentFlag.AlignTop
        grid.addWidget(text.Label(row.name, "muted", wrap=True), at, 0, top)
        for column, value in ((1, row.left), (2, row.right)):
            told = text.Label(value, "body", wrap=True, selectable=True)
            told.setFont(text.font(text.BODY, text.MEDIUM, tabular=True))
            told.setAccessibleName(f"{row.name}, {names[column - 1]}: {value}")
            grid.addWidget(told, at, column, top)
        change = text.Label(row.change, row.tone or "muted")
        change.setFont(text.font(text.SMALL, text.MEDIUM, tabular=True))
        grid.addWidget(change, at, 3, top)


def _paces(left: model.Side, right: model.Side) -> QtWidgets.QHBoxLayout:
    both = layout.row(gap=theme.MD)
    for side in (left, right):
        column = layout.column(gap=4)
        column.addWidget(text.Elided(side.campaign.name, size=text.SMALL, token="text2", weight=text.MEDIUM))
        if side.pace is None:
            column.addWidget(cards.Card(text.muted("Not launched yet."), heading="Why this pace"), 1)
        else:
            card = holding.Holding()
            card.set_pace(side.pace)
            column.addWidget(card, 1)
        both.addLayout(column, 1)
    return both


def _contents(left: model.Side, right: model.Side) -> cards.Card:
    names = (left.campaign.name, right.campaign.name)
    card = cards.Card(heading="Contents", gap=theme.MD)
    found = model.places(left, right)
    if not found:
        card.add(text.muted("Neither has a content yet."))
    for words, token, wanted in (("The same in both", "ok", []), ("In one of them only", "muted", None)):
        some = [contents.TITLES[channel] for channel, rows in found.items() if rows == wanted]
        if some:
            card.add(text.Label(f"{words}: {', '.join(some)}.", token, wrap=True))
    for channel, rows in found.items():
        if rows:
            card.add(_channel(channel, names, rows))
    return card


def _channel(channel: str, names: tuple[str, str], rows: Sequence[model.Place]) -> QtWidgets.QWidget:
    """One channel's differences."""
    whole = layout.column(text.Label(contents.TITLES[channel], "label"), gap=theme.SM)
    for row in rows[:SHOWN]:
        whole.addWidget(text.Label(row.place, "mono"))
        whole.addWidget(differing.Differing(names, row.left, row.right, beside=True))
    if len(rows) > SHOWN:
        whole.addWidget(text.muted(f"and {len(rows) - SHOWN} more places"))
    return layout.boxed(whole)
