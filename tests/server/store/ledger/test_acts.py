"""Acts upon doubts and dead letters, on a real database: what moves, what is told, what is taken back, what stays."""

import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.store import database
from server.store.ledger import acts, batches, book, codes, lookups, picking, ticks
from server.wire import exceptions, ledger
from tests.support import books

Kind = exceptions.Kind
End = ticks.End
PEOPLE = 12


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with books.opened(tmp_path, people=PEOPLE) as opened:
        yield opened


def ended(connection: sqlite3.Connection, end: End, *, repeats: bool = False, **more: object) -> int:
    """A run of SMS whose every attempt ended so, and whose sender has given everything back."""
    run = books.freeze(connection, ["sms"])
    held, intents = intended(connection, repeats=repeats)
    outcomes = [books.outcome(intent, end, **more) for intent in intents]
    books.tick(connection, "1/1", [held], outcomes=outcomes)
    books.tick(connection, "1/1", [held], released=[(held, 0.0)])
    return run


def intended(
    connection: sqlite3.Connection, *, repeats: bool = False
) -> tuple[batches.Batch, list[ticks.Intent]]:
    """Everything that is due, claimed and intended."""
    claimed = batches.claim(
        connection, owner="1/1", channel=codes.CHANNELS["sms"], now=time.time() + 60, lease_s=600
    )
    assert claimed is not None
    batch, rows = claimed
    intents = [books.intent(batch, row, repeats=repeats) for row in rows]
    done = books.tick(connection, "1/1", [batch], intents=intents)
    return batch, [intent for intent in intents if intent.spot in done.granted]


def act(
    connection: sqlite3.Connection,
    kind: Kind,
    *,
    key: str = "",
    undoes: int = 0,
    limit: int = 5,
    steps: int = 100,
    **pick: object,
) -> int:
    """Begin an act and take it some steps on; returns its id."""
    wish = acts.Wish(kind=kind, key=key or f"{kind}-{undoes}", undoes=undoes, by="ann", why="the log says so")
    with database.transaction(connection):
        number, _ = acts.begin(connection, workspace=books.WORKSPACE, wish=wish, now=time.time())
    go_on(connection, number, kind, limit=limit, steps=steps, **pick)
    return number


def go_on(
    connection: sqlite3.Connection,
    number: int,
    kind: Kind,
    *,
    limit: int = 5,
    steps: int = 100,
    **pick: object,
) -> None:
    meant = (
        None if kind is Kind.UNDO else picking.Pick(state=acts.MOVES[kind].source, closed=False, **pick)  # type: ignore[arg-type]
    )
    for _ in range(steps):
        if acts.step(
            connection, workspace=books.WORKSPACE, number=number, pick=meant, now=time.time(), limit=limit
        ):
            return


def states(connection: sqlite3.Connection, run: int) -> set[str]:
    return set(books.states(connection, run).values())


def status(connection: sqlite3.Connection, run: int) -> str:
    [(found,)] = connection.execute("SELECT status FROM run WHERE id = ?", (run,))
    return str(found)


@pytest.mark.parametrize(
    "kind, state, reason",
    [
        (Kind.ACCEPTED, "accepted", ""),
        (Kind.NOT_SENT, "failed", codes.NOT_SENT),
        (Kind.LEAVE, "doubt", "no_answer"),
    ],
)
def test_a_person_settles_doubts_and_takes_it_back(
    connection: sqlite3.Connection, kind: Kind, state: str, reason: str
) -> None:
    run = ended(connection, End.DOUBT, reason="no_answer")
    number = act(connection, kind)
    assert {books.state(connection, run, seq) for seq in range(1, PEOPLE + 1)} == {(state, reason)}
    assert books.differences(connection, run) == []
    act(connection, Kind.UNDO, undoes=number)
    assert {books.state(connection, run, seq) for seq in range(1, PEOPLE + 1)} == {("doubt", "no_answer")}
    assert books.events(connection, run, 1)[-1] is ledger.EventKind.UNDONE
    assert books.differences(connection, run) == []


def test_a_redrive_opens_its_batch_and_its_run_again_and_is_sent_under_the_next_attempt(
    connection: sqlite3.Connection,
) -> None:
    run = ended(connection, End.FAILED, reason="30003")
    assert status(connection, run) == "done"
    act(connection, Kind.REDRIVE)
    assert states(connection, run) == {"waiting"}
    assert status(connection, run) == "running"
    _, intents = intended(connection)
    assert {intent.attempt for intent in intents} == {2}
    assert len(intents) == PEOPLE
    [(campaign,)] = connection.execute("SELECT status FROM campaign WHERE run = ?", (run,))
    assert campaign == "running"


def test_what_is_sent_again_counts_its_age_from_there(connection: sqlite3.Connection) -> None:
    ended(connection, End.FAILED, reason="30003")
    before = time.time()
    act(connection, Kind.REDRIVE)
    claimed = batches.claim(
        connection, owner="1/1", channel=codes.CHANNELS["sms"], now=time.time(), lease_s=60
    )
    assert claimed is not None
    assert all(row.since is not None and row.since >= before for row in claimed[1])


