"""Lanes: one account's bounded window, its pace, and how it behaves in trouble."""

import random
from dataclasses import dataclass, field

from server.pipeline.delivery import deciding
from server.providers import base
from server.wire import providers as wire

#: So many troubles in a row narrow a lane, and so many pause it; a single one is that message's own affair.
NARROWING = 2
STRIKES = 5
LONGEST_PAUSE_S = 60.0


@dataclass(slots=True, kw_only=True)
class Lane:
    """One account, open. Not shared between processes: each sender has its own window on it."""

    workspace: int
    account: int
    name: str
    channel: int  #: code
    provider: base.Provider
    window: int  #: W: at most so many messages between intent and written outcome
    weight: int
    rate_per_s: float  #: 0 for no limit of ours
    in_flight: int = 0
    accepted: int = 0
    failed: int = 0
    halted: bool = False
    health: wire.Health = wire.Health.UNKNOWN
    health_text: str = ""
    _allowance: float = 1.0
    _filled_at: float = 0.0
    _paused_until: float = 0.0
    _strikes: int = 0
    _window_now: float = 0.0
    credit: float = 0.0  #: what `choose` owes this lane
    _rng: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self._window_now = float(self.window)

    def room(self, now: float) -> int:
        """How many messages may be intended now. Moves the allowance on; `now` is monotonic seconds."""
        if self.halted or now < self._paused_until:
            return 0
        room = int(self._window_now) - self.in_flight
        if self.rate_per_s > 0:
            grown = self._allowance + (now - self._filled_at) * self.rate_per_s
            self._allowance = min(grown, max(1.0, self.rate_per_s / 10))
            self._filled_at = now
            room = min(room, int(self._allowance))
        return max(room, 0)

    def ready_in(self, now: float) -> float:
        """Seconds until the lane may send again; infinite while it is halted."""
        if self.halted:
            return float("inf")
        return max(0.0, self._paused_until - now)

    def take(self) -> None:
        """One message is intended."""
        self.in_flight += 1
        self._allowance -= 1.0

    def give_back(self) -> None:
        """One message's outcome is written, or its intent was not granted."""
        self.in_flight -= 1

    def went_well(self) -> None:
        """An acceptance: trouble is over, and a narrowed window grows by one per window's worth of them."""
        self.accepted += 1
        self._strikes = 0
        self.health, self.health_text = wire.Health.GOOD, ""
        if self._window_now < self.window:
            self._window_now = min(float(self.window), self._window_now + 1.0 / self._window_now)

    def went_wrong(self, verdict: deciding.Verdict, error: str, now: float) -> None:
        """An error: the lane halts, narrows and pauses as the verdict says."""
        if verdict.halts_lane:
            self.halted = True
            self.health, self.health_text = wire.Health.HALTED, error
            return
        if not verdict.strikes_lane:
            self.failed += 1
            return
        self._strikes += 1
        if self._strikes >= NARROWING:
            self._window_now = max(1.0, self._window_now / 2)
        if self._strikes < STRIKES:
            return
        doubled = min(LONGEST_PAUSE_S, 2.0 ** (self._strikes - STRIKES))
        self._paused_until = max(
            self._paused_until, now + max(verdict.pause_s, self._rng.uniform(doubled / 2, doubled))
        )
        self.health = wire.Health.THROTTLED if verdict.pause_s else wire.Health.FAILING
        self.health_text = error


def choose(lanes: list[Lane], now: float) -> Lane | None:
    """The lane the next message leaves by: by weight among those with room, evenly interleaved. None where none has."""
    open_lanes = [lane for lane in lanes if lane.weight > 0 and lane.room(now) > 0]
    if not open_lanes:
        return None
    total = sum(lane.weight for lane in open_lanes)
    for lane in open_lanes:
        lane.credit += lane.weight
    best = max(open_lanes, key=lambda lane: lane.credit)
    best.credit -= total
    return best
