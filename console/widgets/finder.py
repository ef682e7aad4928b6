"""The palette: a field over the window, and beneath it whatever answers what is typed, the best first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import accessible, fuzzy, icons, inputs, layout, paint, text, theme

PAUSE_MS = 150  #: a person who types is asked for once they pause
WIDE, TOP, LOWEST = 640, 72, 48
ROW_H, HEADING_H, FEWEST_H, TALLEST = 38, 28, 76, 480
MOST_ROWS = 60  #: more answers than that are no answer
_ENTRY, _MATCH = QtCore.Qt.ItemDataRole.UserRole + 1, QtCore.Qt.ItemDataRole.UserRole + 2

Index = QtCore.QModelIndex | QtCore.QPersistentModelIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that can be chosen."""

    key: str  #: unique; what was chosen lately is known by it
    title: str
    run: Callable[[], object]
    icon: str = "corner-down-left"
    group: str = ""  #: the heading it stands under while nothing is typed
    about: str = ""  #: said behind the title, more quietly
    keys: str = ""  #: its shortcut, as Qt reads it


class Finder(QtWidgets.QWidget):
    """Covers its window. Enter or a click chooses, Escape or a click beside it closes and gives the keyboard back."""

    asked = QtCore.Signal(str)  #: what is typed, after a pause; empty at once
    chosen = QtCore.Signal(object)  #: Entry, right before it runs
    closed = QtCore.Signal()

    def __init__(self, window: QtWidgets.QWidget, *, placeholder: str) -> None:
        super().__init__(window)
        self.setAccessibleName("Command palette")
        self._window = window
        self._before = QtWidgets.QApplication.focusWidget()
        self._local: list[Entry] = []
        self._recent: list[str] = []
        self._found: list[Entry] = []
        self._searching = False
        self.line = _Line(placeholder, self)
        self.rows = _Rows(self)
        self.hint = text.muted("")
        self.hint.setContentsMargins(14, 8, 14, 10)
        self.panel = QtWidgets.QFrame(self)
        self.panel.setObjectName("sheet")
        self.panel.setLayout(
            layout.column(self.line, layout.rule(), self.rows, self.hint, gap=0, margins=(1, 1, 1, 1))
        )
        self._pause = QtCore.QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(lambda: self.asked.emit(self.words()))
        self.line.textChanged.connect(lambda _words: self._on_typed())
        self.rows.clicked.connect(self._choose)
        window.installEventFilter(self)

    # what its owner calls

    def words(self) -> str:
        """What is typed."""
        return self.line.text().strip()

    def open(self, entries: Sequence[Entry], recent: Sequence[str] = (), words: str = "") -> None:
        """Show these, those chosen lately first, and take the keyboard."""
        self._local, self._recent = list(entries), list(recent)
        self.line.setText(words)
        self._fill()
        self._place()
        self.show()
        self.raise_()
        self.line.setFocus(QtCore.Qt.FocusReason.PopupFocusReason)

    def set_found(self, words: str, found: Sequence[Entry]) -> None:
        """Show what a search elsewhere has found; an answer to other words than are typed now is dropped."""
        if words == self.words():
            self._found, self._searching = list(found), False
            self._fill()

    def set_searching(self) -> None:
        """Say that a search is under way."""
        self._searching = True
        self._tell()

    def shown(self) -> list[Entry]:
        """What can be chosen now, the best first."""
        entries = (self.rows.model().index(at, 0).data(_ENTRY) for at in range(self.rows.model().rowCount()))
        return [entry for entry in entries if entry is not None]

    def dismiss(self) -> None:
        """Go away and give the keyboard back to whoever had it."""
        if self.isHidden():
            return
        self._pause.stop()
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus(QtCore.Qt.FocusReason.PopupFocusReason)
        self.closed.emit()
        self.deleteLater()

    # what happens in it

    def _on_typed(self) -> None:
        self._found, self._searching = [], False
        self._fill()
        if self.words():
            self._pause.start()
        else:
            self._pause.stop()
            self.asked.emit("")

    def _fill(self) -> None:
        self.rows.show_groups(self._answers() if self.words() else self._offers())
        self._tell()
        self._place()

    def _offers(self) -> "list[tuple[str, list[tuple[Entry, fuzzy.Match]]]]":
        by_key = {entry.key: entry for entry in self._local}
        groups: dict[str, list[tuple[Entry, fuzzy.Match]]] = {}
        plain = fuzzy.Match(0)
        recent = [by_key[key] for key in self._recent if key in by_key]
        if recent:
            groups["Recent"] = [(entry, plain) for entry in recent]
        for entry in self._local:
            if entry not in recent:
                groups.setdefault(entry.group, []).append((entry, plain))
        return list(groups.items())

    def _answers(self) -> "list[tuple[str, list[tuple[Entry, fuzzy.Match]]]]":
        words = self.words()
        fresh = {key: len(self._recent) - at for at, key in enumerate(self._recent)}
        scored = [(entry, found) for entry in self._local if (found := fuzzy.match(words, entry.title))]
        scored.sort(key=lambda pair: -(pair[1].score + 3 * fresh.get(pair[0].key, 0)))
        groups: dict[str, list[tuple[Entry, fuzzy.Match]]] = {"": scored[:MOST_ROWS]} if scored else {}
        known = {entry.key for entry, _ in scored}
        for entry in (one for one in self._found if one.key not in known):
            match = fuzzy.match(words, entry.title) or fuzzy.Match(0)
            groups.setdefault(entry.group, []).append((entry, match))
        return list(groups.items())

    def _tell(self) -> None:
        count = len(self.shown())
        if self._searching:
            said = "Searching campaigns, people and messages…"
        elif not count:
            said = f"Nothing is called “{self.words()}”. A whole address, phone number or reference finds its message."
        else:
            said = "Enter to open, arrows to move, Escape to close"
        self.hint.setText(said)
        accessible.describe(self.hint, accessible.Role.StaticText, f"{count} to choose from. {said}")

    def _choose(self, index: QtCore.QModelIndex) -> None:
        entry = index.data(_ENTRY)
        if isinstance(entry, Entry):
            self.dismiss()
            self.chosen.emit(entry)
            entry.run()

    # where it lies

    def _place(self) -> None:
        whole = self._window.rect()
        self.setGeometry(whole)
        wide = min(WIDE, whole.width() - 2 * LOWEST)
        room = min(max(whole.height() - TOP - LOWEST - FEWEST_H - 24, ROW_H * 3), TALLEST)
        self.rows.setFixedHeight(min(self.rows.wanted_height(), room))
        self.panel.setFixedWidth(wide)
        self.panel.adjustSize()
        self.panel.move((whole.width() - wide) // 2, TOP)

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        if event.type() == QtCore.QEvent.Type.Resize and not self.isHidden():
            self._place()
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        self.dismiss()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.fillRect(self.rect(), QtGui.QColor(8, 10, 16, 90))
        painter.end()


class _Line(inputs.Line):
    """The field; the keys that move among the rows work while one types."""

    def __init__(self, placeholder: str, finder: Finder) -> None:
        super().__init__(placeholder)
        self._finder = finder
        self.setAccessibleName("Search or type a command")
        self.setFrame(False)
        self.setFixedHeight(50)
        self.setStyleSheet(
            "QLineEdit { background: transparent; border: 0; padding: 0 14px 0 44px;"
            " min-height: 50px; max-height: 50px; font-size: 15px; }"
        )

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        key, rows = event.key(), self._finder.rows
        step = {
            QtCore.Qt.Key.Key_Down: 1,
            QtCore.Qt.Key.Key_Up: -1,
            QtCore.Qt.Key.Key_PageDown: 8,
            QtCore.Qt.Key.Key_PageUp: -8,
        }.get(QtCore.Qt.Key(key), 0)
        if key == QtCore.Qt.Key.Key_Escape:
            self._finder.dismiss()
        elif step:
            rows.move_by(step)
        elif key in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter):
            rows.clicked.emit(rows.currentIndex())
        elif key not in (QtCore.Qt.Key.Key_Tab, QtCore.Qt.Key.Key_Backtab):  # the keyboard stays in the field
            super().keyPressEvent(event)

    def focusNextPrevChild(self, _forward: bool) -> bool:
        return False

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QtGui.QPainter(self)
        painter.drawPixmap(16, (self.height() - 18) // 2, icons.pixmap("search", "accent", 18))
        painter.end()


class _Rows(QtWidgets.QListView):
    """Headings and entries; the keyboard never leaves the field above it."""

    def __init__(self, finder: Finder) -> None:
        super().__init__()
        self._rows = QtGui.QStandardItemModel(self)
        self.setModel(self._rows)
        self.setItemDelegate(_Painter(self))
        self.setAccessibleName("What can be chosen")
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.setEditTriggers(QtWidgets.QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        self.entered.connect(self._on_entered)

    def show_groups(self, groups: "list[tuple[str, list[tuple[Entry, fuzzy.Match]]]]") -> None:
        """Show these, and stand on the first."""
        self._rows.clear()
        items: list[QtGui.QStandardItem] = []
        for group, entries in groups:
            if group and entries:
                heading = QtGui.QStandardItem(group)
                heading.setFlags(QtCore.Qt.ItemFlag.NoItemFlags)
                items.append(heading)
            items += [_item(entry, found) for entry, found in entries]
        self._rows.invisibleRootItem().appendRows(items)
        self._stand(0, 1)

    def wanted_height(self) -> int:
        """How high it is with all its rows."""
        rows = (self._rows.index(at, 0).data(_ENTRY) for at in range(self._rows.rowCount()))
        return sum(ROW_H if entry else HEADING_H for entry in rows)

    def move_by(self, step: int) -> None:
        """Go up or down, over headings, from the last to the first and back."""
        count = self._rows.rowCount()
        if not count:
            return
        wanted = self.currentIndex().row() + step
        if abs(step) == 1:
            wanted %= count
        self._stand(max(0, min(wanted, count - 1)), 1 if step > 0 else -1)

    def _stand(self, at: int, way: int) -> None:
        count = self._rows.rowCount()
        for tried in range(count):
            index = self._rows.index((at + way * tried) % count, 0)
            if index.data(_ENTRY) is not None:
                self.setCurrentIndex(index)
                above = index.siblingAtRow(index.row() - 1)
                if above.isValid() and above.data(_ENTRY) is None:
                    self.scrollTo(above)  # the first of a group shows its heading too
                self.scrollTo(index)
                return

    def _on_entered(self, index: QtCore.QModelIndex) -> None:
        if index.data(_ENTRY) is not None:
            self.setCurrentIndex(index)


def _item(entry: Entry, found: fuzzy.Match) -> QtGui.QStandardItem:
    made = QtGui.QStandardItem(entry.title)
    made.setData(entry, _ENTRY)
    made.setData(found.at, _MATCH)
    said = ", ".join(filter(None, (entry.title, entry.about, entry.keys)))
    made.setData(said, QtCore.Qt.ItemDataRole.AccessibleTextRole)
    return made


class _Painter(QtWidgets.QStyledItemDelegate):
    def __init__(self, rows: _Rows) -> None:
        super().__init__(rows)
        self._rows = rows

    def sizeHint(self, option: QtWidgets.QStyleOptionViewItem, index: Index) -> QtCore.QSize:
        return QtCore.QSize(200, ROW_H if index.data(_ENTRY) is not None else HEADING_H)

    def paint(self, painter: QtGui.QPainter, option: QtWidgets.QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        box = QtCore.QRectF(option.rect)
        entry = index.data(_ENTRY)
        if entry is None:
            low = box.adjusted(16, 8, -16, 0)
            paint.line(
                painter, low, index.data(), text.font(text.CAPTION, text.SEMIBOLD), theme.color("text3")
            )
        else:
            self._entry(
                painter, box, entry, frozenset(index.data(_MATCH) or ()), index == self._rows.currentIndex()
            )
        painter.restore()

    def _entry(
        self, painter: QtGui.QPainter, box: QtCore.QRectF, entry: Entry, lit: frozenset[int], here: bool
    ) -> None:
        if here:
            painter.setPen(QtCore.Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("sel"))
            painter.drawRoundedRect(box.adjusted(6, 1, -6, -1), 6, 6)
        icon = icons.pixmap(entry.icon, "accent" if here else "text2", 16)
        painter.drawPixmap(QtCore.QPointF(box.x() + 16, box.center().y() - 8), icon)
        right = _keycaps(painter, box.right() - 16, box.center().y(), entry.keys)
        words = QtCore.QRectF(box.x() + 44, box.y(), max(right - box.x() - 56, 40), box.height())
        at = lettered(painter, words, entry.title, lit)
        if entry.about:
            words.setLeft(at + 10)
            paint.line(painter, words, entry.about, text.font(text.SMALL, tabular=True), theme.color("text3"))


def lettered(
    painter: QtGui.QPainter, box: QtCore.QRectF, title: str, lit: frozenset[int] | set[int]
) -> float:
    """A line whose matched letters stand out; answers where it ends."""
    plain, strong = text.font(text.BODY, text.MEDIUM), text.font(text.BODY, text.BOLD)
    x, at = box.x(), 0
    while at < len(title) and x < box.right():
        bright, end = at in lit, at
        while end < len(title) and (end in lit) == bright:
            end += 1
        font: Any = strong if bright else plain
        metrics = QtGui.QFontMetricsF(font)
        part = title[at:end]
        room = QtCore.QRectF(x, box.y(), box.right() - x, box.height())
        paint.line(painter, room, part, font, theme.color("accent" if bright else "text"))
        x += metrics.horizontalAdvance(part)
        at = end
    return min(x, box.right())


def _keycaps(painter: QtGui.QPainter, right: float, middle: float, keys: str) -> float:
    """A shortcut as keys, its right edge at `right`; answers its left edge."""
    small = text.font(text.CAPTION, text.SEMIBOLD)
    metrics = QtGui.QFontMetricsF(small)
    strokes = keys.split(", ") if keys else []
    for number, stroke in enumerate(reversed(strokes)):
        if number:
            then = metrics.horizontalAdvance("then")
            paint.line(
                painter,
                QtCore.QRectF(right - then - 2, middle - 9, then + 4, 18),
                "then",
                small,
                theme.color("text3"),
            )
            right -= then + 8
        for part in reversed(stroke.split("+")):
            wide = max(20.0, metrics.horizontalAdvance(part) + 12)
            cap = QtCore.QRectF(right - wide, middle - 9.5, wide, 19)
            painter.setPen(theme.color("border2"))
            painter.setBrush(theme.color("raised"))
            painter.drawRoundedRect(cap, 4, 4)
            paint.line(painter, cap, part, small, theme.color("text2"), paint.CENTER)
            right -= wide + 4
    return right
