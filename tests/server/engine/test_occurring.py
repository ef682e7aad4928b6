"""What the clock does with schedules, whatever the clock on the wall does."""

import contextlib
import datetime as dt
import pathlib
import sqlite3
from collections.abc import Iterator

import msgspec
import pytest

from server.channels import contents
from server.engine import occurring, recurring
from server.store import database, holds, schedules
from server.wire import campaigns
from server.wire import schedules as wire
from tests.support import books

HOUR = 3600.0
DAY = 24 * HOUR
NOW = dt.datetime(2026, 11, 20, 8, 0, tzinfo=dt.UTC).timestamp()
DAILY = wire.Plan(every=wire.Every.DAILY, zone="UTC", time="09:00", start="2026-11-20")
ONCE = wire.Plan(every=wire.Every.ONCE, zone="UTC", at="2026-11-20T09:00")


@pytest.fixture
def connection(tmp_path: pathlib.Path) -> Iterator[sqlite3.Connection]:
    with books.opened(tmp_path, people=3) as opened:
        text = msgspec.json.encode(campaigns.Contents(sms=contents.Sms(body="Hi"))).decode()
        opened.execute(
            "INSERT INTO audience (workspace, id, name, ready) VALUES (?, ?, 'a', 1)",
            (books.WORKSPACE, books.AUDIENCE),
        )
        opened.execute(
            "UPDATE campaign SET status = 'draft', audience = ?, contents = ?", (books.AUDIENCE, text)
        )
        yield opened


def plan(
    connection: sqlite3.Connection, given: wire.Plan, now: float = NOW, expected: int | None = None
) -> None:
    first = recurring.upcoming(given, now, 1)[0]
    with database.transaction(connection):
        schedules.add(
            connection,
            schedules.Schedule(
                workspace=books.WORKSPACE,
                id=0,
                campaign=books.CAMPAIGN,
                plan=msgspec.json.encode(given).decode(),
                zone=given.zone,
                expected=expected,
                next_local=first.local,
                next_at=first.at,
            ),
            now=now,
        )


