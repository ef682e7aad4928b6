"""Which server and which workspace this window works on."""

from PySide6 import QtCore

from console.services import api
from server.wire import server


class Session(QtCore.QObject):
    """What the server said about itself; `changed` when it is heard anew."""

    changed = QtCore.Signal()

    def __init__(self, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self.about: server.About | None = None

    @property
    def environment(self) -> str:
        """`sandbox`, `staging` or `production`; empty before the server has spoken."""
        return self.about.workspace.environment.value if self.about is not None else ""

    async def load(self, api: api.Api) -> server.About:
        """Ask the server who it is. Raises errors.Problem."""
        self.about = await api.call(server.ABOUT)
        self.changed.emit()
        return self.about
