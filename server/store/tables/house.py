"""The installation itself, its accounts and what holds them back."""

import sqlalchemy as sa

from server.store.tables import making

meta = making.table(
    "meta", making.key("key", sa.Text), making.text("value")
)  #: installation, incarnation, ...
counter = making.table(
    "counter", making.key("workspace"), making.key("noun", sa.Text), making.number("n")
)  #: last id given out, per noun
workspace = making.table(
    "workspace", making.key("id"), making.text("name"), making.text("environment"), making.time("created_at")
)

account = making.table(
    "account",
    making.key("workspace"),
    making.key("id"),
    making.text("name"),
    making.text("provider"),
    making.text("channel"),
    making.number("enabled", "1"),
    making.number("weight", "100"),
    making.number("window", "64"),
    sa.Column("rate_per_s", sa.Double, nullable=False, server_default="0"),
    making.text("settings", "{}"),  #: JSON, without secrets
    making.text("health", "unknown"),
    making.text("health_text"),
    making.number("halted"),  #: 1 while the set-up is wrong and nothing may be sent
    making.time("checked_at"),
    making.time("created_at"),
    making.time("updated_at"),
    making.time("removed_at"),
    making.number(
        "shifted"
    ),  #: points of the channel's hundred moved to (or from) this account while another was in trouble
    making.time("shifted_at"),
    making.text("quota"),  #: JSON of what the provider itself says it allows; empty where it does not say
    making.time("parked_until"),  #: the provider asked for a wait longer than an hour
)
origin = making.table(
    "origin",
    making.key("workspace"),
    making.key("account"),
    making.key("address", sa.Text),  #: a number or From address of the account's pool
    making.number("weight", "100"),
    clustered=True,
)
route = making.table(
    "route",
    making.key("workspace"),
    making.key("channel", sa.Text),
    making.key("prefix", sa.Text),  #: `+49`; empty for every other number
    making.key("place"),  #: 0 is tried first
    making.number("account"),
    clustered=True,
)
rate_limit = making.table(
    "rate_limit",
    making.key("workspace"),
    making.key("layer", sa.Text),
    making.key("channel", sa.Text),
    making.key(
        "subject", sa.Text
    ),  #: what of the layer: an account, a number, a prefix, a campaign, a domain, or `*`
    making.key("per_s"),
    making.number("count"),  #: messages at most in any period so long
    clustered=True,
)
usage = making.table(
    "usage",
    making.key("workspace"),
    making.key("key", sa.Text),  #: which limit, and of whom
    sa.Column("state", sa.LargeBinary, nullable=False),  #: see store.ledger.windows
    sa.Column("until", making.Time, nullable=False, server_default="0"),  #: nothing of it counts afterwards
    sa.Index("usage_until", "until"),
    clustered=True,
)
secret = making.table(
    "secret",
    making.key("workspace"),
    making.key("account"),
    making.key("name", sa.Text),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)
