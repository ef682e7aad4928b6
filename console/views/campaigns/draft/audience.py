"""The first step: to whom."""

from typing import Any

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import errors
from console.widgets import (
    bars,
    buttons,
    cards,
    empty,
    figures,
    glyphs,
    icons,
    layout,
    paged,
    paint,
    table,
    text,
    theme,
)
from server.channels import contents
from server.wire import audiences, endpoint

PAGES = "campaigns:audiences:"
SHOW = "campaigns:audience"
SIDE_W = 380


def _ready(row: audiences.Audience) -> str:
    return figures.ago(row.created_at) if row.ready else "being imported"


class Reach(QtWidgets.QWidget):
    """People with an address on each channel, against everybody."""

    def __init__(self) -> None:
        super().__init__()
        self._meters: dict[str, bars.Meter] = {}
        self._told: dict[str, text.Label] = {}
        grid = QtWidgets.QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.SM)
        grid.setVerticalSpacing(14)
        grid.setColumnStretch(2, 1)
        for at, channel in enumerate(contents.CHANNELS):
            title = contents.TITLES[channel]
            meter = self._meters[channel] = bars.Meter(name=f"{title}: people reached")
            told = self._told[channel] = text.Label("", "muted")
            told.setFont(text.font(text.SMALL, tabular=True))
            told.setAlignment(paint.RIGHT)
            told.setMinimumWidth(104)
            grid.addWidget(glyphs.Glyph(icons.channel(channel)), at, 0)
            grid.addWidget(text.Label(title, "body"), at, 1)
            grid.addWidget(meter, at, 2)
            grid.addWidget(told, at, 3)
        self.setLayout(grid)
        self.setAccessibleName("Reach by channel")

    def set_reach(self, people: int, reach: dict[str, int]) -> None:
        """Show channel to people."""
        for channel, meter in self._meters.items():
            count = reach.get(channel, 0)
            meter.set_share(count / people if people else 0.0, "accent" if count else "text3")
            told = (
                f"{figures.count(count)} · {figures.share(count, people, 0)}" if people else figures.NOTHING
            )
            self._told[channel].setText(told)


class AudienceStep(QtWidgets.QWidget):
    """`chosen` carries the Audience a person picked."""

    chosen = QtCore.Signal(object)

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self._audience: int | None = None
        self._shown: audiences.Audience | None = None
        columns = [
            paged.Column(
                title="",
                kind=paged.Kind.ICONS,
                text=lambda row: "chosen" if row.id == self._audience else "not chosen",
                icons=lambda row: ["circle-check"] if row.id == self._audience else ["circle"],
                width=44,
            ),
            paged.Column(title="Audience", text=lambda row: row.name, stretch=True, width=200),
            paged.Column(
                title="People", kind=paged.Kind.NUMBER, text=lambda row: figures.count(row.people), width=110
            ),
            paged.Column(
                title="Imported",
                text=_ready,
                tone=lambda row: None if row.ready else "warn",
                width=140,
            ),
        ]
        self._model = paged.PagedModel(columns, self._fetch)
        self._none = empty.EmptyState(
            "users",
            "No audience yet",
            "An audience is a list of people. Import a CSV file with their addresses, phone numbers or push tokens.",
            "Import contacts",
            lambda: desk.navigate("audiences", add="import"),
        )
        self.table = table.DataTable(self._model, name="Audiences", nothing=self._none, two_lines=False)
        # Where the keyboard passes through, numbers are shown; only Enter, a click or the button chooses.
        self.table.picked.connect(self._on_picked)
        self.table.activated.connect(self.choose)
        self.table.view.clicked.connect(lambda _index: self.choose(self.table.current()))
        self._model.counted.connect(lambda _total: self._mark())
        self.reach = Reach()
        self._people = text.Label("", "kpi")
        self._about = text.muted("", wrap=True)
        self.take = buttons.primary("Send to this audience", lambda: self.choose(self._shown))
        self._side = cards.Card(
            self._people, self._about, 6, self.reach, 4, self.take, heading="Reach", gap=theme.SM
        )
        self._side.setFixedWidth(SIDE_W)
        more = buttons.ghost(
            "Import contacts", lambda: desk.navigate("audiences", add="import"), icon="upload"
        )
        head = layout.row(text.section("Who gets it?"), None, more)
        left = layout.column(head, table.carded(self.table), gap=theme.SM, grow=1)
        right = layout.column(38, self._side, None, gap=0)
        whole = layout.row(gap=theme.MD)
        whole.addLayout(left, 1)
        whole.addLayout(right)
        self.setLayout(whole)
        self._show()

    def start(self, audience: int | None) -> None:
        """Show the audiences with this one chosen."""
        self._audience = audience
        self._model.restart()
        self.look(audience)

    def look(self, audience: int | None) -> None:
        """Ask for the numbers of the chosen audience."""
        self._audience = audience
        if audience is None:
            self._shown = None
            self._show()
            return
        self._desk.operations.start(
            SHOW,
            lambda: self._desk.api.call(audiences.SHOW, audience=audience),
            done=self._on_shown,
            failed=self._on_lost,
            latest=True,
        )

    def _fetch(self, window: paged.Window) -> None:
        ask = endpoint.Window(offset=window.offset, limit=window.limit, sort=window.sort)
        self._desk.operations.start(
            f"{PAGES}{window.generation}:{window.offset}",
            lambda: self._desk.api.call(audiences.LIST, ask),
            done=lambda page: self._model.receive(window, page.rows, page.total),
            failed=lambda problem: self._model.refuse(window, str(problem)),
        )

    def choose(self, row: Any) -> None:
        """Send to this audience."""
        if isinstance(row, audiences.Audience) and row.id != self._audience:
            self._audience = row.id
            self._on_shown(row)
            self.table.view.viewport().update()

    def _on_picked(self, row: Any) -> None:
        if isinstance(row, audiences.Audience):
            self._shown = row
            self._show()

    def _on_shown(self, row: audiences.Audience) -> None:
        self._shown = row
        self._show()
        self.chosen.emit(row)

    def _on_lost(self, problem: errors.Problem) -> None:
        self._shown = None
        self._about.setText(str(problem))

    def _mark(self) -> None:
        """Put the keyboard on the chosen row, where the page that came holds it."""
        for number in range(min(self._model.total, paged.PAGE)):
            row = self._model.row(number)
            if row is not None and row.id == self._audience:
                self.table.pick(number)
                return

    def _show(self) -> None:
        row = self._shown
        people = row.people if row is not None else 0
        self._people.setText(
            f"{figures.count(people)} {'person' if people == 1 else 'people'}" if row else "Nobody yet"
        )
        words = "Choose an audience to see whom each channel reaches."
        if row is not None:
            words = (
                row.name
                if row.ready
                else f"{row.name} is still being imported; it can be sent to when that is done."
            )
        self._about.setText(words)
        self.take.setVisible(row is not None and row.id != self._audience)
        self.reach.set_reach(people, row.reach if row is not None else {})
