"""What needs a person, for people: doubts and dead letters grouped, explained and listed."""

import collections
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.engine import desk as desks
from server.engine import explaining, messages, picks
from server.providers import base
from server.store.ledger import codes, picking
from server.wire import exceptions as wire
from server.wire import moments, problems

Connection = sa_asyncio.AsyncConnection

MOST_PARTS = 8  #: domains or runs named in a group
MOST_ROWS = 500

DEAD_GROUPS = f"""
SELECT message.channel, message.account, message.reason, message.run, run.campaign,
  CASE message.channel WHEN {codes.CHANNELS["email"]} THEN {picking.DOMAIN} ELSE '' END AS domain,
  count(*) AS n, min(message.updated_at) AS oldest, max(message.updated_at) AS newest
{picking.FROM}
WHERE {{where}} GROUP BY message.channel, message.account, message.reason, message.run, domain
"""
DOUBT_GROUPS = f"""
SELECT message.channel, message.account, message.reason, message.run, run.campaign, '' AS domain,
  count(*) AS n, min(message.updated_at) AS oldest, max(message.updated_at) AS newest,
  sum(message.repeats) AS harmless, count(lookup.seq) AS looked_up, count(lookup.next_at) AS to_look_up
{picking.FROM}
LEFT JOIN lookup ON lookup.workspace = message.workspace AND lookup.run = message.run AND lookup.seq = message.seq
  AND lookup.attempt = message.attempts
WHERE {{where}} GROUP BY message.channel, message.account, message.reason, message.run
"""
CLOSED = f"SELECT count(*) {picking.FROM} WHERE {{where}}"
ROWS = f"""
{messages.ROW} AND (message.run, message.seq) IN (SELECT message.run, message.seq {picking.FROM} WHERE {{where}}
  ORDER BY message.updated_at, message.run, message.seq LIMIT :limit OFFSET :offset)
ORDER BY message.updated_at, message.run, message.seq
"""
ACCOUNTS = "SELECT id, name, provider FROM account WHERE workspace = :workspace"
CAMPAIGNS = "SELECT id, name FROM campaign WHERE workspace = :workspace"


@dataclass(slots=True)
class _Sum:
    """One group while its parts are added up."""

    count: int = 0
    oldest: float = float("inf")
    newest: float = 0.0
    harmless: int = 0
    looked_up: int = 0
    to_look_up: int = 0
    domains: collections.Counter[str] = field(default_factory=collections.Counter)
    runs: collections.Counter[int] = field(default_factory=collections.Counter)
    campaigns: dict[int, int] = field(default_factory=dict)

    def add(self, row: Any) -> None:
        self.count += row.n
        self.oldest = min(self.oldest, row.oldest)
        self.newest = max(self.newest, row.newest)
        self.runs[row.run] += row.n
        self.campaigns[row.run] = row.campaign
        if row.domain:
            self.domains[row.domain] += row.n


@dataclass(frozen=True, slots=True)
class _Names:
    accounts: dict[int, tuple[str, str]]
    campaigns: dict[int, str]


def read(desk: desks.Desk, ask: wire.Pick, state: int) -> picking.Pick:
    """A pick of this workspace. Raises problems.Refused."""
    return picks.read(ask, state, workspace=desk.workspace, installation=desk.installation.ref)


async def dead(desk: desks.Desk, ask: wire.Pick) -> wire.Groups:
    """Everything given up, grouped by reason, channel and account over all runs."""
    pick = read(desk, ask, codes.FAILED)
    sums: dict[tuple[int, int, str, int], _Sum] = {}
    async with desk.database.reading() as connection:
        for row in await _groups(connection, desk, DEAD_GROUPS, pick):
            sums.setdefault((row.channel, row.account, row.reason, 0), _Sum()).add(row)
        names = await _names(connection, desk)
        closed = await _closed(connection, desk, pick)
    groups = [_group(key, one, names) for key, one in sums.items()]
    return _largest_first(groups, closed)


