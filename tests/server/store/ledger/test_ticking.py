"""The tick: intents are granted only where they may be, and every count follows its message."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.store.ledger import batches, codes, freezing, ticks
from server.wire import ledger
from tests.support import books

SMS = codes.CHANNELS["sms"]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with books.opened(tmp_path, people=6, without_email=[2, 5]) as opened:
        yield opened


def claim(
    connection: sqlite3.Connection, owner: str = "1/1", channel: int = SMS
) -> tuple[batches.Batch, list[batches.Row]]:
    claimed = batches.claim(connection, owner=owner, channel=channel, now=time.time(), lease_s=30)
    assert claimed is not None
    return claimed


def test_freezing_counts_those_without_an_address_as_skipped(connection: sqlite3.Connection) -> None:
    run = books.freeze(connection)
    now = books.states(connection, run)
    assert len(now) == 12
    assert sorted(seq for seq, state in now.items() if state == "skipped") == [8, 11]
    assert books.state(connection, run, 8) == ("skipped", "no_address")
    assert books.events(connection, run, 8) == [ledger.EventKind.SKIPPED]
    assert books.differences(connection, run) == []


def test_freezing_refuses_an_audience_that_changed_and_writes_nothing(connection: sqlite3.Connection) -> None:
    with pytest.raises(freezing.Changed, match="6 people"):
        freezing.freeze(
            connection, workspace=1, campaign=1, audience=1, channels=["sms"], contents="{}", expected=5
        )
    assert connection.execute("SELECT count(*) FROM run").fetchone() == (0,)


def test_a_granted_intent_is_sending_and_its_story_begins(connection: sqlite3.Connection) -> None:
    run = books.freeze(connection, ["sms"])
    batch, rows = claim(connection)
    done = books.tick(connection, "1/1", [batch], intents=[books.intent(batch, rows[0])])
    assert [spot.seq for spot in done.granted] == [1]
    assert books.state(connection, run, 1) == ("sending", "")
    assert books.events(connection, run, 1) == [ledger.EventKind.SENDING]


@pytest.mark.parametrize("status", ["paused", "cancelling", "cancelled", "done"])
def test_no_intent_is_granted_in_a_run_that_is_not_running(
    connection: sqlite3.Connection, status: str
) -> None:
    run = books.freeze(connection, ["sms"])
    batch, rows = claim(connection)
    connection.execute("UPDATE run SET status = ?", (status,))
    done = books.tick(connection, "1/1", [batch], intents=[books.intent(batch, row) for row in rows])
    assert done.granted == set()
    assert done.paused == {(1, run)}
    assert set(books.states(connection, run).values()) == {"waiting"}


def test_a_sender_whose_lease_was_taken_over_cannot_intend(connection: sqlite3.Connection) -> None:
    run = books.freeze(connection, ["sms"])
    batch, rows = claim(connection)
    connection.execute("UPDATE batch SET lease_until = 0")
    claim(connection, owner="2/1")
    done = books.tick(connection, "1/1", [batch], intents=[books.intent(batch, rows[0])])
    assert done.granted == set()
    assert done.lost == [batch]
    assert books.state(connection, run, 1)[0] == "waiting"


def test_what_a_dead_sender_left_is_in_doubt_when_its_batch_is_claimed(
    connection: sqlite3.Connection,
) -> None:
    run = books.freeze(connection, ["sms"])
    batch, rows = claim(connection)
    intents = [books.intent(batch, row) for row in rows[:2]]
    books.tick(connection, "1/1", [batch], intents=intents)
    connection.execute("UPDATE batch SET lease_until = 0")
    _, left = claim(connection, owner="2/1")
    assert books.state(connection, run, 1) == ("doubt", "interrupted")
    assert [row.seq for row in left] == [3, 4, 5, 6]


def test_a_late_acceptance_settles_the_doubt_a_take_over_made(connection: sqlite3.Connection) -> None:
    run = books.freeze(connection, ["sms"])
    batch, rows = claim(connection)
    intent = books.intent(batch, rows[0])
    books.tick(connection, "1/1", [batch], intents=[intent])
    connection.execute("UPDATE batch SET lease_until = 0")
    claim(connection, owner="2/1")
    books.tick(
        connection, "1/1", [batch], outcomes=[books.outcome(intent, ticks.End.ACCEPTED, provider_ref="SM1")]
    )
    assert books.state(connection, run, 1) == ("accepted", "")
    assert books.differences(connection, run) == []


def test_an_opt_out_after_the_batch_was_loaded_still_stops_the_message(
    connection: sqlite3.Connection,
) -> None:
    run = books.freeze(connection, ["sms"])
    batch, rows = claim(connection)
    connection.execute(
        "INSERT INTO suppression (workspace, channel, address_key) VALUES (1, 'all', ?)",
        (rows[0].address_key,),
    )
    done = books.tick(connection, "1/1", [batch], intents=[books.intent(batch, row) for row in rows])
    assert {spot.seq for spot in done.suppressed} == {1}
    assert books.state(connection, run, 1) == ("skipped", "suppressed")
    assert len(done.granted) == 5


def test_a_refused_message_waits_until_it_is_due(connection: sqlite3.Connection) -> None:
    run = books.freeze(connection, ["sms"])
    batch, rows = claim(connection)
    intents = [books.intent(batch, row) for row in rows]
    books.tick(connection, "1/1", [batch], intents=intents)
    due_at = time.time() + 500
    outcomes = [books.outcome(intents[0], ticks.End.AGAIN, reason="429", due_at=due_at)]
    outcomes += [books.outcome(intent, ticks.End.ACCEPTED, provider_ref="p") for intent in intents[1:]]
    books.tick(connection, "1/1", [batch], outcomes=outcomes)
    books.tick(connection, "1/1", [batch], released=[(batch, 0.0)])
    assert batches.claim(connection, owner="1/1", channel=SMS, now=due_at - 1, lease_s=30) is None
    again = batches.claim(connection, owner="1/1", channel=SMS, now=due_at + 1, lease_s=30)
    assert again is not None
    assert [(row.seq, row.attempts) for row in again[1]] == [(1, 1)]
    assert books.state(connection, run, 1)[0] == "waiting"


def test_a_refusal_in_a_run_that_is_being_cancelled_is_cancelled_not_retried(
    connection: sqlite3.Connection,
) -> None:
    run = books.freeze(connection, ["sms"])
    batch, rows = claim(connection)
    intent = books.intent(batch, rows[0])
    books.tick(connection, "1/1", [batch], intents=[intent])
    connection.execute("UPDATE run SET status = 'cancelling'")
    assert batches.cancel_next(connection, workspace=1, run=run, now=time.time()) is not None
    books.tick(
        connection, "1/1", [batch], outcomes=[books.outcome(intent, ticks.End.AGAIN, due_at=time.time())]
    )
    books.tick(connection, "1/1", [batch], released=[(batch, 0.0)])
    assert set(books.states(connection, run).values()) == {"cancelled"}
    assert connection.execute("SELECT status FROM run").fetchone() == ("cancelled",)
    assert connection.execute("SELECT status FROM campaign").fetchone() == ("cancelled",)
    assert books.differences(connection, run) == []


def test_a_run_is_done_when_its_last_batch_is_given_back(connection: sqlite3.Connection) -> None:
    run = books.freeze(connection, ["sms"])
    batch, rows = claim(connection)
    intents = [books.intent(batch, row) for row in rows]
    books.tick(connection, "1/1", [batch], intents=intents)
    outcomes = [books.outcome(intent, ticks.End.ACCEPTED, provider_ref="p") for intent in intents[:-1]]
    outcomes.append(books.outcome(intents[-1], ticks.End.FAILED, reason="21211"))
    books.tick(connection, "1/1", [batch], outcomes=outcomes, released=[(batch, 0.0)])
    assert connection.execute("SELECT status FROM run").fetchone() == ("done",)
    assert books.state(connection, run, 6) == ("failed", "21211")


def test_a_dead_address_is_removed_unless_it_was_registered_since(connection: sqlite3.Connection) -> None:
    books.freeze(connection, ["sms"])
    batch, rows = claim(connection)
    intents = [books.intent(batch, row) for row in rows[:2]]
    books.tick(connection, "1/1", [batch], intents=intents)
    connection.execute("UPDATE identity SET created_at = 1000 WHERE channel = 'sms'")
    outcomes = [
        books.outcome(
            intent,
            ticks.End.FAILED,
            reason="410 Unregistered",
            dead_address=intent.address_key,
            dead_since=since,
            contact=intent.spot.seq,
        )
        for intent, since in zip(intents, (2000.0, 500.0), strict=True)
    ]
    books.tick(connection, "1/1", [batch], outcomes=outcomes)
    removed = connection.execute("SELECT contact, removed_because FROM identity WHERE removed_at IS NOT NULL")
    assert removed.fetchall() == [(1, "410 Unregistered")]


def test_a_released_batch_of_a_paused_run_is_claimed_again_on_resume(connection: sqlite3.Connection) -> None:
    books.freeze(connection, ["sms"])
    batch, _ = claim(connection)
    connection.execute("UPDATE run SET status = 'paused'")
    books.tick(connection, "1/1", [batch], released=[(batch, 0.0)])
    assert batches.claim(connection, owner="1/1", channel=SMS, now=time.time(), lease_s=30) is None
    connection.execute("UPDATE run SET status = 'running'")
    again, rows = claim(connection)
    assert (again.n, len(rows)) == (batch.n, 6)
    assert again.fence == batch.fence + 1


def test_who_opted_out_with_the_provider_is_suppressed_here(connection: sqlite3.Connection) -> None:
    books.freeze(connection, ["sms"])
    batch, rows = claim(connection)
    intent = books.intent(batch, rows[0])
    books.tick(connection, "1/1", [batch], intents=[intent])
    refused = books.outcome(intent, ticks.End.FAILED, reason="21610", opted_out=intent.address_key)
    books.tick(connection, "1/1", [batch], outcomes=[refused])
    assert connection.execute("SELECT channel, address_key FROM suppression").fetchall() == [
        ("sms", rows[0].address_key)
    ]
