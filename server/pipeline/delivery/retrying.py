"""How long a refused message waits, when it is given up, and how many retries a lane in trouble may make."""

import enum
import random
from dataclasses import dataclass

from server.providers import errors

D = errors.Disposition

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """The windows out of which a retry's wait is drawn: they double from the first to the longest."""

    first_s: float
    longest_s: float

    def wait_s(self, attempt: int, rng: random.Random) -> float:
        """A wait after try number `attempt`, from all of its window ("full jitter")."""
        doublings = min(attempt - 1, 30)  # enough for any window, and no float overflows
        return rng.uniform(0.0, min(self.longest_s, self.first_s * 2.0**doublings))


#: A provider in trouble is held off by its lane, so that its messages come back soon after it does. What a single
#: mailbox or carrier refuses for now (greylisting, a full mailbox) is worth the longest waits. A doubt that may be
#: repeated is settled quickly.
PATIENCE = {
    D.TRANSIENT: Patience(first_s=1.0, longest_s=900.0),
    D.THROTTLED: Patience(first_s=1.0, longest_s=120.0),
    D.PROVIDER_DOWN: Patience(first_s=1.0, longest_s=45.0),
    D.DOUBT: Patience(first_s=1.0, longest_s=120.0),
}


#: A message in doubt is repeated up to this try where that is harmless. Harmless is not unnoticed: a phone may buzz
#: for each. A lane whose provider is silent waits in between, so that an outage does not use them up.
MOST_REPEATS = 4


class Urgency(enum.IntEnum):
    """What a message is worth later; numbered as batches are."""

    BULK = 0
    TRANSACTIONAL = 1
    TEST = 2


#: A refused message is given up so long after its first try. News of last week helps nobody; a code that comes
#: after an hour, or a test its sender has forgotten, even less.
GIVE_UP_S = {Urgency.BULK: 24 * HOUR_S, Urgency.TRANSACTIONAL: 4 * HOUR_S, Urgency.TEST: HOUR_S / 4}


#: Retries a lane's trouble may cause, as a share of the calls it makes when all is well.
RETRY_SHARE = 0.2
SLOWEST_PER_S = 1.0  #: so many are allowed whatever the lane's pace
BURST = 20.0  #: so many at once, before the share counts
PACE_SPAN_S = 2.0  #: the lane's pace is taken over so long
PACE_HALF_LIFE_S = 600.0  #: how long the best pace is remembered


class Budget:
    """Spreads one lane's retries so that they never keep a provider down that is on its knees.

    Retries of what the provider itself refused leave at no more than a share of the pace the lane has shown; those
    beyond it are put off, not dropped. Times are monotonic seconds.
    """

    def __init__(self) -> None:
        self._left = BURST
        self._filled_at: float | None = None
        self._span_at = 0.0
        self._span_calls = 0
        self._best_per_s = 0.0
        self._best_at = 0.0

    def called(self, now: float) -> None:
        """The lane made a call."""
        if now - self._span_at >= PACE_SPAN_S:
            self._learn(now)
        self._span_calls += 1

    def put_off_s(self, now: float) -> float:
        """Spend one retry; returns how much later than wished it may leave, seconds."""
        per_s = self.per_s(now)
        if self._filled_at is not None:
            self._left = min(BURST, self._left + (now - self._filled_at) * per_s)
        self._filled_at = now
        self._left -= 1.0
        return max(0.0, -self._left / per_s)

    def per_s(self, now: float) -> float:
        """How many retries a second the lane may make."""
        going_on = now - self._span_at < 2 * PACE_SPAN_S
        pace = self._span_calls / PACE_SPAN_S if going_on else 0.0
        return max(SLOWEST_PER_S, RETRY_SHARE * max(self._faded(now), pace))

    def _learn(self, now: float) -> None:
        """Close the span: its pace is the best one, or the best one fades."""
        pace = self._span_calls / PACE_SPAN_S if now - self._span_at < 2 * PACE_SPAN_S else 0.0
        self._best_per_s, self._best_at = max(pace, self._faded(now)), now
        self._span_at, self._span_calls = now, 0

    def _faded(self, now: float) -> float:
        return self._best_per_s * float(0.5 ** ((now - self._best_at) / PACE_HALF_LIFE_S))
