"""Accounts: our credentials at providers, without their secrets."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.store import numbers, schema
from server.wire import providers as wire

_table = schema.account


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One account as stored."""

    id: int
    name: str
    provider: str
    channel: str
    enabled: bool
    weight: int
    window: int
    rate_per_s: float
    settings: dict[str, str | int | bool]
    health: wire.Health
    health_text: str
    halted: bool
    checked_at: float | None
    updated_at: float
    shifted: int = 0
    quota: str = ""  #: JSON of what the provider says it allows; empty where it does not say


def _row(row: Any) -> Row:
    return Row(
        id=row.id,
        name=row.name,
        provider=row.provider,
        channel=row.channel,
        enabled=bool(row.enabled),
        weight=row.weight,
        window=row.window,
        rate_per_s=row.rate_per_s,
        settings=msgspec.json.decode(row.settings, type=dict[str, str | int | bool]),
        health=wire.Health(row.health),
        health_text=row.health_text,
        halted=bool(row.halted),
        checked_at=row.checked_at,
        updated_at=row.updated_at,
        shifted=row.shifted,
        quota=row.quota,
    )


def _here(workspace: int) -> sa.Select[Any]:
    return sa.select(_table).where(_table.c.workspace == workspace, _table.c.removed_at.is_(None))


async def all_(connection: sa_asyncio.AsyncConnection, workspace: int) -> list[Row]:
    """Every account that was not removed, by channel and name."""
    found = await connection.execute(_here(workspace).order_by(_table.c.channel, _table.c.name, _table.c.id))
    return [_row(row) for row in found]


async def show(connection: sa_asyncio.AsyncConnection, workspace: int, account: int) -> Row | None:
    """One account; None where there is none, or it was removed."""
    row = (await connection.execute(_here(workspace).where(_table.c.id == account))).one_or_none()
    return None if row is None else _row(row)


async def id_of(connection: sa_asyncio.AsyncConnection, workspace: int, name: str) -> int | None:
    """The account of that name."""
    found = await connection.execute(
        sa.select(_table.c.id).where(
            _table.c.workspace == workspace, _table.c.removed_at.is_(None), _table.c.name == name
        )
    )
    return found.scalar_one_or_none()


async def add(
    connection: sa_asyncio.AsyncConnection, workspace: int, ask: wire.SaveAccount, channel: str
) -> int:
    """Add an account; returns its id."""
    account = await numbers.take(connection, workspace, "account")
    now = time.time()
    values = {
        "workspace": workspace,
        "id": account,
        "created_at": now,
        "channel": channel,
        **_values(ask, now),
    }
    await connection.execute(sa.insert(_table).values(values))
    return account


async def change(
    connection: sa_asyncio.AsyncConnection, workspace: int, account: int, ask: wire.SaveAccount
) -> None:
    """Change an account. What halted it is forgotten with the set-up it was true of."""
    values = {
        **_values(ask, time.time()),
        "halted": 0,
        "health": wire.Health.UNKNOWN.value,
        "health_text": "",
        "parked_until": None,
    }
    await _update(connection, workspace, account, values)


async def judge(
    connection: sa_asyncio.AsyncConnection, workspace: int, account: int, health: wire.Health, text: str
) -> None:
    """Write down what a check found. A good one ends a halt."""
    values: dict[str, Any] = {"health": health.value, "health_text": text, "checked_at": time.time()}
    if health is wire.Health.GOOD:
        values |= {"halted": 0, "parked_until": None, "updated_at": time.time()}
    await _update(connection, workspace, account, values)


async def remove(connection: sa_asyncio.AsyncConnection, workspace: int, account: int) -> None:
    """Remove an account. Its row stays, for the ledger names it."""
    now = time.time()
    await _update(connection, workspace, account, {"removed_at": now, "updated_at": now, "enabled": 0})


def _values(ask: wire.SaveAccount, now: float) -> dict[str, Any]:
    return {
        "name": ask.name.strip(),
        "provider": ask.provider,
        "enabled": int(ask.enabled),
        "weight": ask.weight,
        "window": ask.window,
        "rate_per_s": ask.rate_per_s,
        "settings": msgspec.json.encode(ask.settings).decode(),
        "updated_at": now,
    }


async def _update(
    connection: sa_asyncio.AsyncConnection, workspace: int, account: int, values: Mapping[str, Any]
) -> None:
    await connection.execute(
        sa.update(_table).where(_table.c.workspace == workspace, _table.c.id == account).values(values)
    )


async def counts(connection: sa_asyncio.AsyncConnection, workspace: int) -> dict[int, dict[int, int]]:
    """Account to state code to messages, over all runs: from the tallies."""
    tally = schema.tally
    found = await connection.execute(
        sa.select(tally.c.account, tally.c.state, sa.func.sum(tally.c.n).label("n"))
        .where(tally.c.workspace == workspace, tally.c.account != 0)
        .group_by(tally.c.account, tally.c.state)
    )
    by_account: dict[int, dict[int, int]] = {}
    for row in found:
        by_account.setdefault(row.account, {})[row.state] = int(row.n)
    return by_account
