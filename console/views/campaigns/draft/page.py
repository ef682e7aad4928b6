"""The draft's page: its name, its four steps, and what has been saved of it."""

from collections.abc import Callable

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import errors
from console.views.campaigns import actions, undoing
from console.views.campaigns.draft import (
    audience,
    content,
    keys,
    launch,
    model,
    review,
    saving,
    steps,
    testing,
)
from console.widgets import buttons, dialogs, inputs, layout, notices, pills, stepper, text, theme
from console.widgets.editors import checking
from server.wire import audiences, campaigns, endpoint

AUDIENCE, CONTENT, REVIEW, LAUNCH = steps.AUDIENCE, steps.CONTENT, steps.REVIEW, steps.LAUNCH


class DraftPage(steps.Stepped):
    """Edits one draft at a time."""

    def __init__(self, desk: views.Desk, back: Callable[[], None]) -> None:
        super().__init__(desk)
        self._back = back
        self._work = model.Work()
        self._audience: audiences.Audience | None = None
        self._estimate: campaigns.Estimate | None = None
        self.saver = saving.Saver(desk)
        self.saver.setParent(self)  # what waits to be saved ends with the page
        self.tester = testing.Tester(desk, self)
        self.undoing = undoing.Undoing(desk, self)
        self._soon = QtCore.QTimer(self)  #: to whom is built a turn after what is written
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(lambda: self.audience.start(self._work.audience))
        self._build()
        self._connect()

    # what is on screen

    def _build(self) -> None:
        self.name = inputs.Line("Name of the campaign")
        self.name.setAccessibleName("Name of the campaign")
        self.name.setMaxLength(200)
        self.name.setMinimumWidth(320)
        self._pill = pills.Pill(pills.look(pills.CAMPAIGN, "draft"))
        self._told = text.Label("", "muted")
        self.delete = buttons.icon("trash-2", "Delete this draft", self.ask_delete)
        self.before = buttons.plain("Back", lambda: self.go(self.steps.current() - 1), tip="The step before")
        self.after = buttons.primary("Next", self.next, tip="The next step (Ctrl+Return)")
        self.steps = stepper.Stepper(steps.STEPS)
        self.sample = buttons.ghost(
            "Start from the sample",
            self._on_sample,
            icon="wand-sparkles",
            tip="Fill every channel with a sample",
        )
        self.test = buttons.ghost(
            "Send test…", self.ask_test, icon="send", tip="Send it to an address (Alt+T)"
        )
        self.banner = notices.Banner()
        top = layout.row(
            buttons.icon("arrow-left", "All campaigns", self._back),
            self.name,
            self._pill,
            self._told,
            None,
            self.delete,
            self.before,
            self.after,
            gap=theme.SM,
        )
        self.setLayout(
            layout.page(
                top, layout.row(self.steps, self.test, self.sample, grow=0), self.banner, self._stack, grow=3
            )
        )

    def _connect(self) -> None:
        self.name.textEdited.connect(self._on_named)
        self.steps.chosen.connect(self.go)
        self.built.connect(self._on_built)
        self.saver.told.connect(self._on_told)
        self.saver.saved.connect(lambda _row: self.delete.setVisible(True))
        self.saver.refused.connect(self._on_refused)
        self.banner.acted.connect(self._on_banner)
        self._undo: Callable[[], None] | None = None

    def _on_built(self, step: QtWidgets.QWidget) -> None:
        match step:
            case audience.AudienceStep():
                step.chosen.connect(self._on_audience)
            case content.ContentStep():
                step.changed.connect(self._on_edited)
                step.set_work(self._work)
                step.set_audience(self._audience)
            case review.ReviewStep():
                step.mend.connect(self._on_mend)
                step.look_at.connect(self._on_look_at)
                step.counted.connect(self._on_counted)
                step.ruled.connect(self._on_ruled)
            case launch.LaunchStep():
                step.launched.connect(self.ask_launch)

    # coming and going

    @property
    def work(self) -> model.Work:
        """The draft that is edited."""
        return self._work

    def start_new(self) -> None:
        """Begin a draft, or go on with the one that never reached the server."""
        left = self._desk.drafts.find(saving.EDITOR, model.NEW)
        found = model.of_kept(left.content, None) if left is not None else None
        self._open(found or model.Work(), None)
        if found is not None:
            self._say_restored(
                "This is the campaign that was begun and not saved.", "Start afresh", self._on_afresh
            )
        else:
            self.name.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
            self.name.selectAll()

    def start(self, row: campaigns.Campaign) -> None:
        """Edit a draft of the server's, with what was written here and never reached it."""
        server_has = model.of_campaign(row)
        left = self._desk.drafts.find(saving.EDITOR, str(row.id))
        found = model.of_kept(left.content, row.id) if left is not None else None
        known = model.asked(server_has)
        if found is None or model.asked(found) == known:
            self._desk.drafts.drop(saving.EDITOR, str(row.id))
            self._open(server_has, known)
            return
        self._open(found, known)
        self._say_restored(
            "This holds changes that had not reached the server.", "Drop them", lambda: self._on_drop(row)
        )
        self.saver.touch()

    def start_orphan(self, key: str) -> bool:
        """Make a new draft of what was written for a campaign that is gone; whether there was anything."""
        left = self._desk.drafts.find(saving.EDITOR, key)
        found = model.of_kept(left.content, None) if left is not None else None
        if found is None:
            return False
        self._desk.drafts.drop(saving.EDITOR, key)
        self._open(found, None)
        self._say_restored("The campaign this was written for is gone; it is a new draft now.", "", None)
        self.saver.touch()
        return True

    def stop(self) -> None:
        """Another page takes its place: save what can be saved, and say what is only kept here."""
        hindered = self.saver.leave()
        if hindered:
            self._desk.toast(f"“{self._work.name}” is kept on this computer: {hindered}.", tone="warn")
        self._soon.stop()
        self.rest()
        keys.forget(self._desk.commands)

    def show_work(self, work: model.Work) -> None:
        """Edit a draft that nobody has, as for a picture."""
        self._open(work, None)

    def _open(self, work: model.Work, known: campaigns.SaveCampaign | None) -> None:
        self._work, self._audience, self._estimate = work, None, None
        self.banner.say("")
        self.name.setText(work.name)
        self.saver.follow(work, known)
        self.delete.setVisible(work.campaign is not None)
        if self.is_built(CONTENT):
            self.content.set_work(work)
            self.content.set_audience(None)
        self.steps.set_wrong([])
        keys.register(self._desk.commands, self)
        if work.audience is None or self.is_built(AUDIENCE):
            self.audience.start(work.audience)
        else:
            self._soon.start()
        self.go(AUDIENCE if work.audience is None else CONTENT)

    # steps

    def next(self) -> None:
        """Go on; the last step launches."""
        if self.steps.current() == LAUNCH:
            if self.launch.go.isEnabled():
                self.ask_launch()
        else:
            self.go(self.steps.current() + 1)

    def go(self, step: int) -> None:
        """Go to a step."""
        step = max(AUDIENCE, min(step, LAUNCH))
        self.show_step(step)
        match step:
            case 0:
                self.audience.table.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)
            case 1:
                self.content.start()
            case 2 | 3:
                forward = self.after if step == REVIEW else self.before
                forward.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)
                self._count(step)

    def show_step(self, step: int) -> None:
        """Bring a step on screen, and ask for nothing."""
        if step > CONTENT:
            self.content.be_strict()
        if self.is_built(CONTENT):
            self.content.stop()
        self.steps.set_current(step)
        self.bring(step)
        self.before.setVisible(step > AUDIENCE)
        self.after.setVisible(step < LAUNCH)
        self.sample.setVisible(step == CONTENT)
        self.test.setVisible(step in (CONTENT, REVIEW))
        self._mark_wrong()

    def _count(self, step: int) -> None:
        """Save, then let the server count; on the last step too, because the audience may have changed."""
        self._estimate = None
        worth = self.review.start(self._work)
        if step == LAUNCH:
            about = self._audience.name if self._audience is not None else ""
            self.launch.start(self._work, about, self._desk.session.environment)
        if worth:
            self.saver.when_clean(lambda: self.review.count(self._work))
        elif step == LAUNCH:
            self.launch.show_estimate(None, "Something has to be mended first: see the review.")

    def _mark_wrong(self) -> None:
        here = self.steps.current()
        wrong = [AUDIENCE] if self._work.audience is None and here > AUDIENCE else []
        if here > CONTENT and (not self._work.on or model.hindrances(self._work)):
            wrong.append(CONTENT)
        self.steps.set_wrong(wrong)

    # edits

    def _on_named(self) -> None:
        self._work.name = self.name.text()
        self.saver.touch()

    def _on_audience(self, row: audiences.Audience) -> None:
        self._audience = row
        if self.is_built(CONTENT):
            self.content.set_audience(row)
        if self._work.audience != row.id:
            self._work.audience = row.id
            self.saver.touch()

    def _on_edited(self) -> None:
        self.saver.touch()
        self._mark_wrong()

    def _on_ruled(self) -> None:
        """What a launch would do is counted anew by the new rules."""
        self.saver.touch()
        self._count(REVIEW)

    def _on_sample(self) -> None:
        if any(self._work.fields(channel) != checking.blank(channel) for channel in self._work.on):
            words = "What is written on the channels that the sample has is replaced."
            dialogs.confirm(self, "Start from the sample?", words, act="Replace it", done=self.take_sample)
        else:
            self.take_sample()

    def take_sample(self) -> None:
        """Fill every channel from the bundled sample."""
        sample = model.of_sample()
        for channel, made in sample.contents.chosen().items():
            self._work.written[channel] = checking.plain(made)
            self._work.on.add(channel)
            self._work.languages.pop(channel, None)
            self._work.taken.pop(channel, None)
        if self._work.name in ("", model.UNNAMED):
            self._work.name = sample.name
            self.name.setText(sample.name)
        self.content.set_work(self._work)
        self.saver.touch()

    def insert(self) -> None:
        """Offer a contact's values, where there is something to put them into."""
        if self.steps.current() == CONTENT:
            self.content.insert.open_menu()

    def ask_test(self) -> None:
        """Let a person send the channel shown to any address, once the server has the draft."""
        channel = self.content.channels.current()
        if channel not in self._work.on:
            self._desk.toast("Switch the channel on, and write something to be tested.", tone="warn")
        elif self._work.campaign is None and (hindered := model.state(self._work)):
            self._desk.toast(f"The draft has to be saved once before it is tested: {hindered}.", tone="warn")
        elif self._work.campaign is None:
            self.saver.when_clean(self.ask_test)
        else:
            self.tester.open(self._work, channel, self.content.preview.seen)

    # what the server says

    def _on_told(self, words: str, tone: str) -> None:
        self._told.setText(words)
        self._told.set_style("warn" if tone == "warn" else "muted")

    def _on_refused(self, problem: errors.Problem) -> None:
        self.content.show_said(problem.faults)
        if self.steps.current() > CONTENT:
            found = [f"{place.removeprefix('contents.')}: {words}" for place, words in problem.faults.items()]
            self.review.show_faults(review.sorted_out(found or [str(problem)]))
        if self.steps.current() == LAUNCH:
            self.launch.show_estimate(None, "Something has to be mended first: see the review.")

    def _on_counted(self, estimate: campaigns.Estimate) -> None:
        self._estimate = estimate
        if self.steps.current() == LAUNCH:
            self.launch.show_estimate(estimate)
            if self.launch.go.isEnabled():
                self.launch.go.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

    def _on_mend(self, fault: review.Fault) -> None:
        if fault.where == "providers":
            self._desk.navigate("providers")
        elif fault.where == "audience":
            self.go(AUDIENCE)
        else:
            self.go(CONTENT)
            if fault.channel:
                self.content.go(fault.channel, fault.place)

    def _on_look_at(self, position: int) -> None:
        self.content.preview.position = position
        self.go(CONTENT)
        self.content.preview.step(0)

    # launching and deleting

    def ask_launch(self) -> None:
        """Ask once more, with the number; then launch."""
        if self._estimate is not None:
            environment = self._desk.session.environment
            actions.ask_launch(
                self,
                self._work.name,
                self._estimate,
                environment,
                self._launch,
                planned=self.launch.when.words,
                way=self.launch.way.way,
            )

    def _launch(self) -> None:
        campaign, estimate = self._work.campaign, self._estimate
        if campaign is None or estimate is None:
            return
        plan = self.launch.when.plan()
        self.launch.go.set_busy(True, "Launching…" if plan is None else "Scheduling…")
        self.launch.refusal.say("")
        if plan is None:
            delay_s = self.launch.when.chosen().delay_s
            ask = campaigns.Launch(expected=estimate.people, delay_s=delay_s)
            actions.launch(self._desk, campaign, ask, self._on_launched, self._on_not_launched)
        else:
            actions.schedule(self._desk, campaign, plan, self._on_launched, self._on_not_launched)

    def _on_launched(self, row: campaigns.Campaign) -> None:
        self.launch.go.set_busy(False)
        self.saver.forget()
        self._desk.navigate("campaigns", campaign=row.id)
        if self.launch.when.plan() is None:
            self.undoing.offer(row)

    def _on_not_launched(self, problem: errors.Problem) -> None:
        self.launch.go.set_busy(False)
        self._count(LAUNCH)  # what has changed is counted again; a second try sends the new number
        self.launch.refuse(problem)

    def ask_delete(self) -> None:
        """Ask, then delete the draft here and on the server."""
        campaign = self._work.campaign
        if campaign is None:
            return

        actions.ask_delete(
            self, self._desk, campaign, self._work.name, going=self.saver.forget, gone=self._on_deleted
        )

    def _on_deleted(self, _done: endpoint.Done) -> None:
        self._work = model.Work()
        self.saver.follow(self._work, model.asked(self._work))
        self._desk.toast("Draft deleted", tone="ok")
        self._back()

    # what was left from before

    def _say_restored(self, words: str, action: str, undo: Callable[[], None] | None) -> None:
        self._undo = undo
        self.banner.say(words, tone="info", action=action)

    def _on_banner(self) -> None:
        undo, self._undo = self._undo, None
        self.banner.say("")
        if undo is not None:
            undo()

    def _on_afresh(self) -> None:
        self.saver.forget()
        self.start_new()

    def _on_drop(self, row: campaigns.Campaign) -> None:
        self.saver.forget()
        self.start(row)
