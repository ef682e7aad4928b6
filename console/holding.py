"""Stopping everything from anywhere, and deciding what goes on: the banner, the kill switch, the sheet."""

from collections.abc import Sequence

from PySide6 import QtCore, QtWidgets

from console import frame
from console.services import errors
from console.widgets import (
    buttons,
    cards,
    dialogs,
    fields,
    figures,
    glyphs,
    inputs,
    layout,
    notices,
    text,
    theme,
)
from server.wire import holds

SHOW, STOP, RELEASE = "window:hold", "window:stop-all", "window:release"
STOP_KEYS = "Ctrl+Shift+H"
GO_ON, PAUSE, CANCEL = "go_on", "pause", "cancel"
CHOICES = ((PAUSE, "Keep it paused"), (GO_ON, "Go on"), (CANCEL, "Cancel it"))
SHEET_W = 720
LIST_H = 300
STOP_WORDS = (
    "Every workspace of this server stops sending within two seconds, and no schedule starts. What providers have "
    "already been given is answered and written down. Nobody is lost: you decide afterwards what goes on."
)


class StopSheet(dialogs.Sheet):
    """Asks once before everything stops; `asked` carries what the person says to it."""

    asked = QtCore.Signal(str)

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent, "Stop everything now?", STOP_WORDS)
        self.note = fields.TextField("Why, for colleagues", required=False)
        self.refusal = notices.Banner()
        self.go = buttons.danger(
            "Stop everything", lambda: self.asked.emit(self.note.value()), icon="octagon-x"
        )
        self.note.input.returnPressed.connect(self.go.click)
        self.add(self.note)
        self.add(self.refusal)
        self.add_button(buttons.plain("Let it run", self.reject))
        self.add_button(self.go)

    def refuse(self, problem: errors.Problem) -> None:
        """Say why it did not stop."""
        self.refusal.say(problem.sentence, problem.remedy)


def missed(copy: holds.Copy) -> list[str]:
    """What a copy has missed, a sentence each."""
    told = []
    if copy.copied_at is not None:
        told.append(f"It knows nothing of what came after {figures.stamp(copy.copied_at)}.")
    if copy.sent_after is None:
        told.append("Nobody knows what was sent after that.")
    elif copy.sent_after:
        told.append(
            f"At least {figures.count(copy.sent_after)} messages were sent after that. What it calls waiting may be "
            "among them, and would be sent again."
        )
    else:
        told.append("Nothing is known to have been sent after that.")
    told += [
        f"“{one.campaign}” (run {one.run}, {one.workspace}) was launched after that, and sent at least "
        f"{figures.count(one.sent)} messages: this database has none of them."
        for one in copy.lost_runs
    ]
    return told


class _Run(cards.Card):
    """One run, its counts, and what becomes of it."""

    def __init__(self, run: holds.HeldRun, *, copied: bool) -> None:
        super().__init__(
            heading=run.campaign_name, aside=f"{run.workspace_name} · run {run.run} · {run.status}"
        )
        self.run = run
        self.choice = inputs.Choice(CHOICES)
        self.choice.setAccessibleName(f"What becomes of {run.campaign_name}")
        self.choice.setCurrentIndex(0 if copied else 1)
        known = run.equation
        counts = [
            f"{figures.count(known.waiting)} waiting",
            f"{figures.count(known.accepted)} accepted",
            f"{figures.count(known.doubt)} in doubt",
        ]
        words = text.Label(" · ".join(counts), "body")
        words.setFont(text.font(text.BODY, tabular=True))
        self.add(layout.row(words, None, self.choice, gap=theme.MD))
        if copied:
            self.add(text.muted(self._since(), wrap=True))

    def _since(self) -> str:
        if self.run.sent_after is None:
            return "Nobody knows how many of the waiting were sent after the copy."
        after = self.run.sent_after
        known = (
            f"{figures.count(after)} of its messages were sent after the copy"
            if after
            else "Nothing was sent after the copy"
        )
        return f"{known}, as far as the record beside the database goes."


