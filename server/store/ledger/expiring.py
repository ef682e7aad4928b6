"""A run's last moment: whatever waits then came too late, and is skipped."""

import sqlite3

import msgspec

from server.store import database
from server.store.ledger import batches, book, capping, codes
from server.wire import ledger

REASON = ledger.Skip.EXPIRED.value


def due(connection: sqlite3.Connection, *, now: float) -> list[tuple[int, int]]:
    """Runs whose last moment is over and which still have something waiting, as (workspace, run)."""
    return connection.execute(capping.SQL["expired_runs"], {"now": now}).fetchall()


def expire_next(
    connection: sqlite3.Connection, *, workspace: int, run: int, now: float, after: int = 0, limit: int = 20
) -> int | None:
    """Skip what waits in the next open batches behind batch `after`, in one transaction.

    Returns the last batch looked at, None at the end.
    """
    with database.transaction(connection):
        left = connection.execute(
            book.SQL["open_batches"], {"workspace": workspace, "run": run, "after": after, "limit": limit}
        ).fetchall()
        lines = book.Book()
        for n, channel, seq_from, seq_to in left:
            span = {"workspace": workspace, "run": run, "seq_from": seq_from, "seq_to": seq_to}
            _doubt(connection, span, channel, lines, now)
            connection.execute(
                capping.SQL["expire_events"],
                {
                    **span,
                    "at": book.STAMPS.next(),
                    "kind": codes.EVENTS[ledger.EventKind.SKIPPED],
                    "detail": msgspec.json.encode({"reason": REASON}).decode(),
                },
            )
            gone = connection.execute(
                capping.SQL["expire_range"], {**span, "reason": REASON, "now": now}
            ).rowcount
            spot = book.Spot(workspace, run, 0)
            lines.leave(spot, channel, 0, codes.WAITING, count=gone)
            lines.enter(spot, channel, 0, codes.SKIPPED, REASON, count=gone)
            connection.execute(book.SQL["close_if_idle"], {"workspace": workspace, "run": run, "n": n})
        lines.write(connection)
        batches.settle(connection, workspace=workspace, run=run, now=now)
    return left[-1][0] if left else None


def _doubt(
    connection: sqlite3.Connection, span: dict[str, int], channel: int, lines: book.Book, now: float
) -> None:
    """What waits to be repeated may have arrived by an earlier try: nobody can say that it was skipped."""
    for seq, attempts in connection.execute(book.SQL["perhaps_in_range"], span).fetchall():
        spot = book.Spot(span["workspace"], span["run"], seq)
        connection.execute(book.SQL["put"], (codes.DOUBT, REASON, 0, None, None, now, *spot))
        lines.leave(spot, channel, 0, codes.WAITING)
        lines.enter(spot, channel, 0, codes.DOUBT, REASON)
        lines.event(
            spot,
            codes.EVENTS[ledger.EventKind.DOUBT],
            attempt=attempts,
            detail={"why": "the campaign's last moment came, and an earlier try may have arrived"},
        )
