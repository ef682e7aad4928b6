"""A database knows when it is a copy, says what went on without it, and gives no number out twice."""

import contextlib
import pathlib
import shutil
import sqlite3
from collections.abc import Iterator

import pytest

from server.store import holds, incarnation, meta, numbers
from server.store.ledger import codes
from tests.support import books

NOW = 2_000_000_000.0


class House:
    """One data folder: its database, started and stopped as a server would."""

    def __init__(self, data: pathlib.Path) -> None:
        self.data = data
        self.now = NOW

    @contextlib.contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(
            sqlite3.connect(self.data / "heliograph.db", isolation_level=None)
        ) as connection:
            yield connection
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def start(self) -> incarnation.Found | None:
        self.now += 100
        with self.open() as connection:
            return incarnation.begin(connection, self.data, self.now)

    def work(self, sent: int) -> None:
        """Messages of the newest run are handed over, and the mark follows."""
        self.now += 10
        with self.open() as connection:
            connection.execute(
                "UPDATE tally SET n = n - ? WHERE state = ? AND run = (SELECT max(id) FROM run)",
                (sent, codes.WAITING),
            )
            connection.execute(
                "INSERT INTO tally (workspace, run, channel, account, state, reason, n)"
                " SELECT workspace, max(id), 4, 7, ?, '', ? FROM run WHERE true"
                " ON CONFLICT DO UPDATE SET n = n + excluded.n",
                (codes.ACCEPTED, sent),
            )
            incarnation.Keeper(data=self.data).keep(connection, self.now)

    def held(self) -> bool:
        with self.open() as connection:
            return holds.is_held(connection)

    def release(self) -> None:
        with self.open() as connection:
            renewal = incarnation.renew(connection, self.data, self.now)
            renewal.within(connection)
            holds.lift(connection)
            renewal.after(connection, self.now)

    def next_run(self) -> int:
        with self.open() as connection:
            return numbers.take_now(connection, books.WORKSPACE, "run")


@pytest.fixture
def house(tmp_path: pathlib.Path) -> House:
    data = tmp_path / "data"
    data.mkdir()
    with books.opened(data, people=50) as connection:
        books.freeze(connection, ["sms"])
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return House(data)


def put_back(house: House, copy: pathlib.Path) -> None:
    """Write a copy over the database's own file, as `cp` does."""
    for left in ("heliograph.db-wal", "heliograph.db-shm"):
        (house.data / left).unlink(missing_ok=True)
    (house.data / "heliograph.db").write_bytes(copy.read_bytes())


def test_a_database_that_stays_where_it_is_is_never_held(house: House) -> None:
    for _ in range(3):
        assert house.start() is None
        house.work(5)
    assert not house.held()


def test_one_from_before_there_were_marks_is_taken_as_it_is(house: House) -> None:
    assert not (house.data / incarnation.FILE).exists()
    assert house.start() is None
    assert (house.data / incarnation.FILE).exists()


def test_an_older_copy_put_back_is_held_and_counts_what_was_sent_after_it(
    house: House, tmp_path: pathlib.Path
) -> None:
    house.start()
    house.work(5)
    copied_at = house.now
    copy = shutil.copyfile(house.data / "heliograph.db", tmp_path / "copy.db")
    house.work(20)
    with house.open() as connection:
        second = books.freeze(connection, ["sms"])
    house.work(7)
    put_back(house, copy)
    found = house.start()
    assert found is not None
    assert house.held()
    assert "older copy" in found.sentence
    assert (found.copied_at, found.sent_after) == (copied_at, 27)
    assert [(one.run, one.sent) for one in found.lost] == [(second, 7)]
    assert found.runs["1/1"].sent_after == 20
    assert house.next_run() > second + 500  # no receipt of the lost time can meet a message of now


def test_a_held_copy_stays_held_over_starts_and_keeps_what_was_found(
    house: House, tmp_path: pathlib.Path
) -> None:
    house.start()
    copy = shutil.copyfile(house.data / "heliograph.db", tmp_path / "copy.db")
    house.work(9)
    put_back(house, copy)
    first = house.start()
    number = house.next_run()
    with house.open() as connection:  # a start that is held never touches the mark
        incarnation.Keeper(data=house.data).keep(connection, house.now)
    again = house.start()
    assert first is not None
    assert again is not None
    assert (first.sent_after, again.sent_after) == (9, 9)
    assert house.next_run() == number + 1


