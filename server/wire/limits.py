"""Limits in layers, routes by country, sender pools, and why a run goes as fast as it does."""

import enum
from datetime import datetime

import msgspec

from server.wire import endpoint


class Layer(enum.StrEnum):
    """What a limit is laid upon. Of all that concern a message the smallest wins."""

    ACCOUNT = "account"  #: subject: the account's id
    ORIGIN = "origin"  #: a number or From address; subject: `<account>/<address>`
    ROUTE = "route"  #: a channel; subject: a country's prefix such as `+49`, or empty for all of the channel
    WORKSPACE = "workspace"
    CAMPAIGN = "campaign"  #: subject: the campaign's id
    DOMAIN = "domain"  #: of mail recipients; subject: the domain, or `*` for each one by itself
    PAIR = "pair"  #: one recipient from one account; subject: the account's id, or `*` for each one


class Priority(enum.StrEnum):
    """What goes first."""

    BULK = "bulk"
    TRANSACTIONAL = "transactional"
    TEST = "test"


class Rate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At most `count` messages in any `per_s` seconds: 1, 60, 3600, 86400, or any other whole number."""

    count: int
    per_s: int


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """One limit."""

    layer: Layer
    channel: str = ""  #: of routes, domains and pairs
    subject: str = ""
    count: int
    per_s: int
    used: int = 0  #: of the count, in the period that ends now; 0 where many share one limit's words
    title: str = ""  #: what it is laid upon, in words


class Limits(endpoint.Reply, frozen=True):
    """All limits of the workspace that a person set."""

    rows: list[Limit]


class SaveLimits(endpoint.Ask, frozen=True, kw_only=True):
    """The limits of one subject, whole: those left out are lifted. They take effect within a second."""

    layer: Layer
    channel: str = ""
    subject: str = ""
    rates: list[Rate] = []


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """The accounts for the numbers of one country, the first one that can send first."""

    channel: str
    prefix: str  #: `+49`; empty for every number that no other route knows
    accounts: list[int]


class Routes(endpoint.Reply, frozen=True):
    """All routes. Without any, accounts share a channel by their weights."""

    rows: list[Route]


class SaveRoute(endpoint.Ask, frozen=True, kw_only=True):
    """One route, whole; without accounts it is removed."""

    channel: str
    prefix: str = ""
    accounts: list[int] = []


class Origin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number or From address of an account's pool."""

    address: str
    weight: int = 100


class Origins(endpoint.Reply, frozen=True):
    """An account's pool. Empty where all its messages leave from the sender in its settings."""

    account: int
    pooled: bool  #: whether the provider can be told whom a message comes from
    rows: list[Origin]


class SaveOrigins(endpoint.Ask, frozen=True, kw_only=True):
    """An account's pool, whole."""

    rows: list[Origin]


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that bound a run's rate."""

    kind: str  #: `account`, `window`, `throttled`, `cpu` ...; see CAUSES
    subject: str  #: whose limit: an account, a domain ...; empty where the kind says all
    words: str
    share: float  #: of the time, 0 to 1; all causes of a reply sum to 1
    seconds: float  #: of sender time, over the whole run


class ChannelPace(msgspec.Struct, frozen=True, kw_only=True):
    """Why one channel of a run goes as fast as it does."""

    channel: str
    sentence: str
    rate_per_s: float
    causes: list[Cause]


class Pace(endpoint.Reply, frozen=True):
    """Why a run goes as fast as it does, and until when it may take."""

    run: int
    sentence: str  #: what binds it now
    rate_per_s: float  #: accepted over the last ten seconds
    left: int  #: messages that wait or are being sent
    eta_low_s: float | None  #: None where nobody can know
    eta_high_s: float | None
    ends_from: datetime | None
    ends_to: datetime | None
    assumes: str  #: what the range assumes, a sentence
    causes: list[Cause]  #: over all channels, the longest first
    by_channel: list[ChannelPace]


LIST = endpoint.Endpoint("GET", "/v1/limits", endpoint.Nothing, Limits, "List limits")
SAVE = endpoint.Endpoint("PUT", "/v1/limits", SaveLimits, Limits, "Set or lift the limits of one subject")
ROUTES = endpoint.Endpoint("GET", "/v1/routes", endpoint.Nothing, Routes, "List routes by country")
SAVE_ROUTE = endpoint.Endpoint("PUT", "/v1/routes", SaveRoute, Routes, "Set or remove a route")
ORIGINS = endpoint.Endpoint(
    "GET", "/v1/accounts/{account}/origins", endpoint.Nothing, Origins, "An account's pool of senders"
)
SAVE_ORIGINS = endpoint.Endpoint(
    "PUT", "/v1/accounts/{account}/origins", SaveOrigins, Origins, "Set an account's pool of senders"
)
PACE = endpoint.Endpoint(
    "GET", "/v1/runs/{run}/pace", endpoint.Nothing, Pace, "Why a run goes as fast as it does"
)
