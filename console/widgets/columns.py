"""Which columns a table shows, in which order, how wide, and where it was scrolled to: kept for each list."""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
from PySide6 import QtCore, QtGui, QtWidgets

from console.services import settings
from console.widgets import paged, rows

NARROWEST, WIDEST = 48, 1200


class Layout(msgspec.Struct, kw_only=True):
    """How one list is laid out. Columns are known by their names."""

    order: list[str] = []
    hidden: list[str] = []
    widths: dict[str, int] = {}
    pinned: list[str] = []
    sort: str = ""
    scroll: int = 0  #: in pixels from the top


def read(value: Any) -> Layout:
    """A layout as it was kept; one that cannot be read is the list's own."""
    try:
        return msgspec.convert(value, Layout)
    except msgspec.ValidationError:
        return Layout()


class Table(Protocol):
    """What is laid out: rows of a model, whose columns can be chosen and sorted by."""

    model: paged.PagedModel
    view: rows.Rows

    def set_chosen(self, at: int, shown: bool) -> None:
        """Show or hide one column by a person's choice."""

    def sort_by(self, name: str) -> None:
        """Sort by a column's sort name, with `-` before it for descending."""


class Columns(QtCore.QObject):
    """Ties one table to its layout in the settings."""

    changed = QtCore.Signal()  #: by a person

    def __init__(self, table: Table, kept: settings.Settings, name: str) -> None:
        super().__init__(table.view)
        self._table, self._kept, self._key = table, kept, f"table.{name}"
        self._view = table.view
        self._applying = False
        self._scroll = 0
        head = self._view.horizontalHeader()
        head.setSectionsMovable(True)
        head.setContextMenuPolicy(QtCore.Qt.ContextMenuPolicy.CustomContextMenu)
        head.customContextMenuRequested.connect(lambda at: self.menu().popup(head.mapToGlobal(at)))
        head.sectionMoved.connect(lambda *_numbers: self._moved())
        head.sectionResized.connect(self._on_resized)
        table.model.sorted.connect(lambda _name: self._moved())
        table.model.counted.connect(lambda _total: self._scroll_once())
        self.apply(read(kept.get(self._key, {})))

    # what is kept

    def layout(self) -> Layout:
        """How the table is laid out now."""
        head, columns = self._view.horizontalHeader(), self._table.model.columns
        visual = sorted(range(len(columns)), key=head.visualIndex)
        chosen = self._chosen
        return Layout(
            order=[columns[at].name for at in visual],
            hidden=[one for one in chosen.hidden if one in self._names()],
            widths=dict(chosen.widths),
            pinned=[one for one in chosen.pinned if one in self._names()],
            sort=self._table.model.sorting,
            scroll=self._view.verticalScrollBar().value(),
        )

    def apply(self, wanted: Layout) -> None:
        """Lay the table out; names it does not know are left aside."""
        self._applying = True
        self._chosen = wanted
        names = self._names()
        head = self._view.horizontalHeader()
        # What is pinned stands first; new columns of a later version stand where they belong by themselves.
        order = [one for one in (*wanted.pinned, *wanted.order, *names) if one in names]
        for to, name in enumerate(dict.fromkeys(order)):
            head.moveSection(head.visualIndex(names.index(name)), to)
        for at, column in enumerate(self._table.model.columns):
            wide = wanted.widths.get(column.name, self._view.least_width(at))
            self._view.setColumnWidth(at, max(NARROWEST, min(wide, WIDEST)))
            self._table.set_chosen(at, column.name not in wanted.hidden)
        self._view.pin([names.index(one) for one in wanted.pinned if one in names])
        if wanted.sort and wanted.sort != self._table.model.sorting:
            self._table.sort_by(wanted.sort)
        self._scroll = wanted.scroll
        self._view.share_room()
        self._applying = False

    def keep(self) -> None:
        """Write the layout down, with where it is scrolled to."""
        self._kept.put(self._key, msgspec.to_builtins(self.layout()))

    def _names(self) -> list[str]:
        return [column.name for column in self._table.model.columns]

    def _scroll_once(self) -> None:
        if self._scroll:
            wanted, self._scroll = self._scroll, 0
            QtCore.QTimer.singleShot(0, self, lambda: self._view.verticalScrollBar().setValue(wanted))

    # what a person does

    def menu(self) -> QtWidgets.QMenu:
        """Which columns are shown and which stay at the left."""
        menu = QtWidgets.QMenu(self._view)
        menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName("Columns")
        shown = [one for one in self._names() if one not in self._chosen.hidden]
        for name in self._names():
            action = _checked(menu, name, name in shown)
            action.setEnabled(name not in shown or len(shown) > 1)
            action.toggled.connect(lambda on, name=name: self.show(name, shown=on))
        menu.addSeparator()
        pins = menu.addMenu("Keep at the left")
        pins.setAccessibleName("Keep at the left")
        for name in shown:
            action = _checked(pins, name, name in self._chosen.pinned)
            action.toggled.connect(lambda on, name=name: self.pin(name, pinned=on))
        menu.addSeparator()
        menu.addAction("As they were made").triggered.connect(self.reset)
        return menu

    def show(self, name: str, *, shown: bool) -> None:
        """Show or hide a column."""
        now = self.layout()
        now.hidden = [one for one in now.hidden if one != name] + ([] if shown else [name])
        self._take(now)

    def pin(self, name: str, *, pinned: bool) -> None:
        """Keep a column at the left while the others scroll, or let it go."""
        now = self.layout()
        now.pinned = [one for one in now.pinned if one != name] + ([name] if pinned else [])
        self._take(now)

    def show_only(self, names: Sequence[str]) -> None:
        """These columns in this order and no others; names it does not know are left aside."""
        known = [one for one in names if one in self._names()]
        if known:
            now = self.layout()
            now.order, now.hidden = known, [one for one in self._names() if one not in known]
            now.pinned = [one for one in now.pinned if one in known]
            self._take(now)

    def reset(self) -> None:
        """Every column as the list was made."""
        self._take(Layout(order=self._names(), sort=self._table.model.sorting))

    def _take(self, wanted: Layout) -> None:
        self.apply(wanted)
        self.keep()
        self.changed.emit()

    def _moved(self) -> None:
        if not self._applying:
            self._chosen = self.layout()
            self.keep()
            self.changed.emit()

    def _on_resized(self, number: int, _old: int, new: int) -> None:
        # Only a hand on the heading makes a width a choice; the rest is the table sharing its room.
        pulled = self._view.horizontalHeader().underMouse() and (
            QtWidgets.QApplication.mouseButtons() & QtCore.Qt.MouseButton.LeftButton
        )
        column = self._table.model.columns[number]
        if pulled and not self._applying and not column.stretch:
            self._chosen.widths[column.name] = new
            self.keep()


def _checked(menu: QtWidgets.QMenu, name: str, on: bool) -> QtGui.QAction:
    action = menu.addAction(name.replace("&", "&&"))
    action.setCheckable(True)
    action.setChecked(on)
    return action
