"""Editors of rules: spans of quiet and frequency caps, each a list of lines that are added and let go."""

from collections.abc import Sequence
from typing import Any

from PySide6 import QtCore, QtWidgets

from console.widgets import buttons, inputs, layout, rules, text, theme
from server.channels import contents
from server.wire import policies

WAIT = ((policies.Otherwise.WAIT, "waits until it may go"), (policies.Otherwise.SKIP, "is skipped"))
MOST = 20

_DAYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("every day", ()),
    ("Monday to Friday", rules.WORKDAYS),
    ("Saturday and Sunday", rules.WEEKEND),
    *((name, (day,)) for day, name in rules.DAYS.items()),
)
_CHANNELS = (
    ("all channels", ()),
    *((contents.TITLES[channel], (channel,)) for channel in contents.CHANNELS),
)
_UNITS = ((1, "hours"), (24, "days"), (168, "weeks"))


def hour(words: str) -> inputs.WallHour:
    """An hour of the day, named for who cannot see where it stands."""
    made = inputs.WallHour()
    made.setAccessibleName(words)
    return made


def text_of(at: inputs.WallHour) -> str:
    """The hour as it travels."""
    return at.time().toString("HH:mm")


def put_hour(at: inputs.WallHour, said: str) -> None:
    """Show an hour as it travels."""
    hours, _, minutes = said.partition(":")
    at.setTime(QtCore.QTime(int(hours), int(minutes)))


class _Pick(inputs.Choice):
    """A choice among known sets; one that is not among them is offered by its words, so that it is never lost."""

    def __init__(self, name: str, known: Sequence[tuple[str, tuple[str, ...]]]) -> None:
        super().__init__([(chosen, label) for label, chosen in known])
        self.setAccessibleName(name)
        self._name = name

    def put(self, chosen: list[str], words: str) -> None:
        """Show a set, known or not."""
        at = next((at for at in range(self.count()) if tuple(self.itemData(at)) == tuple(chosen)), -1)
        if at < 0:
            self.addItem(words, tuple(chosen))
            at = self.count() - 1
        self.setCurrentIndex(at)

    def chosen(self) -> list[str]:
        """The set that is shown."""
        return list(self.currentData())


class _Line(QtWidgets.QWidget):
    """One rule of a list."""

    changed = QtCore.Signal()
    dropped = QtCore.Signal()

    def _lay(self, *items: layout.Item, drop: str) -> None:
        self.setLayout(layout.row(*items, None, buttons.icon("x", drop, self.dropped.emit), gap=theme.SM))

    def value(self) -> Any:
        """The rule."""
        raise NotImplementedError


class WindowLine(_Line):
    """One span of quiet."""

    def __init__(self, found: policies.Window) -> None:
        super().__init__()
        self.start, self.end = hour("Quiet from"), hour("Quiet until")
        self.days, self.channels = _Pick("On which days", _DAYS), _Pick("On which channels", _CHANNELS)
        put_hour(self.start, found.start)
        put_hour(self.end, found.end)
        self.days.put(found.days, rules.days(found.days))
        self.channels.put(found.channels, rules.channels(found.channels))
        self._lay(
            self.start, text.muted("to"), self.end, self.days, self.channels, drop="Drop this span of quiet"
        )
        for signal in (
            self.start.timeChanged,
            self.end.timeChanged,
            self.days.activated,
            self.channels.activated,
        ):
            signal.connect(lambda *_: self.changed.emit())

    def value(self) -> policies.Window:
        return policies.Window(
            start=text_of(self.start),
            end=text_of(self.end),
            days=self.days.chosen(),
            channels=self.channels.chosen(),
        )


