"""The windows of one console: they share the server, the session and what is kept; each has its own pages and work."""

from collections.abc import Callable
from typing import Any

from PySide6 import QtCore

from console import frame, outside

BESIDE = "windows.beside"  #: setting: what the windows besides the first showed, for the next start
MOST = 8
STEP = 36  #: how far a new window lies from the one it was opened from


class Company(QtCore.QObject):
    """Every window there is, the oldest first. The last one to close asks the program to end."""

    close_asked = QtCore.Signal()
    retry_asked = QtCore.Signal()

    def __init__(self, make: "Callable[[outside.Services, Company], frame.Frame]") -> None:
        super().__init__()
        self._make = make
        self.windows: list[frame.Frame] = []

    @property
    def front(self) -> frame.Frame:
        """The window that has the keyboard, else the oldest: where questions are asked."""
        return next((one for one in self.windows if one.isActiveWindow()), self.windows[0])

    def add(self, window: frame.Frame) -> None:
        """A window has been made."""
        window.is_first = not self.windows
        self.windows.append(window)
        window.close_asked.connect(self.close_asked)
        window.retry_asked.connect(self.retry_asked)

    def open(
        self,
        beside: frame.Frame,
        view: str = "",
        args: dict[str, Any] | None = None,
        *,
        tiled: bool = False,
    ) -> frame.Frame | None:
        """Another window on the same session; `tiled` lays both side by side. None where there are enough."""
        if len(self.windows) >= MOST:
            beside.toast(f"{MOST} windows are open: close one first.", tone="warn")
            return None
        made = self._make(beside.services.beside(), self)
        made.resize(beside.size())
        made.move(beside.pos() + QtCore.QPoint(STEP, STEP))
        made.navigate(view or beside.current or next(iter(made.specs)), **(args or {}))
        made.show()
        if tiled:
            _tile(beside, made)
        if beside.is_online:
            made.online()
        else:
            made.waiting("Waiting for the server")
        return made

    def leave(self, window: frame.Frame) -> None:
        """One of several closes; the others stay."""
        self.windows.remove(window)
        self.windows[0].is_first = True
        window.put_away()

    def keep(self) -> None:
        """Remember what every window shows, the first by itself and the others as a list."""
        first, *others = self.windows
        first.keep_state()
        first.services.memory.put(BESIDE, [one.state() for one in others])
        first.services.settings.save()

    def restore(self) -> None:
        """Open the windows that stood beside the first when the console was last closed."""
        first = self.windows[0]
        states: list[Any] = first.services.memory.get(BESIDE, [])
        for state in states[: MOST - 1]:
            if (
                isinstance(state, dict)
                and state.get("view") in first.specs
                and isinstance(state.get("args"), dict)
            ):
                # In another workspace the same ids are something else.
                args = state["args"] if first.knows(str(state.get("place", ""))) else {}
                made = self.open(first, state["view"], args)
                if made is not None:
                    made.restore_place(str(state.get("geometry", "")))

    def close_all(self) -> None:
        """Take every window away for good: the program ends."""
        for window in [*self.windows]:
            window.let_close()


def _tile(left: frame.Frame, right: frame.Frame) -> None:
    room = left.screen().availableGeometry()
    half = room.width() // 2
    for window, x in ((left, room.x()), (right, room.x() + half)):
        window.showNormal()
        window.setGeometry(x, room.y(), max(half, window.minimumWidth()), room.height())
