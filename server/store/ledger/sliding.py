"""Never more than so many messages in any period so long: a sliding window that forgets nothing too early.

What was taken is kept in at most GRAINS + 1 grains, each stamped with the time of its *last* message. Taking at `now`
is allowed while the grains stamped after `now - period` hold fewer than `most`. Every message of the half-open span
`(now - period, now]` lies in such a grain, for a grain's stamp is never earlier than any of its messages; so no such
span holds more than `most`. Any half-open span of that length which holds messages can be moved to end at its last
one without losing any, so that no span of that length holds more than `most`, whatever the pattern of calls.

Periods of up to a minute are also paced: a leaky bucket lets their messages leave evenly, at most BURST_S' worth at
once. Longer ones are quotas, and may be used up as fast as one likes.

A clock that jumps back moves the stamps back with it: what was taken keeps the age it had, so that the limit holds in
true time too, and nothing is blocked for longer than one period.
"""

from typing import NamedTuple

import msgspec

GRAINS = 64
LONGEST_PACED_S = 60
BURST_S = 0.25
_FUZZ = 1e-9  #: of a token: what is lost in adding up floats


class Rule(NamedTuple):
    """At most `most` messages in any `per_s` seconds."""

    most: int
    per_s: float

    @property
    def paced(self) -> bool:
        """Whether its messages leave evenly over the period."""
        return self.per_s <= LONGEST_PACED_S

    @property
    def burst(self) -> int:
        """Messages that may leave at once."""
        return max(1, min(self.most, int(self.most * BURST_S / self.per_s))) if self.paced else self.most


class State(msgspec.Struct, array_like=True):
    """What was taken under one rule. Times are epoch seconds."""

    grains: list[
        tuple[float, float, int]
    ] = []  #: first and last message, and how many; the oldest grain first
    empty_at: float = 0.0  #: when the leaky bucket will have run dry


_decoder = msgspec.msgpack.Decoder(State)
_encoder = msgspec.msgpack.Encoder()


def load(kept: bytes | None) -> State:
    """Read what `dump` wrote; nothing was taken where there is none."""
    return State() if kept is None else _decoder.decode(kept)


def dump(state: State) -> bytes:
    """As bytes for the database."""
    return _encoder.encode(state)


def settle(state: State, rule: Rule, now: float) -> None:
    """Move the state on to `now`: forget what is over a period old, and follow a clock that jumped back."""
    grains = state.grains
    if grains and grains[-1][1] > now:
        back = grains[-1][1] - now
        state.grains = grains = [(first - back, last - back, count) for first, last, count in grains]
    if grains and grains[0][1] <= now - rule.per_s:
        state.grains = [grain for grain in grains if grain[1] > now - rule.per_s]
    latest = now + rule.burst * rule.per_s / max(rule.most, 1)
    state.empty_at = min(state.empty_at, latest)  # the clock or the rule may have changed


def used(state: State) -> int:
    """Messages that count now. Settle first."""
    return sum(grain[2] for grain in state.grains)


def room(state: State, rule: Rule, now: float, kept: int = 0) -> int:
    """How many may be taken now, with `kept` of the period's count left for others. Settle first."""
    left = rule.most - kept - used(state)
    if left <= 0 or not rule.paced:
        return max(left, 0)
    flow = rule.most / rule.per_s
    dry_s = max(state.empty_at - now, 0.0)
    return max(0, min(left, int(rule.burst - dry_s * flow + _FUZZ)))


def take(state: State, rule: Rule, now: float, count: int) -> None:
    """Note that `count` messages were taken at `now`. Settle first."""
    grains = state.grains
    if grains and now - grains[-1][0] < rule.per_s / GRAINS:
        first, _, some = grains[-1]
        grains[-1] = (first, now, some + count)
    else:
        grains.append((now, now, count))
    if rule.paced and rule.most > 0:
        state.empty_at = max(state.empty_at, now) + count * rule.per_s / rule.most


def ready_at(state: State, rule: Rule, now: float, kept: int = 0) -> float:
    """When at least one may be taken if nobody else does; `now` where that is so already. Settle first."""
    over = used(state) - (rule.most - kept) + 1
    at = now
    for _, last, count in state.grains:
        if over <= 0:
            break
        at, over = last + rule.per_s, over - count
    if over > 0:
        return now + rule.per_s  # a rule of none, or all of it kept for others
    if rule.paced:
        at = max(at, state.empty_at - (rule.burst - 1) * rule.per_s / rule.most)
    return max(at, now)
