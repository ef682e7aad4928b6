"""How every state looks: a word, an icon and a colour, never a colour alone."""

from dataclasses import dataclass

from PySide6 import QtGui, QtWidgets

from console.widgets import accessible, paint, theme


@dataclass(frozen=True, slots=True)
class Look:
    """The face of one state."""

    word: str
    icon: str
    tone: theme.Tone


UNKNOWN = Look("Unknown", "circle-question-mark", "mute")
#: A message that was sent as a test.
TEST = Look("Test", "flask-conical", "info")

#: States of a message (server.wire.ledger.State).
MESSAGE = {
    "waiting": Look("Waiting", "clock", "mute"),
    "sending": Look("Sending", "send", "info"),
    "accepted": Look("Accepted", "check", "ok"),
    "delivered": Look("Delivered", "check-check", "ok"),
    "seen": Look("Seen", "eye", "ok"),
    "clicked": Look("Clicked", "mouse-pointer-click", "ok"),
    "replied": Look("Replied", "reply", "ok"),
    "failed": Look("Failed", "circle-x", "bad"),
    "skipped": Look("Skipped", "skip-forward", "mute"),
    "doubt": Look("In doubt", "circle-question-mark", "warn"),
    "cancelled": Look("Cancelled", "ban", "mute"),
}

#: States of a campaign and its newest run (server.wire.campaigns.Status).
CAMPAIGN = {
    "draft": Look("Draft", "pencil", "mute"),
    "scheduled": Look("Scheduled", "calendar-clock", "info"),
    "launching": Look("Launching", "rocket", "info"),
    "running": Look("Running", "radio", "ok"),
    "paused": Look("Paused", "pause", "warn"),
    "cancelling": Look("Cancelling", "ban", "warn"),
    "cancelled": Look("Cancelled", "ban", "mute"),
    "done": Look("Done", "circle-check", "mute"),
}

#: Health of an account's lane (server.wire.providers.Health).
HEALTH = {
    "unknown": Look("Not checked", "circle-dashed", "mute"),
    "good": Look("Good", "circle-check", "ok"),
    "throttled": Look("Throttled", "gauge", "warn"),
    "failing": Look("Failing", "triangle-alert", "bad"),
    "halted": Look("Halted", "octagon-x", "bad"),
    "off": Look("Off", "power", "mute"),
}

#: States of an import (server.wire.audiences.ImportStatus).
IMPORT = {
    "reading": Look("Reading", "loader-circle", "info"),
    "merging": Look("Merging", "loader-circle", "info"),
    "done": Look("Done", "circle-check", "ok"),
    "cancelled": Look("Cancelled", "ban", "mute"),
    "failed": Look("Failed", "circle-x", "bad"),
}

#: What a workspace reaches (server.wire.server.Environment).
ENVIRONMENT = {
    "sandbox": Look("Sandbox", "flask-conical", "info"),
    "staging": Look("Staging", "layers", "warn"),
    "production": Look("Production", "globe", "bad"),
}


def look(table: dict[str, Look], state: str) -> Look:
    """A state's face; a word this version does not know shows itself, in grey."""
    found = table.get(state)
    return (
        found
        if found is not None
        else Look(state.replace("_", " ").capitalize() or "Unknown", UNKNOWN.icon, "mute")
    )


class Pill(QtWidgets.QWidget):
    """One state as a widget."""

    def __init__(self, look: Look = UNKNOWN) -> None:
        super().__init__()
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Fixed, QtWidgets.QSizePolicy.Policy.Fixed)
        self.set_look(look)

    def look(self) -> Look:
        """What it shows."""
        return self._look

    def set_look(self, look: Look) -> None:
        """Show another state."""
        self._look = look
        accessible.describe(self, accessible.Role.StaticText, look.word)
        self.setFixedSize(paint.pill_width(look.word), paint.PILL_H + 1)
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        paint.face(painter, self.rect())
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        paint.pill(
            painter, 0, self.height() / 2, self._look.word, self._look.icon, self._look.tone, self.width()
        )
        painter.end()
