"""A rendered content of any channel, on its device or as a mail, with what is wrong with it above."""

from collections.abc import Collection, Sequence

from PySide6 import QtCore, QtWidgets

from console.widgets import layout, notices, text
from console.widgets.devices import handset
from console.widgets.mail import mailview
from server.channels import contents
from server.wire import campaigns

#: Who a device says it is from: the account that sends decides that, and none has been chosen yet.
SENDERS = {"apns": "Your app", "webpush": "your-site.example", "sms": "Your number"}
SENDER = "Your business"
MAIL_H = 520


class Rendered(QtWidgets.QWidget):
    """Show with `show_content`; `part_clicked` names the field that a person pointed at."""

    part_clicked = QtCore.Signal(str)

    def __init__(self, *, scale: float, most_w: int) -> None:
        super().__init__()
        self._faults = layout.column(gap=6)
        self.handset = handset.Handset(scale=scale, most_w=most_w)
        self.handset.part_clicked.connect(self.part_clicked)
        self._mail: mailview.MailView | None = None
        self._nothing = text.muted("", wrap=True)
        self._place = layout.column(self._faults, self._nothing, self.handset, gap=10)
        self.setLayout(self._place)
        self.handset.hide()
        self._nothing.hide()

    def mail(self) -> mailview.MailView:
        """The view of mails; made when the first one is shown."""
        if self._mail is None:
            self._mail = mailview.MailView()
            self._mail.show_on("narrow")
            self._mail.setMinimumHeight(MAIL_H)
            self._place.addWidget(self._mail)
        return self._mail

    def show_content(
        self,
        content: contents.Content | None,
        faults: Sequence[campaigns.PreviewFault] = (),
        *,
        nothing: str = "Nothing was rendered.",
    ) -> None:
        """Show one rendering; None where there is none, and what kept it from being made."""
        self.clear()
        for fault in faults:
            banner = notices.Banner()
            banner.say(fault.message, fault.remedy, tone="warn")
            self._faults.addWidget(banner)
        if isinstance(content, contents.Email):
            self.mail().show_mail(content, SENDER)
            self.mail().show()
        elif content is not None:
            channel = str(content.__struct_config__.tag)
            self.handset.show_message(content, SENDERS.get(channel, SENDER))
            self.handset.show()
        elif not faults:
            self._nothing.setText(nothing)
            self._nothing.show()

    def show_changes(self, places: Collection[str]) -> None:
        """Tint the parts of a device that differ from another message's."""
        self.handset.device.show_changes(places)

    def clear(self) -> None:
        """Show nothing."""
        layout.clear(self._faults)
        self._nothing.hide()
        self.handset.hide()
        if self._mail is not None:
            self._mail.hide()
