"""Which lane a message leaves by, whom it comes from, and which limits hold it back."""

import collections
import time

from server.pipeline.delivery import choosing, lanes, limits
from server.providers import base, errors
from server.store.ledger import sliding
from server.wire import providers as wire

Layer = limits.Layer
SMS, EMAIL = 4, 3


class Silent(base.Provider):
    """An adapter nobody sends through here."""

    def __init__(self) -> None:
        """Needs neither settings nor a world."""

    async def send(self, message: base.Outbound) -> base.Accepted:
        raise errors.ProviderDown("silent")

    async def check(self) -> list[wire.CheckRow]:
        return []


def lane(account: int = 1, *, window: int = 100, weight: int = 100, channel: int = SMS) -> lanes.Lane:
    made = lanes.Lane(
        workspace=1,
        account=account,
        name=f"lane {account}",
        channel=channel,
        provider=Silent(),
        window=window,
        weight=weight,
        first_window=window,
    )
    made.opening.prove()
    return made


def party(
    some: list[lanes.Lane],
    rules: limits.Rules | None = None,
    *,
    routes: choosing.Routes | None = None,
    bulk: bool = True,
    channel: str = "sms",
    reserved: float = 0.0,
    urgent: tuple[int, ...] = (),
) -> choosing.Party:
    chooser = choosing.Chooser(reserved)
    chooser.learn(rules or {}, {(1, channel): routes} if routes else {}, urgent)
    chooser.begin(lambda _workspace, _channel: some, 0.0, 1000.0)
    return chooser.party(workspace=1, channel=SMS, channel_name=channel, campaign=9, bulk=bulk)


def to(address: str) -> choosing.Target:
    return choosing.Target(address, address)


def place(layer: str, subject: str = "", channel: str = "") -> limits.Place:
    return limits.Place(1, layer, channel, subject)


def many(one: choosing.Party, count: int) -> collections.Counter[str]:
    """What became of so many messages to different people: the account they left by, or what held them back."""
    found: collections.Counter[str] = collections.Counter()
    for number in range(count):
        chosen = one.choose(to(f"+4917{number:08d}"))
        found[str(chosen.lane.account) if isinstance(chosen, choosing.Pick) else chosen.cause] += 1
    return found


def test_lanes_share_by_weight() -> None:
    some = [lane(1, window=10**6, weight=300), lane(2, window=10**6, weight=100)]
    assert many(party(some), 400) == {"1": 300, "2": 100}


def test_a_lane_without_room_leaves_its_share_to_the_others() -> None:
    some = [lane(1, window=1, weight=900), lane(2, window=50, weight=1)]
    assert many(party(some), 60) == {"1": 1, "2": 50, choosing.WINDOW: 9}


def test_a_full_window_says_that_the_provider_is_waited_for() -> None:
    chosen = party([lane(window=0 + 1)])
    assert isinstance(chosen.choose(to("+49171")), choosing.Pick)
    block = chosen.choose(to("+49172"))
    assert isinstance(block, choosing.Block)
    assert (block.cause, block.aside) == (choosing.WINDOW, False)


def test_without_any_lane_it_says_so() -> None:
    block = party([], {place(Layer.WORKSPACE): (sliding.Rule(5, 1.0),)}).choose(to("+49171"))
    assert isinstance(block, choosing.Block)
    assert block.cause == choosing.NO_LANE


def test_the_smallest_of_all_limits_wins_and_is_named() -> None:
    rules = {
        place(Layer.WORKSPACE): (sliding.Rule(50, 3600),),
        place(Layer.ACCOUNT, "1"): (sliding.Rule(40, 3600), sliding.Rule(30, 86400)),
        place(Layer.CAMPAIGN, "9"): (sliding.Rule(20, 3600),),
        place(Layer.CAMPAIGN, "8"): (sliding.Rule(1, 3600),),
        place(Layer.ROUTE, "", "sms"): (sliding.Rule(25, 3600),),
    }
    assert many(party([lane()], rules), 60) == {"1": 20, "campaign//9/3600": 40}


def test_each_message_writes_down_every_limit_it_counts_towards() -> None:
    rules = {
        place(Layer.WORKSPACE): (sliding.Rule(50, 3600),),
        place(Layer.ACCOUNT, "1"): (sliding.Rule(40, 1),),
        place(Layer.PAIR, "*", "sms"): (sliding.Rule(1, 6),),
    }
    chosen = party([lane()], rules).choose(to("+49171"))
    assert isinstance(chosen, choosing.Pick)
    assert [use.key for use in chosen.uses] == ["workspace///3600", "account//1/1", "pair/sms/1>+49171/6"]


def test_one_recipients_limit_puts_their_message_aside_and_nobody_elses() -> None:
    rules = {place(Layer.PAIR, "*", "sms"): (sliding.Rule(1, 6),)}
    one = party([lane(window=10)], rules)
    assert isinstance(one.choose(to("+49171")), choosing.Pick)
    again = one.choose(to("+49171"))
    assert isinstance(again, choosing.Block)
    assert again.aside
    assert again.cause == "pair/sms/*/6"
    assert many(one, 20)["1"] == 9  # the one put aside cost no room


