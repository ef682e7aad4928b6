"""Which intents of a tick may leave, and the rows that say so before they do.

Refused is what a run was paused or cancelled for, what another sender holds by now, what was suppressed meanwhile,
what its policy no longer allows, and what its limits have no room for.
"""

import collections
import sqlite3
from dataclasses import dataclass

import msgspec

from server.store.ledger import book, capping, codes, metering, moving, ticks
from server.wire import ledger

#: The line that every story has; looking it up by name would cost more than writing it.
SENDING = codes.EVENTS[ledger.EventKind.SENDING]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What became of a tick's intents."""

    granted: set[book.Spot]
    suppressed: set[book.Spot]
    over: dict[book.Spot, capping.Over]  #: what a frequency cap keeps back
    limited: metering.Admitted


def grant(
    connection: sqlite3.Connection,
    intents: list[ticks.Intent],
    *,
    running: set[tuple[int, int]],
    lost: set[ticks.Key],
    lines: book.Book,
    now: float,
    moment: float,
) -> Grant:
    """Write the intents that may leave: of runs that go on, in batches not lost, within every rule.

    `now` is what policies count by and `moment`, a little later, what limits count by; both epoch seconds.
    """
    may_go = [
        intent for intent in intents if intent.spot[:2] in running and ticks.key(intent.batch) not in lost
    ]
    suppressed = _suppressed(connection, may_go)
    if suppressed:
        may_go = [intent for intent in may_go if intent.spot not in suppressed]
    may_go, over = _within_policy(connection, may_go, now)
    limited = metering.admit(connection, may_go, moment)
    if limited.blocked:
        may_go = [intent for intent in may_go if intent.spot not in limited.blocked]
    granted = _write(connection, may_go, lines, now)
    return Grant(granted=granted, suppressed=suppressed, over=over, limited=limited)


def _suppressed(connection: sqlite3.Connection, intents: list[ticks.Intent]) -> set[book.Spot]:
    """Which intents go to an address that was suppressed since its batch was loaded."""
    by_channel: dict[tuple[int, int], list[ticks.Intent]] = {}
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
    connection: sqlite3.Connection, intents: list[ticks.Intent], now: float
) -> tuple[list[ticks.Intent], dict[book.Spot, capping.Over]]:
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


def _write(
    connection: sqlite3.Connection, intents: list[ticks.Intent], lines: book.Book, now: float
) -> set[book.Spot]:
    """Move waiting messages to sending; left out are those that wait no more, cancelled or delivered meanwhile."""
    rows = [_row(intent, now) for intent in intents]
    if rows and not moving.moves_all(connection, book.SQL["intend"], rows):
        intents = [
            intent
            for intent, row in zip(intents, rows, strict=True)
            if connection.execute(book.SQL["intend"], row).rowcount
        ]
    lines.events_of(SENDING, [(intent.spot, intent.attempt, intent.account, None) for intent in intents])
    alike: ticks.Alike = collections.defaultdict(list)
    for intent in intents:
        spot = intent.spot
        alike[spot.workspace, spot.run, intent.batch.channel, intent.account].append(spot)
    for (_, _, channel, account), spots in alike.items():
        lines.shift(spots, channel, frm=(0, codes.WAITING), to=(account, codes.SENDING))
    return {intent.spot for intent in intents}


def _row(intent: ticks.Intent, now: float) -> tuple[object, ...]:
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
