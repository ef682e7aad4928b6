"""A mail on the desk: its line in a mailbox, its page wide and narrow, light and dark, its text and its source."""

from typing import TYPE_CHECKING

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import buttons, code, layout, notices, tabs, text, theme
from console.widgets.mail import sandbox
from server.channels import email

if TYPE_CHECKING:
    from console.widgets.mail import quarantine

#: Widths that mail programs give a mail, in CSS pixels.
WIDTHS = {"wide": 640, "narrow": 375}
PARTS = [("wide", "Desktop"), ("narrow", "Phone"), ("text", "Plain text"), ("source", "Source")]
NO_CHROMIUM = "The page itself cannot be shown here, its plain text can."
INSTALL = "Install the preview: pip install 'heliograph[preview]'."
NO_SANDBOX = (
    "Start the console as another user; or, if you trust the mails, show them without it until it is closed."
)
HTML_LINES = 26


class _Stage(QtWidgets.QWidget):
    """Where the page stands, as wide as there is room."""

    resized = QtCore.Signal()

    def __init__(self, inner: QtWidgets.QLayout) -> None:
        super().__init__()
        self.setLayout(inner)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


class MailView(QtWidgets.QWidget):
    """Show a rendered mail with `show_mail`. Chromium is loaded when the first page is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self._mail: email.EmailContent | None = None
        self._page: quarantine.Quarantine | None = None
        self._dark = False
        self._from = text.Elided("", weight=text.MEDIUM)
        self._subject = text.Label("", "section", wrap=True, selectable=True)
        self._preheader = text.muted("", wrap=True)
        self.tabs = tabs.Tabs(PARTS, name="Parts of the mail")
        self.tabs.chosen.connect(lambda _key: self._show_part())
        self.dark = buttons.icon("sun-moon", "How a dark mail program would show it", self._turn_dark)
        self.notice = notices.Banner()
        self.notice.acted.connect(self._on_notice)
        self._approximation = text.caption("Dark is an approximation: mail programs differ.")
        self._address = text.Elided("", size=text.SMALL, token="text2")
        self._plain = text.Label("", "body", wrap=True, selectable=True)
        self._source = code.CodeBlock("", name="HTML source", lines=HTML_LINES)
        self._stage = _Stage(layout.row(None, None, gap=0))
        self._stage.resized.connect(self._fit)
        self._stack = QtWidgets.QStackedWidget()
        # The page takes the width there is: what it was given once must not keep the view from becoming narrower.
        self._stack.setSizePolicy(
            QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Expanding
        )
        self._build()

    def _build(self) -> None:
        plain = layout.scroll(layout.boxed(layout.column(self._plain, None, margins=(12, 10, 12, 12))))
        source = layout.boxed(layout.column(self._source, None, margins=(8, 8, 8, 8)))
        for part in (self._stage, plain, source):
            self._stack.addWidget(part)
        self._pages = {"wide": self._stage, "narrow": self._stage, "text": plain, "source": source}
        head = layout.column(
            layout.row(self._from, text.caption("now"), gap=8, grow=0),
            self._subject,
            self._preheader,
            gap=3,
        )
        bar = layout.row(self.tabs, None, self.dark, gap=theme.SM)
        whole = layout.column(
            head, bar, self.notice, self._stack, self._approximation, self._address, gap=theme.SM, grow=3
        )
        self.setLayout(whole)
        self.setAccessibleName("Mail")
        self._approximation.hide()

    # -- what it shows ----------------------------------------------------------------------------

    def show_mail(self, content: email.EmailContent, sender: str = "") -> None:
        """Show a rendered mail; pictures that were loaded for another one are not for this."""
        self._mail = content
        self._from.set_text(content.from_name or sender or "The account's sender")
        self._subject.setText(content.subject or "(no subject)")
        self._preheader.setText(content.preheader)
        self._preheader.setVisible(bool(content.preheader))
        self._plain.setText(content.text or email.plain_text(content.html))
        self._source.set_text(content.html or "No HTML")
        self.setAccessibleDescription(
            ". ".join(part for part in (content.subject, content.preheader) if part)
        )
        self._show_part()

    def show_on(self, part: str) -> None:
        """Look at one part: wide, narrow, text or source."""
        self.tabs.set_current(part)
        self._show_part()

    @property
    def page(self) -> "quarantine.Quarantine | None":
        """Chromium's view, once it was needed."""
        return self._page

    # -- parts ------------------------------------------------------------------------------------

    def _show_part(self) -> None:
        part = self.tabs.current()
        self._stack.setCurrentWidget(self._pages[part])
        as_page = part in WIDTHS
        self.dark.setVisible(as_page)
        self._approximation.setVisible(as_page and self._dark)
        self._address.setVisible(as_page)
        if not as_page or self._mail is None:
            self.notice.say("")
            return
        if not self._mail.html:
            self.notice.say(
                "This mail has no HTML part.", "Its plain text is all a person gets.", tone="info"
            )
            self._stack.setCurrentWidget(self._pages["text"])
            return
        if self._page is None and (why := sandbox.missing()):
            self.notice.say(why, NO_SANDBOX, tone="warn", action="Show without a sandbox")
            self._stack.setCurrentWidget(self._pages["text"])
            return
        page = self._chromium()
        if page is None:
            self.notice.say(NO_CHROMIUM, INSTALL, tone="warn")
            self._stack.setCurrentWidget(self._pages["text"])
            return
        self._fit()
        if not page.show_html(self._mail.html):
            self.notice.say(
                "This mail is too long to be shown as a page.",
                "Mail programs cut a mail at 102 KB; look at its source.",
                tone="warn",
            )

    def _chromium(self) -> "quarantine.Quarantine | None":
        if self._page is None:
            try:
                from console.widgets.mail import quarantine  # Chromium, on first use
            except ImportError:
                return None
            page = self._page = quarantine.Quarantine()
            page.blocked.connect(self._tell_blocked)
            page.pointed.connect(self._address.set_text)
            page.link_clicked.connect(self._tell_link)
            place = self._stage.layout()
            assert isinstance(place, QtWidgets.QBoxLayout)
            place.insertWidget(1, page)
        return self._page

    def _fit(self) -> None:
        """As wide in CSS pixels as the mail program is; smaller on screen where there is no room."""
        width = WIDTHS.get(self.tabs.current())
        if width is None or self._page is None:
            return
        room = max(240, self._stage.width() or width)
        zoom = min(1.0, room / width)
        self._page.setZoomFactor(zoom)
        self._page.setFixedWidth(round(width * zoom))

    def _turn_dark(self) -> None:
        self._dark = not self._dark
        self._approximation.setVisible(self._dark)
        if self._page is not None:
            self._page.set_dark(dark=self._dark)

    def _tell_blocked(self, count: int) -> None:
        if self.tabs.current() not in WIDTHS:
            return
        pictures = "picture" if count == 1 else "pictures"
        words = f"{count} remote {pictures} blocked." if count else ""
        self.notice.say(words, tone="info", action="Load once" if count else "")

    def _on_notice(self) -> None:
        if self._page is None:
            sandbox.do_without()
            self._show_part()
        else:
            self.notice.say("")
            self._page.load_pictures()

    def _tell_link(self, address: str) -> None:
        self._address.set_text(f"A preview follows no links: {address}")
