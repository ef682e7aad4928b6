"""While the server is held nothing is claimed and no intent is granted; receipts are merged all the same."""

import pathlib
import sqlite3
import time
from collections.abc import Iterator

import pytest

from server.store import database, holds, incarnation, meta
from server.store.ledger import batches, codes, merging, ticks
from tests.support import books

SMS = codes.CHANNELS["sms"]


@pytest.fixture
def connection(tmp_path: pathlib.Path) -> Iterator[sqlite3.Connection]:
    with books.opened(tmp_path, people=6) as opened:
        yield opened


def hold(connection: sqlite3.Connection) -> None:
    with database.transaction(connection):
        holds.put(connection, why="stopped", now=time.time())


def claim(connection: sqlite3.Connection) -> tuple[batches.Batch, list[batches.Row]] | None:
    return batches.claim(connection, owner="1/1", channel=SMS, now=time.time(), lease_s=30.0)


def test_nothing_is_due_or_claimed_while_held_and_all_of_it_afterwards(
    connection: sqlite3.Connection,
) -> None:
    books.freeze(connection, ["sms"])
    hold(connection)
    assert batches.due_channels(connection, channels=[SMS], now=time.time()) == []
    assert claim(connection) is None
    with database.transaction(connection):
        holds.lift(connection)
    claimed = claim(connection)
    assert claimed is not None
    assert len(claimed[1]) == 6


def test_a_sender_that_holds_a_batch_is_granted_nothing_more_and_told_to_let_go(
    connection: sqlite3.Connection,
) -> None:
    run = books.freeze(connection, ["sms"])
    claimed = claim(connection)
    assert claimed is not None
    batch, rows = claimed
    intents = [books.intent(batch, row) for row in rows]
    books.tick(connection, "1/1", [batch], intents=intents[:2])
    hold(connection)
    done = books.tick(
        connection,
        "1/1",
        [batch],
        intents=intents[2:],
        outcomes=[
            books.outcome(intents[0], ticks.End.ACCEPTED, provider_ref="p"),
            books.outcome(intents[1], ticks.End.AGAIN, reason="busy", due_at=time.time()),
        ],
    )
    assert (done.granted, done.paused) == (set(), {(books.WORKSPACE, run)})
    states = books.states(connection, run)
    assert [states[seq] for seq in sorted(states)] == ["accepted", *["waiting"] * 5]
    assert books.differences(connection, run) == []


def test_a_receipt_that_comes_while_held_says_that_a_waiting_message_was_sent_after_all(
    connection: sqlite3.Connection,
) -> None:
    """So a copy put back learns by itself of what went out without it, and does not send that again."""
    run = books.freeze(connection, ["sms"])
    hold(connection)
    meta.put_now(connection, incarnation.RESTORED, repr(time.time()))
    later = books.freeze(connection, ["sms"])  # in whose time nothing was forgotten
    books.post(connection, later, 1, "delivered")
    books.post(connection, run, 1, "delivered")
    merging.merge(connection, installation=books.INSTALLATION, now=time.time())
    assert books.state(connection, run, 1) == ("delivered", "")
    with database.transaction(connection):
        holds.lift(connection)
    claimed = claim(connection)
    assert claimed is not None
    assert [row.seq for row in claimed[1]] == [2, 3, 4, 5, 6]
    assert books.state(connection, later, 1) == ("waiting", "")
    assert books.differences(connection, run) == []
