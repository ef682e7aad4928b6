"""A table model that is a window over the server's pages: it knows how many rows there are and holds few of them."""

import collections
import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6 import QtCore

from console.widgets import pills, theme

PAGE = 100  #: rows asked for at once
KEPT_PAGES = 40  #: pages held; the longest unseen one goes first

ROW_ROLE = QtCore.Qt.ItemDataRole.UserRole + 1  #: the row itself, or None while it is on its way

Index = QtCore.QModelIndex | QtCore.QPersistentModelIndex
_NO_PARENT = QtCore.QModelIndex()


class Kind(enum.Enum):
    """How a column is drawn."""

    TEXT = enum.auto()
    TWO_LINES = enum.auto()  #: `text`, and `second` beneath it
    NUMBER = enum.auto()  #: right-aligned, tabular figures
    PILL = enum.auto()  #: `look`
    PROGRESS = enum.auto()  #: `share`
    ICONS = enum.auto()  #: `icons`, with `text` for a screen reader
    MONO = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: what it says about a row, and how that is drawn."""

    title: str
    text: Callable[[Any], str]  #: always given: copied, read aloud, and drawn unless the kind draws otherwise
    kind: Kind = Kind.TEXT
    second: Callable[[Any], str] | None = None
    look: Callable[[Any], pills.Look] | None = None
    share: Callable[[Any], float | None] | None = None  #: None where nothing has begun
    icons: Callable[[Any], Sequence[str]] | None = None
    tone: Callable[[Any], theme.Tone | None] | None = None  #: colours a number or a text that means something
    width: int = 110
    stretch: bool = False
    sort: str = ""  #: the name the server sorts by; empty where it cannot
    help: str = ""  #: tool tip of the heading

    @property
    def name(self) -> str:
        """What it is called in menus and copies; a column of icons has no heading."""
        return self.title or self.help


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which rows to ask the server for; hand it back with them."""

    offset: int
    limit: int
    sort: str  #: a column's sort name, with `-` before it for descending; empty for the list's own order
    generation: int  #: answers to an older question are dropped


Fetch = Callable[[Window], None]


