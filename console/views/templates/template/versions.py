"""A template's versions: what each is about, who made it, what differs, and the way back to it."""

from PySide6 import QtCore, QtWidgets

from console import views
from console.views.templates import arranging
from console.widgets import buttons, empty, figures, layout, paged, table, text, theme
from server.wire import endpoint, templates

ASK, ACT = "templates:versions", "templates:version"


def _title(row: templates.VersionLine) -> str:
    return f"v{row.version} · {row.note}" if row.note else f"v{row.version}"


def _about(row: templates.VersionLine) -> str:
    said = [figures.ago(row.created_at), f"by {row.by}" if row.by else ""]
    if row.restored_from:
        said.append(f"v{row.restored_from} taken up again")
    if row.uses:
        said.append(f"in {row.uses} campaign" + ("" if row.uses == 1 else "s"))
    return " · ".join(one for one in said if one)


COLUMNS = (
    paged.Column(
        title="Version", text=_title, second=_about, kind=paged.Kind.TWO_LINES, width=220, stretch=True
    ),
)


class VersionsPanel(QtWidgets.QWidget):
    """Both signals carry a version."""

    compare_wanted = QtCore.Signal(int)
    restore_wanted = QtCore.Signal(int)

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self._template: int | None = None
        self._newest = 0
        self.rows = paged.PagedModel(COLUMNS, self._fetch, self)
        nothing = empty.EmptyState(
            "history",
            "No version yet",
            "Each save makes one. An older one can be looked at side by side, and taken up again.",
        )
        self.table = table.DataTable(self.rows, name="Versions", nothing=nothing)
        self.table.picked.connect(lambda _row: self._show())
        self.table.activated.connect(lambda row: self.compare_wanted.emit(row.version))
        self.compare = buttons.plain(
            "Compare", self._on_compare, icon="columns-3", tip="What differs from now"
        )
        self.note = buttons.plain("Note…", self.ask_note, icon="pencil", tip="Say what this version is about")
        self.restore = buttons.plain("Restore", self._on_restore, icon="rotate-ccw")
        hint = text.muted("Enter compares a version with what is written now.", wrap=True)
        self.setLayout(
            layout.column(
                self.table,
                hint,
                layout.row(self.compare, self.note, self.restore, None, gap=theme.SM),
                gap=theme.SM,
                grow=0,
            )
        )
        self.setAccessibleName("Versions")
        self._show()

    def start(self, template: int | None, newest: int) -> None:
        """Show the versions of this template."""
        self._template, self._newest = template, newest
        self.rows.restart()
        self._show()

    def chosen(self) -> templates.VersionLine | None:
        """The version that is picked."""
        row = self.table.current()
        return row if isinstance(row, templates.VersionLine) else None

    def _show(self) -> None:
        row = self.chosen()
        self.compare.setEnabled(row is not None)
        self.note.setEnabled(row is not None)
        self.restore.setEnabled(row is not None and row.version != self._newest)

    def _fetch(self, window: paged.Window) -> None:
        template = self._template
        if template is None:
            self.rows.receive(window, [], 0)
            return
        ask = endpoint.Window(offset=window.offset, limit=window.limit)
        self._desk.operations.start(
            f"{ASK}:{window.generation}:{window.offset}",
            lambda: self._desk.api.call(templates.VERSIONS, ask, template=template),
            done=lambda page: self._receive(window, page),
            failed=lambda problem: self.rows.refuse(window, str(problem)),
        )

    def _receive(self, window: paged.Window, page: templates.Versions) -> None:
        self.rows.receive(window, page.rows, page.total)
        if self.chosen() is None and page.rows:
            self.table.pick(0)
        self._show()

    def _on_compare(self) -> None:
        row = self.chosen()
        if row is not None:
            self.compare_wanted.emit(row.version)

    def ask_note(self) -> None:
        """Ask what the version that is picked is about."""
        row = self.chosen()
        template = self._template
        if row is None or template is None:
            return

        def save(note: str) -> None:
            self._desk.operations.start(
                ACT,
                lambda: self._desk.api.call(
                    templates.ANNOTATE, templates.Note(note=note), template=template, version=row.version
                ),
                done=lambda _version: self.rows.reload(),
            )

        arranging.ask_name(
            self, f"What v{row.version} is about", row.note, "Keep the note", save, label="Note"
        )

    def _on_restore(self) -> None:
        row = self.chosen()
        if row is not None:
            self.restore_wanted.emit(row.version)
