"""How the workspace launches: asked of the server, told in a line, and changed on a sheet."""

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import errors
from console.widgets import buttons, dialogs, fields, figures, layout, notices, text, theme
from server.wire import flow

LOOK, SAVE = "campaigns:flow", "campaigns:save-flow"
MOST_PEOPLE = 1_000_000_000


def told(way: flow.Flow) -> str:
    """The workspace's way in a sentence."""
    typed = (
        "The number of people is never typed"
        if way.typed_above is None
        else f"Above {figures.count(way.typed_above)} people the number has to be typed"
    )
    undo = f"a launch can be undone for {way.delay_s} s" if way.delay_s else "a launch starts at once"
    return f"{typed}; {undo}."


class WaySheet(dialogs.Sheet):
    """`asked` carries a SaveFlow."""

    asked = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget, way: flow.Flow) -> None:
        super().__init__(parent, "How this workspace launches", "For everybody who works in it.")
        self.refusal = notices.Banner()
        self.typed = fields.SwitchField("Have the number of people typed at large launches")
        self.above = fields.NumberField("Larger than", low=0, high=MOST_PEOPLE, unit="people")
        self.delay = fields.NumberField("A launch can be undone for", low=0, high=flow.MOST_DELAY_S, unit="s")
        self.typed.set_value(way.typed_above is not None)
        self.above.set_value(1_000 if way.typed_above is None else way.typed_above)
        self.delay.set_value(way.delay_s)
        self.typed.changed.connect(self._show_above)
        self.go = buttons.primary("Save", lambda: self.asked.emit(self.value()))
        for item in (self.refusal, self.typed, self.above, self.delay):
            self.add(item)
        self.add(
            text.muted(
                "With 0 seconds a launch starts at once, and can only be paused or cancelled.", wrap=True
            )
        )
        self.add_button(buttons.plain("Cancel", self.reject))
        self.add_button(self.go)
        self._show_above()

    def value(self) -> flow.SaveFlow:
        """The way as it stands."""
        above = int(self.above.value()) if self.typed.value() else None
        return flow.SaveFlow(typed_above=above, delay_s=int(self.delay.value()))

    def refuse(self, problem: errors.Problem) -> None:
        """Say what the server found."""
        self.refusal.say(problem.sentence, " ".join(problem.faults.values()) or problem.remedy)

    def _show_above(self) -> None:
        self.above.setEnabled(bool(self.typed.value()))


class Way(QtWidgets.QWidget):
    """A line that says it, with the button to change it; `known` once the server has said it."""

    known = QtCore.Signal(object)  #: flow.Flow

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self.way = flow.Flow()
        self._words = text.muted("", wrap=True)
        self.change = buttons.link("Change…", lambda: _drop(self.open()))
        self.setLayout(layout.row(self._words, self.change, gap=theme.SM, grow=0))

    def look(self) -> None:
        """Ask the server."""
        self._desk.operations.start(
            LOOK,
            lambda: self._desk.api.call(flow.SHOW),
            done=self.show_way,
            failed=_drop,
            latest=True,
        )

    def stop(self) -> None:
        """Nobody looks any more."""
        self._desk.operations.cancel(LOOK)

    def show_way(self, way: flow.Flow) -> None:
        """Show it; also how a picture of a known state is made."""
        self.way = way
        self._words.setText(told(way))
        self.known.emit(way)

    def open(self) -> WaySheet:
        """Let a person change it."""
        sheet = WaySheet(self, self.way)
        sheet.asked.connect(lambda ask: self._save(sheet, ask))
        sheet.open()
        sheet.delay.input.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
        return sheet

    def _save(self, sheet: WaySheet, ask: flow.SaveFlow) -> None:
        def saved(way: flow.Flow) -> None:
            sheet.accept()
            self.show_way(way)

        self._desk.operations.start(
            SAVE, lambda: self._desk.api.call(flow.SAVE, ask), done=saved, failed=sheet.refuse
        )


def _drop(_thing: object) -> None:
    """The workspace's usual way stays on screen; the server keeps to its own anyway."""
