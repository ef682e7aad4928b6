"""Frequency caps, counted from the ledger in the transaction that writes the intents.

Writers come one after another, so that whatever another sender has intended for the same person is counted: two senders
cannot both take the last place under a cap.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec

from server.store import statements
from server.store.ledger import book, codes
from server.wire import ledger

SQL = statements.load(Path(__file__).with_name("policies.sql"))
MICRO = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most `most` messages to one person within any `period_s` seconds."""

    most: int
    period_s: float
    channel: int = 0  #: code; 0 for all together
    waits: bool = False  #: whether a message over the cap waits for its turn, else it is skipped


class Asked(NamedTuple):
    """A message about to be intended, under caps."""

    spot: book.Spot
    channel: int
    contact: int
    caps: tuple[Cap, ...]


class Over(NamedTuple):
    """A message that may not go now."""

    cap: Cap
    until: (
        float | None
    )  #: when it may, epoch seconds; None where that hangs on another message of the same tick


def over(connection: sqlite3.Connection, asked: Iterable[Asked], now: float) -> dict[book.Spot, Over]:
    """Which messages a cap keeps from going now. Runs in the caller's transaction, before its intents are written."""
    found: dict[book.Spot, Over] = {}
    by_workspace: dict[int, list[Asked]] = defaultdict(list)
    for one in asked:
        by_workspace[one.spot.workspace].append(one)
    for workspace, some in by_workspace.items():
        sent = _sent(connection, workspace, some, now)
        going: dict[tuple[int, int], int] = defaultdict(int)
        for one in some:
            verdict = _judge(one, sent.get(one.contact, ()), going, now)
            if verdict is not None:
                found[one.spot] = verdict
                continue
            going[one.contact, one.channel] += 1
    return found


def _sent(
    connection: sqlite3.Connection, workspace: int, asked: list[Asked], now: float
) -> dict[int, list[tuple[float, int]]]:
    """Contact to when something was handed over to them, and on which channel, oldest first."""
    longest = max(cap.period_s for one in asked for cap in one.caps)
    rows = connection.execute(
        SQL["sent_to"],
        {
            "workspace": workspace,
            "contacts": msgspec.json.encode([one.contact for one in asked]).decode(),
            "since": now - longest,
            "sending_kind": codes.EVENTS[ledger.EventKind.SENDING],
        },
    )
    sent: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for contact, channel, _run, at in rows:
        sent[contact].append((at / MICRO, channel))
    for times in sent.values():
        times.sort()
    return sent


def _judge(
    one: Asked, sent: Iterable[tuple[float, int]], going: dict[tuple[int, int], int], now: float
) -> Over | None:
    """The cap that keeps a message back longest; one that skips outranks those that wait."""
    found: list[Over] = []
    for cap in one.caps:
        if cap.channel not in (0, one.channel):
            continue
        times = [at for at, channel in sent if at > now - cap.period_s and cap.channel in (0, channel)]
        if len(times) >= cap.most:
            found.append(Over(cap, times[len(times) - cap.most] + cap.period_s))
            continue
        beside = sum(
            count
            for (contact, channel), count in going.items()
            if contact == one.contact and cap.channel in (0, channel)
        )
        if len(times) + beside >= cap.most:
            found.append(Over(cap, None))
    full = [verdict for verdict in found if verdict.until is not None]
    for verdict in full:
        if not verdict.cap.waits:
            return verdict
    if full:
        return max(full, key=lambda verdict: verdict.until or 0.0)
    return found[0] if found else None
