"""Send a test of one channel to any address, with a person's data, and see beside the button what became of it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import errors
from console.views.campaigns.draft import answers, model
from console.widgets import buttons, dialogs, fields, flow, layout, notices, search, text
from console.widgets.editors import checking
from server.channels import contents
from server.wire import audiences, campaigns, testing

ResultT = TypeVar("ResultT")

SEND, LOOK = "campaigns:test", "campaigns:tests"
WIDTH = 620
LOOK_MS = 500
#: A receipt may follow an acceptance; it is waited for so many looks, and no longer.
MOST_LOOKS = 120
FOUND = 5
REMEMBERED = 6
EARLIER = 3

EXAMPLES = {
    "email": "name@example.com, another@example.com",
    "sms": "+14155550132",
    "whatsapp": "+14155550132",
    "rcs": "+14155550132",
    "apns": "the device token, in hex",
    "webpush": "the browser's subscription, as JSON",
}


class TestSheet(dialogs.Sheet):
    """`asked` carries a SendTest; `person_sought` the words by which somebody is looked for; `all_wanted` all tests."""

    asked = QtCore.Signal(object)
    person_sought = QtCore.Signal(str)
    all_wanted = QtCore.Signal()

    def __init__(self, parent: QtWidgets.QWidget, work: model.Work, channel: str) -> None:
        super().__init__(
            parent,
            "Send a test",
            "It leaves by the lanes that send for real, before everything else. It is marked as a test and kept, and "
            "no figure counts it.",
            width=WIDTH,
        )
        self._work = work
        self._remembered: list[testing.Address] = []
        self.contact = 0
        self._build(channel)

    def _build(self, channel: str) -> None:
        self.refusal = notices.Banner()
        titles = [(one, contents.TITLES[one]) for one in self._work.chosen()]
        self.channel = fields.ChoiceField("Channel", titles)
        self.channel.set_value(channel)
        self.channel.input.activated.connect(lambda _at: self._on_channel())
        self.to = fields.TextField(
            "To", required=True, help="Several are parted by commas; each gets its own."
        )
        self.to.input.returnPressed.connect(self._on_send)
        self._before = flow.Flow(gap=6)
        self._before_box = layout.boxed(self._before, "Addresses tested before")
        self._person = text.Label("", "body")
        self.seek = search.SearchField("Somebody else: name, key or address…", name="Look for a person")
        self.seek.asked.connect(self.person_sought)
        self._found = layout.column(gap=2)
        self._found_box = layout.boxed(self._found, "People found")
        self.answers = answers.Answers()
        self.go = buttons.primary("Send the test", self._on_send, icon="send")
        person = layout.row(text.Label("With the data of", "label"), self._person, None, gap=6)
        for item in (
            self.refusal,
            self.channel,
            layout.column(self.to, self._before_box, gap=6),
            layout.column(person, self.seek, self._found_box, gap=6),
            self.answers,
        ):
            self.add(item)
        self.all = buttons.link("All tests of it", self.all_wanted.emit)
        self.foot.insertWidget(0, self.all)
        self.add_button(buttons.plain("Close", self.accept))
        self.add_button(self.go)
        self._found_box.hide()
        self._before_box.hide()
        self.answers.hide()
        self.show_person(0, "")
        self._on_channel()

    # what is shown

    def show_person(self, contact: int, name: str) -> None:
        """Send with the data of this person; of the first of the audience where there is none."""
        self.contact = contact
        self._person.setText(name or "the first person of the audience")

    def show_found(self, page: audiences.Contacts) -> None:
        """Offer these people."""
        layout.clear(self._found)
        for row in page.rows[:FOUND]:
            name = row.name or row.key
            words = name if name == row.key else f"{name}  ·  {row.key}"
            self._found.addWidget(buttons.ghost(words, _Take(self, row.id, name), icon="user"))
        if not page.rows:
            self._found.addWidget(text.muted("Nobody is called so."))
        layout.reveal(self._found_box, True)
        self._fit()

    def take(self, contact: int, name: str) -> None:
        """Somebody was chosen among those found."""
        self.show_person(contact, name)
        self.seek.set_text("")
        layout.reveal(self._found_box, False)
        self._fit()

    def show_remembered(self, found: Sequence[testing.Address]) -> None:
        """Offer where tests went before."""
        self._remembered = list(found)
        self._on_channel()

    def show_tests(self, found: testing.Tests, heading: str = "This test") -> None:
        """Show what became of some tests."""
        self.go.set_busy(False)
        self.refusal.say("")
        self.answers.set_tests(found.rows, heading)
        layout.reveal(self.answers, True)
        self._fit()

    def refuse(self, problem: errors.Problem) -> None:
        """Say why nothing was sent, at the field where it is about one."""
        self.go.set_busy(False)
        about = [words for place, words in problem.faults.items() if place.startswith("to")]
        others = [words for place, words in problem.faults.items() if not place.startswith("to")]
        self.to.set_error(" ".join(about))
        if others or not about:
            self.refusal.say(problem.sentence, " ".join(others) or problem.remedy, tone="bad")
        self._fit()

    # within

    def addresses(self) -> list[str]:
        """What was typed; a subscription is one address, whatever it holds."""
        typed = self.to.value().strip()
        if self.channel.value() == "webpush":
            return [typed] if typed else []
        return [part.strip() for part in typed.replace(";", ",").split(",") if part.strip()]

    def _on_channel(self) -> None:
        channel = str(self.channel.value())
        self.to.input.setPlaceholderText(EXAMPLES.get(channel, ""))
        layout.clear(self._before)
        mine = [one.address for one in self._remembered if one.channel == channel][:REMEMBERED]
        for address in mine:
            short = address if len(address) <= 34 else f"{address[:32]}…"
            self._before.addWidget(buttons.ghost(short, _Put(self, address), icon="history"))
        layout.reveal(self._before_box, bool(mine))
        self._fit()

    def put(self, address: str) -> None:
        """Add an address, or make it the only one where a channel takes them one by one."""
        known = self.addresses()
        if address not in known:
            several = self.channel.value() != "webpush"
            self.to.set_value(", ".join([*known, address]) if several else address)
        self.to.set_error("")

    def _on_send(self) -> None:
        channel, to = str(self.channel.value()), self.addresses()
        made = checking.content(channel, self._work.fields(channel))
        if not to:
            self.to.set_error("Write at least one address.")
        elif isinstance(made, list):
            self.refusal.say("The content has faults.", "Mend them in the form first.", tone="bad")
        else:
            self.to.set_error("")
            self.go.set_busy(True, "Sending…")
            self.asked.emit(
                testing.SendTest(
                    channel=channel, to=to, contact=self.contact, contents=_only(self._work, channel, made)
                )
            )

    def _fit(self) -> None:
        """As high as what it holds."""
        self.ensurePolished()
        QtCore.QTimer.singleShot(0, self, self.adjustSize)


class _Take:
    def __init__(self, sheet: TestSheet, contact: int, name: str) -> None:
        self._sheet, self._contact, self._name = sheet, contact, name

    def __call__(self) -> None:
        self._sheet.take(self._contact, self._name)


class _Put:
    def __init__(self, sheet: TestSheet, address: str) -> None:
        self._sheet, self._address = sheet, address

    def __call__(self) -> None:
        self._sheet.put(self._address)


def _only(work: model.Work, channel: str, made: contents.Content) -> campaigns.Contents:
    """One channel's content as it stands in the form, in all its languages."""
    chosen: dict[str, object] = {channel: made}
    languages = {name: one for name, one in work.languages.items() if name == channel}
    return campaigns.Contents(**chosen, languages=languages)  # type: ignore[arg-type]


