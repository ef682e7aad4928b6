"""The campaigns' page: the list, and the draft or the run that was opened from it."""

from typing import Any

from PySide6 import QtWidgets

from console import views
from console.services import errors
from console.views.campaigns import listing
from console.views.campaigns.run import page as run_page
from console.widgets import commands, empty, layout, skeleton
from server.wire import campaigns, server

SHOW = "campaigns:show"


class Page(QtWidgets.QWidget):
    """`opened` with nothing shows the list; with `campaign` (or an alarm's `subject`) that one."""

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self.desk = desk
        self._open = False
        self._wanted = 0
        self.list = listing.Listing(desk, self.new)
        self.run = run_page.RunPage(desk, self.to_list)
        self._loading = layout.boxed(layout.page(skeleton.Skeleton(4, height=64, gap=18), None))
        self._broken = empty.EmptyState("circle-x", "This campaign could not be opened", "")
        self._broken.set_action("All campaigns", self.to_list)
        self._stack = QtWidgets.QStackedWidget()
        for page in (self.list, self.run, self._loading, self._broken):
            self._stack.addWidget(page)
        self.setLayout(layout.column(self._stack))
        self.list.opened.connect(lambda campaign: desk.navigate("campaigns", campaign=campaign))
        desk.live.changed.connect(self._on_changes)
        desk.live.resumed.connect(self._on_resumed)

    def new(self) -> None:
        """Begin a draft."""

    def to_list(self) -> None:
        """Go back to the list."""
        self.desk.navigate("campaigns")

    def opened(self, *, campaign: int = 0, subject: str = "", tab: str = "", **_more: Any) -> None:
        """Show what was asked for."""
        self._leave()
        self._open = True
        self._wanted = campaign or (int(subject) if subject.isdecimal() else 0)
        self.desk.commands.register(
            commands.Command(
                key="campaigns.new", title="New campaign", keys="Ctrl+N", group="Campaigns", run=self.new
            )
        )
        if self._wanted:
            self._stack.setCurrentWidget(self._loading)
            self._ask(self._wanted)
        else:
            self._stack.setCurrentWidget(self.list)
            self.list.start(tab)

    def closed(self) -> None:
        """Another view takes its place."""
        self._leave()
        self._open = False
        self.desk.commands.forget("campaigns.new")

    def _leave(self) -> None:
        self.desk.operations.cancel(SHOW)
        self.list.stop()
        self.run.stop()

    def _ask(self, campaign: int) -> None:
        self.desk.operations.start(
            SHOW,
            lambda: self.desk.api.call(campaigns.SHOW, campaign=campaign),
            done=self.show_campaign,
            failed=self._on_failed,
            latest=True,
        )

    def show_campaign(self, campaign: campaigns.Campaign) -> None:
        """Show one campaign as what it is: a draft or a run."""
        self._stack.setCurrentWidget(self.run)
        self.run.start(campaign)

    def _on_failed(self, problem: errors.Problem) -> None:
        self._broken.set_text(str(problem))
        self._stack.setCurrentWidget(self._broken)

    def _on_changes(self, changes: list[server.Change]) -> None:
        if not self._open:
            return
        if self._stack.currentWidget() is self.list:
            self.list.take(changes)
        elif self._stack.currentWidget() is self.run:
            self.run.take(changes)

    def _on_resumed(self) -> None:
        if self._open and self._stack.currentWidget() is self.list:
            self.list.reload()
        elif self._open and self._stack.currentWidget() is self.run:
            self.run.look()


def shots(page: Page) -> list[views.Shot]:
    """The list, the draft step by step, and a run while it goes and after."""
    return [("run", lambda: page.desk.navigate("campaigns", campaign=1))]
