"""The page: paste anything, filter, and read what happened to a message."""

from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console import views
from console.services import errors
from console.views.messages import model, story
from console.widgets import (
    chips,
    commands,
    empty,
    figures,
    flow,
    layout,
    paged,
    reasons,
    saved,
    search,
    table,
    text,
    theme,
)
from server.wire import campaigns, endpoint, messages, providers, server

FRESHEN_MS = 1500  #: a run that sends changes the list all the time; it is read again this often at most
MOST_CHOICES = 200
BESIDE_THE_POINT = ("Tries", "Campaign")  #: columns that give way to a story


class Page(QtWidgets.QWidget):
    """One person's message among all of them, and its story at the right."""

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self._filters = model.Filters()
        self._accounts: dict[int, str] = {}
        self._choices: dict[str, list[tuple[str, str]]] = {"campaign": [], "account": [], "reason": []}
        self._shown_ref = ""
        self._seek = search.SearchField(
            "Paste an address, a phone number, a device token or any reference", name="Find a message"
        )
        self._seek.setMinimumHeight(40)
        self._seek.asked.connect(self._on_sought)
        self._chips = self._make_chips()
        self._count = text.muted("")
        self.list = paged.PagedModel(model.COLUMNS, self._fetch, self)
        self.list.counted.connect(self._on_counted)
        self._nothing, self._no_match = self._empty_states()
        self.table = table.DataTable(self.list, name="Messages", nothing=self._nothing)
        self.table.picked.connect(self._on_picked)
        self.table.activated.connect(self._on_picked)
        chosen = self.table.remember(desk.settings, "messages")
        self.table.ask_by(
            lambda row: messages.STORY.request(ref=row.ref), lambda: (desk.api.url, desk.api.workspace)
        )
        self.saved = saved.SavedViews(desk.settings, "messages", self.where)
        chosen.changed.connect(self.saved.refresh)
        self.saved.chosen.connect(lambda args: desk.navigate("messages", fresh=True, **args))
        self.saved.link_wanted.connect(lambda args: desk.share("messages", args))
        self.panel = story.StoryPanel()
        self.panel.hide()
        self.panel.closed.connect(self._on_panel_closed)
        self.panel.contact_asked.connect(lambda contact: desk.navigate("audiences", contact=contact))
        self.panel.run_asked.connect(lambda campaign: desk.navigate("campaigns", campaign=campaign))
        self._lay_out()
        self._freshen = QtCore.QTimer(self)
        self._freshen.setSingleShot(True)
        self._freshen.setInterval(FRESHEN_MS)
        self._freshen.timeout.connect(self.list.reload)
        desk.live.changed.connect(self._on_changes)
        desk.live.resumed.connect(self._on_resumed)
        self._open = False

    # what the window calls

    def opened(self, **args: Any) -> None:
        """Show what another view asks for; without arguments, what was last looked at; `fresh` forgets that."""
        self._open = True
        self._desk.commands.register(
            commands.Command(
                key="messages.find", title="Find a message", keys="/", group="Messages", run=self._focus_seek
            )
        )
        self._learn()
        if args.get("subject") and not args.get("state"):
            args["state"] = args["subject"]
        wanted = model.asked(args)
        self.table.go(args)
        if wanted.narrow or args.get("fresh"):
            self.filter(wanted)
        elif self.list.heard:
            self.list.reload()
        else:
            self.filter(self._filters)
        self._focus_seek()

    def closed(self) -> None:
        """Nothing is read again until somebody comes back."""
        self._open = False
        self._freshen.stop()
        self._desk.commands.forget("messages.find")

    def where(self) -> dict[str, str]:
        """The filters, the columns and their order."""
        return {**model.told(self._filters), **self.table.where()}

    @property
    def filters(self) -> model.Filters:
        """What is asked for now."""
        return self._filters

    def filter(self, filters: model.Filters) -> None:
        """Ask for other messages."""
        self._filters = filters
        self._seek.set_text(filters.find)
        for name, chip in self._chips.items():
            if chip.value() != getattr(filters, name):
                chip.set_value(getattr(filters, name))
        self.table.set_nothing(self._no_match if filters.narrow else self._nothing)
        self._count.setText(" ")
        self._forget_story()
        self.list.restart()
        self.saved.refresh()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() == QtCore.Qt.Key.Key_Escape:
            self.panel.close_panel()
            return
        super().keyPressEvent(event)

    # how it is built

    def _make_chips(self) -> dict[str, chips.Chip]:
        made = {
            "campaign": chips.Chip("Campaign", lambda: self._choices["campaign"]),
            "run": chips.Chip("Run"),
            "channel": chips.Chip("Channel", lambda: model.CHANNELS),
            "state": chips.Chip("State", lambda: model.STATES),
            "reason": chips.Chip("Reason", lambda: self._choices["reason"]),
            "account": chips.Chip("Account", lambda: self._choices["account"]),
            "tests": chips.Chip("Tests", lambda: model.TESTS),
        }
        for chip in made.values():
            chip.changed.connect(self._on_chips)
        return made

    def _empty_states(self) -> tuple[empty.EmptyState, empty.EmptyState]:
        nothing = empty.EmptyState(
            "messages-square",
            "No message yet",
            "Every message of every run will be here. Paste an e-mail address, a phone number in any spelling, a"
            " device token, a customer's key, our reference or the provider's: its story opens at once.",
            "Go to campaigns",
            lambda: self._desk.navigate("campaigns"),
        )
        no_match = empty.EmptyState(
            "search",
            "No message matches",
            "Look for a missing letter, paste another address of the person, or take a filter away.",
            "Clear all filters",
            lambda: self.filter(model.Filters()),
        )
        return nothing, no_match

    def _lay_out(self) -> None:
        filters = flow.Flow(gap=theme.SM)
        for chip in self._chips.values():
            filters.addWidget(chip)
        # A flow needs a widget of its own to be asked for its height.
        chosen = layout.boxed(filters)
        second = layout.row(chosen, self._count, gap=theme.MD, grow=0)
        left = layout.boxed(layout.page(self._seek, second, self.saved, table.carded(self.table), grow=3))
        self.setLayout(layout.row(left, self.panel, gap=0, grow=0))
        self.setFocusProxy(self._seek)

    # what a person does

    def _focus_seek(self) -> None:
        self._seek.setFocus(QtCore.Qt.FocusReason.ShortcutFocusReason)
        self._seek.selectAll()

    def _on_sought(self, words: str) -> None:
        self._take(find=words)

    def _on_chips(self) -> None:
        self._take(**{name: chip.value() for name, chip in self._chips.items()})

    def _take(self, **changed: str) -> None:
        kept = {name: getattr(self._filters, name) for name in ("find", *self._chips)}
        self.filter(model.Filters(**{**kept, **changed}))

    def _on_picked(self, row: messages.Message | None) -> None:
        if row is None or row.ref == self._shown_ref:
            return
        self._shown_ref = row.ref
        self.panel.wait_for(row)
        self._show_panel(True)
        self._ask_story(row)

    def _show_panel(self, shown: bool) -> None:
        # The story tells what these columns tell; the reason needs their room.
        self.panel.setVisible(shown)
        self.table.show_columns(BESIDE_THE_POINT, not shown)

    def _forget_story(self) -> None:
        self._shown_ref = ""
        self._show_panel(False)
        self._desk.operations.cancel("messages:story")

    def _on_panel_closed(self) -> None:
        self._forget_story()
        self.table.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

    # what the server is asked

    def _fetch(self, window: paged.Window) -> None:
        ask = self._filters.ask(window)
        self._desk.operations.start(
            f"messages:list:{window.generation}:{window.offset}",
            lambda: self._desk.api.call(messages.LIST, ask),
            done=lambda page: self._receive(window, page),
            failed=lambda problem: self.list.refuse(window, str(problem)),
        )

    def _receive(self, window: paged.Window, page: messages.Messages) -> None:
        self.list.receive(window, page.rows, page.total)
        self._gather_reasons(page.rows)
        # Whoever has pasted something wants its story, not a click more.
        if self._filters.find and window.offset == 0 and page.rows and not self._shown_ref:
            self.table.pick(model.best(page.rows, self._filters.find))

    def _ask_story(self, row: messages.Message) -> None:
        def failed(problem: errors.Problem) -> None:
            self.panel.fail(row, str(problem), lambda: self._ask_story(row))

        self._desk.operations.start(
            "messages:story",
            lambda: self._desk.api.call(messages.STORY, ref=row.ref),
            done=lambda found: self.panel.tell(found, self._accounts),
            failed=failed,
            latest=True,
        )

    def _learn(self) -> None:
        """Names for the chips and the stories; a page without them still works by numbers."""
        self._desk.operations.start(
            "messages:campaigns",
            lambda: self._desk.api.call(campaigns.LIST, campaigns.CampaignQuery(limit=MOST_CHOICES)),
            done=lambda page: self._know("campaign", model.runs_of(page.rows)),
            failed=lambda _problem: None,
        )
        self._desk.operations.start(
            "messages:accounts",
            lambda: self._desk.api.call(providers.LIST, endpoint.Nothing()),
            done=self._know_accounts,
            failed=lambda _problem: None,
        )

    def _know_accounts(self, found: providers.Accounts) -> None:
        self._accounts = {account.id: account.name for account in found.rows}
        self._know("account", model.runs_of(found.rows))

    def _know(self, name: str, choices: list[tuple[str, str]]) -> None:
        self._choices[name] = choices
        self._chips[name].refresh()

    def _gather_reasons(self, rows: list[messages.Message]) -> None:
        """The reason filter offers what has been seen; nobody knows all of the vendors' codes by heart."""
        known = dict(self._choices["reason"])
        for row in rows:
            if row.reason and row.reason not in known:
                known[row.reason] = f"{reasons.explain(row.channel, row.reason).words} ({row.reason})"
        self._know("reason", sorted(known.items(), key=lambda pair: pair[1]))

    # what the server says by itself

    def _on_counted(self, total: int) -> None:
        self._count.setText(f"{figures.count(total)} message{'' if total == 1 else 's'}")

    def _on_changes(self, changes: list[server.Change]) -> None:
        told = {server.ChangeKind.RUN, server.ChangeKind.RECEIPTS}
        if self._open and any(change.kind in told for change in changes) and not self._freshen.isActive():
            self._freshen.start()

    def _on_resumed(self) -> None:
        if self._open:
            self.list.reload()


def shots(page: Page) -> list[views.Shot]:
    """A story, what nothing matches, and what failed."""

    def ready(filters: model.Filters) -> bool:
        if page.filters != filters:
            page.filter(filters)
        return bool(page.list.heard)

    def told(filters: model.Filters) -> bool:
        if not ready(filters) or not page.list.total:
            return False
        page.table.pick(0)
        told, row = page.panel.story, page.table.current()
        return told is not None and row is not None and told.message.ref == row.ref

    if not page.list.total:
        return [("no_match", lambda: ready(model.Filters(find="nobody@nowhere.example")))]
    return [
        ("failed", lambda: told(model.Filters(state="failed"))),
        ("story", lambda: told(model.Filters(state="replied", channel="sms"))),
        ("no_match", lambda: ready(model.Filters(find="nobody@nowhere.example"))),
    ]
