"""Count ahead what a launch would make of an audience: of each message the first outcome that the ledger would write.

Nobody is counted twice on a channel. The order is the ledger's own: what the freeze settles (no address, an hour that
has passed, an SMS held for its RCS message), what the claim finds (a suppressed address), what the judge says (quiet
hours, the last moment), what the tick counts (frequency caps). Only who is suppressed is told so before everything but
the freeze: an SMS to them may wait for its RCS message, but never leaves.
"""

import collections
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from server.engine import judging
from server.pipeline.delivery import hours, zones
from server.store.ledger import capping, codes, terms
from server.wire import ledger
from server.wire import policies as wire

#: Why an SMS would wait that stands in for an RCS message.
FALLBACK = "fallback"

Values = dict[str, int | float | str]
Due = Callable[[str, str], terms.Due]

#: People of an audience with an address of a channel, as many as are alike in all that decides.
ALIKE = """
SELECT contact.zone, contact.country, {suppressed} AS barred, {rcs} AS first, {full} AS had, {rcs_full} AS first_had,
  count(*)
FROM member
JOIN identity ON identity.workspace = member.workspace AND identity.contact = member.contact
  AND identity.channel = :channel AND identity.removed_at IS NULL
JOIN contact ON contact.workspace = member.workspace AND contact.id = member.contact
WHERE member.workspace = :workspace AND member.audience = :audience
GROUP BY contact.zone, contact.country, barred, first, had, first_had
"""
SUPPRESSED = """EXISTS (SELECT 1 FROM suppression WHERE suppression.workspace = {identity}.workspace
    AND suppression.channel IN ('{channel}', 'all') AND suppression.address_key = {identity}.address_key)"""
#: Whether an RCS message would be tried before the SMS: 0 no, 1 yes, 2 it would be skipped for a suppressed address.
RCS = f"""coalesce((SELECT 1 + {SUPPRESSED.format(identity="rcs", channel="rcs")} FROM identity AS rcs
    WHERE rcs.workspace = member.workspace AND rcs.contact = member.contact AND rcs.channel = 'rcs'
      AND rcs.removed_at IS NULL), 0)"""  # noqa: S608  # words of our own
#: How many messages count towards a cap, as capping counts them.
COUNTED = """(SELECT count(*) FROM message WHERE message.workspace = member.workspace
    AND message.contact = member.contact AND message.attempts > 0
    AND (message.state BETWEEN 1 AND 6 OR message.state = 12 OR message.perhaps = 1)
    AND message.updated_at >= :since_{n} AND (:counted_{n} = 0 OR message.channel = :counted_{n})
    AND (SELECT max(event.at) FROM event WHERE event.workspace = message.workspace AND event.run = message.run
      AND event.seq = message.seq AND event.kind = :sending_kind) > :since_us_{n})"""
TRIED, SUPPRESSED_RCS = 1, 2
HELD, BARRED = "held", "barred"
FREE, WAITS, SKIPS = 0, 1, 2  #: what stands against a person by caps


class Group(NamedTuple):
    """People with an address who are alike in all that decides about their messages."""

    zone: str
    country: str
    suppressed: int
    rcs: int
    full: int
    rcs_full: int
    people: int


