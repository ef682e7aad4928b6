"""The server's own rendering of one channel for one real person, a moment after each keystroke."""

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import errors
from console.views.campaigns.draft import fallback
from console.widgets import buttons, cards, figures, layout, notices, skeleton, text, theme
from console.widgets.devices import handset
from console.widgets.editors import checking
from console.widgets.mail import mailview
from server.channels import contents
from server.wire import campaigns

ASK = "campaigns:preview"
PAUSE_MS = 150
NOBODY = "No audience yet: values come from nobody"
#: Who a device says it is from: the account that sends decides that, and a draft has none yet.
SENDERS = {"apns": "Your app", "webpush": "your-site.example", "sms": "Your number"}
SENDER = "Your business"
MAIL_H = 560  #: of a mail beside the form
SCALE = 0.84  #: of a device beside the form
MOST_W = 344  #: pixels that a device has there


class Preview(QtWidgets.QWidget):
    """Show a channel with `set_content`; `rendered` says what came back, None where it could not be rendered."""

    rendered = QtCore.Signal(object)  #: a content, or None
    part_clicked = QtCore.Signal(str)  #: the field of the content that a person pointed at
    sms_wanted = QtCore.Signal()  #: somebody wants to write what goes out where RCS does not

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self._channel = ""
        self._content: contents.Content | None = None
        self._instead: contents.Content | None = None
        self._languages: contents.Translations | None = None
        self._audience: int | None = None
        self._people = 0
        self.position = 0
        self.seen: campaigns.Preview | None = None  #: the newest rendering, of whom a test shows the data
        self._pause = QtCore.QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self._build()

    def _build(self) -> None:
        self._who = text.Elided(NOBODY, weight=text.MEDIUM)
        self._where = text.muted("")
        self.before = buttons.icon("chevron-left", "The person before (Alt+,)", lambda: self.step(-1))
        self.after = buttons.icon("chevron-right", "The next person (Alt+.)", lambda: self.step(1))
        self._why = text.muted("", wrap=True)  #: for the language, where there are several
        self._why.hide()
        self._hint = notices.Banner()
        self._faults = layout.column(gap=6)
        self._shown = layout.column(gap=0)
        self.handset = handset.Handset(scale=SCALE, most_w=MOST_W)
        self.handset.part_clicked.connect(self.part_clicked)
        self.fallback = fallback.Fallback()
        self.fallback.wanted.connect(self.sms_wanted)
        self.mail = mailview.MailView()
        self.mail.show_on("narrow")
        self._nothing = text.muted("", wrap=True)
        self._waiting = skeleton.Skeleton(4)
        chooser = layout.row(self._who, self._where, self.before, self.after, gap=6, grow=0)
        body = layout.column(
            chooser,
            self._why,
            self._hint,
            self._faults,
            self._nothing,
            self._waiting,
            self.fallback,
            self.handset,
            self.mail,
            self._shown,
            None,
            gap=10,
        )
        self._card = cards.Card(layout.scroll(_padded(body)), heading="Preview")
        self.setLayout(layout.column(self._card))
        self._waiting.hide()
        self.handset.hide()
        self.mail.hide()
        self.fallback.hide()
        self.setAccessibleName("Preview")

    def set_audience(self, audience: int | None, people: int) -> None:
        """Render for this audience's people."""
        if audience != self._audience:
            self._audience, self.position = audience, 0
        self._people = people
        self._show_place()
        self.ask_soon()

    def set_content(
        self,
        channel: str,
        content: contents.Content | None,
        *,
        instead: contents.Content | None = None,
        languages: contents.Translations | None = None,
    ) -> None:
        """Render this; None where the channel is off or its form holds no content.

        `instead` is the SMS of an RCS, `languages` what the content is in further ones.
        """
        if channel != self._channel:
            self._clear()
        self._channel, self._content, self._instead = channel, content, instead
        self._languages = languages
        self._card.set_aside(contents.TITLES[channel])
        self.ask_soon()

    def ask_soon(self) -> None:
        """Render once a person pauses."""
        self._pause.start()

    def stop(self) -> None:
        """Nobody looks any more."""
        self._pause.stop()
        self._desk.operations.cancel(ASK)

    def step(self, by: int) -> None:
        """Go to another person; around the ends."""
        if self._people:
            self.position = (self.position + by) % self._people
            self._show_place()
            self._ask()

    def _ask(self) -> None:
        self._pause.stop()
        self._hint.say("")
        if self._content is None:
            self._clear()
            self._nothing.setText("Switch the channel on to see what a person would get.")
            self._nothing.show()
            self.rendered.emit(None)
            return
        ask = campaigns.PreviewAsk(
            contents=checking.only(
                self._channel, self._content, sms=self._instead, languages=self._languages
            ),
            audience=self._audience if self._people else None,
            position=self.position,
        )
        channel = self._channel
        self._waiting.setVisible(self._shown.count() == 0 and self.handset.isHidden())
        self._desk.operations.start(
            ASK,
            lambda: self._desk.api.call(campaigns.PREVIEW, ask),
            done=lambda found: self.show_preview(channel, found),
            failed=self._on_failed,
            latest=True,
        )

    def _on_failed(self, problem: errors.Problem) -> None:
        self._waiting.hide()
        self._hint.say(problem.sentence, problem.remedy, tone="warn")
        self.rendered.emit(None)

    def show_preview(self, channel: str, found: campaigns.Preview) -> None:
        """Show one rendering; also how a picture of a known state is made."""
        self.seen = found
        self.setUpdatesEnabled(False)
        self._clear()
        self._who.set_text(found.person or "Nobody in particular")
        spoken = found.languages.get(channel) if self._languages is not None else None
        self._why.setText(spoken.why if spoken is not None else "")
        self._why.setVisible(spoken is not None)
        for fault in (one for one in found.faults if one.channel == channel):
            banner = notices.Banner()
            banner.say(fault.message, fault.remedy, tone="warn")
            self._faults.addWidget(banner)
        content = getattr(found.contents, channel)
        if isinstance(content, contents.Email):
            self.mail.setMinimumHeight(MAIL_H)
            self.mail.show()
            self.mail.show_mail(content, SENDER)
        elif content is not None:
            self.handset.show_message(content, SENDERS.get(channel, SENDER))
            self.handset.show()
            if channel == "rcs":
                self.fallback.show_rendered(found)
        elif not found.faults:
            self._nothing.setText("Nothing was rendered.")
            self._nothing.show()
        self.setUpdatesEnabled(True)
        self.rendered.emit(content)

    def _clear(self) -> None:
        layout.clear(self._faults)
        layout.clear(self._shown)
        self.mail.hide()
        self.handset.hide()
        self.fallback.hide()
        self._nothing.hide()
        self._waiting.hide()

    def _show_place(self) -> None:
        known = self._people > 0
        self._where.setText(
            f"{figures.count(self.position + 1)} of {figures.count(self._people)}" if known else ""
        )
        for button in (self.before, self.after):
            button.setVisible(known)
        if not known:
            self._who.set_text(NOBODY)
        elif self._who.text() == NOBODY:
            self._who.set_text("")


def _padded(body: QtWidgets.QLayout) -> QtWidgets.QWidget:
    body.setContentsMargins(0, 0, theme.SM, 0)
    return layout.boxed(body)
