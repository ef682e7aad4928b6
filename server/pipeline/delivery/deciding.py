"""Decide what becomes of a message, and of its lane, when an attempt ends in an error."""

import random
from dataclasses import dataclass

from server.providers import errors
from server.store.ledger import ticking

#: Retries spread over a random part of a window that doubles ("full jitter"), in seconds.
FIRST_WINDOW_S = 1.0
LONGEST_WINDOW_S = 900.0
#: An answer that says when to come back is obeyed up to this; beyond it the lane is better parked by a person.
LONGEST_WAIT_S = 6 * 3600.0
#: So many tries, or so old a run, and a message that is still refused is given up.
MOST_ATTEMPTS = 12
GIVE_UP_S = 24 * 3600.0
#: Reasons are keys of tallies; whatever a vendor sends, they stay short and printable.
LONGEST_REASON = 60

D = errors.Disposition
#: Errors that speak of the lane rather than of the message.
LANE_TROUBLE = frozenset({D.THROTTLED, D.PROVIDER_DOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to write for the message, and what the lane is to do."""

    end: ticking.End
    reason: str
    due_at: float | None = None
    strikes_lane: bool = False  #: counts against the lane; several in a row pause it
    pause_s: float = 0.0  #: how long the provider asked for
    halts_lane: bool = False  #: the set-up is wrong: nothing more leaves by it until a person mends it


def reason_of(code: str) -> str:
    """A vendor's code as a tally's reason: printable, at most 60 characters, never empty."""
    return (
        "".join(letter if letter.isprintable() else " " for letter in code).strip()[:LONGEST_REASON]
        or "unknown"
    )


def decide(error: errors.SendError, *, attempt: int, age_s: float, now: float, rng: random.Random) -> Verdict:
    """Decide by the error's disposition alone; which vendor it was does not matter here.

    `attempt` is the number of the try that just ended, `age_s` the time since its run was launched.
    """
    reason = reason_of(error.code)
    match error.disposition:
        case D.DOUBT:
            return Verdict(end=ticking.End.DOUBT, reason="no_answer")
        case D.PERMANENT_RECIPIENT | D.PERMANENT_CONTENT:
            return Verdict(end=ticking.End.FAILED, reason=reason)
        case D.AUTH_CONFIG:
            return Verdict(end=ticking.End.AGAIN, reason=reason, halts_lane=True)
    strikes = error.disposition in LANE_TROUBLE
    wait_s = min(error.retry_after_s or 0.0, LONGEST_WAIT_S)
    if attempt >= MOST_ATTEMPTS or age_s > GIVE_UP_S:
        return Verdict(end=ticking.End.FAILED, reason=reason, strikes_lane=strikes, pause_s=wait_s)
    window_s = min(LONGEST_WINDOW_S, FIRST_WINDOW_S * 2 ** (attempt - 1))
    due_at = now + wait_s + rng.uniform(0, window_s)
    return Verdict(end=ticking.End.AGAIN, reason=reason, due_at=due_at, strikes_lane=strikes, pause_s=wait_s)
