"""One transaction a tick: outcomes since the last, intents for what goes next, and everything that counts them.

The order within is the promise: outcomes first, then the control words are read, then intents, which are refused
where a run was paused or cancelled, where a lease was lost, and where an address was suppressed meanwhile. When the
tick returns, the intents it granted are on disk, and only then may a byte leave.
"""

import bisect
import collections
import enum
import sqlite3
import time
from dataclasses import dataclass, field

import msgspec

from server.store import database
from server.store.ledger import batches, book, capping, codes, metering, moving, waking
from server.wire import ledger
from server.wire.campaigns import LATENCY_BOUNDS_MS

KINDS = codes.EVENTS
#: The two lines that every message's story has; looking them up by name would cost more than writing them.
SENDING, ACCEPTED = KINDS[ledger.EventKind.SENDING], KINDS[ledger.EventKind.ACCEPTED]

#: Messages that count alike: by workspace, run, channel and account.
Alike = dict[tuple[int, int, int, int], list[book.Spot]]


class End(enum.Enum):
    """How an attempt ended, or that none is made."""

    ACCEPTED = "accepted"
    AGAIN = "again"  #: refused for now; waits until `due_at`
    REPEAT = "repeat"  #: nobody knows, and another send under the same key is harmless; waits until `due_at`
    FAILED = "failed"  #: refused for good
    DOUBT = "doubt"  #: nobody knows


