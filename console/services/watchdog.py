"""Watches the event loop: a turn that takes longer than a person can overlook is logged, with what it was doing."""

import logging
import sys
import threading
import time
import traceback
from dataclasses import dataclass

from PySide6 import QtCore

log = logging.getLogger(__name__)

LIMIT_S = 0.1
BEAT_MS = 40
LOOK_S = 0.02
FRAMES = 6
MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn that was too long."""

    cpu_s: float  #: what the program itself took; a machine that is busy elsewhere is not its fault
    doing: str  #: the innermost calls, seen while it lasted; empty where it was over too soon to be looked at


class Watchdog(QtCore.QObject):
    """Start it in the thread that it shall watch. It costs a timer, and a thread that sleeps."""

    found = QtCore.Signal(object)  #: Turn

    def __init__(self, parent: QtCore.QObject | None = None, *, limit_s: float = LIMIT_S) -> None:
        super().__init__(parent)
        self.turns: list[Turn] = []
        self._limit_s = limit_s
        self._cpu_s, self._beat_at = 0.0, 0.0
        self._doing = ""
        self._over = threading.Event()
        self._watched = threading.get_ident()
        self._timer = QtCore.QTimer(self)
        self._timer.setTimerType(QtCore.Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._on_beat)

    def start(self) -> None:
        """Watch from now on."""
        self._mark()
        self._timer.start()
        self._over.clear()
        threading.Thread(target=self._look, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        """Watch no more."""
        self._timer.stop()
        self._over.set()

    def _mark(self) -> None:
        self._cpu_s, self._beat_at, self._doing = time.thread_time(), time.monotonic(), ""

    def _on_beat(self) -> None:
        spent = time.thread_time() - self._cpu_s
        if spent > self._limit_s:
            turn = Turn(cpu_s=spent, doing=self._doing)
            self.turns.append(turn)
            del self.turns[:-MOST]
            log.warning(
                "the window did not answer for %.0f ms: %s",
                spent * 1000,
                turn.doing or "unknown",
                extra={"action": "slow_turn", "cpu_ms": round(spent * 1000)},
            )
            self.found.emit(turn)
        self._mark()

    def _look(self) -> None:
        """From another thread: what the watched one is at, once it has been at it for too long."""
        while not self._over.wait(LOOK_S):
            if self._doing or time.monotonic() - self._beat_at < self._limit_s:
                continue
            frame = sys._current_frames().get(self._watched)  # noqa: SLF001  # the only way to see another thread
            if frame is not None:
                calls = traceback.extract_stack(frame)[-FRAMES:]
                self._doing = " > ".join(
                    f"{call.name} ({call.filename.rpartition('/')[2]}:{call.lineno})" for call in calls
                )
