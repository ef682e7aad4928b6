"""Choose the lane each message leaves by, whom it comes from, and the limits it counts towards.

Rooms are reckoned once a turn. A message whose own limits (its country's, its domain's, its recipient's) have no room
is put aside; where the batch or all its lanes have none, the batch stops for this turn. Either way the answer names
what bound it.
"""

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from server.pipeline.delivery import lanes, limits
from server.store.ledger import metering
from server.wire import limits as wire

Layer = wire.Layer

WINDOW = "window"  #: every place of the lane's window is taken: the provider's answers are waited for
NO_LANE = "no_lane"  #: no account can send on the channel, or on the route

#: Country prefix to accounts in the order they are tried; the longest prefix counts, empty is everybody else.
Routes = Mapping[str, tuple[int, ...]]
Origins = tuple[tuple[str, int], ...]  #: addresses of a pool with their weights


@dataclass(slots=True, eq=False)
class Open:
    """A lane as it stands this turn."""

    lane: lanes.Lane
    room: int
    reserve: int  #: of the room, kept from bulk
    gates: limits.Gates
    ready_in: float
    cause: str
    credit_share: int

    def has_room(self, *, bulk: bool) -> bool:
        """Whether a message may be intended on it, as far as its window goes."""
        return self.room > (self.reserve if bulk else 0)


class Pick(NamedTuple):
    """Where a message leaves."""

    lane: lanes.Lane
    origin: str  #: empty for the account's own sender
    uses: tuple[metering.Use, ...]


class Block(NamedTuple):
    """Why it does not leave now."""

    cause: str
    key: str  #: what is to have room again: a limit, or a lane
    aside: bool  #: whether others of its batch may go on
    wait_s: float  #: until it is worth another look, as far as is known
    answered: bool = False  #: whether it is an answer that makes room, so that nothing changes by itself


Chosen = Pick | Block


class Target(NamedTuple):
    """What of a message its way depends on."""

    address: str
    address_key: str
    only: int | None = None  #: the one account it may leave by, where an earlier try may have arrived


class Chooser:
    """All choices of one sender."""

    def __init__(self, reserved: float) -> None:
        self.limits = limits.Limits(reserved)
        self._reserved = reserved
        self._routes: dict[tuple[int, str], Routes] = {}
        self._now = 0.0
        self._open: dict[tuple[int, int], Open] = {}
        self._lanes: Callable[[int, int], list[lanes.Lane]] = lambda _workspace, _channel: []

    def learn(
        self, rules: limits.Rules, routes: dict[tuple[int, str], Routes], urgent: Iterable[int]
    ) -> None:
        """Take over limits and routes as they are now."""
        self.limits.learn(rules, urgent)
        self._routes = routes

    def begin(self, of: Callable[[int, int], list[lanes.Lane]], now: float, wall: float) -> None:
        """Begin a turn: `of` gives a workspace's lanes of a channel, `now` is monotonic, `wall` since the epoch."""
        self.limits.begin(wall)
        self._lanes, self._now = of, now
        self._open.clear()

    def party(self, *, workspace: int, channel: int, channel_name: str, campaign: int, bulk: bool) -> "Party":
        """What the messages of one batch may choose from this turn."""
        found = self._lanes(workspace, channel)
        own = self.limits.own(workspace, channel_name)
        gates = (
            *self.limits.of(workspace, Layer.CAMPAIGN.value, str(campaign)),
            *self.limits.of(workspace, Layer.ROUTE.value, "", channel_name),
            *self.limits.of(workspace, Layer.WORKSPACE.value),
        )
        return Party(
            ruled=self.limits,
            workspace=workspace,
            channel=channel_name,
            bulk=bulk,
            gates=gates,
            lanes=[self._opened(lane) for lane in found if lane.weight > 0],
            routes=self._routes.get((workspace, channel_name)),
            own=own,
        )

    def _opened(self, lane: lanes.Lane) -> Open:
        key = (lane.workspace, lane.account)
        found = self._open.get(key)
        if found is None:
            room = lane.room(self._now)
            found = Open(
                lane=lane,
                room=room,
                reserve=lane.reserve(self._reserved),
                gates=(
                    *self.limits.of(lane.workspace, Layer.ACCOUNT.value, str(lane.account)),
                    *self.limits.of(lane.workspace, limits.QUOTA, str(lane.account)),
                ),
                ready_in=lane.ready_in(self._now),
                cause=lane.bound_by(self._now),
                credit_share=lane.share,
            )
            self._open[key] = found
        return found


