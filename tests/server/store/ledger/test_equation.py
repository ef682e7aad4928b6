"""The equation as a state machine: whatever happens in whatever order, every recipient is accounted for."""

import tempfile
from pathlib import Path

import msgspec
from hypothesis import HealthCheck, settings, stateful
from hypothesis import strategies as st

from server.store import database, holds
from server.store.ledger import (
    acts,
    batches,
    book,
    capping,
    codes,
    expiring,
    lookups,
    merging,
    metering,
    picking,
    sliding,
    ticks,
)
from server.wire import exceptions
from tests.support import books

PEOPLE = 40
MOST_LIMIT = 15  #: the largest limit that is tried; what was let through under it counts for an hour
KINDS = ("accepted", "delivered", "seen", "clicked", "replied", "failed", "complained", "delayed", "nonsense")


def harmless(seq: int) -> bool:
    """Whether a message of these tests may be repeated: the provider ignores a double of its reference."""
    return seq % 3 == 0


class Owner:
    """One sender process: what it holds and what it has under way."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.held: list[tuple[batches.Batch, list[batches.Row]]] = []
        self.under_way: list[ticks.Intent] = []


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
        self.risked: set[int] = set()  #: messages about which a person has decided something
        self.acts: list[tuple[int, picking.Pick | None]] = []

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
        assert claimed is None or not holds.is_held(self.connection)
        if claimed:
            owner.held.append((claimed[0], list(claimed[1])))

    @stateful.rule(slot=st.sampled_from((1, 2)), count=st.integers(1, 20))
    def intend(self, slot: int, count: int) -> None:
        owner = self.owners[slot]
        intents: list[ticks.Intent] = []
        for batch, rows in owner.held:
            while rows and len(intents) < count:
                row = rows.pop(0)
                intents.append(books.intent(batch, row, repeats=harmless(row.seq)))
        done = books.tick(self.connection, owner.name, [batch for batch, _ in owner.held], intents=intents)
        assert not (done.granted and holds.is_held(self.connection))
        owner.under_way += [intent for intent in intents if intent.spot in done.granted]

    @stateful.rule(slot=st.sampled_from((1, 2)), count=st.integers(1, 20), caps=st.booleans())
    def put_off(self, slot: int, count: int, caps: bool) -> None:
        """A policy lets some wait, by the sender's word or by a cap that the tick counts."""
        owner = self.owners[slot]
        deferrals: list[ticks.Deferred] = []
        intents: list[ticks.Intent] = []
        for batch, rows in owner.held:
            while rows and len(deferrals) + len(intents) < count:
                row = rows.pop(0)
                if caps:
                    cap = capping.Cap(most=1, period_s=1e9, waits=bool(row.seq % 2))
                    intents.append(books.intent(batch, row, contact=row.contact, caps=(cap,)))
                    continue
                spot = book.Spot(batch.workspace, batch.run, row.seq)
                deferrals.append(ticks.Deferred(spot=spot, batch=batch, until=self.now + row.seq))
        done = books.tick(
            self.connection,
            owner.name,
            [batch for batch, _ in owner.held],
            intents=intents,
            deferrals=deferrals,
        )
        owner.under_way += [intent for intent in intents if intent.spot in done.granted]

    @stateful.rule(
        slot=st.sampled_from((1, 2)),
        ends=st.lists(st.sampled_from(list(ticks.End)), min_size=1, max_size=20),
    )
    def answer(self, slot: int, ends: list[ticks.End]) -> None:
        owner = self.owners[slot]
        outcomes = []
        for wanted in ends:
            if not owner.under_way:
                break
            intent = owner.under_way.pop(0)
            unsure = wanted is ticks.End.REPEAT and not intent.repeats
            end = ticks.End.DOUBT if unsure else wanted
            if end in (ticks.End.ACCEPTED, ticks.End.DOUBT, ticks.End.REPEAT):
                self.reached(intent.spot.seq)
            outcomes.append(
                books.outcome(
                    intent, end, reason="" if end is ticks.End.ACCEPTED else "500", provider_ref="p"
                )
            )
        books.tick(self.connection, owner.name, [batch for batch, _ in owner.held], outcomes=outcomes)

    @stateful.rule(
        slot=st.sampled_from((1, 2)),
        channel=st.sampled_from(books.CHANNELS),
        ends=st.lists(st.sampled_from(list(ticks.End)), min_size=5, max_size=20),
    )
    def send(self, slot: int, channel: str, ends: list[ticks.End]) -> None:
        """A whole turn, for the rarer things begin where attempts have ended."""
        self.claim(slot, channel)
        self.intend(slot, len(ends) + 2)
        self.answer(slot, ends)

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

    @stateful.rule(slot=st.sampled_from((1, 2)), count=st.integers(1, 20), most=st.integers(0, 15))
    def intend_within_a_limit(self, slot: int, count: int, most: int) -> None:
        """The limit both senders share lets some of the intents through; the others wait on in their batch."""
        owner = self.owners[slot]
        use = metering.Use("workspace///3600", sliding.Rule(most, 3600))
        chosen = [(rows, batch) for batch, rows in owner.held if rows][:1]
        intents = [
            msgspec.structs.replace(books.intent(batch, row), uses=(use,))
            for rows, batch in chosen
            for row in rows[:count]
        ]
        done = books.tick(self.connection, owner.name, [batch for batch, _ in owner.held], intents=intents)
        for rows, _ in chosen:
            rows[:] = [row for row in rows[:count] if self._blocked(row, done)] + rows[count:]
        owner.under_way += [intent for intent in intents if intent.spot in done.granted]

    def _blocked(self, row: batches.Row, done: ticks.Done) -> bool:
        return any(spot.seq == row.seq for spot in done.limited.blocked)

    @stateful.invariant()
    def a_limit_that_was_used_up_lets_nothing_more_through(self) -> None:
        kept = self.connection.execute("SELECT state FROM usage WHERE key = 'workspace///3600'").fetchone()
        if kept is not None:
            assert sliding.used(sliding.load(kept[0])) <= MOST_LIMIT

    @stateful.rule(slot=st.sampled_from((1, 2)), reached=st.booleans())
    def crash(self, slot: int, reached: bool) -> None:
        """Kill -9 a sender; what it had under way may or may not have reached the provider."""
        owner = self.owners[slot]
        for intent in owner.under_way:
            if reached:
                self.reached(intent.spot.seq)
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

    @stateful.rule(go=st.integers(0, 8))
    def expire(self, go: int) -> None:
        """The campaign's last moment comes."""
        after: int | None = None if go else 0
        while after is not None:
            after = expiring.expire_next(
                self.connection, workspace=books.WORKSPACE, run=self.run, now=self.now, after=after
            )

    @stateful.rule(person=st.integers(1, PEOPLE))
    def suppress(self, person: int) -> None:
        self.connection.execute(
            "INSERT INTO suppression (workspace, channel, address_key) VALUES (?, 'sms', ?) ON CONFLICT DO NOTHING",
            (books.WORKSPACE, f"+1555{person:07d}"),
        )

    # -- a person -----------------------------------------------------------------------------------------------------

    @stateful.precondition(lambda self: self.stuck())
    @stateful.rule(
        which=st.integers(0, 5),
        channel=st.sampled_from((0, *books.CHANNELS)),
        key=st.integers(1, 3),
        limit=st.integers(1, 10),
        steps=st.integers(0, 3),
    )
    def act(self, which: int, channel: str | int, key: int, limit: int, steps: int) -> None:
        """Begin to settle, send again or close; asked twice under one key it is one act."""
        kinds = [kind for kind, move in acts.MOVES.items() if move.source in self.stuck()]
        kind = kinds[which % len(kinds)]
        pick = picking.Pick(
            state=acts.MOVES[kind].source, channel=codes.CHANNELS.get(str(channel), 0), closed=False
        )
        with database.transaction(self.connection):
            number, new = acts.begin(
                self.connection,
                workspace=books.WORKSPACE,
                wish=acts.Wish(kind=kind, key=f"{kind}-{key}"),
                now=self.clock(),
            )
        if new:
            self.acts.append((number, pick))
        self.do_acts(limit, steps)

    @stateful.precondition(lambda self: self.acts)
    @stateful.rule(of=st.integers(0, 5), limit=st.integers(1, 10))
    def take_back(self, of: int, limit: int) -> None:
        """Undo an act, whether it is done or half way."""
        done = [number for number, pick in self.acts if pick is not None]
        if of >= len(done):
            return
        with database.transaction(self.connection):
            number, new = acts.begin(
                self.connection,
                workspace=books.WORKSPACE,
                wish=acts.Wish(kind=exceptions.Kind.UNDO, undoes=done[of], key=f"undo-{done[of]}"),
                now=self.clock(),
            )
        if new:
            self.acts.append((number, None))
        self.do_acts(limit, 1)

    @stateful.precondition(lambda self: self.acts)
    @stateful.rule(limit=st.integers(1, 10), steps=st.integers(1, 4))
    def do_acts(self, limit: int, steps: int) -> None:
        """Take every act some steps on; between any two the process may have died and come back."""
        before = books.states(self.connection, self.run)
        for number, pick in self.acts:
            for _ in range(steps):
                acts.step(
                    self.connection,
                    workspace=books.WORKSPACE,
                    number=number,
                    pick=pick,
                    now=self.clock(),
                    limit=limit,
                )
        after = books.states(self.connection, self.run)
        self.risked |= {seq for seq in after if after[seq] != before[seq]}

    @stateful.precondition(lambda self: self.stuck())
    @stateful.rule(found=st.sampled_from((codes.ACCEPTED, None)), limit=st.integers(1, 5))
    def look_up(self, found: int | None, limit: int) -> None:
        """The provider is asked about some doubts; it knows what it took, and says no of the others."""
        for asked in lookups.due(
            self.connection,
            workspace=books.WORKSPACE,
            accounts=[books.ACCOUNT],
            now=self.clock(),
            wait_s=0.0,
            limit=limit,
        ):
            busy = any(
                intent.spot.seq == asked.seq for owner in self.owners.values() for intent in owner.under_way
            )
            state = found and (codes.ACCEPTED if self.taken.get(asked.seq) else codes.FAILED)
            if state == codes.FAILED and asked.perhaps:  # an earlier attempt may have arrived all the same
                state = None
            if busy:  # too early to ask: the attempt is still being made
                state = None
            answer = lookups.Answer(state, "", "as the provider says", None if state else self.clock())
            lookups.note(
                self.connection, workspace=books.WORKSPACE, asked=asked, answer=answer, now=self.clock()
            )

    def stuck(self) -> set[int]:
        """Which of failed and in doubt there is anything of."""
        return {
            state for (state,) in self.connection.execute("SELECT state FROM message WHERE state IN (10, 12)")
        }

    def clock(self) -> float:
        """A moment later than any before."""
        self.now += 1.0
        return self.now

    def reached(self, seq: int) -> None:
        """The provider took a message; a double of a reference it knows does nothing."""
        self.taken[seq] = 1 if harmless(seq) else self.taken.get(seq, 0) + 1

    @stateful.rule(held=st.booleans())
    def hold_or_release(self, held: bool) -> None:
        """Everything is stopped by hand, or goes on."""
        with database.transaction(self.connection):
            holds.lift(self.connection)
            if held:
                holds.put(self.connection, why="stopped", now=self.now)

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
        assert [seq for seq, times in self.taken.items() if times > 1 and seq not in self.risked] == []

    @stateful.invariant()
    def what_was_taken_is_never_called_untouched(self) -> None:
        """The ledger may be in doubt about what a provider took, but never says it was not sent."""
        now = books.states(self.connection, self.run)
        repeated = {
            seq
            for (seq,) in self.connection.execute(
                "SELECT seq FROM message WHERE state IN (0, 1) AND perhaps = 1"
            )
        }
        under_way = {intent.spot.seq for owner in self.owners.values() for intent in owner.under_way}
        for seq in self.taken.keys() - under_way - repeated - self.risked:
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
