"""A fallback SMS and its RCS message: nobody gets both, nobody whose RCS message failed for certain gets neither."""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings, stateful
from hypothesis import strategies as st

from server.store.ledger import (
    acts,
    batches,
    book,
    codes,
    expiring,
    forsaking,
    merging,
    pairing,
    picking,
    terms,
    ticks,
)
from server.wire import exceptions, ledger
from tests.support import books

RCS, SMS = codes.CHANNELS["rcs"], codes.CHANNELS["sms"]
PEOPLE = 6
FALLBACK = terms.Terms(policy="{}", fallback=True)


def with_rcs(connection: sqlite3.Connection, without: tuple[int, ...] = ()) -> None:
    """Let people have RCS on their phone, but for some."""
    for person in range(1, PEOPLE + 1):
        if person not in without:
            connection.execute(
                "INSERT INTO identity (workspace, contact, channel, address, address_key, created_at)"
                " VALUES (?, ?, 'rcs', ?, ?, 0)",
                (books.WORKSPACE, person, f"+1555{person:07d}", f"+1555{person:07d}"),
            )


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with books.opened(tmp_path, people=PEOPLE) as opened:
        with_rcs(opened, without=(3,))
        yield opened


def freeze(connection: sqlite3.Connection) -> int:
    return books.freeze(connection, ["sms", "rcs"], terms=FALLBACK)


def rcs_of(person: int) -> int:
    return PEOPLE + person


def claim(connection: sqlite3.Connection, channel: int) -> tuple[batches.Batch, list[batches.Row]] | None:
    return batches.claim(connection, owner="1/1", channel=channel, now=time.time(), lease_s=30)


def send(
    connection: sqlite3.Connection, channel: int, end: ticks.End, seqs: tuple[int, ...], reason: str = ""
) -> None:
    """Send some messages of a channel and give its batch back."""
    claimed = claim(connection, channel)
    assert claimed is not None
    batch, rows = claimed
    intents = [books.intent(batch, row) for row in rows if row.seq in seqs]
    assert len(intents) == len(seqs)
    books.tick(connection, "1/1", [batch], intents=intents)
    outcomes = [books.outcome(intent, end, reason=reason, provider_ref="p") for intent in intents]
    books.tick(connection, "1/1", [batch], outcomes=outcomes, released=[(batch, 0.0)])


def news(connection: sqlite3.Connection, run: int, seq: int, kind: str, code: str = "") -> None:
    books.post(connection, run, seq, kind, code=code)
    merging.merge(connection, installation=books.INSTALLATION, now=time.time())


def due(connection: sqlite3.Connection, run: int, seq: int) -> float | None:
    found = connection.execute("SELECT due_at FROM message WHERE run = ? AND seq = ?", (run, seq)).fetchone()
    return None if found[0] is None else float(found[0])


def test_every_fallback_is_held_but_that_of_people_without_rcs(connection: sqlite3.Connection) -> None:
    run = freeze(connection)
    claimed = claim(connection, SMS)
    assert claimed is not None
    assert [row.seq for row in claimed[1]] == [3]
    assert books.state(connection, run, rcs_of(3)) == ("skipped", "no_address")
    assert due(connection, run, 1) == codes.HELD
    assert books.differences(connection, run) == []


def test_nothing_is_claimed_while_all_of_a_batch_is_held(connection: sqlite3.Connection) -> None:
    with_rcs(connection, without=(1, 2, 4, 5, 6))
    freeze(connection)
    assert claim(connection, SMS) is None


def test_a_refusal_for_good_lets_the_sms_go(connection: sqlite3.Connection) -> None:
    run = freeze(connection)
    send(connection, RCS, ticks.End.FAILED, (rcs_of(1),), reason="NOT_FOUND")
    assert due(connection, run, 1) is None
    claimed = claim(connection, SMS)
    assert claimed is not None
    assert [row.seq for row in claimed[1]] == [1, 3]
    assert books.events(connection, run, 1) == [ledger.EventKind.FALLBACK]
    assert books.differences(connection, run) == []


