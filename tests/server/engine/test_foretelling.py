"""What is told before a launch is what the launch does: one outcome a message, the first that the ledger writes."""

import collections
import itertools
import json
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import strategies as st

from server.engine import foretelling, judging, shaping
from server.store import database
from server.store.ledger import batches, book, codes, terms, ticking, ticks
from server.wire import ledger, policies
from tests.support import books

PEOPLE = 12
NOW = 1_900_000_123.0  #: a Sunday evening in Europe
SENT_RUN = 900
CLOCKS = (("", ""), ("Europe/Rome", ""), ("Asia/Tokyo", ""), ("", "US"), ("America/Lima", "PE"))
HOURS = st.integers(0, 23).map(lambda hour: f"{hour:02d}:00")
OTHERWISE = st.sampled_from(policies.Otherwise)


@dataclass(frozen=True, slots=True)
class Person:
    """All about one person that decides what they get."""

    clock: tuple[str, str]
    addresses: frozenset[str]
    suppressed: frozenset[str]
    had: tuple[tuple[str, float], ...]  #: channel and hours ago of what they were sent before


PERSONS = st.builds(
    Person,
    st.sampled_from(CLOCKS),
    st.frozensets(st.sampled_from(("sms", "rcs"))),
    st.frozensets(st.sampled_from(("sms", "rcs", "all")), max_size=1),
    st.lists(st.tuples(st.sampled_from(("sms", "rcs")), st.sampled_from((0.5, 5.0, 30.0))), max_size=3).map(
        tuple
    ),
)
#: With several channels a cap over all of them is met by whichever message leaves first: nobody can tell ahead.
CAPS = st.builds(
    policies.Cap,
    most=st.integers(1, 2),
    hours=st.sampled_from((1, 24, 48)),
    channel=st.sampled_from(("sms", "rcs")),
    otherwise=OTHERWISE,
)
RULES = st.builds(
    judging.Rules,
    quiet=st.builds(
        policies.QuietHours,
        windows=st.lists(
            st.builds(
                policies.Window,
                start=HOURS,
                end=HOURS,
                channels=st.lists(st.sampled_from(("sms", "rcs")), max_size=1),
            ),
            max_size=1,
        ),
        otherwise=OTHERWISE,
    ),
    caps=st.lists(CAPS, max_size=2),
    not_after=st.sampled_from((None, NOW + 3 * 3600.0, NOW + 20 * 3600.0)),
    fallback_s=st.sampled_from((None, 3600)),
)
LOCALS = st.none() | st.builds(policies.LocalTime, at=HOURS, late=st.sampled_from(policies.Late))


def fill(connection: sqlite3.Connection, persons: list[Person]) -> None:
    """Put the people, and what they were sent before, into the database."""
    connection.execute("DELETE FROM identity")
    seqs = itertools.count(1)
    for number, person in enumerate(persons, start=1):
        zone, country = person.clock
        connection.execute("UPDATE contact SET zone = ?, country = ? WHERE id = ?", (zone, country, number))
        key = f"+1555{number:07d}"
        for channel in person.addresses:
            connection.execute(
                "INSERT INTO identity (workspace, contact, channel, address, address_key, created_at)"
                " VALUES (?, ?, ?, ?, ?, 0)",
                (books.WORKSPACE, number, channel, key, key),
            )
        for channel in person.suppressed:
            connection.execute(
                "INSERT INTO suppression (workspace, channel, address_key) VALUES (?, ?, ?)",
                (books.WORKSPACE, channel, key),
            )
        for channel, ago in person.had:
            at, seq = NOW - ago * 3600, next(seqs)
            connection.execute(
                "INSERT INTO message (workspace, run, seq, channel, contact, state, reason, attempts, updated_at)"
                " VALUES (?, ?, ?, ?, ?, ?, '', 1, ?)",
                (books.WORKSPACE, SENT_RUN, seq, codes.CHANNELS[channel], number, codes.ACCEPTED, at),
            )
            connection.execute(
                "INSERT INTO event (workspace, run, seq, at, kind) VALUES (?, ?, ?, ?, ?)",
                (
                    books.WORKSPACE,
                    SENT_RUN,
                    seq,
                    int(at * 1_000_000),
                    codes.EVENTS[ledger.EventKind.SENDING],
                ),
            )


def happens(
    connection: sqlite3.Connection, channels: list[str], rules: judging.Rules, due: foretelling.Due | None
) -> dict[str, collections.Counter[str]]:
    """Launch it, and let a sender meet every message at the first moment it is due: what becomes of each."""
    shape = terms.Terms(
        policy="{}", not_after=rules.not_after, fallback=rules.fallback_s is not None, due=due
    )
    run = books.freeze(connection, channels, terms=shape)
    moments = {NOW} | {
        at
        for (at,) in connection.execute("SELECT DISTINCT due_at FROM message WHERE run = ?", (run,))
        if at is not None and at < codes.HELD
    }
    for now in sorted(moments):
        for channel in sorted(channels):  # RCS before the SMS in its place
            meet(connection, codes.CHANNELS[channel], rules, now)
    found: dict[str, collections.Counter[str]] = {channel: collections.Counter() for channel in channels}
    for seq, code, state, reason, due_at in connection.execute(
        "SELECT seq, channel, state, reason, due_at FROM message WHERE run = ?", (run,)
    ):
        found[codes.CHANNEL_NAMES[code]][outcome(connection, run, seq, state, reason, due_at)] += 1
    return found


