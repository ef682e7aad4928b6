"""Give fallback messages up whose RCS message nobody can vouch for: neither that it arrived, nor that it did not."""

import sqlite3
from collections.abc import Iterable

from server.store import database
from server.store.ledger import batches, book, codes, pairing
from server.wire import ledger

#: States in which an RCS message may yet have arrived.
OPEN = frozenset({codes.ACCEPTED, codes.DOUBT})


def forsake(
    connection: sqlite3.Connection,
    *,
    shift: int,
    answers: Iterable[tuple[pairing.Unconfirmed, str]],
    now: float,
) -> int:
    """Skip the fallback of each RCS message of which there is still no news; returns how many.

    `answers` says what the provider answered when it was asked to take the message back.
    """
    lines = book.Book()
    skipped = 0
    touched = set()
    with database.transaction(connection):
        for one, answer in answers:
            (state, *_) = connection.execute(book.SQL["look"], one.spot).fetchone()
            if state not in OPEN:
                continue  # news came while the provider was asked: its fallback is settled by that
            spot = book.Spot(one.spot.workspace, one.spot.run, one.spot.seq + shift)
            lines.tell(
                one.spot,
                codes.EVENTS[ledger.EventKind.FALLBACK],
                {"what": "called_back", "answer": answer[:200]},
            )
            skipped += pairing.skip(
                connection, lines, spot, pairing.UNCONFIRMED, {"answer": answer[:200]}, now
            )
            touched.add((spot.workspace, spot.run))
        lines.write(connection)
        for workspace, run in touched:
            batches.settle(connection, workspace=workspace, run=run, now=now)
    return skipped
