"""Limits, routes and sender pools as rows."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.store import schema
from server.store.ledger import sliding
from server.wire import limits as wire

Connection = sa_asyncio.AsyncConnection


class Row(NamedTuple):
    """One limit."""

    layer: str
    channel: str
    subject: str
    per_s: int
    most: int


async def all_(connection: Connection, workspace: int) -> list[Row]:
    """Every limit a person set, by layer and subject, the shortest period first."""
    table = schema.rate_limit
    found = await connection.execute(
        sa.select(table.c.layer, table.c.channel, table.c.subject, table.c.per_s, table.c["count"])
        .where(table.c.workspace == workspace)
        .order_by(table.c.layer, table.c.channel, table.c.subject, table.c.per_s)
    )
    return [Row(*row) for row in found]


async def save(
    connection: Connection, workspace: int, place: tuple[str, str, str], rates: Sequence[wire.Rate]
) -> None:
    """Replace the limits of one (layer, channel, subject)."""
    table = schema.rate_limit
    layer, channel, subject = place
    await connection.execute(
        sa.delete(table).where(
            table.c.workspace == workspace,
            table.c.layer == layer,
            table.c.channel == channel,
            table.c.subject == subject,
        )
    )
    for rate in rates:
        await connection.execute(
            sa.insert(table).values(
                workspace=workspace,
                layer=layer,
                channel=channel,
                subject=subject,
                per_s=rate.per_s,
                count=rate.count,
            )
        )


async def used(connection: Connection, workspace: int, keys: Sequence[str]) -> dict[str, sliding.State]:
    """What was used of some limits, by their names; those never used are left out."""
    table = schema.usage
    found = await connection.execute(
        sa.select(table.c.key, table.c.state).where(table.c.workspace == workspace, table.c.key.in_(keys))
    )
    return {row.key: sliding.load(row.state) for row in found}


async def routes(connection: Connection, workspace: int) -> dict[tuple[str, str], list[int]]:
    """(channel, prefix) to accounts in the order they are tried."""
    table = schema.route
    found: dict[tuple[str, str], list[int]] = {}
    rows = await connection.execute(
        sa.select(table.c.channel, table.c.prefix, table.c.account)
        .where(table.c.workspace == workspace)
        .order_by(table.c.channel, table.c.prefix, table.c.place)
    )
    for row in rows:
        found.setdefault((row.channel, row.prefix), []).append(row.account)
    return found


async def save_route(
    connection: Connection, workspace: int, channel: str, prefix: str, accounts: Sequence[int]
) -> None:
    """Replace one route; none is left without accounts."""
    table = schema.route
    await connection.execute(
        sa.delete(table).where(
            table.c.workspace == workspace, table.c.channel == channel, table.c.prefix == prefix
        )
    )
    for place, account in enumerate(accounts):
        await connection.execute(
            sa.insert(table).values(
                workspace=workspace, channel=channel, prefix=prefix, place=place, account=account
            )
        )


async def origins(connection: Connection, workspace: int, account: int) -> list[wire.Origin]:
    """An account's pool."""
    table = schema.origin
    rows = await connection.execute(
        sa.select(table.c.address, table.c.weight)
        .where(table.c.workspace == workspace, table.c.account == account)
        .order_by(table.c.address)
    )
    return [wire.Origin(address=row.address, weight=row.weight) for row in rows]


async def save_origins(
    connection: Connection, workspace: int, account: int, pool: Sequence[wire.Origin]
) -> None:
    """Replace an account's pool."""
    table = schema.origin
    await connection.execute(
        sa.delete(table).where(table.c.workspace == workspace, table.c.account == account)
    )
    for one in pool:
        await connection.execute(
            sa.insert(table).values(
                workspace=workspace, account=account, address=one.address, weight=one.weight
            )
        )