def test_a_released_copy_is_the_database_from_then_on_and_the_others_are_copies(
    house: House, tmp_path: pathlib.Path
) -> None:
    house.start()
    copy = shutil.copyfile(house.data / "heliograph.db", tmp_path / "copy.db")
    house.work(9)
    original = shutil.copyfile(house.data / "heliograph.db", tmp_path / "original.db")
    put_back(house, copy)
    house.start()
    house.release()
    assert house.start() is None
    house.work(1)
    assert house.start() is None
    put_back(house, original)
    found = house.start()
    assert found is not None
    assert "speaks of another one" in found.sentence


def test_a_folder_that_was_copied_is_held_there_and_goes_on_where_it_was(
    house: House, tmp_path: pathlib.Path
) -> None:
    house.start()
    house.work(3)
    other = House(shutil.copytree(house.data, tmp_path / "other"))
    assert house.start() is None
    found = other.start()
    assert found is not None
    assert f"copied here from {house.data}" in found.sentence
    assert other.next_run() > 1000


def test_a_folder_that_was_moved_is_the_same_one(house: House, tmp_path: pathlib.Path) -> None:
    house.start()
    house.work(3)
    assert House(house.data.rename(tmp_path / "moved")).start() is None


def test_a_database_copied_without_its_mark_is_held_and_skips_further(
    house: House, tmp_path: pathlib.Path
) -> None:
    house.start()
    house.work(3)
    data = tmp_path / "elsewhere"
    data.mkdir()
    shutil.copyfile(house.data / "heliograph.db", data / "heliograph.db")
    other = House(data)
    found = other.start()
    assert found is not None
    assert found.sent_after is None
    assert "missing" in found.sentence
    assert other.next_run() > incarnation.RUN_STEP


def test_a_torn_mark_asks_rather_than_guesses(house: House) -> None:
    house.start()
    house.work(3)
    (house.data / incarnation.FILE).write_bytes(b'{"incarnation": "ab')
    assert house.start() is not None


def test_a_crash_between_the_database_and_the_mark_holds_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.start()
    with monkeypatch.context() as crashing:
        crashing.setattr(incarnation, "write", lambda *_: None)
        house.work(3)
        house.start()
    assert house.start() is None


@pytest.mark.parametrize("write", [1, 2])
def test_a_crash_at_either_side_of_a_release_asks_again_or_goes_on_but_never_both(
    house: House, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, write: int
) -> None:
    house.start()
    copy = shutil.copyfile(house.data / "heliograph.db", tmp_path / "copy.db")
    house.work(9)
    put_back(house, copy)
    house.start()
    with house.open() as connection:
        renewal = incarnation.renew(connection, house.data, house.now)
        if write == 2:
            renewal.within(connection)
            holds.lift(connection)
    assert (house.start() is None) == (write == 2)
    assert house.held() == (write == 1)


def test_a_database_that_never_sent_anything_is_taken_wherever_it_lies(tmp_path: pathlib.Path) -> None:
    data = tmp_path / "fresh"
    data.mkdir()
    with books.opened(data, people=1):
        pass
    house = House(data)
    house.start()
    other = House(shutil.copytree(data, tmp_path / "other"))
    assert other.start() is None
    assert not other.held()


def test_the_mark_is_readable_by_its_owner_alone_and_follows_only_what_happens(house: House) -> None:
    house.start()
    path = house.data / incarnation.FILE
    assert path.stat().st_mode & 0o777 == 0o600
    keeper = incarnation.Keeper(data=house.data)
    with house.open() as connection:
        keeper.keep(connection, house.now)
        before = meta.get_now(connection, incarnation.GENERATION)
        keeper.keep(connection, house.now)
        connection.execute("UPDATE account SET name = 'another'")
        keeper.keep(connection, house.now)
        assert meta.get_now(connection, incarnation.GENERATION) == before
        numbers.take_now(connection, books.WORKSPACE, "run")
        keeper.keep(connection, house.now)
        assert meta.get_now(connection, incarnation.GENERATION) != before
