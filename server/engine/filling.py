"""Fill a turn: which rows of the batches in hand may leave now, by which lane, and what holds the others back."""

import collections
import math
import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from server.engine import aside as asides
from server.engine import bounding, fleet, standing, world
from server.pipeline.delivery import choosing, limits
from server.store.ledger import batches, book, codes, metering

#: A batch that cannot go on for longer than this goes back, so that another sender, or another run, may go on.
PATIENCE_S = 10.0
#: What a long limit holds back is looked at again after this at the latest; a changed limit is looked at at once.
LONGEST_REST_S = 30.0
#: Rows put aside at most on one channel; the batch with the most goes back beyond that.
MOST_ASIDE = 3_000
#: Batches of one channel in hand at most, while those before are held back by limits of their own.
MOST_BATCHES = 24
#: How often it is looked at which runs nobody has in hand.
WATCH_S = 1.0
#: How soon a row is worth another look whose limit was used up by another sender just now.
SOON_S = 0.005

OWN_LIMIT = limits.Layer.CAMPAIGN.value + "/"


class Held(Protocol):
    """A batch in hand, as far as filling is concerned."""

    batch: batches.Batch
    rows: collections.deque[batches.Row]
    aside: asides.Aside
    under_way: int
    not_before: float
    bound_by: str  #: what made it go back, until it has gone
    stuck: bool  #: whether its own run's limit holds it back, so that other runs need their batches claimed

    def drop(self) -> None:
        """Forget what is left: it goes back."""


class Rest(NamedTuple):
    """Batches nobody need look at for a while."""

    workspace: int
    channel: int
    run: int  #: 0 for all runs of the channel
    priority: int  #: and lower
    until: float  #: epoch seconds


class Filler:
    """One sender's choice of what leaves next."""

    def __init__(self, ships: fleet.Fleet, clock: world.Clock, reserved: float) -> None:
        self.bounds = bounding.Bounds(clock)
        self.rests: list[Rest] = []
        self.due_in_s = math.inf  #: until another turn may find room, unless an answer makes some before
        self._fleet = ships
        self._clock = clock
        self._chooser = choosing.Chooser(reserved)
        self._known = ships.rulings
        self._changed = False
        self._opened = ships.opened
        self._wall = 0.0
        self._watched_at = clock.monotonic()

    async def watch(self, ledger: world.Ledger, slot: int) -> None:
        """Once a second, the first of the senders notes for whom nobody can do anything now, and why."""
        now = self._clock.monotonic()
        lasted = now - self._watched_at
        if lasted < WATCH_S:
            return
        self._watched_at = now
        idle = await ledger.do(nobody_sends, slot=slot, now=self._clock.time())
        for line, cause in idle.items():
            self.bounds.waited(
                [line], cause or self._lanes_cause(line, now), min(lasted, bounding.LONGEST_GAP_S)
            )

    def _lanes_cause(self, line: bounding.Line, now: float) -> str:
        """Why nobody takes up what is due: what is wrong with the lanes it could leave by."""
        workspace, _run, channel = line
        told = [lane.bound_by(now) for lane in self._fleet.of(workspace, channel) if lane.weight > 0]
        if not told:
            return choosing.NO_LANE
        return next((cause for cause in told if cause), choosing.WINDOW)

    def begin(self, now: float, some: Iterable[Held]) -> None:
        """Begin a turn with some batches in hand; `now` is monotonic."""
        self._wall = self._clock.time()
        self.due_in_s = math.inf
        rulings = self._fleet.rulings
        if rulings is not self._known:
            self._chooser.learn(rulings.rules, rulings.routes, rulings.urgent)
            if (rulings.rules, rulings.routes) != (self._known.rules, self._known.routes):
                self._changed = True
                for held in some:
                    held.not_before, held.bound_by = 0.0, ""
                    held.aside.wake()
            self._known = rulings
        if self._fleet.opened != self._opened:
            self._opened = self._fleet.opened
            self._changed = True
        self._chooser.begin(self._fleet.of, now, self._wall)
        self.bounds.turn()

    def picks(self, held: Held) -> Iterator[tuple[choosing.Pick | None, batches.Row]]:
        """Rows that may leave now, each with its way; None for rows that are sent to nobody."""
        batch = held.batch
        party = self._chooser.party(
            workspace=batch.workspace,
            channel=batch.channel,
            channel_name=codes.CHANNEL_NAMES[batch.channel],
            campaign=batch.campaign,
            bulk=batch.priority == 0,
        )
        held.stuck = False
        if held.aside.count:
            yield from self._from_aside(held, party)
        rows = held.rows
        while rows:
            row = rows[0]
            if row.address is None or row.address_key is None or row.suppressed:
                yield None, rows.popleft()
                continue
            chosen = party.choose(choosing.Target(row.address, row.address_key, row.only))
            if isinstance(chosen, choosing.Pick):
                under_way = held.under_way
                yield chosen, rows.popleft()
                if held.under_way == under_way:  # it was skipped or put off after all
                    party.give_back(chosen)
            elif chosen.aside:
                self._put_aside(held, chosen, rows.popleft())
            else:
                self._stop(held, chosen)
                return
        if held.under_way or held.aside.count:
            aside = held.aside.cause if held.aside.count else ""
            self.bounds.note(batch, held.bound_by or aside or choosing.WINDOW)

    def put_back(self, held: Held, row: batches.Row, key: str) -> None:
        """The tick had no room for it under that limit: it waits for the next turn, or aside."""
        self.due_in_s = SOON_S
        gate = self._chooser.limits.gate(held.batch.workspace, key)
        if gate is not None and gate.own:
            held.aside.put(key, row, self._wall + SOON_S, gate.cause, first=True)
        else:
            held.rows.appendleft(row)

    def saw(self, limited: metering.Admitted) -> None:
        """Take over what a tick saw of limits."""
        if limited.states:
            self._chooser.limits.saw(limited.states)

    async def rest(self, ledger: world.Ledger) -> None:
        """Let lie what limits hold back, or have it looked at again where limits were changed."""
        if self._changed:
            await ledger.do(look_again, now=self._clock.time())
            self._changed = False
            self.rests.clear()
        elif self.rests:
            rests, self.rests = self.rests, []
            await ledger.do(put_off, rests=rests)

    def bound_aside(self, some: Iterable[Held]) -> None:
        """Give back the batches with the most rows aside while a channel has more than it should."""
        by_channel: dict[int, list[Held]] = collections.defaultdict(list)
        for held in some:
            if held.aside.count:
                self.due_in_s = min(self.due_in_s, held.aside.due_at - self._wall)
                by_channel[held.batch.channel].append(held)
        for helds in by_channel.values():
            helds.sort(key=lambda held: held.aside.count)
            while sum(held.aside.count for held in helds) > MOST_ASIDE:
                held = helds.pop()
                held.drop()
                held.not_before = self._wall + PATIENCE_S

    def _from_aside(
        self, held: Held, party: choosing.Party
    ) -> Iterator[tuple[choosing.Pick | None, batches.Row]]:
        """Rows put aside whose limit has room again; each queue is looked at once a turn at most."""
        for key in list(held.aside.due(self._wall)):
            due_at = self._wall
            while (row := held.aside.head(key)) is not None:
                chosen = party.choose(choosing.Target(row.address or "", row.address_key or "", row.only))
                if isinstance(chosen, choosing.Pick):
                    held.aside.pop(key)
                    under_way = held.under_way
                    yield chosen, row
                    if held.under_way == under_way:
                        party.give_back(chosen)
                    continue
                if chosen.aside and chosen.key != key:
                    self._put_aside(held, chosen, held.aside.pop(key))
                    continue
                due_at = self._wall + min(max(chosen.wait_s, SOON_S), LONGEST_REST_S)
                self.bounds.note(held.batch, chosen.cause)
                break
            if held.aside.head(key) is not None:
                held.aside.wait(key, due_at)

    def _put_aside(self, held: Held, block: choosing.Block, row: batches.Row) -> None:
        due_at = self._wall + min(max(block.wait_s, SOON_S), LONGEST_REST_S)
        held.aside.put(block.key, row, due_at, block.cause)

    def _stop(self, held: Held, block: choosing.Block) -> None:
        """The batch goes no further in this turn; it goes back where that will be so for long."""
        batch = held.batch
        self.bounds.note(batch, block.cause)
        own = block.cause.startswith(OWN_LIMIT)
        held.stuck = own
        if not block.answered:
            self.due_in_s = min(self.due_in_s, block.wait_s)
        if block.wait_s <= PATIENCE_S:
            return
        held.drop()
        held.bound_by = block.cause
        rest_s = min(block.wait_s, LONGEST_REST_S if "/" in block.cause else PATIENCE_S)
        held.not_before = self._wall + rest_s
        if "/" in block.cause:
            self.rests.append(
                Rest(batch.workspace, batch.channel, batch.run if own else 0, batch.priority, held.not_before)
            )


