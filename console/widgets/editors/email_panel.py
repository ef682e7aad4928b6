"""The panel beside a mail's page: blocks to add, the selected block's settings, and what the checks found."""

from PySide6 import QtWidgets

from console.widgets import buttons, layout, tabs, theme
from console.widgets.editors import email_checks, email_properties

WIDTH = 276
PANELS = [("add", "Add"), ("block", "Selected"), ("check", "Check")]


class Panel(QtWidgets.QWidget):
    """Away from the canvas only the checks are offered."""

    def __init__(self) -> None:
        super().__init__()
        self.tabs = tabs.Tabs(PANELS, name="Panel")
        self.palette_ = email_properties.Palette()
        self.sample = buttons.link("Start from the sample mail", icon="wand-sparkles")
        self.properties = email_properties.Properties()
        self.checks = email_checks.Checks()
        self._stack = QtWidgets.QStackedWidget()
        self._pages: dict[str, QtWidgets.QWidget] = {}
        for key, widget in (("add", self.palette_), ("block", self.properties), ("check", self.checks)):
            scrolled = layout.scroll(layout.boxed(layout.column(widget, margins=(2, 2, theme.SM, theme.SM))))
            self._pages[key] = scrolled
            self._stack.addWidget(scrolled)
        self._blank = True
        self._offered = [key for key, _name in PANELS]
        self.setLayout(layout.column(self.tabs, self.sample, self._stack, gap=theme.SM, grow=2))
        self.setFixedWidth(WIDTH)
        self.tabs.chosen.connect(self._show)

    def offer(self, *, on_canvas: bool, blank: bool) -> None:
        """Offer what there is to do; a blank mail may begin from the sample."""
        self._blank = blank
        offered = PANELS if on_canvas else PANELS[-1:]
        keys = [key for key, _name in offered]
        if keys != self._offered:
            self._offered = keys
            self.tabs.set_tabs(offered)
        self._show(self.tabs.current())

    def go(self, key: str) -> None:
        """Turn to a panel, where it is offered."""
        self.tabs.set_current(key)
        self._show(self.tabs.current())

    def _show(self, key: str) -> None:
        shown = key or "check"
        layout.reveal(self.sample, shown == "add" and self._blank)
        self._stack.setCurrentWidget(self._pages[shown])
