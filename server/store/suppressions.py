"""Suppressions: addresses nothing is sent to, whatever the person allowed."""

import time

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.store import addresses, schema, windows
from server.wire import audiences

Connection = sa_asyncio.AsyncConnection

_suppression = schema.suppression.c

_SORTS: dict[str, windows.Column] = {
    "channel": _suppression.channel,
    "address": _suppression.address,
    "reason": _suppression.reason,
    "created_at": _suppression.created_at,
}

#: A second suppression of an address keeps the first one's reason and time.
_ADD = """
INSERT INTO suppression (workspace, channel, address_key, address, reason, created_at)
VALUES (:workspace, :channel, :address_key, :address, :reason, :now)
ON CONFLICT (workspace, channel, address_key) DO NOTHING
"""


async def page(
    connection: Connection, workspace: int, query: audiences.SuppressionQuery
) -> audiences.Suppressions:
    """A window over the suppressions, newest first. Raises problems.Refused for a window that cannot be."""
    select = sa.select(schema.suppression).where(_suppression.workspace == workspace)
    if find := query.find.strip():
        key = addresses.key("all", find)
        select = select.where(
            sa.or_(_suppression.address_key == key, windows.beginning(_suppression.address_key, key))
        )
    rows, total = await windows.page(
        connection,
        select,
        query,
        sorts=_SORTS,
        order=_suppression.created_at.desc(),
        tie=_suppression.address_key.asc(),
    )
    return audiences.Suppressions(
        total=total,
        offset=query.offset,
        rows=[
            audiences.Suppression(
                channel=row.channel,
                address=row.address,
                reason=row.reason,
                created_at=windows.moment(row.created_at),
            )
            for row in rows
        ],
    )


async def add(connection: Connection, workspace: int, channel: str, address: str, reason: str) -> None:
    """Forbid an address on a channel, or on `all`."""
    await connection.execute(
        sa.text(_ADD),
        {
            "workspace": workspace,
            "channel": channel,
            "address_key": addresses.key(channel, address),
            "address": address,
            "reason": reason,
            "now": time.time(),
        },
    )


async def lift(connection: Connection, workspace: int, channel: str, address: str) -> bool:
    """Allow an address again. Returns whether it was forbidden."""
    changed = await connection.execute(
        sa.delete(schema.suppression).where(
            _suppression.workspace == workspace,
            _suppression.channel == channel,
            _suppression.address_key == addresses.key(channel, address),
        )
    )
    return bool(changed.rowcount)
