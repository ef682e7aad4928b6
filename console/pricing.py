"""What messages cost on a sheet: every price in a table, a line to set or change one, and a file to take many from."""

import pathlib
from collections.abc import Sequence

from PySide6 import QtCore, QtWidgets

from console import frame
from console.services import api, errors
from console.widgets import (
    buttons,
    dialogs,
    empty,
    fields,
    flow,
    inputs,
    layout,
    notices,
    paged,
    table,
    text,
    theme,
)
from server.channels import contents
from server.wire import prices, providers

LOOK, SAVE = "window:prices", "window:save-prices"
KEYS = "Ctrl+Shift+Y"
WIDTH = 820
TALL = 260
EVERY = "Every other"
LARGEST_FILE = 4_000_000

CHANNELS = tuple((channel, contents.TITLES[channel]) for channel in contents.CHANNELS)


def title(one: prices.Price) -> str:
    """A channel in words."""
    return contents.TITLES.get(one.channel, one.channel)


class PricesSheet(dialogs.Sheet):
    """`asked` carries a SavePrices or an ImportPrices."""

    asked = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(
            parent,
            "Prices",
            "What one message costs; of an SMS, one segment. The most particular price counts, an account's own first. "
            "Estimates are made of them, and say what has none.",
            width=WIDTH,
        )
        self.rows: list[prices.Price] = []
        self._names: dict[int, str] = {}
        self._accounts: list[providers.Account] = []
        self._build()

    def _build(self) -> None:
        self.refusal = notices.Banner()
        columns = (
            paged.Column(title="Channel", text=title, width=130),
            paged.Column(title="Country", text=lambda row: row.country or EVERY, width=130),
            paged.Column(title="Account", text=self._account_of, stretch=True),
            paged.Column(title="Price", kind=paged.Kind.NUMBER, text=lambda row: row.amount, width=110),
            paged.Column(title="Currency", text=lambda row: row.currency, width=100),
        )
        self.model = paged.PagedModel(columns, self._fetch, self)
        nothing = empty.EmptyState(
            "credit-card", "No prices yet", "Set one below, or take them from a CSV file."
        )
        self.table = table.DataTable(self.model, name="Prices", nothing=nothing)
        self.table.picked.connect(self._on_picked)
        framed = table.carded(self.table)
        framed.setFixedHeight(TALL)
        self.channel = fields.ChoiceField("Channel", CHANNELS)
        self.country = fields.TextField("Country", placeholder="DE; empty: the rest")
        self.country.control.setToolTip("Two letters, such as DE; empty for every other country")
        self.account = fields.ChoiceField("Account", [(0, EVERY)])
        self.amount = fields.TextField("Price", placeholder="0.0075", required=True)
        self.currency = fields.TextField("Currency", placeholder="EUR", required=True)
        self.channel.input.activated.connect(lambda _at: self._offer_accounts())
        line = layout.row(gap=theme.SM, margins=(0, theme.SM, 0, 0))
        for field, share in (
            (self.channel, 3),
            (self.country, 3),
            (self.account, 4),
            (self.amount, 2),
            (self.currency, 2),
        ):
            line.addWidget(field, share)
        self.go = buttons.primary("Set this price", self._on_set, icon="check")
        self.remove = buttons.plain(
            "Remove", self._on_remove, icon="trash-2", tip="Remove the price that is picked"
        )
        self.take = buttons.plain("From a CSV file…", self._on_file, icon="upload")
        self.remove.setEnabled(False)
        self.replaces = inputs.Check("Remove what the file does not name")
        for item in (self.refusal, framed, line):
            self.add(item)
        self.add(layout.row(None, self.remove, self.go, gap=theme.SM))
        acts = flow.Flow()
        for act in (self.take, self.replaces):
            acts.addWidget(act)
        self.add(layout.boxed(acts))
        self.add(text.muted("A file has the columns channel, country, account, amount, currency.", wrap=True))
        self.add_button(buttons.plain("Close", self.accept))

    # what the server says

    def show_prices(self, found: prices.Prices) -> None:
        """Show the prices as the server has them."""
        self.rows = list(found.rows)
        self.refusal.say("")
        self.remove.setEnabled(False)
        self.model.restart()

    def show_accounts(self, found: Sequence[providers.Account]) -> None:
        """Offer these accounts."""
        self._accounts = list(found)
        self._names = {one.id: one.name for one in found}
        self._offer_accounts()
        self.model.restart()

    def refuse(self, problem: errors.Problem) -> None:
        """Say what the server found."""
        found = " ".join(f"{place}: {words}" for place, words in problem.faults.items())
        self.refusal.say(problem.sentence, found or problem.remedy, tone="bad")

    def price(self) -> prices.Price:
        """What stands in the line."""
        return prices.Price(
            channel=str(self.channel.value()),
            country=self.country.value().strip().upper(),
            account=int(self.account.value() or 0),
            amount=self.amount.value().strip(),
            currency=self.currency.value().strip().upper(),
        )

    # within

    def _fetch(self, window: paged.Window) -> None:
        rows = self.rows[window.offset : window.offset + window.limit]
        self.model.receive(window, rows, len(self.rows))

    def _account_of(self, one: prices.Price) -> str:
        return self._names.get(one.account, EVERY)

    def _offer_accounts(self) -> None:
        channel = str(self.channel.value())
        mine = [(one.id, one.name) for one in self._accounts if one.channel == channel]
        self.account.set_choices([(0, EVERY), *mine])

    def _on_picked(self, row: prices.Price | None) -> None:
        self.remove.setEnabled(row is not None)
        if row is None:
            return
        self.channel.set_value(row.channel)
        self._offer_accounts()
        self.country.set_value(row.country)
        self.account.set_value(row.account)
        self.amount.set_value(row.amount)
        self.currency.set_value(row.currency)

    def _on_set(self) -> None:
        self.asked.emit(prices.SavePrices(rows=[self.price()]))

    def _on_remove(self) -> None:
        row = self.table.current()
        if row is not None:
            gone = prices.Price(channel=row.channel, country=row.country, account=row.account, amount="")
            self.asked.emit(prices.SavePrices(rows=[gone]))

    def _on_file(self) -> None:
        dialogs.choose_file(self, "Take prices from", self.load, kinds=("CSV files (*.csv)", "All files (*)"))

    def load(self, path: str) -> None:
        """Take prices from a file."""
        try:
            content = pathlib.Path(path).read_bytes()
            words = content.decode("utf-8-sig")
        except OSError as error:
            self.refusal.say("The file cannot be read.", f"{error.strerror or error}.")
            return
        except UnicodeDecodeError:
            self.refusal.say("The file is not UTF-8.", "Save it as UTF-8, and take it again.")
            return
        if len(content) > LARGEST_FILE:
            self.refusal.say("The file is too large for prices.", "Take it in parts.")
            return
        self.asked.emit(prices.ImportPrices(csv=words, replace=self.replaces.isChecked()))


