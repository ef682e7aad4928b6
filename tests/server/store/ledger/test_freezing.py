"""Freezing: a large audience is frozen in portions, and at no commit is anybody unaccounted for."""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.store import database
from server.store.ledger import batches, codes, freezing
from tests.support import books

PEOPLE = 47


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freezing, "BATCH", 5)
    monkeypatch.setattr(freezing, "PORTION", 20)  # two channels: ten people


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with books.opened(tmp_path, people=PEOPLE, without_email=(3, 14, 41)) as opened:
        yield opened


def status(connection: sqlite3.Connection, run: int) -> str:
    return str(connection.execute("SELECT status FROM run WHERE id = ?", (run,)).fetchone()[0])


def frozen(connection: sqlite3.Connection, run: int) -> int:
    """Messages the run counts, after seeing that each of them is tallied and there."""
    (counted,) = connection.execute("SELECT messages FROM run WHERE id = ?", (run,)).fetchone()
    (tallied,) = connection.execute("SELECT sum(n) FROM tally WHERE run = ?", (run,)).fetchone()
    (there,) = connection.execute("SELECT count(*) FROM message WHERE run = ?", (run,)).fetchone()
    assert counted == tallied == there
    assert books.differences(connection, run) == []
    return int(counted)


def portion(connection: sqlite3.Connection, run: int) -> bool:
    return freezing.next_portion(connection, workspace=books.WORKSPACE, run=run, now=time.time())


def finish(connection: sqlite3.Connection, run: int) -> None:
    while not portion(connection, run):
        pass


def everything(connection: sqlite3.Connection, run: int) -> dict[str, list[tuple[object, ...]]]:
    """What a freeze writes, without its moments."""
    asked = {
        "message": "seq, channel, contact, address_key, state, reason",
        "batch": "n, channel, seq_from, seq_to, closed, due_at, priority",
        "event": "seq, kind",
        "tally": "channel, account, state, reason, n",
    }
    return {
        table: connection.execute(
            f"SELECT {columns} FROM {table} WHERE run = ? ORDER BY 1, 2, 3", (run,)
        ).fetchall()
        if table != "event"
        else connection.execute("SELECT seq, kind FROM event WHERE run = ? ORDER BY seq", (run,)).fetchall()
        for table, columns in asked.items()
    }


def test_portions_write_the_same_rows_as_one_freeze(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as whole:
        whole.setattr(freezing, "PORTION", 1_000_000)
        at_once = books.freeze(connection)
    assert status(connection, at_once) == "running"
    in_portions = books.freeze(connection)
    assert status(connection, in_portions) == "launching"
    finish(connection, in_portions)
    assert status(connection, in_portions) == "running"
    assert everything(connection, in_portions) == everything(connection, at_once)


def test_the_equation_holds_at_every_commit_and_the_audience_grows_with_it(
    connection: sqlite3.Connection,
) -> None:
    run = books.freeze(connection)
    seen = [frozen(connection, run)]
    while not portion(connection, run):
        seen.append(frozen(connection, run))
    seen.append(frozen(connection, run))
    assert seen == [20, 40, 60, 80, 94]
    assert portion(connection, run)  # asked once more, it changes nothing
    assert frozen(connection, run) == 94


def test_nothing_is_claimed_before_the_last_portion(connection: sqlite3.Connection) -> None:
    run = books.freeze(connection)

    def claim() -> object:
        return batches.claim(
            connection, owner="1/1", channel=codes.CHANNELS["sms"], now=time.time(), lease_s=30.0
        )

    while True:
        assert claim() is None
        if portion(connection, run):
            break
    assert claim() is not None


def test_a_launch_that_was_killed_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with books.opened(tmp_path, people=PEOPLE) as first:
        run = books.freeze(first)
        portion(first, run)
    with contextlib.closing(database.connect(tmp_path / "heliograph.db")) as second:
        assert freezing.launching(second) == [(books.WORKSPACE, run)]
        finish(second, run)
        assert frozen(second, run) == 2 * PEOPLE
        assert freezing.launching(second) == []
        people = [
            row[0] for row in second.execute("SELECT contact FROM message WHERE run = ? ORDER BY seq", (run,))
        ]
        assert people == [*range(1, PEOPLE + 1)] * 2


def test_a_portion_that_fails_leaves_nothing_behind(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = books.freeze(connection)
    before = everything(connection, run)

    def broken(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as full:
        full.setattr(freezing, "_count", broken)
        with pytest.raises(sqlite3.OperationalError):
            portion(connection, run)
    assert everything(connection, run) == before
    finish(connection, run)
    assert frozen(connection, run) == 2 * PEOPLE


def test_whoever_joins_during_a_launch_is_not_in_it_and_whoever_leaves_is_not_missed(
    connection: sqlite3.Connection,
) -> None:
    run = books.freeze(connection)
    connection.execute(
        "INSERT INTO member (workspace, audience, contact) VALUES (?, ?, 1000)",
        (books.WORKSPACE, books.AUDIENCE),
    )
    finish(connection, run)
    assert frozen(connection, run) == 2 * PEOPLE
    connection.execute("DELETE FROM member WHERE contact = 1000")
    other = books.freeze(connection)
    connection.execute("DELETE FROM member WHERE contact > 30")
    finish(connection, other)
    assert frozen(connection, other) == 60
    assert connection.execute("SELECT people, status FROM run WHERE id = ?", (other,)).fetchone() == (
        30,
        "running",
    )
    assert [row[0] for row in connection.execute("SELECT count(*) FROM batch WHERE run = ?", (other,))] == [
        12
    ]


def test_a_run_that_reaches_nobody_ends_with_its_last_portion(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM identity")
    run = books.freeze(connection)
    finish(connection, run)
    assert status(connection, run) == "done"
    assert frozen(connection, run) == 2 * PEOPLE
