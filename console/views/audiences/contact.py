"""One person on a panel: how they can be reached, what is known of them, and whether they may be written to."""

from collections.abc import Callable

from PySide6 import QtCore, QtWidgets

from console.views.audiences import model
from console.widgets import (
    buttons,
    facts,
    figures,
    glyphs,
    icons,
    inspector,
    layout,
    notices,
    pills,
    skeleton,
    text,
    theme,
)
from server.channels import contents
from server.wire import audiences

WIDTH = 380


class ContactPanel(inspector.Inspector):
    """A contact, its identities, and its suppressions."""

    silence_asked = QtCore.Signal(object)
    allow_asked = QtCore.Signal(object)
    turn_asked = QtCore.Signal(object, object, bool)  #: contact, identity, whether to forbid
    messages_asked = QtCore.Signal(str)  #: what to look for

    def __init__(self) -> None:
        super().__init__("Contact")
        self.setFixedWidth(WIDTH)
        self.contact: audiences.Contact | None = None
        self._acts: list[buttons.Button] = []  #: what changes the contact that is shown

    def set_busy(self, busy: bool) -> None:
        """While one act on the contact is under way, no other can be asked for: it would get lost."""
        for act in self._acts:
            act.setEnabled(not busy)

    def clear(self) -> None:
        self._acts.clear()
        super().clear()

    def wait(self) -> None:
        """A contact is on its way."""
        self.contact = None
        self.clear()
        self.set_heading("Contact", "")
        self.add(skeleton.Skeleton(7))
        self.finish()

    def fail(self, words: str, again: Callable[[], None]) -> None:
        """Say why there is none."""
        self.clear()
        banner = notices.Banner(words, tone="bad", action="Try again")
        banner.acted.connect(again)
        self.add(banner)
        self.finish()

    def tell(self, contact: audiences.Contact) -> None:
        """Show a contact."""
        self.contact = contact
        self.clear()
        self.set_heading(f"Contact · {contact.key}", contact.name or contact.key)
        self.add(layout.row(pills.Pill(model.standing(contact)), None))
        self._draw_acts(contact)
        self._draw_identities(contact)
        rows = [
            ("Country", contact.country),
            ("Time zone", contact.zone.replace("_", " ")),
            ("Language", contact.locale),
            ("Added", figures.stamp(contact.created_at)),
        ]
        self.add(facts.Facts([row for row in rows if row[1]]), heading="Person")
        if contact.attributes:
            known = [
                (name, "" if value is None else str(value)) for name, value in contact.attributes.items()
            ]
            self.add(facts.Facts(known), heading="Attributes")
        self.finish()

    def _draw_acts(self, contact: audiences.Contact) -> None:
        if contact.suppressed:
            act = buttons.plain("Allow again", lambda: self.allow_asked.emit(contact), icon="user-check")
        else:
            act = buttons.plain("Suppress", lambda: self.silence_asked.emit(contact), icon="ban")
        self._acts.append(act)
        seen = buttons.plain(
            "Messages", lambda: self.messages_asked.emit(contact.key), icon="messages-square"
        )
        self.add(layout.row(seen, act, None))

    def _draw_identities(self, contact: audiences.Contact) -> None:
        if not contact.identities:
            self.add(text.muted("No address is known: this person cannot be reached.", wrap=True))
            return
        column = layout.column(gap=10)
        places = {channel: at for at, channel in enumerate(contents.CHANNELS)}
        for identity in sorted(contact.identities, key=lambda one: places.get(one.channel, len(places))):
            column.addWidget(self._identity(contact, identity))
        self.add(column, heading="Addresses")

    def _identity(self, contact: audiences.Contact, identity: audiences.Identity) -> QtWidgets.QWidget:
        title = contents.TITLES.get(identity.channel, identity.channel)
        forbidden = identity.channel in contact.suppressed
        told = layout.column(
            text.Label(title, "label"),
            text.Label(model.address(identity), "mono", wrap=True, selectable=True),
            gap=1,
        )
        if identity.removed_because:
            told.addWidget(text.Label(f"Not used any more: {identity.removed_because}", "bad", wrap=True))
        elif forbidden:
            told.addWidget(text.Label("Suppressed on this channel", "warn"))
        elif "all" in contact.suppressed:
            told.addWidget(text.Label("Suppressed on everything", "warn"))
        turn = buttons.icon(
            "check" if forbidden else "ban",
            f"Allow {title} again" if forbidden else f"Suppress {title} only",
            lambda: self.turn_asked.emit(contact, identity, not forbidden),
        )
        self._acts.append(turn)
        mark = layout.column(glyphs.Glyph(icons.channel(identity.channel), name=title), None)
        line = layout.row(mark, told, gap=theme.SM, grow=1)
        if "all" not in contact.suppressed:
            line.addLayout(layout.column(turn, None))
        return layout.boxed(line)
