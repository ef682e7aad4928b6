"""Frequency caps: whoever asks in whatever order, nobody gets more than a cap allows."""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings, stateful
from hypothesis import strategies as st

from server.store.ledger import batches, capping, codes, ticks
from server.wire import ledger
from tests.support import books

SMS, EMAIL = codes.CHANNELS["sms"], codes.CHANNELS["email"]
HOUR_S = 3600.0
ONE_A_DAY = capping.Cap(most=1, period_s=24 * HOUR_S)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with books.opened(tmp_path, people=4) as opened:
        yield opened


def claim(
    connection: sqlite3.Connection, channel: int = SMS, owner: str = "1/1"
) -> tuple[batches.Batch, list[batches.Row]]:
    claimed = batches.claim(connection, owner=owner, channel=channel, now=time.time(), lease_s=30)
    assert claimed is not None
    return claimed


def intend(
    connection: sqlite3.Connection,
    caps: tuple[capping.Cap, ...],
    channel: int = SMS,
    people: int = 4,
    **more: object,
) -> ticks.Done:
    """Claim a batch and intend its first messages under caps."""
    batch, rows = claim(connection, channel)
    intents = [books.intent(batch, row, contact=row.contact, caps=caps, **more) for row in rows[:people]]
    return books.tick(connection, "1/1", [batch], intents=intents)


def age(connection: sqlite3.Connection, seconds: float) -> None:
    """Let everything that was sent have been sent so much earlier."""
    connection.execute("UPDATE message SET updated_at = updated_at - ?", (seconds,))
    connection.execute("UPDATE event SET at = at - ?", (int(seconds * capping.MICRO),))


def test_a_person_who_got_their_share_is_skipped_by_name(connection: sqlite3.Connection) -> None:
    books.freeze(connection, ["sms"])
    assert len(intend(connection, (ONE_A_DAY,)).granted) == 4
    run = books.freeze(connection, ["sms"])
    assert intend(connection, (ONE_A_DAY,)).granted == set()
    assert books.state(connection, run, 1) == ("skipped", "frequency")
    assert books.events(connection, run, 1) == [ledger.EventKind.SKIPPED]
    assert books.differences(connection, run) == []


def test_what_is_in_flight_with_another_sender_counts(connection: sqlite3.Connection) -> None:
    books.freeze(connection, ["sms"])
    books.freeze(connection, ["sms"])
    first, rows = claim(connection, owner="1/1")
    second, other_rows = claim(connection, owner="2/1")
    one = books.intent(first, rows[0], contact=rows[0].contact, caps=(ONE_A_DAY,))
    other = books.intent(second, other_rows[0], contact=other_rows[0].contact, caps=(ONE_A_DAY,))
    assert books.tick(connection, "1/1", [first], intents=[one]).granted == {one.spot}
    assert books.tick(connection, "2/1", [second], intents=[other]).granted == set()


def test_a_cap_that_waits_defers_until_the_oldest_leaves_its_period(connection: sqlite3.Connection) -> None:
    books.freeze(connection, ["sms"])
    intend(connection, ())
    age(connection, 10 * HOUR_S)
    run = books.freeze(connection, ["sms"])
    waits = capping.Cap(most=1, period_s=24 * HOUR_S, waits=True)
    before = time.time()
    assert intend(connection, (waits,)).granted == set()
    (due_at,) = connection.execute("SELECT due_at FROM message WHERE run = ? AND seq = 1", (run,)).fetchone()
    assert before + 13.9 * HOUR_S < due_at < time.time() + 14 * HOUR_S
    assert books.state(connection, run, 1) == ("waiting", "")
    assert books.events(connection, run, 1) == [ledger.EventKind.DEFERRED]
    assert books.differences(connection, run) == []


def test_what_lies_before_the_period_does_not_count_though_news_of_it_came_since(
    connection: sqlite3.Connection,
) -> None:
    books.freeze(connection, ["sms"])
    intend(connection, ())
    age(connection, 25 * HOUR_S)
    connection.execute("UPDATE message SET updated_at = ?", (time.time(),))  # seen just now
    books.freeze(connection, ["sms"])
    assert len(intend(connection, (ONE_A_DAY,)).granted) == 4


def test_what_failed_reached_nobody_and_does_not_count(connection: sqlite3.Connection) -> None:
    first = books.freeze(connection, ["sms"])
    intend(connection, ())
    connection.execute("UPDATE message SET state = ? WHERE run = ?", (codes.FAILED, first))
    books.freeze(connection, ["sms"])
    assert len(intend(connection, (ONE_A_DAY,)).granted) == 4


def test_a_channels_cap_counts_that_channel_alone(connection: sqlite3.Connection) -> None:
    books.freeze(connection, ["sms", "email"])
    texts = capping.Cap(most=1, period_s=HOUR_S, channel=SMS)
    assert len(intend(connection, (texts,), SMS).granted) == 4
    assert len(intend(connection, (texts,), EMAIL).granted) == 4
    books.freeze(connection, ["sms", "email"])
    assert intend(connection, (texts,), SMS).granted == set()


