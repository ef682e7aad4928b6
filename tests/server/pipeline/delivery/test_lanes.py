"""A lane's window, pace and behaviour in trouble."""

from server.pipeline.delivery import deciding, lanes
from server.pipeline.delivery.breaker import Trouble
from server.providers import base, errors
from server.store.ledger import ticks
from server.wire import providers as wire


class Silent(base.Provider):
    """An adapter nobody sends through here."""

    def __init__(self) -> None:
        """Needs neither settings nor a world."""

    async def send(self, message: base.Outbound) -> base.Accepted:
        raise errors.ProviderDown("silent")

    async def check(self) -> list[wire.CheckRow]:
        return []


def lane(*, window: int = 8) -> lanes.Lane:
    return lanes.Lane(
        workspace=1, account=1, name="lane", channel=4, provider=Silent(), window=window, weight=100
    )


DOWN = deciding.Verdict(end=ticks.End.AGAIN, reason="503", trouble=Trouble.DOWN, answered=True)
THROTTLED = deciding.Verdict(end=ticks.End.AGAIN, reason="429", trouble=Trouble.THROTTLED, answered=True)
REFUSAL = deciding.Verdict(end=ticks.End.FAILED, reason="21211", answered=True, proves=True)
HALT = deciding.Verdict(end=ticks.End.AGAIN, reason="401", halts_lane=True)


def proven(*, window: int = 8) -> lanes.Lane:
    """A lane whose window is wide open."""
    one = lane(window=window)
    for _ in range(window):
        one.went_well(one.breaker.begin(), 0.0)
    return one


def fail(one: lanes.Lane, verdict: deciding.Verdict, now: float, text: str = "503") -> None:
    """One call, from beginning to end."""
    ticket = one.take(now)
    one.went_wrong(verdict, text, ticket, now)
    one.give_back()


def succeed(one: lanes.Lane, now: float) -> None:
    ticket = one.take(now)
    one.went_well(ticket, now)
    one.give_back()


def test_no_more_than_the_window_is_ever_under_way() -> None:
    one = proven(window=3)
    for _ in range(3):
        assert one.room(0.0) > 0
        one.take(0.0)
    assert one.room(0.0) == 0
    one.give_back()
    assert one.room(0.0) == 1


def test_a_new_lane_tries_its_credentials_with_a_handful_of_messages() -> None:
    one = lane(window=64)
    tickets = []
    while one.room(0.0):
        tickets.append(one.take(0.0))
    assert len(tickets) == 4
    for ticket in tickets:
        one.went_wrong(HALT, "401", ticket, 0.0)
        one.give_back()
    assert one.room(10.0) == 0


def test_what_our_own_checks_refuse_proves_nothing() -> None:
    one = lane(window=64)
    ours = deciding.Verdict(end=ticks.End.FAILED, reason="malformed-token")
    for _ in range(100):
        fail(one, ours, 0.0)
    assert one.room(0.0) == 4
    fail(one, REFUSAL, 0.0)
    succeed(one, 0.0)
    assert one.room(0.0) > 4


def test_a_refused_recipient_says_nothing_about_the_lane() -> None:
    one = proven()
    for _ in range(100):
        fail(one, REFUSAL, 0.0)
    assert one.room(0.0) == 8
    assert one.failed == 100
    assert one.health is wire.Health.GOOD


def test_an_outage_opens_the_breaker_and_a_probe_closes_it_again() -> None:
    one = proven(window=64)
    while one.room(10.0):
        fail(one, DOWN, 10.0)
    assert (one.health, one.health_text) == (wire.Health.FAILING, "503")
    wait_s = one.ready_in(10.0)
    assert 5.0 <= wait_s <= 6.0
    back = 10.0 + wait_s
    assert one.room(back) == 1
    assert one.reserve(0.5) == 0
    succeed(one, back)
    assert one.health is wire.Health.GOOD
    assert 1 < one.room(back) < 10  # few at first
    for _ in range(60):
        succeed(one, back)
    assert one.room(back) == 64


def test_a_probe_does_not_wait_for_calls_that_hang() -> None:
    one = proven(window=16)
    for _ in range(15):
        one.take(10.0)
    ticket = one.breaker.begin()
    for _ in range(5):
        one.breaker.went_wrong(ticket, Trouble.SILENT, 10.0)
    assert one.room(60.0) == 1
    one.take(60.0)
    assert one.room(60.0) == 0  # and never more than the window is in doubt


def test_what_was_intended_before_an_outage_is_held_back() -> None:
    one = proven(window=64)
    waiting = one.take(10.0)
    assert one.holds_back(waiting, 10.0) == ""
    for _ in range(10):
        fail(one, DOWN, 10.0)
    assert "nothing left" in one.holds_back(waiting, 10.0)


def test_a_pause_is_as_long_as_the_provider_asked_for_from_its_first_word() -> None:
    one = proven()
    told = deciding.Verdict(
        end=ticks.End.AGAIN, reason="429", trouble=Trouble.THROTTLED, pause_s=30.0, answered=True
    )
    waiting = one.take(0.0)
    fail(one, told, 0.0, "429")
    assert one.room(29.9) == 0
    assert one.ready_in(0.0) == 30.0
    assert one.room(30.1) > 0
    assert one.health is wire.Health.THROTTLED
    assert "asked everybody to wait" in one.holds_back(waiting, 1.0)


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    one = proven()
    for pause_s in (30.0, 2.0):
        told = deciding.Verdict(end=ticks.End.AGAIN, reason="429", trouble=Trouble.THROTTLED, pause_s=pause_s)
        one.went_wrong(told, "429", one.breaker.begin(), 0.0)
    assert one.ready_in(0.0) == 30.0


def test_throttlings_in_a_row_narrow_the_window_once_for_all_that_come_together() -> None:
    one = proven(window=64)
    for _ in range(5):
        fail(one, THROTTLED, 10.0)
    assert one.window_now == 32
    fail(one, THROTTLED, 11.0)
    assert one.window_now == 16


def test_trouble_with_one_message_in_three_does_not_close_the_lane() -> None:
    one = proven(window=64)
    for call in range(300):
        if call % 3 == 0:
            fail(one, DOWN, call * 0.01)
        else:
            succeed(one, call * 0.01)
    assert one.room(3.0) > 0
    assert one.window_now == 64


def test_an_intent_that_was_not_granted_was_no_call() -> None:
    one = proven(window=64)
    while one.room(10.0):
        fail(one, DOWN, 10.0)
    back = 10.0 + one.ready_in(10.0)
    one.take_back(one.take(back))
    assert (one.in_flight, one.room(back)) == (0, 1)


def test_wrong_credentials_halt_the_lane_until_it_is_opened_anew() -> None:
    one = proven()
    late = one.take(0.0)
    fail(one, HALT, 0.0, "401: token expired")
    assert one.room(10**9) == 0
    assert one.ready_in(10**9) == float("inf")
    one.went_well(late, 0.0)  # what was under way ends, and changes nothing
    assert (one.health, one.health_text) == (wire.Health.HALTED, "401: token expired")