async def doubts(desk: desks.Desk, ask: wire.Pick) -> wire.Groups:
    """Everything in doubt, grouped by run, channel, account and why, with the rule that applies to it."""
    pick = read(desk, ask, codes.DOUBT)
    sums: dict[tuple[int, int, str, int], _Sum] = {}
    async with desk.database.reading() as connection:
        for row in await _groups(connection, desk, DOUBT_GROUPS, pick):
            one = sums.setdefault((row.channel, row.account, row.reason, row.run), _Sum())
            one.add(row)
            one.harmless += row.harmless
            one.looked_up += row.looked_up
            one.to_look_up += row.to_look_up
        names = await _names(connection, desk)
        closed = await _closed(connection, desk, pick)
    groups = [_group(key, one, names) for key, one in sums.items()]
    return _largest_first(groups, closed)


async def rows(desk: desks.Desk, ask: wire.Rows, state: int) -> wire.Letters:
    """A page of the messages a pick means, the longest waiting first."""
    if not 1 <= ask.limit <= MOST_ROWS or ask.offset < 0:
        fault = problems.Fault(
            place="limit", message=f"It must be from 1 to {MOST_ROWS}, and offset 0 or more."
        )
        raise problems.refuse(problems.Code.INVALID, "This page cannot be had.", "", [fault])
    where, values = picking.where(read(desk, ask, state), desk.workspace)
    async with desk.database.reading() as connection:
        total = await connection.execute(sa.text(CLOSED.format(where=where)), values)
        found = await connection.execute(
            sa.text(ROWS.format(where=where)), {**values, "limit": ask.limit, "offset": ask.offset}
        )
        told = [messages.told(desk, row) for row in found]
    return wire.Letters(total=int(total.scalar_one()), offset=ask.offset, rows=told)


async def _groups(
    connection: Connection, desk: desks.Desk, statement: str, pick: picking.Pick
) -> Iterable[Any]:
    where, values = picking.where(pick, desk.workspace)
    return await connection.execute(sa.text(statement.format(where=where)), values)


async def _closed(connection: Connection, desk: desks.Desk, pick: picking.Pick) -> int:
    """How many more of a state a person has closed, whatever else was asked for."""
    where, values = picking.where(picking.Pick(state=pick.state, closed=True), desk.workspace)
    found = await connection.execute(sa.text(CLOSED.format(where=where)), values)
    return int(found.scalar_one())


async def _names(connection: Connection, desk: desks.Desk) -> _Names:
    key = {"workspace": desk.workspace}
    accounts = await connection.execute(sa.text(ACCOUNTS), key)
    campaigns = await connection.execute(sa.text(CAMPAIGNS), key)
    return _Names(
        accounts={row.id: (row.name, row.provider) for row in accounts},
        campaigns={row.id: row.name for row in campaigns},
    )


def _group(key: tuple[int, int, str, int], one: _Sum, names: _Names) -> wire.Group:
    channel, account, reason, run = key
    account_name, provider = names.accounts.get(account, ("", ""))
    meaning = explaining.explain(provider, reason)
    campaign = one.campaigns.get(run, 0)
    adapter = explaining.adapter(provider)
    return wire.Group(
        channel=codes.CHANNEL_NAMES[channel],
        account=account,
        account_name=account_name,
        provider=provider,
        reason=reason,
        count=one.count,
        oldest=moments.utc(one.oldest),
        newest=moments.utc(one.newest),
        meaning=meaning.words,
        remedy=meaning.remedy,
        disposition=meaning.disposition,
        run=run,
        campaign=campaign,
        campaign_name=names.campaigns.get(campaign, ""),
        domains=[
            wire.Part(key=name, name=name, count=count) for name, count in one.domains.most_common(MOST_PARTS)
        ],
        runs=[
            wire.Part(key=str(number), name=names.campaigns.get(one.campaigns[number], ""), count=count)
            for number, count in one.runs.most_common(MOST_PARTS)
        ],
        rule=(adapter or base.Provider).doubt_rule,
        harmless=one.harmless,
        can_look_up=can_look_up(adapter),
        looked_up=one.looked_up,
        to_look_up=one.to_look_up,
    )


def can_look_up(adapter: type[base.Provider] | None) -> bool:
    """Whether a vendor can be asked about a message."""
    return adapter is not None and adapter.look_up is not base.Provider.look_up


def _largest_first(groups: list[wire.Group], closed: int) -> wire.Groups:
    groups.sort(key=lambda group: (-group.count, group.oldest))
    return wire.Groups(groups=groups, total=sum(group.count for group in groups), closed=closed)
