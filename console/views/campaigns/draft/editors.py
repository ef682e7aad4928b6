"""Editors drawn from parts: single fields, lists whose items can be moved and removed by keyboard, and groups."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console.views.campaigns.draft import parts
from console.views.campaigns.draft.parts import Kind, Part
from console.widgets import buttons, fields, layout, text, theme

Faults = Mapping[str, str]  #: place within the editor to words


class Editor(QtWidgets.QWidget):
    """What all editors share: `value`, `set_value`, `show_faults`, and `changed` at every edit by a person."""

    changed = QtCore.Signal()

    def value(self) -> Any:
        """What stands in it."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Put a value in, without `changed`."""
        raise NotImplementedError

    def show_faults(self, faults: Faults, *, strict: bool) -> list[str]:
        """Say what is wrong where it is wrong, by place within this editor; returns the places it has no field for.

        Unless `strict`, a field that nobody has touched yet stays quiet.
        """
        raise NotImplementedError

    def place(self, where: str) -> QtWidgets.QWidget | None:
        """The input at a place, for the keyboard to go to."""
        raise NotImplementedError


class Leaf(Editor):
    """One field."""

    def __init__(self, part: Part) -> None:
        super().__init__()
        self._part = part
        self.touched = False
        self.field = _field(part)
        self.field.changed.connect(self._on_changed)
        control = self.field.control
        if part.kind in parts.TEMPLATES:
            control.setProperty("takesValues", True)
        if isinstance(control, QtWidgets.QPlainTextEdit):
            control.setHorizontalScrollBarPolicy(
                QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff
            )  # its lines wrap
        self.setLayout(layout.column(self.field))

    def value(self) -> Any:
        found = self.field.value()
        read = _READ.get(self._part.kind)
        return read(found) if read is not None else found

    def set_value(self, value: Any) -> None:
        self.touched = False
        self.field.set_value(value)
        self.field.set_error("")

    def show_faults(self, faults: Faults, *, strict: bool) -> list[str]:
        self.field.set_error(faults.get("", "") if strict or self.touched else "")
        return []

    def place(self, where: str) -> QtWidgets.QWidget:
        return self.field.control

    def _on_changed(self) -> None:
        self.touched = True
        self.changed.emit()


def _field(part: Part) -> fields.Field:
    asked = part.required
    match part.kind:
        case Kind.AREA | Kind.BLOCK | Kind.CODE:
            mono = part.kind is not Kind.AREA
            return fields.AreaField(
                part.label,
                help=part.help,
                required=asked,
                placeholder=part.placeholder,
                lines=part.lines,
                mono=mono,
            )
        case Kind.CHOICE:
            return fields.ChoiceField(part.label, part.choices, help=part.help)
        case Kind.NUMBER:
            return fields.NumberField(
                part.label, help=part.help, low=part.low, high=part.high, unit=part.unit
            )
        case Kind.SWITCH:
            return fields.SwitchField(part.label, help=part.help)
    mono = part.kind is Kind.FIXED
    return fields.TextField(
        part.label, help=part.help, required=asked, placeholder=part.placeholder, mono=mono
    )


def _whole(words: str) -> int | str | None:
    """A whole number, nothing, or the words themselves, which the content's type then refuses."""
    try:
        return int(words) if words else None
    except ValueError:
        return words


def _decimal(words: str) -> float | str | None:
    try:
        return float(words) if words else None
    except ValueError:
        return words


_READ: dict[Kind, Callable[[str], Any]] = {Kind.MAYBE_WHOLE: _whole, Kind.MAYBE_DECIMAL: _decimal}


class Group(Editor):
    """Parts one under the other, two side by side where they say so, the rest folded away."""

    def __init__(self, described: Sequence[Part]) -> None:
        super().__init__()
        self._parts = {part.name: part for part in described}
        self.editors = {part.name: _editor(part) for part in described}
        self._kept: parts.Fields = {}
        self._folded = layout.boxed(layout.column(gap=theme.MD))
        self._unfold = buttons.link("More settings", self._on_unfold, icon="chevron-right")
        self._unfold.setCheckable(True)
        column = layout.column(gap=theme.MD)
        _arrange(column, [part for part in described if not part.more], self.editors)
        rest = [part for part in described if part.more]
        folded = self._folded.layout()
        assert isinstance(folded, QtWidgets.QBoxLayout)
        _arrange(folded, rest, self.editors)
        if rest:
            column.addLayout(layout.row(self._unfold, None))
        else:
            self._unfold.hide()
        column.addWidget(self._folded)
        self._folded.hide()
        self.setLayout(column)
        for editor in self.editors.values():
            editor.changed.connect(self._on_changed)

    def value(self) -> parts.Fields:
        return {**self._kept, **{name: editor.value() for name, editor in self.editors.items()}}

    def set_value(self, value: Any) -> None:
        self._kept = dict(value)
        for name, editor in self.editors.items():
            editor.set_value(value[name])
        self._show_due()

    def show_faults(self, faults: Faults, *, strict: bool) -> list[str]:
        left = [where for where in faults if where.partition(".")[0] not in self.editors]
        for name, editor in self.editors.items():
            inner = _beneath(faults, name)
            if inner and strict and self._parts[name].more:
                self._set_folded(folded=False)
            nobody = editor.show_faults(inner, strict=strict)
            left += [f"{name}.{where}".rstrip(".") for where in nobody]
            if editor.isHidden():
                left += [f"{name}.{where}".rstrip(".") for where in inner]
        return left

    def place(self, where: str) -> QtWidgets.QWidget | None:
        name, _, rest = where.partition(".")
        editor = self.editors.get(name)
        if editor is None:
            return None
        if self._parts[name].more:
            self._set_folded(folded=False)
        return editor.place(rest)

    def unfold(self) -> None:
        """Show the rest, as for a picture."""
        self._set_folded(folded=False)

    def _on_changed(self) -> None:
        self._show_due()
        self.changed.emit()

    def _show_due(self) -> None:
        """Hide what the choices made leave no use for."""
        shown: dict[str, bool] = {}
        for name, part in self._parts.items():
            due = True
            if part.when is not None:
                sibling, wanted = part.when
                due = shown.get(sibling, True) and self.editors[sibling].value() in wanted
            shown[name] = due
            self.editors[name].setVisible(due)

    def _on_unfold(self) -> None:
        self._set_folded(folded=not self._folded.isHidden())

    def _set_folded(self, *, folded: bool) -> None:
        self._folded.setVisible(not folded)
        self._unfold.setChecked(not folded)
        self._unfold.set_label(
            "More settings" if folded else "Fewer settings",
            icon="chevron-right" if folded else "chevron-down",
        )


