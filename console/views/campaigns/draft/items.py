"""The editor of a list: items that are added, moved and removed, by keyboard as well."""

from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console.views.campaigns.draft import leaves
from console.views.campaigns.draft.parts import Part
from console.widgets import buttons, layout, text, theme


class Items(leaves.Editor):
    """A list: each item has its own editor, its number, and buttons that move and remove it."""

    def __init__(self, part: Part, make: Callable[[], leaves.Editor], blank: Callable[[], Any]) -> None:
        super().__init__()
        self._part, self._make, self._blank = part, make, blank
        self._items: list[_Item] = []
        self._error = text.Label("", "bad", wrap=True)
        self._error.hide()
        self._add = buttons.plain(f"Add {_article(part.item)}", self.add, icon="plus")
        self._column = layout.column(gap=theme.SM)
        heading = layout.row(text.Label(part.label, "label"), None)
        self._help = text.Label(part.help, "muted", wrap=True)
        self._help.setVisible(bool(part.help))
        self.setLayout(
            layout.column(heading, self._help, self._column, self._error, layout.row(self._add, None), gap=6)
        )
        self.setAccessibleName(part.label)

    def value(self) -> list[Any]:
        return [item.editor.value() for item in self._items]

    def set_value(self, value: Any) -> None:
        for item in self._items:
            item.hide()
            item.deleteLater()
        self._items.clear()
        for one in value:
            self._append(one)
        self._renumber()

    def show_faults(self, faults: leaves.Faults, *, strict: bool) -> list[str]:
        own = faults.get("", "")
        self._error.setText(own)
        self._error.setVisible(bool(own))
        self._add.setAccessibleDescription(own)
        left = []
        for where in faults:
            first = where.partition(".")[0]
            if where and not (first.isdecimal() and int(first) < len(self._items)):
                left.append(where)
        for at, item in enumerate(self._items):
            nobody = item.show_faults(leaves.beneath(faults, str(at)), strict=strict)
            left += [f"{at}.{where}" for where in nobody]
        return left

    def place(self, where: str) -> QtWidgets.QWidget | None:
        first, _, rest = where.partition(".")
        if first.isdecimal() and int(first) < len(self._items):
            return self._items[int(first)].editor.place(rest) or self._items[int(first)]
        return self._add

    def add(self) -> None:
        """Append an empty item, and put the keyboard into it."""
        item = self._append(self._blank())
        self._renumber()
        self.changed.emit()
        first = leaves.first_input(item.editor)
        if first is not None:
            first.setFocus(QtCore.Qt.FocusReason.TabFocusReason)

    def shift(self, item: "_Item", step: int) -> None:
        """Put an item before or after its neighbour; the keyboard stays in it."""
        at = self._items.index(item)
        to = at + step
        if not 0 <= to < len(self._items):
            return
        held = QtWidgets.QApplication.focusWidget()
        self._items.insert(to, self._items.pop(at))
        self._column.removeWidget(item)
        self._column.insertWidget(to, item)
        self._renumber()
        if held is not None:
            held.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def remove(self, item: "_Item") -> None:
        """Take an item out; the keyboard goes to the one that takes its place."""
        at = self._items.index(item)
        self._items.remove(item)
        self._column.removeWidget(item)
        item.hide()
        item.deleteLater()
        self._renumber()
        self.changed.emit()
        beside = self._items[min(at, len(self._items) - 1)].editor if self._items else None
        target = (leaves.first_input(beside) if beside is not None else None) or self._add
        target.setFocus(QtCore.Qt.FocusReason.TabFocusReason)

    def _append(self, value: Any) -> "_Item":
        item = _Item(self, self._make(), self._part.item)
        item.editor.set_value(value)
        item.editor.changed.connect(self.changed)
        self._items.append(item)
        self._column.addWidget(item)
        return item

    def _renumber(self) -> None:
        for at, item in enumerate(self._items):
            item.set_number(at, len(self._items))
        full = bool(self._part.most) and len(self._items) >= self._part.most
        self._add.setEnabled(not full)
        most = f"At most {self._part.most}"
        self._add.setToolTip(most if full else "")


class _Item(QtWidgets.QFrame):
    """One item on a ground of its own. Alt with the up or down arrow moves it, Alt with Delete removes it."""

    def __init__(self, owner: Items, editor: leaves.Editor, name: str) -> None:
        super().__init__()
        self.setObjectName("well")
        self._owner, self.editor, self._name = owner, editor, name
        self._caption = text.caption("")
        self._error = text.Label("", "bad", wrap=True)
        self._error.hide()
        self._up = buttons.icon("arrow-up", "", lambda: owner.shift(self, -1))
        self._down = buttons.icon("arrow-down", "", lambda: owner.shift(self, 1))
        self._gone = buttons.icon("trash-2", "", lambda: owner.remove(self))
        head = layout.row(self._caption, None, self._up, self._down, self._gone, gap=0)
        self.setLayout(
            layout.column(head, editor, self._error, gap=4, margins=(theme.MD, 4, theme.MD, theme.MD))
        )

    def set_number(self, at: int, of: int) -> None:
        called = f"{self._name} {at + 1}"
        self._caption.setText(called)
        self.setAccessibleName(called)
        self._up.setEnabled(at > 0)
        self._down.setEnabled(at < of - 1)
        for button, act in ((self._up, "Move up"), (self._down, "Move down"), (self._gone, "Remove")):
            keys = {"Move up": "Alt+Up", "Move down": "Alt+Down", "Remove": "Alt+Delete"}[act]
            button.setAccessibleName(f"{act} {called.lower()}")
            button.setToolTip(f"{act} {called.lower()} ({keys})")

    def show_faults(self, faults: leaves.Faults, *, strict: bool) -> list[str]:
        nobody = self.editor.show_faults(faults, strict=strict)
        own = faults.get("", "") if not isinstance(self.editor, leaves.Leaf) else ""
        self._error.setText(own)
        self._error.setVisible(bool(own) and strict)
        return [where for where in nobody if where]

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.modifiers() & QtCore.Qt.KeyboardModifier.AltModifier:
            match event.key():
                case QtCore.Qt.Key.Key_Up:
                    self._owner.shift(self, -1)
                    return
                case QtCore.Qt.Key.Key_Down:
                    self._owner.shift(self, 1)
                    return
                case QtCore.Qt.Key.Key_Delete:
                    self._owner.remove(self)
                    return
        super().keyPressEvent(event)


def _article(name: str) -> str:
    name = name.lower()
    return f"an {name}" if name[:1] in "aeiou" else f"a {name}"
