"""A sender's rests: no turn is made for nothing, and no answer waits long."""

import asyncio
from collections.abc import Iterator

import pytest

from server.engine import resting
from tests.simulation import virtual


@pytest.fixture
def loop() -> Iterator[virtual.Loop]:
    made = virtual.Loop()
    asyncio.set_event_loop(made)
    yield made
    asyncio.set_event_loop(None)
    made.close()


def lasted(
    loop: virtual.Loop,
    rest: resting.Rest,
    due_in_s: float,
    *,
    at_hand: int = 0,
    flying: int = 1000,
    coming: tuple[float, ...] = (),
) -> float:
    """How long one rest takes while answers come at some moments."""

    async def one() -> float:
        began = loop.time()
        answers, under_way = at_hand, flying
        for moment in coming:

            def come() -> None:
                nonlocal answers, under_way
                answers, under_way = answers + 1, under_way - 1
                rest.came(answers, under_way)

            loop.call_at(began + moment, come)
        await rest.until_due(due_in_s, answers=at_hand, flying=flying)
        return loop.time() - began

    return loop.run_until_complete(one())


def test_with_nothing_due_a_sender_looks_ten_times_a_second(loop: virtual.Loop) -> None:
    assert lasted(loop, resting.Rest(), 60.0) == pytest.approx(0.1)


def test_what_is_due_is_waited_for_and_no_longer(loop: virtual.Loop) -> None:
    assert lasted(loop, resting.Rest(), 0.03) == pytest.approx(0.03)


def test_what_is_due_already_does_not_make_it_spin(loop: virtual.Loop) -> None:
    assert lasted(loop, resting.Rest(), -1.0) == pytest.approx(resting.GATHER_S)


def test_from_the_first_answer_on_others_are_gathered_for_a_moment(loop: virtual.Loop) -> None:
    assert lasted(loop, resting.Rest(), 60.0, coming=(0.02, 0.021, 0.05)) == pytest.approx(0.028)


def test_an_answer_does_not_put_off_what_is_due(loop: virtual.Loop) -> None:
    assert lasted(loop, resting.Rest(), 0.012, coming=(0.01,)) == pytest.approx(0.012)


def test_nothing_more_is_gathered_once_every_answer_has_come(loop: virtual.Loop) -> None:
    assert lasted(loop, resting.Rest(), 60.0, flying=1, coming=(0.02,)) == pytest.approx(0.02)
    assert lasted(loop, resting.Rest(), 60.0, at_hand=3, flying=0) == 0


def test_many_answers_are_enough_however_many_are_still_to_come(loop: virtual.Loop) -> None:
    assert lasted(loop, resting.Rest(), 60.0, at_hand=resting.ENOUGH) == 0
    assert lasted(loop, resting.Rest(), 60.0, at_hand=resting.ENOUGH - 1, coming=(0.002,)) == pytest.approx(
        0.002
    )


def test_few_stragglers_are_not_waited_for(loop: virtual.Loop) -> None:
    many = resting.FEW_LEFT
    assert lasted(loop, resting.Rest(), 60.0, at_hand=many, flying=1) == 0
    assert lasted(loop, resting.Rest(), 60.0, at_hand=many - 1, flying=1) > 0


def test_gathering_is_doubled_once_where_most_answers_come_within_it(loop: virtual.Loop) -> None:
    assert lasted(loop, resting.Rest(), 60.0, at_hand=10, flying=20) == pytest.approx(2 * resting.GATHER_S)
    assert lasted(loop, resting.Rest(), 60.0, at_hand=10, flying=21) == pytest.approx(resting.GATHER_S)


def test_gathering_that_is_long_already_is_not_doubled(loop: virtual.Loop) -> None:
    rest = resting.Rest()
    rest.ticked(0.01)
    assert lasted(loop, rest, 60.0, at_hand=10, flying=20) == pytest.approx(0.03)


def test_what_is_due_is_not_put_off_by_answers_that_are_soon_to_come(loop: virtual.Loop) -> None:
    assert lasted(loop, resting.Rest(), 0.012, flying=2, coming=(0.01,)) == pytest.approx(0.012)


def test_with_answers_at_hand_it_gathers_and_no_more(loop: virtual.Loop) -> None:
    assert lasted(loop, resting.Rest(), 60.0, at_hand=1) == pytest.approx(resting.GATHER_S)


def test_where_a_tick_takes_long_more_answers_are_gathered_for_each(loop: virtual.Loop) -> None:
    rest = resting.Rest()
    rest.ticked(0.01)
    assert lasted(loop, rest, 60.0, at_hand=1) == pytest.approx(0.03)
    rest.ticked(10.0)
    assert lasted(loop, rest, 60.0, at_hand=1) == pytest.approx(resting.MOST_GATHER_S)


def test_an_answer_that_comes_while_nobody_rests_is_not_waited_for_in_the_next_rest(
    loop: virtual.Loop,
) -> None:
    rest = resting.Rest()
    rest.came(1, 1000)
    assert lasted(loop, rest, 60.0, at_hand=1) == pytest.approx(resting.GATHER_S)
