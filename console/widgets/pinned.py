"""Columns that stay at the left of a table while the others scroll under them."""

from collections.abc import Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import cells


class Pinned(QtWidgets.QTableView):
    """Lies over its table, shows the pinned columns of the same rows, and is seen only once the table has scrolled."""

    def __init__(self, table: QtWidgets.QTableView, delegate: cells.Cells) -> None:
        super().__init__(table)
        self._table = table
        self._columns: list[int] = []
        self.setModel(table.model())
        self.setSelectionModel(table.selectionModel())
        self.setItemDelegate(delegate)
        self.setAccessibleName("Pinned columns")
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QtWidgets.QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)
        for way in (self.setVerticalScrollBarPolicy, self.setHorizontalScrollBarPolicy):
            way(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(table.verticalHeader().defaultSectionSize())
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setFixedHeight(36)
        head.setDefaultAlignment(table.horizontalHeader().defaultAlignment())
        head.sectionClicked.connect(table.horizontalHeader().sectionClicked)
        table.verticalScrollBar().valueChanged.connect(self.verticalScrollBar().setValue)
        self.verticalScrollBar().valueChanged.connect(table.verticalScrollBar().setValue)
        table.horizontalScrollBar().valueChanged.connect(lambda _value: self.lay())
        table.horizontalScrollBar().rangeChanged.connect(lambda _low, _high: self.lay())
        self.doubleClicked.connect(table.doubleClicked)
        self.hide()

    def set_columns(self, columns: Sequence[int]) -> None:
        """Keep these columns, by their number in the model."""
        self._columns = list(columns)
        for at in range(self.model().columnCount()):
            self.setColumnHidden(at, at not in self._columns)
        self.lay()

    def lay(self) -> None:
        """Lie over the table's left edge, as wide as the pinned columns are there."""
        shown = [at for at in self._columns if not self._table.isColumnHidden(at)]
        scrolled = self._table.horizontalScrollBar().value() > 0
        if not shown or not scrolled:
            self.hide()
            return
        for at in shown:
            self.setColumnWidth(at, self._table.columnWidth(at))
        for to, at in enumerate(sorted(shown, key=self._table.horizontalHeader().visualIndex)):
            self.horizontalHeader().moveSection(self.horizontalHeader().visualIndex(at), to)
        frame = self._table.frameWidth()
        high = self._table.viewport().height() + self._table.horizontalHeader().height()
        self.setGeometry(frame, frame, sum(self._table.columnWidth(at) for at in shown), high)
        self.verticalScrollBar().setValue(self._table.verticalScrollBar().value())
        self.show()
        self.raise_()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QtGui.QPainter(self.viewport())
        edge = self.viewport().width() - 1
        painter.setPen(self.palette().color(QtGui.QPalette.ColorRole.Dark))
        painter.drawLine(edge, 0, edge, self.viewport().height())
        painter.end()
