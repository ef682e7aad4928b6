"""What sending failures or doubts again would do, counted before anybody agrees to it."""

import collections
import time
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.channels import contents
from server.engine import desk as desks
from server.engine import exceptions, explaining
from server.store.ledger import acts, codes, picking
from server.wire import exceptions as wire
from server.wire import ledger, problems

Connection = sa_asyncio.AsyncConnection

DAY_S = 86_400

_CHANNEL_NAME = "CASE message.channel " + " ".join(
    f"WHEN {code} THEN '{name}'" for name, code in codes.CHANNELS.items()
) + " END"  # fmt: skip
#: Every message meant, by channel and by what would become of it now.
NOW = f"""
SELECT message.channel, message.account, run.status,
  CASE WHEN identity.contact IS NULL THEN '{ledger.Skip.NO_ADDRESS}'
    WHEN EXISTS (SELECT 1 FROM suppression WHERE suppression.workspace = message.workspace
      AND suppression.channel IN ('all', {_CHANNEL_NAME}) AND suppression.address_key = identity.address_key)
    THEN '{ledger.Skip.SUPPRESSED}'
    WHEN coalesce(run.not_after, :now) < :now THEN '{ledger.Skip.EXPIRED}' ELSE '' END AS skip,
  coalesce(identity.address_key <> message.address_key, 0) AS elsewhere,
  message.state = {codes.DOUBT} AND message.repeats = 0 AS twice, count(*) AS n
{picking.FROM}
LEFT JOIN identity ON identity.workspace = message.workspace AND identity.contact = message.contact
  AND identity.channel = {_CHANNEL_NAME} AND identity.removed_at IS NULL
WHERE {{where}} GROUP BY message.channel, message.account, run.status, skip, elsewhere, twice
"""  # noqa: S608 - nothing but the texts above
LEFT_OUT = f"""
SELECT CASE WHEN NOT {picking.GOES_ON} THEN 'cancelled' ELSE 'fell_back' END AS why, count(*) AS n
{picking.FROM}
WHERE {{where}} AND NOT ({picking.GOES_ON} AND NOT {picking.FELL_BACK}) GROUP BY why
"""
LANES = """
SELECT id, channel, name, weight, rate_per_s FROM account
WHERE workspace = :workspace AND enabled = 1 AND halted = 0 AND weight > 0 AND removed_at IS NULL ORDER BY id
"""
ACCOUNTS = """
SELECT id, name, enabled, halted, health_text, weight, removed_at FROM account WHERE workspace = :workspace
"""
#: What a channel did a second, over the seconds in which it did anything.
SPEEDS = """
SELECT channel, avg(accepted) AS speed FROM (SELECT channel, second, sum(accepted) AS accepted FROM pace
  WHERE workspace = :workspace AND second >= :since
  AND run NOT IN (SELECT id FROM run WHERE workspace = :workspace AND kind = 'test')
  GROUP BY channel, second HAVING sum(accepted) > 0) AS seconds
GROUP BY channel
"""
LEFT_OUT_WORDS = {
    "cancelled": "Their run was cancelled; what is cancelled stays so.",
    "fell_back": "Their fallback SMS was sent; a second message would reach the person on two channels.",
}


async def preview(desk: desks.Desk, ask: wire.PreviewAsk) -> wire.Preview:
    """Count what sending again would do now. Raises problems.Refused for an act that sends nothing."""
    if ask.kind not in acts.SENDING:
        raise problems.refuse(
            problems.Code.INVALID,
            f"There is nothing to foresee of {ask.kind.value!r}: it sends nothing.",
            f"Ask for one of {', '.join(sorted(kind.value for kind in acts.SENDING))}.",
        )
    pick = exceptions.read(desk, ask.pick, acts.MOVES[ask.kind].source)
    where, values = acts.sendable(pick, desk.workspace, ask.kind)
    plain, _ = picking.where(pick, desk.workspace)
    key = {"workspace": desk.workspace}
    now = time.time()
    async with desk.database.reading() as connection:
        rows = (await connection.execute(sa.text(NOW.format(where=where)), {**values, "now": now})).all()
        left_out = (await connection.execute(sa.text(LEFT_OUT.format(where=plain)), values)).all()
        lanes = (await connection.execute(sa.text(LANES), key)).all()
        accounts = {row.id: row for row in await connection.execute(sa.text(ACCOUNTS), key)}
        held = (await connection.execute(sa.text("SELECT count(*) FROM hold"))).scalar_one()
        speeds = {
            int(row.channel): float(row.speed)
            for row in await connection.execute(sa.text(SPEEDS), {**key, "since": int(now) - DAY_S})
        }
    sends = _sends(rows)
    bound = _bound(rows) if ask.kind is wire.Kind.AGAIN else {}
    shares = _own_shares(bound, lanes, speeds) if bound else share_out(sends, lanes, speeds)
    return wire.Preview(
        messages=sum(row.n for row in rows),
        sends=sum(sends.values()),
        skips=_skips(rows),
        left_out=[wire.Count(reason=row.why, words=LEFT_OUT_WORDS[row.why], count=row.n) for row in left_out],
        lanes=shares,
        seconds=_seconds(sends, shares),
        twice=sum(row.n for row in rows if row.twice and not row.skip),
        changes=_changes(rows, accounts, lanes),
        faults=_faults(sends, lanes, held=bool(held)) + _stranded(bound, accounts, lanes),
    )


