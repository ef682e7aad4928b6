"""Schedules, holds and what may be sent to whom when."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    _schedules()
    _policies()


def downgrade() -> None:
    """Take the schema back."""
    _drop_policies()
    _drop_schedules()


def _schedules() -> None:
    """What is launched when, what came of each time, and the hold."""
    op.create_table(
        "schedule",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("campaign", sa.Integer(), server_default="0", nullable=False),
        sa.Column("plan", sa.Text(), server_default="", nullable=False),
        sa.Column("zone", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("next_local", sa.Text(), server_default="", nullable=False),
        sa.Column("next_at", sa.Double(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=True),
        sa.Column("updated_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "id"),
        sqlite_with_rowid=True,
    )
    op.create_index("schedule_by_campaign", "schedule", ["workspace", "campaign"])
    op.create_index("schedule_due", "schedule", ["state", "next_at"])
    op.create_table(
        "occurrence",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("schedule", sa.Integer(), server_default="0", nullable=False),
        sa.Column("campaign", sa.Integer(), server_default="0", nullable=False),
        sa.Column("local", sa.Text(), server_default="", nullable=False),
        sa.Column("planned_at", sa.Double(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("run", sa.Integer(), nullable=True),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.Double(), nullable=True),
        sa.Column("decided_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "id"),
        sqlite_with_rowid=True,
    )
    op.create_index("occurrence_once", "occurrence", ["workspace", "schedule", "local"], unique=True)
    op.create_index("occurrence_by_campaign", "occurrence", ["workspace", "campaign"])
    op.create_index("occurrence_due", "occurrence", ["state", "due_at"])
    op.create_table(
        "hold",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("found", sa.Text(), server_default="{}", nullable=False),
        sa.Column("at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=True,
    )


def _drop_schedules() -> None:
    for table in ("hold", "occurrence", "schedule"):
        op.drop_table(table)


def _policies() -> None:
    """Who may get what when: a workspace's rules, a campaign's, and those a run was launched with."""
    op.create_table(
        "policy",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), server_default="{}", nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("workspace"),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "wave",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("zone", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), server_default="0", nullable=False),
        sa.Column("messages", sa.Integer(), server_default="0", nullable=False),
        sa.Column("assumed", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("workspace", "run", "zone"),
        sqlite_with_rowid=False,
    )
    op.add_column("campaign", sa.Column("policy", sa.Text(), server_default="{}", nullable=False))
    op.add_column("run", sa.Column("policy", sa.Text(), server_default="", nullable=False))
    op.add_column("run", sa.Column("not_after", sa.Double(), nullable=True))
    op.add_column("run", sa.Column("fallback", sa.Integer(), server_default="0", nullable=False))


def _drop_policies() -> None:
    for table, column in (
        ("run", "fallback"),
        ("run", "not_after"),
        ("run", "policy"),
        ("campaign", "policy"),
    ):
        op.drop_column(table, column)
    for table in ("wave", "policy"):
        op.drop_table(table)
