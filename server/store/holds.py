"""The hold as a row: while there is one nothing is claimed and no intent is granted."""

import sqlite3
from typing import NamedTuple

ONE = 1  #: a server is held or it is not

PUT = """
INSERT INTO hold (id, why, note, found, at) VALUES (1, :why, :note, :found, :now)
ON CONFLICT (id) DO UPDATE SET why = excluded.why, note = excluded.note, found = excluded.found
"""
#: Runs that are not over: what a release decides about.
LIVE = """
SELECT run.workspace, workspace.name, run.id, run.campaign, campaign.name, run.status, run.messages FROM run
JOIN campaign ON campaign.workspace = run.workspace AND campaign.id = run.campaign
LEFT JOIN workspace ON workspace.id = run.workspace
WHERE run.status NOT IN ('done', 'cancelled') ORDER BY run.workspace, run.id
"""
TURN = """
UPDATE run SET status = :to
WHERE workspace = :workspace AND id = :run AND status <> :to
  AND (status IN ('running', 'paused') OR status = 'launching' AND :to = 'cancelling')
"""


class Hold(NamedTuple):
    """Why nothing is sent."""

    why: str  #: of wire.holds.Why
    note: str
    found: str  #: JSON: how a copy was recognised, and what went on without it
    at: float


class Live(NamedTuple):
    """A run that is not over."""

    workspace: int
    workspace_name: str
    run: int
    campaign: int
    campaign_name: str
    status: str
    messages: int


def show(connection: sqlite3.Connection) -> Hold | None:
    """The hold, where there is one."""
    row = connection.execute("SELECT why, note, found, at FROM hold WHERE id = ?", (ONE,)).fetchone()
    return None if row is None else Hold(*row)


def is_held(connection: sqlite3.Connection) -> bool:
    """Whether nothing may be sent."""
    return connection.execute("SELECT 1 FROM hold").fetchone() is not None


def put(connection: sqlite3.Connection, *, why: str, note: str = "", found: str = "{}", now: float) -> None:
    """Hold, in the caller's transaction; a hold that stands already keeps its time."""
    connection.execute(PUT, {"why": why, "note": note, "found": found, "now": now})


def lift(connection: sqlite3.Connection) -> None:
    """End the hold, in the caller's transaction."""
    connection.execute("DELETE FROM hold")


def live(connection: sqlite3.Connection) -> list[Live]:
    """Every run that is not over, of every workspace."""
    return [Live(*row) for row in connection.execute(LIVE)]


def turn(connection: sqlite3.Connection, one: Live, to: str) -> None:
    """Pause or cancel one of them, in the caller's transaction."""
    connection.execute(TURN, {"workspace": one.workspace, "run": one.run, "to": to})
