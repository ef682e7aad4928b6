"""Decide what becomes of a message, and of its lane, when an attempt ends in an error."""

import random
from dataclasses import dataclass

from server.pipeline.delivery import breaker, retrying
from server.providers import errors
from server.store.ledger import ticks

#: Chance is added to what the provider asked for, so that what was refused together does not return together.
SPREAD_S = 1.0
#: A provider that asks for more than this is obeyed too, but it is not a pause any more: the lane is parked.
PARKED_S = 3600.0
#: Nobody means a longer wait than this; a person can end it sooner by saving the account.
LONGEST_WAIT_S = 7 * 24 * 3600.0
#: Reasons are keys of tallies; whatever a vendor sends, they stay short and printable.
LONGEST_REASON = 60
#: The code of an attempt that we broke off ourselves, because this machine stood still: nobody else's trouble.
LAPSED = "lapsed"

D = errors.Disposition


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to write for the message, and what the lane is to do."""

    end: ticks.End
    reason: str
    due_at: float | None = None  #: epoch seconds, for a message that waits
    wait_s: float = 0.0  #: the wait chosen, of which `due_at` is the end
    trouble: breaker.Trouble | None = None  #: the provider's own; None where it speaks of the message
    pause_s: float = 0.0  #: how long the provider asked everybody of the account to wait
    halts_lane: bool = False  #: the set-up is wrong: nothing more leaves by it until a person mends it
    answered: bool = False  #: the provider spoke, whatever it said
    proves: bool = False  #: it judged the message itself, so that our credentials are good

    @property
    def narrows_lane(self) -> bool:
        """Whether the lane is to send more slowly from here on."""
        return self.trouble is breaker.Trouble.THROTTLED

    @property
    def recipient_only(self) -> bool:
        """Whether it concerns nobody but this recipient."""
        return self.trouble is None and not self.halts_lane


def reason_of(code: str) -> str:
    """A vendor's code as a tally's reason: printable, at most 60 characters, never empty."""
    return (
        "".join(letter if letter.isprintable() else " " for letter in code).strip()[:LONGEST_REASON]
        or "unknown"
    )


def trouble_of(error: errors.SendError) -> breaker.Trouble | None:
    """How the provider is in trouble, by an error; None where the error speaks of one message or of our set-up."""
    match error.disposition:
        case D.DOUBT if error.code == LAPSED:
            return None
        case D.DOUBT if error.status >= 500:
            return breaker.Trouble.DOWN
        case D.DOUBT:
            return breaker.Trouble.SILENT
        case D.PROVIDER_DOWN if not error.status:
            return breaker.Trouble.CONNECT
        case D.PROVIDER_DOWN:
            return breaker.Trouble.DOWN
        case D.THROTTLED if error.scope is errors.Scope.LANE:
            return breaker.Trouble.THROTTLED
    return None


def decide(
    error: errors.SendError,
    *,
    attempt: int,
    age_s: float,
    now: float,
    rng: random.Random,
    repeatable: bool = False,
    urgency: retrying.Urgency = retrying.Urgency.BULK,
) -> Verdict:
    """Decide by the error's disposition and scope alone; which vendor it was does not matter here.

    `attempt` is the number of the try that just ended, `age_s` the time since the message's first one. `repeatable`
    says that a second send under the same reference cannot reach a person twice: then a doubt is settled by
    repeating, and stays one only where that has been tried for too long.
    """
    reason = reason_of(error.code)
    trouble = trouble_of(error)
    answered = bool(error.status)
    too_old = age_s > retrying.GIVE_UP_S[urgency]
    match error.disposition:
        case D.DOUBT if too_old or not repeatable or attempt >= retrying.MOST_REPEATS:
            return Verdict(end=ticks.End.DOUBT, reason="no_answer", trouble=trouble)
        case D.PERMANENT_RECIPIENT | D.PERMANENT_CONTENT:
            return Verdict(end=ticks.End.FAILED, reason=reason, answered=answered, proves=answered)
        case D.AUTH_CONFIG if error.scope is errors.Scope.RECIPIENT:
            return Verdict(end=ticks.End.FAILED, reason=reason, answered=answered, proves=answered)
        case D.AUTH_CONFIG:
            return Verdict(end=ticks.End.AGAIN, reason=reason, halts_lane=True)
    told_s = min(error.retry_after_s or 0.0, LONGEST_WAIT_S)
    pause_s = told_s if trouble is not None else 0.0
    if too_old:
        return Verdict(
            end=ticks.End.FAILED, reason=reason, trouble=trouble, pause_s=pause_s, answered=answered
        )
    wait_s = retrying.PATIENCE[error.disposition].wait_s(attempt, rng)
    if told_s:
        wait_s = told_s + max(wait_s, rng.uniform(0.0, SPREAD_S))
    return Verdict(
        end=ticks.End.REPEAT if error.disposition is D.DOUBT else ticks.End.AGAIN,
        reason="no_answer" if error.disposition is D.DOUBT else reason,
        due_at=now + wait_s,
        wait_s=wait_s,
        trouble=trouble,
        pause_s=pause_s,
        answered=answered,
    )