@dataclass(slots=True, kw_only=True)
class Told:
    """One channel's outcomes, in messages; who is in none of them has no address or would be handed over."""

    suppressed: int = 0
    held: collections.Counter[str] = field(default_factory=collections.Counter)
    barred: collections.Counter[str] = field(default_factory=collections.Counter)
    planned: collections.Counter[terms.Due] = field(default_factory=collections.Counter)
    assumed: int = 0  #: to people whose clock is not known, where it matters


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A launch as it is asked about."""

    workspace: int
    audience: int
    channel: str
    beside: Sequence[str]  #: all channels of the campaign
    rules: judging.Rules
    due: Due | None  #: by zone and country, where messages wait for their recipient's hour
    now: float
    counts_caps: bool = True  #: to look into what everybody was sent takes long for a large audience


def tell(connection: sqlite3.Connection, asked: Asked) -> Told:
    """Count one channel's outcomes."""
    told = Told()
    rules = asked.rules
    quiet, rcs_quiet = (hours.Quiet(rules.quiet.windows, channel) for channel in (asked.channel, "rcs"))
    for group in _alike(connection, asked):
        clock, source = zones.of(group.zone, group.country, rules.zone)
        if source == "workspace" and (quiet or asked.due is not None):
            told.assumed += group.people
        planned = terms.Due(clock, asked.now) if asked.due is None else asked.due(group.zone, group.country)
        if planned.at is None:
            told.barred[planned.skip] += group.people
            continue
        if asked.due is not None and not group.rcs:
            told.planned[planned] += group.people
        verdict = _judge(rules, quiet, group.full, planned.at, clock)
        if group.rcs == TRIED:
            first = _judge(rules, rcs_quiet, group.rcs_full, planned.at, clock)
            # Only what is skipped at once lets its SMS go at once.
            verdict = verdict if first is not None and first[0] == BARRED else (HELD, FALLBACK)
        if group.suppressed or group.rcs == SUPPRESSED_RCS:
            told.suppressed += group.people
        elif verdict is not None:
            outcome, reason = verdict
            (told.held if outcome == HELD else told.barred)[reason] += group.people
    return told


def _judge(
    rules: judging.Rules, quiet: hours.Quiet, full: int, at: float, clock: str
) -> tuple[str, str] | None:
    """What the judge and the tick would make of a message that is claimed then; None where it would leave."""
    free = quiet.free_at(at, clock) if quiet else at
    if free > at:
        waits = rules.quiet.otherwise is wire.Otherwise.WAIT
        last = judging.FOREVER if rules.not_after is None else rules.not_after
        if waits and free >= last:  # also where it is quiet all week
            return BARRED, ledger.Skip.EXPIRED.value
        return HELD if waits else BARRED, ledger.Skip.QUIET_HOURS.value
    return None if full == FREE else (BARRED if full == SKIPS else HELD, ledger.Skip.FREQUENCY.value)


def _alike(connection: sqlite3.Connection, asked: Asked) -> Iterator[Group]:
    full, values = _full(asked, asked.channel)
    rcs_full = str(FREE)
    falls_back = asked.rules.fallback_s is not None and asked.channel == "sms" and "rcs" in asked.beside
    if falls_back:
        rcs_full, more = _full(asked, "rcs")
        values |= more
    statement = ALIKE.format(
        suppressed=SUPPRESSED.format(identity="identity", channel=asked.channel),
        rcs=RCS if falls_back else "0",
        full=full,
        rcs_full=rcs_full,
    )
    values |= {"workspace": asked.workspace, "audience": asked.audience, "channel": asked.channel}
    return (Group(*row) for row in connection.execute(statement, values))


def _full(asked: Asked, channel: str) -> tuple[str, Values]:
    """Whether somebody has had their share on a channel; one cap that skips outranks those that wait."""
    caps = judging.caps(asked.rules.caps, codes.CHANNELS[channel]) if asked.counts_caps else ()
    values: Values = {"sending_kind": codes.EVENTS[ledger.EventKind.SENDING]} if caps else {}
    cases = []
    for place, cap in sorted(enumerate(caps), key=lambda one: one[1].waits):
        n, since = f"{channel}_{place}", asked.now - cap.period_s
        values |= {
            f"most_{n}": cap.most,
            f"counted_{n}": cap.channel,
            f"since_{n}": since,
            f"since_us_{n}": int(since * capping.MICRO),
        }
        cases.append(f"WHEN {COUNTED.format(n=n)} >= :most_{n} THEN {WAITS if cap.waits else SKIPS}")
    return (f"CASE {' '.join(cases)} ELSE {FREE} END" if cases else str(FREE)), values