def _sends(rows: Iterable[Any]) -> dict[int, int]:
    """Channel to messages that would be handed over."""
    sends: collections.Counter[int] = collections.Counter()
    for row in rows:
        if not row.skip:
            sends[row.channel] += row.n
    return dict(sends)


def _skips(rows: Iterable[Any]) -> list[wire.Count]:
    counts: collections.Counter[str] = collections.Counter()
    for row in rows:
        if row.skip:
            counts[row.skip] += row.n
    return [
        wire.Count(reason=reason, words=explaining.explain("", reason).words, count=count)
        for reason, count in counts.most_common()
    ]


def share_out(sends: dict[int, int], lanes: Iterable[Any], speeds: dict[int, float]) -> list[wire.LaneShare]:
    """What each account that can send would carry, by weight."""
    shares = []
    for channel, count in sends.items():
        name = codes.CHANNEL_NAMES[channel]
        mine = [lane for lane in lanes if lane.channel == name]
        total = sum(lane.weight for lane in mine)
        left = count
        for at, lane in enumerate(mine):
            part = left if at == len(mine) - 1 else min(left, round(count * lane.weight / total))
            left -= part
            lately = speeds.get(channel, 0.0) * lane.weight / total
            shares.append(
                wire.LaneShare(
                    channel=name,
                    account=lane.id,
                    name=lane.name,
                    messages=part,
                    rate_per_s=lane.rate_per_s or lately,
                )
            )
    return shares


def _bound(rows: Iterable[Any]) -> dict[int, int]:
    """Account to the doubts that may go by it alone: what may have arrived by one never leaves by another."""
    bound: collections.Counter[int] = collections.Counter()
    for row in rows:
        if not row.skip:
            bound[row.account] += row.n
    return dict(bound)


def _own_shares(
    bound: dict[int, int], lanes: Iterable[Any], speeds: dict[int, float]
) -> list[wire.LaneShare]:
    """What each account would carry of the doubts that are bound to it."""
    return [
        wire.LaneShare(
            channel=lane.channel,
            account=lane.id,
            name=lane.name,
            messages=bound[lane.id],
            rate_per_s=lane.rate_per_s or speeds.get(codes.CHANNELS[lane.channel], 0.0),
        )
        for lane in lanes
        if lane.id in bound
    ]


def _stranded(bound: dict[int, int], accounts: dict[int, Any], lanes: Iterable[Any]) -> list[str]:
    """Doubts whose own account cannot send."""
    able = {lane.id for lane in lanes}
    return [
        f"{count:,} may go by {accounts[account].name} alone, where they may have arrived, and it cannot send now."
        for account, count in bound.items()
        if account in accounts and account not in able
    ]


def _seconds(sends: dict[int, int], shares: list[wire.LaneShare]) -> float | None:
    """How long the slowest lane takes; None where one has no speed that is known, or nothing can be sent at all."""
    channels = {codes.CHANNEL_NAMES[channel] for channel in sends}
    carrying = [share for share in shares if share.messages]
    if not carrying or channels - {share.channel for share in carrying}:
        return None
    if any(share.rate_per_s <= 0 for share in carrying):
        return None
    return max(share.messages / share.rate_per_s for share in carrying)


def _changes(rows: Iterable[Any], accounts: dict[int, Any], lanes: Iterable[Any]) -> list[str]:
    """What is different from when they failed."""
    rows = list(rows)
    usable = {lane.id for lane in lanes}
    changes = []
    by_account: collections.Counter[int] = collections.Counter()
    for row in rows:
        by_account[row.account] += row.n
    for account, count in by_account.most_common():
        known = accounts.get(account)
        if account and account not in usable:
            changes.append(f"{_gone(known, account)} {count:,} of these were sent by it.")
    elsewhere = sum(row.n for row in rows if row.elsewhere and not row.skip)
    if elsewhere:
        changes.append(f"{elsewhere:,} of the people have another address by now; it goes there.")
    paused = sum(row.n for row in rows if row.status == "paused" and not row.skip)
    if paused:
        changes.append(f"{paused:,} belong to a run that is paused, and wait until it goes on.")
    return changes


def _gone(known: Any, account: int) -> str:
    if known is None or known.removed_at is not None:
        return f"Account {known.name if known is not None else account} was removed."
    if known.halted:
        return f"Account {known.name} has halted: {known.health_text}."
    return f"Account {known.name} is switched off."


def _faults(sends: dict[int, int], lanes: Iterable[Any], *, held: bool) -> list[str]:
    able = {lane.channel for lane in lanes}
    faults = [
        f"{contents.TITLES[codes.CHANNEL_NAMES[channel]]} has no account that can send;"
        f" {count:,} messages would wait for one. Add or mend one under Providers."
        for channel, count in sends.items()
        if codes.CHANNEL_NAMES[channel] not in able
    ]
    if held:
        faults.append("The server is held, and sends nothing before a person lets it go on.")
    return faults
