"""What a sender may believe of its leases, whatever happens to it and to the clocks."""

from dataclasses import dataclass

from server.engine import lease

LEASE_S = 30.0


@dataclass(slots=True)
class Clock:
    """Three clocks that a test sets."""

    wall: float = 1_000_000.0
    awake: float = 50.0
    always: float = 80.0

    def time(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.awake

    def boottime(self) -> float:
        return self.always

    def pass_(self, seconds: float) -> None:
        """Let time pass as it does."""
        self.wall += seconds
        self.awake += seconds
        self.always += seconds


def renewed(clock: Clock) -> lease.Lease:
    held = lease.Lease(clock, LEASE_S)
    held.renewed(held.begin())
    return held


def test_nothing_is_held_before_the_first_renewal() -> None:
    assert not lease.Lease(Clock(), LEASE_S).holds()


def test_a_lease_holds_until_it_runs_out_counted_from_before_it_was_written() -> None:
    clock = Clock()
    held = lease.Lease(clock, LEASE_S)
    begun = held.begin()
    clock.pass_(20)  # the write had to wait for another's
    held.renewed(begun)
    assert held.holds()
    clock.pass_(9.9)
    assert held.holds()
    clock.pass_(0.2)
    assert not held.holds()


def test_a_sender_stopped_past_its_lease_holds_nothing_until_it_has_renewed() -> None:
    clock = Clock()
    held = renewed(clock)
    clock.pass_(LEASE_S + 1)
    assert not held.holds()
    held.renewed(held.begin())
    assert held.holds()


def test_a_machine_that_slept_past_the_lease_holds_nothing_although_one_clock_stood_still() -> None:
    clock = Clock()
    held = renewed(clock)
    clock.wall += 1800
    clock.always += 1800
    assert not held.holds()


def test_the_wall_clock_may_be_set_as_one_likes_and_the_lease_holds() -> None:
    clock = Clock()
    held = renewed(clock)
    for leap in (3600, -3600, 365 * 86_400, -86_400):
        clock.wall += leap
        assert held.holds()


def test_after_the_wall_clock_was_set_nothing_is_claimed_until_the_living_have_renewed() -> None:
    clock = Clock()
    leaps = lease.Leaps(clock, renew_s=10.0)
    for leap in (3600, -3600):
        assert leaps.now() == clock.wall
        clock.wall += leap
        assert leaps.now() is None
        clock.pass_(19)
        assert leaps.now() is None
        clock.pass_(1.5)
        assert leaps.now() == clock.wall


def test_drift_sleep_and_a_stop_are_no_leaps() -> None:
    clock = Clock()
    leaps = lease.Leaps(clock, renew_s=10.0)
    for _ in range(1000):
        clock.pass_(60)
        clock.wall += 0.03  # 500 ppm
        assert leaps.now() == clock.wall
    clock.wall += 1800
    clock.always += 1800  # it slept
    assert leaps.now() == clock.wall
