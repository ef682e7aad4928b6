"""A message as its recipient would meet it: on which device, in its light or dark, and which part one points at."""

from PySide6 import QtCore, QtWidgets

from console.widgets import buttons, inputs, layout, tabs, theme
from console.widgets.devices import device, surfaces
from server.channels import contents


class Handset(QtWidgets.QWidget):
    """Show a rendered content with `show_message`; `part_clicked` names the field a person pointed at."""

    part_clicked = QtCore.Signal(str)

    def __init__(self, *, scale: float = 1.0, most_w: int = 0) -> None:
        super().__init__()
        self._channel = ""
        self._content: contents.Content | None = None
        self._sender = ""
        self._dark: bool | None = None  #: as the console is, until a person chooses
        self.device = device.Device(scale=scale, most_w=most_w)
        self.device.part_clicked.connect(self.part_clicked)
        self._most_w = most_w
        self.tabs = tabs.Tabs([], name="Devices")
        self.tabs.chosen.connect(lambda _key: self._redraw())
        self.picker = inputs.Choice()  #: in place of tabs that have no room
        self.picker.setAccessibleName("Devices")
        self.picker.activated.connect(lambda _index: self.show_on(str(self.picker.currentData())))
        self.light = buttons.icon("sun-moon", "Light or dark device", self._turn_light)
        middle = layout.row(None, self.device, None)
        head = layout.row(self.tabs, self.picker, None, self.light, gap=theme.SM)
        self.setLayout(layout.column(head, middle, gap=theme.SM))
        self.setAccessibleName("On the device")
        theme.active().changed.connect(self._redraw)

    def show_message(self, content: contents.Content, sender: str) -> None:
        """Draw a content of any channel but email; the device looked at last stays if it can show this one."""
        channel = str(content.__struct_config__.tag)
        if channel != self._channel:
            self._channel = channel
            some = surfaces.SURFACES[channel]
            self.tabs.set_tabs([(one.key, one.title) for one in some])
            self.picker.set_choices([(one.key, one.title) for one in some])
            wide = 0 < self._most_w < self.tabs.sizeHint().width() + self.light.sizeHint().width()
            self.tabs.setVisible(len(some) > 1 and not wide)
            self.picker.setVisible(len(some) > 1 and wide)
        self._content, self._sender = content, sender
        self._redraw()

    def show_on(self, key: str) -> None:
        """Look at it on this device."""
        self.tabs.set_current(key)
        self.picker.setCurrentIndex(self.picker.findData(key))
        self._redraw()

    def mark(self, part: str) -> None:
        """Show where a field of the content stands."""
        self.device.mark(part)

    def _turn_light(self) -> None:
        self._dark = not self._is_dark()
        self._redraw()

    def _is_dark(self) -> bool:
        return self._dark if self._dark is not None else theme.tokens().name == "dark"

    def _redraw(self) -> None:
        if self._content is None:
            return
        chosen = next(one for one in surfaces.SURFACES[self._channel] if one.key == self.tabs.current())
        self.device.show_message(chosen, self._content, self._sender, dark=self._is_dark())
