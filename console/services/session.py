"""Which server and which workspace this window works on."""

from PySide6 import QtCore

from console.services import api, settings
from server.wire import server

CHOICE = "session.workspace"  #: installation to the id of the workspace that was last worked in


class Session(QtCore.QObject):
    """What the server said about itself; `changed` when it is heard anew or another workspace was entered."""

    changed = QtCore.Signal()

    def __init__(self, kept: settings.Settings | None = None, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._kept = kept
        self.about: server.About | None = None
        self.workspaces: list[server.Workspace] = []  #: of this server, the sandbox first

    @property
    def environment(self) -> str:
        """`sandbox`, `staging` or `production`; empty before the server has spoken."""
        return self.about.workspace.environment.value if self.about is not None else ""

    @property
    def place(self) -> str:
        """Names the workspace among those of all servers; empty before the server has spoken."""
        return f"{self.about.installation}-{self.about.workspace.id}" if self.about is not None else ""

    async def load(self, api: api.Api) -> server.About:
        """Ask the server who it is, and enter the workspace last worked in, or the sandbox where that is gone.

        Raises errors.Problem; the workspace stays what it was then.
        """
        first = await api.within(None).call(server.ABOUT)
        await self.list_workspaces(api)
        wanted = self._choices().get(first.installation)
        if wanted != first.workspace.id and any(row.id == wanted for row in self.workspaces):
            first = await api.within(wanted).call(server.ABOUT)
        return self._enter(api, first)

    async def list_workspaces(self, api: api.Api) -> list[server.Workspace]:
        """Ask which workspaces there are; the rest stays as it is. Raises errors.Problem."""
        self.workspaces = (await api.within(None).call(server.WORKSPACES)).rows
        return self.workspaces

    async def choose(self, api: api.Api, workspace: int) -> server.About:
        """Enter another workspace, now and at the next start. Raises errors.Problem and changes nothing then."""
        about = await api.within(workspace).call(server.ABOUT)
        if self._kept is not None:
            self._kept.put(CHOICE, {**self._choices(), about.installation: about.workspace.id})
        return self._enter(api, about)

    def _choices(self) -> dict[str, int]:
        return self._kept.get(CHOICE, {}) if self._kept is not None else {}

    def _enter(self, api: api.Api, about: server.About) -> server.About:
        api.workspace, self.about = about.workspace.id, about
        self.changed.emit()
        return about
