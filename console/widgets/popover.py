"""A small panel under a button: what it shows is made anew each time it opens."""

from collections.abc import Callable

from PySide6 import QtCore, QtWidgets

from console.widgets import layout, text, theme


class Popover(QtWidgets.QFrame):
    """Opens under (or over) its anchor and closes at a click elsewhere or Escape."""

    def __init__(self, anchor: QtWidgets.QWidget, title: str, *, width: int = 360) -> None:
        super().__init__(
            anchor.window(), QtCore.Qt.WindowType.Popup | QtCore.Qt.WindowType.FramelessWindowHint
        )
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_TranslucentBackground)
        self._anchor = anchor
        self.setFixedWidth(width)
        self.setAccessibleName(title)
        self.body = layout.column(gap=theme.SM)
        inner = QtWidgets.QFrame()
        inner.setObjectName("popover")
        inner.setLayout(
            layout.column(text.section(title), self.body, gap=theme.MD, margins=(theme.LG, 12, theme.LG, 14))
        )
        self.setLayout(layout.column(inner))

    def add(self, item: QtWidgets.QWidget | QtWidgets.QLayout) -> None:
        """Append a widget or a layout."""
        if isinstance(item, QtWidgets.QWidget):
            self.body.addWidget(item)
        else:
            self.body.addLayout(item)

    def show_at_anchor(self) -> None:
        """Open beside the anchor, inside its window."""
        self.adjustSize()
        window = self._anchor.window()
        below = self._anchor.mapTo(window, QtCore.QPoint(self._anchor.width(), self._anchor.height() + 6))
        x = max(8, min(below.x() - self.width(), window.width() - self.width() - 8))
        y = below.y()
        if y + self.height() > window.height() - 8:
            y = self._anchor.mapTo(window, QtCore.QPoint(0, -6)).y() - self.height()
        self.move(window.mapToGlobal(QtCore.QPoint(x, max(8, y))))
        self.show()


def opener(
    anchor: QtWidgets.QAbstractButton, title: str, fill: Callable[[Popover], None], *, width: int = 360
) -> None:
    """Make a button open a popover that `fill` fills each time."""

    def on_clicked() -> None:
        panel = Popover(anchor, title, width=width)
        fill(panel)
        panel.show_at_anchor()

    anchor.clicked.connect(lambda _on=False: on_clicked())
