"""Work that takes a while: what it is, how far it is, how long yet, and a way to stop it."""

import time

from PySide6 import QtCore, QtWidgets

from console.widgets import bars, buttons, figures, layout, text, theme


class ProgressRow(QtWidgets.QWidget):
    """Label, meter, and a cancel that can be pressed once."""

    cancelled = QtCore.Signal()

    def __init__(self, label: str, *, can_cancel: bool = True) -> None:
        super().__init__()
        self._began = time.monotonic()
        self._label = text.Elided(label, weight=text.MEDIUM)
        self._told = text.muted("")
        self._meter = bars.Meter(name=label)
        self._cancel = buttons.ghost("Cancel", self._on_cancel, icon="x", tip=f"Cancel: {label}")
        layout.reveal(self._cancel, can_cancel)
        head = layout.row(self._label, self._told, self._cancel, gap=theme.SM, grow=0)
        self.setLayout(layout.column(head, self._meter, gap=4))
        self.setAccessibleName(label)

    def set_progress(self, done: float, total: float, words: str = "") -> None:
        """Show how far it is; `words` replace the counts, such as `128 of 512 rows`."""
        share = done / total if total > 0 else 0.0
        told = words or f"{figures.count(int(done))} of {figures.count(int(total))}"
        self._told.setText(f"{told} · {self._left(share)}" if share else told)
        self._meter.set_share(min(share, 1.0))
        self.setAccessibleDescription(self._told.text())

    def finish(self, words: str, *, good: bool = True) -> None:
        """Show the end it came to; the row stays, so that the result can be read."""
        self._cancel.hide()
        self._told.setText(words)
        self._told.set_style("ok" if good else "bad")
        self._meter.set_share(1.0, "ok" if good else "bad")
        self.setAccessibleDescription(words)

    def _left(self, share: float) -> str:
        passed = time.monotonic() - self._began
        if passed < 2 or share >= 1:
            return f"{share:.0%}"
        return f"{share:.0%}, {figures.duration(passed / share - passed)} left"

    def _on_cancel(self) -> None:
        self._cancel.set_busy(True, "Stopping…")
        self.cancelled.emit()
