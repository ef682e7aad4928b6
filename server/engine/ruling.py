"""What the desk wants of every lane: limits, routes, sender pools and what is urgent, read anew each second."""

from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.pipeline.delivery import choosing, limits
from server.store.ledger import sliding
from server.wire import limits as wire

LIMITS = "SELECT workspace, layer, channel, subject, per_s, count FROM rate_limit"
ROUTES = "SELECT workspace, channel, prefix, account FROM route ORDER BY workspace, channel, prefix, place"
ORIGINS = "SELECT workspace, account, address, weight FROM origin ORDER BY workspace, account, address"
URGENT = "SELECT DISTINCT workspace FROM run WHERE status = 'running' AND priority <> 'bulk'"

Key = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulings:
    """All of it, at one moment."""

    rules: dict[limits.Place, tuple[sliding.Rule, ...]] = field(default_factory=dict)
    routes: dict[tuple[int, str], choosing.Routes] = field(default_factory=dict)
    origins: dict[Key, choosing.Origins] = field(default_factory=dict)
    urgent: frozenset[int] = frozenset()


async def read(connection: sa_asyncio.AsyncConnection) -> Rulings:
    """Read it all in the caller's snapshot."""
    return Rulings(
        rules=await _rules(connection),
        routes=await _routes(connection),
        origins=await _origins(connection),
        urgent=frozenset(row.workspace for row in await connection.execute(sa.text(URGENT))),
    )


async def _rules(
    connection: sa_asyncio.AsyncConnection,
) -> dict[limits.Place, tuple[sliding.Rule, ...]]:
    found: dict[limits.Place, tuple[sliding.Rule, ...]] = {}
    for row in await connection.execute(sa.text(LIMITS)):
        place = limits.Place(row.workspace, row.layer, row.channel, row.subject)
        found[place] = (*found.get(place, ()), sliding.Rule(row[5], row.per_s))
    return found


async def _routes(
    connection: sa_asyncio.AsyncConnection,
) -> dict[tuple[int, str], choosing.Routes]:
    found: dict[tuple[int, str], dict[str, tuple[int, ...]]] = {}
    for row in await connection.execute(sa.text(ROUTES)):
        prefixes = found.setdefault((row.workspace, row.channel), {})
        prefixes[row.prefix] = (*prefixes.get(row.prefix, ()), row.account)
    return dict(found)


async def _origins(connection: sa_asyncio.AsyncConnection) -> dict[Key, choosing.Origins]:
    found: dict[Key, choosing.Origins] = {}
    for row in await connection.execute(sa.text(ORIGINS)):
        found[row.workspace, row.account] = (
            *found.get((row.workspace, row.account), ()),
            (row.address, row.weight),
        )
    return found


def with_rates(
    rules: dict[limits.Place, tuple[sliding.Rule, ...]], rates: dict[Key, float]
) -> dict[limits.Place, tuple[sliding.Rule, ...]]:
    """Rules, and each account's own messages a second among them."""
    found = dict(rules)
    for (workspace, account), rate_per_s in rates.items():
        if rate_per_s > 0:
            place = limits.Place(workspace, wire.Layer.ACCOUNT.value, "", str(account))
            found[place] = _smallest((limits.steady(rate_per_s), *found.get(place, ())))
    return found


def _smallest(rules: tuple[sliding.Rule, ...]) -> tuple[sliding.Rule, ...]:
    """One rule a period: of two that speak of the same one, the smaller."""
    by_period: dict[float, int] = {}
    for rule in rules:
        by_period[rule.per_s] = min(rule.most, by_period.get(rule.per_s, rule.most))
    return tuple(sliding.Rule(count, per_s) for per_s, count in sorted(by_period.items()))
