"""What a person does about failures and doubts: moved in bounded transactions, each with its tallies and its story.

An act is a row that says what is wanted and how far it is. One step is one transaction that moves some messages and
the act's own place along, so that a kill between two steps loses nothing and repeats nothing.
"""

import sqlite3
from dataclasses import dataclass
from typing import NamedTuple

from server.store import database, numbers
from server.store.ledger import batches, book, codes, picking, waking
from server.wire import exceptions, ledger

SQL = waking.SQL

#: Messages in one transaction: a sender waits no longer than that takes for its tick.
STEP = 200

Kind = exceptions.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What an act makes of a message."""

    source: int
    target: int | None  #: None where it stays as it is
    event: ledger.EventKind
    reason: str = ""
    perhaps: int = 0  #: 1 where the message may have arrived, so that it can never be called untouched again


MOVES = {
    Kind.ACCEPTED: Move(source=codes.DOUBT, target=codes.ACCEPTED, event=ledger.EventKind.SETTLED),
    Kind.NOT_SENT: Move(
        source=codes.DOUBT, target=codes.FAILED, reason=codes.NOT_SENT, event=ledger.EventKind.SETTLED
    ),
    Kind.AGAIN: Move(source=codes.DOUBT, target=codes.WAITING, event=ledger.EventKind.REDRIVEN, perhaps=1),
    Kind.LEAVE: Move(source=codes.DOUBT, target=None, event=ledger.EventKind.CLOSED),
    Kind.REDRIVE: Move(source=codes.FAILED, target=codes.WAITING, event=ledger.EventKind.REDRIVEN),
    Kind.CLOSE: Move(source=codes.FAILED, target=None, event=ledger.EventKind.CLOSED),
}
#: Acts that have messages sent again.
SENDING = frozenset(kind for kind, move in MOVES.items() if move.target == codes.WAITING)


class Act(NamedTuple):
    """One act as it stands."""

    kind: str
    pick: str  #: JSON of wire.exceptions.Pick
    undoes: int
    by: str
    why: str
    status: str
    expected: int
    moved: int
    after_at: float | None
    after_run: int
    after_seq: int
    created_at: float


class Found(NamedTuple):
    """One message an act is about."""

    run: int
    seq: int
    channel: int
    account: int
    state: int
    reason: str
    attempts: int
    updated_at: float


NEXT = f"""
SELECT message.run, message.seq, message.channel, message.account, message.state, message.reason, message.attempts,
  message.updated_at
{picking.FROM}
WHERE {{where}} AND message.updated_at <= :began
  AND (message.updated_at, message.run, message.seq) > (:after_at, :after_run, :after_seq)
  AND coalesce(mark.act, 0) <> :act
ORDER BY message.updated_at, message.run, message.seq LIMIT :limit
"""


def sendable(pick: picking.Pick, workspace: int, kind: Kind) -> tuple[str, picking.Values]:
    """The conditions of an act.

    What is sent again must belong to a run that was not cancelled, and nobody gets on a second channel what a fallback
    has told them already.
    """
    conditions, values = picking.where(pick, workspace)
    if kind in SENDING:
        conditions += f" AND {picking.GOES_ON} AND NOT {picking.FELL_BACK}"
    return conditions, values


def count(connection: sqlite3.Connection, *, workspace: int, kind: Kind, pick: picking.Pick) -> int:
    """How many messages an act would be about now."""
    conditions, values = sendable(pick, workspace, kind)
    (found,) = connection.execute(f"SELECT count(*) {picking.FROM} WHERE {conditions}", values).fetchone()
    return int(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An act as it is asked for."""

    kind: Kind
    pick: str = "{}"  #: JSON of wire.exceptions.Pick
    undoes: int = 0
    by: str = ""
    why: str = ""
    key: str = ""
    expected: int = 0


def begin(connection: sqlite3.Connection, *, workspace: int, wish: Wish, now: float) -> tuple[int, bool]:
    """Write an act down; returns its id and whether it is new: asked under a key that is known, it is the known one.

    Runs in the caller's transaction.
    """
    known = connection.execute(SQL["act_by_key"], {"workspace": workspace, "key": wish.key}).fetchone()
    if known is not None:
        return int(known[0]), False
    number = numbers.take_now(connection, workspace, "exception_act")
    connection.execute(
        SQL["add_act"],
        {
            "workspace": workspace,
            "id": number,
            "key": wish.key,
            "kind": wish.kind.value,
            "pick": wish.pick,
            "undoes": wish.undoes,
            "by": wish.by,
            "why": wish.why,
            "expected": wish.expected,
            "now": now,
        },
    )
    if wish.undoes:
        connection.execute(SQL["stop_act"], {"workspace": workspace, "id": wish.undoes, "now": now})
    return number, True


def look(connection: sqlite3.Connection, *, workspace: int, number: int) -> Act | None:
    """One act."""
    row = connection.execute(SQL["act"], {"workspace": workspace, "id": number}).fetchone()
    return None if row is None else Act(*row)


