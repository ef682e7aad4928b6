"""What support reads of a refusal: the vendor's code and words, the status, the wait they told and the one we chose."""

import random

from server.engine import refusing
from server.pipeline.delivery import retrying
from server.providers import errors
from server.store.ledger import ticks
from tests.server.pipeline.delivery import test_lanes

NOW = 1_800_000_000.0


def attempt(**changed: object) -> refusing.Attempt:
    lane = test_lanes.proven(window=64)
    values: dict[str, object] = {
        "lane": lane,
        "ticket": lane.take(10.0),
        "number": 1,
        "first_at": NOW,
        "repeatable": False,
        "now": NOW,
        "lane_now": 10.0,
    }
    return refusing.Attempt(**(values | changed))  # type: ignore[arg-type]


def test_a_refusal_keeps_what_was_said_told_and_chosen() -> None:
    error = errors.Throttled("20429", "Too Many Requests", status=429, retry_after_s=7.0)
    verdict, detail = refusing.read(error, attempt(), random.Random(1))
    assert verdict.end is ticks.End.AGAIN
    assert verdict.due_at is not None
    assert detail == {
        "code": "20429",
        "disposition": "throttled",
        "text": "Too Many Requests",
        "status": 429,
        "told_s": 7.0,
        "wait_s": round(verdict.due_at - NOW, 3),
    }


def test_a_failure_has_no_wait() -> None:
    _, detail = refusing.read(
        errors.PermanentRecipient("21211", "no such", status=400), attempt(), random.Random(1)
    )
    assert detail == {
        "code": "21211",
        "disposition": "permanent-recipient",
        "text": "no such",
        "status": 400,
    }


def test_retries_beyond_the_lanes_budget_are_put_off_and_the_wait_says_so() -> None:
    one, rng = attempt(), random.Random(1)
    error = errors.ProviderDown("503", status=503)
    waits = [refusing.read(error, one, rng)[0].wait_s for _ in range(60)]
    assert max(waits[: int(retrying.BURST)]) <= 1.0
    assert waits[-1] > 10.0


def test_the_age_counts_from_the_first_try_and_by_what_the_message_is_worth() -> None:
    old = attempt(first_at=NOW - 3600.0, urgency=retrying.Urgency.TEST)
    verdict, _ = refusing.read(errors.Transient("451", status=451), old, random.Random(1))
    assert verdict.end is ticks.End.FAILED
    young = attempt(first_at=NOW - 3600.0)
    assert (
        refusing.read(errors.Transient("451", status=451), young, random.Random(1))[0].end is ticks.End.AGAIN
    )
