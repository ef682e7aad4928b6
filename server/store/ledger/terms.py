"""What a launch's policy makes of the frozen rows: when each is due, what is too late, and what waits as a fallback."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from server.store.ledger import capping, codes

SQL = capping.SQL

DUE = """
CREATE TEMP TABLE IF NOT EXISTS due (zone TEXT, country TEXT, clock TEXT, at DOUBLE, skip TEXT, assumed INTEGER,
  PRIMARY KEY (zone, country))
"""


class Due(NamedTuple):
    """When messages to the people of one zone and country are due."""

    clock: str  #: the zone they live by
    at: float | None  #: epoch seconds; None where they are skipped
    skip: str = ""  #: why they are
    assumed: bool = False  #: whether the zone is only the workspace's


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The rules a run is launched with, as far as they shape its rows."""

    policy: str = ""  #: JSON, for whoever judges its messages later; empty where there is nothing to judge
    not_after: float | None = None  #: epoch seconds
    fallback: bool = False  #: whether its SMS wait for what becomes of its RCS messages
    due: Callable[[str, str], Due] | None = (
        None  #: by a contact's zone and country; None where all is due at once
    )

    @property
    def shapes(self) -> bool:
        """Whether they give single messages a moment of their own, for which all rows must be there at once."""
        return self.fallback or self.due is not None


NONE = Terms()


def apply(
    connection: sqlite3.Connection,
    *,
    workspace: int,
    run: int,
    audience: int,
    channels: Sequence[str],
    people: int,
    terms: Terms,
) -> None:
    """Shape a run's rows in the freeze's transaction, before its first count."""
    if terms == NONE:
        return
    key = {"workspace": workspace, "run": run}
    shift = 0
    if terms.fallback and {"sms", "rcs"} <= set(channels):
        shift = (channels.index("sms") - channels.index("rcs")) * people
    connection.execute(
        "UPDATE run SET policy = ?, not_after = ?, fallback = ? WHERE workspace = ? AND id = ?",
        (terms.policy, terms.not_after, shift, workspace, run),
    )
    if terms.due is not None:
        _spread(connection, workspace, run, audience, terms.due)
    if shift:
        connection.execute(
            SQL["hold_fallbacks"],
            {
                **key,
                "held": codes.HELD,
                "shift": shift,
                "fallback": codes.CHANNELS["sms"],
                "waiting": codes.WAITING,
            },
        )
    if terms.due is not None:
        connection.execute(SQL["set_waves"], {**key, "waiting": codes.WAITING})
        connection.execute("DELETE FROM temp.due")
    if shift or terms.due is not None:
        connection.execute(SQL["set_batches"], {**key, "waiting": codes.WAITING})


def _spread(
    connection: sqlite3.Connection,
    workspace: int,
    run: int,
    audience: int,
    due: Callable[[str, str], Due],
) -> None:
    """Give every message the moment of its recipient's own hour."""
    places = connection.execute(SQL["zones_of"], {"workspace": workspace, "audience": audience}).fetchall()
    connection.execute(DUE)
    connection.execute("DELETE FROM temp.due")
    rows = []
    for zone, country in places:
        found = due(zone, country)
        rows.append((zone, country, found.clock, found.at, found.skip, int(found.assumed)))
    connection.executemany(SQL["plan_wave"], rows)
    connection.execute(
        SQL["set_due"],
        {"workspace": workspace, "run": run, "waiting": codes.WAITING, "skipped": codes.SKIPPED},
    )
