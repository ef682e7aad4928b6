"""What becomes of a message when an attempt ends in an error is decided by the error's disposition alone."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.pipeline.delivery import deciding
from server.providers import errors
from server.store.ledger import ticking

NOW = 1_000_000.0
End = ticking.End


def decide(error: errors.SendError, *, attempt: int = 1, age_s: float = 10.0) -> deciding.Verdict:
    return deciding.decide(error, attempt=attempt, age_s=age_s, now=NOW, rng=random.Random(1))


@pytest.mark.parametrize(
    "error, end, reason",
    [
        (errors.Transient("451", "later"), End.AGAIN, "451"),
        (errors.Throttled("429"), End.AGAIN, "429"),
        (errors.ProviderDown("503"), End.AGAIN, "503"),
        (errors.AuthConfig("401"), End.AGAIN, "401"),
        (errors.PermanentRecipient("410 Unregistered"), End.FAILED, "410 Unregistered"),
        (errors.PermanentContent("413"), End.FAILED, "413"),
        (errors.Doubt("cut"), End.DOUBT, "no_answer"),
    ],
)
def test_each_disposition_has_one_end(error: errors.SendError, end: ticking.End, reason: str) -> None:
    verdict = decide(error)
    assert (verdict.end, verdict.reason) == (end, reason)


def test_a_doubt_is_never_tried_again_however_early() -> None:
    assert decide(errors.Doubt("cut"), attempt=1, age_s=0).end is End.DOUBT


def test_wrong_credentials_halt_the_lane_and_burn_nobody_however_often() -> None:
    verdict = decide(errors.AuthConfig("401"), attempt=10_000, age_s=10**9)
    assert (verdict.end, verdict.halts_lane) == (End.AGAIN, True)


@pytest.mark.parametrize("error", [errors.Throttled("429"), errors.ProviderDown("503")])
def test_trouble_of_the_provider_counts_against_the_lane(error: errors.SendError) -> None:
    assert decide(error).strikes_lane
    assert not decide(errors.Transient("greylisted")).strikes_lane


@given(retry_after_s=st.floats(0, 1e9), attempt=st.integers(1, 11))
def test_nothing_is_tried_before_the_provider_said(retry_after_s: float, attempt: int) -> None:
    verdict = decide(errors.Throttled("429", retry_after_s=retry_after_s), attempt=attempt)
    assert verdict.due_at is not None
    assert verdict.due_at >= NOW + min(retry_after_s, deciding.LONGEST_WAIT_S)
    assert verdict.due_at <= NOW + deciding.LONGEST_WAIT_S + deciding.LONGEST_WINDOW_S


@given(attempt=st.integers(1, deciding.MOST_ATTEMPTS - 1))
def test_the_window_of_a_retry_doubles_and_is_capped(attempt: int) -> None:
    verdict = decide(errors.Transient("451"), attempt=attempt)
    assert verdict.due_at is not None
    assert 0 <= verdict.due_at - NOW <= min(deciding.LONGEST_WINDOW_S, 2 ** (attempt - 1))


@pytest.mark.parametrize("given_up", [{"attempt": deciding.MOST_ATTEMPTS}, {"age_s": deciding.GIVE_UP_S + 1}])
def test_what_is_refused_too_often_or_too_long_is_given_up_with_its_cause(given_up: dict[str, float]) -> None:
    verdict = decide(errors.Transient("451"), **given_up)  # type: ignore[arg-type]
    assert (verdict.end, verdict.reason) == (End.FAILED, "451")


@given(code=st.text())
def test_a_reason_is_short_printable_and_never_empty(code: str) -> None:
    reason = deciding.reason_of(code)
    assert 1 <= len(reason) <= deciding.LONGEST_REASON
    assert reason.isprintable()
