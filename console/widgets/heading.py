"""The heading of a table: it sorts by what the server can sort by, and draws its own arrow."""

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import icons, paged, text


class Heading(QtWidgets.QHeaderView):
    """Lies over a table whose model is a PagedModel."""

    def __init__(self, table: QtWidgets.QTableView) -> None:
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
