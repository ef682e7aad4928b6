"""A campaign that waits for its time: what is planned, what came of it so far, and what was missed and asks."""

import asyncio
from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import api, errors
from console.views.campaigns import actions
from console.widgets import (
    buttons,
    cards,
    dialogs,
    facts,
    figures,
    glyphs,
    inputs,
    layout,
    notices,
    pills,
    skeleton,
    text,
    theme,
)
from server.channels import contents
from server.wire import campaigns, flow, schedules, server

LOOK = "campaigns:planned"
DECIDE = "campaigns:decide"
TICK_MS = 1_000
REFRESH_MS = 1_500
PAST = 8

STATES = {
    schedules.State.PLANNED: ("calendar-clock", "info", "Moved"),
    schedules.State.WAITING: ("hourglass", "info", "Waits"),
    schedules.State.LAUNCHED: ("rocket", "ok", "Launched"),
    schedules.State.OVERDUE: ("alarm-clock", "warn", "Missed"),
    schedules.State.REFUSED: ("circle-x", "bad", "Could not start"),
    schedules.State.SKIPPED: ("skip-forward", "mute", "Left out"),
}


Looked = tuple[campaigns.Campaign, schedules.Schedule, flow.Flow]


async def look(asked: api.Api, campaign: int) -> Looked:
    """Ask for the campaign, its schedule and the way to launch at once. Raises errors.Problem."""
    found, seen, way = await asyncio.gather(
        asked.call(campaigns.SHOW, campaign=campaign),
        asked.call(schedules.SHOW, campaign=campaign),
        asked.call(flow.SHOW),
    )
    return found, seen, way


class Question(cards.Card):
    """One time that was missed, or could not start, with its counts and the three answers."""

    def __init__(
        self, one: schedules.Occurrence, decide: Callable[[schedules.Occurrence, str], None]
    ) -> None:
        overdue = one.state is schedules.State.OVERDUE
        heading = "A start was missed" if overdue else "A start was refused"
        super().__init__(heading=heading, aside=f"planned for {when(one)}")
        self.one = one
        words = f"{one.why[:1].upper()}{one.why[1:]}".rstrip(".")
        count = f"{figures.count(one.people)} people would get {figures.count(one.messages)} messages now."
        self.add(text.Label(f"{words}. Nothing of it was sent. {count}", "body", wrap=True))
        self.go = buttons.primary("Run it now", lambda: decide(one, "run"), icon="play")
        self.later = buttons.plain("Move it…", lambda: decide(one, "move"), icon="calendar-clock")
        self.skip = buttons.plain("Leave it out", lambda: decide(one, "skip"), icon="skip-forward")
        self.add(layout.row(self.go, self.later, self.skip, None, gap=theme.SM))


class MoveSheet(dialogs.Sheet):
    """Asks where an occurrence goes; `asked` carries the time on its schedule's wall."""

    asked = QtCore.Signal(str)

    def __init__(self, parent: QtWidgets.QWidget, one: schedules.Occurrence) -> None:
        super().__init__(parent, "Move this start", f"It was planned for {when(one)}.")
        self.at = inputs.WallTime()
        self.at.setAccessibleName("New date and time")
        day = QtCore.QDate.currentDate().addDays(1)
        hour = QtCore.QTime.fromString(one.local[11:], "HH:mm")
        self.at.setDate(day)
        self.at.setTime(hour)
        self.refusal = notices.Banner()
        self.go = buttons.primary(
            "Move it", lambda: self.asked.emit(self.at.dateTime().toString("yyyy-MM-ddTHH:mm"))
        )
        zone = text.muted(f"by the clock of {one.zone.replace('_', ' ')}")
        self.add(layout.row(self.at, zone, None, gap=theme.SM))
        self.add(self.refusal)
        self.add_button(buttons.plain("Cancel", self.reject))
        self.add_button(self.go)

    def refuse(self, problem: errors.Problem) -> None:
        """Say what is wrong with the time."""
        self.refusal.say(" ".join(problem.faults.values()) or problem.sentence)


