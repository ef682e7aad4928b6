"""One transaction a tick: outcomes since the last, intents for what goes next, and everything that counts them.

The order within is the promise: outcomes first, then the control words are read, then intents, which are refused
where a run was paused or cancelled, where a lease was lost, and where an address was suppressed meanwhile. When the
tick returns, the intents it granted are on disk, and only then may a byte leave.
"""

import bisect
import enum
import sqlite3
from dataclasses import dataclass, field

import msgspec

from server.store import database
from server.store.ledger import batches, book, codes
from server.wire import ledger
from server.wire.campaigns import LATENCY_BOUNDS_MS

KINDS = codes.EVENTS


class End(enum.Enum):
    """How an attempt ended, or that none is made."""

    ACCEPTED = "accepted"
    AGAIN = "again"  #: refused for now; waits until `due_at`
    FAILED = "failed"  #: refused for good
    DOUBT = "doubt"  #: nobody knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one attempt."""

    spot: book.Spot
    channel: int
    account: int
    attempt: int
    end: End
    reason: str = ""  #: the equation's reason, for FAILED and DOUBT
    provider_ref: str = ""
    due_at: float | None = None  #: for AGAIN
    took_ms: float = 0.0
    at: float = 0.0  #: epoch seconds
    detail: book.Detail = field(default_factory=dict)
    dead_address: str = ""  #: address key to remove from the contact, where the provider knows it to be dead
    dead_since: float | None = None
    opted_out: str = ""  #: address key to suppress, where the provider says that the person asked for no more
    contact: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One message about to be handed over."""

    spot: book.Spot
    batch: batches.Batch
    account: int
    attempt: int
    address_key: str
    digest: bytes
    variables: str  #: JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """One message that is never handed over."""

    spot: book.Spot
    batch: batches.Batch
    reason: str
    detail: book.Detail = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Tick:
    """What one sender has to write. `held` are all batches it holds."""

    owner: str
    now: float
    lease_s: float
    held: list[batches.Batch]
    outcomes: list[Outcome] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    skips: list[Skipped] = field(default_factory=list)
    released: list[tuple[batches.Batch, float]] = field(
        default_factory=list
    )  #: and when to claim each at the earliest
    report: dict[str, int | float | str] | None = None  #: this sender's row, every second or so


@dataclass(slots=True, kw_only=True)
class Done:
    """What the tick granted."""

    granted: set[book.Spot]
    lost: list[batches.Batch]
    paused: set[tuple[int, int]]  #: (workspace, run) that must not be sent now
    suppressed: set[book.Spot]


def tick(connection: sqlite3.Connection, work: Tick) -> Done:
    """Write one tick, flushed."""
    with database.transaction(connection):
        lines = book.Book()
        statuses = {
            (workspace, run): status
            for workspace, run, status in connection.execute(book.SQL["run_statuses"])
        }
        _write_outcomes(connection, work, lines, statuses)
        lost = _renew(connection, work)
        running = {key for key, status in statuses.items() if status == "running"}
        lost_keys = {(batch.workspace, batch.run, batch.n) for batch in lost}
        may_go = [
            intent
            for intent in work.intents
            if (intent.spot.workspace, intent.spot.run) in running
            and (intent.batch.workspace, intent.batch.run, intent.batch.n) not in lost_keys
        ]
        suppressed = _suppressed(connection, may_go)
        may_go = [intent for intent in may_go if intent.spot not in suppressed]
        granted = _write_intents(connection, may_go, lines, work.now)
        skips = [
            skip
            for skip in work.skips
            if (skip.batch.workspace, skip.batch.run, skip.batch.n) not in lost_keys
        ]
        skips += [
            Skipped(spot=intent.spot, batch=intent.batch, reason=ledger.Skip.SUPPRESSED.value)
            for intent in work.intents
            if intent.spot in suppressed
        ]
        _write_skips(connection, skips, lines, work.now)
        lines.write(connection)
        _release(connection, work)
        if work.report is not None:
            connection.execute(book.SQL["report_sender"], work.report)
    paused = {(batch.workspace, batch.run) for batch in work.held} - running
    return Done(granted=granted, lost=lost, paused=paused, suppressed=suppressed)


def _renew(connection: sqlite3.Connection, work: Tick) -> list[batches.Batch]:
    """Renew every lease held; those that are somebody else's by now are returned."""
    lost = []
    until = work.now + work.lease_s
    for batch in work.held:
        renewed = connection.execute(
            book.SQL["renew_lease"],
            {
                "workspace": batch.workspace,
                "run": batch.run,
                "n": batch.n,
                "owner": work.owner,
                "fence": batch.fence,
                "until": until,
            },
        ).rowcount
        if not renewed:
            lost.append(batch)
    return lost