@pytest.mark.parametrize("end", [ticks.End.ACCEPTED, ticks.End.DOUBT, ticks.End.AGAIN])
def test_what_is_not_certain_lets_nothing_go(connection: sqlite3.Connection, end: ticks.End) -> None:
    run = freeze(connection)
    send(connection, RCS, end, (rcs_of(1),))
    assert due(connection, run, 1) == codes.HELD


@pytest.mark.parametrize("kind", ["delivered", "seen", "clicked", "replied"])
def test_news_that_it_arrived_ends_the_sms(connection: sqlite3.Connection, kind: str) -> None:
    run = freeze(connection)
    send(connection, RCS, ticks.End.ACCEPTED, (rcs_of(1),))
    news(connection, run, rcs_of(1), kind)
    assert books.state(connection, run, 1) == ("skipped", "not_needed")
    assert books.differences(connection, run) == []


@pytest.mark.parametrize("answered", [False, True])
def test_an_rcs_message_that_leaves_or_is_taken_holds_an_sms_that_was_due(
    connection: sqlite3.Connection, answered: bool
) -> None:
    run = freeze(connection)
    claimed = claim(connection, RCS)
    assert claimed is not None
    batch, rows = claimed
    intents = [books.intent(batch, row) for row in rows[:1]]
    if answered:
        books.tick(connection, "1/1", [batch], intents=intents)
    sms = (run, rows[0].seq - PEOPLE)
    connection.execute("UPDATE message SET due_at = 1 WHERE run = ? AND seq = ?", sms)
    if answered:
        taken = [books.outcome(intent, ticks.End.ACCEPTED, provider_ref="p") for intent in intents]
        books.tick(connection, "1/1", [batch], outcomes=taken)
    else:
        books.tick(connection, "1/1", [batch], intents=intents)
    (due_at,) = connection.execute("SELECT due_at FROM message WHERE run = ? AND seq = ?", sms).fetchone()
    assert due_at == codes.HELD


def test_a_message_taken_back_by_the_provider_lets_the_sms_go(connection: sqlite3.Connection) -> None:
    run = freeze(connection)
    send(connection, RCS, ticks.End.ACCEPTED, (rcs_of(2),))
    news(connection, run, rcs_of(2), "failed", "TTL_EXPIRATION_REVOKED")
    assert due(connection, run, 2) is None


def test_news_that_comes_before_the_sms_has_left_still_ends_it(connection: sqlite3.Connection) -> None:
    run = freeze(connection)
    send(connection, RCS, ticks.End.ACCEPTED, (rcs_of(1),))
    news(connection, run, rcs_of(1), "failed", "TTL_EXPIRATION_REVOKED")
    news(connection, run, rcs_of(1), "delivered")
    assert books.state(connection, run, 1) == ("skipped", "not_needed")


def test_news_that_comes_after_the_sms_has_left_is_told_once_in_its_story(
    connection: sqlite3.Connection,
) -> None:
    run = freeze(connection)
    send(connection, RCS, ticks.End.FAILED, (rcs_of(1),), reason="404")
    send(connection, SMS, ticks.End.ACCEPTED, (1,))
    news(connection, run, rcs_of(1), "delivered")
    news(connection, run, rcs_of(1), "seen")
    assert books.state(connection, run, 1) == ("accepted", "")
    assert books.state(connection, run, rcs_of(1)) == ("seen", "")
    assert books.events(connection, run, 1).count(ledger.EventKind.FALLBACK) == 2  # released, arrived late
    assert books.differences(connection, run) == []


def test_who_opted_out_of_rcs_gets_no_sms_in_its_place(connection: sqlite3.Connection) -> None:
    run = freeze(connection)
    connection.execute(
        "INSERT INTO suppression (workspace, channel, address_key) VALUES (1, 'rcs', '+15550000001')"
    )
    claimed = claim(connection, RCS)
    assert claimed is not None
    batch, rows = claimed
    books.tick(connection, "1/1", [batch], intents=[books.intent(batch, rows[0])])
    assert books.state(connection, run, rcs_of(1)) == ("skipped", "suppressed")
    assert books.state(connection, run, 1) == ("skipped", "suppressed")
    assert books.differences(connection, run) == []


