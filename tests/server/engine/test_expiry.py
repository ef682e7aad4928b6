"""The last moment of a campaign: the api process's clock skips what waits then, with nobody else's help."""

import sqlite3
from pathlib import Path

from server.engine import clock
from server.store.ledger import terms, thread
from tests.support import books

NOON = 1_795_176_000.0


async def test_what_waits_at_the_last_moment_is_skipped_also_while_its_run_is_paused(tmp_path: Path) -> None:
    with books.opened(tmp_path, people=1200) as connection:
        run = books.freeze(connection, terms=terms.Terms(not_after=NOON))
        connection.execute("UPDATE run SET status = 'paused'")
        path = tmp_path / "heliograph.db"
        now = [NOON - 1]
        book = thread.Ledger(path)
        try:
            watch = clock.Clock(book, tmp_path, now=lambda: now[0])
            await watch.work()
            assert set(books.states(connection, run).values()) == {"waiting"}
            now[0] = NOON
            await watch.work()
        finally:
            book.close()
        assert set(books.states(connection, run).values()) == {"skipped"}
        assert books.state(connection, run, 1) == ("skipped", "expired")
        assert books.differences(connection, run) == []
        assert _open(connection) == 0


def _open(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM batch WHERE closed = 0").fetchone()[0])
