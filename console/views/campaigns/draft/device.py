"""What a person would see, drawn plainly from a rendered content: a banner, a bubble, a card, a mail."""

from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import accessible, code, glyphs, icons, layout, paint, tabs, text, theme
from server.channels import apns, contents, email, rcs, sms, webpush, whatsapp

CARD_W = 224
HTML_LINES = 22


class Surface(QtWidgets.QFrame):
    """A rounded ground that a message lies on."""

    def __init__(
        self, inner: QtWidgets.QLayout, token: str = "surface", *, radius: int = 14, edge: str = "border"
    ) -> None:
        super().__init__()
        self._token, self._radius, self._edge = token, radius, edge
        self.setLayout(inner)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color(self._edge) if self._edge else QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(self._token))
        box = QtCore.QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, self._radius, self._radius)
        painter.end()


class Picture(QtWidgets.QWidget):
    """The place of a picture, with its address: nothing is fetched for a preview."""

    def __init__(self, address: str, height: int = 96, icon: str = "image") -> None:
        super().__init__()
        self._address, self._icon = address, icon
        self.setFixedHeight(height)
        self.setMinimumWidth(60)
        self.setToolTip(address)
        accessible.describe(self, accessible.Role.Graphic, f"Picture from {address}")

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("mute_bg"))
        whole = QtCore.QRectF(self.rect())
        painter.drawRoundedRect(whole, 8, 8)
        middle = whole.center()
        painter.drawPixmap(
            QtCore.QPointF(middle.x() - 11, middle.y() - 20),
            icons.pixmap(self._icon, "text3", 22, stroke=1.5),
        )
        below = QtCore.QRectF(10, middle.y() + 8, whole.width() - 20, 16)
        shown = text.font(text.CAPTION)
        elided = QtGui.QFontMetrics(shown).elidedText(
            self._address, QtCore.Qt.TextElideMode.ElideMiddle, int(below.width())
        )
        paint.line(painter, below, elided, shown, theme.color("text3"), paint.CENTER)
        painter.end()


class Act(QtWidgets.QWidget):
    """A button as the device would show it: its words, and where it leads beneath; it is not one here."""

    def __init__(self, words: str, leads: str = "", icon: str = "") -> None:
        super().__init__()
        self._words, self._leads, self._icon = words, leads, icon
        self.setFixedHeight(46 if leads else 32)
        self.setMinimumWidth(80)
        self.setToolTip(leads)
        accessible.describe(self, accessible.Role.StaticText, f"Button: {words}", leads)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        whole = QtCore.QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(theme.color("border2"))
        painter.setBrush(theme.color("surface"))
        painter.drawRoundedRect(whole, 8, 8)
        bold = text.font(text.SMALL, text.SEMIBOLD)
        upper = QtCore.QRectF(
            10, 5 if self._leads else 0, whole.width() - 20, 20 if self._leads else whole.height()
        )
        if self._icon:
            wide = min(QtGui.QFontMetrics(bold).horizontalAdvance(self._words), int(upper.width()) - 20)
            painter.drawPixmap(
                QtCore.QPointF(upper.center().x() - wide / 2 - 18, upper.center().y() - 6),
                icons.pixmap(self._icon, "accent", 12),
            )
        paint.line(painter, upper, self._words, bold, theme.color("accent"), paint.CENTER)
        if self._leads:
            lower = QtCore.QRectF(10, 24, whole.width() - 20, 16)
            paint.line(
                painter, lower, self._leads, text.font(text.CAPTION), theme.color("text3"), paint.CENTER
            )
        painter.end()


def draw(content: contents.Content) -> QtWidgets.QWidget:
    """A rendered content as a person would meet it."""
    made = _DRAW[type(content)](content)
    made.setAccessibleDescription(headline(content))
    return made


def headline(content: contents.Content) -> str:
    """The first words a person would read."""
    found = ""
    match content:
        case apns.ApnsContent() | webpush.WebPushContent():
            found = content.title or content.body
        case email.EmailContent():
            found = content.subject
        case sms.SmsContent():
            found = content.body
        case whatsapp.WhatsAppContent():
            found = whatsapp.preview(content) or content.template
        case rcs.RcsContent():
            cards = (card.title for card in content.cards)
            found = content.text if content.kind == "text" else next(cards, "")
    return " ".join(found.split())


