"""A lane's window opens once the provider has shown itself, halves when asked to slow down, and heals."""

from hypothesis import given
from hypothesis import strategies as st

from server.pipeline.delivery import windowing


def test_before_the_provider_took_our_credentials_no_more_than_four_are_under_way() -> None:
    one = windowing.Window(most=64)
    assert one.size == 4
    one.prove()
    assert one.size == 4  # and grows from there
    one.went_well()
    assert one.size == 5


def test_it_opens_by_one_with_every_good_answer_so_that_a_round_doubles_it() -> None:
    one = windowing.Window(most=64)
    for _ in range(60):
        one.went_well()
    assert one.size == 64
    assert one.whole


def test_asked_to_slow_down_it_halves_and_grows_by_one_a_window_from_there() -> None:
    one = windowing.Window(most=64)
    for _ in range(60):
        one.went_well()
    one.narrow()
    assert one.size == 32
    for _ in range(33):
        one.went_well()
    assert one.size == 33


def test_after_an_outage_it_begins_with_few_and_opens_quickly() -> None:
    one = windowing.Window(most=64)
    for _ in range(60):
        one.went_well()
    one.narrow()
    one.restart()
    assert one.size == windowing.FIRST_WINDOW
    for _ in range(60):
        one.went_well()
    assert one.size == 64


@given(
    most=st.integers(1, 200),
    acts=st.lists(st.sampled_from(["went_well", "narrow", "restart", "prove"]), max_size=200),
)
def test_it_is_always_between_one_and_the_accounts_own(most: int, acts: list[str]) -> None:
    one = windowing.Window(most=most)
    for act in acts:
        getattr(one, act)()
        assert 1 <= one.size <= most
        if not one.proven:
            assert one.size <= windowing.FIRST_WINDOW
