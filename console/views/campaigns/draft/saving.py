"""Keeping a draft: on this computer at every change, on the server as soon as it would take it."""

from collections.abc import Awaitable, Callable

from PySide6 import QtCore

from console import views
from console.services import errors
from console.views.campaigns.draft import model
from server.wire import campaigns, problems

EDITOR = "campaigns"  #: local drafts' editor: the view that opens them again
SAVE = "campaigns:save"
PAUSE_MS = 700


class Saver(QtCore.QObject):
    """One save at a time; what is edited meanwhile is saved after it. Nothing is lost in between."""

    told = QtCore.Signal(str, str)  #: words and tone for the header
    saved = QtCore.Signal(object)  #: the Campaign as the server has it now
    refused = QtCore.Signal(object)  #: errors.Problem

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self._work = model.Work()
        self._known: campaigns.SaveCampaign | None = None  #: what the server has
        self._waiting: list[Callable[[], None]] = []
        self.keeps = True  #: False for pictures, which change nothing
        self._later = QtCore.QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(PAUSE_MS)
        self._later.timeout.connect(self.save)

    def follow(self, work: model.Work, known: campaigns.SaveCampaign | None) -> None:
        """Keep this draft from now on; `known` is what the server has of it."""
        self._later.stop()
        self._waiting.clear()
        self._work, self._known = work, known
        self.told.emit("Saved" if known is not None else "", "mute")

    @property
    def is_clean(self) -> bool:
        """Whether the server has all of it."""
        return self._known is not None and model.asked(self._work) == self._known

    def touch(self) -> None:
        """Something was edited."""
        if not self.keeps:
            return
        if self.is_clean:
            self._settle()
            return
        self._desk.drafts.keep(EDITOR, self._work.key, self._work.kept())
        hindered = model.state(self._work)
        if hindered:
            self._later.stop()
            self.told.emit(f"Kept on this computer: {hindered}", "warn")
        else:
            self.told.emit("Saving…", "mute")
            self._later.start()

    def save(self) -> None:
        """Hand it to the server now, if it would take it."""
        self._later.stop()
        ask = model.asked(self._work)
        if not self.keeps or ask is None or ask == self._known:
            return
        work = self._work
        campaign = work.campaign
        api = self._desk.api
        if campaign is None:
            self._start(lambda: api.call(campaigns.CREATE, ask), work, ask)
        else:
            self._start(lambda: api.call(campaigns.SAVE, ask, campaign=campaign), work, ask)

    def when_clean(self, then: Callable[[], None]) -> None:
        """Call `then` once the server has all of it; never, if it refuses."""
        if self.is_clean:
            then()
            return
        self._waiting.append(then)
        self.save()

    def leave(self) -> str:
        """Save what can be saved, keep the rest; answers why something is only kept here, or nothing."""
        self._waiting.clear()
        if not self.keeps or self.is_clean or self._is_untouched():
            return ""
        hindered = model.state(self._work)
        if hindered:
            self._desk.drafts.save()
        else:
            self.save()
        return hindered

    def forget(self) -> None:
        """The draft is gone for good: what is kept here goes with it."""
        self._later.stop()
        self._desk.drafts.drop(EDITOR, self._work.key)
        self._known = None

    def _is_untouched(self) -> bool:
        return self._desk.drafts.find(EDITOR, self._work.key) is None

    def _start(
        self,
        factory: Callable[[], Awaitable[campaigns.Campaign]],
        work: model.Work,
        ask: campaigns.SaveCampaign,
    ) -> None:
        started = self._desk.operations.start(
            SAVE,
            factory,
            done=lambda row: self._on_saved(work, ask, row),
            failed=lambda problem: self._on_refused(work, problem),
        )
        if not started:  # the save before is still on its way
            self._later.start()

    def _on_saved(self, work: model.Work, ask: campaigns.SaveCampaign, row: campaigns.Campaign) -> None:
        old = work.key
        work.campaign = row.id
        complete = model.asked(work) == ask
        if old != work.key:
            self._desk.drafts.drop(EDITOR, old)
        if not complete:  # edited while it travelled
            self._desk.drafts.keep(EDITOR, work.key, work.kept())
        elif work is not self._work:  # another draft was opened meanwhile
            self._desk.drafts.drop(EDITOR, work.key)
        if work is not self._work:
            return
        self._known = ask
        self.saved.emit(row)
        if complete:
            self._settle()  # else the edit that came meanwhile has set the timer for the next save

    def _on_refused(self, work: model.Work, problem: errors.Problem) -> None:
        if work is not self._work:
            self._desk.toast(f"“{work.name}” is kept on this computer: {problem}", tone="warn")
            return
        self._waiting.clear()
        invalid = problem.code is problems.Code.INVALID
        words = "the server found faults" if invalid else problem.sentence.rstrip(".")
        self.told.emit(f"Kept on this computer: {words}", "warn")
        self.refused.emit(problem)

    def _settle(self) -> None:
        self._later.stop()
        self._desk.drafts.drop(EDITOR, self._work.key)
        self.told.emit("Saved", "mute")
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            then()
