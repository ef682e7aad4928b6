"""The library: folders at the left, a list or pictures at the right, and what can be done with several at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console import views
from console.views.templates import arranging, model, picking, shelves
from console.widgets import buttons, chips, empty, icons, layout, paged, saved, search, table, text, theme
from console.widgets.writing import grid
from server.channels import contents
from server.wire import templates

PAGES, SHELVES = "templates:page:", "templates:shelves"
SHELVES_W = 224
ROOM_W = 1_200  #: from this width on every column has room

_CHANNELS = tuple(contents.TITLES.items())


class Rows(paged.PagedModel):
    """Templates that can be dragged onto a folder."""

    def flags(self, index: paged.Index) -> QtCore.Qt.ItemFlag:
        return super().flags(index) | QtCore.Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:  # Qt's own name
        return [shelves.MIME]

    def mimeData(self, indexes: Sequence[QtCore.QModelIndex]) -> QtCore.QMimeData:  # Qt's own name
        found = (self.row(number) for number in sorted({index.row() for index in indexes}))
        made = QtCore.QMimeData()
        made.setData(shelves.MIME, ",".join(str(row.id) for row in found if row is not None).encode())
        return made


class Library(QtWidgets.QWidget):
    """`opened` carries the template that a person wants to see."""

    opened = QtCore.Signal(int)
    blocks_wanted = QtCore.Signal()
    new_wanted = QtCore.Signal()
    import_wanted = QtCore.Signal()
    export_wanted = QtCore.Signal(list)  #: ids

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self._find = ""
        self._wanted = model.Shelf()  #: where one is, also before the shelves have been heard of
        self.known: templates.Shelves | None = None
        self.arranger = arranging.Arranger(desk, self)
        self.arranger.changed.connect(self.reload)
        self._build()
        self._connect()
        self._show_as(desk.settings.get("templates.as", "list"))

    # -- what is on screen ------------------------------------------------------------------------

    def _build(self) -> None:
        self.shelves = shelves.Shelves()
        self.shelves.setFixedWidth(SHELVES_W)
        self._title = text.section("All templates")
        self.search = search.SearchField("Find a template…", name="Find a template by name, tag or words")
        self.search.setFixedWidth(240)
        self.channel = chips.Chip("Channel", lambda: _CHANNELS)
        self.as_list = buttons.icon("layout-list", "As a list", lambda: self._show_as("list"))
        self.as_grid = buttons.icon("layout-dashboard", "As pictures", lambda: self._show_as("grid"))
        for one in (self.as_list, self.as_grid):
            one.setCheckable(True)
        self.more = buttons.icon("ellipsis", "Import and export", self._open_more)
        self.new = buttons.primary(
            "New template", self.new_wanted.emit, icon="plus", tip="New template (Ctrl+N)"
        )
        self.rows = Rows(model.COLUMNS, self._fetch)
        self._none = empty.EmptyState(
            "layout-template",
            "No template yet",
            "A template is content that campaigns take up again: written once, in as many languages as people read, "
            "with every version kept. Write one here, or save what a campaign says as a template.",
            "New template",
            self.new_wanted.emit,
        )
        self._no_match = empty.EmptyState("search", "Nothing here", "", "Show all templates", self.show_all)
        self.table = table.DataTable(self.rows, name="Templates", nothing=self._none)
        self.table.view.setDragEnabled(True)
        self.table.view.setDragDropMode(QtWidgets.QAbstractItemView.DragDropMode.DragOnly)
        self._columns = self.table.remember(self._desk.settings, "templates")
        self.table.ask_by(
            lambda row: templates.SHOW.request(template=row.id),
            lambda: (self._desk.api.url, self._desk.api.workspace),
        )
        self.picked = picking.Picked(self._desk, self, self)
        self.table.view.copy_menu = self.picked.menu
        self.grid = grid.Grid(self.rows)
        self._carded = table.carded(self.table)
        self._stack = QtWidgets.QStackedWidget()
        self._stack.addWidget(self._carded)
        self._stack.addWidget(self.grid)
        self.saved = saved.SavedViews(self._desk.settings, "templates", self.where)
        self.bar = arranging.ActBar(
            [
                ("Move…", "folder", self.picked.ask_move),
                ("Tag…", "tag", self.picked.ask_tag),
                ("Archive", "inbox", self.picked.archive),
                ("Export…", "file-down", self.picked.export),
            ]
        )
        left = QtWidgets.QFrame()
        left.setObjectName("card")
        left.setLayout(layout.column(self.shelves, margins=(6, 8, 6, 8)))
        top = layout.row(
            self._title,
            None,
            self.search,
            self.channel,
            self.as_list,
            self.as_grid,
            self.more,
            self.new,
            gap=theme.SM,
        )
        right = layout.column(top, self.saved, self.bar, self._stack, gap=theme.MD, grow=3)
        self.setLayout(layout.row(left, right, gap=theme.LG, margins=(theme.LG, 14, theme.LG, 14), grow=1))

    def _connect(self) -> None:
        self.shelves.chosen.connect(self._on_shelf)
        self.shelves.dropped.connect(self._on_dropped)
        self.shelves.menu_wanted.connect(self._folder_menu)
        self.search.asked.connect(self._on_find)
        self.search.submitted.connect(
            lambda _words: self._shown().setFocus(QtCore.Qt.FocusReason.TabFocusReason)
        )
        self.channel.changed.connect(self._restart)
        self.table.activated.connect(lambda row: self.opened.emit(row.id))
        self.grid.activated_row.connect(lambda row: self.opened.emit(row.id))
        self.grid.setContextMenuPolicy(QtCore.Qt.ContextMenuPolicy.CustomContextMenu)
        self.grid.customContextMenuRequested.connect(
            lambda at: self.picked.menu().popup(self.grid.viewport().mapToGlobal(at))
        )
        self.table.view.selectionModel().selectionChanged.connect(lambda _on, _off: self._on_picked())
        self.grid.picked.connect(self._on_picked)
        self.picked.opened.connect(self.opened)
        self.picked.export_wanted.connect(self.export_wanted)
        self._columns.changed.connect(self.saved.refresh)
        self.rows.counted.connect(self._on_counted)
        self.saved.chosen.connect(lambda args: self._desk.navigate("templates", fresh=True, **args))
        self.saved.link_wanted.connect(lambda args: self._desk.share("templates", args))

    # -- coming and going -------------------------------------------------------------------------

    def start(self, args: Mapping[str, Any]) -> None:
        """Show the library, narrowed to what is named; as it was left where nothing is."""
        named = {
            name: str(args.get(name) or "") for name in ("folder", "tag", "shelf", "find", "channel", "as")
        }
        if any(named.values()) or args.get("fresh"):
            self.shelves.set_current(model.shelf_of(named["folder"], named["tag"], named["shelf"]))
            self._wanted = model.shelf_of(named["folder"], named["tag"], named["shelf"])
            self._find = named["find"]
            self.search.set_text(self._find)
            self.channel.set_value(named["channel"])
            self.table.go(args)
            if named["as"]:
                self._show_as(named["as"])
            self._restart()
        elif not self.rows.heard:
            self._restart()
        else:
            self.rows.reload()
        self._ask_shelves()

    def stop(self) -> None:
        """Nobody looks any more."""
        self._desk.operations.cancel_under(PAGES)

    def where(self) -> dict[str, str]:
        """The shelf, the words that are sought, the channel, and how rows are laid out."""
        shown = "grid" if self.shows_pictures() else ""
        said = {
            **self._wanted.said(),
            "find": self._find,
            "channel": self.channel.value(),
            "as": shown,
            **self.table.where(),
        }
        return {name: value for name, value in said.items() if value}

    def show_all(self) -> None:
        """Drop every filter."""
        self._find = ""
        self.search.set_text("")
        self.channel.set_value("")
        self._go(model.Shelf())

    def reload(self) -> None:
        """Bring rows and counts up to date in place."""
        self.rows.reload()
        self._ask_shelves()

    # -- shelves ----------------------------------------------------------------------------------

    def _ask_shelves(self) -> None:
        self._desk.operations.start(
            SHELVES,
            lambda: self._desk.api.call(templates.SHELVES),
            done=self._show_shelves,
            failed=lambda _problem: None,  # the list tells of the same failure
            latest=True,
        )

    def _show_shelves(self, known: templates.Shelves) -> None:
        self.known = known
        self.shelves.show_shelves(known)
        if not self.shelves.knows(self._wanted):
            self._go(model.Shelf())
        self.shelves.set_current(self._wanted)

    def _on_shelf(self, shelf: model.Shelf) -> None:
        if shelf.kind == "blocks":
            self.blocks_wanted.emit()
            return
        if shelf != self._wanted:
            self._go(shelf)

    def _go(self, shelf: model.Shelf) -> None:
        self._wanted = shelf
        self.shelves.set_current(shelf)
        self._restart()

    def _on_dropped(self, ids: list[int], shelf: model.Shelf) -> None:
        rows = [row for row in self._held() if row.id in ids]
        match shelf.kind:
            case "folder":
                self.arranger.move(rows, "" if shelf.name == model.TOP else shelf.name)
            case "tag":
                self.arranger.tag(rows, [shelf.name], [])
            case "archive":
                self.arranger.archive(rows, away=True)
            case _ if any(row.archived for row in rows):
                self.arranger.archive(rows, away=False)
            case _:
                self.arranger.move(rows, "")

    def _folder_menu(self, shelf: model.Shelf, at: QtCore.QPoint) -> None:
        above = shelf.name.rpartition("/")[0]
        made = shelves.menu(
            self,
            lambda: self.ask_rename_folder(shelf.name),
            lambda: self.arranger.rename_folder(shelf.name, above),
        )
        made.popup(at)

    def ask_rename_folder(self, path: str) -> None:
        """Ask for a folder's new path."""
        arranging.ask_name(
            self,
            "Rename the folder",
            path,
            "Rename",
            lambda to: self.arranger.rename_folder(path, model.clean_folder(to)),
            words="What lies in it, and in the folders within, moves along.",
        )

    # -- rows -------------------------------------------------------------------------------------

    def _fetch(self, window: paged.Window) -> None:
        ask = model.query(self._wanted, window, find=self._find, channel=self.channel.value())
        self._desk.operations.start(
            f"{PAGES}{window.generation}:{window.offset}",
            lambda: self._desk.api.call(templates.LIST, ask),
            done=lambda page: self.rows.receive(window, page.rows, page.total),
            failed=lambda problem: self.rows.refuse(window, str(problem)),
        )

    def _on_find(self, words: str) -> None:
        self._find = words
        self._restart()

    def _restart(self) -> None:
        shelf = self._wanted
        filtered = bool(self._find or self.channel.value()) or shelf != model.Shelf()
        if filtered:
            self._no_match.set_text(self._nothing_words())
        self.table.set_nothing(self._no_match if filtered else self._none)
        self._title.setText(shelf.title())
        self.bar.buttons["Archive"].set_label("Bring back" if shelf.kind == "archive" else "Archive")
        self._fit_columns()
        self.rows.restart()
        self.saved.refresh()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Where there is little room, what else tells gives way: a folder's own name, and the languages."""
        roomy = self.width() >= ROOM_W
        self.table.show_columns(("Languages",), roomy)
        self.table.show_columns(("Folder",), roomy and self._wanted.kind != "folder")

    def _nothing_words(self) -> str:
        if self._find:
            return f"No template here has “{self._find}” in its name, tags or words."
        if self._wanted.kind == "archive":
            return "What is archived is kept with all its versions, and can be brought back."
        return "No template lies here now."

    def _on_counted(self, total: int) -> None:
        on_grid = self._desk.settings.get("templates.as", "list") == "grid"
        self._stack.setCurrentWidget(self.grid if on_grid and total else self._carded)
        self._on_picked()
        if self.known is None:  # the list was refused at first, and so were they
            self._ask_shelves()

    def _show_as(self, way: str) -> None:
        way = way if way in ("list", "grid") else "list"
        picked = self.picked.numbers()
        self._desk.settings.put("templates.as", way)
        self.as_list.setChecked(way == "list")
        self.as_grid.setChecked(way == "grid")
        self._stack.setCurrentWidget(self.grid if way == "grid" and self.rows.total else self._carded)
        if way == "grid":
            self.grid.pick(picked)
        self.saved.refresh()

    def _shown(self) -> QtWidgets.QWidget:
        return self.grid if self.shows_pictures() else self.table

    def sample(self) -> templates.Template | None:
        """The first template that is held."""
        return next(iter(self._held()), None)

    def _held(self) -> list[templates.Template]:
        found = (
            self.rows.row(number) for number in range(min(self.rows.total, paged.PAGE * paged.KEPT_PAGES))
        )
        return [row for row in found if row is not None]

    def _on_picked(self) -> None:
        self.bar.say(len(self.picked.numbers()))

    def shows_pictures(self) -> bool:
        """Whether the library is shown as pictures now."""
        return self._stack.currentWidget() is self.grid

    def in_archive(self) -> bool:
        """Whether one is in the archive."""
        return self._wanted.kind == "archive"

    def query(self, offset: int, limit: int) -> templates.TemplateQuery:
        """What the list asks, for other rows of it."""
        window = paged.Window(offset=offset, limit=limit, sort=self.rows.sorting, generation=0)
        return model.query(self._wanted, window, find=self._find, channel=self.channel.value())

    def _open_more(self) -> None:
        made = QtWidgets.QMenu(self)
        made.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        made.setAccessibleName("Import and export")
        made.addAction(icons.icon("file-up"), "Import templates from JSON…").triggered.connect(
            lambda _on=False: self.import_wanted.emit()
        )
        made.addAction(icons.icon("file-down"), "Export all as JSON…").triggered.connect(
            lambda _on=False: self.export_wanted.emit([])
        )
        made.popup(self.more.mapToGlobal(QtCore.QPoint(0, self.more.height() + 4)))