def _suppressed(connection: sqlite3.Connection, intents: list[Intent]) -> set[book.Spot]:
    """Which intents go to an address that was suppressed since its batch was loaded."""
    by_channel: dict[tuple[int, int], list[Intent]] = {}
    for intent in intents:
        by_channel.setdefault((intent.spot.workspace, intent.batch.channel), []).append(intent)
    found: set[book.Spot] = set()
    for (workspace, channel), some in by_channel.items():
        keys = msgspec.json.encode([intent.address_key for intent in some]).decode()
        hits = {
            key
            for (key,) in connection.execute(
                book.SQL["suppressed_now"],
                {"workspace": workspace, "channel_name": codes.CHANNEL_NAMES[channel], "keys": keys},
            )
        }
        if hits:
            found.update(intent.spot for intent in some if intent.address_key in hits)
    return found


def _write_intents(
    connection: sqlite3.Connection, intents: list[Intent], lines: book.Book, now: float
) -> set[book.Spot]:
    """Move waiting messages to sending; left out are those that wait no more, cancelled or delivered meanwhile."""
    granted = set()
    for intent in intents:
        moved = connection.execute(
            book.SQL["intend"],
            (
                intent.attempt,
                intent.account,
                intent.address_key,
                intent.digest,
                intent.variables,
                now,
                *intent.spot,
            ),
        ).rowcount
        if not moved:
            continue
        granted.add(intent.spot)
        lines.leave(intent.spot, intent.batch.channel, 0, codes.WAITING)
        lines.enter(intent.spot, intent.batch.channel, intent.account, codes.SENDING)
        lines.event(
            intent.spot, KINDS[ledger.EventKind.SENDING], attempt=intent.attempt, account=intent.account
        )
    return granted


def _write_skips(connection: sqlite3.Connection, skips: list[Skipped], lines: book.Book, now: float) -> None:
    for skip in skips:
        if connection.execute(book.SQL["skip"], (skip.reason, now, *skip.spot)).rowcount:
            lines.leave(skip.spot, skip.batch.channel, 0, codes.WAITING)
            lines.enter(skip.spot, skip.batch.channel, 0, codes.SKIPPED, skip.reason)
            lines.event(
                skip.spot, KINDS[ledger.EventKind.SKIPPED], detail={"reason": skip.reason, **skip.detail}
            )


def _write_outcomes(
    connection: sqlite3.Connection, work: Tick, lines: book.Book, statuses: dict[tuple[int, int], str]
) -> None:
    for outcome in work.outcomes:
        if outcome.end is End.ACCEPTED:
            _accept(connection, outcome, lines)
        else:
            _end_attempt(connection, outcome, lines, statuses)
        if outcome.dead_address:
            _remove_address(connection, outcome)
        if outcome.opted_out:
            _suppress(connection, outcome)
        second = int(outcome.at)
        if outcome.end is End.ACCEPTED:
            lines.pace(outcome.spot, outcome.channel, second, accepted=1)
            lines.latency(
                outcome.spot, outcome.channel, bisect.bisect_left(LATENCY_BOUNDS_MS, outcome.took_ms)
            )
        elif outcome.end is End.FAILED:
            lines.pace(outcome.spot, outcome.channel, second, failed=1)


