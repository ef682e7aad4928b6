"""What people ask for about failures and doubts: checked, written down, shown, taken back."""

import secrets
import sqlite3
import time
from typing import Any

import msgspec
import sqlalchemy as sa

from server.engine import desk as desks
from server.engine import exceptions, explaining, foreseeing
from server.store import database
from server.store.ledger import acts, codes, lookups, picking
from server.wire import exceptions as wire
from server.wire import ledger, moments, problems

LONGEST_WHY = 500
LONGEST_BY = 100
LONGEST_KEY = 100
#: Acts shown: the newest.
SHOWN = 50

#: Acts that need a reason in words: they say of a message what nobody can prove.
NEED_WHY = frozenset({wire.Kind.ACCEPTED, wire.Kind.NOT_SENT, wire.Kind.AGAIN})

ROWS = """
SELECT id, kind, status, by, why, expected, moved, created_at, finished_at, pick, undoes,
  coalesce((SELECT max(later.id) FROM exception_act AS later WHERE later.workspace = exception_act.workspace
    AND later.undoes = exception_act.id), 0) AS undone_by
FROM exception_act WHERE workspace = :workspace
"""


async def act(desk: desks.Desk, ask: wire.ActAsk) -> wire.Act:
    """Begin an act. Asked twice under one key it is one act."""
    _check(ask)
    known = await _by_key(desk, ask.key)
    if known is not None:
        return known
    pick = exceptions.read(desk, ask.pick, acts.MOVES[ask.kind].source)
    if ask.kind is wire.Kind.AGAIN and not ask.twice:
        await _refuse_twice(desk, ask)
    number = await desk.ledger.do(
        _begin, workspace=desk.workspace, ask=ask, pick=pick, key=ask.key or secrets.token_hex(8)
    )
    desk.worker.wake()
    return await show(desk, number)


async def undo(desk: desks.Desk, number: int, ask: wire.UndoAsk) -> wire.Act:
    """Take an act back, as far as its messages have not moved on. One that still runs is stopped first."""
    found = await show(desk, number)
    _check_words(ask.why, ask.by, ask.key)
    if found.kind is wire.Kind.UNDO:
        raise problems.refuse(
            problems.Code.CONFLICT,
            "What was taken back cannot be taken back again.",
            "Do anew what you want to be done.",
        )
    if found.undone_by:
        return await show(desk, found.undone_by)
    number = await desk.ledger.do(
        _begin_undo, workspace=desk.workspace, found=found, ask=ask, key=ask.key or f"undo-{number}"
    )
    desk.worker.wake()
    return await show(desk, number)


async def show(desk: desks.Desk, number: int) -> wire.Act:
    """One act and how far it is."""
    async with desk.database.reading() as connection:
        found = await connection.execute(
            sa.text(f"{ROWS} AND id = :id"), {"workspace": desk.workspace, "id": number}
        )
        row = found.one_or_none()
    if row is None:
        raise problems.refuse(
            problems.Code.NOT_FOUND, f"There is no act {number}.", "Look at the list of acts."
        )
    return _told(row)


async def list_(desk: desks.Desk) -> wire.Acts:
    """The newest acts first."""
    async with desk.database.reading() as connection:
        found = await connection.execute(
            sa.text(f"{ROWS} ORDER BY id DESC LIMIT :limit"), {"workspace": desk.workspace, "limit": SHOWN}
        )
        return wire.Acts(rows=[_told(row) for row in found])


def _told(row: Any) -> wire.Act:
    return wire.Act(
        id=row.id,
        kind=wire.Kind(row.kind),
        status=wire.Status(row.status),
        by=row.by,
        why=row.why,
        expected=row.expected,
        moved=row.moved,
        created_at=moments.utc(row.created_at),
        finished_at=moments.maybe(row.finished_at),
        pick=msgspec.json.decode(row.pick, type=wire.Pick),
        undoes=row.undoes,
        undone_by=row.undone_by,
    )


# -- what is checked ----------------------------------------------------------------------------------


def _check(ask: wire.ActAsk) -> None:
    if ask.kind is wire.Kind.UNDO:
        raise problems.refuse(
            problems.Code.INVALID, "An act is taken back by its own address.", "Ask for its undo."
        )
    if ask.kind in NEED_WHY and not ask.why.strip():
        fault = problems.Fault(
            place="why",
            message="A reason is needed.",
            remedy="Say how you know: what the provider's log or the person said.",
        )
        raise problems.refuse(
            problems.Code.INVALID, "Nobody could tell later why this was decided.", "", [fault]
        )
    _check_words(ask.why, ask.by, ask.key)


