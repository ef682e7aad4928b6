"""Bringing the campaigns' pages into the states worth a picture; nothing is saved, and nothing launched."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6 import QtWidgets

from console import views
from console.views.campaigns import samples
from console.views.campaigns.draft import page as draft_page
from console.views.campaigns.run import page as run_page
from server.channels import contents
from server.wire import campaigns

S = campaigns.Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What the pictures are taken of: the data's own campaigns where they have the state, else fixed ones."""

    desk: views.Desk
    rows: Sequence[campaigns.Campaign]  #: as the list shows them
    draft: draft_page.DraftPage
    run: run_page.RunPage
    show: Callable[[QtWidgets.QWidget], None]  #: bring one of the two on screen as it stands
    clear: Callable[[], None]  #: let go of whatever is on screen

    def shots(self) -> list[views.Shot]:
        """The draft step by step and channel by channel, then a run in each state."""
        return [
            ("audience", self._step(draft_page.AUDIENCE)),
            *((f"content_{channel}", self._content(channel)) for channel in contents.CHANNELS),
            ("content_more", self.more),
            ("review", self.review),
            ("launch", self.launch),
            ("running", self._run(S.RUNNING)),
            ("running_foot", self.foot),
            *((status.value, self._run(status)) for status in (S.PAUSED, S.CANCELLED) if self._found(status)),
            ("done", self._run(S.DONE)),
        ]

    # drafts

    def more(self) -> bool | None:
        """A form with all its settings."""
        if self._content("apns")() is False:
            return False
        self.draft.content.set_folded(folded=False)
        return None

    def review(self) -> bool | None:
        """What would be sent."""
        if self._step(draft_page.REVIEW)() is False:
            return False
        if self._drafted() is None:
            self.draft.review.show_estimate(samples.estimate())
            self.draft.review.show_three(samples.three(), samples.PEOPLE)
        return None

    def launch(self) -> bool | None:
        """The last look."""
        if self._step(draft_page.LAUNCH)() is False:
            return False
        if self._drafted() is None:
            self.draft.launch.show_estimate(samples.estimate())
        return None

    def _drafted(self) -> campaigns.Campaign | None:
        """A draft of the data with every channel."""
        every = [
            row for row in self.rows if row.status is S.DRAFT and len(row.channels) == len(contents.CHANNELS)
        ]
        return every[0] if every else None

    def _begin(self) -> bool:
        """Open the data's draft, or lay out a fixed one; whether it is there."""
        drafted = self._drafted()
        if drafted is not None:
            if self.draft.work.campaign != drafted.id or not self.draft.isVisible():
                self.desk.navigate("campaigns", campaign=drafted.id)
                return False
            return True
        if self.draft.saver.keeps:
            self.clear()
            self.draft.saver.keeps = False
            self.draft.audience.fixed = [samples.AUDIENCE, *samples.OTHERS]
            self.draft.content.preview.stand_in = ("Ana Ruiz", dict(samples.PERSON))
            self.show(self.draft)
            self.draft.show_work(samples.work())
        return True

    def _step(self, step: int) -> Callable[[], bool | None]:
        def prepare() -> bool | None:
            if not self._begin():
                return False
            self.draft.go(step)
            return None

        return prepare

    def _content(self, channel: str) -> Callable[[], bool | None]:
        def prepare() -> bool | None:
            if self._step(draft_page.CONTENT)() is False:
                return False
            self.draft.content.go(channel)
            self.draft.content.set_folded(folded=True)
            return None

        return prepare

    # runs

    def foot(self) -> bool | None:
        """The lower half of a run, once the layout knows how tall it is."""
        bar = self.run.body.verticalScrollBar()
        if not bar.maximum():
            return False
        bar.setValue(bar.maximum())
        return None

    def _found(self, status: campaigns.Status) -> campaigns.Campaign | None:
        return next((row for row in self.rows if row.status is status), None)

    def _run(self, status: campaigns.Status) -> Callable[[], bool | None]:
        found = self._found(status)

        def prepare() -> bool | None:
            if found is None:
                self._show_fixed(status)
                return None
            shown = self.run.campaign
            if shown is None or shown.id != found.id or not self.run.isVisible() or self.run.seen is None:
                if not self.desk.operations.busy(run_page.LOOK):
                    self.desk.navigate("campaigns", campaign=found.id)
                return False
            self.run.body.verticalScrollBar().setValue(0)
            return None

        return prepare

    def _show_fixed(self, status: campaigns.Status) -> None:
        self.clear()
        self.draft.saver.keeps = True
        self.draft.audience.fixed, self.draft.content.preview.stand_in = [], None
        self.show(self.run)
        self.run.show_campaign(samples.campaign(status))
        self.run.show_seen(samples.seen(status))
        self.run.body.verticalScrollBar().setValue(0)
