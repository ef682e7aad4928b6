"""The workspace's own rules on a sheet: quiet hours, frequency caps, and the zone of people whose own is not known."""

import zoneinfo

from PySide6 import QtCore, QtWidgets

from console import frame
from console.services import errors
from console.widgets import buttons, dialogs, fields, layout, notices, rule_fields, skeleton, text, theme
from server.wire import policies

LOOK, SAVE = "window:policy", "window:save-policy"
KEYS = "Ctrl+Shift+Q"
WIDTH = 760
TALLEST = 420


def zones() -> list[tuple[object, str]]:
    """Every zone there is, by name; UTC first."""
    every = sorted(
        zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith("Etc/")
    )
    return [(zone, zone.replace("_", " ")) for zone in ("UTC", *every)]


class RulesSheet(dialogs.Sheet):
    """Edits the workspace's rules; `asked` carries a SaveDefaults."""

    asked = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(
            parent,
            "Quiet hours and caps",
            "For every bulk campaign of this workspace. Runs that were launched keep the rules they had then.",
            width=WIDTH,
        )
        self.refusal = notices.Banner()
        self.quiet, self.caps = rule_fields.Quiet(), rule_fields.Caps()
        self.zone = fields.ChoiceField(
            "Zone of people whose own is not known",
            zones(),
            help="A person's zone is their own; else their country's, where it has but one; else this one.",
        )
        self.zone.input.setMaxVisibleItems(14)
        inner = layout.column(
            text.Label("Quiet hours, by each recipient's own clock", "label"),
            self.quiet,
            layout.rule(),
            text.Label("Frequency caps, over all campaigns", "label"),
            self.caps,
            layout.rule(),
            self.zone,
            None,
            gap=10,
            margins=(0, 0, theme.SM, 0),
        )
        self._inner = layout.scroll(inner)
        self._inner.setMinimumHeight(TALLEST)
        self._wait = skeleton.Skeleton(5)
        self.add(self.refusal)
        self.add(self._wait)
        self.add(self._inner)
        self.go = buttons.primary("Save", lambda: self.asked.emit(self.value()))
        self.add_button(buttons.plain("Cancel", self.reject))
        self.add_button(self.go)
        self._inner.hide()
        self.go.setEnabled(False)

    def show_rules(self, found: policies.Defaults) -> None:
        """Show the rules as the server has them."""
        self.quiet.set_value(found.quiet)
        self.caps.put(found.caps)
        self.zone.set_value(found.zone)
        self._wait.hide()
        self._inner.show()
        self.go.setEnabled(True)
        self.quiet.add.setFocus(QtCore.Qt.FocusReason.TabFocusReason)

    def value(self) -> policies.SaveDefaults:
        """The rules as they stand."""
        return policies.SaveDefaults(
            quiet=self.quiet.value(), caps=self.caps.values(), zone=str(self.zone.value() or "UTC")
        )

    def refuse(self, problem: errors.Problem) -> None:
        """Say what the server found."""
        found = "; ".join(problem.faults.values())
        self.refusal.say(problem.sentence, found or problem.remedy, tone="bad")


class Ruling:
    """Opens the sheet, and saves what it says."""

    def __init__(self, window: frame.Frame) -> None:
        self._window = window
        self._found = window.services

    def open(self) -> RulesSheet:
        """Ask the server for the rules, and let a person change them."""
        sheet = RulesSheet(self._window)
        sheet.asked.connect(lambda ask: self._save(sheet, ask))
        self._found.operations.bind(SAVE, sheet.go, "Saving…")
        self._found.operations.start(
            LOOK,
            lambda: self._found.api.call(policies.SHOW),
            done=sheet.show_rules,
            failed=sheet.refuse,
            latest=True,
        )
        sheet.finished.connect(lambda _how: self._found.operations.cancel(LOOK))
        sheet.open()
        return sheet

    def _save(self, sheet: RulesSheet, ask: policies.SaveDefaults) -> None:
        self._found.operations.start(
            SAVE,
            lambda: self._found.api.call(policies.SAVE, ask),
            done=lambda _found: self._on_saved(sheet),
            failed=sheet.refuse,
            label="Saving the rules",
        )

    def _on_saved(self, sheet: RulesSheet) -> None:
        sheet.accept()
        self._window.toast("Quiet hours and caps saved", tone="ok")
