"""The sheets that add or change a limit, a route, or an account's pool of senders."""

from collections.abc import Sequence

from PySide6 import QtCore, QtWidgets

from console.services import errors
from console.views.providers.bounds import model
from console.widgets import buttons, dialogs, fields, layout, notices, rate_fields, text
from server.channels import contents
from server.wire import limits, providers

WIDTH = 560
ROUTED = 4  #: accounts that a route's form offers

Layer = limits.Layer


class _Sheet(dialogs.Sheet):
    """What the three share; `asked` carries the ask."""

    asked = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget, title: str, words: str) -> None:
        super().__init__(parent, title, words, width=WIDTH)
        self.refusal = notices.Banner()
        self.add(self.refusal)
        self.go = buttons.primary("Save", self._on_go)

    def _finish(self) -> None:
        self.add_button(buttons.plain("Cancel", self.reject))
        self.add_button(self.go)

    def _on_go(self) -> None:
        try:
            ask = self.value()
        except ValueError as problem:
            self.refusal.say(str(problem), tone="bad")
        else:
            self.asked.emit(ask)

    def value(self) -> object:
        """What is asked for. Raises ValueError with a sentence."""
        raise NotImplementedError

    def refuse(self, problem: errors.Problem) -> None:
        """Say what the server has against it, in one sentence for each place."""
        self.refusal.say(problem.sentence, " ".join(problem.faults.values()) or problem.remedy, tone="bad")


class LimitSheet(_Sheet):
    """Lays limits upon something."""

    def __init__(
        self,
        parent: QtWidgets.QWidget,
        accounts: Sequence[providers.Account],
        campaigns: Sequence[tuple[str, str]] = (),
        shown: model.Subject | None = None,
    ) -> None:
        super().__init__(
            parent,
            "Change limits" if shown else "Add a limit",
            "Of all limits that concern a message the smallest wins. A change takes effect within a second, also for"
            " what is being sent.",
        )
        self._shown = shown
        self._accounts = accounts
        layers = [(layer, words[0]) for layer, words in model.LAYERS.items()]
        self.layer = fields.ChoiceField("Laid upon", layers)
        self.channel = fields.ChoiceField("Channel", list(contents.TITLES.items()))
        self.account = fields.ChoiceField("Account")
        self.campaign = fields.ChoiceField("Campaign", list(campaigns))
        self.subject = fields.TextField("Which", mono=True)
        self.rates = rate_fields.RateFields("At most")
        for field in (self.layer, self.channel):
            field.changed.connect(self._fit)
        for item in (self.layer, self.channel, self.account, self.campaign, self.subject, self.rates):
            self.add(item)
        self.add(
            text.muted(
                "Seconds and minutes are spread evenly; hours and days may be used up at once.", wrap=True
            )
        )
        self._finish()
        if shown is not None:
            self._put(shown)
        self._fit()

    def _put(self, shown: model.Subject) -> None:
        self.layer.set_value(shown.layer)
        self.channel.set_value(shown.channel or next(iter(contents.TITLES)))
        self._fit()
        account, _, address = shown.subject.partition("/")
        self.account.set_value(account)
        self.campaign.set_value(shown.subject)
        self.subject.set_value(address if shown.layer is Layer.ORIGIN else shown.subject)
        self.rates.put(shown.rates)

    def _fit(self) -> None:
        """Only what this layer asks for; what it is laid upon cannot be changed afterwards."""
        layer = self.layer.value()
        _, _, example = model.LAYERS[layer]
        by_account = layer in (Layer.ACCOUNT, Layer.ORIGIN, Layer.PAIR)
        self._offer_accounts(layer)
        layout.reveal(self.channel, layer in (Layer.ROUTE, Layer.PAIR))
        layout.reveal(self.account, by_account)
        layout.reveal(self.campaign, layer is Layer.CAMPAIGN)
        layout.reveal(self.subject, layer in (Layer.ORIGIN, Layer.ROUTE, Layer.DOMAIN))
        self.subject.input.setPlaceholderText(_HINTS.get(layer, example))
        for field in (self.layer, self.channel, self.account, self.campaign, self.subject):
            field.setEnabled(self._shown is None)

    def _offer_accounts(self, layer: limits.Layer) -> None:
        kept = self.account.value()
        some = [(str(row.id), row.name) for row in self._accounts]
        if layer is Layer.PAIR:
            channel = self.channel.value()
            some = [(str(row.id), row.name) for row in self._accounts if row.channel == channel]
            some.insert(0, (model.EACH, "Each account by itself"))
        self.account.set_choices(some)
        if kept in dict(some):
            self.account.set_value(kept)

    def value(self) -> limits.SaveLimits:
        layer = self.layer.value()
        if not self.rates.value():
            raise ValueError("No limit is given: write how many messages at most, or remove it in the list.")
        return limits.SaveLimits(
            layer=layer,
            channel=self.channel.value() if layer in (Layer.ROUTE, Layer.PAIR) else "",
            subject=self._subject(layer),
            rates=self.rates.value(),
        )

    def _subject(self, layer: limits.Layer) -> str:
        account, typed = str(self.account.value() or ""), self.subject.value()
        return {
            Layer.WORKSPACE: "",
            Layer.ACCOUNT: account,
            Layer.PAIR: account,
            Layer.ORIGIN: f"{account}/{typed}",
            Layer.CAMPAIGN: str(self.campaign.value() or ""),
        }.get(layer, typed)


