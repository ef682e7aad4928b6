"""What is read first of a rendered content, and a mail as a mailbox shows it."""

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import code, layout, tabs, text, theme
from server.channels import apns, contents, email, rcs, sms, webpush, whatsapp

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


def mail(content: email.EmailContent) -> QtWidgets.QWidget:
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