def test_an_act_that_was_killed_goes_on_where_it_was_and_asked_twice_is_one(
    connection: sqlite3.Connection,
) -> None:
    run = ended(connection, End.FAILED, reason="30003")
    number = act(connection, Kind.REDRIVE, key="k", limit=5, steps=1)
    assert sorted(books.states(connection, run).values()).count("waiting") == 5
    assert acts.to_do(connection) == [(books.WORKSPACE, number)]
    assert act(connection, Kind.REDRIVE, key="k", steps=0) == number
    go_on(connection, number, Kind.REDRIVE)
    assert states(connection, run) == {"waiting"}
    assert acts.to_do(connection) == []
    for seq in range(1, PEOPLE + 1):
        assert books.events(connection, run, seq).count(ledger.EventKind.REDRIVEN) == 1


def test_a_message_that_fails_again_is_a_new_dead_letter_and_no_business_of_the_same_act(
    connection: sqlite3.Connection,
) -> None:
    run = ended(connection, End.FAILED, reason="30003")
    number = act(connection, Kind.REDRIVE, limit=5, steps=1)
    held, intents = intended(connection)
    outcomes = [books.outcome(intent, End.FAILED, reason="30003") for intent in intents]
    books.tick(connection, "1/1", [held], outcomes=outcomes)
    go_on(connection, number, Kind.REDRIVE)
    found = acts.look(connection, workspace=books.WORKSPACE, number=number)
    assert found is not None
    assert found.moved == PEOPLE
    assert sorted(books.states(connection, run).values()).count("failed") == 5


def test_an_undone_redrive_leaves_what_went_out_and_puts_the_rest_back(
    connection: sqlite3.Connection,
) -> None:
    run = ended(connection, End.FAILED, reason="30003")
    number = act(connection, Kind.REDRIVE, limit=100)
    held, intents = intended(connection)
    sent = intents[:4]
    books.tick(connection, "1/1", [held], outcomes=[books.outcome(one, End.ACCEPTED) for one in sent])
    books.tick(
        connection, "1/1", [held], outcomes=[books.outcome(one, End.AGAIN, due_at=9e9) for one in intents[4:]]
    )
    act(connection, Kind.UNDO, undoes=number)
    now = books.states(connection, run)
    assert {now[one.spot.seq] for one in sent} == {"accepted"}
    assert {now[one.spot.seq] for one in intents[4:]} == {"failed"}
    assert books.differences(connection, run) == []


def test_a_cancelled_run_is_never_sent_again(connection: sqlite3.Connection) -> None:
    run = ended(connection, End.FAILED, reason="30003")
    connection.execute("UPDATE run SET status = 'cancelled' WHERE id = ?", (run,))
    number = act(connection, Kind.REDRIVE)
    assert states(connection, run) == {"failed"}
    found = acts.look(connection, workspace=books.WORKSPACE, number=number)
    assert found is not None
    assert (found.moved, found.status) == (0, "done")


@pytest.mark.parametrize("end", ["skip", "cancel", "fail", "cancel while refused"])
def test_what_may_have_arrived_is_never_called_untouched_once_it_is_sent_again(
    connection: sqlite3.Connection, end: str
) -> None:
    run = ended(connection, End.DOUBT, reason="no_answer")
    act(connection, Kind.AGAIN)
    if end == "cancel":
        connection.execute("UPDATE run SET status = 'cancelling' WHERE id = ?", (run,))
        batches.cancel_next(connection, workspace=books.WORKSPACE, run=run, now=time.time())
    elif end == "skip":
        claimed = batches.claim(
            connection, owner="1/1", channel=codes.CHANNELS["sms"], now=time.time(), lease_s=60
        )
        assert claimed is not None
        batch, rows = claimed
        skips = [
            ticks.Skipped(spot=book.Spot(books.WORKSPACE, run, row.seq), batch=batch, reason="suppressed")
            for row in rows
        ]
        books.tick(connection, "1/1", [batch], skips=skips)
    else:
        held, intents = intended(connection)
        if end == "cancel while refused":
            connection.execute("UPDATE run SET status = 'cancelling' WHERE id = ?", (run,))
        last = End.FAILED if end == "fail" else End.AGAIN
        books.tick(
            connection, "1/1", [held], outcomes=[books.outcome(one, last, reason="21211") for one in intents]
        )
    assert states(connection, run) == {"doubt"}
    assert books.differences(connection, run) == []


def test_a_crash_repeats_what_is_harmless_and_doubts_the_rest(connection: sqlite3.Connection) -> None:
    run = books.freeze(connection, ["sms"])
    claimed = batches.claim(
        connection, owner="1/1", channel=codes.CHANNELS["sms"], now=time.time(), lease_s=60
    )
    assert claimed is not None
    batch, rows = claimed
    intents = [books.intent(batch, row, repeats=row.seq <= 4) for row in rows]
    books.tick(connection, "1/1", [batch], intents=intents)
    freed, doubts = batches.free(connection, owner_prefix="1/", now=time.time())
    assert (freed, doubts) == (1, PEOPLE - 4)
    now = books.states(connection, run)
    assert {now[seq] for seq in range(1, 5)} == {"waiting"}
    assert books.events(connection, run, 1)[-1] is ledger.EventKind.REPEATED
    assert books.differences(connection, run) == []


