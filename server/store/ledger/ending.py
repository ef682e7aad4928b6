"""Write how attempts ended: where each message stands now, and what that says of its address and its person."""

import bisect
import collections
import sqlite3

import msgspec

from server.store.ledger import batches, book, codes, moving, ticks, waking
from server.wire import ledger
from server.wire.campaigns import LATENCY_BOUNDS_MS

KINDS = codes.EVENTS
#: The line that nearly every outcome adds; looking it up by name would cost more than writing it.
ACCEPTED = KINDS[ledger.EventKind.ACCEPTED]


def write(
    connection: sqlite3.Connection,
    outcomes: list[ticks.Outcome],
    lines: book.Book,
    statuses: dict[tuple[int, int], str],
) -> None:
    """Write outcomes in the caller's transaction; `statuses` are those of the runs that are being sent."""
    accepted = [outcome for outcome in outcomes if outcome.end is ticks.End.ACCEPTED]
    if accepted:
        _write_accepted(connection, accepted, lines)
    for outcome in outcomes:
        if outcome.end is not ticks.End.ACCEPTED:
            _end_attempt(connection, outcome, lines, statuses)
        if outcome.end is ticks.End.FAILED:
            lines.pace(outcome.spot, outcome.channel, int(outcome.at), failed=1)
        if outcome.dead_address:
            _remove_address(connection, outcome)
        if outcome.opted_out:
            _suppress(connection, outcome)


def _write_accepted(connection: sqlite3.Connection, accepted: list[ticks.Outcome], lines: book.Book) -> None:
    """Nearly always all of them move by one statement; where one would not, each is looked at."""
    if moving.moves_all(connection, book.SQL["accept"], [_taken(outcome) for outcome in accepted]):
        _count_accepted(accepted, lines)
    else:
        for outcome in accepted:
            _accept(connection, outcome, lines)
    lines.events_of(
        ACCEPTED, [(outcome.spot, outcome.attempt, outcome.account, _said(outcome)) for outcome in accepted]
    )
    for outcome in accepted:
        spot, channel = outcome.spot, outcome.channel
        lines.pace(spot, channel, int(outcome.at), accepted=1)
        lines.latency(spot, channel, bisect.bisect_left(LATENCY_BOUNDS_MS, outcome.took_ms))


def _count_accepted(accepted: list[ticks.Outcome], lines: book.Book) -> None:
    alike: ticks.Alike = collections.defaultdict(list)
    for outcome in accepted:
        spot = outcome.spot
        alike[spot.workspace, spot.run, outcome.channel, outcome.account].append(spot)
    for (_, _, channel, account), spots in alike.items():
        lines.shift(spots, channel, frm=(account, codes.SENDING), to=(account, codes.ACCEPTED))


def _taken(outcome: ticks.Outcome) -> tuple[object, ...]:
    """What `accept` writes."""
    return outcome.provider_ref, outcome.at, *outcome.spot, outcome.attempt


def _said(outcome: ticks.Outcome) -> str:
    """What the story's line says of an acceptance, as JSON."""
    detail = {
        "provider_ref": outcome.provider_ref,
        "took_ms": round(outcome.took_ms, 1),
        **outcome.detail,
    }
    return msgspec.json.encode(detail).decode()


def _accept(connection: sqlite3.Connection, outcome: ticks.Outcome, lines: book.Book) -> None:
    """Write one acceptance of several that did not all move."""
    if connection.execute(book.SQL["accept"], _taken(outcome)).rowcount:
        _count_accepted([outcome], lines)
    else:
        _accept_late(connection, outcome, lines)


def _accept_late(connection: sqlite3.Connection, outcome: ticks.Outcome, lines: book.Book) -> None:
    """The message moved on before its acceptance was written: a receipt was faster, or it was put in doubt."""
    state, reason, account, _attempts, channel = connection.execute(book.SQL["look"], outcome.spot).fetchone()
    further = codes.rank(state, reason) >= codes.RANK[codes.ACCEPTED]
    new_state, new_reason = (state, reason) if further else (codes.ACCEPTED, "")
    new_account = account if further else outcome.account
    connection.execute(
        book.SQL["put"],
        (new_state, new_reason, new_account, None, outcome.provider_ref, outcome.at, *outcome.spot),
    )
    lines.leave(outcome.spot, channel, account, state, reason)
    lines.enter(outcome.spot, channel, new_account, new_state, new_reason)


#: Where an attempt's end puts a message, and the line it adds to its story.
ENDS = {
    ticks.End.AGAIN: (codes.WAITING, ledger.EventKind.REFUSED),
    ticks.End.REPEAT: (codes.WAITING, ledger.EventKind.REPEATED),
    ticks.End.FAILED: (codes.FAILED, ledger.EventKind.FAILED),
    ticks.End.DOUBT: (codes.DOUBT, ledger.EventKind.DOUBT),
}


