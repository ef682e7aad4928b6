"""When a run may end, by what binds it: no later at best than its limit allows."""

from datetime import UTC, datetime

import pytest

from server.engine import pacing
from server.pipeline.delivery import limits
from server.store.ledger import sliding
from server.wire import campaigns, ledger

NOW = 1_795_000_000.0
EQUATION = ledger.Equation(
    audience=800, waiting=400, sending=0, accepted=400, failed=0, skipped=0, doubt=0, cancelled=0
)


def low(place: limits.Place, *channels: str) -> float:
    """The near end for 400 messages under 20 a second, after a minute that saw five a second."""
    rule = sliding.Rule(20, 1)
    cause = limits.key(place, rule)
    found = campaigns.Run(
        id=1,
        campaign=1,
        campaign_name="Spring",
        status=campaigns.Status.RUNNING,
        started_at=datetime.fromtimestamp(NOW - 60, UTC),
        finished_at=None,
        people=400,
        equation=EQUATION,
        by_channel=dict.fromkeys(channels, EQUATION),
        tallies=[],
        rate_per_s=5.0,
        window=64,
    )
    known = pacing.Known(rules={cause: rule}, names={}, states={})
    near, far, _ = pacing._eta(found, left=400, lately=5.0, binding=cause, known=known, now=NOW, next_at=None)
    assert near is not None
    assert far is not None
    assert far >= 80
    return near


@pytest.mark.parametrize("layer, subject", [("workspace", ""), ("campaign", "1")])
def test_a_limit_over_all_channels_is_the_near_end_also_after_a_slow_minute(layer: str, subject: str) -> None:
    assert low(limits.Place(1, layer, "", subject), "sms", "email", "rcs") == 20


def test_a_limit_of_one_channel_tells_the_near_end_of_a_run_on_that_channel_alone() -> None:
    place = limits.Place(1, "route", "sms", "+33")
    assert low(place, "sms") == 20
    assert low(place, "sms", "email") == 80
