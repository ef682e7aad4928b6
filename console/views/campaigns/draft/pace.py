"""How fast a draft may go and what it goes before: its priority, and limits of its own."""

from PySide6 import QtCore

from console.views.campaigns.draft import model
from console.widgets import cards, inputs, layout, rate_fields, text
from server.wire import limits

PRIORITIES = (
    (limits.Priority.BULK, "Bulk"),
    (limits.Priority.TRANSACTIONAL, "Transactional, before bulk"),
    (limits.Priority.TEST, "Test, before all else"),
)


class PaceCard(cards.Card):
    """`changed` when a person changed one of them."""

    changed = QtCore.Signal()

    def __init__(self) -> None:
        super().__init__(heading="Pace", gap=10)
        self._work = model.Work()
        self.priority = inputs.Choice(PRIORITIES)
        self.priority.setAccessibleName("Priority")
        self.rates = rate_fields.RateFields("Limits of this campaign")
        self.add(layout.row(text.Label("Priority", "label"), self.priority, None))
        self.add(
            text.muted("At most so many messages, beside the limits of accounts and workspace:", wrap=True)
        )
        self.add(self.rates)
        self.priority.activated.connect(lambda _at: self._on_changed())
        self.rates.changed.connect(self._on_changed)

    def start(self, work: model.Work) -> None:
        """Show a draft's."""
        self._work = work
        self.priority.setCurrentIndex(self.priority.findData(work.priority))
        self.rates.put(work.limits)

    def _on_changed(self) -> None:
        self._work.priority = limits.Priority(self.priority.currentData())
        self._work.limits = self.rates.value()
        self.changed.emit()
