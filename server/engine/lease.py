"""How long a sender may believe that its batches are its own, by clocks that neither a stop nor a sleep can fool.

A sender that was stopped past its lease has lost its batches: the next owner put what it had under way in doubt. So it
looks here right before it hands a message to its provider, and again on a timer: what is still on its way to the wire
by then, waiting for a connection or for a server's next line, is cut off. Between the last look and the write to the
socket it can still be stopped, for as long as whoever stops it likes; no sender can close that gap, because no network
takes a byte on condition. It costs nobody a second copy: at most a window's worth of messages is in it, the next owner
has put each of them in doubt, and what is in doubt is never sent again by itself.
"""

from server.engine import world

#: The wall clock differs by more from one look to the next only if it was set; drift and slewing are far slower.
LEAP_S = 1.0


class Lease:
    """One sender's claim on all it holds; every tick renews it."""

    def __init__(self, clock: world.Clock, lease_s: float) -> None:
        self.lease_s = lease_s
        self._clock = clock
        self._until = (float("-inf"), float("-inf"))

    @property
    def renew_s(self) -> float:
        """A lease is renewed at the latest when a third of it is gone."""
        return self.lease_s / 3

    @property
    def look_s(self) -> float:
        """How often to look whether it still holds."""
        return self.lease_s / 10

    def begin(self) -> tuple[float, float]:
        """The moment before a claim or renewal is written; what is written runs out no sooner than counted from it."""
        return self._clock.monotonic(), self._clock.boottime()

    def renewed(self, begun: tuple[float, float]) -> None:
        """The claim that was begun then is on disk."""
        monotonic, boottime = begun
        self._until = (monotonic + self.lease_s, boottime + self.lease_s)

    def holds(self) -> bool:
        """Whether nobody else can have taken over yet.

        Both clocks must agree: one may stand still while the machine sleeps, and neither follows the wall clock, which
        a person or a time server may set.
        """
        monotonic, boottime = self._until
        return self._clock.monotonic() < monotonic and self._clock.boottime() < boottime


class Leaps:
    """Notices when somebody sets the wall clock, by which leases are written down.

    Set forward, it makes every lease look run out, our own included. Whoever lives renews every `renew_s` or sooner, so
    for twice as long nothing is claimed; after that only the dead have leases that look run out.
    """

    def __init__(self, clock: world.Clock, renew_s: float) -> None:
        self._clock = clock
        self._renew_s = renew_s
        self._known = clock.time() - clock.boottime()
        self._calm_at = float("-inf")

    def now(self) -> float | None:
        """The wall clock, to judge others' leases by; None while it has not gone evenly for long enough."""
        wall, always = self._clock.time(), self._clock.boottime()
        if abs(wall - always - self._known) > LEAP_S:
            self._calm_at = always + 2 * self._renew_s
        self._known = wall - always
        return wall if always >= self._calm_at else None
