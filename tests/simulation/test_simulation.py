"""Made-up worlds, a few of the many that `python -m tests.simulation` walks through."""

import collections
import logging
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from server.engine import fleet
from server.pipeline.delivery import repeating
from server.store.ledger import book
from tests.simulation import campaign, network

FEW = range(30)


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> Iterator[None]:
    """Senders that die by the hundred say so by the hundred."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def told() -> list[campaign.Told]:
    """What the worlds of some seeds saw."""
    return _all()


def _all() -> list[campaign.Told]:
    return [campaign.simulate(seed) for seed in FEW]


def test_whatever_happens_every_recipient_is_accounted_for(told: list[campaign.Told]) -> None:
    assert all(sum(one.states.values()) == one.audience for one in told)
    assert {one.ended for one in told} == {"done", "cancelled"}


def test_the_worlds_are_rough_enough_to_prove_something(told: list[campaign.Told]) -> None:
    assert sum(one.kills_while_sending for one in told) >= 10
    assert sum(one.stops for one in told) >= 5
    assert sum(one.doubts for one in told) >= 50
    assert sum((one.fates for one in told), collections.Counter()).keys() == {
        fate.value for fate in network.Fate
    }


def test_the_same_seed_makes_the_same_world_again(told: list[campaign.Told]) -> None:
    assert campaign.simulate(FEW[3]) == told[3]


def test_a_seed_makes_the_same_world_in_another_process(told: list[campaign.Told]) -> None:
    """Nothing of it hangs on the order of a set of words, a process number or the moment."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--seed", str(FEW[0])],
        env=os.environ | {"PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(told[0])


def test_the_judge_sees_a_sender_that_sends_doubts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender that repeats what it had under way when it died is what most would write; somebody gets it twice."""
    monkeypatch.setattr(repeating, "harmless", lambda *_arguments, **_named: True)
    with pytest.raises(campaign.Broken, match="got it twice"):
        _all()


def test_the_judge_sees_a_tally_that_is_not_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book.Book, "leave", lambda *_arguments, **_named: None)
    with pytest.raises(campaign.Broken, match="tallies and messages differ"):
        _all()


def test_the_judge_sees_a_call_that_leaves_after_its_key_was_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet.Leave, "__call__", lambda _self: True)
    with pytest.raises(campaign.Broken, match="told that its key is wrong"):
        _all()
