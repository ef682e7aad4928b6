"""The windows of one console: they share the server, the session and what is kept; each has its own pages and work."""

from typing import TYPE_CHECKING, Any

from PySide6 import QtCore

if TYPE_CHECKING:
    from console import window as windows

BESIDE = "windows.beside"  #: setting: what the windows besides the first showed, for the next start
MOST = 8
STEP = 36  #: how far a new window lies from the one it was opened from


class Company(QtCore.QObject):
    """Every window there is, the oldest first. The last one to close asks the program to end."""

    close_asked = QtCore.Signal()
    retry_asked = QtCore.Signal()

    def __init__(self) -> None:
        super().__init__()
        self.windows: list[windows.Window] = []

    @property
    def front(self) -> "windows.Window":
        """The window that has the keyboard, else the oldest: where questions are asked."""
        return next((one for one in self.windows if one.isActiveWindow()), self.windows[0])

    def add(self, window: "windows.Window") -> None:
        """A window has been made."""
        self.windows.append(window)
        window.close_asked.connect(self.close_asked)
        window.retry_asked.connect(self.retry_asked)

    def open(
        self,
        beside: "windows.Window",
        view: str = "",
        args: dict[str, Any] | None = None,
        *,
        tiled: bool = False,
    ) -> "windows.Window | None":
        """Another window on the same session; `tiled` lays both side by side. None where there are enough."""
        if len(self.windows) >= MOST:
            beside.toast(f"{MOST} windows are open: close one first.", tone="warn")
            return None
        made = type(beside)(beside.services.beside(), self)
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

    def leave(self, window: "windows.Window") -> None:
        """One of several closes; the others stay."""
        self.windows.remove(window)
        window.put_away()

    def keep(self) -> None:
        """Remember what every window shows, the first by itself and the others as a list."""
        first, *others = self.windows
        first.keep_state()
        kept = first.services.settings
        kept.put(BESIDE, [one.state() for one in others])
        kept.save()

    def restore(self) -> None:
        """Open the windows that stood beside the first when the console was last closed."""
        first = self.windows[0]
        states: list[Any] = first.services.settings.get(BESIDE, [])
        for state in states[: MOST - 1]:
            if (
                isinstance(state, dict)
                and state.get("view") in first.specs
                and isinstance(state.get("args"), dict)
            ):
                made = self.open(first, state["view"], state["args"])
                if made is not None:
                    made.restore_place(str(state.get("geometry", "")))

    def close_all(self) -> None:
        """Take every window away for good: the program ends."""
        for window in [*self.windows]:
            window.let_close()


def _tile(left: "windows.Window", right: "windows.Window") -> None:
    room = left.screen().availableGeometry()
    half = room.width() // 2
    for window, x in ((left, room.x()), (right, room.x() + half)):
        window.showNormal()
        window.setGeometry(x, room.y(), max(half, window.minimumWidth()), room.height())
