"""What became of tests, a line each: where it went, how it stands, and why."""

from collections.abc import Sequence

from PySide6 import QtWidgets

from console.widgets import layout, pills, text, theme
from server.wire import ledger, testing

#: Nothing more is heard of these, or nothing that matters to somebody who waits.
OVER = frozenset(
    {
        ledger.State.DELIVERED,
        ledger.State.SEEN,
        ledger.State.CLICKED,
        ledger.State.REPLIED,
        ledger.State.FAILED,
        ledger.State.SKIPPED,
        ledger.State.DOUBT,
        ledger.State.CANCELLED,
    }
)
WORST = {ledger.State.FAILED: "bad", ledger.State.DOUBT: "warn", ledger.State.SKIPPED: "warn"}


def is_over(row: testing.Test) -> bool:
    """Whether there is nothing left to wait for."""
    return row.state in OVER


def words(row: testing.Test) -> str:
    """Why it stands as it does, or by whom it went."""
    said = " ".join(part for part in (row.meaning, row.detail and f"“{row.detail}”") if part)
    if said:
        return said
    by = f"by {row.account_name}" if row.account_name else "waits for its lane"
    return f"{by}, with the data of {row.person}" if row.person else by


class Answers(QtWidgets.QWidget):
    """One line a test."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = layout.column(gap=8)
        self.setLayout(self._lines)
        self.setAccessibleName("What became of the test")

    def set_tests(self, rows: Sequence[testing.Test], heading: str) -> None:
        """Show these under a heading."""
        layout.clear(self._lines)
        self._lines.addWidget(text.Label(heading, "label"))
        for row in rows:
            pill = pills.Pill(pills.look(pills.MESSAGE, row.state.value))
            to = text.Elided(row.address, weight=text.MEDIUM)
            why = text.Label(words(row), WORST.get(row.state, "muted"), wrap=True)
            why.setAccessibleName(f"{row.address}: {row.state.value}. {words(row)}")
            head = layout.row(pill, to, gap=theme.SM, grow=1)
            self._lines.addLayout(layout.column(head, why, gap=2))
