"""A pace found by trying: cut when the provider asks to slow down, raised while it does not."""

import math

from server.pipeline.delivery import adapting


class Provider:
    """Takes so many calls in any second, and refuses the rest."""

    def __init__(self, per_s: int) -> None:
        self.per_s = per_s
        self.times: list[float] = []
        self.refused = 0

    def call(self, now: float) -> bool:
        self.times = [at for at in self.times if at > now - 1.0]
        if len(self.times) >= self.per_s:
            self.refused += 1
            return False
        self.times.append(now)
        return True


def drive(pacer: adapting.Pacer, provider: Provider, seconds: float, wanted: int = 4) -> tuple[int, int]:
    """Call as fast as the pacer lets us, `wanted` every 10 ms; returns (taken, refused)."""
    taken, row = 0, 0
    before = provider.refused
    start = pacer._span_at
    for tick in range(int(seconds * 100)):
        now = start + tick / 100
        room = pacer.room(now)
        for _ in range(wanted if room is None else min(wanted, room)):
            pacer.took(now)
            if provider.call(now):
                taken, row = taken + 1, 0
            else:
                row += 1
                pacer.throttled(now, row)
    pacer._span_at = start + seconds
    return taken, provider.refused - before


def test_nobody_is_slowed_down_while_nobody_complains() -> None:
    pacer = adapting.Pacer()
    assert pacer.room(5.0) is None
    assert not pacer.bound


def test_the_pace_settles_near_what_the_provider_takes_and_refusals_become_few() -> None:
    pacer, provider = adapting.Pacer(), Provider(100)
    drive(pacer, provider, 20)
    taken, refused = drive(pacer, provider, 40)
    assert taken >= 0.7 * 100 * 40
    assert refused <= 0.15 * taken


def test_a_single_complaint_in_many_calls_changes_nothing() -> None:
    pacer = adapting.Pacer()
    for _ in range(100):
        pacer.took(1.0)
    pacer.throttled(1.0, 1)
    assert pacer.per_s == math.inf


def test_complaints_about_calls_before_the_cut_do_not_cut_again() -> None:
    pacer = adapting.Pacer()
    for _ in range(100):
        pacer.took(1.0)
    for row in range(1, 40):
        pacer.throttled(1.5, row)
    assert pacer.per_s == 70.0


def test_the_bound_is_lifted_once_the_provider_takes_twice_as_much() -> None:
    pacer = adapting.Pacer()
    for _ in range(100):
        pacer.took(1.0)
    pacer.throttled(1.5, 3)
    assert pacer.room(10.0) is not None
    assert pacer.room(40.0) is None
    assert not pacer.bound


def test_a_slow_lane_still_sends_now_and_then() -> None:
    pacer = adapting.Pacer()
    for second in range(50):
        pacer.throttled(second * 2.0, 3)
    assert pacer.per_s >= adapting.SLOWEST_PER_S
    assert pacer.room(110.0) == 1


def test_what_was_sent_before_a_cut_is_no_debt() -> None:
    pacer = adapting.Pacer()
    for call in range(100_000):
        pacer.took(call / 1000)
    pacer.throttled(100.0, 3)
    assert pacer.bound
    room = pacer.room(100.5)
    assert room is not None
    assert room > 0
