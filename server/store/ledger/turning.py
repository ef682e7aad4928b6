"""Turn a run from one status to another: pause, resume, cancel."""

import sqlite3
from collections.abc import Iterable

from server.store import database, schedules
from server.store.ledger import batches, book


def turn(
    connection: sqlite3.Connection, *, workspace: int, campaign: int, frm: Iterable[str], to: str, now: float
) -> tuple[bool, str]:
    """Move a campaign's newest run, and the campaign with it, from one of some statuses to another.

    Returns whether it moved, and the status it has now. A run whose last answer came while it was paused ends here:
    nobody else would look at it again.
    """
    with database.transaction(connection):
        key = {"workspace": workspace, "campaign": campaign}
        found = connection.execute(book.SQL["newest_run"], key).fetchone()
        if found is None:
            return False, "draft"
        run, status = found
        if status not in set(frm):
            return False, str(status)
        change = {"workspace": workspace, "run": run, "to": to, "now": now}
        connection.execute(book.SQL["turn_run"], change)
        if to == "cancelling":  # for good: no later time of it comes either
            schedules.end(connection, workspace=workspace, campaign=campaign, why="cancelled", now=now)
        connection.execute(book.SQL["settle_campaign"], {"workspace": workspace, "run": run, "now": now})
        batches.settle(connection, workspace=workspace, run=run, now=now)
        _, status = connection.execute(book.SQL["newest_run"], key).fetchone()
    return True, str(status)
