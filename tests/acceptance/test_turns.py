"""R5 and R6: answers that never come, and a run paused, resumed and cancelled at random, restarts between."""

import random
import time
from pathlib import Path

import pytest

from server.store.ledger import codes
from server.wire import campaigns
from tests.acceptance import harness
from tests.acceptance.harness import judging, scenes, systems
from tests.support import crashing, served

#: Real processes are started again and again, on a machine that may be busy.
pytestmark = pytest.mark.timeout(300)

SEED = 20_261_121
CUT_EVERY = 100
PAUSES = 50 if harness.LONG else 4
CANCELS = 20 if harness.LONG else 2
PEOPLE = 4_000 if harness.LONG else 600
CANCELLED = 400


def test_one_in_a_hundred_taken_without_an_answer_is_in_doubt_and_never_sent_again(tmp_path: Path) -> None:
    people = 10_000 if harness.LONG else 1_000
    with systems.mail_sink(tmp_path, cut_every=CUT_EVERY) as sink:
        heliograph = systems.Heliograph(
            data=tmp_path / "data", people=people, channels=("email",), mail_sink=sink
        )
        heliograph.start()
        heliograph.begin()
        verdict = scenes.judged(heliograph)
        heliograph.stop()
    assert verdict.doubts == people // CUT_EVERY
    assert verdict.accepted == people - verdict.doubts


def test_paused_and_resumed_again_and_again_with_restarts_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with systems.mail_sink(tmp_path, hold_s=scenes.HOLD_S) as sink:
        heliograph = systems.Heliograph(
            data=tmp_path / "data", people=PEOPLE, channels=("email",), mail_sink=sink
        )
        heliograph.start()
        heliograph.begin()
        for number in range(1, PAUSES + 1):
            share = 1 - number / (PAUSES + 1)
            served.until(lambda share=share: heliograph.left() <= share, "the run to go on", 60)  # type: ignore[misc]
            time.sleep(chance.uniform(0, 0.05))
            with heliograph.client() as asked:
                asked.call(campaigns.PAUSE, campaign=1)
            if chance.random() < 0.5:
                restart(heliograph, chance)
                waiting = heliograph.left()
                stopped = scenes.settled(sink)
                assert heliograph.left() == waiting
                assert sum(sink.counted().values()) == stopped
            with heliograph.client() as asked:
                assert asked.call(campaigns.SHOW, campaign=1).status is campaigns.Status.PAUSED
                asked.call(campaigns.RESUME, campaign=1)
        scenes.judged(heliograph)
        heliograph.stop()


@pytest.mark.parametrize("number", range(CANCELS))
def test_cancelled_at_random_no_more_leaves_than_was_under_way_also_after_a_restart(
    tmp_path: Path, number: int
) -> None:
    chance = random.Random(SEED + number)
    with systems.mail_sink(tmp_path, hold_s=scenes.HOLD_S) as sink:
        heliograph = systems.Heliograph(
            data=tmp_path / "data", people=CANCELLED, channels=("email",), mail_sink=sink
        )
        heliograph.start()
        heliograph.begin()
        share = chance.uniform(0.2, 0.9)
        served.until(lambda: heliograph.left() <= share, "the run to go on")
        with heliograph.client() as asked:
            before = sum(sink.counted().values())
            asked.call(campaigns.CANCEL, campaign=1)
        if number % 2 == 0:
            restart(heliograph, chance)
        served.until(lambda: ended(heliograph), "the run to be cancelled")
        after = scenes.settled(sink)
        assert after - before <= systems.WINDOW
        [book] = heliograph.books()
        heliograph.stop()
        verdict = judging.judge(book, heliograph.taken()["email"], [], window=systems.WINDOW)
        assert verdict.faults == []
        assert verdict.doubled == []
        assert sum(state == "cancelled" for state in book.states.values()) > 0


def restart(heliograph: systems.Heliograph, chance: random.Random) -> None:
    """Stop the server as an operator does, or kill all of it."""
    if chance.random() < 0.5:
        heliograph.kill("all")
    else:
        heliograph.stop()
    heliograph.start()


def ended(heliograph: systems.Heliograph) -> bool:
    statuses = crashing.read(heliograph.data, "SELECT status FROM run WHERE id = ?", heliograph.run)
    return statuses == [("cancelled",)] and crashing.count(heliograph.data, codes.SENDING) == 0
