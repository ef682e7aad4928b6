"""A lane's own pace, found by trying: cut when the provider asks to slow down, raised step by step while it does not.

Additive increase, multiplicative decrease: the classic way for many who know nothing of one another to share what a
provider allows, and to find it again when it changes.
"""

import math
from dataclasses import dataclass

#: Worth a cut: so many throttlings in a row, or so large a share of the calls of a second or so.
ROW = 3
SHARE = 0.05
CUT = 0.7  #: of the pace that was too fast
SLOWEST_PER_S = 0.5
#: Throttlings that come within this of a cut answer calls that were made before it.
CALM_S = 1.0
#: Each second without throttling the pace grows by this share of what was too fast.
GROWTH = 0.05
#: A pace that has grown to so many times what was too fast is no bound any more.
LIFTED = 2.0
BURST_S = 0.1
SPAN_S = 1.0  #: the pace is measured over so long


@dataclass(slots=True, kw_only=True)
class Pacer:
    """One lane's pace in one sender. Times are monotonic seconds."""

    per_s: float = math.inf  #: messages a second at most; infinite while nobody complained
    _too_fast: float = 0.0
    _tokens: float = 1.0
    _filled_at: float = 0.0
    _cut_at: float = -math.inf
    _span_at: float = 0.0
    _span_calls: int = 0
    _span_throttled: int = 0
    _pace: float = 0.0

    @property
    def bound(self) -> bool:
        """Whether it holds the lane back."""
        return self.per_s != math.inf

    @property
    def ready_in(self) -> float:
        """Seconds until it lets one more leave, as `room` saw it last."""
        return max(0.0, 1.0 - self._tokens) / self.per_s if self.bound else 0.0

    def room(self, now: float) -> int | None:
        """How many may leave now; None for as many as one likes."""
        if self.per_s == math.inf:
            return None
        since = max(now - self._filled_at, 0.0)
        self._filled_at = now
        self.per_s += since * GROWTH * self._too_fast
        if self.per_s >= LIFTED * self._too_fast:
            self.per_s = math.inf
            return None
        self._tokens = min(self._tokens + since * self.per_s, max(1.0, self.per_s * BURST_S))
        return int(self._tokens)

    def took(self, now: float, count: int = 1) -> None:
        """So many messages were handed over."""
        if now - self._span_at >= SPAN_S:
            lasted = now - self._span_at
            self._pace = self._span_calls / lasted if lasted < 2 * SPAN_S else 0.0
            self._span_at, self._span_calls, self._span_throttled = now, 0, 0
        self._span_calls += count
        if self.bound:
            self._tokens -= count

    def give_back(self) -> None:
        """One that was taken did not leave after all."""
        self._span_calls -= 1
        if self.bound:
            self._tokens += 1.0

    def throttled(self, now: float, in_a_row: int) -> None:
        """The provider asked everybody of the account to slow down, so many times in a row by now."""
        self._span_throttled += 1
        many = self._span_throttled > 1 and self._span_throttled >= SHARE * self._span_calls
        if now - self._cut_at < CALM_S or not (many or in_a_row >= ROW):
            return
        so_far = self._span_calls / max(now - self._span_at, SPAN_S)
        pace = max(self._pace, so_far)
        self._too_fast = max(min(pace, self.per_s), SLOWEST_PER_S)
        self.per_s = max(CUT * self._too_fast, SLOWEST_PER_S)
        self._cut_at = self._filled_at = now
        self._tokens = max(0.0, min(self._tokens, 1.0))
