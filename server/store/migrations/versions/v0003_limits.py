"""Limits in layers, routes, sender pools, and what bound a campaign's rate."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    _tables()
    _columns()


def _tables() -> None:
    op.create_table(
        "rate_limit",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("per_s", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("workspace", "layer", "channel", "subject", "per_s"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "usage",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.Double(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("workspace", "key"),
        sqlite_with_rowid=False,
    )
    op.create_index("usage_until", "usage", ["until"])
    op.create_table(
        "route",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("workspace", "channel", "prefix", "place"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "origin",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("weight", sa.Integer(), server_default="100", nullable=False),
        sa.PrimaryKeyConstraint("workspace", "account", "address"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bound",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Double(), server_default="0", nullable=False),
        sa.Column("at", sa.Double(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("workspace", "run", "channel", "cause"),
        sqlite_with_rowid=False,
    )


def _columns() -> None:
    op.add_column("account", sa.Column("shifted", sa.Integer(), server_default="0", nullable=False))
    op.add_column("account", sa.Column("shifted_at", sa.Double(), nullable=True))
    op.add_column("account", sa.Column("quota", sa.Text(), server_default="", nullable=False))
    op.add_column("account", sa.Column("parked_until", sa.Double(), nullable=True))
    op.add_column("campaign", sa.Column("priority", sa.Text(), server_default="bulk", nullable=False))
    op.add_column("run", sa.Column("priority", sa.Text(), server_default="bulk", nullable=False))
    op.add_column("batch", sa.Column("priority", sa.Integer(), server_default="0", nullable=False))
    op.create_index(
        "batch_urgent",
        "batch",
        ["channel", "due_at"],
        sqlite_where=sa.text("closed = 0 AND priority > 0"),
        postgresql_where=sa.text("closed = 0 AND priority > 0"),
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index("batch_urgent", "batch")
    for table, column in (
        ("batch", "priority"),
        ("run", "priority"),
        ("campaign", "priority"),
        ("account", "parked_until"),
        ("account", "quota"),
        ("account", "shifted_at"),
        ("account", "shifted"),
    ):
        op.drop_column(table, column)
    for table in ("bound", "origin", "route", "usage", "rate_limit"):
        op.drop_table(table)