class Outcome(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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
    detail: book.Detail = {}
    dead_address: str = ""  #: address key to remove from the contact, where the provider knows it to be dead
    dead_since: float | None = None
    opted_out: str = ""  #: address key to suppress, where the provider says that the person asked for no more
    contact: int = 0


class Intent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message about to be handed over."""

    spot: book.Spot
    batch: batches.Batch
    account: int
    attempt: int
    address_key: str
    digest: bytes
    variables: str  #: JSON
    repeats: bool = False  #: whether a second send of it cannot reach the person twice
    contact: int = 0
    caps: tuple[capping.Cap, ...] = ()
    good_until: float = float(
        "inf"
    )  #: its policy allows it until then, epoch seconds; later it is judged anew
    uses: tuple[metering.Use, ...] = ()  #: the limits it counts towards


class Skipped(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message that is never handed over."""

    spot: book.Spot
    batch: batches.Batch
    reason: str
    detail: book.Detail = {}


class Deferred(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message that its policy lets wait until a later moment."""

    spot: book.Spot
    batch: batches.Batch
    until: float  #: epoch seconds
    detail: book.Detail = {}


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
    deferrals: list[Deferred] = field(default_factory=list)
    released: list[tuple[batches.Batch, float]] = field(
        default_factory=list
    )  #: and when to claim each at the earliest
    report: dict[str, int | float | str] | None = None  #: this sender's row, every second or so
    bound: dict[tuple[int, int, int, str], float] | None = None  #: seconds each cause bound a run's channel


@dataclass(slots=True, kw_only=True)
class Done:
    """What the tick granted."""

    granted: set[book.Spot]
    lost: list[batches.Batch]
    paused: set[tuple[int, int]]  #: (workspace, run) that must not be sent now
    suppressed: set[book.Spot]
    limited: metering.Admitted = metering.NOTHING


def tick(connection: sqlite3.Connection, work: Tick) -> Done:
    """Write one tick, flushed."""
    asked = time.monotonic()
    with database.transaction(connection):
        # Limits count by the moment messages may leave, and that is later by however long the database was another's.
        moment = work.now + time.monotonic() - asked
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
        may_go, over = _within_policy(connection, may_go, work.now)
        limited = metering.admit(connection, may_go, moment)
        if limited.blocked:
            may_go = [intent for intent in may_go if intent.spot not in limited.blocked]
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
        deferrals = [
            deferral
            for deferral in work.deferrals
            if (deferral.batch.workspace, deferral.batch.run, deferral.batch.n) not in lost_keys
        ]
        if over:
            _hold_back(work.intents, over, skips, deferrals)
        _write_skips(connection, skips, lines, work.now)
        _write_deferrals(connection, deferrals, lines, work.now)
        lines.write(connection)
        _release(connection, work)
        if work.report is not None:
            connection.execute(book.SQL["report_sender"], work.report)
        if work.bound:
            metering.note(connection, work.bound, work.now)
    paused = {(batch.workspace, batch.run) for batch in work.held} - running
    return Done(granted=granted, lost=lost, paused=paused, suppressed=suppressed, limited=limited)


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


def _within_policy(
    connection: sqlite3.Connection, intents: list[Intent], now: float
) -> tuple[list[Intent], dict[book.Spot, capping.Over]]:
    """Which intents their policies still allow, and which a frequency cap keeps back.

    Those that were judged too long ago are in neither: they wait on, and are judged anew.
    """
    fresh = [intent for intent in intents if intent.good_until > now]
    asked = [
        capping.Asked(intent.spot, intent.batch.channel, intent.contact, intent.caps)
        for intent in fresh
        if intent.caps
    ]
    if not asked:
        return fresh, {}
    over = capping.over(connection, asked, now)
    return [intent for intent in fresh if intent.spot not in over], over


def _hold_back(
    intents: list[Intent],
    over: dict[book.Spot, capping.Over],
    skips: list[Skipped],
    deferrals: list[Deferred],
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
                Deferred(
                    spot=intent.spot,
                    batch=intent.batch,
                    until=verdict.until,
                    detail={"reason": reason, **detail},
                )
            )
        else:
            skips.append(Skipped(spot=intent.spot, batch=intent.batch, reason=reason, detail=detail))


def _write_deferrals(
    connection: sqlite3.Connection, deferrals: list[Deferred], lines: book.Book, now: float
) -> None:
    """Let messages wait until a later moment; they stay where they are in the equation."""
    for deferral in deferrals:
        if connection.execute(capping.SQL["defer"], (deferral.until, now, *deferral.spot)).rowcount:
            lines.event(
                deferral.spot,
                KINDS[ledger.EventKind.DEFERRED],
                detail={**deferral.detail, "until": deferral.until},
            )


def _write_intents(
    connection: sqlite3.Connection, intents: list[Intent], lines: book.Book, now: float
) -> set[book.Spot]:
    """Move waiting messages to sending; left out are those that wait no more, cancelled or delivered meanwhile."""
    granted = set()
    alike: Alike = collections.defaultdict(list)
    rows = [_row(intent, now) for intent in intents]
    together = moving.moves_all(connection, book.SQL["intend"], rows) if rows else True
    for intent, row in zip(intents, rows, strict=True):
        if not together and not connection.execute(book.SQL["intend"], row).rowcount:
            continue
        granted.add(intent.spot)
        alike[intent.spot.workspace, intent.spot.run, intent.batch.channel, intent.account].append(
            intent.spot
        )
        lines.event(intent.spot, SENDING, attempt=intent.attempt, account=intent.account)
    for (_, _, channel, account), spots in alike.items():
        lines.shift(spots, channel, frm=(0, codes.WAITING), to=(account, codes.SENDING))
    return granted


def _row(intent: Intent, now: float) -> tuple[object, ...]:
    """What `intend` writes."""
    return (
        intent.attempt,
        intent.account,
        intent.address_key,
        intent.digest,
        intent.variables,
        int(intent.repeats),
        now,
        *intent.spot,
    )


def _write_skips(connection: sqlite3.Connection, skips: list[Skipped], lines: book.Book, now: float) -> None:
    for skip in skips:
        moved = connection.execute(book.SQL["skip"], (skip.reason, now, *skip.spot)).fetchone()
        if moved is None:
            continue
        (state,) = moved
        kind = ledger.EventKind.DOUBT if state == codes.DOUBT else ledger.EventKind.SKIPPED
        lines.leave(skip.spot, skip.batch.channel, 0, codes.WAITING)
        lines.enter(skip.spot, skip.batch.channel, 0, state, skip.reason)
        lines.event(skip.spot, KINDS[kind], detail={"reason": skip.reason, **skip.detail})


def _write_outcomes(
    connection: sqlite3.Connection, work: Tick, lines: book.Book, statuses: dict[tuple[int, int], str]
) -> None:
    accepted = [outcome for outcome in work.outcomes if outcome.end is End.ACCEPTED]
    together = bool(accepted) and moving.moves_all(
        connection, book.SQL["accept"], [_taken(outcome) for outcome in accepted]
    )
    if together:
        _count_accepted(accepted, lines)
    for outcome in work.outcomes:
        if outcome.end is End.ACCEPTED:
            _accept(connection, outcome, lines, moved=together)
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


def _count_accepted(accepted: list[Outcome], lines: book.Book) -> None:
    alike: Alike = collections.defaultdict(list)
    for outcome in accepted:
        spot = outcome.spot
        alike[spot.workspace, spot.run, outcome.channel, outcome.account].append(spot)
    for (_, _, channel, account), spots in alike.items():
        lines.shift(spots, channel, frm=(account, codes.SENDING), to=(account, codes.ACCEPTED))


def _taken(outcome: Outcome) -> tuple[object, ...]:
    """What `accept` writes."""
    return outcome.provider_ref, outcome.at, *outcome.spot, outcome.attempt


def _accept(connection: sqlite3.Connection, outcome: Outcome, lines: book.Book, *, moved: bool) -> None:
    """Write an acceptance; `moved` says that its message already stands there and is counted."""
    if not moved:
        if connection.execute(book.SQL["accept"], _taken(outcome)).rowcount:
            _count_accepted([outcome], lines)
        else:
            _accept_late(connection, outcome, lines)
    lines.event(
        outcome.spot,
        ACCEPTED,
        attempt=outcome.attempt,
        account=outcome.account,
        detail={"provider_ref": outcome.provider_ref, "took_ms": round(outcome.took_ms, 1), **outcome.detail},
    )


def _accept_late(connection: sqlite3.Connection, outcome: Outcome, lines: book.Book) -> None:
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
    End.AGAIN: (codes.WAITING, ledger.EventKind.REFUSED),
    End.REPEAT: (codes.WAITING, ledger.EventKind.REPEATED),
    End.FAILED: (codes.FAILED, ledger.EventKind.FAILED),
    End.DOUBT: (codes.DOUBT, ledger.EventKind.DOUBT),
}


def _end_attempt(
    connection: sqlite3.Connection, outcome: Outcome, lines: book.Book, statuses: dict[tuple[int, int], str]
) -> None:
    """Write a refusal or a doubt. What was to wait in a run that is being cancelled is cancelled."""
    _, kind = ENDS[outcome.end]
    ended = statuses.get((outcome.spot.workspace, outcome.spot.run)) not in ("running", "paused")
    state = _state_after(connection, outcome, ended=ended)
    reason = outcome.reason if state in (codes.FAILED, codes.DOUBT) else ""
    account = outcome.account if state in (codes.FAILED, codes.DOUBT) else 0
    due_at = outcome.due_at if state == codes.WAITING else None
    if outcome.end is End.REPEAT and state == codes.WAITING:
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
    elif outcome.end not in (End.DOUBT, End.REPEAT):
        _refuse_late(connection, outcome, lines)
    detail: book.Detail = {"reason": outcome.reason, "took_ms": round(outcome.took_ms, 1), **outcome.detail}
    lines.event(outcome.spot, KINDS[kind], attempt=outcome.attempt, account=outcome.account, detail=detail)
    if state == codes.CANCELLED:
        lines.event(outcome.spot, KINDS[ledger.EventKind.CANCELLED])
    elif state == codes.DOUBT and outcome.end is not End.DOUBT:
        lines.event(
            outcome.spot,
            KINDS[ledger.EventKind.DOUBT],
            attempt=outcome.attempt,
            account=outcome.account,
            detail={"why": "an earlier try may have arrived"},
        )


def _state_after(connection: sqlite3.Connection, outcome: Outcome, *, ended: bool) -> int:
    """Where a message stands after an attempt that was not accepted.

    What may have arrived by this attempt or an earlier one is never called failed or cancelled: it is in doubt.
    """
    state, _ = ENDS[outcome.end]
    if outcome.end is End.REPEAT:
        return codes.DOUBT if ended else state
    if outcome.end is End.AGAIN and not ended:
        return state
    if outcome.attempt > 1 and _perhaps(connection, outcome.spot):
        return codes.DOUBT
    return codes.CANCELLED if outcome.end is End.AGAIN else state


def _perhaps(connection: sqlite3.Connection, spot: book.Spot) -> bool:
    """Whether an earlier attempt may have arrived."""
    return bool(connection.execute(book.SQL["is_perhaps"], spot).fetchone()[0])


def _refuse_late(connection: sqlite3.Connection, outcome: Outcome, lines: book.Book) -> None:
    """A refusal that comes after the message was put in doubt settles it: it was not sent.

    One that is to be tried again is, unless its run was cancelled.
    """
    spot = outcome.spot
    state, reason, account, attempts, channel = connection.execute(book.SQL["look"], spot).fetchone()
    if state != codes.DOUBT or attempts != outcome.attempt or _perhaps(connection, spot):
        return
    lines.leave(spot, channel, account, state, reason)
    if outcome.end is End.AGAIN and batches.goes_on(connection, workspace=spot.workspace, run=spot.run):
        connection.execute(book.SQL["put"], (codes.WAITING, "", 0, outcome.due_at, None, outcome.at, *spot))
        lines.enter(spot, channel, 0, codes.WAITING)
        waking.wake(connection, workspace=spot.workspace, run=spot.run, seqs=[spot.seq], now=outcome.at)
        return
    connection.execute(
        book.SQL["put"], (codes.FAILED, outcome.reason, outcome.account, None, None, outcome.at, *spot)
    )
    lines.enter(spot, channel, outcome.account, codes.FAILED, outcome.reason)


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
