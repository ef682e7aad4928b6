"""Limits and hours of a draft: its own rules in words beside the workspace's, and the sheet that changes them."""

import datetime

from PySide6 import QtCore, QtWidgets

from console import views
from console.views.campaigns.draft import model
from console.widgets import (
    buttons,
    cards,
    dialogs,
    fields,
    glyphs,
    inputs,
    layout,
    rule_fields,
    rules,
    text,
    theme,
)
from server.wire import policies

LOOK = "campaigns:policy"
WIDTH = 760
TALLEST = 560
FROM_WORKSPACE, NONE, OWN = "workspace", "none", "own"
KINDS = ((FROM_WORKSPACE, "As the workspace has them"), (NONE, "None"), (OWN, "Of its own"))
LATE = (
    (policies.Late.NEXT_DAY, "goes on the next day"),
    (policies.Late.NOW, "goes at once"),
    (policies.Late.SKIP, "is skipped"),
)


class RulesCard(cards.Card):
    """`changed` when the draft's rules were changed."""

    changed = QtCore.Signal()

    def __init__(self, desk: views.Desk) -> None:
        super().__init__(heading="Limits and hours", gap=6)
        self._desk = desk
        self._work = model.Work()
        self.defaults = policies.Defaults()
        self.edit = buttons.plain(
            "Change", self.open, icon="pencil", tip="Quiet hours, caps, the recipients' own clock"
        )
        shared = buttons.ghost(
            "Workspace's…", lambda: desk.commands.run("policy"), tip="The rules of every campaign here"
        )
        self.add_action(shared)
        self.add_action(self.edit)
        self._lines = layout.column(gap=4)
        self.add(self._lines)

    def start(self, work: model.Work) -> None:
        """Show a draft's rules, and ask for the workspace's."""
        self._work = work
        self._show()
        self._ask()

    def changeEvent(self, event: QtCore.QEvent) -> None:
        """Back from another window, such as the sheet of the workspace's rules: they may have changed."""
        super().changeEvent(event)
        if event.type() == QtCore.QEvent.Type.ActivationChange and self.isVisible() and self.isActiveWindow():
            self._ask()

    def _ask(self) -> None:
        self._desk.operations.start(
            LOOK,
            lambda: self._desk.api.call(policies.SHOW),
            done=self.show_defaults,
            failed=lambda _problem: None,  # the draft's own rules are told all the same
            latest=True,
        )

    def show_defaults(self, found: policies.Defaults) -> None:
        """Tell the workspace's rules, too."""
        self.defaults = found
        self._show()

    def open(self) -> None:
        """Change the draft's rules on a sheet."""
        sheet = RulesSheet(self, self._work.policy, self.defaults, both=self._work.on >= model.FALLBACK)
        sheet.chosen.connect(self._on_chosen)
        sheet.open()
        sheet.kind.setFocus(QtCore.Qt.FocusReason.TabFocusReason)

    def _on_chosen(self, policy: policies.Policy) -> None:
        self._work.policy = policy
        self._show()
        self.changed.emit()

    def told(self) -> list[tuple[str, str]]:
        """The rules in words, each with whose it is."""
        policy = self._work.policy
        shared = []
        if policy.quiet is None and self.defaults.quiet.windows:
            shared += rules.quiet(self.defaults.quiet)
        shared += [rules.cap(one) for one in self.defaults.caps]
        return [(words, "") for words in rules.policy(policy)] + [(words, "workspace") for words in shared]

    def _show(self) -> None:
        layout.clear(self._lines)
        told = self.told()
        if not told:
            self._lines.addWidget(
                text.muted(
                    "None: it leaves at once, at any hour, to everybody however often they were written to.",
                    wrap=True,
                )
            )
        for words, whose in told:
            mark = layout.column(glyphs.Glyph("info" if whose else "check", "text3", 14), None)
            said = f"{words} The workspace's rule, for bulk." if whose else words
            label = text.Label(said, "muted" if whose else "body", wrap=True)
            self._lines.addLayout(layout.row(mark, label, gap=8, grow=1))