def outcome(
    connection: sqlite3.Connection, run: int, seq: int, state: int, reason: str, due_at: float | None
) -> str:
    """The first thing that became of a message."""
    put_off = connection.execute(
        "SELECT detail FROM event WHERE run = ? AND seq = ? AND kind = ? ORDER BY at",
        (run, seq, codes.EVENTS[ledger.EventKind.DEFERRED]),
    ).fetchone()
    if put_off is not None:
        return f"held {json.loads(put_off[0])['reason']}"
    if state == codes.SKIPPED:
        return f"skipped {reason}"
    if due_at == codes.HELD:  # whom no SMS may be sent to gets none whatever becomes of the RCS message
        return "skipped suppressed" if is_suppressed(connection, run, seq) else "held fallback"
    assert state in (
        codes.SENDING,
        codes.DOUBT,
    )  # the latter where its batch was claimed again for later ones
    return "goes"


def is_suppressed(connection: sqlite3.Connection, run: int, seq: int) -> bool:
    found = connection.execute(
        "SELECT 1 FROM message JOIN suppression ON suppression.address_key = message.address_key"
        " AND suppression.channel IN ('sms', 'all') WHERE run = ? AND seq = ?",
        (run, seq),
    )
    return found.fetchone() is not None


def meet(connection: sqlite3.Connection, channel: int, rules: judging.Rules, now: float) -> None:
    """A sender claims what is due on a channel, and does with it what the product's own does."""
    judge = judging.Judge(rules, channel)
    while claimed := batches.claim(connection, owner="1/1", channel=channel, now=now, lease_s=30):
        batch, rows = claimed
        work = ticks.Tick(owner="1/1", now=now, lease_s=30.0, held=[batch])
        for row in rows:
            spot = book.Spot(batch.workspace, batch.run, row.seq)
            if row.address is None or row.suppressed:
                work.skips.append(ticks.Skipped(spot=spot, batch=batch, reason="suppressed"))
                continue
            verdict = judge.judge(batch, row, now)
            match verdict:
                case ticks.Skipped():
                    work.skips.append(verdict)
                case ticks.Deferred():
                    work.deferrals.append(verdict)
                case judging.Go():
                    more: dict[str, Any] = {"contact": row.contact, "caps": verdict.caps}
                    work.intents.append(books.intent(batch, row, **more))
        ticking.tick(connection, work)
        with database.transaction(connection):
            connection.execute(
                "UPDATE batch SET owner = '', lease_until = 0, due_at = ? WHERE run = ? AND n = ?",
                (next_due(connection, batch, now), batch.run, batch.n),
            )


def next_due(connection: sqlite3.Connection, batch: batches.Batch, now: float) -> float:
    """When a batch has something for a sender again that none has met yet."""
    (at,) = connection.execute(
        "SELECT coalesce(min(due_at), 1e18) FROM message WHERE run = ? AND seq >= ? AND seq < ? AND state = 0"
        " AND due_at > ?",
        (batch.run, batch.seq_from, batch.seq_to, now),
    ).fetchone()
    return float(at)


def foretold(
    connection: sqlite3.Connection, channels: list[str], rules: judging.Rules, due: foretelling.Due | None
) -> dict[str, collections.Counter[str]]:
    found = {}
    for channel in channels:
        told = foretelling.tell(
            connection,
            foretelling.Asked(
                workspace=books.WORKSPACE,
                audience=books.AUDIENCE,
                channel=channel,
                beside=channels,
                rules=rules,
                due=due,
                now=NOW,
            ),
        )
        (addressed,) = connection.execute(
            "SELECT count(*) FROM identity WHERE channel = ?", (channel,)
        ).fetchone()
        counted = collections.Counter({"skipped no_address": PEOPLE - addressed})
        counted["skipped suppressed"] = told.suppressed
        counted.update({f"held {reason}": count for reason, count in told.held.items()})
        counted.update({f"skipped {reason}": count for reason, count in told.barred.items()})
        counted["goes"] = PEOPLE - counted.total()
        found[channel] = +counted
    return found


@hypothesis.settings(max_examples=60, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
@hypothesis.given(
    persons=st.lists(PERSONS, min_size=PEOPLE, max_size=PEOPLE),
    channels=st.sampled_from((["sms"], ["rcs"], ["sms", "rcs"])),
    rules=RULES,
    local=LOCALS,
)
def test_what_is_told_before_a_launch_is_what_becomes_of_each_message(
    persons: list[Person], channels: list[str], rules: judging.Rules, local: policies.LocalTime | None
) -> None:
    if local is not None:  # what they were sent by then is told as of now
        rules = judging.Rules(quiet=rules.quiet, not_after=rules.not_after, fallback_s=rules.fallback_s)
    due = None if local is None else shaping.due(local, rules, NOW)
    with (
        tempfile.TemporaryDirectory() as folder,
        books.opened(Path(folder), people=PEOPLE) as connection,
    ):
        fill(connection, persons)
        told = foretold(connection, channels, rules, due)
        assert told == happens(connection, channels, rules, due)
        assert all(one.total() == PEOPLE for one in told.values())
