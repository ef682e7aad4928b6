"""What arrived: a list with filters and saved views, one arrival at the right, and one whole beside its promise."""

import asyncio
import functools
from collections.abc import Callable, Mapping

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import api, errors
from console.views.twins import arrival, beside, model
from console.widgets import chips, empty, flow, layout, paged, saved, search, table, theme
from server.wire import arrivals, endpoint, twins

Pair = tuple[twins.Arrived, arrivals.Comparison]

ARRIVAL = "twins:arrival"
PAGES = "twins:inbox:"
GLANCES = "twins:glances:"


class Inbox(QtWidgets.QWidget):
    """The list; `panel` stands at its right, and `tools` belong into the page's head."""

    counted = QtCore.Signal(int)
    narrowed = QtCore.Signal(str)  #: the twin that is looked at, or empty
    magic_wanted = QtCore.Signal()
    beside_shown = QtCore.Signal(bool)  #: whether an arrival is shown beside its promise

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self._twin, self._outcome, self._find = "", "", ""
        self._pair: Pair | None = None
        self._glances: dict[int, arrivals.Glance] = {}
        self.rows = paged.PagedModel(model.columns(self._glances), self._fetch, self)
        self.rows.counted.connect(self.counted)
        self.panel = arrival.ArrivalPanel()
        self.panel.hide()
        self.panel.revealed.connect(self._make_room)
        self.panel.closed.connect(self._on_panel_closed)
        self.panel.message_asked.connect(lambda ref: desk.navigate("messages", find=ref))
        self.panel.beside_asked.connect(self.show_beside)
        self._build()

    @functools.cached_property
    def beside(self) -> beside.Beside:
        """An arrival and its promise; built when somebody wants to see them."""
        made = beside.Beside()
        made.left.connect(self.show_list)
        made.stepped.connect(self.step)
        return made

    @property
    def _is_beside(self) -> bool:
        return "beside" in self.__dict__ and self.beside.isVisible()

    def _build(self) -> None:
        self._nothing = empty.EmptyState(
            "inbox",
            "Nothing has arrived",
            "Launch a campaign in the sandbox, or write to one of the magic recipients: what the twins are handed"
            " lies here within a second, as a device would show it and beside what was promised.",
            "See the magic recipients",
            self.magic_wanted.emit,
        )
        self.no_match = empty.EmptyState(
            "search",
            "Nothing that arrived matches",
            "Paste the beginning of an address, of our reference or of the provider's; or take a filter away.",
            "Clear all filters",
            self.filter,
        )
        self.table = table.DataTable(self.rows, name="Inbox", nothing=self._nothing)
        self.table.picked.connect(self._on_picked)
        self.table.activated.connect(lambda _row: self.show_beside())
        chosen = self.table.remember(self._desk.settings, "twins")
        self.table.ask_by(
            lambda row: twins.ARRIVED.request(id=row.id),
            lambda: (self._desk.api.url, self._desk.api.workspace),
        )
        self.saved = saved.SavedViews(self._desk.settings, "twins", self.where)
        chosen.changed.connect(self.saved.refresh)
        self.saved.chosen.connect(lambda args: self._desk.navigate("twins", fresh=True, **args))
        self.saved.link_wanted.connect(lambda args: self._desk.share("twins", args))
        self.seek = search.SearchField("Find a recipient or a reference")
        self.seek.setMinimumWidth(150)
        self.seek.asked.connect(lambda words: self._take(find=words))
        self._twin_chip = chips.Chip("Twin")
        self._outcome_chip = chips.Chip(
            "Outcome", lambda: [(word, look.word) for word, look in model.OUTCOMES.items()]
        )
        self._twin_chip.changed.connect(lambda: self._take(twin=self._twin_chip.value()))
        self._outcome_chip.changed.connect(lambda: self._take(outcome=self._outcome_chip.value()))
        filters = flow.Flow()  # one below the other where an open panel leaves little room
        filters.addWidget(self._twin_chip)
        filters.addWidget(self._outcome_chip)
        self.tools = layout.boxed(layout.row(self.seek, layout.boxed(filters), gap=theme.SM, grow=0))
        self.setLayout(layout.column(self.saved, table.carded(self.table), gap=theme.SM, grow=1))

    # what the page calls

    @property
    def twin(self) -> str:
        """The twin the list is narrowed to."""
        return self._twin

    def where(self) -> dict[str, str]:
        """The filters, the columns and their order."""
        said = {"twin": self._twin, "outcome": self._outcome, "find": self._find, **self.table.where()}
        return {name: value for name, value in said.items() if value}

    def go(self, asked: Mapping[str, object]) -> None:
        """Show what another view, a link or a saved view asks for; `fresh` forgets what was last looked at."""
        if asked.get("fresh"):
            self.panel.close_panel()
        self.table.go(asked)
        if any(asked.get(name) for name in ("find", "twin", "outcome", "fresh")):
            self.filter(
                twin=str(asked.get("twin") or ""),
                outcome=str(asked.get("outcome") or ""),
                find=str(asked.get("find") or ""),
            )

    def filter(self, *, twin: str = "", outcome: str = "", find: str = "") -> None:
        """Ask for other arrivals."""
        self._twin, self._outcome, self._find = twin, outcome, find
        self._twin_chip.set_value(twin)
        self._outcome_chip.set_value(outcome)
        self.seek.set_text(find)
        self.narrowed.emit(twin)
        narrow = bool(twin or outcome or find)
        self.table.set_nothing(self.no_match if narrow else self._nothing)
        self.rows.restart()
        self.saved.refresh()

    def narrow_to(self, twin: str) -> None:
        """Only this twin's, or every twin's again."""
        self._take(twin="" if twin == self._twin else twin)

    def _take(self, **changed: str) -> None:
        self.filter(**{"twin": self._twin, "outcome": self._outcome, "find": self._find, **changed})

    def stop(self) -> None:
        """Nobody looks any more."""
        self._desk.operations.cancel_under(GLANCES)

    # one arrival

    def step(self, by: int) -> None:
        """The arrival above or below in the list."""
        at = self._at()
        if at is not None and 0 <= at + by < self.rows.total:
            self.table.pick(at + by)

    def _at(self) -> int | None:
        rows = range(min(self.rows.total, paged.PAGE * paged.KEPT_PAGES))
        return next(
            (at for at in rows if (row := self.rows.row(at)) is not None and row.id == self.panel.arrival),
            None,
        )

    def show_beside(self) -> None:
        """The arrival that is looked at, beside its promise."""
        if self._pair is not None and self._pair[0].arrival.id == self.panel.arrival:
            self.panel.hide()
            self.beside.show_pair(*self._pair)
            self.beside_shown.emit(True)
            self.beside.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

    def show_list(self) -> None:
        """Back to the list, with the arrival at its right."""
        self.beside_shown.emit(False)
        self.panel.show()
        self.table.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

    def _on_picked(self, row: twins.Arrival | None) -> None:
        if row is None or row.id == self.panel.arrival:
            return
        self.panel.wait_for(row)
        if not self._is_beside:
            self.panel.show()
        self._ask_arrival(row)

    def _make_room(self, panel_shown: bool) -> None:
        """What the panel tells anyhow needs no column beside it."""
        self.table.show_columns({"Handed", "When"}, not panel_shown)

    def _on_panel_closed(self) -> None:
        self._desk.operations.cancel(ARRIVAL)
        self.table.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

    def _ask_arrival(self, row: twins.Arrival) -> None:
        def failed(problem: errors.Problem) -> None:
            self.panel.fail(row, str(problem), lambda: self._ask_arrival(row))

        self._desk.operations.start(
            ARRIVAL, lambda: _both(self._desk.api, row.id), done=self._tell, failed=failed, latest=True
        )

    def _tell(self, pair: Pair) -> None:
        self._pair = pair
        self.panel.tell(*pair)
        if self._is_beside:
            self.beside.show_pair(*pair)

    # the list

    def _fetch(self, window: paged.Window) -> None:
        ask = twins.ArrivalQuery(
            offset=window.offset,
            limit=window.limit,
            sort=window.sort,
            twin=self._twin,
            outcome=self._outcome,
            find=self._find,
        )
        self._desk.operations.start(
            f"{PAGES}{window.generation}:{window.offset}",
            lambda: self._desk.api.call(twins.INBOX, ask),
            done=self._receiver(window, ask),
            failed=lambda problem: self.rows.refuse(window, str(problem)),
        )

    def _receiver(self, window: paged.Window, ask: twins.ArrivalQuery) -> Callable[[twins.Arrivals], None]:
        def receive(page: twins.Arrivals) -> None:
            self.rows.receive(window, page.rows, page.total)
            ids = [row.id for row in page.rows]
            if self.panel.arrival in ids:
                # What arrives goes on top: the mark moves along with the arrival that is being read.
                self.table.pick(window.offset + ids.index(self.panel.arrival))
            if not all(one in self._glances for one in ids):
                self._glance(window, ask)

        return receive

    def _glance(self, window: paged.Window, ask: twins.ArrivalQuery) -> None:
        """Have the page compared; the pills follow the rows."""

        def receive(found: arrivals.Glances) -> None:
            self._glances.update({glance.id: glance for glance in found.rows})
            self.table.view.viewport().update()

        self._desk.operations.start(
            f"{GLANCES}{window.generation}:{window.offset}",
            lambda: self._desk.api.call(arrivals.GLANCE, ask),
            done=receive,
            failed=_drop,
        )


async def _both(asked: api.Api, number: int) -> Pair:
    """An arrival and its comparison. Raises errors.Problem."""
    whole, found = await asyncio.gather(
        asked.call(twins.ARRIVED, endpoint.Nothing(), id=number), asked.call(arrivals.COMPARE, id=number)
    )
    return whole, found


def _drop(_problem: object) -> None:
    """The pills stay as they are; the list itself tells of a server that does not answer."""
