"""How a run is spread over time: the waves that were planned zone by zone, and what waits until when."""

import datetime

from PySide6 import QtWidgets

from console.widgets import bars, cards, figures, layout, paint, text, theme
from server.channels import contents
from server.wire import policies

SHOWN = 8  #: lines; a run may go by some forty zones


class Spread(QtWidgets.QWidget):
    """Seen only while there is something to say: `set_waves`."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QtWidgets.QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.MD)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self._note = text.muted("", wrap=True)
        self._card = cards.Card(self._grid, self._note, heading="What waits, and until when", gap=theme.SM)
        self.setLayout(layout.column(self._card))
        layout.reveal(self, shown=False)

    def set_waves(self, found: policies.Waves) -> None:
        """Show these."""
        layout.clear(self._grid)
        layout.reveal(self, bool(found.planned or found.waiting))
        lines = planned(found) if found.planned else waiting(found)
        most = max((count for _, _, count in lines), default=1)
        for at, (what, when, count) in enumerate(lines[:SHOWN]):
            self._grid.addWidget(text.Label(what), at, 0)
            meter = bars.Meter()
            meter.set_share(count / most, "accent")
            self._grid.addWidget(meter, at, 1)
            self._grid.addWidget(text.muted(when), at, 2)
            number = text.Label(figures.count(count), "body")
            number.setFont(text.font(text.BODY, text.MEDIUM, tabular=True))
            number.setAlignment(paint.RIGHT)
            number.setAccessibleName(f"{figures.count(count)} messages, {what}, {when}")
            self._grid.addWidget(number, at, 3)
        said = notes(found, len(lines))
        self._note.setText(" ".join(said))
        layout.reveal(self._note, bool(said))


def planned(found: policies.Waves) -> list[tuple[str, str, int]]:
    """The waves by zone: zone, when by this computer's clock, messages."""
    return [(wave.zone.replace("_", " "), _clock(wave.at), wave.messages) for wave in found.planned]


def waiting(found: policies.Waves) -> list[tuple[str, str, int]]:
    """What waits now: channel, until when, messages."""
    return [
        (
            contents.TITLES.get(hold.channel, hold.channel),
            "for news of its RCS message" if hold.until is None else f"until {_clock(hold.until)}",
            hold.messages,
        )
        for hold in found.waiting
    ]


def notes(found: policies.Waves, lines: int) -> list[str]:
    """What the lines do not say, in sentences."""
    told = []
    if lines > SHOWN:
        told.append(f"And {lines - SHOWN} more.")
    if assumed := sum(wave.assumed for wave in found.planned):
        told.append(f"The zone of {figures.count(assumed)} is not known: they live by the workspace's.")
    if found.planned and found.waiting:
        left = sum(hold.messages for hold in found.waiting)
        told.append(f"{figures.count(left)} {'message waits' if left == 1 else 'messages wait'} now.")
    return told


def _clock(at: datetime.datetime) -> str:
    return f"{at.astimezone():%d %b, %H:%M}"
