"""Imports: the list, one that runs with its progress, and the error sheet of one that is done."""

import pathlib

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import errors
from console.views.audiences import model
from console.widgets import (
    buttons,
    cards,
    dialogs,
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
from server.wire import audiences, endpoint, server

LOOK_MS = 700  #: how often a running import is asked for, besides what the live feed says


class ImportsPart(QtWidgets.QWidget):
    """All imports, newest first, and one of them below with its faults."""

    finished = QtCore.Signal(object)  #: the import that has just ended
    import_asked = QtCore.Signal()

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self.current: audiences.Import | None = None
        self._watched: set[int] = set()  #: imports that ran when they were last looked at
        self._wanted = 0
        self.list = paged.PagedModel(model.IMPORTS, self._fetch, self)
        nothing = empty.EmptyState(
            "file-spreadsheet",
            "Nothing was imported yet",
            "Choose a CSV file with one person a row, or drop one anywhere on this page. Headers are recognised, and"
            " nothing is kept of an import that does not end well.",
            "Import a file",
            self.import_asked.emit,
        )
        self.table = table.DataTable(self.list, name="Imports", nothing=nothing)
        self.table.picked.connect(self._on_picked)
        self.table.remember(desk.settings, "imports")
        self.sheet = paged.PagedModel(model.FAULTS, self._fetch_faults, self)
        clean = empty.EmptyState("circle-check", "No fault", "Every cell of this file could be read.")
        self.sheet_table = table.DataTable(self.sheet, name="Error sheet", nothing=clean)
        self.sheet_table.remember(desk.settings, "imports.faults")
        self.save_button = buttons.plain("Save as CSV", self._choose_target, icon="file-down")
        self.card = self._make_card()
        self.card.hide()
        whole = layout.column(table.carded(self.table), self.card, gap=theme.MD)
        whole.setStretch(0, 4)
        whole.setStretch(1, 5)
        self.setLayout(whole)
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        desk.live.changed.connect(self._on_changes)

    def open(self, wanted: int = 0) -> None:
        """Read the list, and go to one of it."""
        self._wanted = wanted or self._wanted
        self.list.reload() if self.list.heard else self.list.restart()

    def rest(self) -> None:
        """Nobody looks."""
        self._timer.stop()

    def begun(self, one: audiences.Import) -> None:
        """An import has been taken by the server."""
        self._watched.add(one.id)
        self._wanted = one.id
        self._tell(one)

    # how it is built

    def _make_card(self) -> cards.Card:
        self._title = text.Label("", "section", wrap=True)
        self._said = text.muted("", wrap=True)
        self._banner = notices.Banner()
        self._place = layout.column()
        self._progress: progress.ProgressRow | None = None
        self._progress_of = 0
        head = layout.row(layout.column(self._title, self._said, gap=2), self.save_button, grow=0)
        card = cards.Card(gap=theme.MD)
        card.add(head)
        card.add(self._banner)
        card.add(self._place)
        card.add(self.sheet_table, 1)
        return card

    def _tell(self, one: audiences.Import) -> None:
        other = self.current is None or self.current.id != one.id
        was_running = one.id in self._watched
        runs = one.status in model.RUNNING
        self.current = one
        self.card.show()
        self._title.setText(f"{one.file} into {one.audience_name}")
        self._said.setText(model.told(one))
        self._tell_progress(one, runs=runs)
        failed = one.status is audiences.ImportStatus.FAILED
        self._banner.say(one.message if failed else "", tone="bad")
        layout.reveal(self.save_button, not runs and one.faults > 0)
        layout.reveal(self.sheet_table, not runs and not failed)
        if runs:
            self._watched.add(one.id)
            self._timer.start()
        else:
            self._watched.discard(one.id)
            self._timer.stop()
            if other or was_running:
                self.sheet.restart()
            if was_running:
                self.finished.emit(one)

    def _tell_progress(self, one: audiences.Import, *, runs: bool) -> None:
        if runs and (self._progress is None or self._progress_of != one.id):
            layout.clear(self._place)
            self._progress = progress.ProgressRow(f"Importing {one.file}")
            self._progress.cancelled.connect(lambda: self._cancel(one.id))
            self._progress_of = one.id
            self._place.addWidget(self._progress)
        elif not runs:
            layout.clear(self._place)
            self._progress = None
        if self._progress is not None:
            faults = f", {figures.count(one.faults)} faults" if one.faults else ""
            self._progress.set_progress(one.bytes_read, one.bytes_total, model.told(one) + faults)

    # what a person does

    def _on_picked(self, row: audiences.Import | None) -> None:
        if row is not None and (self.current is None or row.id != self.current.id):
            self._tell(row)

    def _cancel(self, one: int) -> None:
        self._desk.operations.start(
            f"audiences:cancel:{one}",
            lambda: self._desk.api.call(audiences.CANCEL_IMPORT, endpoint.Nothing(), id=one),
            done=self._heard,
        )

    def _choose_target(self) -> None:
        if self.current is not None:
            stem = pathlib.PurePath(self.current.file).stem or "import"
            dialogs.choose_file(
                self,
                "Save the error sheet",
                self.save_sheet,
                kinds=["CSV files (*.csv)"],
                save_as=f"{stem}-faults.csv",
            )

    def save_sheet(self, target: str) -> None:
        """Write the error sheet of the import on screen into a file."""
        one = self.current
        if one is None:
            return
        path = pathlib.Path(target)
        self._desk.operations.start(
            f"audiences:sheet:{one.id}",
            lambda: self._desk.api.download(audiences.FAULT_SHEET, path, id=one.id),
            done=lambda _done: self._desk.toast(f"The error sheet is in {path}", tone="ok"),
            label=f"Saving {path.name}",
        )

    # what the server says

    def _fetch(self, window: paged.Window) -> None:
        ask = endpoint.Window(offset=window.offset, limit=window.limit, sort=window.sort)
        self._desk.operations.start(
            f"audiences:imports:{window.generation}:{window.offset}",
            lambda: self._desk.api.call(audiences.IMPORTS, ask),
            done=lambda page: self._receive(window, page),
            failed=lambda problem: self.list.refuse(window, str(problem)),
        )

    def _receive(self, window: paged.Window, page: audiences.Imports) -> None:
        self.list.receive(window, page.rows, page.total)
        if not self.list.heard:
            return  # an answer to an older question
        ids = [row.id for row in page.rows]
        if self._wanted in ids:
            at = ids.index(self._wanted)
            self.table.pick(window.offset + at)
            self._on_picked(page.rows[at])  # another import may have stood in this row before
            self._wanted = 0
        elif self.current is None and page.rows:
            self.table.pick(0)

    def _fetch_faults(self, window: paged.Window) -> None:
        one = self.current
        if one is None:
            return
        ask = endpoint.Window(offset=window.offset, limit=window.limit)
        self._desk.operations.start(
            f"audiences:faults:{one.id}:{window.generation}:{window.offset}",
            lambda: self._desk.api.call(audiences.FAULTS, ask, id=one.id),
            done=lambda page: self.sheet.receive(window, page.rows, page.total),
            failed=lambda problem: self.sheet.refuse(window, str(problem)),
        )

    def _look(self) -> None:
        one = self.current
        if one is None or one.status not in model.RUNNING:
            self._timer.stop()
            return
        self._desk.operations.start(
            f"audiences:import:{one.id}",
            lambda: self._desk.api.call(audiences.IMPORTED, endpoint.Nothing(), id=one.id),
            done=self._heard,
            failed=self._lost,
        )

    def _heard(self, one: audiences.Import) -> None:
        self.list.replace(lambda row: row.id == one.id, one)
        if self.current is not None and self.current.id == one.id:
            self._tell(one)

    def _lost(self, problem: errors.Problem) -> None:
        self._said.setText(str(problem))

    def _on_changes(self, changes: list[server.Change]) -> None:
        told = [change.subject for change in changes if change.kind is server.ChangeKind.IMPORT]
        if self.current is not None and self.current.id in told:
            self._look()
