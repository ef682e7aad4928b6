"""What to look at before a mail is sent: each finding, and the way to its place."""

from collections.abc import Sequence

from PySide6 import QtCore, QtWidgets

from console.widgets import buttons, layout, text, theme
from console.widgets.notices import Banner
from server.channels import base, email, mail_lint


class Checks(QtWidgets.QWidget):
    """Show findings with `set_content`; `asked` carries the place a person wants to see."""

    asked = QtCore.Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.found: list[base.Fault] = []
        self._size = text.muted("", wrap=True)
        self._good = Banner()
        self._rows = layout.column(gap=theme.SM)
        self.setLayout(layout.column(self._size, self._good, self._rows, None, gap=10))
        self.setAccessibleName("Checks")

    def set_content(self, content: email.EmailContent, more: Sequence[base.Fault] = ()) -> int:
        """Look a mail over; returns how many findings there are."""
        found = [*more, *email.check(content, rendered=False), *mail_lint.lint(content)]
        weight = len(content.html.encode("utf-8", "replace"))
        share = f"{weight / 1024:.1f} KB of the 102 KB that Gmail shows"
        self._size.setText(share if content.html else "Nothing is written yet.")
        if found != self.found:
            self.found = found
            layout.clear(self._rows)
            for fault in found:
                self._rows.addWidget(self._row(fault))
        self._good.say("Nothing to mend." if not found and content.html else "", tone="ok")
        return len(found)

    def _row(self, fault: base.Fault) -> QtWidgets.QWidget:
        box = QtWidgets.QFrame()
        box.setObjectName("well")
        bad = fault.level == "error"
        words = text.Label(fault.message, "bad" if bad else "label", wrap=True)
        parts: list[layout.Item] = [words]
        if fault.remedy:
            parts.append(text.muted(fault.remedy, wrap=True))
        if fault.place not in ("html", "source"):
            show = buttons.link("Show", lambda: self.asked.emit(fault.place), icon="arrow-up-right")
            show.setAccessibleName(f"Show: {fault.message}")
            parts.append(layout.row(show, None))
        box.setLayout(layout.column(*parts, gap=3, margins=(10, 8, 10, 8)))
        return box
