"""How fast each channel goes now, side by side."""

from collections.abc import Mapping

from PySide6 import QtWidgets

from console.views.overview import model
from console.widgets import bars, figures, glyphs, icons, paint, text, theme
from server.channels import contents


class Speeds(QtWidgets.QWidget):
    """A row a channel: icon, name, bar, messages a second."""

    def __init__(self) -> None:
        super().__init__()
        self._meters: dict[str, bars.Meter] = {}
        self._told: dict[str, text.Label] = {}
        grid = QtWidgets.QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.SM)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(2, 1)
        for at, channel in enumerate(contents.CHANNELS):
            title = contents.TITLES[channel]
            meter = self._meters[channel] = bars.Meter(name=f"{title}, against the fastest")
            told = self._told[channel] = text.Label("", "body")
            told.setFont(text.font(text.SMALL, text.SEMIBOLD, tabular=True))
            told.setAlignment(paint.RIGHT)
            told.setMinimumWidth(64)
            name = text.Label(title, "muted")
            name.setMinimumWidth(86)
            grid.addWidget(glyphs.Glyph(icons.channel(channel)), at, 0)
            grid.addWidget(name, at, 1)
            grid.addWidget(meter, at, 2)
            grid.addWidget(told, at, 3)
            grid.setRowStretch(at, 1)
        self.setLayout(grid)
        self.setAccessibleName("Messages a second by channel")

    def set_rates(self, rates: Mapping[str, float]) -> None:
        """Show channel to messages accepted a second."""
        fastest = max(rates.values(), default=0.0) or 1.0
        for channel, rate in model.by_speed(rates):
            self._meters[channel].set_share(rate / fastest)
            self._told[channel].setText(figures.rate(rate))
            self._told[channel].setAccessibleName(f"{contents.TITLES[channel]}: {figures.rate(rate)}")
