"""Take back the last act by its name: from its toast, from the palette, or by Ctrl+Z outside a text."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import commands

KEY = "edit.undo"
WORD = "Undo"  #: what an act of a toast begins with that takes something back
MOST = 20
LONGEST = 60  #: characters of a name in the palette


@dataclass(slots=True, kw_only=True, eq=False)
class Step:
    """One act that can be taken back."""

    name: str
    run: Callable[[], None]


class Undoing(QtCore.QObject):
    """The acts of one window that can be taken back, the newest last."""

    def __init__(self, window: QtWidgets.QWidget, known: commands.Commands) -> None:
        super().__init__(window)
        self._commands = known
        self._steps: list[Step] = []
        window.installEventFilter(self)

    def names(self) -> list[str]:
        """What can be taken back, the newest first."""
        return [step.name for step in reversed(self._steps)]

    def keep(self, words: str, action: str, run: Callable[[], None]) -> Callable[[], None]:
        """Remember an act by its toast's words, or by what its button adds to "Undo". Returns what the button does."""
        own = action.removeprefix(WORD).lstrip(": ")
        step = Step(name=own or words.rstrip("."), run=run)
        self._steps = [*self._steps, step][-MOST:]
        self._tell()
        return lambda: self._take_back(step)

    def undo(self) -> None:
        """Take the newest one back; nothing where there is none."""
        if self._steps:
            self._take_back(self._steps[-1])

    def forget(self) -> None:
        """Nothing of this can be taken back any more, as in another workspace."""
        self._steps.clear()
        self._tell()

    def _take_back(self, step: Step) -> None:
        if step in self._steps:
            self._steps.remove(step)
            self._tell()
            step.run()

    def _tell(self) -> None:
        """The palette names what Ctrl+Z would take back."""
        if not self._steps:
            self._commands.forget(KEY)
            return
        name = self._steps[-1].name
        short = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
        self._commands.register(
            commands.Command(
                key=KEY,
                title=f"{WORD}: {short}",
                keys="Ctrl+Z",
                group="Edit",
                icon="undo-2",
                run=self.undo,
                heard=False,
            )
        )

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        # Texts and editors take the keys for themselves; what nobody wanted arrives here.
        if (
            event.type() == QtCore.QEvent.Type.KeyPress
            and isinstance(event, QtGui.QKeyEvent)
            and event.matches(QtGui.QKeySequence.StandardKey.Undo)
            and self._steps
        ):
            self.undo()
            return True
        return super().eventFilter(watched, event)
