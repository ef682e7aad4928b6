"""Make messages ready to leave: judged by their run's rules, composed for one person, with the intent to write."""

from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from server.channels import contents
from server.engine import composing, filling, judging
from server.engine import world as worlds
from server.pipeline.content import rendering
from server.pipeline.delivery import choosing, lanes, repeating
from server.providers import base
from server.security import links
from server.store.ledger import batches, book, ticks
from server.wire import ledger


class Held(filling.Held, Protocol):
    """A batch in hand, as far as its messages are concerned."""

    reaches: dict[int, batches.Reach]  #: by contact, where the content speaks of them


class Ready(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A composed message that waits for its intent to be granted."""

    held: Held
    lane: lanes.Lane
    row: batches.Row
    outbound: base.Outbound
    intent: ticks.Intent
    ticket: int  #: of the lane, for the call's end


@dataclass(slots=True, kw_only=True)
class Turn:
    """What one turn has gathered for its tick."""

    ready: list[Ready] = field(default_factory=list)
    skips: list[ticks.Skipped] = field(default_factory=list)
    deferrals: list[ticks.Deferred] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Messages decided about in this turn."""
        return len(self.ready) + len(self.skips) + len(self.deferrals)


class Readier:
    """Knows what the runs at hand froze: their contents, compiled, and their rules."""

    def __init__(self, world: worlds.World) -> None:
        self._world = world
        self._composer = composing.Composer()
        self._judges = judging.Judges()

    async def learn(self, batch: batches.Batch) -> dict[int, batches.Reach]:
        """Read what a claimed batch's run froze, once; returns the reaches its content speaks of, by contact."""
        world = self._world
        if not self._composer.knows(batch):
            await world.fleet.refresh()  # a limit that was set before the launch holds from its first message
            frozen, started_at = await world.ledger.do(
                composing.frozen, workspace=batch.workspace, run=batch.run
            )
            self._composer.learn(batch, frozen, started_at)
        if not self._judges.knows(batch):
            rules = await world.ledger.do(judging.frozen, workspace=batch.workspace, run=batch.run)
            self._judges.learn(batch, rules)
        if not self._composer.wants_reach(batch):
            return {}
        return await world.ledger.do(batches.reaches, batch=batch)

    def started_at(self, batch: batches.Batch) -> float:
        """When the batch's run was launched, epoch seconds."""
        return self._composer.started_at(batch)

    def ready(self, held: Held, pick: choosing.Pick | None, row: batches.Row, turn: Turn) -> None:
        """Add one row of a batch to the turn: ready to leave by the way picked, or skipped, or put off."""
        batch = held.batch
        spot = book.Spot(batch.workspace, batch.run, row.seq)
        if pick is None or row.address is None or row.address_key is None:
            reason = ledger.Skip.SUPPRESSED if row.suppressed else ledger.Skip.NO_ADDRESS
            turn.skips.append(ticks.Skipped(spot=spot, batch=batch, reason=reason.value))
            return
        verdict = self._judges.judge(batch, row, self._world.clock.time())
        if isinstance(verdict, ticks.Deferred):
            turn.deferrals.append(verdict)
            return
        if isinstance(verdict, ticks.Skipped):
            turn.skips.append(verdict)
            return
        try:
            rendered = self._composer.compose(batch, row, held.reaches.get(row.contact, composing.NOBODY))
        except composing.Cannot as error:
            detail: book.Detail = dict(error.detail)
            turn.skips.append(ticks.Skipped(spot=spot, batch=batch, reason=error.reason.value, detail=detail))
            return
        lane = pick.lane
        ticket = lane.take(self._world.clock.monotonic())
        turn.ready.append(
            Ready(
                held=held,
                lane=lane,
                row=row,
                outbound=self._outbound(spot, row, pick, row.address, rendered.content),
                intent=_intent(spot, batch, row, pick, row.address_key, rendered, verdict),
                ticket=ticket,
            )
        )
        held.under_way += 1

    def _outbound(
        self,
        spot: book.Spot,
        row: batches.Row,
        pick: choosing.Pick,
        address: str,
        content: contents.Content,
    ) -> base.Outbound:
        ref = f"{self._world.installation.ref}-{spot.workspace}-{spot.run}-{spot.seq}"
        return base.Outbound(
            ref=ref,
            to=address,
            content=content,
            attempt=row.attempts + 1,
            unsubscribe_url=self._unsubscribe_url(pick.lane, content, ref),
            origin=pick.origin,
        )

    def _unsubscribe_url(self, lane: lanes.Lane, content: contents.Content, ref: str) -> str:
        """The one-click address, made for mails that carry one; its proof is not worth a hash to anybody else."""
        if not (isinstance(content, contents.Email) and content.unsubscribe):
            return ""
        return links.unsubscribe(lane.provider.context.public_url, self._world.installation.receipts_key, ref)


def _intent(
    spot: book.Spot,
    batch: batches.Batch,
    row: batches.Row,
    pick: choosing.Pick,
    address_key: str,
    rendered: rendering.Rendered,
    verdict: judging.Go,
) -> ticks.Intent:
    return ticks.Intent(
        spot=spot,
        batch=batch,
        account=pick.lane.account,
        attempt=row.attempts + 1,
        address_key=address_key,
        digest=rendered.digest,
        variables=msgspec.json.encode(rendered.used).decode(),
        repeats=repeating.harmless(rendered.content, by_reference=pick.lane.provider.repeatable),
        uses=pick.uses,
        contact=row.contact,
        caps=verdict.caps,
        good_until=verdict.good_until,
    )
