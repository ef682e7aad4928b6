"""A fallback message follows its RCS message: whatever moves the one settles the other in the same transaction.

Both are rows of the ledger from the freeze on. The SMS waits, held, until its RCS message has certainly not arrived;
news that it has arrived ends the SMS, and nothing else than either lets go of it. See engine.fallback for RCS messages
that nobody hears of.
"""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Protocol

from server.store import statements
from server.store.ledger import codes, spots, waking
from server.wire import ledger

SQL = statements.load(Path(__file__).with_name("policies.sql"))

RCS = codes.CHANNELS["rcs"]
#: States that show that a person got the RCS message.
ARRIVED = frozenset({codes.DELIVERED, codes.SEEN, codes.CLICKED, codes.REPLIED})
#: Skips of an RCS message that bind its fallback as well: who asked for no more gets no SMS in its place.
BINDING = {
    ledger.Skip.SUPPRESSED.value: ledger.Skip.SUPPRESSED.value,
    ledger.Skip.DUPLICATE.value: ledger.Skip.DUPLICATE.value,
}

#: Why a fallback message is given up of whose RCS message nobody has heard.
UNCONFIRMED = ledger.Skip.FALLBACK_UNCONFIRMED.value
#: News that comes later than this after it was given up does not bring it back: what it says is a day old by then.
REVIVED_WITHIN_S = 24 * 3600.0

Spot = spots.Spot
Detail = dict[str, str | int | float]


class Moved(NamedTuple):
    """An RCS message that has just entered a state."""

    spot: Spot
    state: int
    reason: str


class Unconfirmed(NamedTuple):
    """An RCS message that was taken, or may have been, and of which nothing was heard."""

    spot: Spot
    account: int
    address: str


class Lines(Protocol):
    """What a transaction writes besides messages. See store.ledger.book.Book."""

    def leave(self, spot: Spot, channel: int, account: int, state: int, reason: str = "") -> None:
        """Count a message out of a state."""

    def enter(self, spot: Spot, channel: int, account: int, state: int, reason: str = "") -> None:
        """Count a message into a state."""

    def tell(self, spot: Spot, kind: int, detail: Detail) -> None:
        """Add a line to a message's story."""


def follow(connection: sqlite3.Connection, lines: Lines, moved: Iterable[Moved], now: float) -> None:
    """Settle the fallback of each RCS message that moved, where its run has one."""
    shifts: dict[tuple[int, int], int] = {}
    revived: dict[tuple[int, int], list[int]] = {}
    for one in moved:
        workspace, run, seq = one.spot
        if (workspace, run) not in shifts:
            found = connection.execute(SQL["fallback_of"], (workspace, run)).fetchone()
            shifts[workspace, run] = found[0] if found else 0
        shift = shifts[workspace, run]
        if not shift:
            continue
        spot = Spot(workspace, run, seq + shift)
        if one.state in ARRIVED:
            _arrived(connection, lines, spot, now)
        elif one.state == codes.FAILED or (one.state == codes.SKIPPED and one.reason not in BINDING):
            if not _release(connection, lines, spot, one.reason, now) and _revive(
                connection, lines, spot, one.reason, now
            ):
                revived.setdefault((workspace, run), []).append(spot.seq)
        elif one.state == codes.SKIPPED:
            skip(connection, lines, spot, BINDING[one.reason], {"why": "the RCS message was skipped"}, now)
        elif one.state != codes.CANCELLED:
            _hold(connection, lines, spot, now)
    for (workspace, run), seqs in revived.items():
        waking.wake(connection, workspace=workspace, run=run, seqs=seqs, now=now)


