"""The editor of a list: items that are added, moved, folded and removed, by mouse and by keyboard."""

import itertools
from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import buttons, glyphs, layout, text, theme
from console.widgets.editors import grips, leaves
from console.widgets.editors.parts import Part

CUT = 34  #: letters of an item's first words that its head shows


class Items(leaves.Editor):
    """A list: each item has its own editor, its number, a grip, and buttons that move and remove it."""

    def __init__(self, part: Part, make: Callable[[], leaves.Editor], blank: Callable[[], Any]) -> None:
        super().__init__()
        self._part, self._make, self._blank = part, make, blank
        self._items: list[_Item] = []
        self._later = QtCore.QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._build_next)
        self._error = text.Label("", "bad", wrap=True)
        self._error.hide()
        self._add = buttons.plain(f"Add {_article(part.item)}", self.add, icon="plus")
        self._fold = buttons.link("Fold all", self._on_fold)
        self._column = layout.column(gap=theme.SM)
        self._count = text.Label("", "caption")
        heading = layout.row(text.Label(part.label, "label"), None, self._fold, self._count, gap=theme.SM)
        self._foot = layout.row(self._add, None, gap=theme.SM)
        self._help = text.Label(part.help, "muted", wrap=True)
        layout.reveal(self._help, bool(part.help))
        self.setLayout(layout.column(heading, self._help, self._column, self._error, self._foot, gap=6))
        self.setAccessibleName(part.label)
        self._renumber()

    def value(self) -> list[Any]:
        return [item.value() for item in self._items]

    def set_value(self, value: Any) -> None:
        for item in self._items[len(value) :]:
            self._column.removeWidget(item)
            item.hide()
            item.deleteLater()
        del self._items[len(value) :]
        for item, one in zip(
            self._items, value, strict=False
        ):  # an editor is dear to build: those there are used
            item.set_value(one)
            item.set_folded(folded=False)
        for one in value[len(self._items) :]:
            item = self._append(one)
            if not self._part.parts:  # a line is cheap
                item.build()
        self._later.start()
        self._renumber()

    def _build_next(self) -> None:
        """Build the next editor that there is none of yet: one a turn, so that nobody waits for all of them."""
        waiting = [item for item in self._items if not item.is_built]
        if waiting:
            waiting[0].build()
            self.grown.emit()
            self._later.start()

    def update_value(self, value: Any) -> None:
        if len(value) != len(self._items):
            super().update_value(value)
            return
        for item, one in zip(self._items, value, strict=True):
            item.update_value(one)
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
            for item in self._items[: int(first) + 1]:  # what stands above must not push it away afterwards
                item.build()
            item.set_folded(folded=False)
            return item.editor.place(rest) or item
        return self._add

    def where(self, widget: QtWidgets.QWidget) -> str | None:
        for at, item in enumerate(self._items):
            if item.is_built and item.isAncestorOf(widget):
                return f"{at}.{item.editor.where(widget) or ''}".rstrip(".")
        return None

    def add(self) -> None:
        """Append an empty item, and put the keyboard into it."""
        item = self._append(self._blank())
        self._renumber()
        self.changed.emit()
        first = leaves.first_input(item.editor)
        if first is not None:
            first.setFocus(QtCore.Qt.FocusReason.TabFocusReason)

    def add_beside(self, button: QtWidgets.QWidget) -> None:
        """Put a button of one's own beside the one that adds."""
        self._foot.insertWidget(1, button)

    def fill(self, least: int) -> None:
        """Append empty items until there are this many."""
        for _ in range(least - len(self._items)):
            self._append(self._blank()).build()
        self._renumber()

    def shift(self, item: "_Item", step: int) -> None:
        """Put an item before or after its neighbour; the keyboard stays in it."""
        self.put(item, self._items.index(item) + step)

    def put(self, item: "_Item", to: int) -> None:
        """Put an item at another place; one beyond the ends is none."""
        at = self._items.index(item)
        if to == at or not 0 <= to < len(self._items):
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
        item = _Item(self, self._make, value, self._part)
        item.edited.connect(self.changed)
        item.grown.connect(self.grown)
        item.grip.dropped.connect(lambda to: self.put(item, to))
        self._items.append(item)
        self._column.addWidget(item)
        return item

    def _renumber(self) -> None:
        for at, item in enumerate(self._items):
            item.set_number(at, len(self._items))
            item.grip.set_row(self._items, at)
        most, count = self._part.most, len(self._items)
        full = bool(most) and count >= most
        self._add.setEnabled(not full)
        self._add.setToolTip(f"At most {most}" if full else "")
        self._count.setText(f"{count} of {most}" if most and count else "")
        self._count.setVisible(bool(most and count))
        self._count.set_style("bad" if most and count > most else "caption")
        self._fold.setVisible(bool(self._part.parts) and count > 1)

    def _on_fold(self) -> None:
        """Fold all of them, which makes room to move one; or unfold all."""
        fold = any(not item.folded for item in self._items)
        for item in self._items:
            item.set_folded(folded=fold)
        self._fold.set_label("Unfold all" if fold else "Fold all")


