"""The batches one sender has in hand: claimed for channels that can send, walked down, and let go."""

import collections
from dataclasses import dataclass, field

from server.engine import aside as asides
from server.engine import filling, lease, readying
from server.engine import world as worlds
from server.store.ledger import batches, ticks

#: A channel's batches are claimed ahead while fewer rows than this are at hand.
LOW_WATER = 200
#: How soon more work is looked for where some was just found, and where there was none.
LOOK_S, IDLE_S = 0.02, 0.1


@dataclass(slots=True, kw_only=True)
class Held:
    """A batch in our hands: rows still to be composed, and how many of its messages are under way."""

    batch: batches.Batch
    rows: collections.deque[batches.Row]
    reaches: dict[int, batches.Reach] = field(default_factory=dict)
    aside: asides.Aside = field(default_factory=asides.Aside)
    under_way: int = 0
    not_before: float = 0.0
    bound_by: str = ""  #: see filling.Held
    stuck: bool = False

    @property
    def waiting(self) -> bool:
        """Whether rows are left that may still leave."""
        return bool(self.rows or self.aside.count)

    @property
    def finished(self) -> bool:
        """Whether nothing of it is left to do here."""
        return not self.waiting and self.under_way == 0

    def drop(self) -> None:
        """Forget the rows that are left: they go back with the batch."""
        self.rows.clear()
        self.aside.clear()


class Hold:
    """What one sender holds, and when it looks for more."""

    def __init__(self, world: worlds.World, readier: readying.Readier, owner: str, term: lease.Lease) -> None:
        self.batches: list[Held] = []
        self.look_at = float("-inf")  #: monotonic: nothing more is looked for before
        self._world = world
        self._readier = readier
        self._owner = owner
        self._lease_s = term.lease_s
        self._leaps = lease.Leaps(world.clock, term.renew_s)

    @property
    def finished(self) -> list[Held]:
        """The batches that go back with the next tick."""
        return [held for held in self.batches if held.finished]

    async def claim(self, now: float) -> None:
        """Claim a batch for each channel that can send and has little at hand; `now` is monotonic."""
        able = self._world.fleet.channels(now)
        hungry, spared = filling.hungry(able, self.batches, LOW_WATER)
        wall = self._leaps.now()
        if now < self.look_at:
            return
        # What has plenty at hand may soon have little; where there was nothing, there seldom is a moment later.
        self.look_at = now + (LOOK_S if able - hungry else IDLE_S)
        if wall is None or not able:
            return
        due = await self._world.ledger.do(
            batches.to_claim, able=sorted(able), hungry=sorted(hungry), now=wall
        )
        for channel, urgent in due:
            if await self._claim_one(channel, urgent, spared, wall):
                self.look_at = now + LOOK_S

    def drop(self) -> None:
        """Forget all rows that are left."""
        for held in self.batches:
            held.drop()

    def let_go(self, finished: list[Held], done: ticks.Done) -> None:
        """Forget batches that were given back or lost; drop the rest of those whose run must not go on."""
        gone = {id(held) for held in finished}
        self.batches = [held for held in self.batches if id(held) not in gone]
        lost = {ticks.key(batch) for batch in done.lost}
        for held in self.batches:
            key = ticks.key(held.batch)
            if key in lost or key[:2] in done.paused:
                held.drop()

    async def _claim_one(self, channel: int, urgent: bool, spared: list[str], wall: float) -> bool:
        """Claim the next batch of a channel; returns whether there was one."""
        claimed = await self._world.ledger.do(
            batches.claim,
            owner=self._owner,
            channel=channel,
            now=wall,
            lease_s=self._lease_s,
            urgent=urgent,
            spared=spared,
        )
        if claimed is None:
            return False
        batch, rows = claimed
        reaches = await self._readier.learn(batch)
        self.batches.append(Held(batch=batch, rows=collections.deque(rows), reaches=reaches))
        return True
