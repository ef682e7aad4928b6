"""The template library: folders, tags, languages, shared blocks, who uses what, and checks over an audience."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _key(name: str, kind: type[sa.Integer] | type[sa.Text] = sa.Integer) -> sa.Column[object]:
    return sa.Column(name, kind(), autoincrement=False, nullable=False)


def _text(name: str, default: str = "") -> sa.Column[object]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _number(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Double(), nullable=True)


def upgrade() -> None:
    """Bring the schema forward."""
    for column in (_text("folder"), _time("archived_at"), _text("words")):
        op.add_column("template", column)
    for column in (_text("translations", "{}"), _text("blocks", "{}"), _text("note"), _text("by")):
        op.add_column("template_version", column)
    op.add_column("template_version", _number("restored_from"))
    _labels_and_uses()
    _blocks()
    _checks()
    _find_words()


def _labels_and_uses() -> None:
    op.create_table(
        "template_label",
        _key("workspace"),
        _key("template"),
        _key("kind", sa.Text),
        _key("label", sa.Text),
        sa.PrimaryKeyConstraint("workspace", "template", "kind", "label"),
        sqlite_with_rowid=False,
    )
    op.create_index("template_label_by_label", "template_label", ["workspace", "kind", "label"])
    op.create_table(
        "content_use",
        _key("workspace"),
        _key("used_kind", sa.Text),
        _key("used", sa.Text),
        _key("user_kind", sa.Text),
        _key("user"),
        _key("channel", sa.Text),
        _number("version"),
        sa.PrimaryKeyConstraint("workspace", "used_kind", "used", "user_kind", "user", "channel"),
        sqlite_with_rowid=False,
    )
    op.create_index("content_use_by_user", "content_use", ["workspace", "user_kind", "user"])


def _blocks() -> None:
    op.create_table(
        "block",
        _key("workspace"),
        _key("id"),
        _text("name"),
        _text("kind"),
        _number("version"),
        _time("created_at"),
        _time("updated_at"),
        _time("removed_at"),
        sa.PrimaryKeyConstraint("workspace", "id"),
        sqlite_with_rowid=True,
    )
    there = sa.text("removed_at IS NULL")
    op.create_index(
        "block_by_name",
        "block",
        ["workspace", "name"],
        unique=True,
        sqlite_where=there,
        postgresql_where=there,
    )
    op.create_table(
        "block_version",
        _key("workspace"),
        _key("block"),
        _key("version"),
        _text("text"),
        _text("note"),
        _text("by"),
        _number("restored_from"),
        _time("created_at"),
        sa.PrimaryKeyConstraint("workspace", "block", "version"),
        sqlite_with_rowid=True,
    )


def _checks() -> None:
    op.create_table(
        "content_check",
        _key("workspace"),
        _key("id"),
        _number("audience"),
        _text("contents", "{}"),
        _text("status"),
        _number("people"),
        _number("looked_at"),
        _number("failing"),
        _text("groups", "[]"),
        _text("languages", "{}"),
        _text("message"),
        _time("created_at"),
        _time("finished_at"),
        sa.PrimaryKeyConstraint("workspace", "id"),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "content_check_person",
        _key("workspace"),
        _key("check"),
        _key("n"),
        _number("contact"),
        _text("name"),
        _number("position"),
        _number("group"),
        sa.PrimaryKeyConstraint("workspace", "check", "n"),
        sqlite_with_rowid=False,
    )


def _find_words() -> None:
    """Make the templates there are be found by their words."""
    rows = op.get_bind().execute(
        sa.text(
            "SELECT template.workspace, template.id, template_version.content FROM template JOIN template_version"
            " ON template_version.workspace = template.workspace AND template_version.template = template.id"
            " AND template_version.version = template.version"
        )
    )
    for workspace, template, content in rows.all():
        words = "\n".join(_strings(json.loads(content))).lower()
        op.get_bind().execute(
            sa.text("UPDATE template SET words = :words WHERE workspace = :workspace AND id = :id"),
            {"words": words, "workspace": workspace, "id": template},
        )


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in items for text in _strings(item)]


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("content_check_person")
    op.drop_table("content_check")
    op.drop_table("block_version")
    op.drop_index("block_by_name", "block")
    op.drop_table("block")
    op.drop_index("content_use_by_user", "content_use")
    op.drop_table("content_use")
    op.drop_index("template_label_by_label", "template_label")
    op.drop_table("template_label")
    for column in ("restored_from", "by", "note", "blocks", "translations"):
        op.drop_column("template_version", column)
    for column in ("words", "archived_at", "folder"):
        op.drop_column("template", column)
