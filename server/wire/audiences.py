"""Audiences, contacts, imports and suppressions."""

import enum
from datetime import datetime

import msgspec

from server.wire import endpoint


class Audience(endpoint.Reply, frozen=True):
    """A kept list of contacts."""

    id: int
    name: str
    people: int
    reach: dict[str, int]  #: channel to people with an address there
    ready: bool  #: False while its import is not finished
    created_at: datetime


class Audiences(endpoint.Page, frozen=True):
    """A page of audiences, newest first."""

    rows: list[Audience]


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """One way to reach a contact."""

    channel: str
    address: str
    removed_because: str = ""  #: why it is no longer used, such as `410 Unregistered`; empty while it is


class Contact(endpoint.Reply, frozen=True):
    """A person known to us."""

    id: int
    key: str  #: the customer's own id, else the first identity
    name: str
    country: str  #: ISO 3166-1 alpha-2, or empty
    zone: str  #: IANA time zone, or empty
    locale: str
    attributes: dict[str, object]
    identities: list[Identity]
    suppressed: list[str]  #: channels, or `all`
    created_at: datetime


class Contacts(endpoint.Page, frozen=True):
    """A page of contacts."""

    rows: list[Contact]


class ContactQuery(endpoint.Window, frozen=True, kw_only=True):
    """Filters of the list."""

    audience: int = 0
    find: str = ""  #: a name's beginning, an address, a key


class ImportStatus(enum.StrEnum):
    """The life of an import."""

    READING = "reading"
    MERGING = "merging"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


#: What a column can be mapped to, besides `attribute:<name>` and `` (left out).
TARGETS = (
    "key",
    "name",
    "first_name",
    "last_name",
    "email",
    "phone",  #: both SMS, WhatsApp and RCS, unless they have columns of their own
    "sms",
    "whatsapp",
    "rcs",
    "apns",
    "webpush",
    "country",
    "zone",
    "locale",
)

#: What templates know of everybody by these names; no attribute may take one of them.
RESERVED = ("key", "name", "first_name", "last_name", "email", "phone", "country", "zone", "locale")


class Import(endpoint.Reply, frozen=True):
    """One import and how far it is. Nothing of it can be sent to before it is done."""

    id: int
    file: str
    audience: int
    audience_name: str
    status: ImportStatus
    mapping: dict[str, str]  #: column to target
    rows_read: int
    rows_taken: int
    rows_refused: int
    faults: int  #: cells that were wrong; a row with one usable identity is still taken
    bytes_read: int
    bytes_total: int
    message: str  #: why it failed, and the remedy
    created_at: datetime
    finished_at: datetime | None


class Imports(endpoint.Page, frozen=True):
    """A page of imports, newest first."""

    rows: list[Import]


class ImportFault(msgspec.Struct, frozen=True, kw_only=True):
    """One wrong cell of the file. Rows count from 2, as a spreadsheet shows them; the header is row 1."""

    row: int
    column: str
    value: str  #: as it stood, cut at 200 characters
    message: str
    remedy: str
    row_taken: bool


class ImportFaults(endpoint.Page, frozen=True):
    """A page of the error sheet."""

    rows: list[ImportFault]


class Inspection(endpoint.Reply, frozen=True):
    """What the first lines of a file look like, and the mapping its header suggests."""

    delimiter: str
    encoding: str
    columns: list[str]
    mapping: dict[str, str]
    sample: list[list[str]]
    faults: list[str]


class ImportAsk(endpoint.Ask, frozen=True, kw_only=True):
    """A CSV file travels as the body. `mapping` is a JSON object of column to target; empty to go by the header."""

    file: str
    audience: str = ""  #: name of the audience to make; the file's name if empty
    mapping: str = ""
    country: str = ""  #: ISO 3166-1 alpha-2: how phone numbers without + are read


class InspectAsk(endpoint.Ask, frozen=True, kw_only=True):
    """The file's first 64 KB travel as the body."""

    file: str


class Suppression(msgspec.Struct, frozen=True, kw_only=True):
    """What forbids sending, whatever the person allowed."""

    channel: str  #: or `all`
    address: str
    reason: str
    meaning: str = ""  #: the reason in words, where it holds a provider's code
    created_at: datetime


class Suppressions(endpoint.Page, frozen=True):
    """A page of suppressions, newest first."""

    rows: list[Suppression]


class Suppress(endpoint.Ask, frozen=True, kw_only=True):
    """Forbid an address on a channel, or on `all`."""

    address: str
    channel: str = "all"
    reason: str = "by hand"


class SuppressionQuery(endpoint.Window, frozen=True, kw_only=True):
    """Filters of the list."""

    find: str = ""


LIST = endpoint.Endpoint("GET", "/v1/audiences", endpoint.Window, Audiences, "List audiences")
SHOW = endpoint.Endpoint("GET", "/v1/audiences/{audience}", endpoint.Nothing, Audience, "Show an audience")
DELETE = endpoint.Endpoint(
    "DELETE",
    "/v1/audiences/{audience}",
    endpoint.Nothing,
    endpoint.Done,
    "Delete an audience, not its contacts",
)
CONTACTS = endpoint.Endpoint("GET", "/v1/contacts", ContactQuery, Contacts, "List contacts")
CONTACT = endpoint.Endpoint("GET", "/v1/contacts/{contact}", endpoint.Nothing, Contact, "Show a contact")
INSPECT = endpoint.Endpoint(
    "POST", "/v1/imports/inspect", InspectAsk, Inspection, "Look at a CSV file's beginning", upload=True
)
IMPORT = endpoint.Endpoint("POST", "/v1/imports", ImportAsk, Import, "Import a CSV file", upload=True)
IMPORTS = endpoint.Endpoint("GET", "/v1/imports", endpoint.Window, Imports, "List imports")
IMPORTED = endpoint.Endpoint("GET", "/v1/imports/{id}", endpoint.Nothing, Import, "Show an import")
CANCEL_IMPORT = endpoint.Endpoint(
    "POST", "/v1/imports/{id}/cancel", endpoint.Nothing, Import, "Stop an import and leave nothing of it"
)
FAULTS = endpoint.Endpoint(
    "GET", "/v1/imports/{id}/faults", endpoint.Window, ImportFaults, "Page the error sheet"
)
FAULT_SHEET = endpoint.Endpoint(
    "GET", "/v1/imports/{id}/faults.csv", endpoint.Nothing, endpoint.Raw, "The error sheet as CSV"
)
SUPPRESSIONS = endpoint.Endpoint(
    "GET", "/v1/suppressions", SuppressionQuery, Suppressions, "List suppressions"
)
SUPPRESS = endpoint.Endpoint("POST", "/v1/suppressions", Suppress, endpoint.Done, "Forbid an address")
UNSUPPRESS = endpoint.Endpoint("POST", "/v1/suppressions/lift", Suppress, endpoint.Done, "Lift a suppression")
