"""Points move away from an account in trouble, ten at a time, never to one that is in trouble too, and come back."""

from hypothesis import given
from hypothesis import strategies as st

from server.pipeline.delivery import balancing


def standing(account: int, rest: int, *, shifted: int = 0, trouble: float = 0.0) -> balancing.Standing:
    return balancing.Standing(account=account, rest=rest, shifted=shifted, trouble=trouble)


def run(trouble: dict[int, float], shifted: dict[int, int], moves: int) -> dict[int, int]:
    """So many moves while the accounts stay as they are."""
    rest = balancing.points(dict.fromkeys(trouble, 100))
    for _ in range(moves):
        moved = balancing.move(
            [
                standing(account, rest[account], shifted=shifted[account], trouble=share)
                for account, share in trouble.items()
            ]
        )
        shifted = moved or shifted
    return shifted


@given(st.dictionaries(st.integers(1, 9), st.integers(0, 1000), min_size=1, max_size=9))
def test_points_sum_to_a_hundred_by_weight(weights: dict[int, int]) -> None:
    found = balancing.points(weights)
    assert sum(found.values()) == (balancing.POINTS if sum(weights.values()) else 0)
    assert all(found[account] == 0 for account, weight in weights.items() if weight == 0)


def test_a_slow_account_loses_ten_points_a_move_until_it_has_none() -> None:
    trouble = {1: 0.4, 2: 0.0}
    assert run(trouble, {1: 0, 2: 0}, 1) == {1: -10, 2: 10}
    assert run(trouble, {1: 0, 2: 0}, 3) == {1: -30, 2: 30}
    assert run(trouble, {1: 0, 2: 0}, 20) == {1: -50, 2: 50}


def test_nothing_moves_where_all_are_in_trouble() -> None:
    assert balancing.move([standing(1, 50, trouble=0.5), standing(2, 50, trouble=0.3)]) == {}


def test_a_little_trouble_moves_nothing() -> None:
    assert balancing.move([standing(1, 50, trouble=0.14), standing(2, 50)]) == {}


def test_it_heals_ten_points_a_move_and_is_at_rest_within_two_hours() -> None:
    well = {1: 0.0, 2: 0.0}
    assert run(well, {1: -50, 2: 50}, 1) == {1: -40, 2: 40}
    assert run(well, {1: -50, 2: 50}, 5) == {1: 0, 2: 0}
    assert 10 * balancing.HYSTERESIS_S <= 2 * 3600  # the farthest way there is


@given(
    st.lists(st.tuples(st.integers(0, 100), st.sampled_from((0.0, 0.1, 0.2, 0.9))), min_size=2, max_size=5),
    st.integers(1, 30),
)
def test_what_one_loses_others_gain(rows: list[tuple[int, float]], moves: int) -> None:
    rest = balancing.points({account: weight for account, (weight, _) in enumerate(rows)})
    shifted = dict.fromkeys(rest, 0)
    for _ in range(moves):
        standings = [
            standing(account, rest[account], shifted=shifted[account], trouble=rows[account][1])
            for account in rest
        ]
        shifted = balancing.move(standings) or shifted
        assert sum(shifted.values()) == 0
        assert all(rest[account] + shifted[account] >= 0 for account in rest)


def test_a_record_tells_the_share_of_slow_and_failed_calls_of_the_last_minutes() -> None:
    record = balancing.Record()
    for call in range(balancing.FEWEST_CALLS - 1):
        record.note(float(call), 5.0, worked=True)
    assert record.trouble(20.0) == 0.0  # too few to tell
    record.note(20.0, 0.1, worked=False)
    assert record.trouble(20.0) == 1.0
    for _ in range(60):
        record.note(30.0, 0.1, worked=True)
    assert record.trouble(30.0) == 0.25
    assert record.trouble(30.0 + balancing.SPAN_S) == 0.0