_HINTS = {
    Layer.ROUTE: "+49, or nothing for the whole channel",
    Layer.DOMAIN: "gmail.com, or * for each domain by itself",
    Layer.ORIGIN: "+15005550006, a sender of the account's pool",
}


class RouteSheet(_Sheet):
    """Says which accounts send to a country's numbers."""

    def __init__(
        self,
        parent: QtWidgets.QWidget,
        accounts: Sequence[providers.Account],
        shown: limits.Route | None = None,
    ) -> None:
        super().__init__(
            parent,
            "Change a route" if shown else "Add a route",
            "Numbers that begin so are sent by the first of these accounts that can. The longest beginning counts.",
        )
        self._accounts = accounts
        self.channel = fields.ChoiceField(
            "Channel", [(channel, contents.TITLES[channel]) for channel in model.PHONES]
        )
        self.prefix = fields.TextField(
            "Numbers that begin with",
            placeholder="+49",
            mono=True,
            help="Empty for all that no other route knows.",
        )
        self.accounts = [
            fields.ChoiceField("First" if not at else "Then", required=not at) for at in range(ROUTED)
        ]
        self.channel.changed.connect(self._offer)
        for item in (self.channel, self.prefix, *self.accounts):
            self.add(item)
        self._finish()
        if shown is not None:
            self.channel.set_value(shown.channel)
            self.prefix.set_value(shown.prefix)
        self._more = list(shown.accounts[ROUTED:]) if shown is not None else []
        self._offer()
        for field, account in zip(self.accounts, shown.accounts if shown else [], strict=False):
            field.set_value(account)
        for fixed in (self.channel, self.prefix):
            fixed.setEnabled(shown is None)

    def _offer(self) -> None:
        some = [(row.id, row.name) for row in self._accounts if row.channel == self.channel.value()]
        for field in self.accounts:
            field.set_choices([(0, "No account"), *some])

    def value(self) -> limits.SaveRoute:
        chosen = [int(field.value() or 0) for field in self.accounts]
        named = [account for account in chosen if account] + self._more
        if not named:
            raise ValueError("The route names no account: choose the one that sends first.")
        return limits.SaveRoute(channel=self.channel.value(), prefix=self.prefix.value(), accounts=named)


class PoolSheet(_Sheet):
    """Gives an account several senders."""

    def __init__(self, parent: QtWidgets.QWidget, shown: model.Pool) -> None:
        super().__init__(
            parent,
            f"Senders of {shown.account.name}",
            "Each recipient keeps their sender; new ones are shared out by weight. Without any, messages leave from the"
            " sender in the account's settings.",
        )
        self.lines = fields.AreaField(
            "One sender a line, with its weight", placeholder="+15005550006 = 100", lines=8, mono=True
        )
        self.lines.set_value(model.pool_lines(shown.rows))
        self.add(self.lines)
        self._finish()

    def value(self) -> limits.SaveOrigins:
        return limits.SaveOrigins(rows=model.pool_of(self.lines.value()))
