"""Write what a tick keeps back: messages that are never handed over, and those that wait until a later moment."""

import sqlite3

from server.store.ledger import book, capping, codes, granting, ticks
from server.wire import ledger

KINDS = codes.EVENTS


def withhold(
    connection: sqlite3.Connection,
    work: ticks.Tick,
    grant: granting.Grant,
    *,
    lost: set[ticks.Key],
    lines: book.Book,
) -> None:
    """Write a tick's skips and deferrals, and those its grant gave rise to; not of batches that were lost."""
    skips = [skip for skip in work.skips if ticks.key(skip.batch) not in lost]
    deferrals = [deferral for deferral in work.deferrals if ticks.key(deferral.batch) not in lost]
    if grant.suppressed:
        skips += [
            ticks.Skipped(spot=intent.spot, batch=intent.batch, reason=ledger.Skip.SUPPRESSED.value)
            for intent in work.intents
            if intent.spot in grant.suppressed
        ]
    if grant.over:
        _hold_back(work.intents, grant.over, skips, deferrals)
    _write_skips(connection, skips, lines, work.now)
    _write_deferrals(connection, deferrals, lines, work.now)


def _hold_back(
    intents: list[ticks.Intent],
    over: dict[book.Spot, capping.Over],
    skips: list[ticks.Skipped],
    deferrals: list[ticks.Deferred],
) -> None:
    """Skip or defer what is over a cap. What hangs on a message of this same tick just waits for its next turn."""
    for intent in intents:
        verdict = over.get(intent.spot)
        if verdict is None or verdict.until is None:
            continue
        detail: book.Detail = {
            "most": verdict.cap.most,
            "hours": round(verdict.cap.period_s / 3600),
            "counted": codes.CHANNEL_NAMES.get(verdict.cap.channel, "all"),
        }
        reason = ledger.Skip.FREQUENCY.value
        if verdict.cap.waits:
            deferrals.append(
                ticks.Deferred(
                    spot=intent.spot,
                    batch=intent.batch,
                    until=verdict.until,
                    detail={"reason": reason, **detail},
                )
            )
        else:
            skips.append(ticks.Skipped(spot=intent.spot, batch=intent.batch, reason=reason, detail=detail))


def _write_deferrals(
    connection: sqlite3.Connection, deferrals: list[ticks.Deferred], lines: book.Book, now: float
) -> None:
    """Let messages wait until a later moment; they stay where they are in the equation."""
    for deferral in deferrals:
        if connection.execute(capping.SQL["defer"], (deferral.until, now, *deferral.spot)).rowcount:
            lines.event(
                deferral.spot,
                KINDS[ledger.EventKind.DEFERRED],
                detail={**deferral.detail, "until": deferral.until},
            )


def _write_skips(
    connection: sqlite3.Connection, skips: list[ticks.Skipped], lines: book.Book, now: float
) -> None:
    for skip in skips:
        moved = connection.execute(book.SQL["skip"], (skip.reason, now, *skip.spot)).fetchone()
        if moved is None:
            continue
        (state,) = moved
        kind = ledger.EventKind.DOUBT if state == codes.DOUBT else ledger.EventKind.SKIPPED
        lines.leave(skip.spot, skip.batch.channel, 0, codes.WAITING)
        lines.enter(skip.spot, skip.batch.channel, 0, state, skip.reason)
        lines.event(skip.spot, KINDS[kind], detail={"reason": skip.reason, **skip.detail})
