"""The page: all accounts in one list, one of them at the right, and the form that adds or changes one."""

import functools
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console import views
from console.services import errors
from console.views.providers import details, editor, limiting, model
from console.views.providers.bounds import page as bounds_page
from console.widgets import buttons, commands, dialogs, empty, figures, layout, paged, table, text, theme
from server.wire import endpoint, limits, providers, server

TWIN = "twin"  #: as an endpoint: the provider's twin of this server
FRESHEN_MS = 3000  #: how often the numbers are read again while the page is seen


class Page(QtWidgets.QWidget):
    """Accounts by channel, their health, and whether their credentials work."""

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self._rows: list[providers.Account] = []
        self._kinds: dict[str, providers.ProviderType] = {}
        self._titles: dict[str, str] = {}
        self._wanted = 0  #: the account to go to once the list is here
        self._add_wanted: str | None = None  #: a provider's key, or nothing for the choice of all
        self._waiting: paged.Window | None = None
        self._heard = False
        self.limits: list[limits.Limit] = []
        self.list = paged.PagedModel(model.columns(self._titles), self._fetch, self)
        self.add_button = buttons.primary("Add account", self.add, icon="plus")
        self._count = text.muted("", wrap=True)
        nothing = empty.EmptyState(
            "plug",
            "No account yet",
            "An account holds your credentials at a provider: Apple, a mail server, Amazon SES, Twilio, WhatsApp, RCS"
            " or browsers' push services. Secrets are encrypted at rest and never shown again.",
            "Add account",
            self.add,
        )
        self.table = table.DataTable(self.list, name="Accounts", nothing=nothing)
        self.table.remember(desk.settings, "accounts")
        self.table.picked.connect(self._on_picked)
        self.table.activated.connect(self._on_picked)
        self.panel, self.editor = details.AccountPanel(), editor.Editor()
        for side in (self.panel, self.editor):
            side.hide()
            side.closed.connect(self._on_side_closed)
        self.panel.check_asked.connect(self.check)
        self.panel.change_asked.connect(self.change)
        self.panel.switch_asked.connect(self._switch)
        self.panel.remove_asked.connect(self._ask_to_remove)
        self.panel.limits_asked.connect(self.set_limits)
        self.panel.messages_asked.connect(
            lambda account, state: desk.navigate("messages", account=account, state=state)
        )
        self.editor.saved.connect(self._save)
        desk.operations.bind("providers:save", self.editor.save_button, "Saving…")
        whole = buttons.plain(
            "Limits and routes",
            lambda: desk.navigate("providers", part="limits"),
            icon="gauge",
            tip="Limits of everything, routes by country, and pools of senders",
        )
        head = layout.row(self._count, whole, self.add_button, gap=theme.MD, grow=0)
        left = layout.boxed(layout.page(head, table.carded(self.table), grow=1))
        self._accounts = layout.boxed(layout.row(left, self.panel, self.editor, gap=0, grow=0))
        self._stack = QtWidgets.QStackedWidget()
        self._stack.addWidget(self._accounts)
        self.setLayout(layout.column(self._stack))
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(FRESHEN_MS)
        self._timer.timeout.connect(self._look)
        desk.live.changed.connect(self._on_changes)

    @functools.cached_property
    def bounds(self) -> bounds_page.Bounds:
        """Limits, routes and pools; built when somebody comes for them."""
        made = bounds_page.Bounds(self._desk)
        made.left.connect(lambda: self._desk.navigate("providers"))
        self._stack.addWidget(made)
        return made

    # what the window calls

    def opened(self, **args: Any) -> None:
        """Show the accounts, and the one that is asked for; `fresh` shuts what was open."""
        self._desk.commands.register(
            commands.Command(
                key="providers.add", title="Add account", keys="Ctrl+N", group="Providers", run=self.add
            )
        )
        if args.get("part"):
            self._stack.setCurrentWidget(self.bounds)
            self.bounds.start(str(args["part"]))
            return
        self._show_accounts()
        if args.get("fresh"):
            self.panel.close_panel()
            self.editor.close_panel()
        asked = str(args.get("account") or args.get("subject") or "")
        self._wanted = int(asked) if asked.isdecimal() else 0
        self._add_wanted = str(args["add"]) if "add" in args else None
        self._desk.operations.start(
            "providers:types",
            lambda: self._desk.api.call(providers.TYPES, endpoint.Nothing()),
            done=self._know_types,
        )
        self.list.reload() if self._heard else self.list.restart()
        self._ask_limits()
        self._timer.start()
        self.table.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

    def where(self) -> dict[str, str]:
        """The part that is shown, where it is not the accounts."""
        return {"part": self.bounds.part} if self._stack.currentWidget() is not self._accounts else {}

    def _show_accounts(self) -> None:
        if self._stack.currentWidget() is not self._accounts:
            self.bounds.stop()
            self._stack.setCurrentWidget(self._accounts)

    def closed(self) -> None:
        """Nobody looks: nothing is asked any more."""
        self._timer.stop()
        if self._stack.currentWidget() is not self._accounts:
            self.bounds.stop()
        self._desk.commands.forget("providers.add")

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() == QtCore.Qt.Key.Key_Escape:
            self.panel.close_panel()
            self.editor.close_panel()
            return
        super().keyPressEvent(event)

    # what a person does

    def add(self) -> None:
        """Begin a new account."""
        if not self._kinds:
            self._add_wanted = ""
            return
        self._preset()
        kinds = list(self._kinds.values())
        self._show_side(self.editor)  # first: what is hidden takes no focus
        self.editor.choose(kinds)

    def _preset(self) -> None:
        # A sandbox reaches twins only; an account that names the real provider would be refused.
        in_sandbox = self._desk.session.environment == server.Environment.SANDBOX
        self.editor.preset = {"endpoint": TWIN} if in_sandbox else {}

    def set_limits(self, account: providers.Account) -> limiting.LimitsSheet:
        """Open an account's limits on a sheet."""
        rows, layer = limiting.of_account(self.limits, account.id), limits.Layer.ACCOUNT
        title, subject = f"Limits of {account.name}", str(account.id)
        sheet = limiting.LimitsSheet(self, title, rows, layer=layer, subject=subject)
        self._desk.operations.bind("providers:limit", sheet.go, "Saving…")

        def saved(found: limits.Limits) -> None:
            sheet.accept()
            self._know_limits(found)
            self._desk.toast("The limits hold from now on.")

        sheet.asked.connect(
            lambda ask: self._desk.operations.start(
                "providers:limit",
                lambda: self._desk.api.call(limits.SAVE, ask),
                done=saved,
                failed=sheet.refuse,
            )
        )
        sheet.open()
        sheet.rates.first().setFocus()
        return sheet

    def _ask_limits(self) -> None:
        self._desk.operations.start(
            "providers:limits",
            lambda: self._desk.api.call(limits.LIST),
            done=self._know_limits,
            failed=lambda _problem: None,  # the accounts are shown all the same
            latest=True,
        )

    def _know_limits(self, found: limits.Limits) -> None:
        self.limits = found.rows
        self.panel.tell_limits(found.rows)

    def change(self, account: providers.Account) -> None:
        """Open an account in the form."""
        kind = self._kinds.get(account.provider)
        if kind is None:
            self._desk.toast(f"This version has no adapter for {account.provider}.", tone="warn")
            return
        self._show_side(self.editor)
        self.editor.change(account, kind)

    def check(self, account: providers.Account) -> None:
        """Have the server try an account's credentials."""
        self._desk.operations.bind(f"providers:check:{account.id}", self.panel.check_button, "Checking…")
        self._desk.operations.start(
            f"providers:check:{account.id}",
            lambda: self._desk.api.call(providers.CHECK, endpoint.Nothing(), account=account.id),
            done=lambda found: self._checked(account, found),
            label=f"Checking {account.name}",
        )

    def go_to(self, account: int) -> bool:
        """Put the keyboard on an account; whether it is there."""
        for at, row in enumerate(self._rows):
            if row.id == account:
                self.table.pick(at)
                self._on_picked(row)
                return True
        return False

    def _on_picked(self, row: providers.Account | None) -> None:
        if row is None or (self.panel.isVisible() and self.panel.account == row):
            return
        self._tell(row)
        self._show_side(self.panel)

    def _on_side_closed(self) -> None:
        self.table.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

    def _show_side(self, side: QtWidgets.QWidget) -> None:
        for one in (self.panel, self.editor):
            one.setVisible(one is side)

    def _tell(self, account: providers.Account, check: providers.Check | None = None) -> None:
        self.panel.tell(account, self._kinds.get(account.provider), check)
        self.panel.tell_limits(self.limits)
        self._desk.operations.bind(f"providers:check:{account.id}", self.panel.check_button, "Checking…")

    def _save(self, ask: providers.SaveAccount, account: providers.Account | None) -> None:
        if account is None:
            factory = lambda: self._desk.api.call(providers.CREATE, ask)  # noqa: E731
        else:
            factory = lambda: self._desk.api.call(providers.SAVE, ask, account=account.id)  # noqa: E731
        self._desk.operations.start(
            "providers:save",
            factory,
            done=self._saved,
            failed=self.editor.refuse,
            label=f"Saving {ask.name}",
        )

    def _saved(self, account: providers.Account) -> None:
        self._wanted = account.id
        # Before the form is hidden: a list that gets the keyboard goes to its first row by itself.
        self.table.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)
        self._tell(account)
        self._show_side(self.panel)
        self._look()
        self.check(account)

    def _switch(self, account: providers.Account) -> None:
        ask = model.saved(account, enabled=not account.enabled)
        words = "on" if ask.enabled else "off"
        self._desk.operations.start(
            f"providers:switch:{account.id}",
            lambda: self._desk.api.call(providers.SAVE, ask, account=account.id),
            done=lambda saved: self._switched(saved, f"{account.name} is switched {words}"),
        )

    def _switched(self, account: providers.Account, words: str) -> None:
        self._tell(account)
        self._look()
        self._desk.toast(words, action=f"Undo: switch {account.name}", clicked=lambda: self._switch(account))

    def _ask_to_remove(self, account: providers.Account) -> None:
        dialogs.confirm(
            self,
            f"Remove {account.name}?",
            "Its secrets are destroyed and nothing is sent by it any more. What it has sent stays in the ledger.",
            act="Remove",
            danger=True,
            done=lambda: self._remove(account),
        )

    def _remove(self, account: providers.Account) -> None:
        self._desk.operations.start(
            f"providers:remove:{account.id}",
            lambda: self._desk.api.call(providers.DELETE, endpoint.Nothing(), account=account.id),
            done=lambda _done: self._removed(account),
            label=f"Removing {account.name}",
        )

    def _removed(self, account: providers.Account) -> None:
        self.panel.hide()
        self._desk.toast(f"{account.name} is removed", tone="ok")
        self.list.restart()

    # what the server says

    def _checked(self, account: providers.Account, check: providers.Check) -> None:
        if self.panel.account is not None and self.panel.account.id == account.id:
            self.panel.check = check
            self._tell(self.panel.account, check)
        self._look()

    def _know_types(self, found: providers.ProviderTypes) -> None:
        self._kinds = {kind.key: kind for kind in found.rows}
        self._titles.update({kind.key: kind.title for kind in found.rows})
        self.table.view.viewport().update()
        if self._add_wanted is None:
            return
        kind, self._add_wanted = self._kinds.get(self._add_wanted), None
        if kind is None:
            self.add()
            return
        self._preset()
        self._show_side(self.editor)
        self.editor.begin(kind, found.rows)

    def _fetch(self, window: paged.Window) -> None:
        # The accounts come all at once; every page of the list is answered from one question.
        self._waiting = window
        self._look()

    def _look(self) -> None:
        self._desk.operations.start(
            "providers:list",
            lambda: self._desk.api.call(providers.LIST, endpoint.Nothing()),
            done=self._show_rows,
            failed=self._refuse,
        )

    def _show_rows(self, found: providers.Accounts) -> None:
        rows = model.ordered(found.rows)
        if self._waiting is None and [row.id for row in rows] == [row.id for row in self._rows]:
            for row in rows:
                self.list.replace(lambda old, row=row: old.id == row.id, row)  # type: ignore[misc]
        elif self._waiting is None:
            self._rows = rows
            self.list.restart()
            return
        else:
            window, self._waiting = self._waiting, None
            self.list.receive(window, rows[window.offset : window.offset + window.limit], len(rows))
        self._rows, self._heard = rows, True
        self._count.setText(_counted(rows))
        self._follow(rows)

    def _follow(self, rows: list[providers.Account]) -> None:
        if self._wanted and self.go_to(self._wanted):
            self._wanted = 0
        shown = self.panel.account
        fresh = next((row for row in rows if shown is not None and row.id == shown.id), None)
        if fresh is not None and fresh != shown and self.panel.isVisible():
            self._tell(fresh)

    def _refuse(self, problem: errors.Problem) -> None:
        if self._waiting is not None:
            window, self._waiting = self._waiting, None
            self.list.refuse(window, str(problem))

    def _on_changes(self, changes: list[server.Change]) -> None:
        if self._timer.isActive() and any(change.kind is server.ChangeKind.ACCOUNT for change in changes):
            self._look()


def _counted(rows: list[providers.Account]) -> str:
    channels = len({row.channel for row in rows})
    troubled = sum(row.health in model.TROUBLED for row in rows)
    told = f"{figures.count(len(rows))} account{'' if len(rows) == 1 else 's'} on {channels} channel"
    told += "" if channels == 1 else "s"
    return f"{told} · {troubled} to look at" if troubled else told


def shots(page: Page) -> list[views.Shot]:
    """Accounts, forms, limits and what a check says."""
    from console.views.providers import staging  # only pictures need it

    return staging.Stage(page).shots()
