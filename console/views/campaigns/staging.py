"""Bringing the campaigns' pages into the states worth a picture; nothing is saved, and nothing launched."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
from PySide6 import QtWidgets

from console import views
from console.views.campaigns import planned as planned_page
from console.views.campaigns.draft import model as draft_model
from console.views.campaigns.draft import page as draft_page
from console.views.campaigns.draft import templating
from console.views.campaigns.run import page as run_page
from console.widgets import dialogs, figures
from console.widgets.editors import checking
from server.channels import contents
from server.wire import campaigns

S = campaigns.Status
#: The states a run is photographed in, where the data have one that is in it.
STATES = (S.RUNNING, S.PAUSED, S.CANCELLED, S.DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What the pictures are taken of: the data's own campaigns."""

    desk: views.Desk
    rows: Sequence[campaigns.Campaign]  #: as the list shows them
    draft: draft_page.DraftPage
    run: run_page.RunPage
    planned: planned_page.PlannedPage
    show: Callable[[QtWidgets.QWidget], None]  #: bring one of the two on screen as it stands
    clear: Callable[[], None]  #: let go of whatever is on screen

    def shots(self) -> list[views.Shot]:
        """The draft step by step and channel by channel, then a run in each state the data have."""
        return [
            *self._of_draft(),
            *([("scheduled", self._planned(found))] if (found := self._found(S.SCHEDULED)) else []),
            *((status.value, self._run(found)) for status in STATES if (found := self._found(status))),
            *([("foot", self.foot)] if any(self._found(status) for status in STATES) else []),
        ]

    def _of_draft(self) -> list[views.Shot]:
        if self._drafted() is None and self._audience() is None:
            return []
        shots: list[views.Shot] = [
            ("audience", self._step(draft_page.AUDIENCE)),
            *((f"content_{channel}", self._content(channel)) for channel in contents.CHANNELS),
            ("content_blocks", self.blocks),
            ("content_more", self.more),
            ("content_payload", self.payload),
            ("template", self.template),
        ]
        if self._drafted() is not None:
            shots += [("test", self.test), ("prices", self.prices), ("countdown", self.countdown)]
        if self._drafted() is not None:  # only the server can count what a launch would do
            shots += [("review", self._step(draft_page.REVIEW)), ("launch", self._step(draft_page.LAUNCH))]
        return shots

    # drafts

    def more(self) -> bool | None:
        """A form with all its settings."""
        if self._content("apns")() is False:
            return False
        self.draft.content.set_folded(folded=False)
        return None

    def blocks(self) -> bool | None:
        """The sample mail in blocks."""
        if self._content("email")() is False:
            return False
        self.draft.content.show_blocks()
        return None

    def payload(self) -> bool | None:
        """A push as JSON beside its fields."""
        if self._content("webpush")() is False:
            return False
        self.draft.content.show_payload(shown=True)
        return None

    def template(self) -> bool | None:
        """The sheet that offers templates of a channel."""
        pickers = self.draft.window().findChildren(templating.Picker)
        picker = next((one for one in pickers if one.isVisible()), None)
        if picker is None:
            if self._content("webpush")() is not False:
                self.draft.content.templates.ask_which()
            return False
        picker.grid.grab()  # what is seen is asked for when it is painted
        return None if picker.grid.is_painted() else False

    def test(self) -> bool | None:
        """The sheet that sends a test, with what became of the last ones."""
        if self._content("sms")() is False:
            return False
        self.draft.ask_test()
        return None

    def prices(self) -> bool | None:
        """The sheet of prices."""
        if self._content("sms")() is False:
            return False
        self.desk.commands.run("prices")
        return None

    def countdown(self) -> bool | None:
        """A launch that can still be undone."""
        drafted = self._drafted()
        if drafted is None or self._content("sms")() is False:
            return False
        starts = figures.now() + datetime.timedelta(seconds=30)
        planned = campaigns.Planned(words="Once", recurring=False, next_at=starts)
        self.draft.undoing.offer(msgspec.structs.replace(drafted, schedule=planned))
        return None

    def _shut(self) -> None:
        """Close the sheet of the picture before."""
        self.draft.undoing.end()
        for sheet in self.draft.window().findChildren(dialogs.Sheet):
            sheet.reject()

    def _drafted(self) -> campaigns.Campaign | None:
        """A draft of the data with every channel."""
        every = [
            row for row in self.rows if row.status is S.DRAFT and len(row.channels) == len(contents.CHANNELS)
        ]
        return every[0] if every else None

    def _begin(self) -> bool:
        """Open the data's draft, or lay out the sample without saving it; whether it is there."""
        drafted = self._drafted()
        if drafted is not None:
            if self.draft.work.campaign != drafted.id or not self.draft.isVisible():
                self.desk.navigate("campaigns", campaign=drafted.id)
                return False
            return True
        if self.draft.saver.keeps:
            self.clear()
            self.draft.saver.keeps = False
            self.show(self.draft)
            self.draft.show_work(self._laid_out())
        return True

    def _audience(self) -> int | None:
        """An audience of the data."""
        return next((row.audience for row in self.rows if row.audience is not None), None)

    def _laid_out(self) -> draft_model.Work:
        """The bundled sample for the data's own people, as "Start from the sample" lays it out."""
        sample = draft_model.of_sample()
        chosen = sample.contents.chosen()
        written = {channel: checking.plain(made) for channel, made in chosen.items()}
        return draft_model.Work(name=sample.name, audience=self._audience(), on=set(chosen), written=written)

    def _step(self, step: int) -> Callable[[], bool | None]:
        def prepare() -> bool | None:
            if not self._begin():
                return False
            self._shut()
            self.draft.go(step)
            return None

        return prepare

    def _content(self, channel: str) -> Callable[[], bool | None]:
        def prepare() -> bool | None:
            if self._step(draft_page.CONTENT)() is False:
                return False
            self.draft.content.go(channel)
            self.draft.content.set_folded(folded=True)
            self.draft.content.show_payload(shown=False)
            return None

        return prepare

    # schedules

    def _planned(self, found: campaigns.Campaign) -> Callable[[], bool | None]:
        def prepare() -> bool | None:
            shown = self.planned.campaign
            if (
                shown is None
                or shown.id != found.id
                or not self.planned.isVisible()
                or self.planned.seen is None
            ):
                if not self.desk.operations.busy(planned_page.LOOK):
                    self.desk.navigate("campaigns", campaign=found.id)
                return False
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

    def _run(self, found: campaigns.Campaign) -> Callable[[], bool | None]:
        def prepare() -> bool | None:
            shown = self.run.campaign
            if shown is None or shown.id != found.id or not self.run.isVisible() or self.run.seen is None:
                if not self.desk.operations.busy(run_page.LOOK):
                    self.desk.navigate("campaigns", campaign=found.id)
                return False
            self.run.body.verticalScrollBar().setValue(0)
            return None

        return prepare
