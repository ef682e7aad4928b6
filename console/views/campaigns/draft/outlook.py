"""What a launch would take: how long by the accounts' own speed and limits, and what it costs where prices are set."""

from decimal import Decimal

from PySide6 import QtCore, QtWidgets

from console.widgets import buttons, cards, figures, layout, text, theme
from server.channels import contents
from server.wire import campaigns, prices

#: Countries named, and lines shown, before the rest is only counted.
NAMED = 6
LINES = 5


def duration(found: campaigns.Duration) -> tuple[str, list[str]]:
    """How long in a few words, and what there is to know about it."""
    known = [one for one in found.by_channel if one.seconds is not None and one.messages]
    told = [f"{found.words}." if found.words else "", _unknown(found.unknown)]
    if not known:
        short = "Not known" if found.unknown else "No time at all"
    elif found.high_s is None:
        short = f"At least {figures.duration(round(found.low_s))}"
    else:
        low, high = figures.duration(round(found.low_s)), figures.duration(round(found.high_s))
        short = low if low == high else f"{low} to {high}"
    return short, [words for words in told if words]


def _unknown(channels: list[str]) -> str:
    if not channels:
        return ""
    titles = ", ".join(contents.TITLES[channel] for channel in channels)
    return f"Nothing was sent by {titles} lately, and no rate is set: how long it takes is seen once it runs."


def money(one: prices.Money) -> str:
    """An amount with its currency, in groups of three."""
    whole, _, rest = one.amount.partition(".")
    return f"{int(whole):,}.{rest} {one.currency}"


def total(found: prices.Cost) -> str:
    """All of it in a few words; currencies are never mixed."""
    if not found.totals:
        return "Not known" if found.unpriced else "Nothing"
    return " + ".join(money(one) for one in found.totals)


def unpriced(found: prices.Cost) -> list[str]:
    """What no price is set for, a sentence a channel."""
    told = []
    for one in found.unpriced:
        title = contents.TITLES[one.channel]
        count = f"{figures.count(one.messages)} {'message' if one.messages == 1 else 'messages'}"
        if one.countries:
            several = "country" if len(one.countries) == 1 else "countries"
            named = ", ".join(one.countries[:NAMED]) + (", …" if len(one.countries) > NAMED else "")
            told.append(f"{title}: no price set for {len(one.countries)} {several} ({count}): {named}.")
        else:
            told.append(f"{title}: no price set ({count}).")
    return told


def line(one: prices.Line) -> tuple[str, str]:
    """One country on one channel: what it is, and its amount."""
    where = f" to {one.country}" if one.country else ""
    units = f", {figures.count(one.units)} segments" if one.units != one.messages else ""
    what = f"{contents.TITLES[one.channel]}{where}: {figures.count(one.messages)}{units}"
    return what, money(prices.Money(currency=one.currency, amount=one.amount))


def rest(found: prices.Cost) -> str:
    """What the lines that are not shown come to; empty where all are."""
    left = found.lines[LINES:]
    if not left:
        return ""
    sums: dict[str, Decimal] = {}
    for one in left:
        sums[one.currency] = sums.get(one.currency, Decimal(0)) + Decimal(one.amount)
    said = " + ".join(f"{amount:,.2f} {currency}" for currency, amount in sums.items())
    return f"and {len(left)} more: {said}"


class Outlook(QtWidgets.QWidget):
    """`prices_wanted` when somebody wants to set prices."""

    prices_wanted = QtCore.Signal()

    def __init__(self) -> None:
        super().__init__()
        self._long, self._long_words = text.Label("", "kpi"), layout.column(gap=4)
        self._cost, self._cost_words = text.Label("", "kpi"), layout.column(gap=4)
        long = cards.Card(self._long, self._long_words, None, heading="How long it takes", gap=theme.SM)
        cost = cards.Card(self._cost, self._cost_words, None, heading="What it costs", gap=theme.SM)
        change = buttons.link("Prices…", self.prices_wanted.emit)
        cost.add_action(change)
        strut = QtWidgets.QWidget()  # both headings at one height
        strut.setFixedSize(1, change.sizeHint().height())
        long.add_action(strut)
        both = layout.row(gap=theme.MD)
        both.addWidget(long, 1)
        both.addWidget(cost, 1)
        self.setLayout(both)

    def show_estimate(self, estimate: campaigns.Estimate) -> None:
        """Show the server's numbers; hidden where it gave none."""
        self.setVisible(estimate.cost is not None and estimate.duration is not None)
        if estimate.duration is not None:
            short, told = duration(estimate.duration)
            self._long.setText(short)
            layout.clear(self._long_words)
            for words in told:
                self._long_words.addWidget(text.muted(words, wrap=True))
        if estimate.cost is not None:
            self._show_cost(estimate.cost)

    def _show_cost(self, cost: prices.Cost) -> None:
        self._cost.setText(total(cost))
        layout.clear(self._cost_words)
        for one in cost.lines[:LINES]:
            what, amount = line(one)
            price = text.Label(amount, "body")
            price.setFont(text.font(text.BODY, tabular=True))
            self._cost_words.addLayout(layout.row(text.muted(what), None, price, gap=theme.MD))
        for words in (rest(cost), _sampled(cost.sampled)):
            if words:
                self._cost_words.addWidget(text.muted(words, wrap=True))
        for words in unpriced(cost):
            self._cost_words.addWidget(text.Label(words, "warn", wrap=True))


def _sampled(people: int) -> str:
    return f"Segments were counted on {figures.count(people)} of the people." if people else ""
