"""What a refused or unanswered attempt comes to: the verdict, the lane's reaction, and the line support reads."""

import random
from dataclasses import dataclass, replace

from server.pipeline.delivery import deciding, lanes, retrying
from server.providers import errors
from server.store.ledger import book


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The attempt that ended. Times are epoch seconds, but for the lane's, which are monotonic."""

    lane: lanes.Lane
    ticket: int
    number: int  #: 1 for the first try
    first_at: float  #: when the message's first try began
    repeatable: bool  #: whether a second send cannot reach the person twice
    now: float
    lane_now: float
    urgency: retrying.Urgency = retrying.Urgency.BULK


def read(
    error: errors.SendError, attempt: Attempt, rng: random.Random
) -> tuple[deciding.Verdict, book.Detail]:
    """Decide, let the lane react, and say in the ledger's words what the provider said and what we chose."""
    verdict = deciding.decide(
        error,
        attempt=attempt.number,
        age_s=attempt.now - attempt.first_at,
        now=attempt.now,
        rng=rng,
        repeatable=attempt.repeatable,
        urgency=attempt.urgency,
    )
    attempt.lane.went_wrong(verdict, str(error), attempt.ticket, attempt.lane_now)
    if verdict.due_at is not None:
        more_s = attempt.lane.put_off_s(verdict, attempt.lane_now)
        verdict = replace(verdict, wait_s=verdict.wait_s + more_s, due_at=verdict.due_at + more_s)
    return verdict, _detail(error, verdict)


def _detail(error: errors.SendError, verdict: deciding.Verdict) -> book.Detail:
    detail: book.Detail = {"code": error.code, "disposition": error.disposition.value}
    if error.text:
        detail["text"] = error.text
    if error.status:
        detail["status"] = error.status
    if error.retry_after_s is not None:
        detail["told_s"] = round(error.retry_after_s, 3)
    if verdict.due_at is not None:
        detail["wait_s"] = round(verdict.wait_s, 3)
    return detail