def test_what_was_under_way_at_too_many_crashes_is_left_to_a_person(connection: sqlite3.Connection) -> None:
    run = books.freeze(connection, ["sms"])
    for _ in range(batches.MOST_REPEATS):
        assert "doubt" not in states(connection, run)
        intended(connection, repeats=True)
        batches.free(connection, owner_prefix="1/", now=time.time())
    assert states(connection, run) == {"doubt"}


def test_a_crash_in_a_run_that_is_being_cancelled_repeats_nothing(connection: sqlite3.Connection) -> None:
    run = books.freeze(connection, ["sms"])
    intended(connection, repeats=True)
    connection.execute("UPDATE run SET status = 'cancelling' WHERE id = ?", (run,))
    batches.free(connection, owner_prefix="1/", now=time.time())
    assert states(connection, run) == {"doubt"}


def test_a_look_up_settles_nothing_that_was_settled_meanwhile(connection: sqlite3.Connection) -> None:
    run = ended(connection, End.DOUBT, reason="no_answer")
    due = lookups.due(
        connection,
        workspace=books.WORKSPACE,
        accounts=[books.ACCOUNT],
        now=time.time() + 10,
        wait_s=5.0,
        limit=100,
    )
    assert len(due) == PEOPLE
    act(connection, Kind.ACCEPTED, spots=((run, due[0].seq),))
    answer = lookups.Answer(codes.FAILED, "", "it is not there", None)
    settled = [
        lookups.note(connection, workspace=books.WORKSPACE, asked=one, answer=answer, now=time.time())
        for one in due[:2]
    ]
    assert settled == [False, True]
    assert books.state(connection, run, due[0].seq) == ("accepted", "")
    assert books.state(connection, run, due[1].seq) == ("failed", codes.NOT_SENT)
    assert books.differences(connection, run) == []


def test_an_acceptance_that_comes_after_all_outranks_not_sent(connection: sqlite3.Connection) -> None:
    run = books.freeze(connection, ["sms"])
    held, intents = intended(connection)
    batches.free(connection, owner_prefix="1/", now=time.time())
    act(connection, Kind.NOT_SENT)
    assert states(connection, run) == {"failed"}
    late = [books.outcome(one, End.ACCEPTED, provider_ref="p") for one in intents]
    books.tick(connection, "1/1", [held], outcomes=late)
    assert states(connection, run) == {"accepted"}
    assert books.differences(connection, run) == []


def test_a_late_word_that_nothing_left_sends_the_message_after_all(connection: sqlite3.Connection) -> None:
    run = books.freeze(connection, ["sms"])
    held, intents = intended(connection)
    batches.free(connection, owner_prefix="1/", now=time.time())
    assert (states(connection, run), status(connection, run)) == ({"doubt"}, "done")
    late = [books.outcome(one, End.AGAIN, reason="lapsed", due_at=0.0) for one in intents]
    books.tick(connection, "1/1", [held], outcomes=late)
    assert (states(connection, run), status(connection, run)) == ({"waiting"}, "running")
    assert books.differences(connection, run) == []
    _, again = intended(connection)
    assert len(again) == PEOPLE


@pytest.mark.parametrize(
    "wanted, count",
    [
        ({"reason": "30003"}, PEOPLE),
        ({"reason": "30005"}, 0),
        ({"find": "person 1"}, 4),
        ({"find": "100%_"}, 0),
        ({"find": "+15550000003"}, 1),
        ({"domain": "example.com"}, 0),
        ({"since": 9e9}, 0),
        ({"until": 1.0}, 0),
        ({"spots": ((1, 2), (1, 3))}, 2),
        ({"closed": True}, 0),
    ],
)
def test_a_pick_means_what_it_says(
    connection: sqlite3.Connection, wanted: dict[str, object], count: int
) -> None:
    ended(connection, End.FAILED, reason="30003")
    pick = picking.Pick(state=codes.FAILED, **wanted)  # type: ignore[arg-type]
    assert acts.count(connection, workspace=books.WORKSPACE, kind=Kind.CLOSE, pick=pick) == count


def test_doubts_to_look_up_are_found_by_the_index_of_exceptions(connection: sqlite3.Connection) -> None:
    statement = acts.SQL["lookups_due"]
    values = dict.fromkeys(re.findall(r":(\w+)", statement), 1) | {"accounts": "[1]"}
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert any("message_exception" in step for step in plan), plan


def test_exceptions_are_found_by_their_own_index(connection: sqlite3.Connection) -> None:
    where, values = picking.where(picking.Pick(state=codes.DOUBT, until=5.0), books.WORKSPACE)
    plan = [
        row[3]
        for row in connection.execute(
            f"EXPLAIN QUERY PLAN SELECT count(*) {picking.FROM} WHERE {where}", values
        )
    ]
    assert any("message_exception" in step for step in plan), plan
