"""Schedules, their occurrences, and the hold."""

import sqlalchemy as sa

from server.store.tables import making

schedule = making.table(
    "schedule",
    making.key("workspace"),
    making.key("id"),
    making.number("campaign"),
    making.text("plan"),  #: JSON of wire.schedules.Plan
    making.text("zone"),
    making.text("state"),  #: active or ended
    sa.Column("expected", sa.Integer, nullable=True),  #: people, where a launch was put off for a moment
    making.text("next_local"),  #: the next time on the zone's wall; empty where none is left
    making.time("next_at"),
    making.time("created_at"),
    making.time("updated_at"),
    sa.Index("schedule_by_campaign", "workspace", "campaign"),
    sa.Index("schedule_due", "state", "next_at"),
)
occurrence = making.table(
    "occurrence",
    making.key("workspace"),
    making.key("id"),
    making.number("schedule"),
    making.number("campaign"),
    making.text("local"),  #: as planned, on the schedule's wall; with the schedule it is what can happen once
    sa.Column("planned_at", making.Time, nullable=False),
    sa.Column("due_at", making.Time, nullable=False),  #: later than planned where a person moved it
    making.text("state"),  #: of wire.schedules.State
    sa.Column("run", sa.Integer, nullable=True),
    making.text("why"),
    making.time("created_at"),
    making.time("decided_at"),
    sa.Index("occurrence_once", "workspace", "schedule", "local", unique=True),
    sa.Index("occurrence_by_campaign", "workspace", "campaign"),
    sa.Index("occurrence_due", "state", "due_at"),
)
hold = making.table(  #: one row while nothing may be sent, else none
    "hold",
    making.key("id"),
    making.text("why"),  #: of wire.holds.Why
    making.text("note"),
    making.text("found", "{}"),  #: JSON: how a copy was recognised, and what went on without it
    making.time("at"),
)
