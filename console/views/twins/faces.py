"""A content as its recipient meets it: a mail in a mail program, everything else on its device."""

from collections.abc import Collection

import msgspec
from PySide6 import QtWidgets

from console.widgets import layout
from console.widgets.devices import handset
from console.widgets.mail import mailview
from server.channels import contents
from server.wire import twins

GRAIN = 24  #: pixels of a look that tells a page from an empty one
SENDERS = {"apns": "Your app", "rcs": "RCS agent"}


def content_of(fields: dict[str, object] | None) -> contents.Content | None:
    """A content that came as JSON; None where it is none that this version knows."""
    try:
        return msgspec.convert(fields, contents.Content) if fields is not None else None
    except msgspec.ValidationError:
        return None


def sender_of(arrived: twins.Arrived) -> str:
    """Whom a device says it is from."""
    row = arrived.arrival
    if row.channel == "webpush":
        link = arrived.shown.get("url")
        return str(link).partition("//")[2].partition("/")[0] if link else "Browser"
    if row.channel == "email":
        return str(arrived.shown.get("from") or "")
    return SENDERS.get(row.channel, row.title)


class Face(QtWidgets.QWidget):
    """Show a content with `show_content`; each kind of device is built when it is first needed."""

    MAIL_H = 520

    def __init__(self, *, scale: float, most_w: int) -> None:
        super().__init__()
        self._scale, self._most_w = scale, most_w
        self.handset: handset.Handset | None = None
        self.mail: mailview.MailView | None = None
        self._place = layout.column(gap=0)
        self.setLayout(self._place)

    def show_content(self, content: contents.Content, sender: str) -> None:
        """Draw it, in place of what was shown before."""
        if isinstance(content, contents.Email):
            if self.mail is None:
                self.mail = mailview.MailView()
                self.mail.setMinimumHeight(self.MAIL_H)
                self.mail.show_on("narrow")
                self._place.addWidget(self.mail)
            self.mail.show_mail(content, sender)
        else:
            if self.handset is None:
                self.handset = handset.Handset(scale=self._scale, most_w=self._most_w)
                self._place.addWidget(self.handset)
            self.handset.show_message(content, sender)
        for widget, wanted in (
            (self.mail, isinstance(content, contents.Email)),
            (self.handset, not isinstance(content, contents.Email)),
        ):
            if widget is not None:
                layout.reveal(widget, wanted)

    def is_drawn(self) -> bool:
        """Whether it can be photographed: Chromium draws a page some time after it was given one."""
        page = self.mail.page if self.mail is not None and self.mail.isVisible() else None
        if page is None:
            return True
        small = page.grab().toImage().scaled(GRAIN, GRAIN)
        return len({small.pixel(x, y) for x in range(GRAIN) for y in range(GRAIN)}) > 1

    def show_changes(self, places: Collection[str]) -> None:
        """Mark what differs, where a device has parts to mark."""
        if self.handset is not None:
            self.handset.device.show_changes(places)

    def mark(self, place: str) -> None:
        """Show where one field stands."""
        if self.handset is not None:
            self.handset.mark(place)
