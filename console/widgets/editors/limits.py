"""The meters beside a form, and what is worth knowing though it keeps nobody from sending."""

from collections.abc import Sequence

from PySide6 import QtWidgets

from console.widgets import bars, cards, glyphs, layout, text, theme
from console.widgets.editors import meters
from server.channels import base

SHOWN = 4


class _Row(QtWidgets.QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._name, self._words = text.Label("", "label"), text.Label("", "muted")
        self._words.setFont(text.font(text.SMALL, tabular=True))
        self._meter, self._note = bars.Meter(), text.Label("", "warn", wrap=True)
        head = layout.row(self._name, None, self._words)
        self.setLayout(layout.column(head, self._meter, self._note, gap=4))

    def show_gauge(self, gauge: meters.Gauge) -> None:
        self._name.setText(gauge.name)
        self._words.setText(gauge.words)
        self._meter.setVisible(gauge.share is not None)
        self._meter.set_share(min(gauge.share or 0.0, 1.0), gauge.tone)
        self._note.setText(gauge.note)
        self._note.set_style("muted" if gauge.tone == "accent" else gauge.tone)
        self._note.setVisible(bool(gauge.note))
        self.setAccessibleName(f"{gauge.name}: {gauge.words}")
        self.setAccessibleDescription(gauge.note)


class Limits(QtWidgets.QWidget):
    """`set_gauges` for the meters, `set_notes` for warnings."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[_Row] = []
        self._column = layout.column(gap=10)
        self._notes = layout.column(gap=6)
        self._card = cards.Card(self._column, self._notes, heading="Limits", gap=10)
        self.setLayout(layout.column(self._card))

    def set_gauges(self, gauges: Sequence[meters.Gauge], whose: str) -> None:
        """Show these; `whose` says what was measured."""
        while len(self._rows) < len(gauges):
            row = _Row()
            self._rows.append(row)
            self._column.addWidget(row)
        for at, row in enumerate(self._rows):
            row.setVisible(at < len(gauges))
            if at < len(gauges):
                row.show_gauge(gauges[at])
        self._card.set_aside(whose)

    def set_notes(self, faults: Sequence[base.Fault]) -> None:
        """Say what is worth knowing; at most a few, so that the preview keeps its room."""
        layout.clear(self._notes)
        for fault in faults[:SHOWN]:
            words = f"{fault.message.rstrip('.')}. {fault.remedy}".strip()
            label = text.Label(words, "muted", wrap=True)
            mark = layout.column(glyphs.Glyph("triangle-alert", "warn", 14), None)
            self._notes.addLayout(layout.row(mark, label, gap=theme.XS, grow=1))
