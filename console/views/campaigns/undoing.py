"""A launch that was put off for a moment: it counts down in sight, wherever one goes, and can be taken back."""

import math

from PySide6 import QtCore

from console import views
from console.services import errors
from console.views.campaigns import actions
from console.widgets import figures, notices
from server.wire import campaigns

TICK_MS = 250


def words(row: campaigns.Campaign, left_s: float) -> str:
    """What is about to happen."""
    return f"“{row.name}” starts in {math.ceil(left_s)} s"


class Undoing(QtCore.QObject):
    """One launch at a time is counted down; a newer one takes its place on screen, and both go on."""

    def __init__(self, desk: views.Desk, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._row: campaigns.Campaign | None = None
        self.toast: notices.Toast | None = None
        self._tick = QtCore.QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._count)

    def offer(self, row: campaigns.Campaign) -> None:
        """Count down to a campaign's start, with the way to take it back."""
        left_s = _left(row)
        if left_s <= 0:
            return
        self.end()
        self._row = row
        shown = self._desk.toast(
            words(row, left_s),
            tone="info",
            action=f"Undo: launch “{row.name}”",
            clicked=lambda: self.take_back(row.id),
        )
        if isinstance(shown, notices.Toast):
            self.toast = shown
            shown.say(words(row, left_s))
            shown.closed.connect(self._on_closed)
            self._tick.start()

    def take_back(self, campaign: int) -> None:
        """Take a launch back; where it has started by now the server says so."""
        if self._row is not None and self._row.id == campaign:
            self.end()
        actions.unschedule(self._desk, campaign, self._on_undone, self._on_refused)

    def _count(self) -> None:
        left_s = 0.0 if self._row is None else _left(self._row)
        if self.toast is None or self._row is None or left_s <= 0:
            self.end()
            return
        said = words(self._row, left_s)
        if said != self.toast.words:
            self.toast.say(said)

    def end(self) -> None:
        """Count no more: it has started, or nobody is to see it."""
        self._tick.stop()
        shown, self.toast, self._row = self.toast, None, None
        if shown is not None:
            shown.close_now()

    def _on_closed(self) -> None:
        self.toast = None

    def _on_undone(self, row: campaigns.Campaign) -> None:
        self._desk.toast(f"“{row.name}” was taken back: nothing was sent.", tone="ok")
        self._desk.navigate("campaigns", campaign=row.id)

    def _on_refused(self, problem: errors.Problem) -> None:
        self._desk.toast(str(problem), tone="warn")


def _left(row: campaigns.Campaign) -> float:
    """Seconds until it starts; 0 where it does not, or has."""
    at = row.schedule.next_at if row.schedule is not None else None
    return 0.0 if at is None else (at - figures.now()).total_seconds()
