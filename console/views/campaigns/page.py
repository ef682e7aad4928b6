"""The campaigns' page: the list, and the draft or the run that was opened from it."""

import functools
from typing import Any, TypeVar

from PySide6 import QtWidgets

from console import views
from console.services import errors
from console.views.campaigns import listing, planned
from console.views.campaigns.comparing import page as compare_page
from console.views.campaigns.draft import page as draft_page
from console.views.campaigns.draft import saving
from console.views.campaigns.run import page as run_page
from console.widgets import commands, empty, layout, skeleton
from server.wire import campaigns, problems, server

SHOW = "campaigns:show"

PageT = TypeVar("PageT", bound=QtWidgets.QWidget)


class Page(QtWidgets.QWidget):
    """`opened` with nothing shows the list; with `campaign` (or an alarm's `subject`) that one."""

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self.desk = desk
        self._open = False
        self.list = listing.Listing(desk, self.new)
        self._tab = ""
        self._wanted: dict[str, str] = {}
        self._loading = layout.boxed(layout.page(skeleton.Skeleton(4, height=64, gap=18), None))
        self._loading.setAccessibleName("Loading")
        self._broken = empty.EmptyState("circle-x", "This campaign could not be opened", "")
        self._broken.set_action("All campaigns", self.to_list)
        self._stack = QtWidgets.QStackedWidget()
        for page in (self.list, self._loading, self._broken):
            self._stack.addWidget(page)
        self.setLayout(layout.column(self._stack))
        self.list.compared.connect(self.compare)
        self.list.opened.connect(lambda campaign: desk.navigate("campaigns", campaign=campaign))
        desk.live.changed.connect(self._on_changes)
        desk.live.resumed.connect(self._on_resumed)

    # Each is built when it is first wanted: a person who comes for the list does not wait for an editor.

    @functools.cached_property
    def run(self) -> run_page.RunPage:
        """A run, while it goes and after."""
        return self._added(run_page.RunPage(self.desk, self.to_list))

    @functools.cached_property
    def draft(self) -> draft_page.DraftPage:
        """The editor of a draft."""
        return self._added(draft_page.DraftPage(self.desk, self.to_list))

    @functools.cached_property
    def planned(self) -> planned.PlannedPage:
        """A campaign that waits for its time."""
        return self._added(planned.PlannedPage(self.desk, self.to_list))

    @functools.cached_property
    def comparing(self) -> compare_page.ComparePage:
        """Two campaigns side by side."""
        made = self._added(compare_page.ComparePage(self.desk, self.to_list))
        made.asked.connect(self.compare)
        return made

    def _added(self, page: PageT) -> PageT:
        self._stack.addWidget(page)
        return page

    # coming and going

    def compare(self, left: int, right: int) -> None:
        """Lay two campaigns side by side; 0 leaves the choice to the page."""
        self.desk.navigate("campaigns", compare=f"{left},{right}")

    def new(self) -> None:
        """Begin a draft."""
        self.desk.navigate("campaigns", new=True)

    def to_list(self) -> None:
        """Go back to the list."""
        self.desk.navigate("campaigns")

    def opened(
        self,
        *,
        campaign: int = 0,
        subject: str = "",
        draft: str = "",
        new: bool = False,
        tab: str = "",
        find: str = "",
        compare: str = "",
        **more: Any,
    ) -> None:
        """Show what was asked for."""
        self._leave()
        self._open = True
        self._tab = tab
        self._wanted = {"tab": tab, "campaign": str(campaign or ""), "new": "yes" if new else ""}
        self.desk.commands.register(
            commands.Command(
                key="campaigns.new", title="New campaign", keys="Ctrl+N", group="Campaigns", run=self.new
            )
        )
        if compare:
            self._wanted = {"compare": compare}
            self._stack.setCurrentWidget(self.comparing)
            self.comparing.start(compare_page.pair_of(compare))
            return
        wanted = campaign or next((int(word) for word in (subject, draft) if word.isdecimal()), 0)
        if wanted:
            self._stack.setCurrentWidget(self._loading)
            self._ask(wanted)
        elif new or draft:
            self._stack.setCurrentWidget(self.draft)
            self.draft.start_new()
        else:
            self._stack.setCurrentWidget(self.list)
            self.list.start(tab, find, more)

    def where(self) -> dict[str, str]:
        """The list with its filters, or the campaign that was opened."""
        if self._stack.currentWidget() is self.list:
            return self.list.where()
        shown = self._stack.currentWidget()
        saved = shown.work.campaign if isinstance(shown, draft_page.DraftPage) else None
        wanted = {**self._wanted, "campaign": str(saved), "new": ""} if saved else self._wanted
        return {name: value for name, value in wanted.items() if value}

    def closed(self) -> None:
        """Another view takes its place."""
        self._leave()
        self._open = False
        self.desk.commands.forget("campaigns.new")

    def _leave(self) -> None:
        """Whatever was shown stops following; a draft is saved or kept."""
        self.desk.operations.cancel(SHOW)
        shown = self._stack.currentWidget()
        if not self._open:
            return
        if isinstance(shown, compare_page.ComparePage):
            shown.stop()
        if isinstance(shown, draft_page.DraftPage | run_page.RunPage | planned.PlannedPage | listing.Listing):
            shown.stop()

    def _ask(self, campaign: int) -> None:
        self.desk.operations.start(
            SHOW,
            lambda: self.desk.api.call(campaigns.SHOW, campaign=campaign),
            done=self.show_campaign,
            failed=lambda problem: self._on_failed(campaign, problem),
            latest=True,
        )

    def show_campaign(self, campaign: campaigns.Campaign) -> None:
        """Show one campaign as what it is: a draft, a schedule or a run."""
        if campaign.status is campaigns.Status.DRAFT:
            self._stack.setCurrentWidget(self.draft)
            self.draft.start(campaign)
            return
        if self.desk.drafts.find(saving.EDITOR, str(campaign.id)) is not None:
            self.desk.drafts.drop(saving.EDITOR, str(campaign.id))
            self.desk.toast(
                "It was launched meanwhile; changes that were not saved are not part of it.", tone="warn"
            )
        if self._is_planned(campaign):
            self._stack.setCurrentWidget(self.planned)
            self.planned.start(campaign)
            return
        self._stack.setCurrentWidget(self.run)
        self.run.start(campaign)

    def _is_planned(self, campaign: campaigns.Campaign) -> bool:
        """Whether its schedule is what a person comes for: it waits for its time, or asks, or was asked for."""
        if campaign.schedule is None or (self._tab == "run" and campaign.run is not None):
            return False
        waits = campaign.status is campaigns.Status.SCHEDULED
        return waits or bool(campaign.schedule.undecided) or self._tab == "plan"

    def show_only(self, shown: QtWidgets.QWidget) -> None:
        """Show one of the pages as it stands, as for a picture."""
        self._stack.setCurrentWidget(shown)

    def _on_failed(self, campaign: int, problem: errors.Problem) -> None:
        if problem.code is problems.Code.NOT_FOUND and self.draft.start_orphan(str(campaign)):
            self._stack.setCurrentWidget(self.draft)
            return
        self._broken.set_text(str(problem))
        self._stack.setCurrentWidget(self._broken)

    # what moves

    def _on_changes(self, changes: list[server.Change]) -> None:
        if not self._open:
            return
        shown = self._stack.currentWidget()
        if isinstance(shown, listing.Listing | run_page.RunPage | planned.PlannedPage):
            shown.take(changes)
        elif isinstance(shown, draft_page.DraftPage):
            self._watch_draft(changes)

    def _watch_draft(self, changes: list[server.Change]) -> None:
        """A draft that somebody else launched is a draft no more."""
        campaign = self.draft.work.campaign
        for change in changes:
            mine = change.kind is server.ChangeKind.CAMPAIGN and change.subject == campaign
            if mine and change.status not in ("", campaigns.Status.DRAFT.value):
                self.desk.navigate("campaigns", campaign=campaign)
                return

    def _on_resumed(self) -> None:
        shown = self._stack.currentWidget()
        if self._open and isinstance(shown, listing.Listing):
            shown.reload()
        elif self._open and isinstance(shown, run_page.RunPage):
            shown.look()


def shots(page: Page) -> list[views.Shot]:
    """The list, the draft step by step, and a run while it goes and after."""
    from console.views.campaigns import staging  # only pictures need it

    stage = staging.Stage(
        desk=page.desk,
        rows=page.list.rows(),
        draft=page.draft,
        run=page.run,
        planned=page.planned,
        show=page.show_only,
        clear=page.closed,
    )
    return [*stage.shots(), ("compare", lambda: _compared(page))]


def _compared(page: Page) -> bool:
    """Two campaigns of the data side by side, once they are there."""
    if not page.comparing.isVisible():
        page.compare(0, 0)
        return False
    return page.comparing.seen
