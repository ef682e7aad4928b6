"""Many messages moved by one statement, and what happens where one of them would not move."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.store.ledger import batches, codes, moving, ticks
from tests.support import books

UPDATE = "UPDATE thing SET state = ? WHERE id = ? AND state = 0"


@pytest.fixture
def things() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, state INTEGER)")
    connection.executemany("INSERT INTO thing VALUES (?, 0)", [(number,) for number in range(5)])
    connection.execute("BEGIN")
    yield connection
    connection.close()


def states(connection: sqlite3.Connection) -> list[int]:
    return [state for (state,) in connection.execute("SELECT state FROM thing ORDER BY id")]


def test_every_row_moves_its_own(things: sqlite3.Connection) -> None:
    assert moving.moves_all(things, UPDATE, [(7, 1), (8, 3)])
    assert states(things) == [0, 7, 0, 8, 0]


@pytest.mark.parametrize("rows", [[(7, 1), (8, 9)], [(8, 9), (7, 1)], [(7, 1), (8, 1)]])
def test_where_one_would_not_move_nothing_is_changed(
    things: sqlite3.Connection, rows: list[tuple[int, int]]
) -> None:
    things.execute("UPDATE thing SET state = 5 WHERE id = 4")
    assert not moving.moves_all(things, UPDATE, rows)
    assert states(things) == [0, 0, 0, 0, 5]
    assert things.in_transaction


def test_a_message_that_waits_no_more_leaves_the_others_of_its_tick_granted(tmp_path: Path) -> None:
    with books.opened(tmp_path, people=4) as connection:
        run = books.freeze(connection, ["sms"])
        claimed = batches.claim(
            connection, owner="1/1", channel=codes.CHANNELS["sms"], now=1e12, lease_s=30.0
        )
        assert claimed is not None
        batch, rows = claimed
        books.tick(connection, "1/1", [batch], intents=[books.intent(batch, rows[1])])
        done = books.tick(connection, "1/1", [batch], intents=[books.intent(batch, row) for row in rows])
        assert sorted(spot.seq for spot in done.granted) == [1, 3, 4]
        assert books.differences(connection, run) == []


def test_a_late_acceptance_among_others_is_written_once(tmp_path: Path) -> None:
    with books.opened(tmp_path, people=4) as connection:
        run = books.freeze(connection, ["sms"])
        claimed = batches.claim(
            connection, owner="1/1", channel=codes.CHANNELS["sms"], now=1e12, lease_s=30.0
        )
        assert claimed is not None
        batch, rows = claimed
        intents = [books.intent(batch, row) for row in rows]
        books.tick(connection, "1/1", [batch], intents=intents)
        early = [books.outcome(intents[2], ticks.End.DOUBT, reason="no_answer")]
        books.tick(connection, "1/1", [batch], outcomes=early)
        outcomes = [
            books.outcome(one, ticks.End.ACCEPTED, provider_ref=f"r{one.spot.seq}") for one in intents
        ]
        books.tick(connection, "1/1", [batch], outcomes=outcomes)
        assert set(books.states(connection, run).values()) == {"accepted"}
        assert books.differences(connection, run) == []
