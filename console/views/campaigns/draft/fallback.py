"""The SMS beside an RCS message: what a phone gets that RCS does not reach."""

from PySide6 import QtCore, QtWidgets

from console.views.campaigns.draft import device
from console.widgets import buttons, flow, layout, text, theme
from server.channels import sms
from server.wire import campaigns


class Fallback(QtWidgets.QWidget):
    """`wanted` when somebody wants to write it."""

    wanted = QtCore.Signal()

    def __init__(self) -> None:
        super().__init__()
        self._told = text.caption("")
        self._words = text.Label("", "body", wrap=True)
        self._write = buttons.link("Write an SMS", self.wanted.emit, icon="message-square")
        bubble = layout.column(self._words, margins=(12, 8, 12, 8))
        self._bubble = device.Surface(bubble, "raised", radius=12)
        head = flow.Flow()
        head.addWidget(text.Label("As SMS, where RCS does not arrive", "label"))
        head.addWidget(self._told)
        self.setLayout(layout.column(head, self._bubble, layout.row(self._write, None), gap=theme.XS))
        self.setAccessibleName("SMS in place of RCS")

    def show_rendered(self, found: campaigns.Preview) -> None:
        """Show what the server rendered; without an SMS, say what that means."""
        content = found.contents.sms
        faults = [one for one in found.faults if one.channel == "sms"]
        self._write.set_label("Edit the SMS" if content or faults else "Write an SMS")
        self._told.setText("")
        if isinstance(content, sms.SmsContent):
            counted = sms.segments(content.body)
            encoding = "GSM-7" if counted.encoding == "gsm7" else "UCS-2"
            plural = "segment" if counted.count == 1 else "segments"
            self._told.setText(f"{counted.count} {plural}, {encoding}")
            self._words.setText(content.body)
        elif faults:
            self._words.setText(f"{faults[0].message.rstrip('.')}. {faults[0].remedy}")
        else:
            self._words.setText("Nothing: the campaign has no SMS, so these phones stay silent.")
        self.setVisible(True)
