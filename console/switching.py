"""Going from one workspace to another: nothing of the first is left on screen, under way, or in the feed."""

from collections.abc import Callable

from console import chrome, company, frame, workspaces
from console.services import errors
from console.widgets import dialogs, popover
from server.wire import server

LIST, ADD = "window:workspaces", "window:add-workspace"
SETTLE_S = 2.0  #: how long what is under way, such as saving a draft, may take to end by itself


class Switch:
    """Offers the workspaces of the server, adds one, and takes the window to another."""

    def __init__(self, window: frame.Frame, others: company.Company) -> None:
        self._window, self._company = window, others
        self._found = window.services
        self._then: Callable[[], None] | None = None

    def offer(self) -> None:
        """Open the panel under the place; before there is a server it can only tell of that."""
        about = self._found.session.about
        if about is None:
            self.tell_about()
            return
        here = about.workspace.id
        panel = popover.Popover(self._window.sidebar.place, "Workspaces", width=workspaces.PANEL_W)
        filled = workspaces.Panel(
            panel,
            choose=self.to,
            add=self.add,
            about=self.tell_about,
            rules=lambda: self._window.commands.run("policy"),
        )
        filled.show(self._found.session.workspaces, here)
        panel.show_at_anchor()
        panel.destroyed.connect(lambda: self._found.operations.cancel(LIST))

        def listed(rows: list[server.Workspace]) -> None:
            if filled.show(rows, here):
                panel.show_at_anchor()  # it has grown

        self._found.operations.start(
            LIST,
            lambda: self._found.session.list_workspaces(self._found.api),
            done=listed,
            failed=lambda _problem: None,  # those known so far are offered already
        )

    def tell_about(self) -> None:
        """Open what is known about the server, under the place."""
        about = self._found.session.about
        rows = [("Server", self._found.api.url or "none yet")]
        if about is not None:
            rows += [
                ("Version", about.version),
                ("Workspace", f"{about.workspace.name} ({about.workspace.environment.value})"),
                ("Installation", about.installation),
                ("Data", about.data),
                ("Secrets", about.key_place),
            ]
        panel = popover.Popover(self._window.sidebar.place, "About this server", width=420)
        chrome.fill_about(panel, rows)
        panel.show_at_anchor()

    def add(self) -> None:
        """Ask for a new workspace, make it, and go there."""
        sheet = workspaces.AddSheet(self._window)

        def ask_server(ask: server.AddWorkspace) -> None:
            self._found.operations.start(
                ADD,
                lambda: self._found.api.within(None).call(server.ADD_WORKSPACE, ask),
                done=lambda made: self._added(sheet, made.workspace),
                failed=sheet.refuse,
            )

        sheet.asked.connect(ask_server)
        sheet.rejected.connect(lambda: self._found.operations.cancel(ADD))
        self._found.operations.bind(ADD, sheet.go, "Adding…")
        sheet.open()
        sheet.name.setFocus()

    def _added(self, sheet: workspaces.AddSheet, made: server.Workspace) -> None:
        sheet.accept()
        self._found.session.workspaces.append(made)
        self.to(made)

    def to(self, workspace: server.Workspace, *, then: Callable[[], None] | None = None) -> None:
        """Go to a workspace, and do something `then`; asks first where that would stop what a person waits for."""
        about = self._found.session.about
        if about is not None and about.workspace.id == workspace.id:
            return
        if not self._window.is_online or self._found.operations.busy("app:reach"):
            self._window.toast(
                "The server has to answer first. Then choose the workspace again.", tone="warn"
            )
            return
        self._then = then
        everywhere = [one.services.operations for one in self._company.windows]
        under_way = [one.label for work in everywhere for one in work.running() if one.label]
        if under_way:
            dialogs.confirm(
                self._window,
                f"Go to {workspace.name} now?",
                f"This is still under way here and is stopped by that: {', '.join(under_way)}.",
                act="Stop it and go",
                danger=True,
                done=lambda: self._go(workspace),
            )
        else:
            self._go(workspace)

    def _go(self, workspace: server.Workspace) -> None:
        self._window.leave(f"Opening {workspace.name}")
        self._found.operations.start(
            frame.SWITCH,
            lambda: self._enter(workspace),
            done=lambda _none: self._arrive(),
            failed=self._stay,
            latest=True,  # the one before has arrived, but may not have been put away yet
        )

    async def _enter(self, workspace: server.Workspace) -> None:
        await self._found.operations.settle(SETTLE_S, besides=(frame.REACH, frame.SWITCH))
        await self._found.live.stop()
        await self._found.session.choose(self._found.api, workspace.id)
        self._found.live.start()

    def _arrive(self) -> None:
        self._window.navigate(next(iter(self._window.specs)))
        self._window.online()
        then, self._then = self._then, None
        if then is not None:
            then()

    def _stay(self, problem: errors.Problem) -> None:
        """The other workspace could not be entered: all is as it was."""
        self._found.live.start()
        self._window.online()
        self._window.tell(problem)
