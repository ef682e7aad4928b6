"""Names and values side by side."""

from collections.abc import Iterable, Sequence

from PySide6 import QtCore, QtWidgets

from console.widgets import layout, text, theme


class Facts(QtWidgets.QWidget):
    """A list of what is known; every value can be selected and copied."""

    def __init__(self, rows: Iterable[Sequence[str]] = (), *, name_width: int = 96) -> None:
        super().__init__()
        self._grid = QtWidgets.QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.MD)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnMinimumWidth(0, name_width)
        self.setLayout(self._grid)
        self.set_rows(rows)

    def set_rows(self, rows: Iterable[Sequence[str]]) -> None:
        """Show (name, value) pairs; a third word `mono` sets the value in the monospaced face."""
        layout.clear(self._grid)
        top = QtCore.Qt.AlignmentFlag.AlignTop
        for at, row in enumerate(rows):
            name, value = row[0], row[1]
            told = text.Label(value or "—", row[2] if len(row) > 2 else "body", wrap=True, selectable=True)
            told.setAccessibleName(f"{name}: {value or 'none'}")
            self._grid.addWidget(text.muted(name), at, 0, top)
            self._grid.addWidget(told, at, 1, top)
