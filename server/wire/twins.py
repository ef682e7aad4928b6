"""The twins' inbox: everything that arrived, by recipient, and who the magic recipients are."""

from datetime import datetime

import msgspec

from server.wire import endpoint


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a twin was handed."""

    id: int
    at: datetime
    twin: str  #: `sms/twilio`
    channel: str
    to: str
    ref: str  #: our reference, where the wire carried it
    provider_ref: str
    outcome: str  #: what the twin answered and the device did: `delivered`, `dead`, `throttled` ...
    title: str  #: what a device would show first, in a line
    text: str
    image: str  #: address of the first picture, or empty
    count: int  #: how often this recipient was handed this reference


class Arrivals(endpoint.Page, frozen=True):
    """A page of arrivals, newest first."""

    rows: list[Arrival]


class ArrivalQuery(endpoint.Window, frozen=True, kw_only=True):
    """Filters of the inbox."""

    twin: str = ""
    find: str = ""  #: a recipient, a reference, a provider reference
    outcome: str = ""


class Arrived(endpoint.Reply, frozen=True):
    """One arrival whole: what was on the wire, without credentials, and what a device makes of it."""

    arrival: Arrival
    wire: dict[str, str]  #: header or field to value, redacted
    body: str  #: as text
    shown: dict[str, object]  #: the content as the device would show it


class Twin(msgspec.Struct, frozen=True, kw_only=True):
    """One running twin."""

    key: str
    channel: str
    title: str
    address: str  #: where it listens
    arrived: int
    running: bool


class Magic(msgspec.Struct, frozen=True, kw_only=True):
    """One magic recipient."""

    word: str
    channel: str
    address: str
    does: str


class Twins(endpoint.Reply, frozen=True):
    """The twins of this server; empty where none run."""

    rows: list[Twin]
    magic: list[Magic]


LIST = endpoint.Endpoint("GET", "/v1/twins", endpoint.Nothing, Twins, "List twins and magic recipients")
INBOX = endpoint.Endpoint("GET", "/v1/twins/inbox", ArrivalQuery, Arrivals, "Page what arrived")
ARRIVED = endpoint.Endpoint("GET", "/v1/twins/inbox/{id}", endpoint.Nothing, Arrived, "Show one arrival")
