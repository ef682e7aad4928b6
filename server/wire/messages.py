"""Messages: the list a support person filters, and one message's story."""

from datetime import datetime

import msgspec

from server.wire import endpoint, ledger


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the list."""

    ref: str  #: our reference, unique over installations; what providers carry back
    run: int
    seq: int
    campaign: int
    campaign_name: str
    channel: str
    contact: int
    name: str
    address: str
    state: ledger.State
    reason: str
    attempts: int
    account: int
    account_name: str
    provider_ref: str
    updated_at: datetime  #: aware, UTC
    test: bool = False  #: a test send, to an address somebody typed; no figure counts it


class Messages(endpoint.Page, frozen=True):
    """A page of messages."""

    rows: list[Message]


class MessageQuery(endpoint.Window, frozen=True, kw_only=True):
    """Filters; all that are set must hold. `state` may name `accepted` with `group` to mean all its later states."""

    find: str = (
        ""  #: an address, phone, token, contact key, message ref or provider reference, pasted as it is
    )
    campaign: int = 0
    run: int = 0
    channel: str = ""
    state: str = ""
    reason: str = ""
    group: bool = False
    account: int = 0
    tests: str = ""  #: `only` tests, or `none`; empty for both


class Story(endpoint.Reply, frozen=True):
    """All there is to say about one message, redacted."""

    message: Message
    events: list[ledger.Event]
    content: dict[str, object] | None  #: what was sent, rendered again; None if it was never rendered
    content_matches: bool | None  #: whether the rendering equals, by hash, what was sent; None if nothing was
    variables: dict[str, object]  #: the values the template used
    receipts: list["RawReceipt"]


class RawReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """One provider call about the message, as it came, redacted and cut at 4 KB."""

    at: datetime
    kind: str
    body: str


class DumpRow(msgspec.Struct, frozen=True, kw_only=True):
    """One message in a ledger dump; a dump is one JSON object a line, in the order of seq."""

    ref: str
    seq: int
    channel: str
    contact: int
    address: str
    state: ledger.State
    reason: str
    attempts: int
    account: int
    provider_ref: str
    meaning: str = ""  #: the reason in words


LIST = endpoint.Endpoint("GET", "/v1/messages", MessageQuery, Messages, "List messages")
STORY = endpoint.Endpoint("GET", "/v1/messages/{ref}", endpoint.Nothing, Story, "Tell one message's story")
DUMP = endpoint.Endpoint(
    "GET", "/v1/runs/{run}/dump", endpoint.Nothing, endpoint.Raw, "Every message of a run, as JSON lines"
)
