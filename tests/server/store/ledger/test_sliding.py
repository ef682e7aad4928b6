"""A limit is never exceeded in any period of its length, whatever the pattern of calls and whatever the clock does."""

from hypothesis import given
from hypothesis import strategies as st

from server.store.ledger import sliding

RULES = st.builds(sliding.Rule, st.integers(1, 300), st.sampled_from((0.4, 1.0, 6.0, 60.0, 3600.0, 86400.0)))


def taken(rule: sliding.Rule, steps: list[tuple[float, int]], kept: int = 0) -> list[float]:
    """Take what there is room for, at most as asked, at times these shares of the period apart."""
    state, now, times = sliding.State(), 1000.0, []
    for step, asked in steps:
        now += step * rule.per_s
        sliding.settle(state, rule, now)
        count = min(asked, sliding.room(state, rule, now, kept))
        if count:
            sliding.take(state, rule, now, count)
        state = sliding.load(sliding.dump(state))
        times += [now] * count
    return times


def most_in_any(times: list[float], period: float) -> int:
    """The most in any half-open span so long."""
    return max((sum(1 for at in times if end - period < at <= end) for end in set(times)), default=0)


STEPS = st.lists(st.tuples(st.floats(0.0, 0.4), st.integers(0, 400)), max_size=80)


@given(rule=RULES, steps=STEPS)
def test_no_period_ever_holds_more_than_the_count(rule: sliding.Rule, steps: list[tuple[float, int]]) -> None:
    times = taken(rule, steps)
    assert most_in_any(times, rule.per_s * (1 - 1e-12)) <= rule.most


@given(rule=RULES, steps=STEPS, share=st.floats(0.0, 1.0))
def test_what_is_kept_for_others_is_never_taken(
    rule: sliding.Rule, steps: list[tuple[float, int]], share: float
) -> None:
    kept = int(rule.most * share)
    assert most_in_any(taken(rule, steps, kept), rule.per_s * (1 - 1e-12)) <= rule.most - kept


@given(
    rule=RULES,
    steps=st.lists(st.tuples(st.floats(0.0, 0.4), st.floats(-5.0, 0.0), st.integers(0, 400)), max_size=60),
)
def test_a_clock_that_jumps_back_neither_breaks_a_limit_nor_blocks_it_for_longer_than_a_period(
    rule: sliding.Rule, steps: list[tuple[float, float, int]]
) -> None:
    state, true, shown, times = sliding.State(), 1000.0, 1000.0, []
    for step, jump, asked in steps:
        true += step * rule.per_s
        shown += (step + jump) * rule.per_s
        sliding.settle(state, rule, shown)
        count = min(asked, sliding.room(state, rule, shown))
        if count:
            sliding.take(state, rule, shown, count)
        times += [true] * count
        assert sliding.ready_at(state, rule, shown) <= shown + rule.per_s * (1 + 1e-9)
    assert most_in_any(times, rule.per_s * (1 - 1e-9)) <= rule.most


def test_messages_that_share_a_grain_count_until_the_last_of_them_is_a_period_old() -> None:
    rule = sliding.Rule(10, 3600)
    times = taken(
        rule, [(1 / 200, 1)] * 10 + [(1 / 200, 10)] * 800
    )  # several to a grain, then all there is room for
    assert most_in_any(times, rule.per_s) == 10


def test_a_rate_is_used_up_to_the_last_percent_under_steady_demand() -> None:
    rule = sliding.Rule(200, 1.0)
    times = taken(rule, [(0.004, 100)] * 2500)  # ten seconds, a call every 4 ms
    assert 200 * 10 * 0.97 <= len(times) <= 200 * 10 + rule.burst


def test_a_minute_is_paced_and_an_hour_is_a_quota() -> None:
    assert len(taken(sliding.Rule(600, 60.0), [(0.0, 600)])) == 2
    assert len(taken(sliding.Rule(600, 3600.0), [(0.0, 600)])) == 600


@given(rule=RULES, steps=STEPS)
def test_there_is_room_at_the_time_it_was_promised_for(
    rule: sliding.Rule, steps: list[tuple[float, int]]
) -> None:
    state, now = sliding.State(), 1000.0
    for step, asked in steps:
        now += step * rule.per_s
        sliding.settle(state, rule, now)
        sliding.take(state, rule, now, min(asked, sliding.room(state, rule, now)))
        at = sliding.ready_at(state, rule, now) + 1e-6
        later = sliding.load(sliding.dump(state))
        sliding.settle(later, rule, at)
        assert sliding.room(later, rule, at) >= 1


def test_a_limit_that_is_lowered_counts_what_was_taken_before() -> None:
    state, now = sliding.State(), 1000.0
    sliding.take(state, sliding.Rule(100, 3600.0), now, 80)
    lower = sliding.Rule(50, 3600.0)
    sliding.settle(state, lower, now + 1)
    assert sliding.room(state, lower, now + 1) == 0


def test_a_limit_of_nothing_lets_nothing_through() -> None:
    state, rule = sliding.State(), sliding.Rule(0, 60.0)
    sliding.settle(state, rule, 5.0)
    assert sliding.room(state, rule, 5.0) == 0
    assert sliding.ready_at(state, rule, 5.0) > 5.0


def test_the_state_of_a_busy_limit_stays_small() -> None:
    state, rule, now = sliding.State(), sliding.Rule(1_000_000, 86400.0), 0.0
    for _ in range(20_000):
        now += 10.0
        sliding.settle(state, rule, now)
        sliding.take(state, rule, now, 7)
    assert len(state.grains) <= sliding.GRAINS + 2
    assert len(sliding.dump(state)) < 2000
