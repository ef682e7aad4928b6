"""Going on after a hold: run by run, once, and never with half an audience."""

import pathlib
import shutil
import sqlite3
from collections.abc import Iterator

import pytest

from server.engine import holds
from server.store import database, incarnation
from server.store import holds as store
from server.wire import holds as wire
from server.wire import problems
from tests.support import books

NOW = 2_000_000_000.0


@pytest.fixture
def connection(tmp_path: pathlib.Path) -> Iterator[sqlite3.Connection]:
    with books.opened(tmp_path, people=3) as opened:
        opened.execute("INSERT INTO workspace (id, name) VALUES (1, 'Sandbox')")
        for _ in range(3):
            books.freeze(opened, ["sms"])
        yield opened


def statuses(connection: sqlite3.Connection) -> list[str]:
    return [status for (status,) in connection.execute("SELECT status FROM run ORDER BY id")]


def hold(connection: sqlite3.Connection, why: str, found: str = "{}") -> None:
    with database.transaction(connection):
        store.put(connection, why=why, found=found, now=NOW)


def which(*runs: int) -> list[wire.Which]:
    return [wire.Which(workspace=books.WORKSPACE, run=run) for run in runs]


def test_after_a_stop_by_hand_every_run_is_what_it_was(
    connection: sqlite3.Connection, tmp_path: pathlib.Path
) -> None:
    connection.execute("UPDATE run SET status = 'paused' WHERE id = 2")
    hold(connection, "stopped")
    holds._release(connection, wire.Release(), data=tmp_path, now=NOW)
    assert statuses(connection) == ["running", "paused", "running"]
    assert not store.is_held(connection)


def test_runs_that_nobody_names_are_paused_and_those_that_end_are_cancelled(
    connection: sqlite3.Connection, tmp_path: pathlib.Path
) -> None:
    hold(connection, "stopped")
    holds._release(connection, wire.Release(go_on=which(1), cancel=which(2)), data=tmp_path, now=NOW)
    assert statuses(connection) == ["running", "cancelling", "paused"]


def test_a_copy_goes_on_only_by_name_and_is_a_new_incarnation_from_then_on(
    connection: sqlite3.Connection, tmp_path: pathlib.Path
) -> None:
    incarnation.begin(connection, tmp_path, NOW)
    before = incarnation.read(tmp_path)
    hold(connection, "restored", '{"sentence":"It is a copy."}')
    with pytest.raises(problems.Refused, match="may have been sent since"):
        holds._release(connection, wire.Release(), data=tmp_path, now=NOW)
    assert store.is_held(connection)
    holds._release(connection, wire.Release(go_on=[], cancel=which(1)), data=tmp_path, now=NOW)
    after = incarnation.read(tmp_path)
    assert before is not None
    assert after is not None
    assert before.incarnation != after.incarnation
    assert incarnation.begin(connection, tmp_path, NOW) is None


@pytest.mark.parametrize(
    "ask, says",
    [
        (wire.Release(go_on=which(9)), "is over, or was never there"),
        (wire.Release(go_on=which(1), cancel=which(1)), "to go on and to be cancelled"),
    ],
)
def test_a_wrong_decision_changes_nothing(
    connection: sqlite3.Connection, tmp_path: pathlib.Path, ask: wire.Release, says: str
) -> None:
    hold(connection, "stopped")
    with pytest.raises(problems.Refused, match=says):
        holds._release(connection, ask, data=tmp_path, now=NOW)
    assert statuses(connection) == ["running"] * 3
    assert store.is_held(connection)


def test_what_is_not_held_cannot_be_released(connection: sqlite3.Connection, tmp_path: pathlib.Path) -> None:
    with pytest.raises(problems.Refused, match="not held"):
        holds._release(connection, wire.Release(), data=tmp_path, now=NOW)


def test_a_run_that_is_still_being_frozen_is_not_paused_half_way(
    connection: sqlite3.Connection, tmp_path: pathlib.Path
) -> None:
    connection.execute("UPDATE run SET status = 'launching' WHERE id = 3")
    hold(connection, "stopped")
    with pytest.raises(problems.Refused, match="still being frozen"):
        holds._release(connection, wire.Release(go_on=which(1, 2)), data=tmp_path, now=NOW)
    holds._release(connection, wire.Release(go_on=which(1, 2), cancel=which(3)), data=tmp_path, now=NOW)
    assert statuses(connection) == ["running", "running", "cancelling"]


def test_stopping_twice_keeps_the_first_reason_and_a_copy_stays_a_copy(
    connection: sqlite3.Connection,
) -> None:
    hold(connection, "restored", '{"sentence":"It is a copy."}')
    holds._stop(connection, note="again", now=NOW + 5)
    found = store.show(connection)
    assert found is not None
    assert (found.why, found.note, found.at) == ("restored", "", NOW)


def test_a_copy_is_told_with_each_runs_counts(connection: sqlite3.Connection, tmp_path: pathlib.Path) -> None:
    incarnation.begin(connection, tmp_path, NOW)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = shutil.copyfile(tmp_path / "heliograph.db", tmp_path / "kept.db")
    books.freeze(connection, ["sms"])
    connection.execute("UPDATE tally SET state = 2 WHERE run IN (1, 4)")
    incarnation.Keeper(data=tmp_path).keep(connection, NOW + 60)
    with sqlite3.connect(kept, isolation_level=None) as copy:
        incarnation.begin(copy, tmp_path, NOW + 120)
        told = holds._show(copy)
    copy.close()
    assert told.copy is not None
    assert told.copy.sent_after == 6
    assert [(one.run, one.sent, one.workspace) for one in told.copy.lost_runs] == [(4, 3, "Sandbox")]
    assert [(one.run, one.sent_after, one.equation.waiting) for one in told.runs] == [
        (1, 3, 3),
        (2, 0, 3),
        (3, 0, 3),
    ]