def story(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    return connection.execute("SELECT local, state FROM occurrence ORDER BY planned_at, id").fetchall()


def runs(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM run").fetchone()[0])


def status(connection: sqlite3.Connection) -> str:
    return str(connection.execute("SELECT status FROM campaign").fetchone()[0])


def over(connection: sqlite3.Connection) -> None:
    """Every run ends, as if all had been sent."""
    connection.execute("UPDATE run SET status = 'done'")
    with database.transaction(connection):
        schedules.settle(connection, workspace=books.WORKSPACE, campaign=books.CAMPAIGN, now=NOW)


def test_a_campaign_waits_for_its_time_and_is_then_launched_once(connection: sqlite3.Connection) -> None:
    plan(connection, ONCE)
    assert status(connection) == "scheduled"
    assert occurring.work(connection, NOW + HOUR - 1) == 0
    assert occurring.work(connection, NOW + HOUR) == 1
    assert occurring.work(connection, NOW + HOUR + 1) == 0
    assert story(connection) == [("2026-11-20T09:00", "launched")]
    assert (runs(connection), status(connection)) == (1, "running")
    over(connection)
    assert status(connection) == "done"


def test_every_occurrence_is_a_run_with_an_audience_of_its_own(connection: sqlite3.Connection) -> None:
    plan(connection, DAILY)
    occurring.work(connection, NOW + HOUR)
    over(connection)
    assert status(connection) == "scheduled"
    connection.execute("DELETE FROM member WHERE contact = 3")
    occurring.work(connection, NOW + DAY + HOUR)
    assert connection.execute("SELECT people FROM run ORDER BY id").fetchall() == [(3,), (2,)]
    assert story(connection) == [("2026-11-20T09:00", "launched"), ("2026-11-21T09:00", "launched")]


def test_two_processes_that_see_the_same_due_time_launch_it_once(
    connection: sqlite3.Connection, tmp_path: pathlib.Path
) -> None:
    plan(connection, ONCE)
    with contextlib.closing(database.connect(tmp_path / "heliograph.db")) as other:
        assert [occurring.work(one, NOW + HOUR) for one in (connection, other)] == [1, 0]
    assert runs(connection) == 1


def test_a_crash_within_the_launch_leaves_nothing_and_the_next_look_launches(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(connection, ONCE)
    with monkeypatch.context() as broken:
        broken.setattr(occurring, "_advance", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            occurring.work(connection, NOW + HOUR)
    assert (runs(connection), story(connection)) == (0, [])
    assert occurring.work(connection, NOW + HOUR) == 1


def test_the_same_time_cannot_be_written_twice_even_if_a_schedule_were_put_back(
    connection: sqlite3.Connection,
) -> None:
    plan(connection, DAILY)
    occurring.work(connection, NOW + HOUR)
    over(connection)
    connection.execute("UPDATE schedule SET next_local = '2026-11-20T09:00', next_at = ?", (NOW + HOUR,))
    occurring.work(connection, NOW + HOUR + 1)
    assert runs(connection) == 1
    again = schedules.due(connection, NOW + 2 * DAY)
    assert again is not None
    with pytest.raises(sqlite3.IntegrityError):  # and the database itself keeps it so
        schedules.occur(connection, again._replace(next_local="2026-11-20T09:00"), state="launched", now=NOW)


def test_what_is_late_by_a_quarter_of_an_hour_still_starts_and_later_asks(
    connection: sqlite3.Connection,
) -> None:
    plan(connection, DAILY)
    occurring.work(connection, NOW + HOUR + occurring.LATE_S)
    over(connection)
    occurring.work(connection, NOW + DAY + HOUR + occurring.LATE_S + 1)
    assert story(connection) == [("2026-11-20T09:00", "launched"), ("2026-11-21T09:00", "overdue")]
    assert runs(connection) == 1
    assert connection.execute("SELECT why FROM occurrence WHERE state = 'overdue'").fetchone() == (
        "missed by 15 min",
    )


@pytest.mark.parametrize("jump", [HOUR, -HOUR, DAY, -DAY])
@pytest.mark.parametrize("before", [NOW, NOW + HOUR + 60])
def test_a_clock_that_jumps_and_is_mended_neither_doubles_nor_loses_a_time(
    connection: sqlite3.Connection, jump: float, before: float
) -> None:
    """Whatever is launched, asked about or left out, each time of the three days is exactly one row."""
    plan(connection, DAILY)
    for now in (before, before + jump, before + 30):
        occurring.work(connection, now)
        over(connection)
    for now in (NOW + HOUR, NOW + DAY + HOUR, NOW + 2 * DAY + HOUR):
        occurring.work(connection, max(now, before + 60))
        over(connection)
    times = [local for local, _ in story(connection)]
    assert times == ["2026-11-20T09:00", "2026-11-21T09:00", "2026-11-22T09:00"]
    launched = sum(state == "launched" for _, state in story(connection))
    asked = sum(state == "overdue" for _, state in story(connection))
    assert launched == runs(connection)
    assert launched + asked == 3


def test_a_time_called_overdue_by_a_clock_that_was_ahead_comes_in_time_after_all(
    connection: sqlite3.Connection,
) -> None:
    plan(connection, ONCE)
    occurring.work(connection, NOW + DAY)
    assert story(connection) == [("2026-11-20T09:00", "overdue")]
    occurring.work(connection, NOW + 60)  # the clock was mended
    assert story(connection) == [("2026-11-20T09:00", "planned")]
    occurring.work(connection, NOW + HOUR + 1)
    assert story(connection) == [("2026-11-20T09:00", "launched")]
    assert runs(connection) == 1


def test_of_a_month_without_a_server_the_newest_times_ask_and_the_others_are_left_out(
    connection: sqlite3.Connection,
) -> None:
    plan(connection, DAILY)
    occurring.work(connection, NOW + 30 * DAY)
    states = [state for _, state in story(connection)]
    assert states == ["skipped"] * (30 - occurring.MOST_ASKED) + ["overdue"] * occurring.MOST_ASKED
    assert runs(connection) == 0
    assert connection.execute("SELECT next_local FROM schedule").fetchone() == ("2026-12-20T09:00",)


@pytest.mark.parametrize(
    "policy, states",
    [(wire.WhileRunning.SKIP, ["launched", "skipped"]), (wire.WhileRunning.WAIT, ["launched", "waiting"])],
)
def test_a_time_that_comes_while_the_run_before_still_goes_follows_the_policy(
    connection: sqlite3.Connection, policy: wire.WhileRunning, states: list[str]
) -> None:
    plan(connection, msgspec.structs.replace(DAILY, while_running=policy))
    occurring.work(connection, NOW + HOUR)
    occurring.work(connection, NOW + DAY + HOUR)
    assert [state for _, state in story(connection)] == states
    assert (runs(connection), status(connection)) == (1, "running")
    over(connection)
    occurring.work(connection, NOW + DAY + 2 * HOUR)
    assert runs(connection) == (2 if policy is wire.WhileRunning.WAIT else 1)


def test_what_cannot_start_asks_and_says_why(connection: sqlite3.Connection) -> None:
    plan(connection, ONCE)
    connection.execute("UPDATE account SET halted = 1")
    occurring.work(connection, NOW + HOUR)
    assert story(connection) == [("2026-11-20T09:00", "refused")]
    (why,) = connection.execute("SELECT why FROM occurrence").fetchone()
    assert why == "SMS has no account that can send. Add or mend one under Providers."
    assert (runs(connection), status(connection)) == (0, "scheduled")


def test_a_launch_put_off_is_refused_if_the_audience_changed_meanwhile(
    connection: sqlite3.Connection,
) -> None:
    plan(connection, ONCE, expected=3)
    connection.execute("DELETE FROM member WHERE contact = 3")
    occurring.work(connection, NOW + HOUR)
    assert story(connection) == [("2026-11-20T09:00", "refused")]
    assert "2 people now, not 3" in connection.execute("SELECT why FROM occurrence").fetchone()[0]


def test_while_the_server_is_held_no_schedule_starts_and_what_it_missed_asks(
    connection: sqlite3.Connection,
) -> None:
    plan(connection, DAILY)
    with database.transaction(connection):
        holds.put(connection, why="stopped", now=NOW)
    assert occurring.work(connection, NOW + HOUR) == 0
    assert story(connection) == []
    with database.transaction(connection):
        holds.lift(connection)
    occurring.work(connection, NOW + 2 * HOUR)
    assert story(connection) == [("2026-11-20T09:00", "overdue")]


def test_after_a_restore_even_what_is_a_minute_late_asks(connection: sqlite3.Connection) -> None:
    plan(connection, DAILY)
    with database.transaction(connection):
        occurring.miss(connection, NOW + HOUR + 60)
    assert story(connection) == [("2026-11-20T09:00", "overdue")]
    assert occurring.work(connection, NOW + HOUR + 61) == 0
    assert runs(connection) == 0


def test_a_schedule_taken_back_leaves_the_draft_and_what_waited_out(connection: sqlite3.Connection) -> None:
    plan(connection, DAILY)
    occurring.work(connection, NOW + 10 * HOUR)
    with database.transaction(connection):
        assert schedules.end(connection, workspace=books.WORKSPACE, campaign=books.CAMPAIGN, why="x", now=NOW)
    assert story(connection) == [("2026-11-20T09:00", "skipped")]
    assert status(connection) == "draft"
    assert occurring.work(connection, NOW + 3 * DAY) == 0
