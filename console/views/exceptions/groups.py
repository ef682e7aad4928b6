"""The list at the left: every reason with its count, its share as a bar, and since when."""

from collections.abc import Sequence
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console.views.exceptions import model
from console.widgets import figures, icons, paint, text, theme
from server.wire import exceptions

ROW_H = 64
PAD = 14
GROUP_ROLE = QtCore.Qt.ItemDataRole.UserRole + 1
DAY_S = 86_400

Index = QtCore.QModelIndex | QtCore.QPersistentModelIndex
_NO_PARENT = QtCore.QModelIndex()


class _Model(QtCore.QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.groups: list[exceptions.Group] = []
        self.largest = 1

    def set_groups(self, groups: Sequence[exceptions.Group]) -> None:
        """Change in one step where other groups came or went, in place where only numbers moved."""
        new = list(groups)
        self.largest = max((group.count for group in new), default=1)
        if [model.key_of(group) for group in new] == [model.key_of(group) for group in self.groups]:
            self.groups = new
            if new:
                self.dataChanged.emit(self.index(0), self.index(len(new) - 1))
            return
        self.beginResetModel()
        self.groups = new
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.groups)

    def data(self, index: Index, role: int = QtCore.Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.groups):
            return None
        group = self.groups[index.row()]
        if role == GROUP_ROLE:
            return group
        if role in (QtCore.Qt.ItemDataRole.DisplayRole, QtCore.Qt.ItemDataRole.AccessibleTextRole):
            return f"{model.title(group)}: {model.counted(group.count)}, {model.under(group)}"
        if role == QtCore.Qt.ItemDataRole.ToolTipRole:
            return f"{group.meaning} {group.remedy}".strip()
        return None


class _Cells(QtWidgets.QStyledItemDelegate):
    def sizeHint(self, option: QtWidgets.QStyleOptionViewItem, index: Index) -> QtCore.QSize:
        return QtCore.QSize(200, ROW_H)

    def paint(self, painter: QtGui.QPainter, option: QtWidgets.QStyleOptionViewItem, index: Index) -> None:
        group = index.data(GROUP_ROLE)
        listed = index.model()
        assert isinstance(listed, _Model)
        rect: QtCore.QRect = option.rect
        state: QtWidgets.QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        self._ground(painter, rect, state)
        box = QtCore.QRectF(rect).adjusted(PAD, 9, -PAD, -9)
        icon = icons.pixmap(icons.channel(group.channel), "text2", 16)
        painter.drawPixmap(QtCore.QPointF(box.x(), box.y() + 1), icon)
        words = box.adjusted(26, 0, 0, 0)
        number = text.font(text.BODY, text.SEMIBOLD, tabular=True)
        count = figures.count(group.count)
        wide = QtGui.QFontMetrics(number).horizontalAdvance(count) + 8
        top = QtCore.QRectF(words.x(), words.y(), words.width() - wide, 18)
        paint.line(painter, top, model.title(group), text.font(text.BODY, text.MEDIUM), theme.color("text"))
        at_right = QtCore.QRectF(words.right() - wide, words.y(), wide, 18)
        paint.line(painter, at_right, count, number, theme.color("text"), paint.RIGHT)
        below = QtCore.QRectF(words.x(), words.y() + 18, words.width(), 16)
        old = (figures.now() - group.oldest).total_seconds() > DAY_S
        ink = theme.color("bad" if old and group.rule and group.run else "text3")
        paint.line(painter, below, model.under(group), text.font(text.SMALL), ink)
        share = QtCore.QRectF(words.x(), box.bottom() - 4, words.width(), 4)
        paint.bar(painter, share, group.count / listed.largest, theme.color("warn" if group.run else "bad"))
        painter.restore()

    def _ground(self, painter: QtGui.QPainter, rect: QtCore.QRect, state: QtWidgets.QStyle.StateFlag) -> None:
        if state & QtWidgets.QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("sel"))
            painter.fillRect(QtCore.QRect(rect.left(), rect.top(), 3, rect.height()), theme.color("accent"))
        elif state & QtWidgets.QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme.color("hover"))
        painter.setPen(theme.color("border"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())


class Groups(QtWidgets.QListView):
    """`picked` carries the group the keyboard or the mouse is on; None where there is none."""

    picked = QtCore.Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._model = _Model()
        self.setModel(self._model)
        self.setItemDelegate(_Cells(self))
        self.setAccessibleName("Reasons")
        self.setObjectName("groups")
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self._shown: model.Key | None = None
        self.selectionModel().currentChanged.connect(self._on_current)

    def groups(self) -> list[exceptions.Group]:
        """All that are listed."""
        return self._model.groups

    def current(self) -> exceptions.Group | None:
        """The one that is picked."""
        found = self.currentIndex().data(GROUP_ROLE)
        return found if isinstance(found, exceptions.Group) else None

    def set_groups(self, groups: Sequence[exceptions.Group]) -> None:
        """List these, staying on the one that was picked if it is still there, else on the first."""
        kept = self._shown
        self._model.set_groups(groups)
        keys = [model.key_of(group) for group in self._model.groups]
        if not keys:
            self._shown = None
            self.picked.emit(None)
            return
        at = keys.index(kept) if kept in keys else 0
        self._shown = None  # told again: its numbers may have moved
        self.setCurrentIndex(self._model.index(at))
        if self._shown is None:
            self._tell(self._model.groups[at])

    def pick(self, key: model.Key) -> bool:
        """Go to a group; False where it is not listed."""
        for at, group in enumerate(self._model.groups):
            if model.key_of(group) == key:
                self.setCurrentIndex(self._model.index(at))
                return True
        return False

    def forget(self) -> None:
        """The next list begins at its first group."""
        self._shown = None

    def _on_current(self, index: QtCore.QModelIndex, _old: QtCore.QModelIndex) -> None:
        group = index.data(GROUP_ROLE)
        if isinstance(group, exceptions.Group):
            self._tell(group)

    def _tell(self, group: exceptions.Group) -> None:
        self._shown = model.key_of(group)
        self.picked.emit(group)
