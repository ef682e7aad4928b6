"""The naive sender under the faults that the real one passes: a harness that cannot fail it proves nothing."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.acceptance.harness import judging, scenes, systems
from tests.support import served

#: Its processes are started again and again, on a machine that may be busy.
pytestmark = pytest.mark.timeout(300)

PEOPLE = 300


def finish(naive: systems.Naive) -> judging.Verdict:
    """Start it again whenever it has ended, until it calls everything sent; then judge it."""

    def over() -> bool:
        naive.start()
        return naive.over()

    try:
        served.until(over, "everything to be called sent", 120)
    finally:
        naive.stop()
    [book] = naive.books()
    return judging.judge(book, naive.taken()["email"], [], window=systems.WINDOW)


def found_out(verdict: judging.Verdict) -> bool:
    """Whether people got it twice whom it has on no list."""
    return not verdict.good and bool(verdict.doubled) and verdict.doubled_unlisted == verdict.doubled


def test_answers_that_never_come_make_it_send_again(tmp_path: Path) -> None:
    """R5."""
    with systems.mail_sink(tmp_path, cut_every=100) as sink:
        verdict = finish(systems.Naive(database=tmp_path / "naive.db", people=PEOPLE, mail_sink=sink))
    assert found_out(verdict), verdict.sentence()


def test_stopped_and_started_again_in_the_middle_it_sends_again_what_was_under_way(tmp_path: Path) -> None:
    """R6."""
    with systems.mail_sink(tmp_path, hold_s=scenes.HOLD_S) as sink:
        naive = systems.Naive(database=tmp_path / "naive.db", people=PEOPLE, mail_sink=sink)
        for share in (0.8, 0.5, 0.2):
            naive.start()
            served.until(lambda share=share: naive.left() <= share, "the run to go on")  # type: ignore[misc]
            naive.kill("sender")
        verdict = finish(naive)
    assert found_out(verdict), verdict.sentence()


def test_an_old_copy_put_back_sends_everything_since_again(tmp_path: Path) -> None:
    """R7."""
    with systems.mail_sink(tmp_path, hold_s=scenes.HOLD_S) as sink:
        naive = systems.Naive(database=tmp_path / "naive.db", people=PEOPLE, mail_sink=sink)
        naive.start()
        served.until(lambda: naive.left() <= 0.7, "the run to go on")
        with (
            contextlib.closing(sqlite3.connect(naive.database, timeout=30)) as live,
            contextlib.closing(sqlite3.connect(tmp_path / "kept.db")) as kept,
        ):
            live.backup(kept)
        served.until(lambda: naive.left() <= 0.3, "the run to go on")
        naive.kill("sender")
        for left in ("naive.db-wal", "naive.db-shm"):
            (tmp_path / left).unlink(missing_ok=True)
        naive.database.write_bytes((tmp_path / "kept.db").read_bytes())
        verdict = finish(naive)
    assert found_out(verdict), verdict.sentence()
    assert len(verdict.doubled) >= PEOPLE // 5
