"""What leaves in a turn and what waits: aside without holding others up, bounded, and named."""

import collections

import pytest

from server.engine import aside, bounding, filling, ruling
from server.pipeline.delivery import choosing, lanes, limits
from server.store.ledger import batches, sliding
from tests.server.pipeline.delivery import test_choosing as made

EMAIL = made.EMAIL


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    def boottime(self) -> float:
        return self.now


class Fleet:
    """Some lanes and rulings, without any account."""

    opened = 0

    def __init__(self, some: list[lanes.Lane], rulings: ruling.Rulings) -> None:
        self.some, self.rulings = some, rulings

    def of(self, workspace: int, channel: int) -> list[lanes.Lane]:
        return [lane for lane in self.some if lane.channel == channel]


class Held:
    """A batch in hand."""

    def __init__(self, run: int, domains: list[str], priority: int = 0) -> None:
        self.batch = batches.Batch(
            workspace=1,
            run=run,
            n=run,
            channel=EMAIL,
            seq_from=1,
            seq_to=1000,
            fence=1,
            priority=priority,
            campaign=run,
        )
        self.rows = collections.deque(
            batches.Row(seq, 0, f"p{seq}@{domain}", f"p{seq}@{domain}", "", "", "", "", "", "{}", seq, 0)
            for seq, domain in enumerate(domains, start=1)
        )
        self.aside = aside.Aside()
        self.under_way = 0
        self.not_before = 0.0
        self.bound_by = ""
        self.stuck = False

    def drop(self) -> None:
        self.rows.clear()
        self.aside.clear()


class Turns:
    """A filler with its clock, driven turn by turn; whatever is picked is under way for good."""

    def __init__(self, rules: limits.Rules, *, window: int = 10_000) -> None:
        self.clock = Clock()
        self.fleet = Fleet([made.lane(channel=EMAIL, window=window)], ruling.Rulings(rules=dict(rules)))
        self.filler = filling.Filler(self.fleet, self.clock, 0.0)  # type: ignore[arg-type]
        self.filler._chooser.learn(rules, {}, ())

    def turn(self, *some: Held, after_s: float = 0.0) -> list[str]:
        """The addresses that leave in a turn."""
        self.clock.now += after_s
        self.filler.begin(self.clock.now, some)
        left = []
        for held in some:
            for pick, row in self.filler.picks(held):
                assert isinstance(pick, choosing.Pick)
                held.under_way += 1
                left.append(row.address or "")
                self._written(pick)
        return left

    def _written(self, pick: choosing.Pick) -> None:
        """As the tick would, and tells it back."""
        for use in pick.uses:
            gate = self.filler._chooser.limits.gate(1, use.key)
            assert gate is not None
            sliding.take(gate.state, use.rule, self.clock.now, 1)


def rule(layer: str, subject: str, most: int, per_s: float) -> dict[limits.Place, tuple[sliding.Rule, ...]]:
    channel = "email" if layer in ("domain", "pair") else ""
    return {limits.Place(1, layer, channel, subject): (sliding.Rule(most, per_s),)}


def test_one_domains_limit_holds_up_nobody_elses_mail_and_its_own_follows_in_order() -> None:
    turns = Turns(rule("domain", "big.example", 2, 3600))
    held = Held(1, ["big.example"] * 5 + ["other.example"] * 3)
    assert turns.turn(held) == ["p1@big.example", "p2@big.example"] + [
        f"p{seq}@other.example" for seq in (6, 7, 8)
    ]
    assert held.aside.count == 3
    assert turns.turn(held, after_s=60) == []
    assert turns.turn(held, after_s=3600) == ["p3@big.example", "p4@big.example"]
    assert turns.turn(held, after_s=3601) == ["p5@big.example"]
    assert held.aside.count == 0


def test_a_batch_behind_a_campaigns_long_limit_goes_back_and_its_run_rests() -> None:
    turns = Turns(rule("campaign", "1", 2, 3600))
    held = Held(1, ["a.example"] * 5)
    assert len(turns.turn(held)) == 2
    assert not held.rows
    assert held.not_before == turns.clock.now + filling.LONGEST_REST_S
    assert [(rest.run, rest.priority) for rest in turns.filler.rests] == [(1, 0)]


def test_a_changed_limit_wakes_what_was_put_aside() -> None:
    turns = Turns(rule("domain", "big.example", 1, 3600))
    held = Held(1, ["big.example"] * 4)
    assert len(turns.turn(held)) == 1
    turns.fleet.rulings = ruling.Rulings()
    assert len(turns.turn(held, after_s=0.01)) == 3


def test_a_run_behind_its_own_limit_leaves_room_for_other_runs_to_be_claimed() -> None:
    turns = Turns(rule("campaign", "1", 1, 5))
    slow, quick = Held(1, ["a.example"] * 400), Held(2, ["a.example"] * 5)
    turns.turn(slow, quick)
    assert slow.stuck
    assert filling.hungry([EMAIL], [slow, quick], 200) == ({EMAIL}, ["1/1"])


def test_rows_aside_are_bounded_and_the_fullest_batch_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "MOST_ASIDE", 25)
    turns = Turns(rule("domain", "*", 1, 3600))
    some = [Held(1, ["big.example"] * 20), Held(2, ["big.example"] * 10)]
    turns.turn(*some)
    turns.filler.bound_aside(some)
    assert [held.aside.count for held in some] == [0, 10]
    assert some[0].not_before > turns.clock.now


def test_what_the_tick_had_no_room_for_comes_first_next_time() -> None:
    turns = Turns({**rule("domain", "big.example", 9, 3600), **rule("workspace", "", 9, 3600)})
    held = Held(1, ["big.example", "other.example"])
    first, second = held.rows
    turns.turn(held)
    turns.filler.put_back(held, second, "workspace///3600")
    turns.filler.put_back(held, first, "domain/email/big.example/3600")
    assert list(held.rows) == [second]
    assert held.aside.count == 1
    assert turns.turn(held, after_s=1.0) == ["p1@big.example", "p2@other.example"]


def test_the_time_of_each_turn_belongs_to_what_stopped_it() -> None:
    turns = Turns(rule("workspace", "", 3, 60))
    held = Held(1, ["a.example"] * 10)
    for _ in range(4):
        turns.turn(held, after_s=0.5)
    taken = turns.filler.bounds.take()
    assert taken == {(1, 1, EMAIL, "workspace///60"): pytest.approx(1.5)}


def test_a_busy_loop_is_named_in_place_of_the_provider() -> None:
    clock, spent = Clock(), [0.0]
    bounds = bounding.Bounds(clock, lambda: spent[0])
    batch = Held(1, []).batch
    for _ in range(4):
        bounds.turn()
        bounds.note(batch, choosing.WINDOW)
        clock.now += 0.5
        spent[0] += 0.49
    bounds.turn()
    assert set(bounds.take()) == {(1, 1, EMAIL, bounding.CPU)}