def _words(words: str, style: str = "body") -> text.Label:
    return text.Label(words, style, wrap=True, selectable=True)


def _banner(icon: str, above: str, told: QtWidgets.QLayout) -> QtWidgets.QLayout:
    """An app's icon, who it is, and what it says."""
    head = layout.row(text.caption(above), None, text.caption("now"))
    mark = layout.column(glyphs.Glyph(icon, "accent", 22), None)
    return layout.row(mark, layout.column(head, told, gap=3), gap=10, margins=(14, 10, 14, 12), grow=1)


def _apns(content: apns.ApnsContent) -> QtWidgets.QWidget:
    if content.push_type == "background":
        return Surface(
            layout.row(
                _words("Nothing is shown: the app is woken and handed the data.", "muted"), margins=(14,) * 4
            )
        )
    told = layout.column(gap=2)
    if content.title:
        told.addWidget(_words(content.title, "label"))
    if content.subtitle:
        told.addWidget(_words(content.subtitle, "label"))
    if content.body:
        told.addWidget(_words(content.body))
    if content.image_url:
        told.addSpacing(6)
        told.addWidget(Picture(content.image_url))
    whole = layout.column(Surface(_banner("bell-ring", "YOUR APP", told)), gap=theme.SM)
    if content.link:
        whole.addLayout(_leads("Opens", content.link))
    if content.badge is not None:
        whole.addLayout(_leads("Badge", str(content.badge) if content.badge else "cleared"))
    return layout.boxed(whole)


def _webpush(content: webpush.WebPushContent) -> QtWidgets.QWidget:
    told = layout.column(_words(content.title, "label"), gap=2)
    if content.body:
        told.addWidget(_words(content.body))
    if content.image:
        told.addSpacing(6)
        told.addWidget(Picture(content.image))
    if content.actions:
        told.addSpacing(6)
        line = layout.row(gap=6)
        for action in content.actions[: webpush.SHOWN_ACTIONS]:
            line.addWidget(Act(action.title, action.url), 1)
        told.addLayout(line)
    whole = layout.column(Surface(_banner("globe", "YOUR SITE", told), radius=8), gap=theme.SM)
    if content.url:
        whole.addLayout(_leads("Opens", content.url))
    return layout.boxed(whole)


def _leads(word: str, address: str) -> QtWidgets.QHBoxLayout:
    return layout.row(text.caption(word), text.Elided(address, size=text.SMALL, token="text2"), gap=8, grow=1)


def _email(content: email.EmailContent) -> QtWidgets.QWidget:
    """A line as the mailbox lists it, then the plain part, or the HTML as it is written."""
    sender = text.Label(content.from_name or "The account's sender", "label")
    head = layout.column(
        layout.row(sender, None, text.caption("now")),
        _words(content.subject, "section"),
        gap=3,
        margins=(14, 12, 14, 10),
    )
    if content.preheader:
        head.addWidget(_words(content.preheader, "muted"))
    plain = content.text or email.plain_text(content.html)
    body = _words(plain)
    body.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
    told = layout.boxed(layout.column(body, None, margins=(14, 12, 14, 14)))
    source = layout.boxed(
        layout.column(
            code.CodeBlock(content.html or "No HTML", name="HTML", lines=HTML_LINES), None, margins=(8,) * 4
        )
    )
    stack = QtWidgets.QStackedWidget()
    stack.addWidget(told)
    stack.addWidget(source)
    pages = {"text": told, "html": source}
    choice = tabs.Tabs([("text", "Plain text"), ("html", "HTML source")], name="Parts of the mail")
    choice.chosen.connect(lambda key: stack.setCurrentWidget(pages[key]))
    bar = layout.boxed(layout.row(choice, None, margins=(10, 6, 10, 6)))
    return Surface(layout.column(head, layout.rule(), bar, layout.rule(), stack, gap=0), radius=10)


def _sms(content: sms.SmsContent) -> QtWidgets.QWidget:
    told = layout.column(gap=8, margins=(14, 10, 14, 12))
    for address in content.media_urls:
        told.addWidget(Picture(address))
    if content.body:
        told.addWidget(_words(content.body))
    return layout.boxed(layout.row(Surface(told, "raised", radius=16), 40, grow=0))