def put_off(connection: sqlite3.Connection, *, rests: Iterable[Rest]) -> None:
    """Let what limits hold back lie until they have room."""
    connection.executemany(book.SQL["put_off"], [rest._asdict() for rest in rests])


def nobody_sends(connection: sqlite3.Connection, *, slot: int, now: float) -> dict[bounding.Line, str]:
    """The runs' channels nobody has in hand, to what they wait for; empty where the lanes must say.

    Only the first sender that lives is told any, so that the time is counted once.
    """
    (first,) = connection.execute(
        "SELECT min(slot) FROM sender WHERE seen_at > ?", (now - standing.FRESH_S,)
    ).fetchone()
    if first != slot:
        return {}
    found: dict[bounding.Line, str] = {}
    for workspace, run, channel, due_at in connection.execute(
        book.SQL["nobody_sends"], {"now": now}
    ).fetchall():
        cause = ""
        if due_at > now:
            line = {"workspace": workspace, "run": run, "channel": channel}
            limit = connection.execute(
                book.SQL["limit_lately"], {**line, "since": now - LONGEST_REST_S}
            ).fetchone()
            tried = connection.execute(book.SQL["was_tried"], (workspace, run, channel)).fetchone()
            cause = limit[0] if limit else bounding.RETRIES if tried and tried[0] else bounding.LATER
        found[workspace, run, channel] = cause
    return found


def look_again(connection: sqlite3.Connection, *, now: float) -> None:
    """Have all that waits looked at: what held it back may not do so any more."""
    connection.execute(book.SQL["look_again"], {"now": now})


def hungry(channels: Iterable[int], some: Iterable[Held], low_water: int) -> tuple[set[int], list[str]]:
    """Channels with too little at hand to claim ahead no more, and the runs that need nothing claimed.

    What a run's own limit holds back does not count: other runs' messages may pass it.
    """
    at_hand: collections.Counter[int] = collections.Counter()
    in_hand: collections.Counter[int] = collections.Counter()
    spared: set[str] = set()
    for held in some:
        in_hand[held.batch.channel] += 1
        if held.stuck:
            spared.add(f"{held.batch.workspace}/{held.batch.run}")
        else:
            at_hand[held.batch.channel] += len(held.rows)
    return {
        channel for channel in channels if at_hand[channel] < low_water and in_hand[channel] < MOST_BATCHES
    }, sorted(spared)
