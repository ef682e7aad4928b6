"""Editors drawn from parts: a group of them, and what each kind of part is edited with."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6 import QtCore, QtWidgets

from console.widgets import buttons, layout, theme
from console.widgets.editors import items, leaves, parts
from console.widgets.editors.parts import Kind, Part


class Group(leaves.Editor):
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
            editor.grown.connect(self.grown)

    def value(self) -> parts.Fields:
        return {**self._kept, **{name: editor.value() for name, editor in self.editors.items()}}

    def set_value(self, value: Any) -> None:
        self._kept = dict(value)
        for name, editor in self.editors.items():
            editor.set_value(value[name])
        self._show_due()

    def show_faults(self, faults: leaves.Faults, *, strict: bool) -> list[str]:
        left = [where for where in faults if where.partition(".")[0] not in self.editors]
        for name, editor in self.editors.items():
            inner = leaves.beneath(faults, name)
            if inner and strict and self._parts[name].more:
                self.set_folded(folded=False)
            nobody = editor.show_faults(inner, strict=strict)
            unseen = inner if editor.isHidden() else nobody
            left += [f"{name}.{where}".rstrip(".") for where in unseen]
        return left

    def place(self, where: str) -> QtWidgets.QWidget | None:
        if not where:
            return leaves.first_input(self)
        name, _, rest = where.partition(".")
        editor = self.editors.get(name)
        if editor is None:
            return None
        if self._parts[name].more:
            self.set_folded(folded=False)
        return editor.place(rest)

    def where(self, widget: QtWidgets.QWidget) -> str | None:
        for name, editor in self.editors.items():
            inner = editor.where(widget)
            if inner is not None:
                return f"{name}.{inner}".rstrip(".")
        return None

    def update_value(self, value: Any) -> None:
        self._kept = dict(value)
        for name, editor in self.editors.items():
            editor.update_value(value[name])
        self._show_due()

    def set_folded(self, *, folded: bool) -> None:
        """Hide or show the rest."""
        self._folded.setVisible(not folded)
        self._unfold.setChecked(not folded)
        self._unfold.set_label(
            "More settings" if folded else "Fewer settings",
            icon="chevron-right" if folded else "chevron-down",
        )

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
        self.set_folded(folded=not self._folded.isHidden())


def _arrange(
    column: QtWidgets.QBoxLayout, described: Sequence[Part], editors: Mapping[str, leaves.Editor]
) -> None:
    line: QtWidgets.QHBoxLayout | None = None
    for part in described:
        if not part.beside or line is None:
            line = layout.row(gap=theme.MD)
            column.addLayout(line)
        line.addWidget(editors[part.name], 1, QtCore.Qt.AlignmentFlag.AlignTop)


class Pairs(items.Items):
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

    def show_faults(self, faults: leaves.Faults, *, strict: bool) -> list[str]:
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

    def update_value(self, value: Any) -> None:
        if self.value() != value:
            self.set_value(value)

    def where(self, widget: QtWidgets.QWidget) -> str | None:
        inner = super().where(widget)
        if not inner:
            return inner
        return str(super().value()[int(inner.partition(".")[0])]["key"])

    def place(self, where: str) -> QtWidgets.QWidget | None:
        names = [pair["key"] for pair in super().value()]
        return super().place(f"{names.index(where)}.key" if where in names else where)


def _editor(part: Part) -> leaves.Editor:
    match part.kind:
        case Kind.GROUP:
            return Group(part.parts)
        case Kind.LIST:
            return items.Items(part, lambda: Group(part.parts), lambda: dict(part.blank))
        case Kind.LINES:
            line = Part(name="", label="", placeholder=part.placeholder)
            return items.Items(part, lambda: leaves.Leaf(line), str)
        case Kind.PAIRS:
            return Pairs(part)
    return leaves.Leaf(part)
