"""Views of a list that a person has named: filters, columns and order behind one chip, and a link to share it."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from PySide6 import QtCore, QtGui, QtWidgets

from console.services import settings
from console.widgets import buttons, dialogs, fields, flow, layout, table

MOST = 12
LONGEST = 40

Where = Mapping[str, str]


class SavedViews(QtWidgets.QWidget):
    """A chip for each view, and one that saves what is shown. The chip of the view that is shown is filled."""

    chosen = QtCore.Signal(dict)  #: what the page is opened with
    link_wanted = QtCore.Signal(dict)

    def __init__(self, kept: settings.Settings, name: str, where: Callable[[], Where]) -> None:
        super().__init__()
        self._kept, self._key, self._where = kept, f"views.{name}", where
        self._chips = flow.Flow(gap=6)
        self.setLayout(self._chips)
        self.setAccessibleName("Saved views")
        self._fill()

    def rows(self) -> list[tuple[str, dict[str, str]]]:
        """Names and what each opens the page with; what is not one of ours is left aside."""
        kept: list[Any] = self._kept.get(self._key, [])
        return [
            (one["name"], {str(name): str(value) for name, value in one["args"].items()})
            for one in kept
            if isinstance(one, dict)
            and isinstance(one.get("name"), str)
            and isinstance(one.get("args"), dict)
        ]

    def save(self, name: str) -> None:
        """Keep what is shown under a name; the same name is replaced where it stands."""
        rows = self.rows()
        mine = (name, dict(self._where()))
        at = next((at for at, (one, _) in enumerate(rows) if one == name), None)
        if at is None:
            rows.append(mine)
        else:
            rows[at] = mine
        self._put(rows[-MOST:])

    def forget(self, name: str) -> None:
        """Take a view away."""
        self._put([row for row in self.rows() if row[0] != name])

    def refresh(self) -> None:
        """Something else is shown now: another chip may be its."""
        now = dict(self._where())
        args = dict(self.rows())
        for chip in self.findChildren(_Chip):
            chip.fill(args.get(chip.name) == now)

    def _put(self, rows: list[tuple[str, dict[str, str]]]) -> None:
        self._kept.put(self._key, [{"name": name, "args": args} for name, args in rows])
        self._fill()

    def _fill(self) -> None:
        layout.clear(self._chips)
        for name, args in self.rows():
            chip = _Chip(name)
            chip.clicked.connect(lambda _on=False, args=args: self.chosen.emit(args))
            chip.menu_wanted.connect(lambda at, name=name, args=args: self._menu(name, args).popup(at))
            self._chips.addWidget(chip)
        add = buttons.Button(
            "Save this view", icon="star", kind="chip", tip="Keep these filters, columns and order"
        )
        add.clicked.connect(lambda _on=False: self.ask_name())
        self._chips.addWidget(add)
        self.refresh()

    def _menu(self, name: str, args: dict[str, str]) -> QtWidgets.QMenu:
        menu = QtWidgets.QMenu(self)
        menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName(f"View {name}")
        for title, act in (
            ("Copy a link to it", lambda: self.link_wanted.emit(args)),
            ("Replace by what is shown", lambda: self.save(name)),
            ("Delete", lambda: self.forget(name)),
        ):
            menu.addAction(title).triggered.connect(lambda _on=False, act=act: act())
        return menu

    def ask_name(self) -> dialogs.Sheet:
        """Ask what the view shall be called."""
        sheet = dialogs.Sheet(self, "Save this view", "Its filters, columns and order, one click away.")
        field = fields.TextField("Name", required=True, placeholder="Failed in Spain")
        field.input.setMaxLength(LONGEST)
        go = buttons.primary("Save")

        def on_go() -> None:
            if field.value().strip():
                self.save(field.value().strip())
                sheet.accept()
            else:
                field.set_error("A name is needed.")

        go.clicked.connect(lambda _on=False: on_go())
        field.input.returnPressed.connect(go.click)
        sheet.add(field)
        sheet.add_button(buttons.plain("Cancel", sheet.reject))
        sheet.add_button(go)
        sheet.open()
        field.setFocus()
        return sheet


class Opening(Protocol):
    """What a list knows of its view: where layouts are kept, how a view is opened, and how a link is shared."""

    @property
    def settings(self) -> settings.Settings: ...

    @property
    def navigate(self) -> Callable[..., None]: ...

    @property
    def share(self) -> Callable[[str, Mapping[str, str]], None]: ...


def beside(
    shown: table.DataTable, desk: Opening, name: str, *, view: str, where: Callable[[], Where]
) -> SavedViews:
    """Saved views of a list, whose columns and scroll are remembered under the same name."""
    chosen = shown.remember(desk.settings, name)
    made = SavedViews(desk.settings, name, where)
    chosen.changed.connect(made.refresh)
    shown.model.sorted.connect(lambda _name: made.refresh())
    made.chosen.connect(lambda args: desk.navigate(view, fresh=True, **args))
    made.link_wanted.connect(lambda args: desk.share(view, args))
    return made


class _Chip(buttons.Button):
    menu_wanted = QtCore.Signal(QtCore.QPoint)

    def __init__(self, name: str) -> None:
        super().__init__(
            name.replace("&", "&&"), icon="star", kind="chip", tip=f"{name} (right click for more)"
        )
        self.name = name
        self.setAccessibleName(f"View {name}")

    def fill(self, filled: bool) -> None:
        self.setProperty("filled", filled)
        self.style().unpolish(self)
        self.style().polish(self)

    def contextMenuEvent(self, event: QtGui.QContextMenuEvent) -> None:
        self.menu_wanted.emit(event.globalPos())
