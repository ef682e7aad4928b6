"""How many of an audience each channel reaches, as small bars."""

from PySide6 import QtGui, QtWidgets

from console.widgets import bars, cards, figures, glyphs, icons, layout, text, theme
from server.channels import contents
from server.wire import audiences

LINE_W = 560  #: from this width on all channels stand in one line


class ReachCard(cards.Card):
    """One bar a channel, each of the whole audience."""

    def __init__(self) -> None:
        super().__init__(gap=theme.SM)
        self._title = text.Label("", "section", wrap=True)
        self._count = text.muted("")
        self.tools = layout.row(gap=theme.SM)
        self.add(layout.row(self._title, self._count, None, self.tools, gap=theme.MD))
        self._meters: dict[str, bars.Meter] = {}
        self._told: dict[str, text.Elided] = {}
        self._share: dict[str, text.Label] = {}
        self._cells: list[QtWidgets.QWidget] = []
        for at, (channel, title) in enumerate(contents.TITLES.items()):
            self._meters[channel] = bars.Meter(token=f"c{at + 1}", name=f"Reach by {title}")
            self._told[channel] = text.Elided("—", size=text.SMALL, token="text2")
            head = layout.row(
                glyphs.Glyph(icons.channel(channel), size=14),
                text.Elided(title, size=text.CAPTION, weight=text.SEMIBOLD, token="text3"),
                gap=5,
            )
            self._share[channel] = text.caption("")
            told = layout.row(self._told[channel], self._share[channel], gap=4, grow=0)
            self._cells.append(layout.boxed(layout.column(head, self._meters[channel], told, gap=4)))
        self._grid = QtWidgets.QGridLayout()
        self._grid.setHorizontalSpacing(theme.LG)
        self._grid.setVerticalSpacing(theme.SM)
        self._columns = 0
        self._lay(len(self._cells))
        self.add(self._grid)
        self.show_audience(None)

    def _lay(self, columns: int) -> None:
        """All channels in a line, or in two where there is little room."""
        if columns == self._columns:
            return
        self._columns = columns
        for at, cell in enumerate(self._cells):
            self._grid.addWidget(cell, at // columns, at % columns)
            self._grid.setColumnStretch(at, 1 if at < columns else 0)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay(len(self._cells) if self.width() >= LINE_W else len(self._cells) // 2)

    def show_audience(self, audience: audiences.Audience | None) -> None:
        """Show one audience, or that none is chosen."""
        self._title.setText(audience.name if audience else "Everybody")
        if audience is None:
            self._count.setText("All contacts of this workspace")
        else:
            ready = "" if audience.ready else " · being imported, cannot be sent to yet"
            self._count.setText(f"{figures.count(audience.people)} people{ready}")
        for channel, meter in self._meters.items():
            reached = audience.reach.get(channel, 0) if audience else 0
            people = audience.people if audience else 0
            meter.set_share(reached / people if people else 0.0)
            self._told[channel].set_text(figures.count(reached) if audience else figures.NOTHING)
            self._share[channel].setText(figures.share(reached, people, 0) if audience else "")