def skip(
    connection: sqlite3.Connection,
    lines: Lines,
    spot: Spot,
    reason: str,
    detail: Detail,
    now: float,
) -> bool:
    """Skip a fallback message that waits and cannot have arrived. Returns whether there was one."""
    found = connection.execute(SQL["skip_fallback"], (reason, now, *spot)).fetchone()
    if found is None:
        return False
    (channel,) = found
    lines.leave(spot, channel, 0, codes.WAITING)
    lines.enter(spot, channel, 0, codes.SKIPPED, reason)
    lines.tell(spot, codes.EVENTS[ledger.EventKind.SKIPPED], {"reason": reason, **detail})
    return True


def _arrived(connection: sqlite3.Connection, lines: Lines, spot: Spot, now: float) -> None:
    """The RCS message arrived: its fallback is not needed, and if it has left already that is told as it is."""
    if skip(connection, lines, spot, ledger.Skip.NOT_NEEDED.value, {}, now):
        return
    stands = connection.execute(SQL["fallback_stands"], spot).fetchone()
    if stands is None or stands[0] in (codes.WAITING, codes.SKIPPED, codes.CANCELLED):
        return
    told = connection.execute(
        "SELECT 1 FROM event WHERE workspace = ? AND run = ? AND seq = ? AND kind = ? AND detail LIKE ?",
        (*spot, codes.EVENTS[ledger.EventKind.FALLBACK], '%"arrived_late"%'),
    ).fetchone()
    if told is None:
        lines.tell(spot, codes.EVENTS[ledger.EventKind.FALLBACK], {"what": "arrived_late"})


def _release(connection: sqlite3.Connection, lines: Lines, spot: Spot, reason: str, now: float) -> bool:
    """The RCS message certainly did not arrive: its fallback may go, and is due. Returns whether one was held."""
    if not connection.execute(SQL["release_fallback"], (now, *spot, codes.HELD)).rowcount:
        return False
    connection.execute(SQL["wake_batch"], spot._asdict())
    lines.tell(spot, codes.EVENTS[ledger.EventKind.FALLBACK], {"what": "released", "reason": reason})
    return True


def _revive(connection: sqlite3.Connection, lines: Lines, spot: Spot, reason: str, now: float) -> bool:
    """Certainty came after the fallback was given up for want of it. Returns whether it goes after all."""
    found = connection.execute(
        SQL["revive_fallback"],
        {**spot._asdict(), "reason": UNCONFIRMED, "since": now - REVIVED_WITHIN_S, "now": now},
    ).fetchone()
    if found is None:
        return False
    (channel,) = found
    lines.leave(spot, channel, 0, codes.SKIPPED, UNCONFIRMED)
    lines.enter(spot, channel, 0, codes.WAITING)
    lines.tell(spot, codes.EVENTS[ledger.EventKind.FALLBACK], {"what": "revived", "reason": reason})
    return True


def _hold(connection: sqlite3.Connection, lines: Lines, spot: Spot, now: float) -> None:
    """The RCS message may yet arrive: a fallback that was released and has not been tried is held again."""
    if connection.execute(SQL["hold_fallback"], (codes.HELD, now, *spot, codes.HELD)).rowcount:
        lines.tell(spot, codes.EVENTS[ledger.EventKind.FALLBACK], {"what": "held"})


def runs(connection: sqlite3.Connection) -> list[tuple[int, int, int, str]]:
    """Runs that go on and have a fallback, as (workspace, run, shift, policy as JSON)."""
    return connection.execute(SQL["held_runs"]).fetchall()


def unconfirmed(
    connection: sqlite3.Connection, *, workspace: int, run: int, shift: int, before: float, limit: int
) -> list[Unconfirmed]:
    """RCS messages of a run without news since `before`, epoch seconds, whose fallback is held."""
    rows = connection.execute(
        SQL["unconfirmed"],
        {
            "workspace": workspace,
            "run": run,
            "shift": shift,
            "before": before,
            "limit": limit,
            "held": codes.HELD,
            "fallback": codes.CHANNELS["sms"],
        },
    )
    return [
        Unconfirmed(Spot(workspace, run, seq), account, address or "") for seq, account, address, _ in rows
    ]
