"""The panel at the right that tells about what is selected."""

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import buttons, flow, layout, text, theme


class Inspector(QtWidgets.QFrame):
    """A caption, a title, acts, and sections one under the other that scroll; `closed` when a person shuts it."""

    closed = QtCore.Signal()

    def __init__(self, name: str = "Details") -> None:
        super().__init__()
        self.setObjectName("inspector")
        self.setFixedWidth(theme.INSPECTOR_W)
        self.setAccessibleName(name)
        self._caption, self._title = text.caption(""), text.Label("", "title", wrap=True, selectable=True)
        self._tools = layout.row(gap=0)
        head = layout.row(
            self._caption, None, self._tools, buttons.icon("x", "Close the panel", self._on_close), gap=0
        )
        self._body = layout.column(gap=theme.MD, margins=(theme.LG, 2, theme.LG, theme.LG))
        whole = layout.column(gap=4)
        top = layout.column(head, self._title, gap=2, margins=(theme.LG, 10, theme.SM, 4))
        whole.addLayout(top)
        whole.addWidget(layout.scroll(self._body), 1)
        self.setLayout(whole)

    def set_heading(self, caption: str, title: str) -> None:
        """Say what is being told about."""
        self._caption.setText(caption)
        self._title.setText(title)

    def add_tool(self, button: QtWidgets.QPushButton) -> None:
        """Put an icon button beside the close button."""
        self._tools.addWidget(button)

    def clear(self) -> None:
        """Empty the sections."""
        layout.clear(self._body)

    def add(self, item: QtWidgets.QWidget | QtWidgets.QLayout, *, heading: str = "") -> None:
        """Append a section."""
        if heading:
            self._body.addSpacing(4)
            self._body.addWidget(text.section(heading))
        if isinstance(item, QtWidgets.QWidget):
            self._body.addWidget(item)
        else:
            self._body.addLayout(item)

    def add_acts(self, *acts: QtWidgets.QWidget) -> None:
        """Append buttons; they break into lines where their words are long."""
        line = flow.Flow(gap=6)
        for act in acts:
            line.addWidget(act)
        self._body.addWidget(layout.boxed(line))

    def finish(self) -> None:
        """Call after the last section: it keeps them at the top."""
        self._body.addStretch(1)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() == QtCore.Qt.Key.Key_Escape:
            self.close_panel()
            return
        super().keyPressEvent(event)

    def close_panel(self) -> None:
        """Shut it, as its own button does."""
        if self.isVisible():
            self._on_close()

    def _on_close(self) -> None:
        self.hide()
        self.closed.emit()
