"""What a person does about failures and doubts."""

import sqlalchemy as sa

from server.store.tables import making

exception_act = making.table(
    "exception_act",
    making.key("workspace"),
    making.key("id"),
    making.text("key"),  #: the asker's own: asking twice is one act
    making.text("kind"),  #: see store.ledger.acts
    making.text("pick"),  #: JSON of wire.exceptions.Pick
    making.number("undoes"),  #: the act this one takes back; 0 for none
    making.text("by"),
    making.text("why"),
    making.text("status"),
    making.number("expected"),
    making.number("moved"),
    making.time("after_at"),  #: where the next transaction goes on, with after_run and after_seq
    making.number("after_run"),
    making.number("after_seq"),
    making.time("created_at"),
    making.time("finished_at"),
    sa.Index("exception_act_once", "workspace", "key", unique=True),
)
exception_mark = making.table(
    "exception_mark",  #: the last act upon a message, and how it stood before
    making.key("workspace"),
    making.key("run"),
    making.key("seq"),
    making.number("act"),
    making.text("kind"),
    making.time("at"),
    making.number("state"),
    making.text("reason"),
    making.number("account"),
    making.time("since"),
    sa.Index("exception_mark_by_act", "workspace", "act"),
    clustered=True,
)
lookup = making.table(
    "lookup",  #: what was asked about a message in doubt
    making.key("workspace"),
    making.key("run"),
    making.key("seq"),
    making.number("attempt"),  #: the try it was asked about; a later one is asked about anew
    making.number("tries"),
    making.time("next_at"),  #: null once nothing more is asked
    making.text("said"),
    clustered=True,
)