class PagedModel(QtCore.QAbstractTableModel):
    """Rows appear as `receive` brings them; until then their cells are skeletons.

    `fetch` must start something and return at once. It is called at most once for a page that is on its way.
    """

    failed = QtCore.Signal(str)  #: a sentence
    counted = QtCore.Signal(int)  #: the total, whenever it is heard
    loading = QtCore.Signal(bool)
    sorted = QtCore.Signal(str)  #: by this from now on, with `-` before it for descending

    def __init__(self, columns: Sequence[Column], fetch: Fetch, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._fetch = fetch
        self._total = 0
        self._known = False  #: whether any page of this generation has come
        self._sort = ""
        self._generation = 0
        self._pages: collections.OrderedDict[int, list[Any]] = collections.OrderedDict()
        self._asked: set[int] = set()
        self._wanted: list[int] = []  #: seen while painting; asked for once the painting is over

    # what views call

    def reload(self) -> None:
        """Ask again for everything that is seen; what is shown stays until the answers come."""
        self._generation += 1
        self._asked.clear()
        self._known = False
        self._ask(0)
        for page in list(self._pages)[-2:]:
            self._ask(page)

    def restart(self) -> None:
        """The question has changed (another filter): drop every row and ask from the top."""
        self.beginResetModel()
        self._pages.clear()
        self._total = 0
        self.endResetModel()
        self.reload()

    def receive(self, window: Window, rows: Sequence[Any], total: int) -> None:
        """Take a page in. Rows of an older question are dropped."""
        if window.generation != self._generation:
            return
        page = window.offset // PAGE
        self._asked.discard(page)
        self._known = True
        self._resize(total)
        self._pages[page] = list(rows)
        self._pages.move_to_end(page)
        while len(self._pages) > KEPT_PAGES:
            self._pages.popitem(last=False)
        if rows and total:
            last = min(window.offset + len(rows), self._total) - 1
            self.dataChanged.emit(self.index(window.offset, 0), self.index(last, len(self.columns) - 1))
        self.counted.emit(total)
        self.loading.emit(bool(self._asked))

    def refuse(self, window: Window, sentence: str) -> None:
        """A page could not be had: say why; it is asked for again when it is next seen."""
        if window.generation == self._generation:
            self._asked.discard(window.offset // PAGE)
            self.failed.emit(sentence)
            self.loading.emit(bool(self._asked))

    def replace(self, same: Callable[[Any], bool], row: Any) -> bool:
        """Put one changed row in the place of the row that `same` finds; whether it was held."""
        for page, rows in self._pages.items():
            for at, old in enumerate(rows):
                if same(old):
                    rows[at] = row
                    number = page * PAGE + at
                    self.dataChanged.emit(self.index(number, 0), self.index(number, len(self.columns) - 1))
                    return True
        return False

    def row(self, number: int) -> Any | None:
        """A row if it is held; None while it is on its way."""
        rows = self._pages.get(number // PAGE)
        at = number % PAGE
        return rows[at] if rows is not None and at < len(rows) else None

    @property
    def sorting(self) -> str:
        """What the rows are sorted by, with `-` before it for descending; empty for the list's own order."""
        return self._sort

    @property
    def total(self) -> int:
        """Rows that match, over all pages."""
        return self._total

    @property
    def heard(self) -> bool:
        """Whether the newest question has been answered at all."""
        return self._known

    # what Qt calls

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else self._total

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def headerData(
        self, number: int, way: QtCore.Qt.Orientation, role: int = QtCore.Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if way != QtCore.Qt.Orientation.Horizontal or not 0 <= number < len(self.columns):
            return None
        column = self.columns[number]
        if role == QtCore.Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == QtCore.Qt.ItemDataRole.ToolTipRole:
            return column.help or None
        if role == QtCore.Qt.ItemDataRole.TextAlignmentRole:
            side = QtCore.Qt.AlignmentFlag.AlignLeft
            if column.kind is Kind.NUMBER:
                side = QtCore.Qt.AlignmentFlag.AlignRight
            return side | QtCore.Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = QtCore.Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= self._total:
            return None
        row = self.row(index.row())
        if role == ROW_ROLE:
            if row is None:
                self._want(index.row() // PAGE)
            return row
        if role not in _TEXT_ROLES:
            return None
        if row is None:
            self._want(index.row() // PAGE)
            return "loading" if role == QtCore.Qt.ItemDataRole.AccessibleTextRole else ""
        return self.said(row, index.column())

    def said(self, row: Any, column: int) -> str:
        """All that a cell says, as text."""
        described = self.columns[column]
        words = described.text(row)
        return f"{words}, {described.second(row)}" if described.second is not None else words

    def sort(self, column: int, order: QtCore.Qt.SortOrder = QtCore.Qt.SortOrder.AscendingOrder) -> None:
        name = self.columns[column].sort if 0 <= column < len(self.columns) else ""
        down = name and order == QtCore.Qt.SortOrder.DescendingOrder
        wanted = f"-{name}" if down else name
        if wanted != self._sort:
            self._sort = wanted
            self.sorted.emit(wanted)
            self.restart()

    def _want(self, page: int) -> None:
        if page in self._asked or page in self._wanted:
            return
        if not self._wanted:
            QtCore.QTimer.singleShot(0, self._ask_wanted)
        self._wanted.append(page)

    def _ask_wanted(self) -> None:
        # Somebody who drags the scroll bar passes many pages; only where they arrive is worth asking for.
        newest, self._wanted = self._wanted[-3:], []
        for page in newest:
            self._ask(page)

    def _ask(self, page: int) -> None:
        if page in self._asked:
            return
        self._asked.add(page)
        self.loading.emit(True)
        self._fetch(Window(offset=page * PAGE, limit=PAGE, sort=self._sort, generation=self._generation))

    def _resize(self, total: int) -> None:
        if total > self._total:
            self.beginInsertRows(_NO_PARENT, self._total, total - 1)
            self._total = total
            self.endInsertRows()
        elif total < self._total:
            self.beginRemoveRows(_NO_PARENT, total, self._total - 1)
            self._total = total
            for page in [page for page in self._pages if page * PAGE >= total]:
                del self._pages[page]
            self.endRemoveRows()


_TEXT_ROLES = (
    QtCore.Qt.ItemDataRole.DisplayRole,
    QtCore.Qt.ItemDataRole.AccessibleTextRole,
    QtCore.Qt.ItemDataRole.ToolTipRole,
)