class DecisionSheet(dialogs.Sheet):
    """Why the server is held, with the counts, and run by run what goes on; `decided` carries a Release."""

    decided = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget, hold: holds.Hold) -> None:
        super().__init__(parent, "Nothing is being sent", hold.sentence, width=SHEET_W)
        self.hold = hold
        copied = hold.copy is not None
        if hold.note:
            self.add(text.Label(f"“{hold.note}”", "body", wrap=True))
        if hold.copy is not None:
            told = [text.Label(hold.copy.sentence, "label", wrap=True)]
            told += [text.Label(sentence, "body", wrap=True) for sentence in missed(hold.copy)]
            mark = layout.column(glyphs.Glyph("triangle-alert", "warn", 18), None)
            self.add(layout.row(mark, layout.column(*told, gap=4), gap=10, grow=1))
        self.runs = [_Run(run, copied=copied) for run in hold.runs]
        self._list()
        schedules = f"{hold.schedules} {'schedule is' if hold.schedules == 1 else 'schedules are'} active. "
        late = (
            "Every time that has passed since the copy was taken will ask first."
            if copied
            else ("Times missed by more than a quarter of an hour will ask first.")
        )
        if hold.schedules:
            self.add(text.muted(schedules + late, wrap=True))
        self.refusal = notices.Banner()
        self.add(self.refusal)
        self.go = buttons.primary("Release the hold", self._on_go, icon="play")
        stay = buttons.plain("Keep it held", self.reject)
        self.add_button(stay)
        self.add_button(self.go)
        stay.setFocus(QtCore.Qt.FocusReason.TabFocusReason)

    def _list(self) -> None:
        if not self.runs:
            self.add(text.muted("No run is under way: nothing would be sent by itself.", wrap=True))
            return
        inner = layout.column(*self.runs, None, gap=theme.SM, margins=(0, 0, theme.SM, 0))
        area = layout.scroll(inner)
        area.setFixedHeight(min(LIST_H, 110 * len(self.runs) + 12))
        self.add(area)

    def chosen(self) -> holds.Release:
        """What the person chose."""

        def named(which: str) -> list[holds.Which]:
            return [
                holds.Which(workspace=one.run.workspace, run=one.run.run)
                for one in self.runs
                if one.choice.currentData() == which
            ]

        return holds.Release(go_on=named(GO_ON), cancel=named(CANCEL))

    def choose(self, choices: Sequence[str]) -> None:
        """Set what becomes of each run, in their order."""
        for one, which in zip(self.runs, choices, strict=True):
            one.choice.setCurrentIndex(one.choice.findData(which))

    def _on_go(self) -> None:
        self.decided.emit(self.chosen())

    def refuse(self, problem: errors.Problem) -> None:
        """Say why it stays held."""
        self.refusal.say(problem.sentence, problem.remedy)


class Holding:
    """What the window does about holds."""

    def __init__(self, window: frame.Frame) -> None:
        self._window = window
        self._found = window.services
        self.is_held = False
        self.banner = notices.Banner()
        self.banner.acted.connect(self.decide)
        self.row = layout.boxed(layout.column(self.banner, margins=(theme.LG, 12, theme.LG, 0)))
        self.row.hide()

    def show(self, sentence: str) -> None:
        """Say above every page that the server is held, and why; nothing for an empty sentence."""
        self.is_held = bool(sentence)
        remedy = "Receipts are still stored. Decide what goes on." if sentence else ""
        self.banner.say(sentence, remedy, tone="bad", action="Decide…")
        self.row.setVisible(bool(sentence))
        self._window.top.show_held(held=self.is_held)

    def press(self) -> None:
        """The kill switch: ask to stop, or where all is stopped, what goes on."""
        if self.is_held:
            self.decide()
        else:
            self.ask_stop()

    def ask_stop(self) -> StopSheet:
        """Ask once, then stop everything."""
        sheet = StopSheet(self._window)

        def stop(note: str) -> None:
            self._found.operations.start(
                STOP,
                lambda: self._found.api.call(holds.STOP_ALL, holds.StopAll(note=note)),
                done=lambda hold: self._on_stopped(sheet, hold),
                failed=sheet.refuse,
                label="Stopping everything",
            )

        sheet.asked.connect(stop)
        self._found.operations.bind(STOP, sheet.go, "Stopping…")
        sheet.open()
        sheet.go.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
        return sheet

    def _on_stopped(self, sheet: StopSheet, hold: holds.Hold) -> None:
        sheet.accept()
        self.show(hold.sentence)
        self._window.toast("Everything is stopped.", tone="ok")

    def decide(self) -> None:
        """Ask the server how it stands, and a person what goes on."""
        self._found.operations.start(SHOW, lambda: self._found.api.call(holds.SHOW), done=self.offer)

    def offer(self, hold: holds.Hold) -> DecisionSheet | None:
        """Open the decision; None where there is none any more."""
        self.show(hold.sentence if hold.held else "")
        if not hold.held:
            self._window.toast("It goes on already.", tone="ok")
            return None
        sheet = DecisionSheet(self._window, hold)

        def release(ask: holds.Release) -> None:
            self._found.operations.start(
                RELEASE,
                lambda: self._found.api.call(holds.RELEASE, ask),
                done=lambda after: self._on_released(sheet, after),
                failed=sheet.refuse,
                label="Releasing",
            )

        sheet.decided.connect(release)
        self._found.operations.bind(RELEASE, sheet.go, "Releasing…")
        sheet.open()
        return sheet

    def _on_released(self, sheet: DecisionSheet, hold: holds.Hold) -> None:
        sheet.accept()
        self.show(hold.sentence if hold.held else "")
        self._window.toast("The hold is released.", tone="ok")
