"""What limits were used, kept where every sender counts on it: in the tick's own transaction.

A tick that would go over a limit is granted what fits; the rest waits. Ticks run one after another, so that any number
of senders share a limit exactly, and what was used outlives each of them.
"""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from server.store.ledger import book, sliding

LOAD = "SELECT state FROM usage WHERE workspace = ? AND key = ?"
KEEP = """
INSERT INTO usage (workspace, key, state, until) VALUES (?, ?, ?, ?)
ON CONFLICT (workspace, key) DO UPDATE SET state = excluded.state, until = excluded.until
"""
PURGE = "DELETE FROM usage WHERE until < ?"
NOTE = """
INSERT INTO bound (workspace, run, channel, cause, seconds, at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (workspace, run, channel, cause) DO UPDATE
SET seconds = bound.seconds + excluded.seconds, at = excluded.at
"""


class Use(NamedTuple):
    """One limit that a message counts towards."""

    key: str
    rule: sliding.Rule
    kept: int = 0  #: of the rule's count, left for messages of higher priority


class Metered(Protocol):
    """An intent, as far as limits are concerned."""

    @property
    def spot(self) -> book.Spot: ...

    @property
    def uses(self) -> tuple[Use, ...]: ...


class Admitted(NamedTuple):
    """What a tick's limits allowed."""

    blocked: dict[book.Spot, str]  #: message to the limit that has no room for it
    states: dict[tuple[int, str], sliding.State]  #: the limits that were asked, as they stand now


NOTHING = Admitted({}, {})


def admit(connection: sqlite3.Connection, intents: Iterable[Metered], now: float) -> Admitted:
    """Count intents towards their limits, each towards all of its own or none. Runs in the caller's transaction."""
    wanted = [intent for intent in intents if intent.uses]
    if not wanted:
        return NOTHING
    states: dict[tuple[int, str], sliding.State] = {}
    rules: dict[tuple[int, str], sliding.Rule] = {}
    blocked: dict[book.Spot, str] = {}
    for intent in wanted:
        workspace = intent.spot.workspace
        for use in intent.uses:
            place = (workspace, use.key)
            if place not in states:
                states[place] = _load(connection, place, use.rule, now)
            if sliding.room(states[place], use.rule, now, use.kept) <= 0:
                blocked[intent.spot] = use.key
                break
        else:
            for use in intent.uses:
                place = (workspace, use.key)
                sliding.take(states[place], use.rule, now, 1)
                rules[place] = use.rule
    connection.executemany(
        KEEP,
        [(*place, sliding.dump(states[place]), now + rule.per_s) for place, rule in rules.items()],
    )
    return Admitted(blocked, states)


def _load(
    connection: sqlite3.Connection, place: tuple[int, str], rule: sliding.Rule, now: float
) -> sliding.State:
    found = connection.execute(LOAD, place).fetchone()
    state = sliding.load(found[0] if found else None)
    sliding.settle(state, rule, now)
    return state


def note(connection: sqlite3.Connection, bound: dict[tuple[int, int, int, str], float], now: float) -> None:
    """Add up the seconds each cause bound a run's channel, and forget what limits no longer count."""
    connection.executemany(NOTE, [(*place, seconds, now) for place, seconds in bound.items()])
    connection.execute(PURGE, (now,))
