"""The equation as a state machine: whatever happens in whatever order, every recipient is accounted for."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings, stateful
from hypothesis import strategies as st

from server.store.ledger import batches, codes, merging, ticking
from tests.support import books

PEOPLE = 40
KINDS = ("accepted", "delivered", "seen", "clicked", "replied", "failed", "complained", "delayed", "nonsense")


class Owner:
    """One sender process: what it holds and what it has under way."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.held: list[tuple[batches.Batch, list[batches.Row]]] = []
        self.under_way: list[ticking.Intent] = []


class Equation(stateful.RuleBasedStateMachine):
    """Two senders, a desk and a provider that may do anything, against one ledger.

    `taken` is the outside sink: how often the provider took each message.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.context = books.opened(Path(self.folder.name), people=PEOPLE, without_email=(3, 4))
        self.connection = self.context.__enter__()
        self.run = books.freeze(self.connection)
        self.owners = {slot: Owner(f"{slot}/1") for slot in (1, 2)}
        self.starts = 1
        self.now = 2_000_000_000.0  # after every due time, so that an example replays the same
        self.taken: dict[int, int] = {}
        self.cancelled_at: int | None = None

    def teardown(self) -> None:
        self.context.__exit__(None, None, None)
        self.folder.cleanup()

    # -- senders ------------------------------------------------------------------------------------------------------

    @stateful.rule(slot=st.sampled_from((1, 2)), channel=st.sampled_from(books.CHANNELS))
    def claim(self, slot: int, channel: str) -> None:
        owner = self.owners[slot]
        claimed = batches.claim(
            self.connection,
            owner=owner.name,
            channel=codes.CHANNELS[channel],
            now=self.now + 3600,
            lease_s=10_000,
        )
        if claimed:
            owner.held.append((claimed[0], list(claimed[1])))

    @stateful.rule(slot=st.sampled_from((1, 2)), count=st.integers(1, 20))
    def intend(self, slot: int, count: int) -> None:
        owner = self.owners[slot]
        intents: list[ticking.Intent] = []
        for batch, rows in owner.held:
            while rows and len(intents) < count:
                intents.append(books.intent(batch, rows.pop(0)))
        done = books.tick(self.connection, owner.name, [batch for batch, _ in owner.held], intents=intents)
        owner.under_way += [intent for intent in intents if intent.spot in done.granted]

    @stateful.rule(
        slot=st.sampled_from((1, 2)),
        ends=st.lists(st.sampled_from(list(ticking.End)), min_size=1, max_size=20),
    )
    def answer(self, slot: int, ends: list[ticking.End]) -> None:
        owner = self.owners[slot]
        outcomes = []
        for end in ends:
            if not owner.under_way:
                break
            intent = owner.under_way.pop(0)
            if end in (ticking.End.ACCEPTED, ticking.End.DOUBT):
                self.taken[intent.spot.seq] = self.taken.get(intent.spot.seq, 0) + 1
            outcomes.append(
                books.outcome(
                    intent, end, reason="" if end is ticking.End.ACCEPTED else "500", provider_ref="p"
                )
            )
        books.tick(self.connection, owner.name, [batch for batch, _ in owner.held], outcomes=outcomes)

    @stateful.rule(slot=st.sampled_from((1, 2)))
    def release(self, slot: int) -> None:
        owner = self.owners[slot]
        busy = {(intent.batch.n, intent.batch.fence) for intent in owner.under_way}
        idle = [batch for batch, rows in owner.held if not rows and (batch.n, batch.fence) not in busy]
        books.tick(
            self.connection,
            owner.name,
            [batch for batch, _ in owner.held],
            released=[(batch, 0.0) for batch in idle],
        )
        owner.held = [(batch, rows) for batch, rows in owner.held if batch not in idle]

    @stateful.rule(slot=st.sampled_from((1, 2)), reached=st.booleans())
    def crash(self, slot: int, reached: bool) -> None:
        """Kill -9 a sender; what it had under way may or may not have reached the provider."""
        owner = self.owners[slot]
        for intent in owner.under_way:
            if reached:
                self.taken[intent.spot.seq] = self.taken.get(intent.spot.seq, 0) + 1
        self.starts += 1
        self.owners[slot] = Owner(f"{slot}/{self.starts}")
        batches.free(self.connection, owner_prefix=f"{slot}/", now=self.now)

    @stateful.rule(slot=st.sampled_from((1, 2)))
    def lose_leases(self, slot: int) -> None:
        """A sender is stopped past its leases; it does not know."""
        self.connection.execute("UPDATE batch SET lease_until = 0 WHERE owner = ?", (self.owners[slot].name,))

    # -- the desk -----------------------------------------------------------------------------------------------------

    @stateful.rule(to=st.sampled_from(("paused", "running")))
    def pause_or_resume(self, to: str) -> None:
        self.connection.execute(
            "UPDATE run SET status = ? WHERE id = ? AND status IN ('paused', 'running')", (to, self.run)
        )

    @stateful.precondition(lambda self: self.cancelled_at is None)
    @stateful.rule(go=st.integers(0, 5))
    def cancel(self, go: int) -> None:
        if go:  # rarely, else every example ends here
            return
        changed = self.connection.execute(
            "UPDATE run SET status = 'cancelling' WHERE id = ? AND status IN ('paused', 'running')",
            (self.run,),
        ).rowcount
        if changed:
            self.cancelled_at = sum(self.taken.values())
        after: int | None = 0
        while after is not None:
            after = batches.cancel_next(
                self.connection, workspace=books.WORKSPACE, run=self.run, now=self.now, after=after
            )

    @stateful.rule(person=st.integers(1, PEOPLE))
    def suppress(self, person: int) -> None:
        self.connection.execute(
            "INSERT INTO suppression (workspace, channel, address_key) VALUES (?, 'sms', ?) ON CONFLICT DO NOTHING",
            (books.WORKSPACE, f"+1555{person:07d}"),
        )

    # -- the provider -------------------------------------------------------------------------------------------------

    @stateful.rule(
        news=st.lists(st.tuples(st.integers(1, 2 * PEOPLE), st.sampled_from(KINDS)), min_size=1, max_size=10)
    )
    def receipts(self, news: list[tuple[int, str]]) -> None:
        for seq, kind in news:
            books.post(self.connection, self.run, seq, kind, code="30003" if kind == "failed" else "")
        merging.merge(self.connection, installation=books.INSTALLATION, now=self.now)

    # -- what always holds --------------------------------------------------------------------------------------------

    @stateful.invariant()
    def every_recipient_is_accounted_for(self) -> None:
        assert books.differences(self.connection, self.run) == []
        (frozen,) = self.connection.execute("SELECT messages FROM run WHERE id = ?", (self.run,)).fetchone()
        (tallied,) = self.connection.execute("SELECT sum(n) FROM tally WHERE run = ?", (self.run,)).fetchone()
        (least,) = self.connection.execute("SELECT min(n) FROM tally WHERE run = ?", (self.run,)).fetchone()
        assert frozen == tallied == 2 * PEOPLE
        assert least >= 0

    @stateful.invariant()
    def nobody_is_handed_a_message_twice(self) -> None:
        assert [seq for seq, times in self.taken.items() if times > 1] == []

    @stateful.invariant()
    def what_was_taken_is_never_called_untouched(self) -> None:
        """The ledger may be in doubt about what a provider took, but never says it was not sent."""
        now = books.states(self.connection, self.run)
        under_way = {intent.spot.seq for owner in self.owners.values() for intent in owner.under_way}
        for seq in self.taken.keys() - under_way:
            assert now[seq] not in ("waiting", "skipped", "cancelled", "sending")

    @stateful.invariant()
    def a_run_that_ended_has_nothing_left_to_send(self) -> None:
        (status,) = self.connection.execute("SELECT status FROM run WHERE id = ?", (self.run,)).fetchone()
        if status in ("done", "cancelled"):
            assert not set(books.states(self.connection, self.run).values()) & {"waiting", "sending"}


TestEquation = Equation.TestCase
TestEquation.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
