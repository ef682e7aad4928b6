"""Prices as rows, in millionths of their currency."""

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.store import schema

Connection = sa_asyncio.AsyncConnection

_price = schema.price.c

PUT = """
INSERT INTO price (workspace, channel, country, account, micros, currency)
VALUES (:workspace, :channel, :country, :account, :micros, :currency)
ON CONFLICT (workspace, channel, country, account) DO UPDATE SET micros = excluded.micros, currency = excluded.currency
"""


class Row(NamedTuple):
    """One price."""

    channel: str
    country: str  #: empty for every other
    account: int  #: 0 for every other
    micros: int
    currency: str


async def all_(connection: Connection, workspace: int) -> list[Row]:
    """Every price, by channel, country and account."""
    found = await connection.execute(
        sa.select(_price.channel, _price.country, _price.account, _price.micros, _price.currency)
        .where(_price.workspace == workspace)
        .order_by(_price.channel, _price.country, _price.account)
    )
    return [Row(*row) for row in found]


async def put(connection: Connection, workspace: int, row: Row) -> None:
    """Set a price."""
    await connection.execute(sa.text(PUT), {"workspace": workspace, **row._asdict()})


async def remove(connection: Connection, workspace: int, channel: str, country: str, account: int) -> None:
    """Remove a price, if there is one."""
    await connection.execute(
        sa.delete(schema.price).where(
            _price.workspace == workspace,
            _price.channel == channel,
            _price.country == country,
            _price.account == account,
        )
    )


async def clear(connection: Connection, workspace: int) -> None:
    """Remove them all."""
    await connection.execute(sa.delete(schema.price).where(_price.workspace == workspace))
