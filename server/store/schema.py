"""Every table: keys begin with the workspace, so that the schema shards; times are epoch seconds, UTC."""

import sqlalchemy as sa

metadata = sa.MetaData()

Time = sa.Double


def _table(
    name: str, *columns: sa.Column[object] | sa.Index | sa.UniqueConstraint, clustered: bool = False
) -> sa.Table:
    """Make a table; `clustered` ones are stored in their primary key's order on SQLite."""
    return sa.Table(name, metadata, *columns, sqlite_with_rowid=not clustered)


def _key(name: str, kind: type[sa.Integer] | type[sa.Text] = sa.Integer) -> sa.Column[object]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _text(name: str, default: str = "") -> sa.Column[object]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def _number(name: str, default: str = "0") -> sa.Column[object]:
    return sa.Column(name, sa.Integer, nullable=False, server_default=default)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, Time, nullable=True)


# -- the house -----------------------------------------------------------------------------------

meta = _table("meta", _key("key", sa.Text), _text("value"))  #: installation, incarnation, ...
counter = _table(
    "counter", _key("workspace"), _key("noun", sa.Text), _number("n")
)  #: last id given out, per noun
workspace = _table("workspace", _key("id"), _text("name"), _text("environment"), _time("created_at"))

account = _table(
    "account",
    _key("workspace"),
    _key("id"),
    _text("name"),
    _text("provider"),
    _text("channel"),
    _number("enabled", "1"),
    _number("weight", "100"),
    _number("window", "64"),
    sa.Column("rate_per_s", sa.Double, nullable=False, server_default="0"),
    _text("settings", "{}"),  #: JSON, without secrets
    _text("health", "unknown"),
    _text("health_text"),
    _number("halted"),  #: 1 while the set-up is wrong and nothing may be sent
    _time("checked_at"),
    _time("created_at"),
    _time("updated_at"),
    _time("removed_at"),
)
secret = _table(
    "secret",
    _key("workspace"),
    _key("account"),
    _key("name", sa.Text),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

# -- people ---------------------------------------------------------------------------------------

contact = _table(
    "contact",
    _key("workspace"),
    _key("id"),
    _text("key"),
    _text("name"),
    _text("country"),
    _text("zone"),
    _text("locale"),
    _text("attributes", "{}"),  #: JSON object
    _time("created_at"),
    _time("updated_at"),
    sa.Index("contact_by_key", "workspace", "key", unique=True),
    sa.Index("contact_by_name", "workspace", "name"),
)
identity = _table(
    "identity",
    _key("workspace"),
    _key("contact"),
    _key("channel", sa.Text),
    _text("address"),  #: E.164, mail address, token in hex, subscription as JSON
    _text("address_key"),  #: what addresses are compared by, at most 80 characters; see store.addresses
    _time("created_at"),
    _time("removed_at"),
    _text("removed_because"),
    sa.Index("identity_by_address", "workspace", "channel", "address_key", unique=True),
    sa.Index("identity_by_any_address", "workspace", "address_key"),
    clustered=True,
)
audience = _table(
    "audience",
    _key("workspace"),
    _key("id"),
    _text("name"),
    _number("ready"),
    _number("people"),
    _text("reach", "{}"),  #: JSON: channel to people
    _time("created_at"),
    _time("removed_at"),
)
member = _table("member", _key("workspace"), _key("audience"), _key("contact"), clustered=True)
suppression = _table(
    "suppression",
    _key("workspace"),
    _key("channel", sa.Text),  #: or `all`
    _key("address_key", sa.Text),
    _text("address"),
    _text("reason"),
    _time("created_at"),
    clustered=True,
)

import_ = _table(
    "import",
    _key("workspace"),
    _key("id"),
    _text("file"),  #: the name a person knows it by
    _text("path"),  #: the copy in the data folder
    _number("audience"),
    _text("status"),
    _text("mapping", "{}"),
    _text("country"),
    _text("delimiter"),
    _text("encoding"),
    _number("rows_read"),
    _number("rows_taken"),
    _number("rows_refused"),
    _number("faults"),
    sa.Column("bytes_read", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("bytes_total", sa.BigInteger, nullable=False, server_default="0"),
    _number("merged"),  #: staged rows merged so far
    _text("message"),
    _time("created_at"),
    _time("finished_at"),
)
import_row = _table(
    "import_row", _key("workspace"), _key("import"), _key("row"), _text("data"), clustered=True
)
import_fault = _table(
    "import_fault",
    _key("workspace"),
    _key("import"),
    _key("n"),
    _number("row"),
    _text("column"),
    _text("value"),
    _text("message"),
    _text("remedy"),
    _number("row_taken"),
    clustered=True,
)

# -- content and campaigns ------------------------------------------------------------------------

template = _table(
    "template",
    _key("workspace"),
    _key("id"),
    _text("name"),
    _text("channel"),
    _number("version"),
    _time("created_at"),
    _time("updated_at"),
    _time("removed_at"),
)
template_version = _table(
    "template_version",
    _key("workspace"),
    _key("template"),
    _key("version"),
    _text("content"),
    _time("created_at"),
)
campaign = _table(
    "campaign",
    _key("workspace"),
    _key("id"),
    _text("name"),
    _text("status"),
    sa.Column("audience", sa.Integer, nullable=True),
    _text("contents", "{}"),  #: JSON of channels.contents.Contents
    sa.Column("run", sa.Integer, nullable=True),  #: the newest
    _time("created_at"),
    _time("updated_at"),
    _time("removed_at"),
)

# -- the ledger -----------------------------------------------------------------------------------

run = _table(
    "run",
    _key("workspace"),
    _key("id"),
    _number("campaign"),
    _text("status"),
    _number("audience"),
    _text("contents"),  #: frozen
    _number("people"),
    _number("messages"),
    _time("started_at"),
    _time("finished_at"),
)
message = _table(
    "message",
    _key("workspace"),
    _key("run"),
    _key("seq"),
    _number("channel"),  #: code, see store.ledger.codes
    _number("contact"),
    sa.Column("address_key", sa.Text, nullable=True),
    _number("state"),  #: code
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    _number("attempts"),
    _number("account"),
    sa.Column("provider_ref", sa.Text, nullable=True),
    sa.Column("hash", sa.LargeBinary, nullable=True),  #: of the rendered content, 16 bytes
    sa.Column("vars", sa.Text, nullable=True),  #: JSON of the values the template used
    _time("due_at"),  #: of a waiting message that was refused for now
    _time("updated_at"),
    sa.Index("message_by_contact", "workspace", "contact"),
    sa.Index(
        "message_by_provider_ref",
        "workspace",
        "provider_ref",
        sqlite_where=sa.text("provider_ref IS NOT NULL"),
    ),
    clustered=True,
)
batch = _table(
    "batch",
    _key("workspace"),
    _key("run"),
    _key("n"),
    _number("channel"),
    _number("seq_from"),  #: inclusive
    _number("seq_to"),  #: exclusive
    _number("closed"),
    sa.Column("due_at", Time, nullable=False, server_default="0"),
    _text("owner"),
    sa.Column("lease_until", Time, nullable=False, server_default="0"),
    _number("fence"),  #: grows by one at each claim; an intent needs the newest
    sa.Index("batch_open", "closed", "channel", "due_at", "lease_until"),
    clustered=True,
)
event = _table(
    "event",
    _key("workspace"),
    _key("run"),
    _key("seq"),
    sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),  #: microseconds since the epoch
    _key("kind"),
    _number("attempt"),
    _number("account"),
    sa.Column("detail", sa.Text, nullable=True),  #: JSON
    clustered=True,
)
tally = _table(
    "tally",
    _key("workspace"),
    _key("run"),
    _key("channel"),
    _key("account"),
    _key("state"),
    _key("reason", sa.Text),
    _number("n"),
    clustered=True,
)
pace = _table(
    "pace",
    _key("workspace"),
    _key("run"),
    _key("channel"),
    _key("second"),
    _number("accepted"),
    _number("failed"),
    clustered=True,
)
latency = _table(
    "latency", _key("workspace"), _key("run"), _key("channel"), _key("bucket"), _number("n"), clustered=True
)
receipt = _table(
    "receipt",
    sa.Column("id", sa.Integer, primary_key=True),
    _number("workspace"),
    _number("account"),
    _text("event_id"),
    sa.Column("at", Time, nullable=False),  #: when it came
    _text("kind"),
    _text("ref"),
    _text("provider_ref"),
    _text("address"),
    _time("happened_at"),
    _text("code"),
    _text("text"),
    _number("suppress"),
    sa.Column("raw", sa.LargeBinary, nullable=True),
    _number("state"),  #: 0 to be merged, 1 merged, 2 kept aside
    sa.Column("run", sa.Integer, nullable=True),
    sa.Column("seq", sa.Integer, nullable=True),
    sa.Index("receipt_once", "workspace", "account", "event_id", unique=True),
    sa.Index("receipt_by_message", "workspace", "run", "seq"),
    sa.Index(
        "receipt_to_merge", "id", sqlite_where=sa.text("state = 0"), postgresql_where=sa.text("state = 0")
    ),
)
sender = _table(
    "sender",
    _key("slot"),
    _text("owner"),
    _number("pid"),
    _time("started_at"),
    _time("seen_at"),
    _text("lanes", "{}"),  #: JSON: account to in_flight, health and counts of this process
)
