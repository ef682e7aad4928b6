"""Audiences: kept lists of contacts, with how many of them each channel reaches."""

import time
from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.store import schema, windows
from server.wire import audiences, endpoint

Connection = sa_asyncio.AsyncConnection

_audience = schema.audience.c
_member = schema.member.c
_identity = schema.identity.c

_SORTS: dict[str, windows.Column] = {
    "id": _audience.id,
    "name": _audience.name,
    "people": _audience.people,
    "ready": _audience.ready,
    "created_at": _audience.created_at,
}

#: Adding a contact twice is no mistake.
_ADD_MEMBER = """
INSERT INTO member (workspace, audience, contact) VALUES (:workspace, :audience, :contact)
ON CONFLICT (workspace, audience, contact) DO NOTHING
"""


def _kept(workspace: int) -> sa.Select[Any]:
    return sa.select(schema.audience).where(_audience.workspace == workspace, _audience.removed_at.is_(None))


async def page(connection: Connection, workspace: int, window: endpoint.Window) -> audiences.Audiences:
    """A window over the audiences, newest first. Raises problems.Refused for a window that cannot be."""
    rows, total = await windows.page(
        connection,
        _kept(workspace),
        window,
        sorts=_SORTS,
        order=_audience.id.desc(),
        tie=_audience.id.desc(),
    )
    return audiences.Audiences(total=total, offset=window.offset, rows=[_reply(row) for row in rows])


async def show(connection: Connection, workspace: int, audience: int) -> audiences.Audience | None:
    """One audience; None where there is none."""
    found = (await connection.execute(_kept(workspace).where(_audience.id == audience))).one_or_none()
    return None if found is None else _reply(found)


def _reply(row: sa.Row[Any]) -> audiences.Audience:
    return audiences.Audience(
        id=row.id,
        name=row.name,
        people=row.people,
        reach=msgspec.json.decode(row.reach),
        ready=bool(row.ready),
        created_at=windows.moment(row.created_at),
    )


async def insert(connection: Connection, workspace: int, audience: int, name: str, now: float) -> None:
    """Make an audience that is not ready yet."""
    await connection.execute(
        sa.insert(schema.audience).values(
            workspace=workspace, id=audience, name=name, ready=0, created_at=now
        )
    )


async def add(connection: Connection, workspace: int, audience: int, contacts: Iterable[int]) -> None:
    """Add members; those that are in it already stay."""
    rows = [{"workspace": workspace, "audience": audience, "contact": contact} for contact in contacts]
    if rows:
        await connection.execute(sa.text(_ADD_MEMBER), rows)


async def count(connection: Connection, workspace: int, audience: int) -> tuple[int, dict[str, int]]:
    """People in an audience, and how many of them have an address in use on each channel."""
    members = sa.and_(_member.workspace == workspace, _member.audience == audience)
    people = await connection.scalar(sa.select(sa.func.count()).select_from(schema.member).where(members))
    reach = await connection.execute(
        sa.select(_identity.channel, sa.func.count())
        .select_from(
            schema.member.join(
                schema.identity,
                sa.and_(_identity.workspace == _member.workspace, _identity.contact == _member.contact),
            )
        )
        .where(members, _identity.removed_at.is_(None))
        .group_by(_identity.channel)
    )
    return int(people or 0), {row[0]: int(row[1]) for row in reach}


async def make_ready(
    connection: Connection, workspace: int, audience: int, people: int, reach: dict[str, int]
) -> None:
    """Let an audience be sent to."""
    await connection.execute(
        sa.update(schema.audience)
        .where(_audience.workspace == workspace, _audience.id == audience)
        .values(ready=1, people=people, reach=msgspec.json.encode(reach).decode())
    )


async def remove(connection: Connection, workspace: int, audience: int) -> bool:
    """Remove an audience and who was in it, not the contacts. Returns whether there was one."""
    changed = await connection.execute(
        sa.update(schema.audience)
        .where(_audience.workspace == workspace, _audience.id == audience, _audience.removed_at.is_(None))
        .values(removed_at=time.time(), ready=0)
    )
    await connection.execute(
        sa.delete(schema.member).where(_member.workspace == workspace, _member.audience == audience)
    )
    return bool(changed.rowcount)