def test_a_domain_has_its_own_limit_where_there_is_one_and_else_each_ones() -> None:
    rules = {
        place(Layer.DOMAIN, "big.example", "email"): (sliding.Rule(3, 3600),),
        place(Layer.DOMAIN, "*", "email"): (sliding.Rule(1, 3600),),
    }
    one = party([lane()], rules, channel="email")
    gone = [
        isinstance(one.choose(to(f"p{number}@{domain}")), choosing.Pick)
        for domain in ("big.example", "BIG.example", "other.example", "third.example")
        for number in range(2)
    ]
    assert gone == [True, True, True, False, True, False, True, False]


def test_a_country_goes_by_its_route_in_order_and_the_others_by_theirs() -> None:
    some = [lane(1), lane(2), lane(3)]
    one = party(some, routes={"+49": (2, 1), "+4917": (3,), "": (1,)})
    accounts = [
        chosen.lane.account
        for address in ("+4930123", "+4917123", "+33612")
        if isinstance(chosen := one.choose(to(address)), choosing.Pick)
    ]
    assert accounts == [2, 3, 1]


def test_a_route_falls_back_where_its_first_account_cannot_send_but_not_where_it_is_only_full() -> None:
    first, second = lane(1, window=1), lane(2)
    one = party([first, second], routes={"+49": (1, 2)})
    assert many(one, 3) == {"1": 1, choosing.WINDOW: 2}
    first.halted = True
    assert many(party([first, second], routes={"+49": (1, 2)}), 3) == {"2": 3}


def test_a_full_route_leaves_the_other_countries_alone() -> None:
    one = party([lane(1, window=1), lane(2)], routes={"+49": (1,), "+33": (2,)})
    one.choose(to("+49171"))
    block = one.choose(to("+49172"))
    assert isinstance(block, choosing.Block)
    assert block.aside
    assert isinstance(one.choose(to("+33612")), choosing.Pick)


def test_a_recipient_keeps_their_sender_and_a_new_one_takes_only_its_share() -> None:
    pooled = lane(window=10**6)

    def senders(pool: choosing.Origins) -> dict[str, str]:
        pooled.origins = pool
        one = party([pooled])
        found = {}
        for number in range(1000):
            chosen = one.choose(to(f"+4917{number:08d}"))
            assert isinstance(chosen, choosing.Pick)
            found[f"+4917{number:08d}"] = chosen.origin
        return found

    before = senders((("+1500", 100), ("+1501", 300)))
    counts = collections.Counter(before.values())
    assert 200 < counts["+1500"] < 300
    after = senders((("+1500", 100), ("+1501", 300), ("+1502", 100)))
    moved = [after[address] for address in before if after[address] != before[address]]
    assert set(moved) == {"+1502"}
    assert 150 < len(moved) < 260


def test_bulk_leaves_a_share_of_the_window_to_what_is_urgent() -> None:
    some = [lane(window=50)]
    assert many(party(some, reserved=0.2), 60)["1"] == 40
    assert many(party(some, reserved=0.2, bulk=False), 60)["1"] == 50


def test_bulk_leaves_a_share_of_a_quota_always_and_of_a_rate_while_something_urgent_is_sent() -> None:
    quota = {place(Layer.ACCOUNT, "1"): (sliding.Rule(50, 86400),)}
    assert many(party([lane()], quota, reserved=0.2), 60)["1"] == 40
    assert many(party([lane()], quota, reserved=0.2, bulk=False), 60)["1"] == 50
    slow = {place(Layer.ACCOUNT, "1"): (sliding.Rule(4, 1),)}
    full = party([lane()], slow, reserved=0.5)
    assert full.gates == ()
    assert full.lanes[0].gates[0].kept == 0
    assert party([lane()], slow, reserved=0.5, urgent=(1,)).lanes[0].gates[0].kept == 2


def test_what_may_have_arrived_by_one_account_leaves_by_no_other() -> None:
    first, second = lane(1), lane(2)
    target = choosing.Target("+49171", "+49171", 1)
    for _ in range(20):
        chosen = party([first, second]).choose(target)
        assert isinstance(chosen, choosing.Pick)
        assert chosen.lane is first
    alone = party([second]).choose(target)
    assert isinstance(alone, choosing.Block)
    assert (alone.cause, alone.aside) == (choosing.NO_LANE, True)
    first.halted = True
    assert isinstance(party([first, second]).choose(target), choosing.Block)


def test_what_was_picked_and_not_sent_leaves_its_room() -> None:
    rules = {place(Layer.ACCOUNT, "1"): (sliding.Rule(1, 3600),)}
    one = party([lane(window=1)], rules)
    for _ in range(5):
        chosen = one.choose(to("+49171"))
        assert isinstance(chosen, choosing.Pick)
        one.give_back(chosen)


def test_a_choice_without_limits_costs_next_to_nothing() -> None:
    one = party([lane(window=10**6)])
    target = to("+49171")
    began = time.process_time()
    for _ in range(50_000):
        one.choose(target)
    assert (time.process_time() - began) / 50_000 < 3e-6