@dataclass(slots=True, kw_only=True)
class Party:
    """The lanes and limits of one batch in one turn."""

    ruled: limits.Limits
    workspace: int
    channel: str
    bulk: bool
    gates: limits.Gates
    lanes: list[Open]
    routes: Routes | None
    own: limits.OwnRules | None
    _only: Open | None = None
    _plain: Pick | None = None
    _uses: dict[int, tuple[metering.Use, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.lanes) == 1 and not (self.gates or self.routes or self.own):
            only = self.lanes[0]
            if not (only.gates or only.lane.origins):
                self._only, self._plain = only, Pick(only.lane, "", ())

    def choose(self, target: Target) -> Chosen:
        """Choose for one message; what is picked is taken from every room it counts towards."""
        only = self._only
        if only is not None and self._plain is not None and target.only is None:
            if only.room > (only.reserve if self.bulk else 0):
                only.room -= 1
                return self._plain
            return self._lane_block(only, aside=False)
        return self._among(target)

    def give_back(self, pick: Pick) -> None:
        """What was picked does not leave after all: its room is there again."""
        for one in self.lanes:
            if one.lane is pick.lane:
                one.room += 1
        for use in pick.uses:
            if (gate := self.ruled.gate(self.workspace, use.key)) is not None:
                gate.give_back()

    def _among(self, target: Target) -> Chosen:
        if (gate := self._shut(self.gates)) is not None:
            return self._gate_block(gate)
        if target.only is None:
            candidates, routed = self._candidates(target.address)
        else:
            candidates, routed = [one for one in self.lanes if one.lane.account == target.only], True
        best, block = self._best(candidates, aside=routed)
        if best is None:
            return block
        lane = best.lane
        origin = _sticky(lane.origins, target.address_key) if lane.origins else ""
        own = self._own_gates(best, origin, target)
        if own and (gate := self._shut(own)) is not None:
            return self._gate_block(gate)
        if len(candidates) > 1:
            _settle_credit(candidates, best, bulk=self.bulk)
        best.room -= 1
        for gates in (self.gates, best.gates, own):
            for gate in gates:
                gate.take()
        return Pick(lane, origin, self._uses_of(best, own))

    def _candidates(self, address: str) -> tuple[list[Open], bool]:
        """The lanes a message may leave by: the first of its route that can send at all, else all of the channel."""
        if not self.routes:
            return self.lanes, False
        accounts = _route(self.routes, address)
        if accounts is None:
            return self.lanes, False
        by_account = {one.lane.account: one for one in self.lanes}
        there = [by_account[account] for account in accounts if account in by_account]
        able = [one for one in there if one.ready_in == 0]
        return (able or there)[:1], True

    def _best(self, candidates: list[Open], *, aside: bool) -> tuple[Open | None, Block]:
        """The lane with the most credit among those with room; with none, what binds the one that comes free first."""
        best: Open | None = None
        blocks: list[Block] = []
        for one in candidates:
            if not one.has_room(bulk=self.bulk):
                blocks.append(self._lane_block(one, aside=aside))
            elif (gate := self._shut(one.gates)) is not None:
                blocks.append(self._gate_block(gate)._replace(aside=aside))
            elif best is None or one.lane.credit + one.credit_share > best.lane.credit + best.credit_share:
                best = one
        if best is not None:
            return best, _FREE
        if not blocks:
            return None, Block(NO_LANE, NO_LANE, aside, math.inf)
        return None, min(blocks, key=lambda block: block.wait_s)

    def _own_gates(self, best: Open, origin: str, target: Target) -> limits.Gates:
        lane = best.lane
        sender = f"{lane.account}/{origin}" if origin else str(lane.account)
        found: limits.Gates = ()
        if origin:
            found = self.ruled.of(self.workspace, Layer.ORIGIN.value, sender)
        if self.own is not None:
            found += self.ruled.by_recipient(
                self.own, self.workspace, self.channel, target.address, target.address_key, sender
            )
        return found

    def _uses_of(self, best: Open, own: limits.Gates) -> tuple[metering.Use, ...]:
        """The limits a message counts towards; those of batch and lane are the same for all of a turn."""
        account = best.lane.account
        shared = self._uses.get(account)
        if shared is None:
            shared = self._uses[account] = self._written((*self.gates, *best.gates))
        return shared + self._written(own) if own else shared

    def _written(self, gates: limits.Gates) -> tuple[metering.Use, ...]:
        return tuple(gate.use if self.bulk else gate.urgent for gate in gates)

    def _shut(self, gates: limits.Gates) -> limits.Gate | None:
        for gate in gates:
            if gate.room(self.ruled.turn, self.ruled.now, bulk=self.bulk) <= 0:
                return gate
        return None

    def _gate_block(self, gate: limits.Gate) -> Block:
        now = self.ruled.now
        return Block(gate.cause, gate.key, gate.own, gate.ready_at(now, bulk=self.bulk) - now)

    def _lane_block(self, one: Open, *, aside: bool) -> Block:
        cause = one.cause or WINDOW
        wait_s = one.ready_in or one.lane.pacer.ready_in
        return Block(cause, f"lane/{one.lane.account}", aside, wait_s, answered=wait_s == 0)


_FREE = Block("", "", False, 0.0)


def _settle_credit(candidates: list[Open], best: Open, *, bulk: bool) -> None:
    """Give every lane with room its share, and let the one that was chosen pay for all."""
    total = 0
    for one in candidates:
        if one is best or one.has_room(bulk=bulk):
            one.lane.credit += one.credit_share
            total += one.credit_share
    best.lane.credit -= total


def _route(routes: Routes, address: str) -> tuple[int, ...] | None:
    """The accounts of the longest prefix an address begins with; None where no route knows it."""
    for length in range(min(len(address), LONGEST_PREFIX), 0, -1):
        found = routes.get(address[:length])
        if found is not None:
            return found
    return routes.get("")


LONGEST_PREFIX = 9  #: letters of a route's prefix, with its plus


def _sticky(origins: Origins, address_key: str) -> str:
    """The same sender for the same recipient, shared by weight; a change of the pool moves only whom it must.

    Weighted rendezvous hashing: each sender draws a number from recipient and sender, and the best draw wins.
    """
    best, best_score = "", -math.inf
    for address, weight in origins:
        if weight <= 0:
            continue
        digest = hashlib.blake2b(f"{address}\0{address_key}".encode(), digest_size=8).digest()
        draw = (int.from_bytes(digest, "big") + 0.5) / 2**64
        score = -weight / math.log(draw)
        if score > best_score:
            best, best_score = address, score
    return best
