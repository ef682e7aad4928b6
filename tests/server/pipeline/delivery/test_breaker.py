"""A breaker stops calls to a provider that does not work, and finds out with single ones when it works again."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.pipeline.delivery import breaker
from server.pipeline.delivery.breaker import State, Trouble


def made(seed: int = 1) -> breaker.Breaker:
    return breaker.Breaker(rng=random.Random(seed))


def opened(now: float = 0.0) -> breaker.Breaker:
    one = made()
    for _ in range(breaker.LONGEST_ROW[Trouble.CONNECT]):
        one.went_wrong(one.begin(), Trouble.CONNECT, now)
    assert one.state is State.OPEN
    return one


@pytest.mark.parametrize("trouble", list(Trouble))
def test_half_of_twenty_calls_in_trouble_open_it(trouble: Trouble) -> None:
    one = made()
    for call in range(breaker.FEWEST_CALLS):
        assert one.state is State.CLOSED
        if call % 2:
            one.went_wrong(one.begin(), trouble, call * 0.01)
        else:
            one.went_well(one.begin(), call * 0.01)
    assert (one.state, one.because) == (State.OPEN, trouble)


def test_a_third_of_the_calls_in_trouble_leave_it_closed_for_ever() -> None:
    one = made()
    for call in range(3000):
        if call % 3 == 0:
            one.went_wrong(one.begin(), Trouble.DOWN, call * 0.003)
        else:
            one.went_well(one.begin(), call * 0.003)
    assert one.state is State.CLOSED


@pytest.mark.parametrize("trouble", list(Trouble))
def test_a_row_of_one_class_opens_it_before_twenty_calls_were_made(trouble: Trouble) -> None:
    one = made()
    for _ in range(breaker.LONGEST_ROW[trouble] - 1):
        assert not one.went_wrong(one.begin(), trouble, 0.0)
    assert one.went_wrong(one.begin(), trouble, 0.0)


def test_a_slow_lane_opens_it_within_ten_seconds_of_an_outage() -> None:
    one, now = made(), 0.0
    while one.state is State.CLOSED:
        now += 2.0
        one.went_wrong(one.begin(), Trouble.DOWN, now)
    assert now - 2.0 <= 10.0


def test_trouble_of_long_ago_is_forgotten() -> None:
    one = made()
    for call in range(9):
        one.went_wrong(one.begin(), Trouble.DOWN, 0.0)
        if call % 3 == 2:
            one.went_well(one.begin(), 0.0)
    for _ in range(19):
        one.went_well(one.begin(), 60.0)
    one.went_wrong(one.begin(), Trouble.DOWN, 60.0)
    assert one.state is State.CLOSED


def test_an_open_one_lets_one_call_through_after_five_seconds_and_closes_when_it_goes_well() -> None:
    one = opened()
    assert one.allows(breaker.FIRST_PROBE_S - 0.01) == 0
    now = one.probe_at
    assert one.allows(now) == 1
    ticket = one.begin()
    assert (one.state, one.allows(now)) == (State.HALF_OPEN, 0)
    assert one.went_well(ticket, now)
    assert (one.state, one.allows(now), one.because) == (State.CLOSED, None, None)


def test_a_probe_that_fails_opens_it_again_for_longer() -> None:
    one = opened()
    waits = []
    for _ in range(8):
        now = one.probe_at
        one.went_wrong(one.begin(), Trouble.DOWN, now)
        assert one.because is Trouble.DOWN
        waits.append(one.probe_at - now)
    assert waits[0] > breaker.FIRST_PROBE_S
    assert max(waits) <= breaker.LONGEST_PROBE_S * (1 + breaker.PROBE_JITTER)


def test_a_probe_that_was_not_made_leaves_its_turn_to_the_next() -> None:
    one = opened()
    now = one.probe_at
    one.withdraw(one.begin())
    assert (one.state, one.allows(now)) == (State.OPEN, 1)


def test_calls_from_before_the_outage_decide_nothing_after_it() -> None:
    one = made()
    hanging = [one.begin() for _ in range(64)]
    for _ in range(5):
        one.went_wrong(one.begin(), Trouble.SILENT, 0.0)
    now = one.probe_at
    probe = one.begin()
    assert not one.went_well(hanging[0], now)
    assert not one.went_wrong(hanging[1], Trouble.SILENT, now)
    assert not one.is_current(hanging[2])
    assert one.state is State.HALF_OPEN
    assert one.went_well(probe, now)


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32),
    acts=st.lists(
        st.tuples(
            st.sampled_from(["begin", "well", "wrong", "withdraw"]),
            st.sampled_from(list(Trouble)),
            st.floats(0.0, 3.0),
        ),
        max_size=300,
    ),
)
def test_probes_never_come_closer_than_five_seconds_and_never_two_at_once(
    seed: int, acts: list[tuple[str, Trouble, float]]
) -> None:
    one, now, under_way = made(seed), 0.0, []
    last_probe = float("-inf")
    for act, trouble, step in acts:
        now += step
        if act == "begin" and one.allows(now) != 0:
            if one.state is State.OPEN:
                assert now - last_probe >= breaker.FIRST_PROBE_S
                last_probe = now
            under_way.append(one.begin())
        elif under_way and act == "well":
            one.went_well(under_way.pop(), now)
        elif under_way and act == "wrong":
            one.went_wrong(under_way.pop(), trouble, now)
        elif under_way and act == "withdraw":
            was_probe = one.state is State.HALF_OPEN
            one.withdraw(under_way.pop())
            if was_probe and one.state is State.OPEN:
                last_probe = float("-inf")
        if one.state is State.HALF_OPEN:
            assert one.allows(now) == 0
        assert (one.because is None) == (one.state is State.CLOSED)


@settings(deadline=None)
@given(outage_s=st.floats(6.0, 300.0), pace=st.floats(2.0, 500.0), seed=st.integers(0, 2**32))
def test_an_outage_of_any_length_is_found_in_time_probed_seldom_and_left_in_time(
    outage_s: float, pace: float, seed: int
) -> None:
    """P1 of the promises: open within 10 s, at most one probe per 5 s, calls pass again within 60 s of the end."""
    one, now = made(seed), 100.0
    ends, opened_at, probes, recovered = now + outage_s, None, [], None
    step = 1 / pace
    while recovered is None:
        works = now >= ends
        if one.allows(now) != 0:
            probing = one.state is State.OPEN
            if probing:
                probes.append(now)
            ticket = one.begin()
            if works:
                one.went_well(ticket, now)
                recovered = now
            else:
                one.went_wrong(ticket, Trouble.DOWN, now)
        if opened_at is None and one.state is State.OPEN:
            opened_at = now
        # Nothing happens while it is open, so the clock may jump there.
        now += max(step, min(one.ready_in(now), 1.0))
    if opened_at is not None:
        assert opened_at - 100.0 <= 10.0
    assert recovered - ends <= 60.0
    assert all(later - sooner >= 5.0 for sooner, later in itertools.pairwise(probes))
