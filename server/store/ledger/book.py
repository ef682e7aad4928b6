"""What one transaction writes besides messages: events, tallies, paces and latencies, gathered and written at once."""

import collections
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from server.store import statements
from server.store.ledger import pairing, spots

SQL = statements.load(Path(__file__).with_name("ledger.sql"))

Spot = spots.Spot


class Stamps:
    """Microseconds since the epoch that never repeat within a process, so that a story's lines keep their order."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, count: int = 1) -> int:
        """The next stamp; of several, that one and those that follow it are taken."""
        now = time.time_ns() // 1000
        first = now if now > self._last else self._last + 1
        self._last = first + count - 1
        return first


STAMPS = Stamps()

Detail = dict[str, str | int | float]
Told = tuple[
    Spot, int, int, str | None
]  #: a message, its attempt, its account, and the line's detail as JSON


class Book:
    """The lines of one transaction. Nothing reaches the database before `write`."""

    def __init__(self) -> None:
        self.events: list[tuple[int, int, int, int, int, int, int, str | None]] = []
        self.moves: dict[tuple[int, int, int, int, int, str], int] = collections.defaultdict(int)
        self.paces: dict[tuple[int, int, int, int], list[int]] = {}
        self.latencies: dict[tuple[int, int, int, int], int] = collections.defaultdict(int)
        self.rcs: list[pairing.Moved] = []  #: messages that may have a fallback to settle

    def event(
        self, spot: Spot, kind: int, *, attempt: int = 0, account: int = 0, detail: Detail | None = None
    ) -> None:
        """Add a line to a message's story."""
        text = msgspec.json.encode(detail).decode() if detail else None
        self.events.append((*spot, STAMPS.next(), kind, attempt, account, text))

    def events_of(self, kind: int, attempts: Sequence[Told]) -> None:
        """Add a line of one kind to many messages' stories."""
        at = STAMPS.next(len(attempts))
        self.events += [
            (*spot, at + n, kind, attempt, account, detail)
            for n, (spot, attempt, account, detail) in enumerate(attempts)
        ]

    def leave(
        self, spot: Spot, channel: int, account: int, state: int, reason: str = "", count: int = 1
    ) -> None:
        """Count a message out of a state."""
        self.moves[spot.workspace, spot.run, channel, account, state, reason] -= count

    def enter(
        self, spot: Spot, channel: int, account: int, state: int, reason: str = "", count: int = 1
    ) -> None:
        """Count a message into a state."""
        self.moves[spot.workspace, spot.run, channel, account, state, reason] += count
        if channel == pairing.RCS and spot.seq:  # not where many are counted at once
            self.rcs.append(pairing.Moved(spot, state, reason))

    def shift(
        self, spots: Sequence[Spot], channel: int, *, frm: tuple[int, int], to: tuple[int, int]
    ) -> None:
        """Count messages of one run out of one state into another; each is an account and a state without a reason."""
        workspace, run, _ = spots[0]
        self.moves[workspace, run, channel, *frm, ""] -= len(spots)
        self.moves[workspace, run, channel, *to, ""] += len(spots)
        if channel == pairing.RCS:
            _, state = to
            self.rcs += [pairing.Moved(spot, state, "") for spot in spots]

    def tell(self, spot: Spot, kind: int, detail: Detail) -> None:
        """Add a line that concerns no attempt."""
        self.event(spot, kind, detail=detail)

    def pace(self, spot: Spot, channel: int, second: int, *, accepted: int = 0, failed: int = 0) -> None:
        """Count an outcome into its second."""
        key = (spot.workspace, spot.run, channel, second)
        counts = self.paces.get(key)
        if counts is None:
            counts = self.paces[key] = [0, 0]
        counts[0] += accepted
        counts[1] += failed

    def latency(self, spot: Spot, channel: int, bucket: int) -> None:
        """Count an answer into its latency bucket."""
        self.latencies[spot.workspace, spot.run, channel, bucket] += 1

    def write(self, connection: sqlite3.Connection) -> None:
        """Write all lines in the caller's transaction, once every message has been moved."""
        if self.rcs:
            moved, self.rcs = self.rcs, []
            pairing.follow(connection, self, moved, time.time())
        if self.events:
            connection.executemany(SQL["add_event"], self.events)
        moves = [(*key, count) for key, count in self.moves.items() if count]
        if moves:
            connection.executemany(SQL["move_tally"], moves)
        if self.paces:
            connection.executemany(SQL["add_pace"], [(*key, *counts) for key, counts in self.paces.items()])
        if self.latencies:
            connection.executemany(
                SQL["add_latency"], [(*key, count) for key, count in self.latencies.items()]
            )
