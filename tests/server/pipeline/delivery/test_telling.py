"""A lane says what it does, why, and when that changes."""

import pytest

from server.pipeline.delivery import deciding, telling
from server.pipeline.delivery.breaker import Trouble
from server.store.ledger import ticks
from server.wire import providers as wire
from tests.server.pipeline.delivery import test_lanes

WALL = 1_800_000_000.0


def told(pause_s: float) -> deciding.Verdict:
    return deciding.Verdict(
        end=ticks.End.AGAIN, reason="429", trouble=Trouble.THROTTLED, pause_s=pause_s, answered=True
    )


def test_a_lane_that_runs_says_no_more() -> None:
    said = telling.report(test_lanes.proven(window=8), 10.0, WALL)
    assert (said["state"], said["resumes_at"], said["because"]) == ("running", None, "")
    assert said["window_now"] == 8


def test_a_lane_that_was_just_opened_says_that_it_tries_its_credentials() -> None:
    one = test_lanes.lane(window=64)
    assert telling.standing(one, 0.0) is wire.LaneState.NARROWED
    one.take(0.0)
    assert telling.standing(one, 0.0) is wire.LaneState.TRYING


@pytest.mark.parametrize("pause_s, state", [(30.0, wire.LaneState.PAUSED), (86_400.0, wire.LaneState.PARKED)])
def test_a_wait_that_was_told_says_its_end_and_a_long_one_is_parking(
    pause_s: float, state: wire.LaneState
) -> None:
    one = test_lanes.proven()
    test_lanes.fail(one, told(pause_s), 10.0, "429")
    said = telling.report(one, 15.0, WALL)
    assert said["state"] == state.value
    assert said["resumes_at"] == WALL + pause_s - 5.0
    assert said["told_s"] == pause_s
    assert telling.standing(one, 10.0 + pause_s) is wire.LaneState.RUNNING


def test_an_open_breaker_says_why_and_when_it_is_probed() -> None:
    one = test_lanes.proven(window=64)
    while one.room(10.0):
        test_lanes.fail(one, test_lanes.DOWN, 10.0)
    said = telling.report(one, 11.0, WALL)
    assert said["state"] == "open"
    assert said["because"] == "the provider says that it is not working"
    assert WALL + 3.0 < float(said["resumes_at"] or 0) < WALL + 6.0
    one.take(60.0)
    assert telling.standing(one, 60.0) is wire.LaneState.PROBING


def test_a_halt_goes_before_everything() -> None:
    one = test_lanes.proven()
    test_lanes.fail(one, told(30.0), 0.0)
    test_lanes.fail(one, test_lanes.HALT, 0.0, "401")
    assert telling.standing(one, 1.0) is wire.LaneState.HALTED
