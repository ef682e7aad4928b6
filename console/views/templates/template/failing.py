"""For whom a template fails: rendered for everybody of an audience, with reasons; each person is one click away."""

from collections.abc import Callable

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import errors
from console.widgets import (
    buttons,
    chips,
    empty,
    figures,
    layout,
    notices,
    paged,
    progress,
    table,
    text,
    theme,
)
from server.wire import campaigns, crafting

START, LOOK, PEOPLE = "templates:check", "templates:check:look", "templates:check:people:"
LOOK_MS = 400

COLUMNS = (
    paged.Column(
        title="Person",
        text=lambda row: row.name,
        second=lambda row: row.message,
        kind=paged.Kind.TWO_LINES,
        width=220,
        stretch=True,
    ),
)


class FailingPanel(QtWidgets.QWidget):
    """`person_wanted` carries a position of the audience and a contact."""

    person_wanted = QtCore.Signal(int, int)

    def __init__(
        self,
        desk: views.Desk,
        audience: Callable[[], int | None],
        written: Callable[[], campaigns.Contents | None],
    ) -> None:
        super().__init__()
        self._desk, self._audience, self._written = desk, audience, written
        self.check: crafting.Check | None = None
        self._old = False  #: what was checked has been edited since
        self.go = buttons.plain(
            "Check everybody", self.start, icon="users", tip="Render it for the whole audience"
        )
        self._told = text.muted("", wrap=True)
        self._banner = notices.Banner()
        self._place = layout.column()
        self._progress: progress.ProgressRow | None = None
        self.groups = chips.Chip("Reason", self._choices)
        self.groups.changed.connect(self._restart)
        self.rows = paged.PagedModel(COLUMNS, self._fetch, self)
        self._none = empty.EmptyState(
            "users",
            "Does it work for everybody?",
            "A check renders this template for each person of the audience, as a launch would, and lists those for "
            "whom it fails and why. Nothing is sent.",
        )
        self._clean = empty.EmptyState("circle-check", "It works for everybody", "")
        self.table = table.DataTable(self.rows, name="People for whom it fails", nothing=self._none)
        self.table.view.clicked.connect(lambda _index: self._on_picked(self.table.current()))
        self.table.activated.connect(self._on_picked)
        self.setLayout(
            layout.column(
                layout.row(self.go, None, self.groups, gap=theme.SM),
                self._place,
                self._banner,
                self._told,
                self.table,
                gap=theme.SM,
                grow=4,
            )
        )
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        self.setAccessibleName("For whom it fails")
        self.forget()

    # -- a check ----------------------------------------------------------------------------------

    def forget(self) -> None:
        """Another template: nothing has been checked."""
        self.stop()
        self.check, self._old = None, False
        self._end_progress()
        self._told.setText("")
        self._banner.say("")
        self.groups.set_value("")
        self.groups.hide()
        self.table.set_nothing(self._none)
        self.rows.restart()

    def stop(self) -> None:
        """Nobody looks; the check goes on."""
        self._timer.stop()

    def resume(self) -> None:
        """Somebody looks again."""
        if self.check is not None and self.check.status is crafting.CheckStatus.RUNNING:
            self._timer.start()

    def outdate(self) -> None:
        """What was checked has been edited."""
        if self.check is not None and not self._old:
            self._old = True
            self._show_told()

    def start(self) -> None:
        """Check what is written now for the audience that is chosen."""
        audience, written = self._audience(), self._written()
        if audience is None or written is None:
            words = "There is no audience to check it for." if audience is None else "Mend the faults first."
            self._banner.say(words, tone="warn")
            return
        self._banner.say("")
        ask = crafting.CheckAsk(audience=audience, contents=written)
        self.go.set_busy(True, "Starting…")
        self._desk.operations.start(
            START,
            lambda: self._desk.api.call(crafting.CHECK, ask),
            done=self._on_started,
            failed=self._on_refused,
        )

    def _on_started(self, check: crafting.Check) -> None:
        self.forget()
        self.show_check(check)

    def _on_refused(self, problem: errors.Problem) -> None:
        self.go.set_busy(False)
        self._banner.say(problem.sentence, problem.remedy, tone="bad")

    def show_check(self, check: crafting.Check) -> None:
        """Show how far a check is, or what it found."""
        before, self.check = self.check, check
        runs = check.status is crafting.CheckStatus.RUNNING
        self.go.set_busy(runs, "Checking…")
        if runs:
            self._show_progress(check)
            self._timer.start()
        else:
            self._timer.stop()
            self._end_progress()
        if check.status is crafting.CheckStatus.FAILED:
            self._banner.say(check.message, tone="bad")
        self._show_told()
        self.groups.setVisible(len(check.groups) > 1)
        self.groups.refresh()
        done = check.status is crafting.CheckStatus.DONE
        if done and not check.failing:
            people = figures.count(check.looked_at)
            self._clean.set_text(
                f"All {people} people of {check.audience_name} get a message without a fault."
            )
            self.table.set_nothing(self._clean)
        if before is None or before.failing != check.failing or not runs:
            self.rows.reload()

    def _show_progress(self, check: crafting.Check) -> None:
        if self._progress is None:
            self._progress = progress.ProgressRow(f"Rendering for {check.audience_name}")
            self._progress.cancelled.connect(self.cancel)
            self._place.addWidget(self._progress)
        self._progress.set_progress(check.looked_at, max(check.people, 1))

    def _end_progress(self) -> None:
        layout.clear(self._place)
        self._progress = None

    def _show_told(self) -> None:
        check = self.check
        if check is None:
            return
        looked, failing = figures.count(check.looked_at), figures.count(check.failing)
        words = f"It fails for {failing} of {looked} people." if check.failing else ""
        if check.status is crafting.CheckStatus.CANCELLED:
            words = f"Stopped after {looked} of {figures.count(check.people)} people; it fails for {failing}."
        if self._old:
            words = f"{words} It was edited since: check it again.".strip()
        self._told.setText(words)
        self._told.set_style("warn" if self._old or check.failing else "muted")

    def cancel(self) -> None:
        """Stop the check that runs."""
        check = self.check
        if check is not None:
            self._desk.operations.start(
                LOOK,
                lambda: self._desk.api.call(crafting.CANCEL_CHECK, check=check.id),
                done=self.show_check,
                latest=True,
            )

    def _look(self) -> None:
        check = self.check
        if check is None:
            self._timer.stop()
            return
        self._desk.operations.start(
            LOOK,
            lambda: self._desk.api.call(crafting.CHECKED, check=check.id),
            done=self.show_check,
            failed=lambda problem: self._told.setText(str(problem)),
        )

    # -- people -----------------------------------------------------------------------------------

    def _choices(self) -> list[tuple[str, str]]:
        groups = self.check.groups if self.check is not None else []
        return [(str(one.group), f"{one.message} ({figures.count(one.people)})") for one in groups]

    def _restart(self) -> None:
        self.rows.restart()

    def _fetch(self, window: paged.Window) -> None:
        check = self.check
        if check is None or not check.failing:
            self.rows.receive(window, [], 0)
            return
        ask = crafting.FailingQuery(
            offset=window.offset, limit=window.limit, group=int(self.groups.value() or 0)
        )
        self._desk.operations.start(
            f"{PEOPLE}{window.generation}:{window.offset}",
            lambda: self._desk.api.call(crafting.FAILING, ask, check=check.id),
            done=lambda page: self.rows.receive(window, page.rows, page.total),
            failed=lambda problem: self.rows.refuse(window, str(problem)),
        )

    def _on_picked(self, row: crafting.Failing | None) -> None:
        if row is not None:
            self.person_wanted.emit(row.position, row.contact)
