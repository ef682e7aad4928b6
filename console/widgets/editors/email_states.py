"""What an email editor can go back to: each act is one step of a named undo."""

from dataclasses import dataclass, field
from typing import Protocol

from PySide6 import QtGui

from server.channels import mailblocks


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How a mail is written, and what stands in it."""

    kind: mailblocks.Kind = "blocks"
    mail: mailblocks.Mail = field(default_factory=mailblocks.Mail)
    mjml: str = ""
    html: str = ""  #: the source itself, or what was made of it last
    key: str = ""  #: what is selected

    @property
    def source(self) -> str:
        """As EmailContent.source has it; empty where the HTML is its own source."""
        if self.kind == "mjml":
            return self.mjml
        return mailblocks.write(self.mail) if self.kind == "blocks" and self.mail.blocks() else ""


class Restores(Protocol):
    """What a step is taken back on."""

    def state(self) -> State:
        """As it is now."""

    def restore(self, state: State) -> None:
        """Show another state."""


class Step(QtGui.QUndoCommand):
    """One act; acts with the same key that follow one another are one step."""

    def __init__(self, editor: Restores, name: str, before: State, after: State, merge: str = "") -> None:
        super().__init__(name)
        self._editor, self._before, self._after, self.merge = editor, before, after, merge
        self._done = True  #: the act itself was shown before it became a step

    def id(self) -> int:
        return 1 if self.merge else -1

    def mergeWith(self, other: QtGui.QUndoCommand) -> bool:  # noqa: N802  # Qt's own name
        if not isinstance(other, Step) or other.merge != self.merge:
            return False
        self._after = other._after  # noqa: SLF001  # its own kind
        return True

    def redo(self) -> None:
        if self._done:
            self._done = False
            return
        self._editor.restore(self._after)

    def undo(self) -> None:
        # What was typed in a source since then is in its document alone: it comes back with the redo.
        self._after = self._editor.state()
        self._editor.restore(self._before)
