"""What becomes of a message when an attempt ends in an error is decided by the error's disposition alone."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.pipeline.delivery import deciding, retrying
from server.pipeline.delivery.breaker import Trouble
from server.providers import atlas, errors
from server.store.ledger import ticks

NOW = 1_000_000.0
End = ticks.End


def decide(
    error: errors.SendError,
    *,
    attempt: int = 1,
    age_s: float = 10.0,
    repeatable: bool = False,
    urgency: retrying.Urgency = retrying.Urgency.BULK,
) -> deciding.Verdict:
    return deciding.decide(
        error,
        attempt=attempt,
        age_s=age_s,
        now=NOW,
        rng=random.Random(1),
        repeatable=repeatable,
        urgency=urgency,
    )


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
def test_each_disposition_has_one_end(error: errors.SendError, end: ticks.End, reason: str) -> None:
    verdict = decide(error)
    assert (verdict.end, verdict.reason) == (end, reason)


def test_a_doubt_is_never_tried_again_however_early() -> None:
    assert decide(errors.Doubt("cut"), attempt=1, age_s=0).end is End.DOUBT


def test_wrong_credentials_halt_the_lane_and_burn_nobody_however_often() -> None:
    verdict = decide(errors.AuthConfig("401"), attempt=10_000, age_s=10**9)
    assert (verdict.end, verdict.halts_lane) == (End.AGAIN, True)


@pytest.mark.parametrize(
    "error, trouble",
    [
        (errors.Throttled("429"), Trouble.THROTTLED),
        (errors.ProviderDown("503", status=503), Trouble.DOWN),
        (errors.ProviderDown("refused"), Trouble.CONNECT),
        (errors.Doubt("no-answer"), Trouble.SILENT),
        (errors.Doubt("unreadable-success", status=200), Trouble.SILENT),
        (errors.Doubt("20500", status=500), Trouble.DOWN),
        (errors.Throttled("429 TooManyRequests", scope=errors.Scope.RECIPIENT), None),
        (errors.Transient("451", status=451), None),
        (errors.PermanentRecipient("410"), None),
        (errors.Doubt(deciding.LAPSED), None),
    ],
)
def test_an_error_says_whether_the_provider_or_a_message_is_in_trouble(
    error: errors.SendError, trouble: Trouble | None
) -> None:
    verdict = decide(error)
    assert verdict.trouble is trouble
    assert verdict.recipient_only == (trouble is None)


def test_a_recipients_own_limit_neither_narrows_nor_pauses_the_lane() -> None:
    verdict = decide(errors.Throttled("131056", retry_after_s=6.0, scope=errors.Scope.RECIPIENT))
    assert (verdict.end, verdict.narrows_lane, verdict.pause_s) == (End.AGAIN, False, 0.0)
    assert verdict.due_at is not None
    assert verdict.due_at >= NOW + 6.0


def test_a_set_up_fault_of_one_destination_fails_its_message_and_halts_nothing() -> None:
    verdict = decide(errors.AuthConfig("21408", status=400, scope=errors.Scope.RECIPIENT))
    assert (verdict.end, verdict.reason, verdict.halts_lane) == (End.FAILED, "21408", False)


def test_a_doubt_that_may_be_repeated_is_until_that_has_been_tried_for_too_long() -> None:
    verdict = decide(errors.Doubt("cut"), repeatable=True)
    assert (verdict.end, verdict.reason) == (End.REPEAT, "no_answer")
    assert verdict.due_at is not None
    often = decide(errors.Doubt("cut"), repeatable=True, attempt=retrying.MOST_REPEATS)
    assert often.end is End.DOUBT
    too_old = retrying.GIVE_UP_S[retrying.Urgency.BULK] + 1
    assert decide(errors.Doubt("cut"), repeatable=True, age_s=too_old).end is End.DOUBT


@given(told_s=st.floats(0, 1e9), attempt=st.integers(1, 1000))
def test_nothing_is_tried_before_the_provider_said(told_s: float, attempt: int) -> None:
    verdict = decide(errors.Throttled("429", retry_after_s=told_s), attempt=attempt)
    assert verdict.due_at is not None
    told_s = min(told_s, deciding.LONGEST_WAIT_S)
    assert verdict.due_at >= NOW + told_s
    assert verdict.pause_s == told_s
    assert verdict.due_at <= NOW + told_s + retrying.PATIENCE[errors.Disposition.THROTTLED].longest_s + 1


@pytest.mark.parametrize("header", [None, "-1", "soon", "Thu, 99 Foo 2026 99:99:99 GMT", "0"])
def test_a_wait_that_was_not_told_is_drawn_from_the_class_own_window(header: str | None) -> None:
    told_s = atlas.retry_after(header, NOW)
    verdict = decide(errors.Throttled("429", retry_after_s=told_s))
    assert verdict.due_at is not None
    assert 0.0 <= verdict.due_at - NOW <= 1.0
    assert verdict.pause_s == 0.0


def test_two_who_are_told_the_same_do_not_come_back_together() -> None:
    error = errors.Throttled("429", retry_after_s=7.0)
    rng = random.Random(1)
    waits = {deciding.decide(error, attempt=1, age_s=0, now=NOW, rng=rng).wait_s for _ in range(50)}
    assert len(waits) == 50


@pytest.mark.parametrize("urgency", list(retrying.Urgency))
def test_what_is_refused_for_too_long_is_given_up_with_its_cause_however_few_the_tries(
    urgency: retrying.Urgency,
) -> None:
    age_s = retrying.GIVE_UP_S[urgency]
    old = decide(errors.Transient("451"), age_s=age_s + 1, urgency=urgency)
    assert (old.end, old.reason) == (End.FAILED, "451")
    assert decide(errors.Transient("451"), attempt=500, age_s=age_s - 1, urgency=urgency).end is End.AGAIN


@pytest.mark.parametrize(
    "error, answered, proves",
    [
        (errors.PermanentRecipient("21211", status=400), True, True),
        (errors.PermanentRecipient("malformed-token"), False, False),  # our own check, nothing was asked
        (errors.Transient("451", status=451), True, False),  # perhaps before the log-in
        (errors.Throttled("429", status=429), True, False),
        (errors.ProviderDown("dns"), False, False),
    ],
)
def test_only_a_judged_message_proves_that_our_credentials_are_good(
    error: errors.SendError, answered: bool, proves: bool
) -> None:
    verdict = decide(error)
    assert (verdict.answered, verdict.proves) == (answered, proves)


@given(code=st.text())
def test_a_reason_is_short_printable_and_never_empty(code: str) -> None:
    reason = deciding.reason_of(code)
    assert 1 <= len(reason) <= deciding.LONGEST_REASON
    assert reason.isprintable()
