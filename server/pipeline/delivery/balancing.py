"""Shift a channel's messages away from an account that got slow or fails, ten points at a time, and back again.

Accounts of one channel share a hundred points by their weights. At most once in HYSTERESIS_S points move: from the one
in the worst trouble to those in none; none where all are in trouble, for then it is not the account. Once nobody is in
trouble the points go back the same way.
"""

import collections
from collections.abc import Sequence
from dataclasses import dataclass, field

POINTS = 100
STEP = 10
HYSTERESIS_S = 300.0
#: A lane is in trouble when so large a share of its calls failed by its own fault or were slow, over SPAN_S.
TROUBLE = 0.15
FEWEST_CALLS = 20
SPAN_S = 300.0
SLICE_S = 10.0
SLOW_S = 2.0


@dataclass(slots=True)
class Record:
    """How one lane's calls went lately. Times are monotonic seconds."""

    _slices: collections.deque[list[float]] = field(default_factory=collections.deque)

    def note(self, now: float, took_s: float, *, worked: bool) -> None:
        """One call ended: after so long, and whether the provider itself worked."""
        if not self._slices or now - self._slices[-1][0] >= SLICE_S:
            self._slices.append([now, 0, 0])
            while self._slices[0][0] <= now - SPAN_S:
                self._slices.popleft()
        newest = self._slices[-1]
        newest[1] += 1
        newest[2] += not worked or took_s > SLOW_S

    def trouble(self, now: float) -> float:
        """The share of calls that failed or were slow; 0 where there were too few to tell."""
        recent = [one for one in self._slices if one[0] > now - SPAN_S]
        calls = sum(one[1] for one in recent)
        return sum(one[2] for one in recent) / calls if calls >= FEWEST_CALLS else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One account among those of its channel."""

    account: int
    rest: int  #: points by its weight
    shifted: int  #: points it has more or less than that now
    trouble: float

    @property
    def now(self) -> int:
        """Points as they stand."""
        return max(0, self.rest + self.shifted)


def points(weights: dict[int, int]) -> dict[int, int]:
    """Account to its points of the hundred, by weight, summing to exactly that many."""
    total = sum(weights.values())
    if total <= 0:
        return dict.fromkeys(weights, 0)
    exact = {account: weight * POINTS / total for account, weight in weights.items()}
    found = {account: int(share) for account, share in exact.items()}
    for account in sorted(exact, key=lambda account: (found[account] - exact[account], account)):
        if sum(found.values()) == POINTS:
            break
        found[account] += 1
    return found


def move(standings: Sequence[Standing]) -> dict[int, int]:
    """Account to the points it is to be shifted by from now on; empty where nothing moves."""
    troubled = [one for one in standings if one.trouble >= TROUBLE]
    well = [one for one in standings if one.trouble < TROUBLE]
    if troubled and well:
        worst = max((one for one in troubled if one.now > 0), key=lambda one: one.trouble, default=None)
        if worst is None:
            return {}
        return _give(standings, worst, min(STEP, worst.now), well)
    if not troubled and any(one.shifted for one in standings):
        return _heal(standings)
    return {}


def _give(
    standings: Sequence[Standing], worst: Standing, count: int, well: Sequence[Standing]
) -> dict[int, int]:
    shares = points({one.account: max(one.rest, 1) for one in well})
    gains = {account: share * count // POINTS for account, share in shares.items()}
    best = max(well, key=lambda one: (one.rest, -one.account)).account
    gains[best] += count - sum(gains.values())
    moved = {one.account: one.shifted + gains.get(one.account, 0) for one in standings}
    moved[worst.account] -= count
    return moved


def _heal(standings: Sequence[Standing]) -> dict[int, int]:
    """Give back up to a step: from those that have more than by their weight to those that have less."""
    moved = {one.account: one.shifted for one in standings}
    for _ in range(STEP):
        most = max(moved, key=lambda account: moved[account])
        least = min(moved, key=lambda account: moved[account])
        if moved[most] > 0:
            moved[most] -= 1
        if moved[least] < 0:
            moved[least] += 1
    return moved
