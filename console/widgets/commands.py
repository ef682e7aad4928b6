"""Every act of a window in one registry: its shortcuts, the cheat sheet and the palette are all made from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import accessible, dialogs, layout, text, theme

SHEET_W = 780

Act = Callable[[], object]  #: what it answers interests nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One thing a person can do."""

    key: str  #: unique; registering it again replaces it
    title: str
    keys: str  #: as Qt reads it: `Ctrl+K`, `G, C`, `?`; empty for what only the palette offers
    group: str
    run: Act
    icon: str = "command"
    others: tuple[str, ...] = ()  #: further shortcuts, which nothing names
    heard: bool = True  #: False where somebody else listens for the keys, and they are only named


class Commands(QtCore.QObject):
    """The registry of one window. Text inputs keep plain letters to themselves, so `G, C` is safe while typing."""

    def __init__(self, window: QtWidgets.QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._known: dict[str, tuple[Command, list[QtGui.QShortcut]]] = {}

    def register(self, command: Command) -> None:
        """Bind a shortcut to an act."""
        self.forget(command.key)
        bound = [self._bind(keys, command.run) for keys in _heard(command)]
        self._known[command.key] = (command, bound)

    def _bind(self, keys: str, run: Act) -> QtGui.QShortcut:
        shortcut = QtGui.QShortcut(QtGui.QKeySequence(keys), self._window)
        shortcut.activated.connect(run)
        return shortcut

    def forget(self, key: str) -> None:
        """Take a command away."""
        known = self._known.pop(key, None)
        for shortcut in known[1] if known is not None else ():
            shortcut.setParent(None)
            shortcut.deleteLater()

    def run(self, key: str) -> None:
        """Do what a shortcut does, as a button elsewhere may; nothing where there is no such command."""
        known = self._known.get(key)
        if known is not None:
            known[0].run()

    def find(self, key: str) -> Command | None:
        """One command by its key."""
        known = self._known.get(key)
        return known[0] if known is not None else None

    def all(self) -> list[Command]:
        """Every command, in the order of registering."""
        return [command for command, _ in self._known.values()]

    def cheat_sheet(self) -> dialogs.Sheet:
        """Open the list of all shortcuts, in two columns of about the same length."""
        sheet = dialogs.Sheet(self._window, "Keyboard shortcuts", width=SHEET_W)
        groups: dict[str, list[Command]] = {}
        for command in self.all():
            if command.keys:
                groups.setdefault(command.group, []).append(command)
        halves = [
            layout.boxed(layout.column(*map(_listed, half), None, gap=theme.LG)) for half in _halves(groups)
        ]
        both = layout.row(*halves, gap=32, margins=(0, 0, 12, 0))
        for at in range(len(halves)):
            both.setStretch(at, 1)
        scrolled = layout.scroll(both)
        room = self._window.height() - 220
        scrolled.setFixedHeight(max(min(both.sizeHint().height() + 4, room), 120))
        scrolled.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        accessible.describe(scrolled, accessible.Role.Document, "Keyboard shortcuts")
        sheet.add(scrolled)
        sheet.open()
        scrolled.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)
        return sheet


Group = tuple[str, Sequence[Command]]


def _halves(groups: dict[str, list[Command]]) -> tuple[list[Group], list[Group]]:
    """The longest first, each into the shorter column."""
    left, right = list[Group](), list[Group]()
    tall = [0, 0]
    for group, commands in sorted(groups.items(), key=lambda pair: -len(pair[1])):
        side = 0 if tall[0] <= tall[1] else 1
        (left, right)[side].append((group, commands))
        tall[side] += len(commands) + 2
    return left, right


def _listed(group: Group) -> QtWidgets.QWidget:
    name, commands = group
    lines = [
        layout.row(text.Label(command.title), None, *_keys(command.keys), gap=theme.XS)
        for command in commands
    ]
    return layout.boxed(layout.column(text.caption(name), *lines, gap=6))


def _keys(keys: str) -> list[QtWidgets.QWidget]:
    shown: list[QtWidgets.QWidget] = []
    for at, stroke in enumerate(keys.split(", ")):
        if at:
            shown.append(text.muted("then"))
        shown.extend(text.Label(part, "key") for part in stroke.split("+"))
    return shown


def _heard(command: Command) -> list[str]:
    """The shortcuts that are listened for."""
    return [keys for keys in (command.keys, *command.others) if keys] if command.heard else []
