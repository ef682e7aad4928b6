"""Sealed secrets of accounts: what is stored here opens only at its own place, by the vault."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.store import schema

_table = schema.secret


async def sealed(connection: sa_asyncio.AsyncConnection, workspace: int, account: int) -> dict[str, bytes]:
    """Name to sealed secret, of one account."""
    found = await connection.execute(
        sa.select(_table.c.name, _table.c.sealed).where(
            _table.c.workspace == workspace, _table.c.account == account
        )
    )
    return {row.name: bytes(row.sealed) for row in found}


async def names(connection: sa_asyncio.AsyncConnection, workspace: int) -> dict[int, list[str]]:
    """Account to the names of its stored secrets, sorted."""
    found = await connection.execute(
        sa.select(_table.c.account, _table.c.name)
        .where(_table.c.workspace == workspace)
        .order_by(_table.c.account, _table.c.name)
    )
    by_account: dict[int, list[str]] = {}
    for row in found:
        by_account.setdefault(row.account, []).append(row.name)
    return by_account


async def put(
    connection: sa_asyncio.AsyncConnection, workspace: int, account: int, sealed_by_name: Mapping[str, bytes]
) -> None:
    """Keep sealed secrets in place of those of the same names."""
    for name, value in sealed_by_name.items():
        await _delete(connection, workspace, account, name)
        row = {"workspace": workspace, "account": account, "name": name, "sealed": value}
        await connection.execute(sa.insert(_table).values(row))


async def forget(connection: sa_asyncio.AsyncConnection, workspace: int, account: int) -> None:
    """Delete all of an account's secrets."""
    await connection.execute(
        sa.delete(_table).where(_table.c.workspace == workspace, _table.c.account == account)
    )


async def _delete(connection: sa_asyncio.AsyncConnection, workspace: int, account: int, name: str) -> None:
    await connection.execute(
        sa.delete(_table).where(
            _table.c.workspace == workspace, _table.c.account == account, _table.c.name == name
        )
    )
