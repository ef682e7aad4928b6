"""What is written: templates, shared blocks, campaigns, and their rules and prices."""

import sqlalchemy as sa

from server.store.tables import making

template = making.table(
    "template",
    making.key("workspace"),
    making.key("id"),
    making.text("name"),
    making.text("channel"),
    making.number("version"),
    making.time("created_at"),
    making.time("updated_at"),
    making.time("removed_at"),
    making.text("folder"),  #: `Onboarding/Week 1`
    making.time("archived_at"),
    making.text("words"),  #: what its newest content says in all languages, in small letters, to be found by
)
template_version = making.table(
    "template_version",
    making.key("workspace"),
    making.key("template"),
    making.key("version"),
    making.text("content"),
    making.time("created_at"),
    making.text("translations", "{}"),  #: JSON of channels.contents.Translations
    making.text("blocks", "{}"),  #: JSON: shared block to its version when this was written
    making.text("note"),
    making.text("by"),
    making.number("restored_from"),
)
template_label = making.table(
    "template_label",
    making.key("workspace"),
    making.key("template"),
    making.key("kind", sa.Text),  #: `tag` or `language`
    making.key("label", sa.Text),
    sa.Index("template_label_by_label", "workspace", "kind", "label"),
    clustered=True,
)
block = making.table(
    "block",
    making.key("workspace"),
    making.key("id"),
    making.text("name"),
    making.text("kind"),  #: of wire.blocks.Kind
    making.number("version"),
    making.time("created_at"),
    making.time("updated_at"),
    making.time("removed_at"),
    sa.Index(
        "block_by_name",
        "workspace",
        "name",
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    ),
)
block_version = making.table(
    "block_version",
    making.key("workspace"),
    making.key("block"),
    making.key("version"),
    making.text("text"),
    making.text("note"),
    making.text("by"),
    making.number("restored_from"),
    making.time("created_at"),
)
content_use = making.table(
    "content_use",  #: which template or shared block is used where
    making.key("workspace"),
    making.key("used_kind", sa.Text),  #: `template` or `block`
    making.key("used", sa.Text),  #: a template's id, a block's name
    making.key("user_kind", sa.Text),  #: `campaign`, `template` or `block`
    making.key("user"),
    making.key("channel", sa.Text),
    making.number("version"),  #: of the template that was taken
    sa.Index("content_use_by_user", "workspace", "user_kind", "user"),
    clustered=True,
)
content_check = making.table(
    "content_check",
    making.key("workspace"),
    making.key("id"),
    making.number("audience"),
    making.text("contents", "{}"),  #: JSON of channels.contents.Contents, with its shared blocks taken in
    making.text("status"),
    making.number("people"),
    making.number("looked_at"),
    making.number("failing"),
    making.text("groups", "[]"),  #: JSON of wire.templates.Group
    making.text("languages", "{}"),
    making.text("message"),
    making.time("created_at"),
    making.time("finished_at"),
)
content_check_person = making.table(
    "content_check_person",
    making.key("workspace"),
    making.key("check"),
    making.key("n"),
    making.number("contact"),
    making.text("name"),
    making.number("position"),
    making.number("group"),
    clustered=True,
)
campaign = making.table(
    "campaign",
    making.key("workspace"),
    making.key("id"),
    making.text("name"),
    making.text("status"),
    sa.Column("audience", sa.Integer, nullable=True),
    making.text("contents", "{}"),  #: JSON of channels.contents.Contents
    making.text("policy", "{}"),  #: JSON of wire.policies.Policy
    sa.Column("run", sa.Integer, nullable=True),  #: the newest
    making.time("created_at"),
    making.time("updated_at"),
    making.time("removed_at"),
    making.text("priority", "bulk"),
    making.time("archived_at"),
)
campaign_tag = making.table(
    "campaign_tag",
    making.key("workspace"),
    making.key("campaign"),
    making.key("tag", sa.Text),
    sa.Index("campaign_tag_by_tag", "workspace", "tag"),
    clustered=True,
)

policy = making.table(
    "policy",
    making.key("workspace"),
    making.text("body", "{}"),  #: JSON of wire.policies.SaveDefaults
    making.time("updated_at"),
)
flow = making.table(
    "flow",
    making.key("workspace"),
    making.text("body", "{}"),  #: JSON of wire.flow.SaveFlow
    making.time("updated_at"),
)
price = making.table(
    "price",
    making.key("workspace"),
    making.key("channel", sa.Text),
    making.key("country", sa.Text),  #: empty for every other
    making.key("account"),  #: 0 for every other
    sa.Column("micros", sa.BigInteger, nullable=False, server_default="0"),  #: millionths of the currency
    making.text("currency"),
    clustered=True,
)
