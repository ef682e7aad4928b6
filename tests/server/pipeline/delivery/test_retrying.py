"""Waits are drawn from windows that double and are capped; retries of a lane in trouble stay a share of its pace."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.pipeline.delivery import retrying
from server.providers import errors

D = errors.Disposition


@pytest.mark.parametrize("disposition", list(retrying.PATIENCE))
def test_a_window_doubles_with_every_try_and_is_capped(disposition: errors.Disposition) -> None:
    patience = retrying.PATIENCE[disposition]
    rng = random.Random(3)
    for attempt in (1, 2, 5, 12, 400):
        window = min(patience.longest_s, patience.first_s * 2.0 ** min(attempt - 1, 30))
        waits = [patience.wait_s(attempt, rng) for _ in range(200)]
        assert 0.0 <= min(waits) < window * 0.1
        assert window * 0.9 < max(waits) <= window


def test_a_provider_in_trouble_is_waited_for_in_other_windows_than_a_mailbox() -> None:
    longest = {disposition: patience.longest_s for disposition, patience in retrying.PATIENCE.items()}
    assert longest[D.PROVIDER_DOWN] < longest[D.THROTTLED] < longest[D.TRANSIENT] == 900.0


def test_a_test_is_given_up_before_a_transaction_and_that_before_a_campaign() -> None:
    ages = [retrying.GIVE_UP_S[urgency] for urgency in sorted(retrying.Urgency)]
    assert ages == sorted(ages, reverse=True)


def test_a_few_retries_are_not_put_off_at_all() -> None:
    one = retrying.Budget()
    assert [one.put_off_s(10.0) for _ in range(int(retrying.BURST))] == [0.0] * int(retrying.BURST)
    assert one.put_off_s(10.0) > 0.0


@settings(deadline=None, max_examples=30)
@given(pace=st.integers(1, 300), minutes=st.integers(1, 3))
def test_retries_stay_a_fifth_of_the_pace_however_many_calls_fail(pace: int, minutes: int) -> None:
    one, due = retrying.Budget(), []
    seconds = minutes * 60
    for second in range(seconds):
        for _ in range(pace):
            one.called(float(second))
        due += [second + one.put_off_s(float(second)) for _ in range(min(pace, 30))]
    within = sum(moment < seconds for moment in due)
    allowed = max(retrying.SLOWEST_PER_S, retrying.RETRY_SHARE * pace) * seconds
    assert within <= allowed + retrying.BURST + 1


def test_what_was_put_off_leaves_at_a_share_of_the_best_pace_when_nothing_else_is_left_to_send() -> None:
    one = retrying.Budget()
    for second in range(20):
        for _ in range(100):
            one.called(float(second))
    assert one.per_s(20.0) == pytest.approx(20.0, rel=0.1)
    assert one.per_s(320.0) == pytest.approx(14.1, rel=0.1)
    assert one.per_s(1e6) == retrying.SLOWEST_PER_S
