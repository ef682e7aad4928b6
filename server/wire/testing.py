"""Test sends: one message to an address somebody typed, with a person's data, by the lanes that send for real."""

from datetime import datetime

import msgspec

from server.channels import contents
from server.wire import endpoint, ledger

Contents = contents.Contents

#: Addresses of one test, each its own message.
MOST_TO = 20


class SendTest(endpoint.Ask, frozen=True, kw_only=True):
    """What is sent as a test, to whom, and whose data it shows.

    Without a person it is the first of the campaign's audience. All of `to` are sent to, or none.
    """

    channel: str
    to: list[str]
    contact: int = 0  #: the person's id
    person: str = ""  #: or the person's key
    contents: Contents | None = None  #: as they are being written; None for the campaign's own


class Test(msgspec.Struct, frozen=True, kw_only=True):
    """One test message as it stands."""

    ref: str
    run: int
    seq: int
    campaign: int
    campaign_name: str
    channel: str
    address: str
    person: str  #: whose data it shows
    state: ledger.State
    reason: str
    meaning: str  #: the reason in words
    detail: str  #: what the provider said where it refused; empty else
    attempts: int
    account_name: str
    started_at: datetime
    updated_at: datetime


class Tests(endpoint.Page, frozen=True):
    """A page of tests, newest first."""

    rows: list[Test]


class TestQuery(endpoint.Window, frozen=True, kw_only=True):
    """Filters; all that are set must hold."""

    campaign: int = 0
    run: int = 0
    channel: str = ""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a test went before."""

    channel: str
    address: str
    sent_at: datetime


class Addresses(endpoint.Reply, frozen=True):
    """The addresses tests went to, the latest first, a few a channel."""

    rows: list[Address]


SEND = endpoint.Endpoint(
    "POST", "/v1/campaigns/{campaign}/tests", SendTest, Tests, "Send a test by the lanes that send for real"
)
LIST = endpoint.Endpoint("GET", "/v1/tests", TestQuery, Tests, "List tests and what became of them")
ADDRESSES = endpoint.Endpoint(
    "GET", "/v1/tests/addresses", endpoint.Nothing, Addresses, "Where tests went before"
)
