"""Limits of several periods in a row of numbers, and how they are said."""

from collections.abc import Sequence

from PySide6 import QtCore, QtWidgets

from console.widgets import figures, inputs, layout, text, theme
from server.wire import limits

PERIODS = ((1, "a second"), (60, "a minute"), (3600, "an hour"), (86_400, "a day"))
MOST = 1_000_000_000


def said(count: int, per_s: int) -> str:
    """One limit in words: `50 a second`."""
    named = dict(PERIODS).get(per_s, f"in any {figures.count(per_s)} seconds")
    return f"{figures.count(count)} {named}"


class RateFields(QtWidgets.QWidget):
    """At most so many a second, a minute, an hour, a day; 0 for no limit. Other periods are kept as they are."""

    changed = QtCore.Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self._others: list[limits.Rate] = []
        self._inputs: dict[int, inputs.Number] = {}
        grid = QtWidgets.QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.MD)
        grid.setVerticalSpacing(4)
        for place, (per_s, words) in enumerate(PERIODS):
            made = self._inputs[per_s] = inputs.Number(low=0, high=MOST)
            made.setAccessibleName(f"{name}: messages {words}")
            made.setSpecialValueText("no limit")
            made.valueChanged.connect(lambda _value: self.changed.emit())
            grid.addWidget(text.caption(words), 0, place)
            grid.addWidget(made, 1, place)
            grid.setColumnStretch(place, 1)
        self.setLayout(layout.column(grid, gap=0))
        self.setAccessibleName(name)

    def value(self) -> list[limits.Rate]:
        """The limits, the shortest period first."""
        typed = [
            limits.Rate(count=int(field.value()), per_s=per_s)
            for per_s, field in self._inputs.items()
            if field.value() > 0
        ]
        return sorted([*typed, *self._others], key=lambda rate: rate.per_s)

    def put(self, rates: Sequence[limits.Rate]) -> None:
        """Show these."""
        shown = {rate.per_s: rate.count for rate in rates if rate.count > 0}
        self._others = [rate for rate in rates if rate.per_s not in self._inputs or not rate.count]
        for per_s, field in self._inputs.items():
            blocker = QtCore.QSignalBlocker(field)
            field.setValue(float(shown.get(per_s, 0)))
            blocker.unblock()

    def first(self) -> QtWidgets.QWidget:
        """Where typing begins."""
        return self._inputs[1]