class PlannedPage(QtWidgets.QWidget):
    """Shows one scheduled campaign; `back` when a person wants the list."""

    def __init__(self, desk: views.Desk, back: Callable[[], None]) -> None:
        super().__init__()
        self._desk, self._back = desk, back
        self.campaign: campaigns.Campaign | None = None
        self.seen: schedules.Schedule | None = None
        self._way = actions.USUAL
        self._tick = QtCore.QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._count_down)
        self._later = QtCore.QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(REFRESH_MS)
        self._later.timeout.connect(self.look)
        self._build()

    # what is on screen

    def _build(self) -> None:
        self.name = text.Elided(size=text.TITLE, weight=text.SEMIBOLD)
        self.name.setSizePolicy(QtWidgets.QSizePolicy.Policy.Maximum, QtWidgets.QSizePolicy.Policy.Fixed)
        self._pill = pills.Pill()
        self._about = text.muted("")
        self.last = buttons.plain(
            "Last run", self._on_last, icon="history", tip="The numbers of its newest run"
        )
        self.undo = buttons.danger("Take it back", self.ask_undo, icon="undo-2", tip="Launch it at no time")
        head = layout.row(
            buttons.icon("arrow-left", "All campaigns", self._back),
            self.name,
            self._pill,
            self._about,
            None,
            self.last,
            self.undo,
            gap=theme.SM,
        )
        self.banner = notices.Banner()
        self.banner.acted.connect(lambda: self.banner.say(""))
        self._asks = layout.column(gap=theme.SM)
        self._next = text.Label("", "kpi")
        self._until = text.muted("")
        self._words = text.Label("", "label", wrap=True)
        self._times = layout.column(gap=4)
        self._waits = skeleton.Skeleton(4, height=16, gap=14)
        self._plan = cards.Card(
            layout.row(self._next, 6, self._until, None),
            self._words,
            self._waits,
            layout.boxed(self._times),
            heading="Starts",
            gap=theme.SM,
        )
        self._facts = facts.Facts(name_width=120)
        what = cards.Card(self._facts, heading="What it sends")
        self._past = layout.column(gap=6)
        self._past_card = cards.Card(layout.boxed(self._past), heading="What came of it so far")
        inner = layout.page(self._asks, self._plan, what, self._past_card, None)
        whole = layout.column(head, self.banner, gap=10, margins=(theme.LG, 12, theme.LG, 0))
        self.setLayout(layout.column(whole, layout.scroll(inner), gap=0, grow=1))

    # coming and going

    def start(self, campaign: campaigns.Campaign) -> None:
        """Show a scheduled campaign and follow it."""
        if self.campaign is None or self.campaign.id != campaign.id:
            self.seen = None
            layout.clear(self._asks)
            layout.clear(self._times)
            layout.clear(self._past)
            self._past_card.hide()
        self.banner.say("")
        self.show_campaign(campaign)
        self._tick.start()
        self.look()

    def stop(self) -> None:
        """Nobody looks any more."""
        self._tick.stop()
        self._later.stop()
        self._desk.operations.cancel(LOOK)

    def look(self) -> None:
        """Ask for the schedule; what is shown stays meanwhile."""
        if self.campaign is None:
            return
        number = self.campaign.id
        self._desk.operations.start(
            LOOK,
            lambda: look(self._desk.api, number),
            done=self._on_looked,
            failed=lambda problem: self.banner.say(problem.sentence, problem.remedy),
            latest=True,
        )

    def _on_looked(self, found: Looked) -> None:
        campaign, seen, self._way = found
        if campaign.status not in (campaigns.Status.SCHEDULED, self.campaign and self.campaign.status):
            self._desk.navigate("campaigns", campaign=campaign.id)  # it has started
            return
        self.show_campaign(campaign)
        self.show_seen(seen)

    def take(self, changes: list[server.Change]) -> None:
        """It has started, was taken back, or something was decided elsewhere."""
        if self.campaign is None:
            return
        for change in changes:
            if change.kind is server.ChangeKind.CAMPAIGN and change.subject == self.campaign.id:
                if change.status not in ("", campaigns.Status.SCHEDULED.value):
                    self._desk.navigate("campaigns", campaign=self.campaign.id)
                    return
                self._later.start()
            elif change.kind is server.ChangeKind.ALARMS:
                self._later.start()

    # showing

    def show_campaign(self, campaign: campaigns.Campaign) -> None:
        """Show its name, and what it sends."""
        self.campaign = campaign
        self.name.set_text(campaign.name)
        self._pill.set_look(pills.look(pills.CAMPAIGN, campaign.status.value))
        self.last.setVisible(campaign.run is not None)
        plan = campaign.schedule
        self._about.setText(plan.words if plan is not None else "")
        self._facts.set_rows(
            [
                ("Audience", campaign.audience_name or figures.NOTHING),
                ("Channels", ", ".join(contents.TITLES.get(name, name) for name in campaign.channels)),
                ("Frozen", "When it starts: whoever is in the audience then gets it"),
            ]
        )
        self._count_down()

    def show_seen(self, seen: schedules.Schedule) -> None:
        """Show one look; also how a picture of a known state is made."""
        self.seen = seen
        self._waits.hide()
        self._words.setText(seen.words)
        layout.clear(self._times)
        for moment in seen.moments:
            line = text.muted(" — ".join(word for word in (moment.words, moment.note) if word), wrap=True)
            self._times.addLayout(
                layout.row(glyphs.Glyph("calendar-clock", "text3", 14), line, gap=8, grow=1)
            )
        layout.clear(self._asks)
        asking = [one for one in seen.occurrences if one.state in schedules.OPEN]
        for one in reversed(asking):
            self._asks.addWidget(Question(one, self.decide))
        past = [one for one in seen.occurrences if one.state not in schedules.OPEN][:PAST]
        layout.clear(self._past)
        for one in past:
            self._past.addLayout(_line(one))
        self._past_card.setVisible(bool(past))
        self._count_down()

    def _count_down(self) -> None:
        planned = self.campaign.schedule if self.campaign is not None else None
        if planned is None or planned.next_at is None:
            self._next.setText("No start is left")
            self._until.setText(
                "It waits for your decision." if planned is not None and planned.undecided else ""
            )
            return
        left_s = (planned.next_at - figures.now()).total_seconds()
        self._next.setText(f"in {figures.duration(round(left_s))}" if left_s >= 1 else "now")
        if left_s < 0 and not self._later.isActive():
            self._later.start()
        self._until.setText(f"{figures.stamp(planned.next_at)} on this computer's clock")

    # acts

    def ask_undo(self) -> None:
        """Take the schedule back; asks first where it would come again and again."""
        if self.campaign is None or self.campaign.schedule is None:
            return
        if self.campaign.schedule.recurring:
            words = (
                f"{self.campaign.schedule.words}: it starts at none of these times any more. Past runs stay."
            )
            dialogs.confirm(
                self, "Take the schedule back?", words, act="Take it back", done=self._undo, danger=True
            )
        else:
            self._undo()

    def _undo(self) -> None:
        if self.campaign is None:
            return
        self.undo.set_busy(True)
        actions.unschedule(self._desk, self.campaign.id, self._on_undone, self._on_refused)

    def _on_undone(self, campaign: campaigns.Campaign) -> None:
        self.undo.set_busy(False)
        self._desk.toast(
            "Taken back: nothing was sent." if campaign.run is None else "Taken back.", tone="ok"
        )
        self._desk.navigate("campaigns", campaign=campaign.id)

    def _on_refused(self, problem: errors.Problem) -> None:
        self.undo.set_busy(False)
        self.banner.say(problem.sentence, problem.remedy, action="Dismiss")
        self.look()

    def decide(self, one: schedules.Occurrence, act: str) -> None:
        """Answer a question: run it now after asking with the number, move it, or leave it out."""
        if act == "run":
            words = f"{figures.count(one.messages)} messages to {figures.count(one.people)} people leave now."
            dialogs.confirm(
                self,
                f"Run “{one.campaign_name}” now?",
                words,
                act="Run it now",
                done=lambda: self._ask(schedules.RUN_NOW, one, schedules.RunNow(expected=one.people)),
                typed=actions.typed(self._way, one.people),
            )
        elif act == "move":
            sheet = MoveSheet(self, one)
            sheet.asked.connect(lambda at: self._move(sheet, one, at))
            sheet.open()
            sheet.at.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
        else:
            self._ask(schedules.SKIP, one, None)

    def _ask(self, what: Any, one: schedules.Occurrence, ask: Any) -> None:
        self._desk.operations.start(
            DECIDE,
            lambda: self._desk.api.call(what, ask, occurrence=one.id),
            done=self._on_decided,
            failed=self._on_refused,
        )

    def _move(self, sheet: MoveSheet, one: schedules.Occurrence, at: str) -> None:
        def moved(campaign: campaigns.Campaign) -> None:
            sheet.accept()
            self._on_decided(campaign)

        self._desk.operations.start(
            DECIDE,
            lambda: self._desk.api.call(schedules.MOVE, schedules.Move(at=at), occurrence=one.id),
            done=moved,
            failed=sheet.refuse,
        )

    def _on_decided(self, campaign: campaigns.Campaign) -> None:
        if campaign.status is campaigns.Status.SCHEDULED:
            self.show_campaign(campaign)
            self.look()
        else:
            self._desk.navigate("campaigns", campaign=campaign.id)

    def _on_last(self) -> None:
        if self.campaign is not None:
            self._desk.navigate("campaigns", campaign=self.campaign.id, tab="run")


def when(one: schedules.Occurrence) -> str:
    """When it was planned for, on its schedule's wall."""
    planned = QtCore.QDateTime.fromString(one.local, "yyyy-MM-ddTHH:mm")
    english = QtCore.QLocale(QtCore.QLocale.Language.English)
    return (
        f"{english.toString(planned, 'dddd d MMMM, HH:mm')} {one.zone.rpartition('/')[2].replace('_', ' ')}"
    )


def _line(one: schedules.Occurrence) -> QtWidgets.QLayout:
    icon, token, word = STATES[one.state]
    run = f"run {one.run}" if one.run is not None else ""
    told = " · ".join(part for part in (word, run, one.why) if part)
    return layout.row(glyphs.Glyph(icon, token, 14), text.Label(when(one)), text.muted(told), None, gap=8)