class RulesSheet(dialogs.Sheet):
    """Edits a campaign's own rules; `chosen` carries the Policy."""

    chosen = QtCore.Signal(object)

    def __init__(
        self,
        parent: QtWidgets.QWidget,
        policy: policies.Policy,
        defaults: policies.Defaults,
        *,
        both: bool,
    ) -> None:
        super().__init__(
            parent,
            "Limits and hours",
            f"Hours are those of each recipient's own clock; people whose zone is not known live by {defaults.zone}.",
            width=WIDTH,
        )
        self._both = both
        self._build()
        self._put(policy)
        self.go = buttons.primary("Use these rules", self._on_go)
        self.add_button(buttons.plain("Cancel", self.reject))
        self.add_button(self.go)

    def _build(self) -> None:
        self.kind = fields.ChoiceField("Quiet hours", KINDS)
        self.quiet, self.caps = rule_fields.Quiet(), rule_fields.Caps()
        self.local = fields.SwitchField("Send at an hour of each recipient's own clock")
        self.at, self.late = rule_fields.hour("The hour of their clock"), inputs.Choice(LATE)
        self.late.setAccessibleName("Whose hour has passed")
        self.day = inputs.Line("day, such as 2026-12-24")
        self.day.setAccessibleName("On which day; empty for the day of the launch")
        self.day.setFixedWidth(190)
        self._local = layout.boxed(
            layout.row(
                self.at, text.muted("on"), self.day, text.muted("whose hour has passed"), self.late, None
            )
        )
        why = "" if self._both else "It needs contents for both RCS and SMS."
        self.fallback = fields.SwitchField("SMS only where RCS certainly did not arrive", help=why)
        self.wait = inputs.Number(low=1, high=360, unit="hours")
        self.wait.setAccessibleName("How long the SMS waits for news")
        self._wait = layout.boxed(layout.row(text.muted("It waits for news for"), self.wait, None))
        self.expiry = fields.SwitchField("Skip what still waits at a last moment")
        self.until = inputs.WallTime()
        self.until.setAccessibleName("The last moment, by this computer's clock")
        self._until = layout.boxed(layout.row(self.until, text.muted("by this computer's clock"), None))
        inner = layout.column(
            self.kind,
            self.quiet,
            layout.rule(),
            text.Label("Frequency caps, beside the workspace's", "label"),
            self.caps,
            layout.rule(),
            self.local,
            self._local,
            layout.rule(),
            self.fallback,
            self._wait,
            layout.rule(),
            self.expiry,
            self._until,
            gap=10,
            margins=(0, 0, theme.SM, 0),
        )
        scrolled = layout.scroll(inner)
        scrolled.setMinimumHeight(TALLEST)
        self.add(scrolled)
        for field in (self.kind, self.local, self.fallback, self.expiry):
            field.changed.connect(self._on_edited)

    def _put(self, policy: policies.Policy) -> None:
        kind = FROM_WORKSPACE if policy.quiet is None else OWN if policy.quiet.windows else NONE
        self.kind.set_value(kind)
        self.quiet.set_value(policy.quiet or policies.QuietHours())
        self.caps.put(policy.caps)
        local = policy.local_time or policies.LocalTime(at="09:00")
        self.local.set_value(policy.local_time is not None)
        rule_fields.put_hour(self.at, local.at)
        self.day.setText(local.day)
        self.late.setCurrentIndex(self.late.findData(local.late))
        self.fallback.set_value(policy.fallback is not None)
        self.fallback.setEnabled(self._both or policy.fallback is not None)
        wait_s = policy.fallback.wait_s if policy.fallback is not None else policies.Fallback().wait_s
        self.wait.setValue(max(1, round(wait_s / 3600)))
        self.expiry.set_value(policy.not_after is not None)
        until = policy.not_after or datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
        shown = until.astimezone()
        self.until.setDateTime(
            QtCore.QDateTime(
                QtCore.QDate(shown.year, shown.month, shown.day),
                QtCore.QTime(shown.hour, shown.minute),
                QtCore.QTimeZone.utc(),
            )
        )
        self._on_edited()

    def _on_edited(self) -> None:
        layout.reveal(self.quiet, self.kind.value() == OWN)
        layout.reveal(self._local, self.local.value())
        layout.reveal(self._wait, self.fallback.value())
        layout.reveal(self._until, self.expiry.value())

    def value(self) -> policies.Policy:
        """The rules as they stand."""
        quiet = {FROM_WORKSPACE: None, NONE: policies.QuietHours()}.get(self.kind.value(), self.quiet.value())
        local = policies.LocalTime(
            at=rule_fields.text_of(self.at), day=self.day.text().strip(), late=self.late.currentData()
        )
        return policies.Policy(
            quiet=quiet,
            caps=self.caps.values(),
            local_time=local if self.local.value() else None,
            fallback=policies.Fallback(wait_s=int(self.wait.value()) * 3600)
            if self.fallback.value()
            else None,
            not_after=self._moment() if self.expiry.value() else None,
        )

    def _moment(self) -> datetime.datetime:
        """What this computer's clock shows, as a moment."""
        found = self.until.dateTime()
        date, time = found.date(), found.time()
        shown = datetime.datetime(date.year(), date.month(), date.day(), time.hour(), time.minute())  # noqa: DTZ001
        return shown.astimezone(datetime.UTC)

    def _on_go(self) -> None:
        day = self.day.text().strip()
        if self.local.value() and day and not _is_day(day):
            self.day.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)
            self.day.selectAll()
            return
        self.accept()
        self.chosen.emit(self.value())


def _is_day(words: str) -> bool:
    try:
        datetime.date.fromisoformat(words)
    except ValueError:
        return False
    return True
