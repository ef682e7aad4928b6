"""Whether what was granted may still leave: asked again by wires that take several steps."""

import types
from typing import cast

import pytest

from server.engine import fleet
from server.pipeline.delivery import deciding, lanes
from server.providers import base
from server.store.ledger import ticks


@pytest.fixture
def lane() -> lanes.Lane:
    """An open lane; nothing is sent by it here."""
    return lanes.Lane(
        workspace=1,
        account=1,
        name="lane",
        channel=1,
        provider=cast("base.Provider", None),
        window=8,
        weight=1,
    )


def leave(*, lease: bool) -> fleet.Leave:
    return fleet.Leave(cast("fleet.Fleet", types.SimpleNamespace(holds=lambda: lease)))


def test_it_may_while_the_lease_holds_and_the_lane_is_open(lane: lanes.Lane) -> None:
    asked = leave(lease=True)
    assert asked()
    asked.lane = lane
    assert asked()


def test_it_may_not_past_the_lease() -> None:
    assert not leave(lease=False)()


def test_it_may_not_from_the_first_refusal_of_the_key_on_whatever_is_under_way(lane: lanes.Lane) -> None:
    asked = leave(lease=True)
    asked.lane = lane
    ticket = lane.take(0.0)
    verdict = deciding.Verdict(end=ticks.End.AGAIN, reason="401", halts_lane=True)
    lane.went_wrong(verdict, "who are you", ticket, 1.0)
    assert not asked()
    assert lane.room(1.0) == 0