def test_cancelling_a_run_cancels_what_is_held(connection: sqlite3.Connection) -> None:
    run = freeze(connection)
    connection.execute("UPDATE run SET status = 'cancelling'")
    after: int | None = 0
    while after is not None:
        after = batches.cancel_next(connection, workspace=1, run=run, now=time.time(), after=after)
    assert books.state(connection, run, 1) == ("cancelled", "")
    assert books.differences(connection, run) == []


def test_what_is_held_past_the_last_moment_expires(connection: sqlite3.Connection) -> None:
    run = books.freeze(
        connection, ["sms", "rcs"], terms=terms.Terms(policy="{}", fallback=True, not_after=1000.0)
    )
    assert expiring.due(connection, now=999.0) == []
    assert expiring.due(connection, now=1000.0) == [(1, run)]
    assert expiring.expire_next(connection, workspace=1, run=run, now=1000.0) is not None
    assert set(books.states(connection, run).values()) == {"skipped"}
    assert books.state(connection, run, 1) == ("skipped", "expired")
    assert connection.execute("SELECT status FROM run").fetchone() == ("done",)
    assert expiring.due(connection, now=1001.0) == []
    assert books.differences(connection, run) == []


def test_a_message_under_way_at_the_last_moment_is_answered_and_ends_the_run(
    connection: sqlite3.Connection,
) -> None:
    run = books.freeze(connection, ["sms"], terms=terms.Terms(not_after=1000.0))
    claimed = claim(connection, SMS)
    assert claimed is not None
    batch, rows = claimed
    intent = books.intent(batch, rows[0])
    books.tick(connection, "1/1", [batch], intents=[intent])
    expiring.expire_next(connection, workspace=1, run=run, now=1000.0)
    assert books.state(connection, run, 1) == ("sending", "")
    books.tick(
        connection,
        "1/1",
        [batch],
        outcomes=[books.outcome(intent, ticks.End.ACCEPTED, provider_ref="p")],
        released=[(batch, 0.0)],
    )
    assert connection.execute("SELECT status FROM run").fetchone() == ("done",)
    assert books.differences(connection, run) == []


def test_a_failed_rcs_message_is_driven_again_only_before_its_sms_was_tried(
    connection: sqlite3.Connection,
) -> None:
    freeze(connection)
    send(connection, RCS, ticks.End.FAILED, (rcs_of(1), rcs_of(2)), reason="404")
    assert redrivable(connection) == 2
    send(connection, SMS, ticks.End.FAILED, (1,), reason="500")
    assert redrivable(connection) == 2  # the other RCS message, and the SMS itself
    send(connection, SMS, ticks.End.ACCEPTED, (2,))
    assert redrivable(connection) == 1


def redrivable(connection: sqlite3.Connection) -> int:
    """How many failed messages may be sent again."""
    pick = picking.Pick(state=codes.FAILED)
    return acts.count(connection, workspace=books.WORKSPACE, kind=exceptions.Kind.REDRIVE, pick=pick)


def give_up(connection: sqlite3.Connection, run: int, person: int, *, now: float | None = None) -> None:
    """Nobody has heard of a person's RCS message for too long."""
    one = pairing.Unconfirmed(book.Spot(books.WORKSPACE, run, rcs_of(person)), books.ACCOUNT, "")
    forsaking.forsake(connection, shift=-PEOPLE, answers=[(one, "asked")], now=now or time.time())


def settled_without(connection: sqlite3.Connection, run: int, person: int) -> None:
    """Everything of a run ends but for what a person's RCS message, taken and never heard of, leaves open."""
    send(connection, RCS, ticks.End.ACCEPTED, tuple(rcs_of(one) for one in (1, 2, 4, 5, 6)))
    for other in {1, 2, 4, 5, 6} - {person}:
        news(connection, run, rcs_of(other), "delivered")
    send(connection, SMS, ticks.End.ACCEPTED, (3,))