class CapLine(_Line):
    """One frequency cap."""

    def __init__(self, found: policies.Cap) -> None:
        super().__init__()
        self.most = inputs.Number(low=1, high=1000)
        self.most.setAccessibleName("Messages at most")
        self.length = inputs.Number(low=1, high=policies.LONGEST_CAP_HOURS)
        self.length.setAccessibleName("Length of the period")
        for number in (self.most, self.length):
            number.setMinimumWidth(84)
            number.setMaximumWidth(104)
        self.unit = inputs.Choice(_UNITS)
        self.unit.setAccessibleName("Unit of the period")
        self.channel = _Pick("Counted on which channel", _CHANNELS)
        self.otherwise = inputs.Choice(
            ((policies.Otherwise.SKIP, "else skip"), (policies.Otherwise.WAIT, "else wait"))
        )
        self.otherwise.setAccessibleName("What is over the cap")
        self.otherwise.setMinimumWidth(128)
        self.most.setValue(found.most)
        unit = next(hours for hours, _ in reversed(_UNITS) if found.hours % hours == 0)
        self.unit.setCurrentIndex(self.unit.findData(unit))
        self.length.setValue(found.hours // unit)
        self.channel.put([found.channel] if found.channel else [], rules.channels([found.channel]))
        self.otherwise.setCurrentIndex(self.otherwise.findData(found.otherwise))
        self._lay(
            self.most,
            text.muted("in"),
            self.length,
            self.unit,
            self.channel,
            self.otherwise,
            drop="Drop this cap",
        )
        for signal in (
            self.most.valueChanged,
            self.length.valueChanged,
            self.unit.activated,
            self.channel.activated,
            self.otherwise.activated,
        ):
            signal.connect(lambda *_: self.changed.emit())

    def value(self) -> policies.Cap:
        chosen = self.channel.chosen()
        return policies.Cap(
            most=int(self.most.value()),
            hours=int(self.length.value()) * int(self.unit.currentData()),
            channel=chosen[0] if chosen else "",
            otherwise=self.otherwise.currentData(),
        )


class _List(QtWidgets.QWidget):
    """Lines one under the other, and a button that adds one."""

    changed = QtCore.Signal()

    def __init__(self, add: str, none: str) -> None:
        super().__init__()
        self.lines: list[_Line] = []
        self._column = layout.column(gap=6)
        self._none = text.muted(none, wrap=True)
        self.add = buttons.ghost(add, self._on_add, icon="plus")
        self.setLayout(layout.column(self._none, self._column, layout.row(self.add, None), gap=6))

    def _made(self, found: Any | None) -> _Line:
        raise NotImplementedError

    def values(self) -> list[Any]:
        """The rules."""
        return [line.value() for line in self.lines]

    def put(self, found: Sequence[Any]) -> None:
        """Show these, without `changed`."""
        for line in self.lines:
            line.deleteLater()
        self.lines = []
        for one in found:
            self._append(self._made(one))
        self._count()

    def _append(self, line: _Line) -> None:
        line.changed.connect(self.changed)
        line.dropped.connect(lambda: self._drop(line))
        self.lines.append(line)
        self._column.addWidget(line)

    def _on_add(self) -> None:
        line = self._made(None)
        self._append(line)
        self._count()
        self.changed.emit()

    def _drop(self, line: _Line) -> None:
        self.lines.remove(line)
        line.hide()
        line.deleteLater()
        self._count()
        self.add.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def _count(self) -> None:
        layout.reveal(self._none, not self.lines)
        self.add.setEnabled(len(self.lines) < MOST)


class Quiet(_List):
    """Spans of quiet, and what becomes of what comes then."""

    def __init__(self) -> None:
        super().__init__("Add quiet hours", "People are written to at any hour.")
        self.otherwise = inputs.Choice(WAIT)
        self.otherwise.setAccessibleName("What comes in quiet hours")
        self._then = layout.boxed(
            layout.row(text.muted("What comes then"), self.otherwise, None, gap=theme.SM)
        )
        column = self.layout()
        assert isinstance(column, QtWidgets.QVBoxLayout)
        column.insertWidget(2, self._then)
        self.otherwise.activated.connect(lambda _at: self.changed.emit())
        self._count()

    def _made(self, found: Any | None) -> _Line:
        return WindowLine(found or policies.Window(start="21:00", end="08:00"))

    def _count(self) -> None:
        super()._count()
        layout.reveal(self._then, bool(self.lines))

    def value(self) -> policies.QuietHours:
        """The quiet hours."""
        return policies.QuietHours(windows=self.values(), otherwise=self.otherwise.currentData())

    def set_value(self, found: policies.QuietHours) -> None:
        """Show quiet hours, without `changed`."""
        self.otherwise.setCurrentIndex(self.otherwise.findData(found.otherwise))
        self.put(found.windows)


class Caps(_List):
    """Frequency caps."""

    def __init__(self) -> None:
        super().__init__("Add a cap", "There is no limit to how much one person gets.")
        self._count()

    def _made(self, found: Any | None) -> _Line:
        return CapLine(found or policies.Cap(most=3, hours=168))
