"""The library's left side: folders as a tree with counts, tags, the shared blocks and the archive; rows drop on it."""

from collections.abc import Callable

from PySide6 import QtCore, QtGui, QtWidgets

from console.views.templates import model
from console.widgets import figures, icons, paint, text, theme
from server.wire import templates

ROW_H, INDENT, CHEVRON_W = 30, 14, 16
MIME = "application/x-heliograph-templates"  #: ids of templates that are dragged, with commas between

_SHELF = QtCore.Qt.ItemDataRole.UserRole + 1
_ICON = QtCore.Qt.ItemDataRole.UserRole + 2
_COUNT = QtCore.Qt.ItemDataRole.UserRole + 3

Index = QtCore.QModelIndex | QtCore.QPersistentModelIndex


def dragged(data: QtCore.QMimeData) -> list[int]:
    """The templates that are on their way."""
    words = bytes(data.data(MIME).data()).decode("ascii", "ignore")
    return [int(word) for word in words.split(",") if word.isdecimal()]


class Shelves(QtWidgets.QTreeView):
    """`chosen` when a person goes to a shelf; `dropped` when templates were let go on one."""

    chosen = QtCore.Signal(object)  #: model.Shelf
    dropped = QtCore.Signal(list, object)  #: ids, model.Shelf
    menu_wanted = QtCore.Signal(object, QtCore.QPoint)  #: model.Shelf of a folder, and where

    def __init__(self) -> None:
        super().__init__()
        self._rows = QtGui.QStandardItemModel(self)
        self._places: dict[model.Shelf, QtGui.QStandardItem] = {}
        self._shut: set[str] = set()  #: folders that a person has folded
        self._filling = False
        self.over: model.Shelf | None = None  #: what would take what is dragged
        self.setModel(self._rows)
        self.setItemDelegate(_Rows(self))
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(INDENT)
        self.setUniformRowHeights(True)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setEditTriggers(QtWidgets.QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Folders and tags")
        self.setStyleSheet(
            "QTreeView { background: transparent; } QTreeView::branch { image: none; border: 0; }"
        )
        self.clicked.connect(self._on_gone)
        self.collapsed.connect(lambda index: self._on_folded(index, shut=True))
        self.expanded.connect(lambda index: self._on_folded(index, shut=False))

    # -- what it holds ----------------------------------------------------------------------------

    def show_shelves(self, known: templates.Shelves) -> None:
        """Lay the shelves out anew, staying where one is if it is still there."""
        here = self.current()
        self._filling = True
        self._rows.clear()
        self._places.clear()
        root = self._rows.invisibleRootItem()
        self._add(root, model.Shelf(), "All templates", "layout-template", known.total)
        if known.folders and known.top:
            self._add(root, model.Shelf(kind="folder", name=model.TOP), "In no folder", "folder", known.top)
        for folder in known.folders:
            self._add_folder(root, folder)
        if known.tags:
            self._heading(root, "Tags")
            for tag in known.tags:
                self._add(root, model.Shelf(kind="tag", name=tag.tag), tag.tag, "tag", tag.templates)
        self._heading(root, "Also")
        self._add(root, model.Shelf(kind="blocks"), "Shared blocks", "braces", known.blocks)
        self._add(root, model.Shelf(kind="archive"), "Archive", "inbox", known.archived)
        self.expandAll()
        for path in self._shut:
            self._fold(path)
        self._filling = False
        self.set_current(here)

    def _add_folder(self, root: QtGui.QStandardItem, folder: templates.Folder) -> None:
        above, _, name = folder.path.rpartition("/")
        parent = self._places.get(model.Shelf(kind="folder", name=above), root)
        self._add(parent, model.Shelf(kind="folder", name=folder.path), name, "folder", folder.below)

    def _add(
        self, parent: QtGui.QStandardItem, shelf: model.Shelf, words: str, icon: str, count: int
    ) -> None:
        item = QtGui.QStandardItem(words)
        item.setData(shelf, _SHELF)
        item.setData(icon, _ICON)
        item.setData(figures.count(count), _COUNT)
        item.setData(f"{words}, {figures.count(count)}", QtCore.Qt.ItemDataRole.AccessibleTextRole)
        item.setToolTip(shelf.title())
        self._places[shelf] = item
        parent.appendRow(item)

    def _heading(self, root: QtGui.QStandardItem, words: str) -> None:
        item = QtGui.QStandardItem(words)
        item.setFlags(QtCore.Qt.ItemFlag.NoItemFlags)
        root.appendRow(item)

    def current(self) -> model.Shelf:
        """Where one is."""
        shelf = self.currentIndex().data(_SHELF)
        return shelf if isinstance(shelf, model.Shelf) else model.Shelf()

    def set_current(self, shelf: model.Shelf) -> None:
        """Go to a shelf without `chosen`; to everything where it is gone."""
        item = self._places.get(shelf) or self._places.get(model.Shelf())
        if item is not None:
            self.setCurrentIndex(item.index())

    def knows(self, shelf: model.Shelf) -> bool:
        """Whether there is such a shelf."""
        return shelf in self._places

    def folders(self) -> list[str]:
        """Every folder's path."""
        return [shelf.name for shelf in self._places if shelf.kind == "folder" and shelf.name != model.TOP]

    def tags(self) -> list[str]:
        """Every tag."""
        return [shelf.name for shelf in self._places if shelf.kind == "tag"]

    def _fold(self, path: str) -> None:
        item = self._places.get(model.Shelf(kind="folder", name=path))
        if item is not None:
            self.collapse(item.index())

    def _on_folded(self, index: QtCore.QModelIndex, *, shut: bool) -> None:
        shelf = index.data(_SHELF)
        if not self._filling and isinstance(shelf, model.Shelf):
            (self._shut.add if shut else self._shut.discard)(shelf.name)

    # -- a person ---------------------------------------------------------------------------------

    def _on_gone(self, index: QtCore.QModelIndex) -> None:
        shelf = index.data(_SHELF)
        if isinstance(shelf, model.Shelf):
            self.chosen.emit(shelf)

    def currentChanged(self, current: Index, previous: Index) -> None:  # noqa: N802  # Qt's own name
        super().currentChanged(current, previous)
        by_key = self.hasFocus() and not QtWidgets.QApplication.mouseButtons().value
        if by_key and not self._filling and isinstance(current, QtCore.QModelIndex):
            self._on_gone(current)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter, QtCore.Qt.Key.Key_Space):
            self._on_gone(self.currentIndex())
        elif event.key() in (QtCore.Qt.Key.Key_F2, QtCore.Qt.Key.Key_Menu):
            box = self.visualRect(self.currentIndex())
            self._want_menu(self.currentIndex(), self.viewport().mapToGlobal(box.bottomLeft()))
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QtGui.QContextMenuEvent) -> None:
        self._want_menu(self.indexAt(event.pos()), event.globalPos())

    def _want_menu(self, index: QtCore.QModelIndex, at: QtCore.QPoint) -> None:
        shelf = index.data(_SHELF)
        if isinstance(shelf, model.Shelf) and shelf.kind == "folder" and shelf.name != model.TOP:
            self.menu_wanted.emit(shelf, at)

    # -- what is dragged onto it ------------------------------------------------------------------

    def dragEnterEvent(self, event: QtGui.QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(MIME):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QtGui.QDragMoveEvent) -> None:
        self._light(self._taking(event.position().toPoint()))
        event.setAccepted(self.over is not None)

    def dragLeaveEvent(self, event: QtGui.QDragLeaveEvent) -> None:
        self._light(None)

    def dropEvent(self, event: QtGui.QDropEvent) -> None:
        shelf = self._taking(event.position().toPoint())
        self._light(None)
        ids = dragged(event.mimeData())
        if shelf is not None and ids:
            event.acceptProposedAction()
            self.dropped.emit(ids, shelf)

    def _taking(self, at: QtCore.QPoint) -> model.Shelf | None:
        shelf = self.indexAt(at).data(_SHELF)
        return shelf if isinstance(shelf, model.Shelf) and shelf.kind != "blocks" else None

    def _light(self, shelf: model.Shelf | None) -> None:
        if shelf != self.over:
            self.over = shelf
            self.viewport().update()