class Pricing:
    """Opens the sheet, and saves what it says."""

    def __init__(self, window: frame.Frame) -> None:
        self._window = window
        self._found = window.services

    def open(self) -> PricesSheet:
        """Ask the server for the prices, and let a person change them."""
        sheet = PricesSheet(self._window)
        sheet.asked.connect(lambda ask: self._save(sheet, ask))
        self._found.operations.bind(SAVE, sheet.go, "Saving…")
        start = self._found.operations.start
        start(
            LOOK,
            lambda: self._found.api.call(prices.LIST),
            done=sheet.show_prices,
            failed=sheet.refuse,
            latest=True,
        )
        start(
            f"{LOOK}:accounts",
            lambda: self._found.api.call(providers.LIST),
            done=lambda found: sheet.show_accounts(found.rows),
            failed=sheet.refuse,
            latest=True,
        )
        sheet.finished.connect(lambda _how: self._found.operations.cancel_under(LOOK))
        sheet.open()
        sheet.channel.input.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
        return sheet

    def _save(self, sheet: PricesSheet, ask: prices.SavePrices | prices.ImportPrices) -> None:
        self._found.operations.start(
            SAVE,
            lambda: _saved(self._found.api, ask),
            done=sheet.show_prices,
            failed=sheet.refuse,
            label="Saving prices",
        )


async def _saved(asked: api.Api, ask: prices.SavePrices | prices.ImportPrices) -> prices.Prices:
    """Hand them to the server. Raises errors.Problem."""
    if isinstance(ask, prices.SavePrices):
        return await asked.call(prices.SAVE, ask)
    return await asked.call(prices.IMPORT, ask)