def _arrange(column: QtWidgets.QBoxLayout, described: Sequence[Part], editors: Mapping[str, Editor]) -> None:
    line: QtWidgets.QHBoxLayout | None = None
    for part in described:
        if not part.beside or line is None:
            line = layout.row(gap=theme.MD)
            column.addLayout(line)
        line.addWidget(editors[part.name], 1, QtCore.Qt.AlignmentFlag.AlignTop)


def _beneath(faults: Faults, name: str) -> dict[str, str]:
    """The faults at or below a name, by the place that is left; several at one place are joined."""
    found: dict[str, str] = {}
    for where, words in faults.items():
        first, _, rest = where.partition(".")
        if first == name:
            found[rest] = words
    return found


class Items(Editor):
    """A list: each item has its own editor, its number, and buttons that move and remove it."""

    def __init__(self, part: Part, make: Callable[[], Editor], blank: Callable[[], Any]) -> None:
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

    def show_faults(self, faults: Faults, *, strict: bool) -> list[str]:
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
            nobody = item.show_faults(_beneath(faults, str(at)), strict=strict)
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
        first = _first_input(item.editor)
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
        target = (_first_input(beside) if beside is not None else None) or self._add
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

    def __init__(self, owner: Items, editor: Editor, name: str) -> None:
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

    def show_faults(self, faults: Faults, *, strict: bool) -> list[str]:
        nobody = self.editor.show_faults(faults, strict=strict)
        own = faults.get("", "") if not isinstance(self.editor, Leaf) else ""
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


class Pairs(Items):
    """Names and texts, kept as a mapping; a name given twice is said to be, and the last one counts."""

    _PARTS = (
        Part(name="key", label="Name", kind=Kind.FIXED, required=True),
        Part(name="value", label="Value", beside=True),
    )

    def __init__(self, part: Part) -> None:
        super().__init__(part, lambda: Group(self._PARTS), lambda: {"key": "", "value": ""})

    def value(self) -> Any:
        return {pair["key"]: pair["value"] for pair in super().value() if pair["key"]}

    def set_value(self, value: Any) -> None:
        super().set_value([{"key": key, "value": words} for key, words in value.items()])

    def show_faults(self, faults: Faults, *, strict: bool) -> list[str]:
        names = [pair["key"] for pair in super().value()]
        placed = {"": faults[""]} if "" in faults else {}
        for where, words in faults.items():
            if where in names:
                placed[f"{names.index(where)}.key"] = words
        for at, name in enumerate(names):
            if name and name in names[:at]:
                placed[f"{at}.key"] = f"Another entry is called {name} too: only one of them is sent."
        left = super().show_faults(placed, strict=strict)
        return left + [where for where in faults if where and where not in names]

    def place(self, where: str) -> QtWidgets.QWidget | None:
        names = [pair["key"] for pair in super().value()]
        return super().place(f"{names.index(where)}.key" if where in names else where)


def _editor(part: Part) -> Editor:
    match part.kind:
        case Kind.GROUP:
            return Group(part.parts)
        case Kind.LIST:
            return Items(part, lambda: Group(part.parts), lambda: dict(part.blank))
        case Kind.LINES:
            line = Part(name="", label="", placeholder=part.placeholder)
            return Items(part, lambda: Leaf(line), str)
        case Kind.PAIRS:
            return Pairs(part)
    return Leaf(part)


def _article(name: str) -> str:
    name = name.lower()
    return f"an {name}" if name[:1] in "aeiou" else f"a {name}"


def _first_input(editor: Editor) -> QtWidgets.QWidget | None:
    for field in editor.findChildren(fields.Field):
        if not field.isHidden():
            return field.control
    return None
