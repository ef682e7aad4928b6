"""A lane's window, pace and behaviour in trouble."""

import collections

from hypothesis import given
from hypothesis import strategies as st

from server.pipeline.delivery import deciding, lanes
from server.providers import base, errors
from server.store.ledger import ticking
from server.wire import providers as wire


class Silent(base.Provider):
    """An adapter nobody sends through here."""

    def __init__(self) -> None:
        """Needs neither settings nor a world."""

    async def send(self, message: base.Outbound) -> base.Accepted:
        raise errors.ProviderDown("silent")

    async def check(self) -> list[wire.CheckRow]:
        return []


def lane(*, account: int = 1, window: int = 8, weight: int = 100, rate_per_s: float = 0.0) -> lanes.Lane:
    return lanes.Lane(
        workspace=1,
        account=account,
        name=f"lane {account}",
        channel=4,
        provider=Silent(),
        window=window,
        weight=weight,
        rate_per_s=rate_per_s,
    )


STRIKE = deciding.Verdict(end=ticking.End.AGAIN, reason="503", strikes_lane=True)
REFUSAL = deciding.Verdict(end=ticking.End.FAILED, reason="21211")


def test_no_more_than_the_window_is_ever_under_way() -> None:
    one = lane(window=3)
    for _ in range(3):
        assert one.room(0.0) > 0
        one.take()
    assert one.room(0.0) == 0
    one.give_back()
    assert one.room(0.0) == 1


@given(steps=st.lists(st.floats(0.001, 0.5), min_size=20, max_size=200))
def test_a_limit_of_ours_is_kept_over_any_pattern_of_calls(steps: list[float]) -> None:
    one = lane(window=1000, rate_per_s=20.0)
    now = sent = 0.0
    one.room(now)
    for step in steps:
        now += step
        for _ in range(one.room(now)):
            one.take()
            sent += 1
    assert sent <= 20.0 * now + 3


def test_a_refused_recipient_says_nothing_about_the_lane() -> None:
    one = lane()
    for _ in range(100):
        one.went_wrong(REFUSAL, "21211", 0.0)
    assert one.room(0.0) == 8
    assert one.failed == 100


def test_trouble_in_a_row_narrows_and_then_pauses_the_lane() -> None:
    one = lane(window=64)
    one.went_wrong(STRIKE, "503", 10.0)
    one.went_wrong(STRIKE, "503", 10.0)
    assert one.room(10.0) == 32
    for _ in range(lanes.STRIKES):
        one.went_wrong(STRIKE, "503", 10.0)
    assert one.room(10.0) == 0
    assert 0 < one.ready_in(10.0) <= lanes.LONGEST_PAUSE_S
    assert one.health is wire.Health.FAILING
    assert one.room(10.0 + lanes.LONGEST_PAUSE_S) >= 1


def test_a_pause_is_as_long_as_the_provider_asked_for() -> None:
    one = lane()
    told = deciding.Verdict(end=ticking.End.AGAIN, reason="429", strikes_lane=True, pause_s=30.0)
    for _ in range(lanes.STRIKES):
        one.went_wrong(told, "429", 0.0)
    assert one.ready_in(0.0) >= 30.0
    assert one.health is wire.Health.THROTTLED


def test_trouble_with_one_message_in_a_hundred_does_not_slow_the_others() -> None:
    one = lane(window=64)
    for _ in range(50):
        one.went_wrong(STRIKE, "503", 0.0)
        one.went_well()
    assert one.room(0.0) == 64


def test_an_acceptance_ends_the_trouble_and_the_window_heals() -> None:
    one = lane(window=8)
    for _ in range(lanes.STRIKES - 1):
        one.went_wrong(STRIKE, "503", 0.0)
    assert one.room(0.0) == 1
    for _ in range(200):
        one.went_well()
    assert one.room(0.0) == 8
    one.went_wrong(STRIKE, "503", 0.0)
    assert one.ready_in(0.0) == 0


def test_wrong_credentials_halt_the_lane_until_it_is_opened_anew() -> None:
    one = lane()
    one.went_wrong(
        deciding.Verdict(end=ticking.End.AGAIN, reason="401", halts_lane=True), "401: token expired", 0.0
    )
    assert one.room(10**9) == 0
    assert one.ready_in(10**9) == float("inf")
    assert (one.health, one.health_text) == (wire.Health.HALTED, "401: token expired")


def test_lanes_share_by_weight() -> None:
    some = [lane(account=1, window=10**6, weight=300), lane(account=2, window=10**6, weight=100)]
    chosen: collections.Counter[int] = collections.Counter()
    for _ in range(400):
        best = lanes.choose(some, 0.0)
        assert best is not None
        best.take()
        chosen[best.account] += 1
    assert chosen == {1: 300, 2: 100}


def test_a_lane_without_room_leaves_its_share_to_the_others() -> None:
    some = [lane(account=1, window=1, weight=900), lane(account=2, window=50, weight=1)]
    accounts = []
    while (best := lanes.choose(some, 0.0)) is not None:
        best.take()
        accounts.append(best.account)
    assert sorted(accounts) == [1] + [2] * 50
