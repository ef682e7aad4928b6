"""Draws a table's cells by their column's kind; whole rows light up under the mouse and under the keyboard."""

from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import icons, paged, paint, text, theme

_PAD = 12


class Cells(QtWidgets.QStyledItemDelegate):
    """One delegate for every kind of column."""

    def __init__(self, table: QtWidgets.QTableView, row_height: int) -> None:
        super().__init__(table)
        self._table = table
        self._height = row_height
        self.hovered = -1

    def sizeHint(self, option: QtWidgets.QStyleOptionViewItem, index: paged.Index) -> QtCore.QSize:
        return QtCore.QSize(80, self._height)

    def paint(
        self, painter: QtGui.QPainter, option: QtWidgets.QStyleOptionViewItem, index: paged.Index
    ) -> None:
        model = index.model()
        assert isinstance(model, paged.PagedModel)
        column, row = model.columns[index.column()], model.data(index, paged.ROW_ROLE)
        painter.save()
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        self._ground(painter, option, index)
        rect: QtCore.QRect = option.rect
        paint.face(painter, rect)
        box = QtCore.QRectF(rect).adjusted(_PAD, 0, -_PAD, 0)
        if row is None:
            wide = min(box.width(), 40 + (index.row() * 37 + index.column() * 53) % 70)
            paint.block(painter, QtCore.QRectF(box.x(), box.center().y() - 5, wide, 10))
        else:
            _DRAW.get(column.kind, _text)(painter, box, column, row)
        painter.restore()

    def _ground(
        self, painter: QtGui.QPainter, option: QtWidgets.QStyleOptionViewItem, index: paged.Index
    ) -> None:
        rect: QtCore.QRect = option.rect
        picked = self._table.selectionModel().isRowSelected(index.row(), QtCore.QModelIndex())
        if picked:
            painter.fillRect(rect, theme.color("sel"))
        elif index.row() == self.hovered:
            painter.fillRect(rect, theme.color("hover"))
        painter.setPen(theme.color("border"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        visual_first = self._table.horizontalHeader().logicalIndex(0) == index.column()
        if picked and visual_first:
            painter.fillRect(QtCore.QRect(rect.left(), rect.top(), 3, rect.height()), theme.color("accent"))


def _ink(column: paged.Column, row: Any, default: str = "text") -> tuple[QtGui.QColor, int]:
    tone = column.tone(row) if column.tone is not None else None
    return (theme.color(default), text.REGULAR) if tone is None else (theme.color(tone), text.SEMIBOLD)


def _text(painter: QtGui.QPainter, box: QtCore.QRectF, column: paged.Column, row: Any) -> None:
    ink, weight = _ink(column, row)
    paint.line(painter, box, column.text(row), text.font(text.BODY, weight, tabular=True), ink)


def _mono(painter: QtGui.QPainter, box: QtCore.QRectF, column: paged.Column, row: Any) -> None:
    paint.line(
        painter, box, column.text(row), text.font(text.SMALL, mono=True), _ink(column, row, "text2")[0]
    )


def _number(painter: QtGui.QPainter, box: QtCore.QRectF, column: paged.Column, row: Any) -> None:
    words = column.text(row)
    ink, weight = _ink(column, row, "text2" if words in ("0", "—") else "text")
    paint.line(painter, box, words, text.font(text.BODY, weight, tabular=True), ink, paint.RIGHT)


def _two_lines(painter: QtGui.QPainter, box: QtCore.QRectF, column: paged.Column, row: Any) -> None:
    second = column.second(row) if column.second is not None else ""
    if not second:
        _text(painter, box, column, row)
        return
    ink, _ = _ink(column, row)
    upper = QtCore.QRectF(box.x(), box.center().y() - 18, box.width(), 18)
    lower = QtCore.QRectF(box.x(), box.center().y() + 1, box.width(), 15)
    paint.line(painter, upper, column.text(row), text.font(text.BODY, text.MEDIUM), ink)
    paint.line(painter, lower, second, text.font(text.CAPTION, tabular=True), theme.color("text3"))


def _pill(painter: QtGui.QPainter, box: QtCore.QRectF, column: paged.Column, row: Any) -> None:
    if column.look is not None:
        look = column.look(row)
        paint.pill(painter, box.x(), box.center().y(), look.word, look.icon, look.tone, box.width())


def _progress(painter: QtGui.QPainter, box: QtCore.QRectF, column: paged.Column, row: Any) -> None:
    share = column.share(row) if column.share is not None else None
    if share is None:
        paint.line(painter, box, column.text(row), text.font(text.SMALL), theme.color("text3"))
        return
    tone = column.tone(row) if column.tone is not None else None
    ink = theme.color("text3" if tone == "mute" else tone or "accent")
    body = QtCore.QRectF(box.x(), box.center().y() - 2.5, max(box.width() - 44, 10), 5)
    paint.bar(painter, body, share, ink)
    told = text.font(text.SMALL, text.MEDIUM, tabular=True)
    paint.line(painter, box, column.text(row), told, theme.color("text2"), paint.RIGHT)


def _icons(painter: QtGui.QPainter, box: QtCore.QRectF, column: paged.Column, row: Any) -> None:
    for at, name in enumerate(column.icons(row) if column.icons is not None else ()):
        if (at + 1) * 22 <= box.width() + 6:
            paint.mark(painter, box.x() + at * 22, box.center().y() - 8, icons.pixmap(name, "text2", 16))


_DRAW = {
    paged.Kind.TEXT: _text,
    paged.Kind.MONO: _mono,
    paged.Kind.NUMBER: _number,
    paged.Kind.TWO_LINES: _two_lines,
    paged.Kind.PILL: _pill,
    paged.Kind.PROGRESS: _progress,
    paged.Kind.ICONS: _icons,
}