def _whatsapp(content: whatsapp.WhatsAppContent) -> QtWidgets.QWidget:
    told = layout.column(gap=8, margins=(12, 10, 12, 12))
    header = content.header
    if header.kind in whatsapp.MEDIA:
        icon = {"image": "image", "video": "play", "document": "file-text"}[header.kind]
        told.addWidget(Picture(header.link, icon=icon))
    elif header.kind == "text":
        told.addWidget(_words(header.text, "section"))
    sample = whatsapp.preview(content)
    if sample:
        told.addWidget(_words(sample))
    else:
        listed = "\n".join(f"{one.name or at}: {one.text}" for at, one in enumerate(content.body, start=1))
        told.addWidget(_words(f"Template {content.template}\n{listed}".strip()))
    whole = layout.column(Surface(told, "raised", radius=12), gap=6)
    leads = {
        "url": ("Address", "external-link"),
        "quick_reply": ("Quick reply", "reply"),
        "copy_code": ("Copy code", "copy"),
    }
    for button in content.buttons:
        word, icon = leads[button.kind]
        whole.addWidget(Act(f"Button {button.index + 1} · {word.lower()}", button.value, icon))
    return layout.boxed(layout.row(layout.boxed(whole), 40, grow=0))


_DOES = {
    "reply": "reply",
    "open_url": "external-link",
    "dial": "phone",
    "view_location": "map-pin",
    "share_location": "map-pin",
    "calendar": "calendar",
}


def _suggestion(item: rcs.Suggestion) -> Act:
    leads = {
        "open_url": item.url,
        "dial": item.phone,
        "view_location": item.label,
        "calendar": item.title,
    }.get(item.kind, "")
    return Act(item.text, leads, _DOES[item.kind])


def _rcs(content: rcs.RcsContent) -> QtWidgets.QWidget:
    whole = layout.column(gap=theme.SM)
    if content.kind == "text":
        words = layout.column(_words(content.text), margins=(14, 10, 14, 12))
        whole.addLayout(layout.row(Surface(words, "raised", radius=16), 40, grow=0))
    elif content.kind == "card" and content.cards:
        whole.addWidget(_card(content.cards[0], content))
    else:
        whole.addWidget(_carousel(content))
    for item in content.suggestions:
        whole.addWidget(_suggestion(item))
    return layout.boxed(whole)


_HEIGHTS = {"SHORT": 84, "MEDIUM": 120, "TALL": 180}


def _card(card: rcs.Card, content: rcs.RcsContent) -> Surface:
    told = layout.column(gap=4)
    if card.title:
        told.addWidget(_words(card.title, "label"))
    if card.description:
        told.addWidget(_words(card.description))
    for item in card.suggestions:
        told.addWidget(_suggestion(item))
    told.addStretch(1)
    if not card.media_url:
        return Surface(_margined(told), radius=12)
    if content.kind == "card" and content.orientation == "HORIZONTAL":
        picture = Picture(card.media_url, 120)
        sides = (picture, told) if content.image_side == "LEFT" else (told, picture)
        return Surface(_margined(layout.row(*sides, gap=theme.MD)), radius=12)
    picture = Picture(card.media_url, _HEIGHTS[card.media_height])
    return Surface(_margined(layout.column(picture, told, gap=8, grow=1)), radius=12)


def _margined(inner: QtWidgets.QBoxLayout) -> QtWidgets.QBoxLayout:
    inner.setContentsMargins(10, 10, 10, 12)
    return inner


def _carousel(content: rcs.RcsContent) -> QtWidgets.QWidget:
    line = layout.row(gap=theme.SM)
    for card in content.cards:
        drawn = _card(card, content)
        drawn.setFixedWidth(CARD_W if content.card_width == "MEDIUM" else CARD_W * 3 // 5)
        line.addWidget(drawn)
    line.addStretch(1)
    made = QtWidgets.QScrollArea()
    made.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
    made.setWidgetResizable(True)
    made.setVerticalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    inner = layout.boxed(line)
    made.setWidget(inner)
    made.setFixedHeight(inner.sizeHint().height() + 16)
    made.setAccessibleName(f"Carousel of {len(content.cards)} cards")
    return made


_DRAW: dict[type[contents.Content], Callable[[Any], QtWidgets.QWidget]] = {
    contents.Apns: _apns,
    contents.WebPush: _webpush,
    contents.Email: _email,
    contents.Sms: _sms,
    contents.WhatsApp: _whatsapp,
    contents.Rcs: _rcs,
}
