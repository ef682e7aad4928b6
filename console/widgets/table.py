"""The table every list is shown in: paged rows, one delegate, the keyboard, an empty state and a failure with retry."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console.services import settings
from console.widgets import cells, columns, copying, empty, icons, layout, paged, paint, pinned, text, theme
from server.wire import endpoint

COPY_AS = QtCore.QKeyCombination(
    QtCore.Qt.KeyboardModifier.ControlModifier | QtCore.Qt.KeyboardModifier.ShiftModifier, QtCore.Qt.Key.Key_C
)


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
        self.view = _View(model, name, two_lines=two_lines)
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
            action.triggered.connect(lambda _on=False, form=form: _to_clipboard(form()))
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


class _View(QtWidgets.QTableView):
    activated_row = QtCore.Signal(object)
    picked_row = QtCore.Signal(object)
    selection_changed = QtCore.Signal()

    def __init__(self, model: paged.PagedModel, name: str, *, two_lines: bool) -> None:
        super().__init__()
        self._model = model
        self._two_lines = two_lines
        row_height = theme.active().row_height(two_lines=two_lines)
        self._cells = cells.Cells(self, row_height)
        self.setModel(model)
        self.setItemDelegate(self._cells)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QtWidgets.QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        rows = self.verticalHeader()
        rows.hide()
        rows.setDefaultSectionSize(row_height)
        rows.setSectionResizeMode(QtWidgets.QHeaderView.ResizeMode.Fixed)
        self.head = _Head(self)
        self.head.ensurePolished()  # a title is measured in the face it is drawn with
        self.setHorizontalHeader(self.head)
        self.pinned: pinned.Pinned | None = None  #: made when the first column is pinned
        self.copy_menu: Callable[[], QtWidgets.QMenu] | None = None
        self._lay_columns()
        theme.active().changed.connect(self._on_theme_changed)
        self.doubleClicked.connect(lambda index: self._activate(index))
        self.selectionModel().currentRowChanged.connect(self._on_current)
        self.selectionModel().selectionChanged.connect(lambda _now, _before: self.selection_changed.emit())

    def _on_theme_changed(self) -> None:
        high = theme.active().row_height(two_lines=self._two_lines)
        for view in (self, self.pinned):
            if view is not None and view.verticalHeader().defaultSectionSize() != high:
                view.verticalHeader().setDefaultSectionSize(high)

    def _lay_columns(self) -> None:
        for number in range(len(self._model.columns)):
            self.setColumnWidth(number, self.least_width(number))
        self.horizontalHeader().sectionResized.connect(self._on_section_resized)

    def least_width(self, number: int) -> int:
        """A column's own width, or more where its title is longer than that."""
        return max(self._model.columns[number].width, self.head.sectionSizeHint(number))

    def _on_section_resized(self, number: int, _old: int, _new: int) -> None:
        if not self._model.columns[number].stretch:
            self.share_room()

    def share_room(self) -> None:
        """Share the spare room among the columns that stretch; none becomes narrower than its own width."""
        columns = self._model.columns
        taken = sum(self.columnWidth(at) for at, column in enumerate(columns) if not column.stretch)
        elastic = [at for at, column in enumerate(columns) if column.stretch and not self.isColumnHidden(at)]
        for at in elastic:
            share = (self.viewport().width() - taken) // len(elastic)
            self.setColumnWidth(at, max(share, self.least_width(at)))

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self.share_room()
        if self.pinned is not None:
            self.pinned.lay()

    def pin(self, numbers: Sequence[int]) -> None:
        """Keep these columns at the left."""
        if numbers and self.pinned is None:
            self.pinned = pinned.Pinned(self, self._cells)
        if self.pinned is not None:
            self.pinned.set_columns(numbers)

    def shown_columns(self) -> list[int]:
        """The columns that can be seen, from left to right."""
        shown = (at for at in range(len(self._model.columns)) if not self.isColumnHidden(at))
        return sorted(shown, key=self.head.visualIndex)

    def chosen_order(self) -> list[int]:
        """All columns from left to right, hidden ones too."""
        return sorted(range(len(self._model.columns)), key=self.head.visualIndex)

    def contextMenuEvent(self, event: QtGui.QContextMenuEvent) -> None:
        if self.copy_menu is not None:
            self.copy_menu().popup(event.globalPos())

    def go_row(self, number: int) -> None:
        """Pick one row, and put the keyboard on it."""
        shown = self.shown_columns()
        index = self._model.index(number, shown[0] if shown else 0)
        # WORKAROUND: from right to left Qt's own selectRow picks a row and leaves the keyboard where it was.
        flags = QtCore.QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def _on_current(self, current: QtCore.QModelIndex, _previous: QtCore.QModelIndex) -> None:
        self.picked_row.emit(self._model.row(current.row()) if current.isValid() else None)

    def _activate(self, index: QtCore.QModelIndex) -> None:
        row = self._model.row(index.row()) if index.isValid() else None
        if row is not None:
            self.activated_row.emit(row)

    def _light(self, row: int) -> None:
        if row == self._cells.hovered:
            return
        for number in (self._cells.hovered, row):
            if number >= 0:
                self.viewport().update(
                    0, self.rowViewportPosition(number), self.viewport().width(), self.rowHeight(number)
                )
        self._cells.hovered = row

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        self._light(self.rowAt(event.position().toPoint().y()))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QtCore.QEvent) -> None:
        self._light(-1)
        super().leaveEvent(event)

    def focusInEvent(self, event: QtGui.QFocusEvent) -> None:
        super().focusInEvent(event)
        by_key = event.reason() in (
            QtCore.Qt.FocusReason.TabFocusReason,
            QtCore.Qt.FocusReason.BacktabFocusReason,
        )
        if by_key and not self.currentIndex().isValid() and self._model.total:
            self.go_row(0)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.matches(QtGui.QKeySequence.StandardKey.Copy):
            _to_clipboard(self.as_tsv())
        elif event.keyCombination() == COPY_AS and self.copy_menu is not None:
            row = self.visualRect(self.currentIndex())
            self.copy_menu().popup(self.viewport().mapToGlobal(row.bottomLeft() + QtCore.QPoint(24, 0)))
        elif event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter):
            self._activate(self.currentIndex())
        elif event.key() == QtCore.Qt.Key.Key_Home:
            self.go_row(0)
        elif event.key() == QtCore.Qt.Key.Key_End:
            self.go_row(self._model.total - 1)
        else:
            super().keyPressEvent(event)

    def as_tsv(self) -> str:
        """The picked rows that are held, with a heading, as tab-separated lines."""
        numbers = sorted(index.row() for index in self.selectionModel().selectedRows())
        rows = [row for row in map(self._model.row, numbers) if row is not None]
        return copying.tsv(self._model, rows, self.shown_columns())

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        super().paintEvent(event)
        index = self.currentIndex()
        if self.hasFocus() and index.isValid():
            painter = QtGui.QPainter(self.viewport())
            painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
            top, high = self.rowViewportPosition(index.row()), self.rowHeight(index.row())
            ring = QtCore.QRectF(0, top, self.viewport().width(), high)
            paint.focus_ring(painter, ring, 4)
            painter.end()


