"""One account on a panel: how it does, what a check says, where receipts come in, and what is set."""

from collections.abc import Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.views.providers import limiting, model
from console.widgets import (
    buttons,
    facts,
    figures,
    glyphs,
    inspector,
    layout,
    notices,
    pills,
    text,
    theme,
)
from server.channels import contents
from server.wire import limits, providers

WIDTH = 400


class AccountPanel(inspector.Inspector):
    """Everything about one account but its secrets, and what can be done with it."""

    check_asked = QtCore.Signal(object)
    change_asked = QtCore.Signal(object)
    switch_asked = QtCore.Signal(object)
    remove_asked = QtCore.Signal(object)
    limits_asked = QtCore.Signal(object)
    messages_asked = QtCore.Signal(int, str)  #: account and state

    def __init__(self) -> None:
        super().__init__("Account")
        self.setFixedWidth(WIDTH)
        self.account: providers.Account | None = None
        self.check: providers.Check | None = None
        self.limits: list[limits.Limit] = []
        self.check_button = buttons.Button()
        self._type: providers.ProviderType | None = None

    def tell(
        self,
        account: providers.Account,
        kind: providers.ProviderType | None,
        check: providers.Check | None = None,
    ) -> None:
        """Show an account; a check's rows stay as long as the same account is told about."""
        if self.account is None or self.account.id != account.id:
            self.check = None
        self.account, self._type = account, kind
        self.check = check or self.check
        self._draw()

    def tell_limits(self, rows: Sequence[limits.Limit]) -> None:
        """Show the limits of the account that is told about."""
        found = limiting.of_account(rows, self.account.id if self.account else 0)
        if found != self.limits:
            self.limits = found
            self._draw()

    def _draw(self) -> None:
        account = self.account
        if account is None:
            return
        self.clear()
        title = self._type.title if self._type else account.provider
        self.set_heading(f"{contents.TITLES.get(account.channel, account.channel)} · {title}", account.name)
        self._draw_health(account)
        self._draw_acts(account)
        if self.check is not None:
            self.add(_checked(self.check), heading="What the provider said")
        self._draw_numbers(account)
        self._draw_limits(account)
        if account.receipts_url:
            self.add(
                text.muted("Enter this address at the provider as its webhook.", wrap=True),
                heading="Receipts",
            )
            self.add(self._copyable(account.receipts_url))
        self.add(facts.Facts(self._settings(account), name_width=112), heading="Settings")
        self.finish()

    def _draw_health(self, account: providers.Account) -> None:
        look = pills.look(pills.HEALTH, account.health)
        self.add(layout.row(pills.Pill(look), None))
        if account.health in model.TROUBLED:
            banner = notices.Banner(
                model.sentence(account), model.REMEDIES[account.health], tone=look.tone, action="Mend it"
            )
            banner.acted.connect(lambda: self.change_asked.emit(account))
            self.add(banner)
            if account.health_text and account.health_text != model.sentence(account):
                self.add(text.muted(f"The provider said: {account.health_text}", wrap=True))
        else:
            self.add(text.muted(model.sentence(account), wrap=True))

    def _draw_acts(self, account: providers.Account) -> None:
        self.check_button = buttons.primary("Check", lambda: self.check_asked.emit(account), icon="plug-zap")
        word = "Switch off" if account.enabled else "Switch on"
        self.add_acts(
            self.check_button,
            buttons.plain("Change", lambda: self.change_asked.emit(account), icon="pencil"),
            buttons.plain(word, lambda: self.switch_asked.emit(account), icon="power"),
            buttons.icon("trash-2", f"Remove {account.name}", lambda: self.remove_asked.emit(account)),
        )

    def _draw_numbers(self, account: providers.Account) -> None:
        self.add(
            facts.Facts(
                [
                    ("In flight", f"{figures.count(account.in_flight)} of {figures.count(account.window)}"),
                    ("Accepted", figures.count(account.accepted)),
                    ("Failed", figures.count(account.failed)),
                    ("Weight", figures.count(account.weight)),
                    ("Checked", figures.stamp(account.checked_at)),
                ],
                name_width=112,
            ),
            heading="Numbers",
        )
        seen = buttons.link("Its messages", lambda: self.messages_asked.emit(account.id, ""))
        acts: list[QtWidgets.QWidget] = [seen]
        if account.failed:
            words = f"The {figures.count(account.failed)} that failed"
            acts.append(buttons.link(words, lambda: self.messages_asked.emit(account.id, "failed")))
        self.add_acts(*acts)

    def _draw_limits(self, account: providers.Account) -> None:
        """The person's limits, the provider's own, and the points moved while another account is in trouble."""
        told: list[tuple[str, ...]] = []
        if account.rate_per_s:
            told.append(("Rate", figures.rate(account.rate_per_s)))
        told += [("Limit", limiting.used(row)) for row in self.limits]
        if said := limiting.quota(account):
            told.append(("Provider's", said))
        if account.shifted:
            told.append(("Share", f"{account.shifted:+d} of 100 points, until no account is in trouble"))
        if told:
            self.add(facts.Facts(told, name_width=112), heading="Limits")
        else:
            self.add(text.muted("No limit of ours."), heading="Limits")
        change = buttons.link("Set limits", lambda: self.limits_asked.emit(account))
        self.add(layout.row(change, None))

    def _copyable(self, address: str) -> QtWidgets.QHBoxLayout:
        copy = buttons.icon("copy", "Copy the receipts address", lambda: _copy(address))
        return layout.row(text.Label(address, "mono", wrap=True, selectable=True), copy, grow=0)

    def _settings(self, account: providers.Account) -> list[tuple[str, ...]]:
        asked: Sequence[providers.Field] = self._type.fields if self._type else ()
        names = {field.name: field.label for field in asked}
        rows: list[tuple[str, ...]] = [
            (names.get(name, name), _said(value)) for name, value in account.settings.items()
        ]
        rows += [(names.get(name, name), "stored, never shown") for name in account.stored_secrets]
        return rows


def _copy(words: str) -> None:
    QtGui.QGuiApplication.clipboard().setText(words)


def _said(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    words = str(value)
    return words if len(words) <= 300 else f"{words[:300]}…"


def _checked(check: providers.Check) -> QtWidgets.QVBoxLayout:
    """A check's rows: a mark, what was tried, what was said, and the remedy."""
    column = layout.column(gap=10)
    for row in check.rows:
        mark = glyphs.Glyph(
            "circle-check" if row.good else "circle-x",
            "ok" if row.good else "bad",
            name="good" if row.good else "bad",
        )
        told = layout.column(text.Label(row.what, "label", wrap=True), gap=2)
        if row.message:
            told.addWidget(
                text.Label(row.message, "muted" if row.good else "bad", wrap=True, selectable=True)
            )
        if row.remedy and not row.good:
            told.addWidget(text.muted(row.remedy, wrap=True))
        column.addLayout(layout.row(layout.column(mark, None), told, gap=theme.SM, grow=1))
    return column