def to_do(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    """(workspace, id) of the acts that are not done, the oldest first."""
    return [(int(workspace), int(number)) for workspace, number in connection.execute(SQL["acts_to_do"])]


def step(
    connection: sqlite3.Connection,
    *,
    workspace: int,
    number: int,
    pick: picking.Pick | None,
    now: float,
    limit: int = STEP,
) -> bool:
    """Take an act one transaction further. Returns whether it is over. `pick` is None for an undoing."""
    with database.transaction(connection):
        act = look(connection, workspace=workspace, number=number)
        if act is None or act.status != exceptions.Status.RUNNING:
            return True
        work = _Step(connection, workspace, number, act, now)
        more = work.undo(limit) if pick is None else work.do(pick, limit)
        work.write(over=not more)
    return not more


class _Step:
    """One step of one act, in the caller's transaction."""

    def __init__(
        self, connection: sqlite3.Connection, workspace: int, number: int, act: Act, now: float
    ) -> None:
        self._connection = connection
        self._workspace = workspace
        self._number = number
        self._act = act
        self._now = now
        self._lines = book.Book()
        self._moved = 0
        self._place = (act.after_at, act.after_run, act.after_seq)
        self._waking: dict[int, list[int]] = {}  #: run to what waits in it again
        self._touched: set[int] = set()

    def do(self, pick: picking.Pick, limit: int) -> bool:
        """Move the next messages on; returns whether there may be more."""
        kind = Kind(self._act.kind)
        conditions, values = sendable(pick, self._workspace, kind)
        rows = self._connection.execute(
            NEXT.format(where=conditions),
            {
                **values,
                "began": self._act.created_at,
                "after_at": self._act.after_at or 0.0,
                "after_run": self._act.after_run,
                "after_seq": self._act.after_seq,
                "act": self._number,
                "limit": limit,
            },
        ).fetchall()
        for row in rows:
            found = Found(*row)
            self._place = (found.updated_at, found.run, found.seq)
            self._move(found, MOVES[kind])
        return len(rows) == limit

    def _move(self, found: Found, move: Move) -> None:
        spot = book.Spot(self._workspace, found.run, found.seq)
        since = self._now if move.target == codes.WAITING else None
        self._connection.execute(
            SQL["mark"],
            (*spot, self._number, self._act.kind, self._now, found.state, found.reason, found.account, since),
        )
        if move.target == codes.WAITING:
            self._wait(spot, found, move)
        elif move.target is not None:
            self._connection.execute(
                book.SQL["put"], (move.target, move.reason, found.account, None, None, self._now, *spot)
            )
            self._count(spot, found, found.account, move.target, move.reason)
        self._tell(spot, move.event, found.attempts, {"as": self._act.kind})
        self._moved += 1

    def _wait(self, spot: book.Spot, found: Found, move: Move) -> None:
        self._connection.execute(SQL["wait_again"], (move.perhaps, self._now, *spot))
        self._count(spot, found, 0, codes.WAITING, "")
        self._waking.setdefault(found.run, []).append(found.seq)

    def _count(self, spot: book.Spot, found: Found, account: int, state: int, reason: str) -> None:
        self._lines.leave(spot, found.channel, found.account, found.state, found.reason)
        self._lines.enter(spot, found.channel, account, state, reason)

    def undo(self, limit: int) -> bool:
        """Put the next messages of the act that is taken back where they were; those that moved on stay."""
        undone = look(self._connection, workspace=self._workspace, number=self._act.undoes)
        rows = self._connection.execute(
            SQL["marked"],
            {
                "workspace": self._workspace,
                "undoes": self._act.undoes,
                "after_run": self._act.after_run,
                "after_seq": self._act.after_seq,
                "limit": limit,
            },
        ).fetchall()
        move = MOVES[Kind(undone.kind)] if undone is not None else None
        for run, seq, old_state, old_reason, old_account, *standing, attempts, perhaps in rows:
            self._place = (self._act.after_at, run, seq)
            found = Found(run, seq, standing[3], standing[2], standing[0], standing[1], attempts, self._now)
            if move is not None and _is_as_left(found, move, old_state):
                may_have_arrived = perhaps and old_state == codes.FAILED and move.target == codes.WAITING
                state, reason = (codes.DOUBT, "interrupted") if may_have_arrived else (old_state, old_reason)
                self._put_back(found, state, reason, old_account)
        return len(rows) == limit

    def _put_back(self, found: Found, state: int, reason: str, account: int) -> None:
        spot = book.Spot(self._workspace, found.run, found.seq)
        if (found.state, found.reason, found.account) != (state, reason, account):
            self._connection.execute(book.SQL["put"], (state, reason, account, None, None, self._now, *spot))
            self._count(spot, found, account, state, reason)
            self._touched.add(found.run)
        self._connection.execute(SQL["unmark"], spot)
        self._tell(spot, ledger.EventKind.UNDONE, found.attempts, {"undoes": self._act.undoes})
        self._moved += 1

    def _tell(self, spot: book.Spot, kind: ledger.EventKind, attempt: int, detail: book.Detail) -> None:
        told: book.Detail = {**detail, "act": self._number, "by": self._act.by}
        if self._act.why:
            told["why"] = self._act.why
        self._lines.event(spot, codes.EVENTS[kind], attempt=attempt, detail=told)

    def write(self, *, over: bool) -> None:
        """Write everything this step did, and how far the act is."""
        self._lines.write(self._connection)
        for run, seqs in self._waking.items():
            waking.wake(self._connection, workspace=self._workspace, run=run, seqs=seqs, now=self._now)
        after_at, after_run, after_seq = self._place
        self._connection.execute(
            SQL["move_act"],
            {
                "workspace": self._workspace,
                "id": self._number,
                "moved": self._moved,
                "after_at": after_at,
                "after_run": after_run,
                "after_seq": after_seq,
                "status": (exceptions.Status.DONE if over else exceptions.Status.RUNNING).value,
                "finished_at": self._now if over else None,
            },
        )
        for run in self._touched:
            batches.settle(self._connection, workspace=self._workspace, run=run, now=self._now)


def _is_as_left(found: Found, move: Move, old_state: int) -> bool:
    """Whether a message stands as the act left it, so that the act can be taken back."""
    if move.target is None:
        return found.state == old_state
    return found.state == move.target and found.reason == move.reason