def test_word_that_it_was_taken_back_sends_an_sms_that_was_given_up_and_its_run_goes_on_for_it(
    connection: sqlite3.Connection,
) -> None:
    run = freeze(connection)
    settled_without(connection, run, 2)
    give_up(connection, run, 2)
    assert books.state(connection, run, 2) == ("skipped", "fallback_unconfirmed")
    assert connection.execute("SELECT status FROM run").fetchone() == ("done",)
    news(connection, run, rcs_of(2), "failed", "TTL_EXPIRATION_REVOKED")
    assert books.state(connection, run, 2) == ("waiting", "")
    assert connection.execute("SELECT status FROM run").fetchone() == ("running",)
    assert books.differences(connection, run) == []
    news(connection, run, rcs_of(2), "failed", "TTL_EXPIRATION_REVOKED")
    send(connection, SMS, ticks.End.ACCEPTED, (2,))
    assert claim(connection, SMS) is None
    assert books.state(connection, run, 2) == ("accepted", "")
    assert connection.execute("SELECT status FROM run").fetchone() == ("done",)
    assert books.differences(connection, run) == []


@pytest.mark.parametrize(
    "late",
    [
        "UPDATE run SET not_after = 1",
        "UPDATE run SET status = 'cancelled'",
        "UPDATE message SET updated_at = updated_at - 86401",
    ],
)
def test_an_sms_whose_time_is_over_stays_given_up(connection: sqlite3.Connection, late: str) -> None:
    run = freeze(connection)
    settled_without(connection, run, 2)
    give_up(connection, run, 2)
    connection.execute(late)
    news(connection, run, rcs_of(2), "failed", "TTL_EXPIRATION_REVOKED")
    assert books.state(connection, run, 2) == ("skipped", "fallback_unconfirmed")
    assert books.differences(connection, run) == []


def test_news_that_it_arrived_leaves_an_sms_given_up(connection: sqlite3.Connection) -> None:
    run = freeze(connection)
    settled_without(connection, run, 2)
    give_up(connection, run, 2)
    news(connection, run, rcs_of(2), "delivered")
    news(connection, run, rcs_of(2), "failed", "TTL_EXPIRATION_REVOKED")
    assert books.state(connection, run, 2) == ("skipped", "fallback_unconfirmed")


