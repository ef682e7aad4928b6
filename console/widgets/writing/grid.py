"""Templates as pictures: a card for each, painted once it is seen, over the rows of a PagedModel."""

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import icons, paged, paint, text, theme, thumbnails
from server.wire import templates

GAP, EDGE, FOOT_H = 14, 8, 54
CARD = QtCore.QSize(thumbnails.WIDTH + 2 * EDGE, thumbnails.HEIGHT + 2 * EDGE + FOOT_H)

Index = QtCore.QModelIndex | QtCore.QPersistentModelIndex


class Grid(QtWidgets.QListView):
    """A PagedModel of templates as cards. Enter or a double click activates."""

    activated_row = QtCore.Signal(object)
    picked = QtCore.Signal()

    def __init__(self, rows: paged.PagedModel) -> None:
        super().__init__()
        self._model = rows
        self.pictures = thumbnails.Thumbnails(self)
        self.pictures.ready.connect(lambda: self.viewport().update())
        self.setModel(rows)
        self.setItemDelegate(_Cards(self))
        self.setViewMode(QtWidgets.QListView.ViewMode.IconMode)
        self.setMovement(QtWidgets.QListView.Movement.Static)
        self.setResizeMode(QtWidgets.QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setGridSize(CARD + QtCore.QSize(GAP, GAP))
        self.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setDragEnabled(True)
        self.setDragDropMode(QtWidgets.QAbstractItemView.DragDropMode.DragOnly)
        self.setMouseTracking(True)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setStyleSheet("QListView { background: transparent; }")
        self.setAccessibleName("Templates as pictures")
        self.doubleClicked.connect(self._activate)
        self.selectionModel().selectionChanged.connect(lambda _on, _off: self.picked.emit())

    def is_painted(self) -> bool:
        """Whether every card that is seen shows its picture."""
        return bool(self._model.total) and self._model.heard and not self.pictures.busy

    def numbers(self) -> list[int]:
        """The rows that are picked."""
        return sorted({index.row() for index in self.selectionModel().selectedIndexes()})

    def pick(self, numbers: list[int]) -> None:
        """Pick these rows and no others."""
        chosen = QtCore.QItemSelection()
        for number in numbers:
            index = self._model.index(number, 0)
            chosen.select(index, index)
        self.selectionModel().select(chosen, QtCore.QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def row(self, index: Index) -> templates.Template | None:
        """The template of a card; None while it is on its way."""
        found = index.data(paged.ROW_ROLE)
        return found if isinstance(found, templates.Template) else None

    def _activate(self, index: QtCore.QModelIndex) -> None:
        row = self.row(index) if index.isValid() else None
        if row is not None:
            self.activated_row.emit(row)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter):
            self._activate(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QtGui.QFocusEvent) -> None:
        super().focusInEvent(event)
        by_key = event.reason() in (
            QtCore.Qt.FocusReason.TabFocusReason,
            QtCore.Qt.FocusReason.BacktabFocusReason,
        )
        if by_key and not self.currentIndex().isValid() and self._model.total:
            self.setCurrentIndex(self._model.index(0, 0))


class _Cards(QtWidgets.QStyledItemDelegate):
    def __init__(self, grid: Grid) -> None:
        super().__init__(grid)
        self._grid = grid

    def sizeHint(self, option: QtWidgets.QStyleOptionViewItem, index: Index) -> QtCore.QSize:
        return CARD + QtCore.QSize(GAP, GAP)

    def paint(self, painter: QtGui.QPainter, option: QtWidgets.QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        rect: QtCore.QRect = option.rect
        state: QtWidgets.QStyle.StateFlag = option.state
        paint.face(painter, rect)
        corner = QtCore.QPointF(rect.x() + GAP / 2, rect.y() + GAP / 2)
        box = QtCore.QRectF(corner, QtCore.QSizeF(CARD)).adjusted(0.5, 0.5, -0.5, -0.5)
        picked = bool(state & QtWidgets.QStyle.StateFlag.State_Selected)
        over = bool(state & QtWidgets.QStyle.StateFlag.State_MouseOver)
        edge = "accent" if picked else "border2" if over else "border"
        painter.setPen(QtGui.QPen(theme.color(edge), 1.5 if picked else 1))
        painter.setBrush(theme.color("sel" if picked else "surface"))
        painter.drawRoundedRect(box, theme.RADIUS_CARD, theme.RADIUS_CARD)
        top = QtCore.QRectF(box.x() + EDGE, box.y() + EDGE, thumbnails.WIDTH - 1, thumbnails.HEIGHT)
        row = self._grid.row(index)
        if row is None:
            paint.block(painter, top, 6)
        else:
            self._picture(painter, top, row)
            self._foot(painter, box, row)
        if self._grid.hasFocus() and index == self._grid.currentIndex():
            paint.focus_ring(painter, box.adjusted(-2, -2, 2, 2), theme.RADIUS_CARD + 1)
        painter.restore()

    def _picture(self, painter: QtGui.QPainter, top: QtCore.QRectF, row: templates.Template) -> None:
        ratio = self._grid.devicePixelRatioF()
        shown = self._grid.pictures.find((row.id, row.version), row.content, ratio)
        if shown is None:
            paint.block(painter, top, 6)
            return
        clip = QtGui.QPainterPath()
        clip.addRoundedRect(top, 6, 6)
        painter.save()
        painter.setClipPath(clip)
        paint.mark(painter, top.x(), top.y(), shown)
        painter.restore()
        painter.setPen(theme.color("border"))
        painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(top, 6, 6)

    def _foot(self, painter: QtGui.QPainter, box: QtCore.QRectF, row: templates.Template) -> None:
        left, wide = box.x() + EDGE + 4, box.width() - 2 * EDGE - 8
        upper = QtCore.QRectF(left, box.bottom() - FOOT_H + 3, wide, 20)
        lower = QtCore.QRectF(left + 20, upper.bottom() + 1, wide - 20, 17)
        paint.line(painter, upper, row.name, text.font(text.BODY, text.MEDIUM), theme.color("text"))
        icon = icons.pixmap(icons.channel(row.channel), "text3", 13)
        paint.mark(painter, left, lower.center().y() - 6.5, icon)
        said = [f"v{row.version}", *languages(row)[:3]]
        if row.uses:
            said.append(f"used in {row.uses}")
        small = text.font(text.CAPTION, tabular=True)
        paint.line(painter, lower, " · ".join(said), small, theme.color("text3"))


def languages(row: templates.Template) -> list[str]:
    """A template's languages, the default first; an unnamed default is left out."""
    own = [row.translations.language] if row.translations.language else []
    return [*own, *sorted(row.translations.others)]
