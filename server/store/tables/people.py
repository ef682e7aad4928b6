"""People: contacts, how they are reached, audiences, imports, and who must not be written to."""

import sqlalchemy as sa

from server.store.tables import making

contact = making.table(
    "contact",
    making.key("workspace"),
    making.key("id"),
    making.text("key"),
    making.text("name"),
    making.text("country"),
    making.text("zone"),
    making.text("locale"),
    making.text("attributes", "{}"),  #: JSON object
    making.time("created_at"),
    making.time("updated_at"),
    sa.Index("contact_by_key", "workspace", "key", unique=True),
    sa.Index("contact_by_name", "workspace", "name"),
)
identity = making.table(
    "identity",
    making.key("workspace"),
    making.key("contact"),
    making.key("channel", sa.Text),
    making.text("address"),  #: E.164, mail address, token in hex, subscription as JSON
    making.text("address_key"),  #: what addresses are compared by, at most 80 characters; see store.addresses
    making.time("created_at"),
    making.time("removed_at"),
    making.text("removed_because"),
    sa.Index("identity_by_address", "workspace", "channel", "address_key", unique=True),
    sa.Index("identity_by_any_address", "workspace", "address_key"),
    clustered=True,
)
audience = making.table(
    "audience",
    making.key("workspace"),
    making.key("id"),
    making.text("name"),
    making.number("ready"),
    making.number("people"),
    making.text("reach", "{}"),  #: JSON: channel to people
    making.time("created_at"),
    making.time("removed_at"),
)
member = making.table(
    "member", making.key("workspace"), making.key("audience"), making.key("contact"), clustered=True
)
suppression = making.table(
    "suppression",
    making.key("workspace"),
    making.key("channel", sa.Text),  #: or `all`
    making.key("address_key", sa.Text),
    making.text("address"),
    making.text("reason"),
    making.time("created_at"),
    clustered=True,
)

import_ = making.table(
    "import",
    making.key("workspace"),
    making.key("id"),
    making.text("file"),  #: the name a person knows it by
    making.text("path"),  #: the copy in the data folder
    making.number("audience"),
    making.text("status"),
    making.text("mapping", "{}"),
    making.text("country"),
    making.text("delimiter"),
    making.text("encoding"),
    making.number("rows_read"),
    making.number("rows_taken"),
    making.number("rows_refused"),
    making.number("faults"),
    sa.Column("bytes_read", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("bytes_total", sa.BigInteger, nullable=False, server_default="0"),
    making.number("merged"),  #: staged rows merged so far
    making.text("message"),
    making.time("created_at"),
    making.time("finished_at"),
)
import_row = making.table(
    "import_row",
    making.key("workspace"),
    making.key("import"),
    making.key("row"),
    making.text("data"),
    clustered=True,
)
import_fault = making.table(
    "import_fault",
    making.key("workspace"),
    making.key("import"),
    making.key("n"),
    making.number("row"),
    making.text("column"),
    making.text("value"),
    making.text("message"),
    making.text("remedy"),
    making.number("row_taken"),
    clustered=True,
)
