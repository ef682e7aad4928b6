"""What the server says by itself: whether its feed is alive, what is wrong now, and the numbers beside the views."""

from PySide6 import QtCore

from console import bell, frame, holding
from console.services import live
from console.widgets import figures
from server.wire import server

OVERVIEW_MS = 15_000
OUTAGE_MS = 2_500  #: a feed that is back sooner alarms nobody
TELLING = {
    server.ChangeKind.ALARMS,
    server.ChangeKind.CAMPAIGN,
}  #: changes after which the overview is another


class Attending(QtCore.QObject):
    """Keeps status bar, alarm, badges and bell of one window true while it has a server."""

    def __init__(self, window: frame.Frame, rung: bell.Bell, held: holding.Holding) -> None:
        super().__init__(window)
        self._window, self._bell, self._holding = window, rung, held
        self._found = window.services
        self._lost_because = ""
        self.outage = QtCore.QTimer(self)
        self.outage.setSingleShot(True)
        self.outage.setInterval(OUTAGE_MS)
        self.outage.timeout.connect(self._on_outage)
        self._pulse = QtCore.QTimer(self)
        self._pulse.setInterval(OVERVIEW_MS)
        self._pulse.timeout.connect(self.ask)
        self._found.live.state_changed.connect(self._on_live)
        self._found.live.lag_changed.connect(window.status.set_lag)
        self._found.live.changed.connect(self._on_changes)
        self._found.live.resumed.connect(self.ask)
        window.arrived.connect(self._begin)
        window.left.connect(self._pulse.stop)
        window.emptied.connect(rung.forget)

    def ask(self) -> None:
        """Ask the server how everything stands."""
        if self._window.is_online:
            self._found.operations.start(
                "window:overview",
                lambda: self._found.api.call(server.OVERVIEW),
                done=self._show,
                failed=lambda _problem: None,  # the live feed tells of a lost server already
            )

    def _begin(self) -> None:
        self.ask()
        self._pulse.start()

    def _show(self, overview: server.Overview) -> None:
        self._holding.show(overview.held)
        badge = self._window.sidebar.nav.set_badge
        live_now = len(overview.live)
        badge("campaigns", f"{live_now} live" if live_now else "", "accent")
        stuck = overview.doubts + overview.dead
        badge("exceptions", figures.short(stuck) if stuck else "", "warn")
        self._bell.take(overview.alarms)

    def _on_live(self, state: str, words: str) -> None:
        status = self._window.status
        if state == live.CONNECTED:
            self.outage.stop()
            status.set_connection(state, "Connected")
            self._window.tell_outage("")
        elif state == live.LOST:
            status.set_connection(state, "Connection lost, trying again")
            status.set_lag(None)
            self._lost_because = words
            if not self.outage.isActive():
                self.outage.start()

    def _on_outage(self) -> None:
        remedy = "What you see may be old. It is brought up to date once the server answers."
        self._window.tell_outage(self._lost_because, remedy)

    def _on_changes(self, changes: list[server.Change]) -> None:
        if any(change.kind in TELLING for change in changes):
            self.ask()