def _check_words(why: str, by: str, key: str) -> None:
    faults = [
        problems.Fault(place=place, message=f"It is longer than {most} characters.", remedy="Shorten it.")
        for place, text, most in (
            ("why", why, LONGEST_WHY),
            ("by", by, LONGEST_BY),
            ("key", key, LONGEST_KEY),
        )
        if len(text) > most
    ]
    if faults:
        raise problems.refuse(problems.Code.INVALID, "This cannot be kept.", "Change what is named.", faults)


async def _by_key(desk: desks.Desk, key: str) -> wire.Act | None:
    if not key:
        return None
    async with desk.database.reading() as connection:
        found = await connection.execute(
            sa.text("SELECT id FROM exception_act WHERE workspace = :workspace AND key = :key"),
            {"workspace": desk.workspace, "key": key},
        )
        number = found.scalar_one_or_none()
    return None if number is None else await show(desk, int(number))


async def _refuse_twice(desk: desks.Desk, ask: wire.ActAsk) -> None:
    """Hold the rule: what may reach a person a second time is sent again only by somebody who accepts that."""
    preview = await foreseeing.preview(desk, wire.PreviewAsk(kind=ask.kind, pick=ask.pick))
    if preview.twice:
        raise problems.refuse(
            problems.Code.CONFLICT,
            f"{preview.twice:,} of these may have arrived, and those people would get the message twice.",
            "If that is better than never, ask again with `twice`.",
        )


# -- what is written ----------------------------------------------------------------------------------


def _begin(
    connection: sqlite3.Connection, *, workspace: int, ask: wire.ActAsk, pick: picking.Pick, key: str
) -> int:
    """Count what is meant and write the act down, in one transaction. Raises problems.Refused."""
    with database.transaction(connection):
        expected = acts.count(connection, workspace=workspace, kind=ask.kind, pick=pick)
        if ask.expect is not None and ask.expect != expected:
            raise problems.refuse(
                problems.Code.CONFLICT,
                f"There are {expected:,} such messages now, not {ask.expect:,}.",
                "Look at the preview again, and ask with the new number.",
            )
        if not expected:
            raise problems.refuse(
                problems.Code.CONFLICT,
                "There is no such message.",
                "Somebody else may have been faster; look at the list again.",
            )
        number, _ = acts.begin(
            connection,
            workspace=workspace,
            wish=acts.Wish(
                kind=ask.kind,
                pick=msgspec.json.encode(ask.pick).decode(),
                by=ask.by.strip() or "the API",
                why=ask.why.strip(),
                key=key,
                expected=expected,
            ),
            now=time.time(),
        )
    return number


def _begin_undo(
    connection: sqlite3.Connection, *, workspace: int, found: wire.Act, ask: wire.UndoAsk, key: str
) -> int:
    with database.transaction(connection):
        number, _ = acts.begin(
            connection,
            workspace=workspace,
            wish=acts.Wish(
                kind=wire.Kind.UNDO,
                undoes=found.id,
                by=ask.by.strip() or "the API",
                why=ask.why.strip(),
                key=key,
                expected=found.moved,
            ),
            now=time.time(),
        )
    return number


# -- asking providers ---------------------------------------------------------------------------------

ABLE = f"""
SELECT message.run, message.seq, message.attempts, account.provider, message.reason
{picking.FROM}
LEFT JOIN event AS sending ON sending.workspace = message.workspace AND sending.run = message.run
  AND sending.seq = message.seq AND sending.kind = {codes.EVENTS[ledger.EventKind.SENDING]}
  AND sending.attempt = message.attempts
LEFT JOIN account ON account.workspace = message.workspace AND account.id = sending.account
  AND account.removed_at IS NULL
WHERE {{where}} ORDER BY message.updated_at LIMIT {{most}}
"""
#: Messages that one request may have asked about; the rest is asked about by itself, later.
MOST_ASKED = 5_000


async def look_up(desk: desks.Desk, ask: wire.LookUpAsk) -> wire.LookUp:
    """Have the providers asked about these doubts as soon as the pace of asking allows."""
    where, values = picking.where(exceptions.read(desk, ask.pick, codes.DOUBT), desk.workspace)
    async with desk.database.reading() as connection:
        rows = (await connection.execute(sa.text(ABLE.format(where=where, most=MOST_ASKED)), values)).all()
    able = [row for row in rows if exceptions.can_look_up(explaining.adapter(row.provider))]
    if able:
        await desk.ledger.do(
            lookups.ask_now,
            workspace=desk.workspace,
            spots=[(row.run, row.seq, row.attempts) for row in able],
            now=time.time(),
        )
        desk.finder.wake()
    cannot = len(rows) - len(able)
    words = []
    if able:
        words.append(f"The provider is asked about {len(able):,}; what it says appears in each story.")
    if cannot:
        words.append(f"{cannot:,} cannot be looked up: their provider has no way to be asked.")
    return wire.LookUp(asked=len(able), cannot=cannot, words=" ".join(words) or "There is no such message.")
