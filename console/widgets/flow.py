"""A layout that breaks into lines where the room ends, as words do."""

from PySide6 import QtCore, QtWidgets


class Flow(QtWidgets.QLayout):
    """Items from left to right, then on the next line; mirrored where the language runs from right to left."""

    def __init__(self, gap: int = 8, line_gap: int = 6) -> None:
        super().__init__()
        self._gap, self._line_gap = gap, line_gap
        self._items: list[QtWidgets.QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QtWidgets.QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QtWidgets.QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QtWidgets.QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> QtCore.Qt.Orientation:
        return QtCore.Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QtCore.QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QtCore.QRect) -> None:
        super().setGeometry(rect)
        spare = max(rect.height() - self.heightForWidth(rect.width()), 0)
        self._place(rect.adjusted(0, spare // 2, 0, 0), move=True)

    def sizeHint(self) -> QtCore.QSize:
        width = sum(item.sizeHint().width() + self._gap for item in self._shown()) - self._gap
        return QtCore.QSize(max(width, 0), self.minimumSize().height())

    def minimumSize(self) -> QtCore.QSize:
        size = QtCore.QSize()
        for item in self._shown():
            size = size.expandedTo(item.minimumSize())
        return size

    def _shown(self) -> list[QtWidgets.QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _place(self, rect: QtCore.QRect, *, move: bool) -> int:
        x, y, high = rect.x(), rect.y(), 0
        parent = self.parentWidget()
        way = parent.layoutDirection() if parent is not None else QtCore.Qt.LayoutDirection.LeftToRight
        for item in self._shown():
            hint = item.sizeHint()
            if x > rect.x() and x + hint.width() > rect.right() + 1:
                x, y, high = rect.x(), y + high + self._line_gap, 0
            if move:
                box = QtCore.QRect(QtCore.QPoint(x, y), hint)
                item.setGeometry(QtWidgets.QStyle.visualRect(way, rect, box))
            x += hint.width() + self._gap
            high = max(high, hint.height())
        return y + high - rect.y()