class _Item(QtWidgets.QFrame):
    """One item on a ground of its own. Alt with the up or down arrow moves it, Alt with Delete removes it.

    Its editor is dear, and built when it is asked for or when it is its turn; until then the value is kept.
    """

    edited = QtCore.Signal()
    grown = QtCore.Signal()

    def __init__(self, owner: Items, make: Callable[[], leaves.Editor], value: Any, part: Part) -> None:
        super().__init__()
        self.setObjectName("well")
        self._owner, self._make, self._value, self._name = owner, make, value, part.item
        self._editor: leaves.Editor | None = None
        self._folded = False
        self._caption = text.caption("")
        self._mark = glyphs.Glyph("triangle-alert", "bad", 14)
        self._mark.hide()
        self._error = text.Label("", "bad", wrap=True)
        self._error.hide()
        self.grip = grips.Grip(self)
        self._chevron = buttons.icon("chevron-down", "", self._on_chevron)
        layout.reveal(self._chevron, bool(part.parts))
        self._up = buttons.icon("arrow-up", "", lambda: owner.shift(self, -1))
        self._down = buttons.icon("arrow-down", "", lambda: owner.shift(self, 1))
        self._gone = buttons.icon("trash-2", "", lambda: owner.remove(self))
        head = layout.row(
            self.grip,
            self._chevron,
            self._caption,
            6,
            self._mark,
            None,
            self._up,
            self._down,
            self._gone,
            gap=0,
        )
        self._column = layout.column(head, self._error, gap=4, margins=(4, 4, theme.MD, theme.MD))
        self.setLayout(self._column)
        self._at = 0

    @property
    def editor(self) -> leaves.Editor:
        """What it is edited with."""
        return self._editor or self.build()

    @property
    def is_built(self) -> bool:
        """Whether it has its editor."""
        return self._editor is not None

    @property
    def folded(self) -> bool:
        """Whether only its head is shown."""
        return self._folded

    def build(self) -> leaves.Editor:
        """Give it its editor, where Tab finds it after the head."""
        if self._editor is not None:
            return self._editor
        made = self._editor = self._make()
        made.set_value(self._value)
        made.setContentsMargins(theme.SM, 0, 0, 0)
        made.changed.connect(self._tell)
        made.changed.connect(self.edited)
        made.grown.connect(self.grown)
        if self._folded:
            made.hide()
        tabbed = _tabbed(made)
        self._column.insertWidget(1, made)
        for before, after in itertools.pairwise([self._gone, *tabbed]):
            QtWidgets.QWidget.setTabOrder(before, after)
        return made

    def value(self) -> Any:
        return self._value if self._editor is None else self._editor.value()

    def set_value(self, value: Any) -> None:
        self._value = value
        if self._editor is not None:
            self._editor.set_value(value)

    def update_value(self, value: Any) -> None:
        """Put a value in where it differs."""
        self._value = value
        if self._editor is not None:
            self._editor.update_value(value)

    def set_folded(self, *, folded: bool) -> None:
        """Show only its head, with its first words; or all of it."""
        self._folded = folded
        if self._editor is not None:
            self._editor.setVisible(not folded)
        self._chevron.set_label("", icon="chevron-right" if folded else "chevron-down")
        self._column.setContentsMargins(4, 4, theme.MD, 4 if folded else theme.MD)
        self._tell()

    def set_number(self, at: int, of: int) -> None:
        self._at = at
        called = f"{self._name} {at + 1}"
        self.setAccessibleName(called)
        self._up.setEnabled(at > 0)
        self._down.setEnabled(at < of - 1)
        for button, act in ((self._up, "Move up"), (self._down, "Move down"), (self._gone, "Remove")):
            keys = {"Move up": "Alt+Up", "Move down": "Alt+Down", "Remove": "Alt+Delete"}[act]
            button.setAccessibleName(f"{act} {called.lower()}")
            button.setToolTip(f"{act} {called.lower()} ({keys})")
        self._tell()

    def show_faults(self, faults: leaves.Faults, *, strict: bool) -> list[str]:
        if self._editor is None and not faults:
            return []
        nobody = self.editor.show_faults(faults, strict=strict)
        own = faults.get("", "") if not isinstance(self.editor, leaves.Leaf) else ""
        self._error.setText(own)
        self._error.setVisible(bool(own) and strict)
        self._mark.setVisible(bool(faults) and self.folded)
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

    def _on_chevron(self) -> None:
        self.set_folded(folded=not self.folded)

    def _tell(self) -> None:
        called = f"{self._name} {self._at + 1}"
        words = _first_words(self.value()) if self.folded else ""
        self._caption.setText(f"{called}: {words}" if words else called)
        self._chevron.setAccessibleName(f"{'Unfold' if self.folded else 'Fold'} {called.lower()}")
        self._chevron.setToolTip(self._chevron.accessibleName())


def _tabbed(editor: QtWidgets.QWidget) -> list[QtWidgets.QWidget]:
    """What Tab stops at in an editor that stands for itself, in its order."""
    found: list[QtWidgets.QWidget] = []
    one = editor.nextInFocusChain()
    while one is not None and one is not editor:
        if one.focusPolicy() & QtCore.Qt.FocusPolicy.TabFocus:
            found.append(one)
        one = one.nextInFocusChain()
    return found


def _first_words(value: Any) -> str:
    """What tells one item from another: its title, or the first of its texts."""
    if not isinstance(value, dict):
        return ""
    texts = [value.get(name) for name in ("title", "text", "name", "description", "value", "media_url")]
    words = " ".join(next((one for one in texts if isinstance(one, str) and one), "").split())
    return words if len(words) <= CUT else f"{words[: CUT - 1]}…"


def _article(name: str) -> str:
    name = name.lower()
    return f"an {name}" if name[:1] in "aeiou" else f"a {name}"
