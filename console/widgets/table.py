"""The table every list is shown in: paged rows, one delegate, the keyboard, an empty state and a failure with retry."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from PySide6 import QtCore, QtWidgets

from console.services import settings
from console.widgets import columns, copying, empty, icons, layout, paged, rows
from server.wire import endpoint


class DataTable(QtWidgets.QStackedWidget):
    """A PagedModel on screen. Enter or a double click activates; Ctrl+C copies the picked rows, a menu copies them as
    CSV, JSON or requests.
    """

    activated = QtCore.Signal(object)  #: the row
    picked = QtCore.Signal(object)  #: the current row, or None
    selection_changed = QtCore.Signal()

    def __init__(
        self,
        model: paged.PagedModel,
        *,
        name: str,
        nothing: QtWidgets.QWidget | None = None,
        two_lines: bool = True,
    ) -> None:
        super().__init__()
        self.model = model
        self.view = rows.Rows(model, name, two_lines=two_lines)
        self._nothing = nothing or empty.EmptyState("inbox", "Nothing here", "")
        self._broken = empty.EmptyState("triangle-alert", "This list could not be read", "")
        self._broken.set_action("Try again", model.restart)
        for page in (self.view, self._nothing, self._broken):
            self.addWidget(page)
        self.setFocusProxy(self.view)
        self.setAccessibleName(name)
        model.counted.connect(self._on_counted)
        model.failed.connect(self._on_failed)
        self.view.activated_row.connect(self.activated)
        self.view.picked_row.connect(self.picked)
        self.view.selection_changed.connect(self.selection_changed)
        self.view.copy_menu = self.copy_menu
        self.columns: columns.Columns | None = None
        self._hidden: set[int] = set()  #: by a person's choice
        self._squeezed: set[int] = set()  #: while something else takes the room
        self._request: Callable[[Any], endpoint.Call] | None = None
        self._server: Callable[[], tuple[str, int | None]] | None = None

    def remember(self, kept: settings.Settings, name: str) -> columns.Columns:
        """Let a person choose the columns, and keep that and the scroll position under a list's name."""
        self.columns = columns.Columns(self, kept, name)
        return self.columns

    def where(self) -> dict[str, str]:
        """Its columns and order as a link holds them; empty where they are the list's own."""
        said = {"sort": self.model.sorting}
        if self._hidden or (self.columns is not None and self.columns.layout().pinned):
            shown = (self.model.columns[at].name for at in self.view.chosen_order() if at not in self._hidden)
            said["columns"] = ",".join(shown)
        return {name: value for name, value in said.items() if value}

    def go(self, args: Mapping[str, object]) -> None:
        """Take columns and order from what a page is opened with; what is not named stays as it is."""
        if self.columns is not None and args.get("columns"):
            self.columns.show_only(str(args["columns"]).split(","))
        if args.get("sort"):
            self.sort_by(str(args["sort"]))

    def keep(self) -> None:
        """Write down how it is laid out, as when the window closes."""
        if self.columns is not None:
            self.columns.keep()

    def ask_by(
        self, request: Callable[[Any], endpoint.Call], server: Callable[[], tuple[str, int | None]]
    ) -> None:
        """Offer rows as requests too: `request` makes one for a row, `server` tells the address and the workspace."""
        self._request, self._server = request, server

    def set_chosen(self, at: int, shown: bool) -> None:
        """Show or hide one column by a person's choice."""
        (self._hidden.discard if shown else self._hidden.add)(at)
        self.view.setColumnHidden(at, at in self._hidden | self._squeezed)

    def sort_by(self, name: str) -> None:
        """Sort by a column's sort name, with `-` before it for descending."""
        self.view.head.sort_by(name)

    def copy_menu(self) -> QtWidgets.QMenu:
        """The picked rows in every form there is."""
        menu = QtWidgets.QMenu(self)
        menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName("Copy")
        forms: list[tuple[str, Callable[[], str]]] = [
            ("Copy as lines with tabs", self.view.as_tsv),
            ("Copy as CSV", lambda: copying.as_csv(self.model, self.selected(), self.view.shown_columns())),
            ("Copy as JSON", lambda: copying.as_json(self.selected())),
        ]
        request, server = self._request, self._server
        if request is not None and server is not None:
            forms.append(
                (
                    "Copy as cURL",
                    lambda: copying.as_curl([request(row) for row in self.selected()], *server()),
                )
            )
        for title, form in forms:
            action = menu.addAction(icons.icon("copy"), title)
            action.setEnabled(bool(self.selected()))
            action.triggered.connect(lambda _on=False, form=form: copying.to_clipboard(form()))
        return menu

    def current(self) -> Any | None:
        """The row the keyboard is on, if it is held."""
        index = self.view.currentIndex()
        return self.model.row(index.row()) if index.isValid() else None

    def selected(self) -> list[Any]:
        """The picked rows that are held, in their order."""
        numbers = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        return [row for row in map(self.model.row, numbers) if row is not None]

    def pick(self, number: int) -> None:
        """Put the keyboard on a row."""
        if 0 <= number < self.model.total:
            self.view.go_row(number)

    def show_columns(self, titles: Collection[str], shown: bool) -> None:
        """Show or hide columns by their headings, as when a panel takes the room; the others share it."""
        for at, column in enumerate(self.model.columns):
            if column.title in titles:
                (self._squeezed.discard if shown else self._squeezed.add)(at)
                self.view.setColumnHidden(at, at in self._hidden | self._squeezed)
        self.view.share_room()

    def set_nothing(self, nothing: QtWidgets.QWidget) -> None:
        """Show another teaching page while there are no rows, as when a filter is set."""
        if nothing is self._nothing:
            return
        old, self._nothing = self._nothing, nothing
        shown = self.currentWidget() is old
        self.removeWidget(old)
        old.setParent(None)
        self.insertWidget(1, nothing)
        if shown:
            self.setCurrentWidget(nothing)

    def _on_counted(self, total: int) -> None:
        self.setCurrentWidget(self.view if total else self._nothing)

    def _on_failed(self, sentence: str) -> None:
        if not self.model.total:
            self._broken.set_text(sentence)
            self.setCurrentWidget(self._broken)


def carded(table: DataTable) -> QtWidgets.QFrame:
    """A table on a card of its own, edge to edge."""
    frame = QtWidgets.QFrame()
    frame.setObjectName("card")
    frame.setLayout(layout.column(table, margins=(1, 1, 1, 8)))
    return frame
