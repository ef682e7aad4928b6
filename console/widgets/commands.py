"""Every keyboard shortcut in one registry, which is also what the cheat sheet shows."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import dialogs, layout, text, theme


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One thing the keyboard can do."""

    key: str  #: unique; registering it again replaces it
    title: str
    keys: str  #: as Qt reads it: `Ctrl+K`, `G, C`, `?`
    group: str
    run: Callable[[], None]


class Commands(QtCore.QObject):
    """The registry of one window. Text inputs keep plain letters to themselves, so `G, C` is safe while typing."""

    def __init__(self, window: QtWidgets.QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._known: dict[str, tuple[Command, QtGui.QShortcut]] = {}

    def register(self, command: Command) -> None:
        """Bind a shortcut to an act."""
        self.forget(command.key)
        shortcut = QtGui.QShortcut(QtGui.QKeySequence(command.keys), self._window)
        shortcut.activated.connect(command.run)
        self._known[command.key] = (command, shortcut)

    def forget(self, key: str) -> None:
        """Take a shortcut away."""
        known = self._known.pop(key, None)
        if known is not None:
            known[1].setParent(None)
            known[1].deleteLater()

    def run(self, key: str) -> None:
        """Do what a shortcut does, as a button elsewhere may; nothing where there is no such command."""
        known = self._known.get(key)
        if known is not None:
            known[0].run()

    def all(self) -> list[Command]:
        """Every command, in the order of registering."""
        return [command for command, _ in self._known.values()]

    def cheat_sheet(self) -> dialogs.Sheet:
        """Open the list of all shortcuts."""
        sheet = dialogs.Sheet(self._window, "Keyboard shortcuts", width=520)
        groups: dict[str, list[Command]] = {}
        for command in self.all():
            groups.setdefault(command.group, []).append(command)
        for group, commands in groups.items():
            sheet.add(text.caption(group))
            for command in commands:
                sheet.add(layout.row(text.Label(command.title), None, *_keys(command.keys), gap=theme.XS))
        sheet.open()
        return sheet


def _keys(keys: str) -> list[QtWidgets.QWidget]:
    shown: list[QtWidgets.QWidget] = []
    for at, stroke in enumerate(keys.split(", ")):
        if at:
            shown.append(text.muted("then"))
        shown.extend(text.Label(part, "key") for part in stroke.split("+"))
    return shown
