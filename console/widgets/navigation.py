"""The sidebar's list of views: icons, titles, counts, and headings between the groups."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import icons, paint, text, theme

_KEY = QtCore.Qt.ItemDataRole.UserRole + 1
_ICON = QtCore.Qt.ItemDataRole.UserRole + 2
_BADGE = QtCore.Qt.ItemDataRole.UserRole + 3
_ROW_H, _HEADING_H = 34, 34

Index = QtCore.QModelIndex | QtCore.QPersistentModelIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the list."""

    key: str
    title: str
    icon: str
    group: str = ""


_AROUND_W = 104  #: what stands around a title: icon, paddings and a short badge


class Navigation(QtWidgets.QListView):
    """A real list to the keyboard and to a screen reader; `chosen` when a person goes somewhere."""

    chosen = QtCore.Signal(str)

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__()
        self.setObjectName("nav")
        self.setAccessibleName("Views")
        self.setMouseTracking(True)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QtWidgets.QAbstractItemView.EditTrigger.NoEditTriggers)
        self._items: dict[str, QtGui.QStandardItem] = {}
        self._rows = QtGui.QStandardItemModel(self)
        self._fill(entries)
        self.setModel(self._rows)
        self.setItemDelegate(_Rows(self))
        self.clicked.connect(self._on_gone)
        self.activated.connect(self._on_gone)

    def set_current(self, key: str) -> None:
        """Mark a view as the one on screen, without `chosen`."""
        item = self._items.get(key)
        if item is not None:
            self.setCurrentIndex(item.index())

    def set_badge(self, key: str, words: str, tone: str = "mute") -> None:
        """Show a count or a word beside a view; an empty one hides it."""
        item = self._items.get(key)
        if item is not None:
            item.setData((words, tone) if words else None, _BADGE)
            said = f"{item.text()}, {words}" if words else item.text()
            item.setData(said, QtCore.Qt.ItemDataRole.AccessibleTextRole)

    def needs(self) -> int:
        """The width at which every title can be read beside a badge."""
        metrics = QtGui.QFontMetrics(text.font(text.BODY, text.SEMIBOLD))
        return _AROUND_W + max(metrics.horizontalAdvance(item.text()) for item in self._items.values())

    def _fill(self, entries: Sequence[Entry]) -> None:
        group = ""
        for entry in entries:
            if entry.group != group:
                group = entry.group
                heading = QtGui.QStandardItem(group)
                heading.setFlags(QtCore.Qt.ItemFlag.NoItemFlags)
                self._rows.appendRow(heading)
            item = QtGui.QStandardItem(entry.title)
            item.setData(entry.key, _KEY)
            item.setData(entry.icon, _ICON)
            self._items[entry.key] = item
            self._rows.appendRow(item)

    def _on_gone(self, index: QtCore.QModelIndex) -> None:
        key = index.data(_KEY)
        if key:
            self.chosen.emit(key)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter, QtCore.Qt.Key.Key_Space):
            self._on_gone(self.currentIndex())


class _Rows(QtWidgets.QStyledItemDelegate):
    def __init__(self, nav: Navigation) -> None:
        super().__init__(nav)
        self._nav = nav

    def sizeHint(self, option: QtWidgets.QStyleOptionViewItem, index: Index) -> QtCore.QSize:
        return QtCore.QSize(100, _ROW_H if index.data(_KEY) else _HEADING_H)

    def paint(self, painter: QtGui.QPainter, option: QtWidgets.QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        box = QtCore.QRectF(option.rect)
        paint.face(painter, option.rect)
        if index.data(_KEY):
            self._entry(painter, box, option, index)
        else:
            low = box.adjusted(10, 10, 0, 0)
            small = text.font(text.CAPTION, text.SEMIBOLD)
            paint.line(painter, low, index.data(), small, theme.color("text3"))
        painter.restore()

    def _entry(
        self,
        painter: QtGui.QPainter,
        box: QtCore.QRectF,
        option: QtWidgets.QStyleOptionViewItem,
        index: Index,
    ) -> None:
        here = index == self._nav.currentIndex()
        over = bool(option.state & QtWidgets.QStyle.StateFlag.State_MouseOver)
        body = box.adjusted(0.5, 1.5, -0.5, -1.5)
        if here or over:
            painter.setPen(theme.color("border") if here else QtCore.Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("surface" if here else "border"))
            painter.drawRoundedRect(body, 6, 6)
        if here and self._nav.hasFocus():
            paint.focus_ring(painter, box.adjusted(0, 1, 0, -1), 6)
        icon = icons.pixmap(index.data(_ICON), "accent" if here else "text2", 16)
        paint.mark(painter, box.x() + 10, box.center().y() - 8, icon)
        weight = text.SEMIBOLD if here else text.MEDIUM
        ink = theme.color("text" if here or over else "text2")
        words = box.adjusted(36, 0, -8, 0)
        badge = index.data(_BADGE)
        if badge:
            words.setRight(words.right() - self._badge(painter, box, *badge) - 6)
        paint.line(painter, words, index.data(), text.font(text.BODY, weight), ink)

    def _badge(self, painter: QtGui.QPainter, box: QtCore.QRectF, words: str, tone: theme.Tone) -> float:
        ink, ground = theme.tokens().tone(tone)
        small = text.font(text.CAPTION, text.SEMIBOLD, tabular=True)
        width = max(18.0, QtGui.QFontMetricsF(small).horizontalAdvance(words) + 12)
        body = QtCore.QRectF(box.right() - 8 - width, box.center().y() - 8.5, width, 17)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QColor(ground))
        painter.drawRoundedRect(body, 8.5, 8.5)
        paint.line(painter, body, words, small, QtGui.QColor(ink), paint.CENTER)
        return width