def _end_attempt(
    connection: sqlite3.Connection,
    outcome: ticks.Outcome,
    lines: book.Book,
    statuses: dict[tuple[int, int], str],
) -> None:
    """Write a refusal or a doubt. What was to wait in a run that is being cancelled is cancelled."""
    _, kind = ENDS[outcome.end]
    ended = statuses.get((outcome.spot.workspace, outcome.spot.run)) not in ("running", "paused")
    state = _state_after(connection, outcome, ended=ended)
    reason = outcome.reason if state in (codes.FAILED, codes.DOUBT) else ""
    account = outcome.account if state in (codes.FAILED, codes.DOUBT) else 0
    due_at = outcome.due_at if state == codes.WAITING else None
    if outcome.end is ticks.End.REPEAT and state == codes.WAITING:
        moved = connection.execute(
            book.SQL["repeat"], (due_at, outcome.at, *outcome.spot, outcome.attempt)
        ).rowcount
    else:
        moved = connection.execute(
            book.SQL["end_attempt"],
            (state, reason, account, due_at, outcome.at, *outcome.spot, outcome.attempt),
        ).rowcount
    if moved:
        lines.leave(outcome.spot, outcome.channel, outcome.account, codes.SENDING)
        lines.enter(outcome.spot, outcome.channel, account, state, reason)
    elif outcome.end not in (ticks.End.DOUBT, ticks.End.REPEAT):
        _refuse_late(connection, outcome, lines)
    detail: book.Detail = {"reason": outcome.reason, "took_ms": round(outcome.took_ms, 1), **outcome.detail}
    lines.event(outcome.spot, KINDS[kind], attempt=outcome.attempt, account=outcome.account, detail=detail)
    if state == codes.CANCELLED:
        lines.event(outcome.spot, KINDS[ledger.EventKind.CANCELLED])
    elif state == codes.DOUBT and outcome.end is not ticks.End.DOUBT:
        lines.event(
            outcome.spot,
            KINDS[ledger.EventKind.DOUBT],
            attempt=outcome.attempt,
            account=outcome.account,
            detail={"why": "an earlier try may have arrived"},
        )


def _state_after(connection: sqlite3.Connection, outcome: ticks.Outcome, *, ended: bool) -> int:
    """Where a message stands after an attempt that was not accepted.

    What may have arrived by this attempt or an earlier one is never called failed or cancelled: it is in doubt.
    """
    state, _ = ENDS[outcome.end]
    if outcome.end is ticks.End.REPEAT:
        return codes.DOUBT if ended else state
    if outcome.end is ticks.End.AGAIN and not ended:
        return state
    if outcome.attempt > 1 and _perhaps(connection, outcome.spot):
        return codes.DOUBT
    return codes.CANCELLED if outcome.end is ticks.End.AGAIN else state


def _perhaps(connection: sqlite3.Connection, spot: book.Spot) -> bool:
    """Whether an earlier attempt may have arrived."""
    return bool(connection.execute(book.SQL["is_perhaps"], spot).fetchone()[0])


def _refuse_late(connection: sqlite3.Connection, outcome: ticks.Outcome, lines: book.Book) -> None:
    """A refusal that comes after the message was put in doubt settles it: it was not sent.

    One that is to be tried again is, unless its run was cancelled.
    """
    spot = outcome.spot
    state, reason, account, attempts, channel = connection.execute(book.SQL["look"], spot).fetchone()
    if state != codes.DOUBT or attempts != outcome.attempt or _perhaps(connection, spot):
        return
    lines.leave(spot, channel, account, state, reason)
    if outcome.end is ticks.End.AGAIN and batches.goes_on(connection, workspace=spot.workspace, run=spot.run):
        connection.execute(book.SQL["put"], (codes.WAITING, "", 0, outcome.due_at, None, outcome.at, *spot))
        lines.enter(spot, channel, 0, codes.WAITING)
        waking.wake(connection, workspace=spot.workspace, run=spot.run, seqs=[spot.seq], now=outcome.at)
        return
    connection.execute(
        book.SQL["put"], (codes.FAILED, outcome.reason, outcome.account, None, None, outcome.at, *spot)
    )
    lines.enter(spot, channel, outcome.account, codes.FAILED, outcome.reason)


def _remove_address(connection: sqlite3.Connection, outcome: ticks.Outcome) -> None:
    connection.execute(
        book.SQL["remove_identity"],
        {
            "workspace": outcome.spot.workspace,
            "contact": outcome.contact,
            "channel": codes.CHANNEL_NAMES[outcome.channel],
            "address_key": outcome.dead_address,
            "because": outcome.reason,
            "dead_since": outcome.dead_since,
            "now": outcome.at,
        },
    )


def _suppress(connection: sqlite3.Connection, outcome: ticks.Outcome) -> None:
    connection.execute(
        book.SQL["add_suppression"],
        (
            outcome.spot.workspace,
            codes.CHANNEL_NAMES[outcome.channel],
            outcome.opted_out,
            outcome.opted_out,
            f"opted out with the provider ({outcome.reason})",
            outcome.at,
        ),
    )
