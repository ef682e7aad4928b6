"""The ledger: runs, every message, what happened to it, and what was counted."""

import sqlalchemy as sa

from server.store.tables import making

run = making.table(
    "run",
    making.key("workspace"),
    making.key("id"),
    making.number("campaign"),
    making.text("status"),
    making.number("audience"),
    making.text("contents"),  #: frozen
    making.text("policy"),  #: JSON of the rules it was launched with; empty where there are none
    making.time("not_after"),  #: what waits then is skipped
    making.number("fallback"),  #: from an RCS message's seq to its fallback SMS's; 0 where there is none
    making.number("people"),
    making.number("messages"),
    making.time("started_at"),
    making.time("finished_at"),
    making.text("priority", "bulk"),  #: bulk, transactional, test
    making.text("kind"),  #: `test` for test sends, which no figure counts; else empty
    sa.Index(
        "run_of_tests",
        "workspace",
        "id",
        sqlite_where=sa.text("kind = 'test'"),
        postgresql_where=sa.text("kind = 'test'"),
    ),
)
message = making.table(
    "message",
    making.key("workspace"),
    making.key("run"),
    making.key("seq"),
    making.number("channel"),  #: code, see store.ledger.codes
    making.number("contact"),
    sa.Column("address_key", sa.Text, nullable=True),
    making.number("state"),  #: code
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    making.number("attempts"),
    making.number("account"),
    sa.Column("provider_ref", sa.Text, nullable=True),
    sa.Column("hash", sa.LargeBinary, nullable=True),  #: of the rendered content, 16 bytes
    sa.Column("vars", sa.Text, nullable=True),  #: JSON of the values the template used
    making.time("due_at"),  #: of a waiting message that was refused for now
    making.time("updated_at"),
    making.number(
        "repeats"
    ),  #: 1 while the attempt under way may be repeated without reaching the person twice
    making.number(
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
test_message = making.table(
    "test_message",  #: where a test goes, and whose data it shows; its message itself names nobody
    making.key("workspace"),
    making.key("run"),
    making.key("seq"),
    making.number("contact"),
    making.text("address"),
    making.text("address_key"),
    sa.Index("test_message_by_address", "workspace", "address_key"),
    clustered=True,
)
wave = making.table(
    "wave",
    making.key("workspace"),
    making.key("run"),
    making.key("zone", sa.Text),
    sa.Column("at", making.Time, nullable=False, server_default="0"),  #: when this zone's messages are due
    making.number("messages"),
    making.number("assumed"),  #: of these, for people whose zone is not known
    clustered=True,
)
batch = making.table(
    "batch",
    making.key("workspace"),
    making.key("run"),
    making.key("n"),
    making.number("channel"),
    making.number("seq_from"),  #: inclusive
    making.number("seq_to"),  #: exclusive
    making.number("closed"),
    sa.Column("due_at", making.Time, nullable=False, server_default="0"),
    making.text("owner"),
    sa.Column("lease_until", making.Time, nullable=False, server_default="0"),
    making.number("fence"),  #: grows by one at each claim; an intent needs the newest
    making.number("priority"),  #: of its run: 0 bulk, 1 transactional, 2 test
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
event = making.table(
    "event",
    making.key("workspace"),
    making.key("run"),
    making.key("seq"),
    sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),  #: microseconds since the epoch
    making.key("kind"),
    making.number("attempt"),
    making.number("account"),
    sa.Column("detail", sa.Text, nullable=True),  #: JSON
    clustered=True,
)
tally = making.table(
    "tally",
    making.key("workspace"),
    making.key("run"),
    making.key("channel"),
    making.key("account"),
    making.key("state"),
    making.key("reason", sa.Text),
    making.number("n"),
    clustered=True,
)
pace = making.table(
    "pace",
    making.key("workspace"),
    making.key("run"),
    making.key("channel"),
    making.key("second"),
    making.number("accepted"),
    making.number("failed"),
    clustered=True,
)
bound = making.table(
    "bound",
    making.key("workspace"),
    making.key("run"),
    making.key("channel"),
    making.key("cause", sa.Text),  #: what a run's rate was bound by; see engine.bounding
    sa.Column("seconds", sa.Double, nullable=False, server_default="0"),
    sa.Column("at", making.Time, nullable=False, server_default="0"),  #: when it last did
    clustered=True,
)
latency = making.table(
    "latency",
    making.key("workspace"),
    making.key("run"),
    making.key("channel"),
    making.key("bucket"),
    making.number("n"),
    clustered=True,
)
receipt = making.table(
    "receipt",
    sa.Column("id", sa.Integer, primary_key=True),
    making.number("workspace"),
    making.number("account"),
    making.text("event_id"),
    sa.Column("at", making.Time, nullable=False),  #: when it came
    making.text("kind"),
    making.text("ref"),
    making.text("provider_ref"),
    making.text("address"),
    making.time("happened_at"),
    making.text("code"),
    making.text("text"),
    making.number("suppress"),
    sa.Column("raw", sa.LargeBinary, nullable=True),
    making.number("state"),  #: 0 to be merged, 1 merged, 2 kept aside
    sa.Column("run", sa.Integer, nullable=True),
    sa.Column("seq", sa.Integer, nullable=True),
    sa.Index("receipt_once", "workspace", "account", "event_id", unique=True),
    sa.Index("receipt_by_message", "workspace", "run", "seq"),
    sa.Index(
        "receipt_to_merge", "id", sqlite_where=sa.text("state = 0"), postgresql_where=sa.text("state = 0")
    ),
)
sender = making.table(
    "sender",
    making.key("slot"),
    making.text("owner"),
    making.number("pid"),
    making.time("started_at"),
    making.time("seen_at"),
    making.text("lanes", "{}"),  #: JSON: account to in_flight, health and counts of this process
)
