"""The audit: every message counted again and compared with the tallies, state by state and in sum."""

import sqlite3

from server.engine import desk as desks
from server.engine import insight
from server.store.ledger import book, codes, thread
from server.wire import ledger


async def audit(desk: desks.Desk, ask: ledger.AuditAsk) -> ledger.Audit:
    """Recount every message against the tallies, within one snapshot."""
    if ask.run:
        async with desk.database.reading() as connection:
            await insight.find_run(connection, desk.workspace, ask.run)
    async with thread.reading(desk.settings.database) as reader:
        return await reader.do(recount, workspace=desk.workspace, run=ask.run)


def recount(connection: sqlite3.Connection, *, workspace: int, run: int) -> ledger.Audit:
    """Count all messages of one run, or of all (0), and compare: state by state, reason by reason, and in sum."""
    key = {"workspace": workspace, "run": run}
    connection.execute("BEGIN")
    try:
        counted = {tuple(row[:-1]): row[-1] for row in connection.execute(book.SQL["recount"], key)}
        tallied = {tuple(row[:-1]): row[-1] for row in connection.execute(book.SQL["tallies"], key)}
        frozen = dict(
            connection.execute(
                "SELECT id, messages FROM run WHERE workspace = :workspace AND (:run = 0 OR id = :run)", key
            ).fetchall()
        )
    finally:
        connection.execute("COMMIT")
    differences = [
        ledger.AuditRow(
            run=place[1],
            channel=codes.CHANNEL_NAMES[place[2]],
            account=place[3],
            state=codes.STATE_NAMES[place[4]].value,
            reason=place[5],
            tallied=tallied.get(place, 0),
            counted=counted.get(place, 0),
        )
        for place in sorted(counted.keys() | tallied.keys())
        if counted.get(place, 0) != tallied.get(place, 0)
    ]
    totals: dict[int, int] = dict.fromkeys(frozen, 0)
    for place, count in counted.items():
        totals[place[1]] = totals.get(place[1], 0) + count
    differences += [
        ledger.AuditRow(
            run=number,
            channel="",
            account=0,
            state="audience",
            reason="",
            tallied=frozen.get(number, 0),
            counted=total,
        )
        for number, total in totals.items()
        if frozen.get(number, 0) != total
    ]
    return ledger.Audit(runs=len(frozen), messages=sum(counted.values()), differences=differences)
