"""What the list and the panel say of an account whose lane is held back."""

import datetime as dt

import msgspec
import pytest

from console.views.providers import model
from server.wire import providers

AT = dt.datetime(2026, 11, 20, 14, 3, 5).astimezone()

GOOD = providers.Account(
    id=1,
    name="Our gateway",
    provider="sms/twilio",
    channel="sms",
    enabled=True,
    weight=100,
    window=64,
    rate_per_s=0.0,
    settings={},
    stored_secrets=[],
    health=providers.Health.FAILING,
    health_text="20503: Service temporarily unavailable",
    in_flight=0,
    accepted=1,
    failed=0,
    receipts_url="",
    checked_at=None,
    lane_because="the provider does not answer",
    lane_resumes_at=AT,
    window_now=12,
)


@pytest.mark.parametrize(
    "state, words",
    [
        (
            providers.LaneState.OPEN,
            "Nothing leaves: the provider does not answer. A single message tries it at 14:03:05.",
        ),
        (providers.LaneState.PROBING, "A single message is trying it: the provider does not answer."),
        (providers.LaneState.PAUSED, "The provider asked us to wait until 14:03:05."),
        (
            providers.LaneState.PARKED,
            "Parked until 20 Nov 2026, 14:03:05, as the provider asked. Save the account to try it sooner.",
        ),
        (providers.LaneState.TRYING, "Just opened: a few messages show whether its credentials are good."),
        (providers.LaneState.NARROWED, "Opening up: 12 of 64 messages at once."),
        (providers.LaneState.RUNNING, "20503: Service temporarily unavailable"),
        (providers.LaneState.HALTED, "20503: Service temporarily unavailable"),
        (None, "20503: Service temporarily unavailable"),
    ],
)
def test_an_account_says_what_holds_its_messages_back_and_until_when(
    state: providers.LaneState | None, words: str
) -> None:
    assert model.sentence(msgspec.structs.replace(GOOD, lane=state)) == words


def test_an_account_that_is_switched_off_says_nothing_of_its_lane() -> None:
    off = msgspec.structs.replace(GOOD, lane=providers.LaneState.OPEN, enabled=False, health_text="Off.")
    assert model.sentence(off) == "Off."