class _Rows(QtWidgets.QStyledItemDelegate):
    def __init__(self, tree: Shelves) -> None:
        super().__init__(tree)
        self._tree = tree

    def sizeHint(self, option: QtWidgets.QStyleOptionViewItem, index: Index) -> QtCore.QSize:
        return QtCore.QSize(120, ROW_H)

    def paint(self, painter: QtGui.QPainter, option: QtWidgets.QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        rect: QtCore.QRect = option.rect
        box = QtCore.QRectF(rect)
        paint.face(painter, rect)
        shelf = index.data(_SHELF)
        if shelf is None:
            small = text.font(text.CAPTION, text.SEMIBOLD)
            paint.line(painter, box.adjusted(8, 8, 0, 0), index.data(), small, theme.color("text3"))
        else:
            self._entry(painter, box, option, index, shelf)
        painter.restore()

    def _entry(
        self,
        painter: QtGui.QPainter,
        box: QtCore.QRectF,
        option: QtWidgets.QStyleOptionViewItem,
        index: Index,
        shelf: model.Shelf,
    ) -> None:
        here = index == self._tree.currentIndex()
        state: QtWidgets.QStyle.StateFlag = option.state
        over = bool(state & QtWidgets.QStyle.StateFlag.State_MouseOver)
        whole = self._tree.viewport().width()  # also what lies before an indented one
        body = QtCore.QRectF(box.right() - whole + 2, box.y() + 1.5, whole - 4, box.height() - 3)
        if here or over or shelf == self._tree.over:
            painter.setPen(QtCore.Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("sel" if here else "hover"))
            painter.drawRoundedRect(body, 6, 6)
        if shelf == self._tree.over or (here and self._tree.hasFocus()):
            paint.focus_ring(painter, body, 6)
        self._chevron(painter, box, index)
        name = "folder-open" if shelf.kind == "folder" and here else str(index.data(_ICON))
        icon = icons.pixmap(name, "accent" if here else "text2", 15)
        paint.mark(painter, box.x() + 16, box.center().y() - 7.5, icon)
        number = text.font(text.SMALL, tabular=True)
        count = str(index.data(_COUNT))
        told = QtGui.QFontMetricsF(number).horizontalAdvance(count)
        weight = text.SEMIBOLD if here else text.REGULAR
        words = box.adjusted(38, 0, -told - 18, 0)
        paint.line(painter, words, index.data(), text.font(text.BODY, weight), theme.color("text"))
        right = QtCore.QRectF(body.right() - told - 10, box.y(), told + 2, box.height())
        paint.line(painter, right, count, number, theme.color("text3"), paint.RIGHT)

    def _chevron(self, painter: QtGui.QPainter, box: QtCore.QRectF, index: Index) -> None:
        if not index.model().hasChildren(index):
            return
        open_ = isinstance(index, QtCore.QModelIndex) and self._tree.isExpanded(index)
        onward = "chevron-left" if self._tree.isRightToLeft() else "chevron-right"
        icon = icons.pixmap("chevron-down" if open_ else onward, "text3", 12)
        paint.mark(painter, box.x() + 3, box.center().y() - 6, icon)

    def editorEvent(
        self,
        event: QtCore.QEvent,
        rows: QtCore.QAbstractItemModel,
        option: QtWidgets.QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """A click on the chevron folds; anywhere else it goes there."""
        pressed = isinstance(event, QtGui.QMouseEvent) and event.type() == QtCore.QEvent.Type.MouseButtonPress
        if pressed and isinstance(event, QtGui.QMouseEvent) and isinstance(index, QtCore.QModelIndex):
            rect: QtCore.QRect = option.rect
            at = event.position().x()
            along = rect.right() - at if self._tree.isRightToLeft() else at - rect.left()
            if rows.hasChildren(index) and along < CHEVRON_W:
                self._tree.setExpanded(index, not self._tree.isExpanded(index))
                return True
        return super().editorEvent(event, rows, option, index)


def menu(
    parent: QtWidgets.QWidget, rename: Callable[[], object], empty: Callable[[], object]
) -> QtWidgets.QMenu:
    """What can be done with a folder."""
    made = QtWidgets.QMenu(parent)
    made.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    made.setAccessibleName("Folder")
    made.addAction(icons.icon("pencil"), "Rename…").triggered.connect(lambda _on=False: rename())
    made.addAction(icons.icon("x"), "Dissolve it").triggered.connect(lambda _on=False: empty())
    return made
