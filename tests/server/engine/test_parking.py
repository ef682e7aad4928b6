"""A lane whose provider asked for more than an hour is parked for every sender, and across a restart."""

import time

from server.engine import parking
from server.pipeline.delivery import deciding, telling
from server.pipeline.delivery.breaker import Trouble
from server.store.ledger import ticks
from server.wire import providers as wire
from tests.server.pipeline.delivery import test_lanes

DAY_S = 86_400.0


def told(pause_s: float) -> deciding.Verdict:
    return deciding.Verdict(
        end=ticks.End.AGAIN, reason="429", trouble=Trouble.THROTTLED, pause_s=pause_s, answered=True
    )


def test_a_lane_follows_its_account_whichever_sender_was_told() -> None:
    one = test_lanes.proven()
    parking.follow(one, time.time() + DAY_S)
    now = time.monotonic()
    assert one.room(now) == 0
    assert DAY_S - 60 < one.ready_in(now) <= DAY_S
    assert telling.standing(one, now) is wire.LaneState.PARKED


def test_an_account_that_a_person_saved_lets_its_lane_go_on() -> None:
    one = test_lanes.proven()
    parking.follow(one, time.time() + DAY_S)
    parking.follow(one, None)
    assert one.room(time.monotonic()) > 0


def test_a_pause_of_its_own_is_not_ended_by_an_account_that_was_never_parked() -> None:
    one, now = test_lanes.proven(), time.monotonic()
    test_lanes.fail(one, told(30.0), now)
    parking.follow(one, None)
    assert one.room(now) == 0


def test_a_wait_that_is_over_parks_nobody() -> None:
    one = test_lanes.proven()
    parking.follow(one, time.time() - 5.0)
    assert one.room(time.monotonic()) > 0
