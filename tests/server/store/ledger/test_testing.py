"""Runs of tests in the ledger: exact like all others, first in line, and no part of anybody's figures."""

import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings, stateful
from hypothesis import strategies as st

from server.store import addresses, database
from server.store.ledger import batches, codes, merging, picking, testing, ticks
from tests.support import books

SMS = codes.CHANNELS["sms"]
PEOPLE = 12
NOW = 2_000_000_000.0


def freeze(connection: sqlite3.Connection, to: list[str], contact: int = 0, channel: str = "sms") -> int:
    with database.transaction(connection):
        return testing.freeze(
            connection,
            workspace=books.WORKSPACE,
            campaign=books.CAMPAIGN,
            channel=codes.CHANNELS[channel],
            contents="{}",
            contact=contact,
            to=[testing.Address(one, addresses.key(channel, one)) for one in to],
            now=NOW,
        )


class Trials(stateful.RuleBasedStateMachine):
    """A bulk run and tests beside it, two senders that may crash, a provider that may say anything."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.context = books.opened(Path(self.folder.name), people=PEOPLE)
        self.connection = self.context.__enter__()
        self.bulk = books.freeze(self.connection, ["sms"])
        self.runs: dict[int, int] = {}  #: of tests, to how many messages each has
        self.starts = 0
        self.held: dict[int, list[tuple[batches.Batch, list[batches.Row]]]] = {1: [], 2: []}
        self.under_way: dict[int, list[ticks.Intent]] = {1: [], 2: []}
        self.names = {1: "1/0", 2: "2/0"}

    def teardown(self) -> None:
        self.context.__exit__(None, None, None)
        self.folder.cleanup()

    @stateful.rule(count=st.integers(1, 4), contact=st.integers(0, PEOPLE))
    def send_a_test(self, count: int, contact: int) -> None:
        if len(self.runs) < 6:
            to = [f"+1444{len(self.runs):03}{at:04}" for at in range(count)]
            self.runs[freeze(self.connection, to, contact)] = count

    @stateful.rule(slot=st.sampled_from((1, 2)), urgent=st.booleans())
    def claim(self, slot: int, urgent: bool) -> None:
        claimed = batches.claim(
            self.connection,
            owner=self.names[slot],
            channel=SMS,
            now=NOW + 3600,
            lease_s=10_000,
            urgent=urgent,
        )
        if claimed is None:
            return
        batch, rows = claimed
        assert batch.run in self.runs or not urgent
        for row in rows:
            assert (row.address or "").startswith("+1444" if batch.run in self.runs else "+1555")
        self.held[slot].append((batch, rows))

    @stateful.rule(slot=st.sampled_from((1, 2)), count=st.integers(1, 9))
    def intend(self, slot: int, count: int) -> None:
        intents: list[ticks.Intent] = []
        for batch, rows in self.held[slot]:
            while rows and len(intents) < count:
                intents.append(books.intent(batch, rows.pop(0)))
        done = books.tick(
            self.connection, self.names[slot], [batch for batch, _ in self.held[slot]], intents=intents
        )
        self.under_way[slot] += [one for one in intents if one.spot in done.granted]

    @stateful.rule(slot=st.sampled_from((1, 2)), ends=st.lists(st.sampled_from(list(ticks.End)), max_size=9))
    def answer(self, slot: int, ends: list[ticks.End]) -> None:
        outcomes = []
        for end in ends[: len(self.under_way[slot])]:
            intent = self.under_way[slot].pop(0)
            wanted = ticks.End.DOUBT if end is ticks.End.REPEAT else end
            reason = "" if wanted is ticks.End.ACCEPTED else "500"
            outcomes.append(books.outcome(intent, wanted, reason=reason, provider_ref="p"))
        books.tick(
            self.connection, self.names[slot], [batch for batch, _ in self.held[slot]], outcomes=outcomes
        )

    @stateful.rule(slot=st.sampled_from((1, 2)))
    def crash(self, slot: int) -> None:
        self.starts += 1
        batches.free(self.connection, owner_prefix=f"{slot}/", now=NOW)
        self.names[slot] = f"{slot}/{self.starts}"
        self.held[slot], self.under_way[slot] = [], []

    @stateful.rule(
        at=st.integers(0, 5), kind=st.sampled_from(("delivered", "failed", "replied", "complained"))
    )
    def receipt(self, at: int, kind: str) -> None:
        run = [self.bulk, *self.runs][at % (1 + len(self.runs))]
        books.post(self.connection, run, 1, kind)
        merging.merge(self.connection, installation=books.INSTALLATION, now=NOW)

    @stateful.invariant()
    def every_message_is_accounted_for(self) -> None:
        for run, count in {self.bulk: PEOPLE, **self.runs}.items():
            assert books.differences(self.connection, run) == []
            (tallied,) = self.connection.execute("SELECT sum(n) FROM tally WHERE run = ?", (run,)).fetchone()
            (frozen,) = self.connection.execute("SELECT messages FROM run WHERE id = ?", (run,)).fetchone()
            assert frozen == tallied == count

    @stateful.invariant()
    def a_test_is_nobodys(self) -> None:
        """No share of a person's, no run of the campaign's, no exception for the desk."""
        (newest,) = self.connection.execute("SELECT run FROM campaign").fetchone()
        assert newest == self.bulk
        named = "SELECT count(*) FROM message WHERE run <> ? AND contact <> 0"
        assert self.connection.execute(named, (self.bulk,)).fetchone() == (0,)
        for state in (codes.FAILED, codes.DOUBT):
            where, values = picking.where(picking.Pick(state=state, closed=None), books.WORKSPACE)
            found = self.connection.execute(f"SELECT message.run {picking.FROM} WHERE {where}", values)
            assert {run for (run,) in found} <= {self.bulk}


TestTrials = Trials.TestCase
TestTrials.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_a_test_carries_the_data_of_its_person_and_goes_where_it_was_typed(tmp_path: Path) -> None:
    with books.opened(tmp_path, people=3) as connection:
        run = freeze(connection, ["+14445550100"], contact=2)
        claimed = batches.claim(connection, owner="a/1", channel=SMS, now=NOW, lease_s=30, urgent=True)
        assert claimed is not None
        batch, (row,) = claimed
        assert (batch.run, row.address, row.key, row.name, row.contact) == (
            run,
            "+14445550100",
            "k2",
            "Person 2",
            2,
        )
        reach = batches.reaches(connection, batch=batch)[2]
        assert (reach.email, reach.phone) == ("p2@example.com", "+15550000002")


def test_an_address_suppressed_meanwhile_is_loaded_as_such(tmp_path: Path) -> None:
    with books.opened(tmp_path, people=1) as connection:
        freeze(connection, ["+14445550100"])
        connection.execute(
            "INSERT INTO suppression (workspace, channel, address_key, reason) VALUES (1, 'sms', '+14445550100', 'x')"
        )
        claimed = batches.claim(connection, owner="a/1", channel=SMS, now=NOW, lease_s=30, urgent=True)
        assert claimed is not None
        assert claimed[1][0].suppressed


def test_a_suppressed_address_stops_all_of_a_test(tmp_path: Path) -> None:
    with books.opened(tmp_path, people=1) as connection:
        connection.execute(
            "INSERT INTO suppression (workspace, channel, address_key, reason)"
            " VALUES (1, 'all', '+14445550101', 'STOP')"
        )
        with pytest.raises(testing.Suppressed) as refused:
            freeze(connection, ["+14445550100", "+14445550101"])
        assert refused.value.why == {1: "STOP"}
        assert connection.execute("SELECT count(*) FROM run").fetchone() == (0,)
