"""One transaction a tick: outcomes since the last, intents for what goes next, and everything that counts them.

The order within is the promise: outcomes first, then the control words are read, then intents, which are refused
where a run was paused or cancelled, where a lease was lost, and where an address was suppressed meanwhile. When the
tick returns, the intents it granted are on disk, and only then may a byte leave.
"""

import sqlite3
import time

from server.store import database
from server.store.ledger import batches, book, ending, granting, metering, ticks, withholding


def tick(connection: sqlite3.Connection, work: ticks.Tick) -> ticks.Done:
    """Write one tick, flushed."""
    asked = time.monotonic()
    with database.transaction(connection):
        lines = book.Book()
        statuses = {
            (workspace, run): status
            for workspace, run, status in connection.execute(book.SQL["run_statuses"])
        }
        ending.write(connection, work.outcomes, lines, statuses)
        running = {key for key, status in statuses.items() if status == "running"}
        lost = _renew(connection, work)
        gone = {ticks.key(batch) for batch in lost}
        # Limits count by the moment messages may leave: later by however long the database was another's, and by what
        # was written first.
        moment = work.now + time.monotonic() - asked
        grant = granting.grant(
            connection, work.intents, running=running, lost=gone, lines=lines, now=work.now, moment=moment
        )
        withholding.withhold(connection, work, grant, lost=gone, lines=lines)
        lines.write(connection)
        _release(connection, work)
        if work.report is not None:
            connection.execute(book.SQL["report_sender"], work.report)
        if work.bound:
            metering.note(connection, work.bound, work.now)
    return ticks.Done(
        granted=grant.granted,
        lost=lost,
        paused={(batch.workspace, batch.run) for batch in work.held} - running,
        suppressed=grant.suppressed,
        limited=grant.limited,
    )


def _renew(connection: sqlite3.Connection, work: ticks.Tick) -> list[batches.Batch]:
    """Renew every lease held; those that are somebody else's by now are returned."""
    lost = []
    until = work.now + work.lease_s
    for batch in work.held:
        renewed = connection.execute(
            book.SQL["renew_lease"],
            {
                "workspace": batch.workspace,
                "run": batch.run,
                "n": batch.n,
                "owner": work.owner,
                "fence": batch.fence,
                "until": until,
            },
        ).rowcount
        if not renewed:
            lost.append(batch)
    return lost


def _release(connection: sqlite3.Connection, work: ticks.Tick) -> None:
    for batch, not_before in work.released:
        batches.release(connection, batch=batch, owner=work.owner, now=work.now, not_before=not_before)
