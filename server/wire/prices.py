"""What messages cost: prices by channel, country and account, and what an estimate makes of them."""

import msgspec

from server.wire import endpoint


class Price(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one message costs; of an SMS, one segment. The most particular price counts, an account's own first."""

    channel: str
    country: str = ""  #: where it goes, two letters of ISO 3166-1; empty for every country without a price
    account: int = 0  #: 0 for every account without a price of its own
    amount: str  #: decimal with a point and at most six places: `0.0075`; empty removes the price
    currency: str = ""  #: three letters of ISO 4217: `EUR`


class Prices(endpoint.Reply, frozen=True):
    """Every price, by channel, country and account."""

    rows: list[Price]


class SavePrices(endpoint.Ask, frozen=True, kw_only=True):
    """Set or remove some prices; the others stay."""

    rows: list[Price]


class ImportPrices(endpoint.Ask, frozen=True, kw_only=True):
    """Prices as CSV with a heading of `channel`, `country`, `account`, `amount`, `currency`.

    Without faults all lines are taken, else none. An account is named or numbered.
    """

    csv: str
    replace: bool = False  #: whether prices that are not named are removed


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """An amount in one currency."""

    currency: str
    amount: str  #: decimal with a point, two places or as many as it needs


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What one country costs on one channel."""

    channel: str
    country: str  #: empty where nobody knows
    messages: int
    units: int  #: what is charged: segments of an SMS, else messages
    currency: str
    amount: str


class Unpriced(msgspec.Struct, frozen=True, kw_only=True):
    """Messages of a channel that no price is set for."""

    channel: str
    countries: list[str]  #: empty for a channel without any price
    messages: int


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What a launch would cost, as far as prices are set."""

    totals: list[Money] = []  #: one a currency
    lines: list[Line] = []  #: the dearest first
    unpriced: list[Unpriced] = []
    sampled: int = 0  #: people whose SMS was rendered to count its segments; 0 where they need not be


LIST = endpoint.Endpoint("GET", "/v1/prices", endpoint.Nothing, Prices, "List prices")
SAVE = endpoint.Endpoint("PUT", "/v1/prices", SavePrices, Prices, "Set or remove prices")
IMPORT = endpoint.Endpoint("POST", "/v1/prices/import", ImportPrices, Prices, "Take prices from CSV")