def test_two_messages_to_one_person_in_one_tick_take_turns(connection: sqlite3.Connection) -> None:
    """The second is neither skipped nor deferred while nobody knows what comes of the first."""
    run = books.freeze(connection, ["sms", "email"])
    (sms, texts), (mail, mails) = claim(connection, SMS), claim(connection, EMAIL)
    intents = [
        books.intent(batch, rows[0], contact=rows[0].contact, caps=(ONE_A_DAY,))
        for batch, rows in ((sms, texts), (mail, mails))
    ]
    done = books.tick(connection, "1/1", [sms, mail], intents=intents)
    assert done.granted == {intents[0].spot}
    assert books.state(connection, run, intents[1].spot.seq) == ("waiting", "")


def test_an_intent_that_was_judged_too_long_ago_is_not_granted(connection: sqlite3.Connection) -> None:
    run = books.freeze(connection, ["sms"])
    assert intend(connection, (), good_until=time.time() - 1).granted == set()
    assert set(books.states(connection, run).values()) == {"waiting"}


class Caps(stateful.RuleBasedStateMachine):
    """Senders that claim, intend, answer and crash in any order, over several runs and as time goes by.

    `sent` is what left, by person; however it came about, no span of the period holds more than the cap.
    """

    PERIOD_S = 10 * HOUR_S

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.context = books.opened(Path(self.folder.name), people=3)
        self.connection = self.context.__enter__()
        self.runs = [books.freeze(self.connection)]
        self.sent: dict[int, list[float]] = {}
        self.held: dict[str, list[tuple[batches.Batch, list[batches.Row]]]] = {"1/1": [], "2/1": []}
        self.under_way: list[tuple[str, ticks.Intent]] = []

    def teardown(self) -> None:
        self.context.__exit__(None, None, None)
        self.folder.cleanup()

    @stateful.rule()
    def launch(self) -> None:
        if len(self.runs) < 5:
            self.runs.append(books.freeze(self.connection))

    @stateful.rule(owner=st.sampled_from(("1/1", "2/1")), channel=st.sampled_from((SMS, EMAIL)))
    def claim(self, owner: str, channel: int) -> None:
        claimed = batches.claim(self.connection, owner=owner, channel=channel, now=time.time(), lease_s=1e9)
        if claimed:
            self.held[owner].append((claimed[0], list(claimed[1])))

    @stateful.rule(owner=st.sampled_from(("1/1", "2/1")), count=st.integers(1, 8), waits=st.booleans())
    def intend(self, owner: str, count: int, waits: bool) -> None:
        caps = (capping.Cap(most=2, period_s=self.PERIOD_S, waits=waits),)
        intents: list[ticks.Intent] = []
        for batch, rows in self.held[owner]:
            while rows and len(intents) < count:
                row = rows.pop()
                intents.append(books.intent(batch, row, contact=row.contact, caps=caps))
        done = books.tick(self.connection, owner, [batch for batch, _ in self.held[owner]], intents=intents)
        for intent in intents:
            if intent.spot in done.granted:
                self.sent.setdefault(intent.contact, []).append(time.time())
                self.under_way.append((owner, intent))

    @stateful.rule(end=st.sampled_from((ticks.End.ACCEPTED, ticks.End.DOUBT)))
    def answer(self, end: ticks.End) -> None:
        if self.under_way:
            owner, intent = self.under_way.pop(0)
            outcome = books.outcome(intent, end, provider_ref="p")
            books.tick(self.connection, owner, [], outcomes=[outcome])

    @stateful.rule(owner=st.sampled_from(("1/1", "2/1")))
    def crash(self, owner: str) -> None:
        self.held[owner] = []
        self.under_way = [(who, intent) for who, intent in self.under_way if who != owner]
        batches.free(self.connection, owner_prefix=owner, now=time.time())

    @stateful.rule(hours=st.floats(0.1, 7.0))
    def wait(self, hours: float) -> None:
        """Time goes by: what was sent and what is due both lie further back."""
        age(self.connection, hours * HOUR_S)
        self.connection.execute("UPDATE message SET due_at = due_at - ?", (hours * HOUR_S,))
        self.connection.execute("UPDATE batch SET due_at = due_at - ? WHERE due_at > 0", (hours * HOUR_S,))
        self.sent = {who: [at - hours * HOUR_S for at in times] for who, times in self.sent.items()}

    @stateful.invariant()
    def nobody_ever_gets_more_than_the_cap(self) -> None:
        for times in self.sent.values():
            for start in times:
                assert len([at for at in times if start <= at < start + self.PERIOD_S - 1]) <= 2

    @stateful.invariant()
    def the_equation_holds(self) -> None:
        for run in self.runs:
            assert books.differences(self.connection, run) == []


TestCaps = Caps.TestCase
TestCaps.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_a_message_of_a_run_without_rules_is_not_looked_up_at_all(connection: sqlite3.Connection) -> None:
    books.freeze(connection, ["sms"])
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    assert len(intend(connection, ()).granted) == 4
    connection.set_trace_callback(None)
    assert not [text for text in asked if "message.contact IN" in text]
