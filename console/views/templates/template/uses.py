"""Every place that uses a template or a shared block, each one click away."""

from typing import Any

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import errors
from console.widgets import empty, figures, layout, paged, table
from server.channels import contents
from server.wire import endpoint, templates

_ICONS = {"campaign": "megaphone", "template": "layout-template", "block": "braces"}


def _about(row: templates.Use) -> str:
    newest = "takes the newest" if row.kind == "campaign" else ""
    version = f"has v{row.version}" if row.version else newest
    status = f"{row.status.value.capitalize()} campaign" if row.status is not None else row.kind.capitalize()
    channel = contents.TITLES.get(row.channel, "")
    return " · ".join(one for one in (status, version, channel) if one)


COLUMNS = (
    paged.Column(
        title="",
        text=lambda row: row.kind,
        kind=paged.Kind.ICONS,
        icons=lambda row: [_ICONS.get(row.kind, "circle-dot")],
        width=40,
        help="Kind",
    ),
    paged.Column(
        title="Used in",
        text=lambda row: row.name or "Nameless",
        second=_about,
        kind=paged.Kind.TWO_LINES,
        width=140,
        stretch=True,
    ),
    paged.Column(title="Changed", text=lambda row: figures.ago(row.at), width=80),
)


class UsesPanel(QtWidgets.QWidget):
    """`start` with the endpoint of a template's or a block's uses."""

    counted = QtCore.Signal(int)

    def __init__(self, desk: views.Desk, key: str) -> None:
        super().__init__()
        self._desk, self._key = desk, f"templates:uses:{key}"
        self._asked: tuple[endpoint.Endpoint[Any, templates.Uses], dict[str, int]] | None = None
        self.rows = paged.PagedModel(COLUMNS, self._fetch, self)
        nothing = empty.EmptyState(
            "link",
            "Nothing uses it yet",
            "A draft that takes this template up, or a campaign that was sent with it, is listed here.",
        )
        self.table = table.DataTable(self.rows, name="Where it is used", nothing=nothing)
        self.table.activated.connect(self._on_activated)
        self.setLayout(layout.column(self.table))
        self.setAccessibleName("Where it is used")

    def start(self, what: endpoint.Endpoint[Any, templates.Uses], **slots: int) -> None:
        """Ask who uses this."""
        self._asked = (what, slots)
        self.rows.restart()

    def clear(self) -> None:
        """It was never saved: nobody can use it."""
        self._asked = None
        self.rows.restart()

    def _fetch(self, window: paged.Window) -> None:
        if self._asked is None:
            self.rows.receive(window, [], 0)
            return
        what, slots = self._asked

        def show(found: templates.Uses) -> None:
            # All of them come at once; each page is a cut of them.
            rows = found.rows[window.offset : window.offset + window.limit]
            self.rows.receive(window, rows, len(found.rows))
            self.counted.emit(len(found.rows))

        def refused(problem: errors.Problem) -> None:
            self.rows.refuse(window, str(problem))

        self._desk.operations.start(
            self._key, lambda: self._desk.api.call(what, **slots), done=show, failed=refused, latest=True
        )

    def _on_activated(self, row: templates.Use) -> None:
        match row.kind:
            case "campaign":
                self._desk.navigate("campaigns", campaign=row.id)
            case "template":
                self._desk.navigate("templates", template=str(row.id))
            case _:
                self._desk.navigate("templates", block=str(row.id))
