"""Doubts settled and dead letters sent again."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("message", sa.Column("repeats", sa.Integer(), server_default="0", nullable=False))
    op.add_column("message", sa.Column("perhaps", sa.Integer(), server_default="0", nullable=False))
    exceptional = sa.text("state IN (10, 12)")
    op.create_index(
        "message_exception",
        "message",
        ["workspace", "state", "updated_at"],
        sqlite_where=exceptional,
        postgresql_where=exceptional,
    )
    op.create_table(
        "exception_act",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("pick", sa.Text(), server_default="{}", nullable=False),
        sa.Column("undoes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("by", sa.Text(), server_default="", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("expected", sa.Integer(), server_default="0", nullable=False),
        sa.Column("moved", sa.Integer(), server_default="0", nullable=False),
        sa.Column("after_at", sa.Double(), nullable=True),
        sa.Column("after_run", sa.Integer(), server_default="0", nullable=False),
        sa.Column("after_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.Double(), nullable=True),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "id"),
        sqlite_with_rowid=True,
    )
    op.create_index("exception_act_once", "exception_act", ["workspace", "key"], unique=True)
    op.create_table(
        "exception_mark",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("act", sa.Integer(), server_default="0", nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.Double(), nullable=True),
        sa.Column("state", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("account", sa.Integer(), server_default="0", nullable=False),
        sa.Column("since", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "run", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_index("exception_mark_by_act", "exception_mark", ["workspace", "act"])
    op.create_table(
        "lookup",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", sa.Double(), nullable=True),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("workspace", "run", "seq"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("lookup")
    op.drop_table("exception_mark")
    op.drop_table("exception_act")
    op.drop_index("message_exception", "message")
    op.drop_column("message", "perhaps")
    op.drop_column("message", "repeats")
