"""The spine: control plane, people, campaigns and the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "account",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("provider", sa.Text(), server_default="", nullable=False),
        sa.Column("channel", sa.Text(), server_default="", nullable=False),
        sa.Column("enabled", sa.Integer(), server_default="1", nullable=False),
        sa.Column("weight", sa.Integer(), server_default="100", nullable=False),
        sa.Column("window", sa.Integer(), server_default="64", nullable=False),
        sa.Column("rate_per_s", sa.Double(), server_default="0", nullable=False),
        sa.Column("settings", sa.Text(), server_default="{}", nullable=False),
        sa.Column("health", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("health_text", sa.Text(), server_default="", nullable=False),
        sa.Column("halted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("checked_at", sa.Double(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=True),
        sa.Column("updated_at", sa.Double(), nullable=True),
        sa.Column("removed_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "id"),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "audience",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("ready", sa.Integer(), server_default="0", nullable=False),
        sa.Column("people", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reach", sa.Text(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.Double(), nullable=True),
        sa.Column("removed_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "id"),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "batch",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Integer(), server_default="0", nullable=False),
        sa.Column("seq_from", sa.Integer(), server_default="0", nullable=False),
        sa.Column("seq_to", sa.Integer(), server_default="0", nullable=False),
        sa.Column("closed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.Double(), server_default="0", nullable=False),
        sa.Column("owner", sa.Text(), server_default="", nullable=False),
        sa.Column("lease_until", sa.Double(), server_default="0", nullable=False),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("workspace", "run", "n"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.create_index("batch_open", ["closed", "channel", "due_at", "lease_until"], unique=False)

    op.create_table(
        "campaign",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("audience", sa.Integer(), nullable=True),
        sa.Column("contents", sa.Text(), server_default="{}", nullable=False),
        sa.Column("run", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=True),
        sa.Column("updated_at", sa.Double(), nullable=True),
        sa.Column("removed_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "id"),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "contact",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("country", sa.Text(), server_default="", nullable=False),
        sa.Column("zone", sa.Text(), server_default="", nullable=False),
        sa.Column("locale", sa.Text(), server_default="", nullable=False),
        sa.Column("attributes", sa.Text(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.Double(), nullable=True),
        sa.Column("updated_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "id"),
        sqlite_with_rowid=True,
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index("contact_by_key", ["workspace", "key"], unique=True)
        batch_op.create_index("contact_by_name", ["workspace", "name"], unique=False)

    op.create_table(
        "counter",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("noun", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("workspace", "noun"),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "event",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("account", sa.Integer(), server_default="0", nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "run", "seq", "at", "kind"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "identity",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("contact", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("address_key", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.Double(), nullable=True),
        sa.Column("removed_at", sa.Double(), nullable=True),
        sa.Column("removed_because", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("workspace", "contact", "channel"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.create_index("identity_by_address", ["workspace", "channel", "address_key"], unique=True)
        batch_op.create_index("identity_by_any_address", ["workspace", "address_key"], unique=False)

    op.create_table(
        "import",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file", sa.Text(), server_default="", nullable=False),
        sa.Column("path", sa.Text(), server_default="", nullable=False),
        sa.Column("audience", sa.Integer(), server_default="0", nullable=False),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("mapping", sa.Text(), server_default="{}", nullable=False),
        sa.Column("country", sa.Text(), server_default="", nullable=False),
        sa.Column("delimiter", sa.Text(), server_default="", nullable=False),
        sa.Column("encoding", sa.Text(), server_default="", nullable=False),
        sa.Column("rows_read", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_taken", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_refused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("faults", sa.Integer(), server_default="0", nullable=False),
        sa.Column("bytes_read", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("bytes_total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("merged", sa.Integer(), server_default="0", nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.Double(), nullable=True),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "id"),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "import_fault",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("import", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("row", sa.Integer(), server_default="0", nullable=False),
        sa.Column("column", sa.Text(), server_default="", nullable=False),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("remedy", sa.Text(), server_default="", nullable=False),
        sa.Column("row_taken", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("workspace", "import", "n"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "import_row",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("import", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("workspace", "import", "row"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "latency",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("workspace", "run", "channel", "bucket"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "member",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("audience", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("contact", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "audience", "contact"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "message",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Integer(), server_default="0", nullable=False),
        sa.Column("contact", sa.Integer(), server_default="0", nullable=False),
        sa.Column("address_key", sa.Text(), nullable=True),
        sa.Column("state", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("account", sa.Integer(), server_default="0", nullable=False),
        sa.Column("provider_ref", sa.Text(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.Column("vars", sa.Text(), nullable=True),
        sa.Column("due_at", sa.Double(), nullable=True),
        sa.Column("updated_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "run", "seq"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index("message_by_contact", ["workspace", "contact"], unique=False)
        batch_op.create_index(
            "message_by_provider_ref",
            ["workspace", "provider_ref"],
            unique=False,
            sqlite_where=sa.text("provider_ref IS NOT NULL"),
        )

    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "pace",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("second", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("accepted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("workspace", "run", "channel", "second"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace", sa.Integer(), server_default="0", nullable=False),
        sa.Column("account", sa.Integer(), server_default="0", nullable=False),
        sa.Column("event_id", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("ref", sa.Text(), server_default="", nullable=False),
        sa.Column("provider_ref", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("happened_at", sa.Double(), nullable=True),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("suppress", sa.Integer(), server_default="0", nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Integer(), server_default="0", nullable=False),
        sa.Column("run", sa.Integer(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=True,
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index("receipt_by_message", ["workspace", "run", "seq"], unique=False)
        batch_op.create_index("receipt_once", ["workspace", "account", "event_id"], unique=True)
        batch_op.create_index(
            "receipt_to_merge",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state = 0"),
            postgresql_where=sa.text("state = 0"),
        )

    op.create_table(
        "run",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("campaign", sa.Integer(), server_default="0", nullable=False),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("audience", sa.Integer(), server_default="0", nullable=False),
        sa.Column("contents", sa.Text(), server_default="", nullable=False),
        sa.Column("people", sa.Integer(), server_default="0", nullable=False),
        sa.Column("messages", sa.Integer(), server_default="0", nullable=False),
        sa.Column("started_at", sa.Double(), nullable=True),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "id"),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "secret",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "account", "name"),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "sender",
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), server_default="", nullable=False),
        sa.Column("pid", sa.Integer(), server_default="0", nullable=False),
        sa.Column("started_at", sa.Double(), nullable=True),
        sa.Column("seen_at", sa.Double(), nullable=True),
        sa.Column("lanes", sa.Text(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("slot"),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "suppression",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("address_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "channel", "address_key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tally",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("workspace", "run", "channel", "account", "state", "reason"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "template",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("channel", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.Double(), nullable=True),
        sa.Column("updated_at", sa.Double(), nullable=True),
        sa.Column("removed_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "id"),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "template_version",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("template", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "template", "version"),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "workspace",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("environment", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=True,
    )

    if op.get_bind().dialect.name == "sqlite":
        _keep_plans()


#: What the planner is told of the large tables, for ever: table, index, rows and rows per distinct prefix. Left to
#: guess, it walks all messages of a workspace where an index would lead it to one person's; left to measure, plans
#: would change with the data.
STATISTICS = (
    ("message", "message", "6000000 6000000 600000 1"),
    ("message", "message_by_contact", "6000000 6000000 12"),
    ("message", "message_by_provider_ref", "4000000 4000000 1"),
    ("event", "event", "20000000 20000000 2000000 3 1 1"),
    ("receipt", "receipt_once", "6000000 6000000 1000000 1"),
    ("receipt", "receipt_by_message", "6000000 6000000 600000 2"),
    ("batch", "batch", "12000 12000 1200 1"),
    ("batch", "batch_open", "12000 6000 1000 500 400"),
    ("contact", "sqlite_autoindex_contact_1", "1000000 1000000 1"),
    ("contact", "contact_by_key", "1000000 1000000 1"),
    ("contact", "contact_by_name", "1000000 1000000 4"),
    ("identity", "identity", "4000000 4000000 4 1"),
    ("identity", "identity_by_address", "4000000 4000000 700000 1"),
    ("identity", "identity_by_any_address", "4000000 4000000 2"),
    ("member", "member", "1000000 1000000 100000 1"),
    ("suppression", "suppression", "100000 100000 20000 1"),
)


def _keep_plans() -> None:
    op.execute("ANALYZE")  # makes the table that statistics are kept in
    op.execute("DELETE FROM sqlite_stat1")
    for table, index, numbers in STATISTICS:
        op.execute(
            sa.text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:table, :index, :numbers)").bindparams(
                table=table, index=index, numbers=numbers
            )
        )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("workspace")
    op.drop_table("template_version")
    op.drop_table("template")
    op.drop_table("tally")
    op.drop_table("suppression")
    op.drop_table("sender")
    op.drop_table("secret")
    op.drop_table("run")
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.drop_index(
            "receipt_to_merge", sqlite_where=sa.text("state = 0"), postgresql_where=sa.text("state = 0")
        )
        batch_op.drop_index("receipt_once")
        batch_op.drop_index("receipt_by_message")

    op.drop_table("receipt")
    op.drop_table("pace")
    op.drop_table("meta")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("message_by_provider_ref", sqlite_where=sa.text("provider_ref IS NOT NULL"))
        batch_op.drop_index("message_by_contact")

    op.drop_table("message")
    op.drop_table("member")
    op.drop_table("latency")
    op.drop_table("import_row")
    op.drop_table("import_fault")
    op.drop_table("import")
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.drop_index("identity_by_any_address")
        batch_op.drop_index("identity_by_address")

    op.drop_table("identity")
    op.drop_table("event")
    op.drop_table("counter")
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index("contact_by_name")
        batch_op.drop_index("contact_by_key")

    op.drop_table("contact")
    op.drop_table("campaign")
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.drop_index("batch_open")

    op.drop_table("batch")
    op.drop_table("audience")
    op.drop_table("account")
