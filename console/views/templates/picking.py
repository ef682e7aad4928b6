"""What is picked in the library, in the list or among the pictures, and what can be done with it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from PySide6 import QtCore, QtGui, QtWidgets

from console import views
from console.views.templates import arranging, shelves
from console.widgets import icons, paged, table
from console.widgets.writing import grid
from server.wire import templates

PICK = "templates:pick"
MOST = 500  #: rows that one question can bring

Rows = Sequence[templates.Template]


class Library(Protocol):
    """What shows the rows and knows how to ask for more of them."""

    table: table.DataTable
    grid: grid.Grid
    shelves: shelves.Shelves
    arranger: arranging.Arranger

    @property
    def rows(self) -> paged.PagedModel:
        """The rows that are held."""

    def shows_pictures(self) -> bool:
        """Whether pictures are shown in place of the list."""

    def in_archive(self) -> bool:
        """Whether what is archived is shown."""

    def query(self, offset: int, limit: int) -> templates.TemplateQuery:
        """What the list asks, for other rows of it."""


class Picked(QtCore.QObject):
    """Acts on every row that is picked; those that are not held are asked for first."""

    opened = QtCore.Signal(int)
    copy_wanted = QtCore.Signal(object)  #: a template to make another of
    export_wanted = QtCore.Signal(list)  #: ids

    def __init__(self, desk: views.Desk, library: Library, over: QtWidgets.QWidget) -> None:
        super().__init__(over)
        self._desk, self._library = desk, library
        self._over = over  #: what questions are asked in front of

    def numbers(self) -> list[int]:
        """The rows that are picked."""
        library = self._library
        if library.shows_pictures():
            return library.grid.numbers()
        return sorted(index.row() for index in library.table.view.selectionModel().selectedRows())

    def with_all(self, act: Callable[[Rows], object]) -> None:
        """Do something with every picked row."""
        numbers = self.numbers()
        held = [self._library.rows.row(number) for number in numbers]
        known = [row for row in held if row is not None]
        if len(known) < len(numbers):
            self._desk.operations.start(PICK, lambda: self._asked(numbers), done=act)
        elif known:
            act(known)

    async def _asked(self, numbers: Sequence[int]) -> Rows:
        """The rows at these places of the list, as it is narrowed and sorted. Raises errors.Problem."""
        offsets = sorted({number // MOST * MOST for number in numbers})
        asks = [self._library.query(offset, MOST) for offset in offsets]
        pages = await asyncio.gather(*(self._desk.api.call(templates.LIST, ask) for ask in asks))
        found = {
            offset + at: row
            for offset, page in zip(offsets, pages, strict=True)
            for at, row in enumerate(page.rows)
        }
        return [found[number] for number in numbers if number in found]

    def _with_one(self, act: Callable[[templates.Template], object]) -> None:
        self.with_all(lambda rows: act(rows[0]))

    # -- acts -------------------------------------------------------------------------------------

    def ask_move(self) -> None:
        """Ask where what is picked shall lie."""
        known, arranger = self._library.shelves.folders(), self._library.arranger
        self.with_all(
            lambda rows: arranging.ask_folder(
                self._over, len(rows), known, lambda folder: arranger.move(rows, folder)
            )
        )

    def ask_tag(self) -> None:
        """Ask for tags of what is picked."""
        known, arranger = self._library.shelves.tags(), self._library.arranger
        self.with_all(
            lambda rows: arranging.ask_tags(
                self._over, rows, known, lambda add, drop: arranger.tag(rows, add, drop)
            )
        )

    def archive(self) -> None:
        """Archive what is picked; in the archive, bring it back."""
        away = not self._library.in_archive()
        self.with_all(lambda rows: self._library.arranger.archive(rows, away=away))

    def export(self) -> None:
        """Ask for a file to write what is picked into."""
        self.with_all(lambda rows: self.export_wanted.emit([row.id for row in rows]))

    def ask_rename(self, row: templates.Template) -> None:
        """Ask for a template's new name."""
        arranger = self._library.arranger
        arranging.ask_name(
            self._over,
            "Rename the template",
            row.name,
            "Rename",
            lambda name: arranger.rename(row, name),
        )

    def menu(self) -> QtWidgets.QMenu:
        """What can be done with what is picked, before the ways to copy it."""
        made = self._library.table.copy_menu()
        made.setAccessibleName("Templates")
        first = made.actions()[0]
        count = len(self.numbers())
        archive = "Bring back" if self._library.in_archive() else "Archive"
        acts: list[tuple[str, str, Callable[[], object], bool]] = [
            (
                "Open",
                "external-link",
                lambda: self._with_one(lambda row: self.opened.emit(row.id)),
                count == 1,
            ),
            ("Rename…", "pencil", lambda: self._with_one(self.ask_rename), count == 1),
            ("Duplicate", "copy", lambda: self._with_one(self.copy_wanted.emit), count == 1),
            ("Move…", "folder", self.ask_move, count > 0),
            ("Tag…", "tag", self.ask_tag, count > 0),
            (archive, "inbox", self.archive, count > 0),
            ("Export…", "file-down", self.export, count > 0),
        ]
        for title, icon, act, possible in acts:
            entry = QtGui.QAction(icons.icon(icon), title, made)
            entry.setEnabled(possible)
            entry.triggered.connect(lambda _on=False, act=act: act())
            made.insertAction(first, entry)
        made.insertSeparator(first)
        return made
