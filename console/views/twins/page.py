"""The page: which twins run, what they were handed, and whom to write to for every outcome."""

from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console import views
from console.services import errors
from console.views.twins import arrival, model, running
from console.widgets import (
    buttons,
    chips,
    commands,
    empty,
    layout,
    notices,
    paged,
    search,
    table,
    tabs,
    text,
    theme,
)
from server.channels import contents
from server.wire import endpoint, server, twins

LOOK_MS = 3000  #: how often the twins are asked whether anything has arrived


class Page(QtWidgets.QWidget):
    """The twins at the top, their inbox or the magic recipients below, one arrival at the right."""

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self._twin, self._outcome, self._find = "", "", ""
        self._arrived = -1
        self._magic: list[twins.Magic] = []
        self.running = running.Strip()
        self.running.chosen.connect(self._on_twin)
        self.banner = notices.Banner()
        self.banner.acted.connect(self._look)
        self.tabs = tabs.Tabs([("inbox", "Inbox"), ("magic", "Magic recipients")], name="Parts")
        self.tabs.chosen.connect(self.show_part)
        self.stack = QtWidgets.QStackedWidget()
        self.panel = arrival.ArrivalPanel()
        self.panel.hide()
        self.panel.closed.connect(self._on_panel_closed)
        self.panel.message_asked.connect(lambda ref: desk.navigate("messages", find=ref))
        self.stack.addWidget(self._make_inbox())
        self.stack.addWidget(self._make_magic())
        head = layout.row(self.tabs, self._inbox_tools, self._magic_tools, gap=theme.MD, grow=1)
        head.setStretch(2, 1)
        left = layout.boxed(layout.page(self.banner, self.running, head, self.stack, grow=3))
        self.elsewhere = self._make_elsewhere()
        self.reached = desk.session.environment in ("", server.Environment.SANDBOX)  #: from this workspace
        layout.reveal(left, self.reached)
        layout.reveal(self.elsewhere, not self.reached)
        self.setLayout(layout.row(left, self.panel, self.elsewhere, gap=0, grow=0 if self.reached else 2))
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        self.show_part("inbox")

    # what the window calls

    def opened(self, **args: Any) -> None:
        """Show the inbox, narrowed to what another view asks for; `fresh` forgets what was last looked at."""
        if not self.reached:
            return
        self._desk.commands.register(
            commands.Command(
                key="twins.find", title="Find an arrival", keys="/", group="Twins", run=self.seek.setFocus
            )
        )
        if args.get("fresh"):
            self.panel.close_panel()
        if any(args.get(name) for name in ("find", "twin", "outcome", "fresh")):
            self.show_part("inbox")
            self.filter(
                twin=str(args.get("twin") or ""),
                outcome=str(args.get("outcome") or ""),
                find=str(args.get("find") or ""),
            )
        self._look()
        self._timer.start()
        self.table.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

    def closed(self) -> None:
        """Nobody looks: the twins are not asked any more."""
        self._timer.stop()
        self._desk.commands.forget("twins.find")

    def show_part(self, key: str) -> None:
        """The inbox or the magic recipients."""
        self.tabs.set_current(key)
        self.stack.setCurrentIndex(0 if key == "inbox" else 1)
        self._inbox_tools.setVisible(key == "inbox")
        self._magic_tools.setVisible(key == "magic")
        if key == "magic":
            self.panel.hide()

    def filter(self, *, twin: str = "", outcome: str = "", find: str = "") -> None:
        """Ask for other arrivals."""
        self._twin, self._outcome, self._find = twin, outcome, find
        self._twin_chip.set_value(twin)
        self._outcome_chip.set_value(outcome)
        self.seek.set_text(find)
        self.running.set_current(twin)
        narrow = bool(twin or outcome or find)
        self.table.set_nothing(self._no_match if narrow else self._nothing)
        self.inbox.restart()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() == QtCore.Qt.Key.Key_Escape:
            self.panel.close_panel()
            return
        super().keyPressEvent(event)

    # how it is built

    def _make_inbox(self) -> QtWidgets.QWidget:
        self.inbox = paged.PagedModel(model.COLUMNS, self._fetch, self)
        self._nothing = empty.EmptyState(
            "inbox",
            "Nothing has arrived",
            "Launch a campaign in the sandbox, or write to one of the magic recipients: what the twins are handed"
            " lies here within a second, as a device would show it and as it came over the wire.",
            "See the magic recipients",
            lambda: self.show_part("magic"),
        )
        self._no_match = empty.EmptyState(
            "search",
            "Nothing that arrived matches",
            "Paste the beginning of an address, of our reference or of the provider's; or take a filter away.",
            "Clear all filters",
            self.filter,
        )
        self.table = table.DataTable(self.inbox, name="Inbox", nothing=self._nothing)
        self.table.picked.connect(self._on_picked)
        self.table.activated.connect(self._on_picked)
        self.inbox.counted.connect(lambda total: self.tabs.set_count("inbox", total))
        self.seek = search.SearchField("Find a recipient or a reference")
        self.seek.setMinimumWidth(150)
        self.seek.asked.connect(lambda words: self._take(find=words))
        self._twin_chip = chips.Chip("Twin")
        self._outcome_chip = chips.Chip(
            "Outcome", lambda: [(word, look.word) for word, look in model.OUTCOMES.items()]
        )
        self._twin_chip.changed.connect(lambda: self._take(twin=self._twin_chip.value()))
        self._outcome_chip.changed.connect(lambda: self._take(outcome=self._outcome_chip.value()))
        self._inbox_tools = layout.boxed(
            layout.row(self.seek, self._twin_chip, self._outcome_chip, gap=theme.SM, grow=0)
        )
        return table.carded(self.table)

    def _make_elsewhere(self) -> QtWidgets.QWidget:
        return empty.EmptyState(
            "flask-conical",
            "Twins belong to the sandbox",
            "They stand in for the providers there. This workspace reaches the providers themselves, by the accounts"
            " it was given; what becomes of its messages is told under Messages.",
            "Switch workspace",
            lambda: self._desk.commands.run("workspace"),
        )

    def _make_magic(self) -> QtWidgets.QWidget:
        self.magic = paged.PagedModel(model.MAGIC, self._fetch_magic, self)
        self.magic_table = table.DataTable(
            self.magic,
            name="Magic recipients",
            nothing=empty.EmptyState(
                "wand-sparkles", "No such recipient", "Choose another channel, or look for another word."
            ),
            two_lines=False,
        )
        self.magic_table.activated.connect(self._copy_magic)
        self._channels = tabs.Tabs(list(contents.TITLES.items()), name="Channels")
        self._channels.chosen.connect(lambda _key: self.magic.restart())
        self._seek_magic = search.SearchField("Find a word")
        self._seek_magic.setFixedWidth(180)
        self._seek_magic.asked.connect(lambda _words: self.magic.restart())
        self._copy: buttons.Button = buttons.primary(
            "Copy address", lambda: self._copy_magic(self.magic_table.current()), icon="copy"
        )
        self._copy.setEnabled(False)
        self.magic_table.picked.connect(lambda row: self._copy.setEnabled(row is not None))
        self._magic_tools = layout.boxed(layout.row(None, self._seek_magic, self._copy, gap=theme.SM))
        told = text.muted(
            "These recipients exist at the twins only. The same word does the same on every channel; import one as"
            " a contact to see what a campaign makes of it. A label may follow: delivered+anna@magic.test.",
            wrap=True,
        )
        card = table.carded(self.magic_table)
        return layout.boxed(layout.column(told, self._channels, card, gap=theme.SM, grow=2))

    # what a person does

    def _on_twin(self, key: str) -> None:
        self.show_part("inbox")
        self._take(twin="" if key == self._twin else key)

    def _take(self, **changed: str) -> None:
        self.filter(**{"twin": self._twin, "outcome": self._outcome, "find": self._find, **changed})

    def _on_picked(self, row: twins.Arrival | None) -> None:
        if row is None or row.id == self.panel.arrival:
            return
        self.panel.wait_for(row)
        self.panel.show()
        self._ask_arrival(row)

    def _on_panel_closed(self) -> None:
        self._desk.operations.cancel("twins:arrival")
        self.table.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

    def _copy_magic(self, row: twins.Magic | None) -> None:
        if row is not None:
            QtGui.QGuiApplication.clipboard().setText(row.address)
            self._desk.toast(f"Copied: whoever has this address {row.does}.", tone="ok")

    # what the server is asked

    def _look(self) -> None:
        self._desk.operations.start(
            "twins:list",
            lambda: self._desk.api.call(twins.LIST, endpoint.Nothing()),
            done=self._show_twins,
            failed=self._show_silence,
        )

    def _show_twins(self, found: twins.Twins) -> None:
        silent = [row.title for row in found.rows if not row.running]
        if not found.rows:
            self.banner.say(
                "No twins run for this server.",
                "Start the server without --set twins=false, or run `heliograph twins` on its data folder.",
                tone="info",
                action="Look again",
            )
        elif silent:
            self.banner.say(f"{', '.join(silent)}: not running.", "They are started again within seconds.")
        else:
            self.banner.say("")
        self.running.show_rows(found.rows)
        if found.magic != self._magic:
            self._magic = found.magic
            self.tabs.set_count("magic", len({row.word for row in found.magic}))
            self.magic.restart()
        arrived = sum(row.arrived for row in found.rows)
        if self._arrived < 0:
            self.inbox.restart()
        elif arrived != self._arrived:
            self.inbox.reload()
        self._arrived = arrived

    def _show_silence(self, problem: errors.Problem) -> None:
        self.banner.say(problem.sentence, problem.remedy, tone="warn", action="Look again")
        if self._arrived < 0:
            self.inbox.restart()

    def _fetch(self, window: paged.Window) -> None:
        ask = twins.ArrivalQuery(
            offset=window.offset,
            limit=window.limit,
            twin=self._twin,
            outcome=self._outcome,
            find=self._find,
        )
        self._desk.operations.start(
            f"twins:inbox:{window.generation}:{window.offset}",
            lambda: self._desk.api.call(twins.INBOX, ask),
            done=lambda page: self._receive(window, page),
            failed=lambda problem: self.inbox.refuse(window, str(problem)),
        )

    def _receive(self, window: paged.Window, page: twins.Arrivals) -> None:
        self.inbox.receive(window, page.rows, page.total)
        ids = [row.id for row in page.rows]
        if self.panel.arrival in ids:
            # What arrives goes on top: the mark moves along with the arrival that is being read.
            self.table.pick(window.offset + ids.index(self.panel.arrival))

    def _fetch_magic(self, window: paged.Window) -> None:
        rows = model.magic_of(self._magic, self._channels.current(), self._seek_magic.text().strip())
        cut = rows[window.offset : window.offset + window.limit]
        self.magic.receive(window, cut, len(rows))

    def _ask_arrival(self, row: twins.Arrival) -> None:
        def failed(problem: errors.Problem) -> None:
            self.panel.fail(row, str(problem), lambda: self._ask_arrival(row))

        self._desk.operations.start(
            "twins:arrival",
            lambda: self._desk.api.call(twins.ARRIVED, endpoint.Nothing(), id=row.id),
            done=self.panel.tell,
            failed=failed,
            latest=True,
        )


#: Twins that are photographed; the two for email look alike.
TWINS = ("push/apns", "push/webpush", "email/smtp", "sms/twilio", "whatsapp/cloud", "rcs/rbm")


def shots(page: Page) -> list[views.Shot]:
    """One arrival of each twin, and the magic recipients; nothing where no twins are reached."""
    if not page.reached:
        return []

    def arrived(twin: str) -> bool:
        if page.running.current() != twin:
            page.show_part("inbox")
            page.filter(twin=twin)
        if not page.inbox.heard or page.inbox.row(0) is None:
            return False
        page.table.pick(0)
        return page.panel.told

    def magic() -> bool:
        page.filter()
        page.show_part("magic")
        page.magic_table.pick(0)
        return bool(page.magic.total)

    found = [
        (f"arrival_{key.replace('/', '_')}", _Arrived(arrived, key))
        for key in TWINS
        if page.running.count(key)
    ]
    return [*found, ("magic", magic)]


class _Arrived:
    """Bringing one twin's newest arrival onto the screen."""

    def __init__(self, bring: Callable[[str], bool], key: str) -> None:
        self._bring, self._key = bring, key

    def __call__(self) -> bool:
        return self._bring(self._key)
