"""The rows of a table: their columns share the room, the keyboard walks and copies them, and some columns may stay."""

from collections.abc import Callable, Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import cells, copying, heading, paged, paint, pinned, theme

COPY_AS = QtCore.QKeyCombination(
    QtCore.Qt.KeyboardModifier.ControlModifier | QtCore.Qt.KeyboardModifier.ShiftModifier, QtCore.Qt.Key.Key_C
)


class Rows(QtWidgets.QTableView):
    """A PagedModel in rows; what is activated or picked is told as a row of the model."""

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
        self.head = heading.Heading(self)
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
            copying.to_clipboard(self.as_tsv())
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