class Pairs(stateful.RuleBasedStateMachine):
    """Two channels, a provider that takes, loses, takes back and forgets, and news in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.context = books.opened(Path(self.folder.name), people=PEOPLE)
        self.connection = self.context.__enter__()
        with_rcs(self.connection, without=(3,))
        self.run = freeze(self.connection)
        self.under_way: list[ticks.Intent] = []
        self.held: list[tuple[batches.Batch, list[batches.Row]]] = []
        self.taken: dict[int, set[int]] = {RCS: set(), SMS: set()}  #: channel to people who may get it
        self.surely_lost: set[int] = set()
        self.late: set[int] = set()

    def teardown(self) -> None:
        self.context.__exit__(None, None, None)
        self.folder.cleanup()

    @stateful.rule(channel=st.sampled_from((RCS, SMS)), count=st.integers(1, 6))
    def intend(self, channel: int, count: int) -> None:
        """Give back what is idle, take what is due, and intend some of it."""
        self.give_back()
        claimed = claim(self.connection, channel)
        if claimed:
            self.held.append((claimed[0], list(claimed[1])))
        intents: list[ticks.Intent] = []
        for batch, rows in self.held:
            while rows and batch.channel == channel and len(intents) < count:
                intents.append(books.intent(batch, rows.pop(0)))
        done = books.tick(self.connection, "1/1", [batch for batch, _ in self.held], intents=intents)
        self.under_way += [intent for intent in intents if intent.spot in done.granted]

    @stateful.rule(ends=st.lists(st.sampled_from(list(ticks.End)), min_size=1, max_size=4))
    def answer(self, ends: list[ticks.End]) -> None:
        for end in ends[: len(self.under_way)]:
            self.answer_one(self.under_way.pop(0), end)

    def answer_one(self, intent: ticks.Intent, end: ticks.End) -> None:
        channel, person = intent.batch.channel, (intent.spot.seq - 1) % PEOPLE + 1
        again = channel == RCS and person in self.surely_lost  # under the same id, and that was taken back
        if end in (ticks.End.ACCEPTED, ticks.End.DOUBT, ticks.End.REPEAT) and not again:
            self.taken[channel].add(person)
        if channel == RCS and end is ticks.End.FAILED and person not in self.taken[RCS]:
            self.surely_lost.add(person)
        outcome = books.outcome(
            intent, end, reason="" if end is ticks.End.ACCEPTED else "500", provider_ref="p"
        )
        books.tick(self.connection, "1/1", [batch for batch, _ in self.held], outcomes=[outcome])

    def give_back(self) -> None:
        busy = {(intent.batch.channel, intent.batch.n) for intent in self.under_way}
        idle = [batch for batch, _ in self.held if (batch.channel, batch.n) not in busy]
        books.tick(
            self.connection,
            "1/1",
            [batch for batch, _ in self.held],
            released=[(batch, 0.0) for batch in idle],
        )
        self.held = [(batch, rows) for batch, rows in self.held if batch not in idle]

    @stateful.rule()
    def crash(self) -> None:
        for intent in self.under_way:
            person = (intent.spot.seq - 1) % PEOPLE + 1
            if intent.batch.channel == SMS or person not in self.surely_lost:
                self.taken[intent.batch.channel].add(person)
        self.under_way, self.held = [], []
        batches.free(self.connection, owner_prefix="1/", now=time.time())

    @stateful.rule(person=st.integers(1, PEOPLE), kind=st.sampled_from(("delivered", "seen")))
    def arrives(self, person: int, kind: str) -> None:
        if person in self.taken[RCS]:
            if person in self.taken[SMS] or person in self.under_way_by_sms():
                self.late.add(person)
            news(self.connection, self.run, rcs_of(person), kind)

    @stateful.rule(person=st.integers(1, PEOPLE))
    def is_given_up(self, person: int) -> None:
        """Nobody has heard of it for too long; what was taken back afterwards goes by SMS after all."""
        give_up(self.connection, self.run, person)

    @stateful.rule(person=st.integers(1, PEOPLE))
    def is_taken_back(self, person: int) -> None:
        """The provider confirms that it was never shown: it counts as not taken from here on."""
        if person in self.taken[RCS]:
            before, _ = books.state(self.connection, self.run, rcs_of(person))
            news(self.connection, self.run, rcs_of(person), "failed", "TTL_EXPIRATION_REVOKED")
            after, _ = books.state(self.connection, self.run, rcs_of(person))
            if after == "failed" != before:
                self.taken[RCS].discard(person)
                self.surely_lost.add(person)

    def under_way_by_sms(self) -> set[int]:
        return {intent.spot.seq for intent in self.under_way if intent.batch.channel == SMS}

    @stateful.invariant()
    def nobody_is_handed_both_unless_the_provider_took_its_word_back(self) -> None:
        both = self.taken[RCS] & (self.taken[SMS] | self.under_way_by_sms())
        assert both <= self.late | self.surely_lost

    @stateful.invariant()
    def nobody_who_surely_got_no_rcs_is_denied_the_sms(self) -> None:
        for person in self.surely_lost - self.late:
            rcs_state, _ = books.state(self.connection, self.run, rcs_of(person))
            state, reason = books.state(self.connection, self.run, person)
            if rcs_state == "failed":
                assert reason not in ("not_needed", "fallback_unconfirmed")
                assert state != "waiting" or due(self.connection, self.run, person) != codes.HELD

    @stateful.invariant()
    def a_run_that_is_done_has_nothing_left_to_send(self) -> None:
        (status,) = self.connection.execute("SELECT status FROM run WHERE id = ?", (self.run,)).fetchone()
        if status == "done":
            assert not set(books.states(self.connection, self.run).values()) & {"waiting", "sending"}

    @stateful.invariant()
    def the_equation_holds(self) -> None:
        assert books.differences(self.connection, self.run) == []
        (least,) = self.connection.execute("SELECT min(n) FROM tally").fetchone()
        assert least >= 0


TestPairs = Pairs.TestCase
TestPairs.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_while_the_server_is_held_nothing_expires_and_nothing_is_called_back(
    connection: sqlite3.Connection,
) -> None:
    run = books.freeze(
        connection, ["sms", "rcs"], terms=terms.Terms(policy="{}", fallback=True, not_after=1.0)
    )
    assert expiring.due(connection, now=2.0) == [(1, run)]
    assert [one[:2] for one in pairing.runs(connection)] == [(1, run)]
    connection.execute("INSERT INTO hold (id, why) VALUES (1, 'by hand')")
    assert expiring.due(connection, now=2.0) == []
    assert pairing.runs(connection) == []
