"""A page that remembers what was done to it."""

from typing import Any

from PySide6 import QtWidgets

from console import views
from console.widgets import layout, text


class Page(QtWidgets.QWidget):
    """Counts its visits."""

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self.desk = desk
        self.visits: list[dict[str, Any]] = []
        self.left = 0
        self.setLayout(layout.page(text.section("A page"), None))

    def opened(self, **args: Any) -> None:
        """Remember the arguments."""
        self.visits.append(args)

    def closed(self) -> None:
        """Count."""
        self.left += 1


def shots(page: Page) -> list[views.Shot]:
    """One state besides the first."""
    return [("visited", lambda: bool(page.visits))]
