"""Test sends, prices, tags, the archive, and a workspace's own way to launch."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("campaign", sa.Column("archived_at", sa.Double(), nullable=True))
    op.add_column("run", sa.Column("kind", sa.Text(), server_default="", nullable=False))
    tested = sa.text("kind = 'test'")
    op.create_index("run_of_tests", "run", ["workspace", "id"], sqlite_where=tested, postgresql_where=tested)
    op.create_table(
        "test_message",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("contact", sa.Integer(), server_default="0", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("address_key", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("workspace", "run", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_index("test_message_by_address", "test_message", ["workspace", "address_key"])
    op.create_table(
        "campaign_tag",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("campaign", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.Text(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "campaign", "tag"),
        sqlite_with_rowid=False,
    )
    op.create_index("campaign_tag_by_tag", "campaign_tag", ["workspace", "tag"])
    op.create_table(
        "price",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("country", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("account", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("currency", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("workspace", "channel", "country", "account"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "flow",
        sa.Column("workspace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), server_default="{}", nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("workspace"),
        sqlite_with_rowid=True,
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("flow")
    op.drop_table("price")
    op.drop_table("campaign_tag")
    op.drop_table("test_message")
    op.drop_index("run_of_tests", "run")
    op.drop_column("run", "kind")
    op.drop_column("campaign", "archived_at")
