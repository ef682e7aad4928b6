"""The overview's page: alarms, four numbers, what runs, and the last five minutes."""

from typing import Any

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import errors
from console.views.overview import first_run, model, running, speeds
from console.widgets import (
    cards,
    empty,
    equation,
    figures,
    layout,
    notices,
    skeleton,
    theme,
    throughput,
)
from server.wire import campaigns, server

LOOK = "overview:look"
REFRESH_MS = 2_000  #: after a change the numbers are asked for again, at most so often

CHART_H = 186
LEAST_HISTORY = 6  #: fewer values make a line that promises a trend

NOISY = {
    server.ChangeKind.RUN,
    server.ChangeKind.CAMPAIGN,
    server.ChangeKind.ALARMS,
    server.ChangeKind.RECEIPTS,
}


class Page(QtWidgets.QWidget):
    """Looks once when it is opened, and again when the live feed says that something moved."""

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self.desk = desk
        self._seen: model.Seen | None = None
        self._open = False
        self._shares: list[float] = []
        self._doubts: list[float] = []
        self._alarms: list[notices.Banner] = []
        self._later = QtCore.QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(REFRESH_MS)
        self._later.timeout.connect(self._look)
        self._build()
        desk.live.changed.connect(self._on_changes)
        desk.live.resumed.connect(self._look)

    # what is on screen

    def _build(self) -> None:
        self.first = first_run.FirstRun(
            import_contacts=lambda: self.desk.navigate("audiences", add="import"),
            write=lambda: self.desk.navigate("campaigns", new=True),
            launch=lambda: self.desk.navigate("campaigns", tab="draft"),
        )
        self._broken = empty.EmptyState(
            "server-off", "The overview could not be read", "", "Try again", self._look
        )
        self._stack = QtWidgets.QStackedWidget()
        loading = layout.boxed(layout.page(skeleton.Skeleton(4, height=72, gap=18), None))
        loading.setAccessibleName("Loading")
        self._loading = loading
        self._numbers = layout.scroll(self._numbers_page())
        for page in (self._loading, self.first, self._numbers, self._broken):
            self._stack.addWidget(page)
        self.setLayout(layout.column(self._stack))

    def _numbers_page(self) -> QtWidgets.QLayout:
        self._alarm_column = layout.column(gap=theme.SM)
        self.accepted = cards.Kpi("Accepted in 24 h", token="c1", clickable=True)
        self.delivered = cards.Kpi("Delivered", token="c2", clickable=True)
        self.speed = cards.Kpi("Throughput now", token="c3")
        self.doubt = cards.Kpi("In doubt", token="c4", clickable=True)
        self.accepted.activated.connect(lambda: self._messages("accepted", group=True))
        self.delivered.activated.connect(lambda: self._messages("delivered"))
        self.doubt.activated.connect(lambda: self._messages("doubt"))
        kpis = layout.row(gap=theme.MD)
        for kpi in (self.accepted, self.delivered, self.speed, self.doubt):
            kpis.addWidget(kpi, 1)
        self.running = running.Running(self._turn)
        self.running.opened.connect(lambda campaign: self.desk.navigate("campaigns", campaign=campaign))
        self._live = cards.Card(self.running, heading="Running now", flush=True)
        self.chart = throughput.Throughput(
            "Throughput, last five minutes", nothing="Nothing has been sent in the last five minutes."
        )
        self.chart.setFixedHeight(CHART_H)
        self.speeds = speeds.Speeds()
        self._by_channel = cards.Card(self.speeds, heading="By channel", aside="accepted, over 10 s")
        self.equation = equation.EquationView("Last 24 hours")
        self.equation.asked.connect(self._on_asked)
        lower = layout.row(gap=theme.MD)
        lower.addWidget(
            cards.Card(self.chart, heading="Throughput", aside="messages a second, last five minutes"), 5
        )
        lower.addWidget(self._by_channel, 3)
        whole = cards.Card(
            self.equation, heading="Everybody accounted for", aside="all runs started in the last 24 hours"
        )
        return layout.page(self._alarm_column, kpis, self._live, lower, whole, None)

    # coming and going

    def opened(self, **_args: Any) -> None:
        """Look again; what is shown stays meanwhile."""
        self._open = True
        self._look()

    def closed(self) -> None:
        """Stop following."""
        self._open = False
        self._later.stop()
        self.desk.operations.cancel(LOOK)

    def _look(self) -> None:
        if self._open:
            self.desk.operations.start(
                LOOK, lambda: model.look(self.desk.api), done=self.show_seen, failed=self._on_failed
            )

    def _on_failed(self, problem: errors.Problem) -> None:
        if self._seen is None:
            self._broken.set_text(str(problem))
            self._stack.setCurrentWidget(self._broken)

    def _on_changes(self, changes: list[server.Change]) -> None:
        if not self._open or self._seen is None:
            return
        for change in changes:
            if change.kind is server.ChangeKind.RUN:
                row = model.folded(self.running.rows(), change)
                if row is not None:
                    self.running.update_row(row, change.rate_per_s)
            elif change.kind is server.ChangeKind.RECEIPTS:
                self._show_receipts(change.done)
        if any(change.kind in NOISY for change in changes) and not self._later.isActive():
            self._later.start()

    # showing

    def show_seen(self, seen: model.Seen) -> None:
        """Show one look; also how a picture of a known state is made."""
        self._seen = seen
        if seen.is_first_run:
            self.first.set_seen(seen)
            self._stack.setCurrentWidget(self.first)
            return
        overview = seen.overview
        drawn = model.lines(overview.recent, figures.now().timestamp())
        self._show_alarms(overview.alarms)
        self._show_kpis(overview, drawn)
        self.running.set_rows(overview.live)
        self._live.set_aside(f"{len(overview.live)} live" if overview.live else "")
        self.chart.set_series(drawn)
        self.speeds.set_rates(overview.rates)
        self.equation.set_equation(overview.today)
        self._stack.setCurrentWidget(self._numbers)

    def _show_kpis(self, overview: server.Overview, drawn: model.Lines) -> None:
        today = overview.today
        self.accepted.set_value(
            figures.count(today.accepted), _share(today.accepted, today.audience, "of the audience")
        )
        self.accepted.set_history(model.together(drawn))
        share = overview.delivered / today.accepted if today.accepted else 0.0
        self._shares = model.remembered(self._shares, share)
        self.delivered.set_history(_line(self._shares))
        self._show_receipts(overview.receipts_waiting)
        speed = sum(overview.rates.values())
        busy = sum(1 for rate in overview.rates.values() if rate)
        over = f"over {busy} {'channel' if busy == 1 else 'channels'}" if busy else "at rest"
        self.speed.set_value(figures.rate(speed), over)
        self.speed.set_history(model.together(drawn))
        self._doubts = model.remembered(self._doubts, overview.doubt)
        self.doubt.set_history(_line(self._doubts))
        nothing = "every outcome is known"
        self.doubt.set_value(
            figures.count(overview.doubt),
            "waiting for a receipt or a person" if overview.doubt else nothing,
            "warn" if overview.doubt else "ok",
        )

    def _show_receipts(self, waiting: int) -> None:
        if self._seen is None:
            return
        overview = self._seen.overview
        words = f"{figures.count(waiting)} receipts to merge" if waiting else "all receipts merged"
        self.delivered.set_value(figures.share(overview.delivered, overview.today.accepted), words)

    def _show_alarms(self, alarms: list[server.Alarm]) -> None:
        while len(self._alarms) < len(alarms):
            banner = notices.Banner()
            self._alarms.append(banner)
            self._alarm_column.addWidget(banner)
            banner.acted.connect(_Lead(self, len(self._alarms) - 1))
        for at, banner in enumerate(self._alarms):
            if at < len(alarms):
                alarm = alarms[at]
                tone: theme.Tone = "bad" if alarm.level == "bad" else "warn"
                banner.say(alarm.title, alarm.remedy, tone=tone, action=LEADS.get(alarm.view, ""))
            else:
                banner.say("")

    def lead(self, at: int) -> None:
        """Go where an alarm can be mended."""
        if self._seen is not None and at < len(self._seen.overview.alarms):
            alarm = self._seen.overview.alarms[at]
            if alarm.view == "messages":
                self._messages(alarm.subject)
            else:
                self.desk.navigate(alarm.view, subject=alarm.subject)

    # acts

    def _turn(self, row: campaigns.Campaign) -> None:
        what = campaigns.RESUME if row.status is campaigns.Status.PAUSED else campaigns.PAUSE
        self.desk.operations.start(
            f"campaign:{row.id}:turn",
            lambda: self.desk.api.call(what, campaign=row.id),
            done=lambda _row: self._look(),
        )

    def _on_asked(self, key: str) -> None:
        self._messages("" if key == "audience" else key, group=True)

    def _messages(self, state: str, *, group: bool = False) -> None:
        self.desk.navigate("messages", state=state, group=group)


#: What the button says that leads from an alarm to a view.
LEADS = {
    "providers": "Open providers",
    "messages": "Show them",
    "campaigns": "Open the campaign",
    "audiences": "Open audiences",
    "twins": "Open the twins",
    "exceptions": "Look into them",
}


class _Lead:
    def __init__(self, page: Page, at: int) -> None:
        self._page, self._at = page, at

    def __call__(self) -> None:
        self._page.lead(self._at)


def _share(part: int, whole: int, words: str) -> str:
    return f"{figures.share(part, whole)} {words}" if whole else " "


def _line(values: list[float]) -> list[float]:
    return values if len(values) >= LEAST_HISTORY else []
