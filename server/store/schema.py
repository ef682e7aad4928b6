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
    _number(
        "shifted"
    ),  #: points of the channel's hundred moved to (or from) this account while another was in trouble
    _time("shifted_at"),
    _text("quota"),  #: JSON of what the provider itself says it allows; empty where it does not say
    _time("parked_until"),  #: the provider asked for a wait longer than an hour
)
origin = _table(
    "origin",
    _key("workspace"),
    _key("account"),
    _key("address", sa.Text),  #: a number or From address of the account's pool
    _number("weight", "100"),
    clustered=True,
)
route = _table(
    "route",
    _key("workspace"),
    _key("channel", sa.Text),
    _key("prefix", sa.Text),  #: `+49`; empty for every other number
    _key("place"),  #: 0 is tried first
    _number("account"),
    clustered=True,
)
rate_limit = _table(
    "rate_limit",
    _key("workspace"),
    _key("layer", sa.Text),
    _key("channel", sa.Text),
    _key(
        "subject", sa.Text
    ),  #: what of the layer: an account, a number, a prefix, a campaign, a domain, or `*`
    _key("per_s"),
    _number("count"),  #: messages at most in any period so long
    clustered=True,
)
usage = _table(
    "usage",
    _key("workspace"),
    _key("key", sa.Text),  #: which limit, and of whom
    sa.Column("state", sa.LargeBinary, nullable=False),  #: see store.ledger.windows
    sa.Column("until", Time, nullable=False, server_default="0"),  #: nothing of it counts afterwards
    sa.Index("usage_until", "until"),
    clustered=True,
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
    _text("policy", "{}"),  #: JSON of wire.policies.Policy
    sa.Column("run", sa.Integer, nullable=True),  #: the newest
    _time("created_at"),
    _time("updated_at"),
    _time("removed_at"),
    _text("priority", "bulk"),
)

policy = _table(
    "policy",
    _key("workspace"),
    _text("body", "{}"),  #: JSON of wire.policies.SaveDefaults
    _time("updated_at"),
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
    _text("policy"),  #: JSON of the rules it was launched with; empty where there are none
    _time("not_after"),  #: what waits then is skipped
    _number("fallback"),  #: from an RCS message's seq to its fallback SMS's; 0 where there is none
    _number("people"),
    _number("messages"),
    _time("started_at"),
    _time("finished_at"),
    _text("priority", "bulk"),  #: bulk, transactional, test
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
    _number("repeats"),  #: 1 while the attempt under way may be repeated without reaching the person twice
    _number(
        "perhaps"
    ),  #: 1 once an earlier attempt may have arrived: it then ends accepted or in doubt, else nowhere
    sa.Index("message_by_contact", "workspace", "contact"),
    sa.Index(
        "message_exception",  # failed or in doubt: few beside all that went well
        "workspace",
        "state",
        "updated_at",
        sqlite_where=sa.text("state IN (10, 12)"),
        postgresql_where=sa.text("state IN (10, 12)"),
    ),
    sa.Index(
        "message_by_provider_ref",
        "workspace",
        "provider_ref",
        sqlite_where=sa.text("provider_ref IS NOT NULL"),
    ),
    clustered=True,
)
wave = _table(
    "wave",
    _key("workspace"),
    _key("run"),
    _key("zone", sa.Text),
    sa.Column("at", Time, nullable=False, server_default="0"),  #: when this zone's messages are due
    _number("messages"),
    _number("assumed"),  #: of these, for people whose zone is not known
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
    _number("priority"),  #: of its run: 0 bulk, 1 transactional, 2 test
    sa.Index(
        "batch_urgent",
        "channel",
        "due_at",
        sqlite_where=sa.text("closed = 0 AND priority > 0"),
        postgresql_where=sa.text("closed = 0 AND priority > 0"),
    ),
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
bound = _table(
    "bound",
    _key("workspace"),
    _key("run"),
    _key("channel"),
    _key("cause", sa.Text),  #: what a run's rate was bound by; see engine.bounding
    sa.Column("seconds", sa.Double, nullable=False, server_default="0"),
    sa.Column("at", Time, nullable=False, server_default="0"),  #: when it last did
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

# -- what a person does about failures and doubts -------------------------------------------------

exception_act = _table(
    "exception_act",
    _key("workspace"),
    _key("id"),
    _text("key"),  #: the asker's own: asking twice is one act
    _text("kind"),  #: see store.ledger.acts
    _text("pick"),  #: JSON of wire.exceptions.Pick
    _number("undoes"),  #: the act this one takes back; 0 for none
    _text("by"),
    _text("why"),
    _text("status"),
    _number("expected"),
    _number("moved"),
    _time("after_at"),  #: where the next transaction goes on, with after_run and after_seq
    _number("after_run"),
    _number("after_seq"),
    _time("created_at"),
    _time("finished_at"),
    sa.Index("exception_act_once", "workspace", "key", unique=True),
)
exception_mark = _table(
    "exception_mark",  #: the last act upon a message, and how it stood before
    _key("workspace"),
    _key("run"),
    _key("seq"),
    _number("act"),
    _text("kind"),
    _time("at"),
    _number("state"),
    _text("reason"),
    _number("account"),
    _time("since"),
    sa.Index("exception_mark_by_act", "workspace", "act"),
    clustered=True,
)
lookup = _table(
    "lookup",  #: what was asked about a message in doubt
    _key("workspace"),
    _key("run"),
    _key("seq"),
    _number("attempt"),  #: the try it was asked about; a later one is asked about anew
    _number("tries"),
    _time("next_at"),  #: null once nothing more is asked
    _text("said"),
    clustered=True,
)

# -- schedules and the hold ------------------------------------------------------------------------

schedule = _table(
    "schedule",
    _key("workspace"),
    _key("id"),
    _number("campaign"),
    _text("plan"),  #: JSON of wire.schedules.Plan
    _text("zone"),
    _text("state"),  #: active or ended
    sa.Column("expected", sa.Integer, nullable=True),  #: people, where a launch was put off for a moment
    _text("next_local"),  #: the next time on the zone's wall; empty where none is left
    _time("next_at"),
    _time("created_at"),
    _time("updated_at"),
    sa.Index("schedule_by_campaign", "workspace", "campaign"),
    sa.Index("schedule_due", "state", "next_at"),
)
occurrence = _table(
    "occurrence",
    _key("workspace"),
    _key("id"),
    _number("schedule"),
    _number("campaign"),
    _text("local"),  #: as planned, on the schedule's wall; with the schedule it is what can happen once
    sa.Column("planned_at", Time, nullable=False),
    sa.Column("due_at", Time, nullable=False),  #: later than planned where a person moved it
    _text("state"),  #: of wire.schedules.State
    sa.Column("run", sa.Integer, nullable=True),
    _text("why"),
    _time("created_at"),
    _time("decided_at"),
    sa.Index("occurrence_once", "workspace", "schedule", "local", unique=True),
    sa.Index("occurrence_by_campaign", "workspace", "campaign"),
    sa.Index("occurrence_due", "state", "due_at"),
)
hold = _table(  #: one row while nothing may be sent, else none
    "hold",
    _key("id"),
    _text("why"),  #: of wire.holds.Why
    _text("note"),
    _text("found", "{}"),  #: JSON: how a copy was recognised, and what went on without it
    _time("at"),
)
