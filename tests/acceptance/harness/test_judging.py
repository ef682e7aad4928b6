"""The judge itself: whatever a system may get wrong is found, and a true ledger passes."""

from collections.abc import Mapping

import pytest

from tests.acceptance.harness import judging, striking

REFS = tuple(f"r-{number}" for number in range(1, 5001))
TRUE = dict.fromkeys(REFS, "accepted")
TAKEN = dict.fromkeys(REFS, 1)


def judged(
    states: Mapping[str, str] = TRUE,
    taken: Mapping[str, int] = TAKEN,
    *,
    listed: frozenset[str] = frozenset(),
    balanced: bool = True,
    under_way: frozenset[str] = frozenset(),
    kills_sender: bool = True,
) -> judging.Verdict:
    book = judging.Book(channel="sms", audience=len(REFS), states=states, listed=listed, balanced=balanced)
    scene = judging.Scene(
        target="sender",
        kills_sender=kills_sender,
        claimed=1,
        sending={"sms": under_way},
        most_in_lane=len(under_way),
    )
    return judging.judge(book, taken, [scene], window=64)


def test_a_true_ledger_passes() -> None:
    assert judged().good


def test_a_doubt_that_arrived_or_did_not_is_true_either_way() -> None:
    assert judged(TRUE | {"r-1": "doubt", "r-2": "doubt"}, TAKEN | {"r-1": 0}).good


@pytest.mark.parametrize(
    "states,taken,listed,balanced",
    [
        (TRUE, TAKEN | {"r-1": 0}, (), True),
        (TRUE | {"r-1": "waiting"}, TAKEN | {"r-1": 0}, (), True),
        (TRUE | {"r-1": "cancelled"}, TAKEN, (), True),
        (TRUE, TAKEN | {"r-1": 2}, (), True),
        (TRUE, TAKEN | dict.fromkeys(REFS[:6], 2), REFS[:6], True),
        (TRUE, TAKEN | {"x-1": 1}, (), True),
        (TRUE, TAKEN, (), False),
    ],
    ids=["lost", "left open", "hidden", "doubled unlisted", "doubled too often", "a stranger", "unbalanced"],
)
def test_what_is_untrue_is_found(
    states: Mapping[str, str], taken: Mapping[str, int], listed: tuple[str, ...], balanced: bool
) -> None:
    verdict = judged(states, taken, listed=frozenset(listed), balanced=balanced)
    assert len(verdict.faults) == 1
    assert not verdict.good


def test_a_few_doubled_that_were_listed_are_within_the_bar() -> None:
    assert judged(TRUE, TAKEN | {"r-1": 2}, listed=frozenset({"r-1"})).good


def test_more_under_way_in_a_lane_than_its_window_is_a_fault() -> None:
    assert judged(under_way=frozenset(REFS[:64])).good
    assert not judged(under_way=frozenset(REFS[:65])).good


def test_it_says_in_which_state_each_kill_fell() -> None:
    assert judged(under_way=frozenset(REFS[:3]), taken=TAKEN).fell == {"in sending": 1}
    assert judged(under_way=frozenset(REFS[:3])).kills_while_sending == 1
    assert judged().fell == {"claimed": 1}
    unharmed = judged(under_way=frozenset(REFS[:3]), kills_sender=False)
    assert unharmed.fell == {"sender unharmed": 1}
    assert (unharmed.kills_while_sending, unharmed.unanswered) == (0, 0)


def test_a_seed_gives_the_same_kills_again_and_another_gives_others() -> None:
    targets = ("sender", "all", "api")
    plan = striking.plan(targets, kills=50, seed=7)
    assert plan == striking.plan(targets, kills=50, seed=7)
    assert plan != striking.plan(targets, kills=50, seed=8)
    assert len(plan) == 50
    assert [one.at for one in plan] == sorted(one.at for one in plan)
