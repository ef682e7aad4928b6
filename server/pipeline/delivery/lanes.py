"""Lanes: one account's bounded window, its pace, and how it behaves in trouble."""

import math
from dataclasses import dataclass, field

from server.pipeline.delivery import adapting, balancing, deciding, retrying, windowing
from server.pipeline.delivery import breaker as breakers
from server.providers import base
from server.wire import providers as wire

#: So many throttlings in a row narrow a lane; a single one is that message's own affair.
NARROWING = 2
CALM_S = 0.5  #: throttlings that come within this of a narrowing answer calls that were made before it


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
    share: int = 0  #: points of the channel's hundred, as they stand now; its weight where nobody said
    origins: tuple[
        tuple[str, int], ...
    ] = ()  #: the pool of senders with their weights; empty for the account's own
    first_window: int = windowing.FIRST_WINDOW  #: until the provider has taken our credentials
    in_flight: int = 0
    accepted: int = 0
    failed: int = 0
    halted: bool = False
    health: wire.Health = wire.Health.UNKNOWN
    health_text: str = ""
    paused_until: float = 0.0  #: monotonic seconds; as long as the provider asked for
    told_s: float = 0.0  #: how long that was
    parked: bool = False  #: whether its account says so too, for every sender
    breaker: breakers.Breaker = field(default_factory=breakers.Breaker)
    budget: retrying.Budget = field(default_factory=retrying.Budget)
    opening: windowing.Window = field(init=False)
    pacer: adapting.Pacer = field(default_factory=adapting.Pacer)
    record: balancing.Record = field(default_factory=balancing.Record)
    _throttlings: int = 0
    _narrowed_at: float = -math.inf
    credit: float = 0.0  #: what choosing owes this lane

    def __post_init__(self) -> None:
        self.opening = windowing.Window(most=self.window, first=self.first_window)
        self.share = self.share or self.weight

    @property
    def window_now(self) -> int:
        """At most so many messages under way, as things stand."""
        return self.opening.size

    def reserve(self, share: float) -> int:
        """How much of the window is kept for urgent messages; nothing of a probe's, or bulk alone would never probe."""
        closed = self.breaker.state is breakers.State.CLOSED
        return int(self.window_now * share) if closed else 0

    def room(self, now: float) -> int:
        """How many messages may be intended now. `now` is monotonic seconds."""
        if self.halted or now < self.paused_until:
            return 0
        probes = self.breaker.allows(now)
        # A probe must not wait for calls that hang since before the outage; W bounds the doubts all the same.
        room = (
            self.opening.size - self.in_flight
            if probes is None
            else min(probes, self.window - self.in_flight)
        )
        paced = self.pacer.room(now)
        if paced is not None:
            room = min(room, paced)
        return max(room, 0)

    def bound_by(self, now: float) -> str:
        """What holds the lane back beyond its window: halted, paused, breaker or throttled; empty for nothing."""
        if self.halted:
            return "halted"
        if now < self.paused_until:
            return "paused"
        if self.breaker.state is not breakers.State.CLOSED:
            return "breaker"
        return "throttled" if self.pacer.bound else ""

    def ready_in(self, now: float) -> float:
        """Seconds until the lane may send again; infinite while it is halted."""
        if self.halted:
            return float("inf")
        return max(0.0, self.paused_until - now, self.breaker.ready_in(now))

    def take(self, now: float) -> int:
        """One message is intended. Returns the ticket its end is told with."""
        self.in_flight += 1
        self.pacer.took(now)
        self.budget.called(now)
        return self.breaker.begin()

    def holds_back(self, ticket: int, now: float) -> str:
        """Why a message that was intended must not leave after all; empty where it may."""
        if self.halted:
            return "its account was halted before the call was made; nothing left"
        if now < self.paused_until:
            return "the provider asked everybody to wait before the call was made; nothing left"
        if not self.breaker.is_current(ticket):
            return "the provider failed before the call was made; nothing left"
        return ""

    def take_back(self, ticket: int) -> None:
        """One message's intent was not granted."""
        self.in_flight -= 1
        self.not_called(ticket)

    def not_called(self, ticket: int) -> None:
        """One message that was intended did not leave; it stays under way until that is written."""
        self.pacer.give_back()
        self.breaker.withdraw(ticket)

    def give_back(self) -> None:
        """One message's outcome is written."""
        self.in_flight -= 1

    def went_well(self, ticket: int, now: float) -> None:
        """An acceptance: trouble is over, and a held-back window opens."""
        self.accepted += 1
        self._works(ticket, now)
        self.opening.went_well()

    def went_wrong(self, verdict: deciding.Verdict, error: str, ticket: int, now: float) -> None:
        """An error: the lane halts, narrows, pauses or opens its breaker as the verdict says."""
        if verdict.halts_lane:
            self.halted = True
            self.health, self.health_text = wire.Health.HALTED, error
            return
        if verdict.trouble is None:
            self.failed += 1
            if verdict.proves:
                self.opening.prove()
            if verdict.answered:
                self._works(ticket, now)
            else:
                self.breaker.withdraw(ticket)
            return
        self._narrow(verdict, now)
        if verdict.narrows_lane:
            self.pacer.throttled(now, self._throttlings)
        opened = self.breaker.went_wrong(ticket, verdict.trouble, now)
        if verdict.pause_s and now + verdict.pause_s > self.paused_until:
            self.paused_until, self.told_s = now + verdict.pause_s, verdict.pause_s
        if (opened or verdict.pause_s) and not self.halted:
            throttled = verdict.narrows_lane
            self.health = wire.Health.THROTTLED if throttled else wire.Health.FAILING
            self.health_text = error

    def put_off_s(self, verdict: deciding.Verdict, now: float) -> float:
        """How much later than wished a message in trouble is to be tried again, so that retries stay few."""
        return self.budget.put_off_s(now) if verdict.trouble is not None else 0.0

    def _works(self, ticket: int, now: float) -> None:
        """The provider judged a message."""
        self._throttlings = 0
        if self.breaker.went_well(ticket, now):
            self.opening.restart()
        if self.breaker.state is breakers.State.CLOSED and now >= self.paused_until and not self.halted:
            self.health, self.health_text = wire.Health.GOOD, ""

    def _narrow(self, verdict: deciding.Verdict, now: float) -> None:
        if not verdict.narrows_lane:
            return
        self._throttlings += 1
        # A window full of them answers one mistake: those that come at once narrow it once.
        if self._throttlings >= NARROWING and now - self._narrowed_at >= CALM_S:
            self._narrowed_at = now
            self.opening.narrow()