def _accept(connection: sqlite3.Connection, outcome: Outcome, lines: book.Book) -> None:
    moved = connection.execute(
        book.SQL["accept"], (outcome.provider_ref, outcome.at, *outcome.spot, outcome.attempt)
    ).rowcount
    if moved:
        lines.leave(outcome.spot, outcome.channel, outcome.account, codes.SENDING)
        lines.enter(outcome.spot, outcome.channel, outcome.account, codes.ACCEPTED)
    else:
        _accept_late(connection, outcome, lines)
    lines.event(
        outcome.spot,
        KINDS[ledger.EventKind.ACCEPTED],
        attempt=outcome.attempt,
        account=outcome.account,
        detail={"provider_ref": outcome.provider_ref, "took_ms": round(outcome.took_ms, 1), **outcome.detail},
    )


def _accept_late(connection: sqlite3.Connection, outcome: Outcome, lines: book.Book) -> None:
    """The message moved on before its acceptance was written: a receipt was faster, or it was put in doubt."""
    state, reason, account, _attempts, channel = connection.execute(book.SQL["look"], outcome.spot).fetchone()
    further = codes.RANK[state] >= codes.RANK[codes.ACCEPTED]
    new_state, new_reason = (state, reason) if further else (codes.ACCEPTED, "")
    new_account = account if further else outcome.account
    connection.execute(
        book.SQL["put"],
        (new_state, new_reason, new_account, None, outcome.provider_ref, outcome.at, *outcome.spot),
    )
    lines.leave(outcome.spot, channel, account, state, reason)
    lines.enter(outcome.spot, channel, new_account, new_state, new_reason)


def _end_attempt(
    connection: sqlite3.Connection, outcome: Outcome, lines: book.Book, statuses: dict[tuple[int, int], str]
) -> None:
    """Write a refusal or a doubt. What was to wait in a run that is being cancelled is cancelled."""
    state, kind = {
        End.AGAIN: (codes.WAITING, ledger.EventKind.REFUSED),
        End.FAILED: (codes.FAILED, ledger.EventKind.FAILED),
        End.DOUBT: (codes.DOUBT, ledger.EventKind.DOUBT),
    }[outcome.end]
    ended = statuses.get((outcome.spot.workspace, outcome.spot.run)) not in ("running", "paused")
    if outcome.end is End.AGAIN and ended:
        state = codes.CANCELLED
    reason = outcome.reason if state in (codes.FAILED, codes.DOUBT) else ""
    account = outcome.account if state in (codes.FAILED, codes.DOUBT) else 0
    due_at = outcome.due_at if state == codes.WAITING else None
    moved = connection.execute(
        book.SQL["end_attempt"], (state, reason, account, due_at, outcome.at, *outcome.spot, outcome.attempt)
    ).rowcount
    if moved:
        lines.leave(outcome.spot, outcome.channel, outcome.account, codes.SENDING)
        lines.enter(outcome.spot, outcome.channel, account, state, reason)
    elif outcome.end is not End.DOUBT:
        _refuse_late(connection, outcome, lines)
    detail: book.Detail = {"reason": outcome.reason, "took_ms": round(outcome.took_ms, 1), **outcome.detail}
    lines.event(outcome.spot, KINDS[kind], attempt=outcome.attempt, account=outcome.account, detail=detail)
    if state == codes.CANCELLED:
        lines.event(outcome.spot, KINDS[ledger.EventKind.CANCELLED])


def _refuse_late(connection: sqlite3.Connection, outcome: Outcome, lines: book.Book) -> None:
    """A refusal that comes after the message was put in doubt settles it: it was not sent, and is not sent again."""
    state, reason, account, attempts, channel = connection.execute(book.SQL["look"], outcome.spot).fetchone()
    if state != codes.DOUBT or attempts != outcome.attempt:
        return
    connection.execute(
        book.SQL["put"],
        (codes.FAILED, outcome.reason, outcome.account, None, None, outcome.at, *outcome.spot),
    )
    lines.leave(outcome.spot, channel, account, state, reason)
    lines.enter(outcome.spot, channel, outcome.account, codes.FAILED, outcome.reason)


def _remove_address(connection: sqlite3.Connection, outcome: Outcome) -> None:
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


def _suppress(connection: sqlite3.Connection, outcome: Outcome) -> None:
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


def _release(connection: sqlite3.Connection, work: Tick) -> None:
    for batch, not_before in work.released:
        batches.release(connection, batch=batch, owner=work.owner, now=work.now, not_before=not_before)