class _Head(QtWidgets.QHeaderView):
    """A heading that sorts by what the server can sort by, and draws its own arrow."""

    def __init__(self, table: _View) -> None:
        super().__init__(QtCore.Qt.Orientation.Horizontal, table)
        self._table = table
        self._by: tuple[int, QtCore.Qt.SortOrder] | None = None
        self.setHighlightSections(False)
        self.setSectionsClickable(True)
        self.setMinimumSectionSize(48)
        self.setDefaultAlignment(QtCore.Qt.AlignmentFlag.AlignLeft | QtCore.Qt.AlignmentFlag.AlignVCenter)
        self.setFixedHeight(36)
        self.sectionClicked.connect(self._on_clicked)

    def _on_clicked(self, number: int) -> None:
        model = self._table.model()
        assert isinstance(model, paged.PagedModel)
        if not model.columns[number].sort:
            return
        down = QtCore.Qt.SortOrder.DescendingOrder
        up = QtCore.Qt.SortOrder.AscendingOrder
        self._by = (number, up if self._by == (number, down) else down)
        model.sort(*self._by)
        self.viewport().update()

    def sort_by(self, name: str) -> None:
        """Sort by a column's sort name, with `-` before it for descending; a name no column has is left aside."""
        model = self._table.model()
        assert isinstance(model, paged.PagedModel)
        bare = name.removeprefix("-")
        number = next((at for at, column in enumerate(model.columns) if bare and column.sort == bare), -1)
        if number < 0:
            return
        way = QtCore.Qt.SortOrder.DescendingOrder if name != bare else QtCore.Qt.SortOrder.AscendingOrder
        self._by = (number, way)
        model.sort(*self._by)
        self.viewport().update()

    def paintSection(self, painter: QtGui.QPainter, rect: QtCore.QRect, number: int) -> None:
        painter.save()
        super().paintSection(painter, rect, number)
        painter.restore()
        if self._by is None or self._by[0] != number:
            return
        model = self._table.model()
        assert isinstance(model, paged.PagedModel)
        column = model.columns[number]
        wide = QtGui.QFontMetrics(text.font(text.CAPTION, text.SEMIBOLD)).horizontalAdvance(column.title)
        right = column.kind is paged.Kind.NUMBER
        x = rect.right() - 12 - wide - 15 if right else rect.left() + 12 + wide + 4
        name = "arrow-down" if self._by[1] == QtCore.Qt.SortOrder.DescendingOrder else "arrow-up"
        painter.drawPixmap(x, rect.center().y() - 5, icons.pixmap(name, "accent", 11, stroke=2.5))


def _to_clipboard(words: str) -> None:
    QtGui.QGuiApplication.clipboard().setText(words)


def carded(table: DataTable) -> QtWidgets.QFrame:
    """A table on a card of its own, edge to edge."""
    frame = QtWidgets.QFrame()
    frame.setObjectName("card")
    frame.setLayout(layout.column(table, margins=(1, 1, 1, 8)))
    return frame
