"""Doubts that a provider can be asked about: which are due, and what its answer settles."""

import sqlite3
from typing import NamedTuple

import msgspec

from server.store import database
from server.store.ledger import batches, book, codes, waking
from server.wire import ledger

SQL = waking.SQL


class Due(NamedTuple):
    """One message in doubt that is to be asked about."""

    run: int
    seq: int
    attempt: int
    account: int  #: by which the attempt was made
    sent_at: int  #: when its intent was written, microseconds since the epoch
    contact: int
    channel: int
    address_key: str
    variables: str | None  #: JSON
    digest: bytes | None
    doubt_at: float  #: since when it is in doubt, epoch seconds
    tries: int  #: how often it was asked about already
    perhaps: int  #: 1 where an earlier attempt, too, may have arrived


def due(
    connection: sqlite3.Connection,
    *,
    workspace: int,
    accounts: list[int],
    now: float,
    wait_s: float,
    limit: int,
) -> list[Due]:
    """The doubts of these accounts to ask about now: first after `wait_s` in doubt, then when it was agreed."""
    rows = connection.execute(
        SQL["lookups_due"],
        {
            "workspace": workspace,
            "accounts": msgspec.json.encode(accounts).decode(),
            "sending": codes.EVENTS[ledger.EventKind.SENDING],
            "now": now,
            "wait_s": wait_s,
            "limit": limit,
        },
    )
    return [Due(*row) for row in rows]


def known(connection: sqlite3.Connection, *, workspace: int, contact: int) -> frozenset[str]:
    """What providers call this person's other messages."""
    rows = connection.execute(SQL["known_refs"], {"workspace": workspace, "contact": contact})
    return frozenset(ref for (ref,) in rows)


class Answer(NamedTuple):
    """What came of asking about one message."""

    state: int | None  #: codes.ACCEPTED or codes.FAILED where it settles the doubt, None where it does not
    provider_ref: str
    said: str  #: the evidence, in a sentence
    next_at: float | None  #: when to ask again; None for never


def note(connection: sqlite3.Connection, *, workspace: int, asked: Due, answer: Answer, now: float) -> bool:
    """Write what came of asking, with its evidence, and settle the doubt if it does. Returns whether it settled.

    A message that was settled meanwhile, or went on to another attempt, is left as it is.
    """
    spot = book.Spot(workspace, asked.run, asked.seq)
    with database.transaction(connection):
        connection.execute(
            SQL["note_lookup"],
            {
                "workspace": workspace,
                "run": asked.run,
                "seq": asked.seq,
                "attempt": asked.attempt,
                "next_at": answer.next_at if answer.state is None else None,
                "said": answer.said,
            },
        )
        state, reason, account, attempts, channel = connection.execute(book.SQL["look"], spot).fetchone()
        lines = book.Book()
        open_still = state == codes.DOUBT and attempts == asked.attempt
        _tell(lines, spot, ledger.EventKind.LOOKED_UP, asked, answer)
        if open_still and answer.state is not None:
            new_reason = codes.NOT_SENT if answer.state == codes.FAILED else ""
            connection.execute(
                book.SQL["put"],
                (answer.state, new_reason, asked.account, None, answer.provider_ref or None, now, *spot),
            )
            lines.leave(spot, channel, account, state, reason)
            lines.enter(spot, channel, asked.account, answer.state, new_reason)
            _tell(lines, spot, ledger.EventKind.SETTLED, asked, answer)
        lines.write(connection)
        batches.settle(connection, workspace=workspace, run=asked.run, now=now)
    return open_still and answer.state is not None


def _tell(lines: book.Book, spot: book.Spot, kind: ledger.EventKind, asked: Due, answer: Answer) -> None:
    detail: book.Detail = {"by": "look-up", "said": answer.said}
    if answer.provider_ref:
        detail["provider_ref"] = answer.provider_ref
    if kind is ledger.EventKind.SETTLED:
        detail["as"] = "accepted" if answer.state == codes.ACCEPTED else "not-sent"
    lines.event(spot, codes.EVENTS[kind], attempt=asked.attempt, account=asked.account, detail=detail)


def ask_now(
    connection: sqlite3.Connection, *, workspace: int, spots: list[tuple[int, int, int]], now: float
) -> None:
    """Ask about these (run, seq, attempt) as soon as possible, whatever was agreed before."""
    with database.transaction(connection):
        for run, seq, attempt in spots:
            connection.execute(
                "INSERT INTO lookup (workspace, run, seq, attempt, tries, next_at) VALUES (?, ?, ?, ?, 0, ?)"
                " ON CONFLICT (workspace, run, seq) DO UPDATE SET attempt = excluded.attempt, tries = 0,"
                " next_at = excluded.next_at",
                (workspace, run, seq, attempt, now),
            )
