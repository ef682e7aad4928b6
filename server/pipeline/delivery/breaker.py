"""Stop calling a provider that does not work, and find out with single calls when it works again."""

import collections
import enum
import random
from dataclasses import dataclass, field

#: Calls are judged over so many seconds, and by their share only where there were so many of them.
SPAN_S = 10.0
FEWEST_CALLS = 20
MOST_ERRORS = 0.5
#: A lane that makes few calls is judged by trouble in a row that has lasted for a while.
SLOW_ROW = 3
SLOW_ROW_S = 5.0
#: Probes: the first comes after this, each further one after half as long again, up to the longest; a share of each
#: wait is left to chance, so that many senders do not ask in step.
FIRST_PROBE_S = 5.0
PROBE_GROWTH = 1.5
LONGEST_PROBE_S = 20.0
PROBE_JITTER = 0.1


class Trouble(enum.StrEnum):
    """The classes of error that speak of the provider rather than of a message."""

    CONNECT = "connect"  #: no connection stands: nothing left
    DOWN = "down"  #: it answers that it is not working
    SILENT = "silent"  #: requests leave and no answer comes: each leaves a doubt
    THROTTLED = "throttled"  #: it asks everybody of the account to slow down


#: So many of one class in a row open the breaker whatever the share: those that cost a doubt each, or come from
#: nobody at all, sooner than answers that a healthy provider gives now and then.
LONGEST_ROW = {Trouble.CONNECT: 5, Trouble.DOWN: 10, Trouble.SILENT: 5, Trouble.THROTTLED: 10}

#: What each class means, for people.
WORDS = {
    Trouble.CONNECT: "the provider cannot be reached",
    Trouble.DOWN: "the provider says that it is not working",
    Trouble.SILENT: "the provider does not answer",
    Trouble.THROTTLED: "the provider asks us to slow down",
}


class State(enum.StrEnum):
    """Whether calls pass."""

    CLOSED = "closed"  #: all of them
    OPEN = "open"  #: none
    HALF_OPEN = "half-open"  #: one is under way, and decides


@dataclass(slots=True)
class _Second:
    """What came back in one second."""

    at: int
    calls: int = 0
    troubles: collections.Counter[Trouble] = field(default_factory=collections.Counter)


@dataclass(slots=True, kw_only=True)
class Breaker:
    """One lane's breaker. Times are monotonic seconds. A call's ticket tells its end from that of an older call."""

    rng: random.Random = field(default_factory=random.Random)
    state: State = State.CLOSED
    because: Trouble | None = None  #: what opened it; None while it is closed
    opened_at: float = 0.0
    probe_at: float = 0.0  #: when the next single call may start, while it is open
    _era: int = 0  #: grows with every opening and every probe
    _wait_s: float = FIRST_PROBE_S
    _seconds: collections.deque[_Second] = field(default_factory=collections.deque)
    _rows: collections.Counter[Trouble] = field(default_factory=collections.Counter)
    _row_since: float | None = None

    def allows(self, now: float) -> int | None:
        """How many calls may start now: None for as many as one likes."""
        if self.state is State.CLOSED:
            return None
        return int(self.state is State.OPEN and now >= self.probe_at)

    def ready_in(self, now: float) -> float:
        """Seconds until a call may start; while a probe is under way, until another could at the soonest."""
        match self.state:
            case State.CLOSED:
                return 0.0
            case State.OPEN:
                return max(0.0, self.probe_at - now)
            case State.HALF_OPEN:
                return FIRST_PROBE_S

    def begin(self) -> int:
        """A call starts. Returns its ticket."""
        if self.state is State.OPEN:
            self.state = State.HALF_OPEN
            self._era += 1
        return self._era

    def is_current(self, ticket: int) -> bool:
        """Whether the breaker has not opened since the call was begun."""
        return ticket == self._era

    def withdraw(self, ticket: int) -> None:
        """A call that had begun was not made after all."""
        if self.state is State.HALF_OPEN and ticket == self._era:
            self.state = State.OPEN

    def went_well(self, ticket: int, now: float) -> bool:
        """The provider worked, whatever it said of the message. Returns whether that closed the breaker."""
        if ticket != self._era:
            return False
        if self.state is State.HALF_OPEN:
            self._close()
            return True
        if self.state is State.CLOSED:
            self._second(now).calls += 1
            self._rows.clear()
            self._row_since = None
        return False

    def went_wrong(self, ticket: int, trouble: Trouble, now: float) -> bool:
        """The provider did not work. Returns whether that opened the breaker."""
        if ticket != self._era:
            return False
        if self.state is State.HALF_OPEN:
            self._wait_s = min(LONGEST_PROBE_S, self._wait_s * PROBE_GROWTH)
            self._open(trouble, now)
            return True
        if self.state is State.CLOSED:
            self._count(trouble, now)
            if self._is_too_much(trouble, now):
                self._wait_s = FIRST_PROBE_S
                self.opened_at = now
                self._open(trouble, now)
                return True
        return False

    def _count(self, trouble: Trouble, now: float) -> None:
        second = self._second(now)
        second.calls += 1
        second.troubles[trouble] += 1
        self._rows[trouble] += 1
        if self._row_since is None:
            self._row_since = now

    def _is_too_much(self, trouble: Trouble, now: float) -> bool:
        if self._rows[trouble] >= LONGEST_ROW[trouble]:
            return True
        lasting = now - (now if self._row_since is None else self._row_since)
        if self._rows.total() >= SLOW_ROW and lasting >= SLOW_ROW_S:
            return True
        calls = sum(second.calls for second in self._seconds)
        errors = sum(second.troubles[trouble] for second in self._seconds)
        return calls >= FEWEST_CALLS and errors >= MOST_ERRORS * calls

    def _second(self, now: float) -> _Second:
        """The counts of this second; those of long ago are forgotten on the way."""
        at = int(now)
        if not self._seconds or self._seconds[-1].at != at:
            self._seconds.append(_Second(at))
            while self._seconds[0].at <= at - SPAN_S:
                self._seconds.popleft()
        return self._seconds[-1]

    def _open(self, trouble: Trouble, now: float) -> None:
        self.state = State.OPEN
        self.because = trouble
        self.probe_at = now + self._wait_s * (1 + self.rng.uniform(0, PROBE_JITTER))
        self._era += 1

    def _close(self) -> None:
        self.state = State.CLOSED
        self.because = None
        self._seconds.clear()
        self._rows.clear()
        self._row_since = None