class Tester(QtCore.QObject):
    """Opens the sheet, sends what it asks for, and looks at what becomes of it until there is no more to see."""

    def __init__(self, desk: views.Desk, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self._desk, self._over = desk, parent
        self._looks = 0
        self._query = testing.TestQuery()
        self.sheet: TestSheet | None = None
        self._later = QtCore.QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(LOOK_MS)
        self._later.timeout.connect(self._look)

    def open(self, work: model.Work, channel: str, person: campaigns.Preview | None) -> TestSheet | None:
        """Let a person send a test of a draft that the server has; the one previewed lends the data."""
        campaign = work.campaign
        if campaign is None or channel not in work.on:
            return None
        self._query = testing.TestQuery()
        sheet = self.sheet = TestSheet(self._over, work, channel)
        if person is not None and person.contact is not None:
            sheet.show_person(person.contact, person.person)
        sheet.asked.connect(lambda ask: self._send(campaign, ask))
        sheet.person_sought.connect(self._seek)
        sheet.all_wanted.connect(lambda: self._show_all(campaign))
        sheet.finished.connect(lambda _how: self._leave())
        earlier = testing.TestQuery(campaign=campaign, channel=channel, limit=EARLIER)
        self._start(f"{LOOK}:earlier", lambda: self._desk.api.call(testing.LIST, earlier), self._on_earlier)
        self._start(f"{LOOK}:addresses", lambda: self._desk.api.call(testing.ADDRESSES), self._on_addresses)
        sheet.open()
        sheet.to.input.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
        return sheet

    def _show_all(self, campaign: int) -> None:
        if self.sheet is not None:
            self.sheet.accept()
        self._desk.navigate("messages", campaign=campaign, tests="only")

    def _send(self, campaign: int, ask: testing.SendTest) -> None:
        sheet = self.sheet
        if sheet is None:
            return
        self._looks = 0
        self._later.stop()
        self._desk.operations.start(
            SEND,
            lambda: self._desk.api.call(testing.SEND, ask, campaign=campaign),
            done=self._on_seen,
            failed=sheet.refuse,
        )

    def _on_seen(self, found: testing.Tests) -> None:
        if self.sheet is None or not found.rows:
            return
        self.sheet.show_tests(found)
        self._query = testing.TestQuery(run=found.rows[0].run)
        self._looks += 1
        if self._looks < MOST_LOOKS and not all(answers.is_over(row) for row in found.rows):
            self._later.start()

    def _on_earlier(self, found: testing.Tests) -> None:
        """What was tested before stands there until something else is."""
        if self.sheet is not None and found.rows and not self._query.run:
            self.sheet.show_tests(found, "Tested before")

    def _look(self) -> None:
        query = self._query
        self._start(LOOK, lambda: self._desk.api.call(testing.LIST, query), self._on_seen)

    def _seek(self, words: str) -> None:
        """Anybody's data may be shown, in the audience or not."""
        if self.sheet is not None and words:
            ask = audiences.ContactQuery(find=words, limit=FOUND)
            self._start(
                f"{LOOK}:people", lambda: self._desk.api.call(audiences.CONTACTS, ask), self.sheet.show_found
            )

    def _on_addresses(self, found: testing.Addresses) -> None:
        if self.sheet is not None:
            self.sheet.show_remembered(found.rows)

    def _start(
        self, key: str, factory: Callable[[], Awaitable[ResultT]], done: Callable[[ResultT], object]
    ) -> None:
        self._desk.operations.start(key, factory, done=done, failed=_drop, latest=True)

    def _leave(self) -> None:
        self._later.stop()
        self.sheet = None
        self._desk.operations.cancel_under(LOOK)


def _drop(_problem: object) -> None:
    """What is shown stays; sending says itself what went wrong."""
