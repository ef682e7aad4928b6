"""Checks of contents over an audience: how far each is, and for whom it fails."""

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.store import numbers, schema, windows
from server.wire import crafting

Connection = sa_asyncio.AsyncConnection

_check = schema.content_check.c
_person = schema.content_check_person.c
_audience = schema.audience.c

#: Checks of a workspace that are kept.
KEPT = 20

_SORTS: dict[str, windows.Column] = {"position": _person.position, "name": _person.name}


class Failed(NamedTuple):
    """One person for whom contents fail."""

    contact: int
    name: str
    position: int
    group: int


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a check is."""

    looked_at: int
    failing: int
    groups: list[crafting.Group]
    languages: dict[str, dict[str, int]]


async def insert(connection: Connection, workspace: int, audience: int, people: int, contents: str) -> int:
    """Begin a check; returns its id. The oldest ones beyond those that are kept are forgotten."""
    number = await numbers.take(connection, workspace, "content_check")
    await connection.execute(
        sa.insert(schema.content_check).values(
            workspace=workspace,
            id=number,
            audience=audience,
            contents=contents,
            status=crafting.CheckStatus.RUNNING.value,
            people=people,
            created_at=time.time(),
        )
    )
    for table, column in ((schema.content_check_person, _person["check"]), (schema.content_check, _check.id)):
        await connection.execute(
            sa.delete(table).where(table.c.workspace == workspace, column <= number - KEPT)
        )
    return number


async def show(connection: Connection, workspace: int, check: int) -> crafting.Check | None:
    """One check; None where there is none."""
    found = await connection.execute(
        sa.select(schema.content_check, sa.func.coalesce(_audience.name, "").label("audience_name"))
        .select_from(
            schema.content_check.outerjoin(
                schema.audience,
                sa.and_(_audience.workspace == _check.workspace, _audience.id == _check.audience),
            )
        )
        .where(_check.workspace == workspace, _check.id == check)
    )
    row = found.one_or_none()
    return None if row is None else _reply(row)


def _reply(row: Any) -> crafting.Check:
    return crafting.Check(
        id=row.id,
        audience=row.audience,
        audience_name=row.audience_name,
        status=crafting.CheckStatus(row.status),
        people=row.people,
        looked_at=row.looked_at,
        failing=row.failing,
        groups=groups_of(row.groups),
        languages=msgspec.json.decode(row.languages),
        message=row.message,
        created_at=windows.moment(row.created_at),
        finished_at=windows.moment_or_none(row.finished_at),
    )


def groups_of(text: str) -> list[crafting.Group]:
    """A check's groups as they are stored, largest first."""
    found = msgspec.json.decode(text, type=list[crafting.Group])
    return sorted(found, key=lambda group: -group.people)


async def advance(
    connection: Connection,
    workspace: int,
    check: int,
    progress: Progress,
    people: Sequence[Failed],
    *,
    first: int,
) -> bool:
    """Write how far a check is and whom it found, counted from `first`. Returns False once it was cancelled."""
    changed = await connection.execute(
        sa.update(schema.content_check)
        .where(
            _check.workspace == workspace,
            _check.id == check,
            _check.status == crafting.CheckStatus.RUNNING.value,
        )
        .values(
            looked_at=progress.looked_at,
            failing=progress.failing,
            groups=msgspec.json.encode(progress.groups).decode(),
            languages=msgspec.json.encode(progress.languages).decode(),
        )
    )
    if changed.rowcount and people:
        await connection.execute(
            sa.insert(schema.content_check_person),
            [
                {"workspace": workspace, "check": check, "n": first + place, **person._asdict()}
                for place, person in enumerate(people)
            ],
        )
    return bool(changed.rowcount)


async def finish(
    connection: Connection, workspace: int, check: int, status: crafting.CheckStatus, message: str = ""
) -> bool:
    """End a check that is running. Returns whether it was."""
    changed = await connection.execute(
        sa.update(schema.content_check)
        .where(
            _check.workspace == workspace,
            _check.id == check,
            _check.status == crafting.CheckStatus.RUNNING.value,
        )
        .values(status=status.value, message=message, finished_at=time.time())
    )
    return bool(changed.rowcount)


async def abandon(connection: Connection, message: str) -> None:
    """End what another process left running."""
    await connection.execute(
        sa.update(schema.content_check)
        .where(_check.status == crafting.CheckStatus.RUNNING.value)
        .values(status=crafting.CheckStatus.FAILED.value, message=message, finished_at=time.time())
    )


async def people(
    connection: Connection, workspace: int, check: crafting.Check, query: crafting.FailingQuery
) -> crafting.FailingPeople:
    """A window over those it fails for, in the audience's order. Raises problems.Refused for one that cannot be."""
    select = sa.select(schema.content_check_person).where(
        _person.workspace == workspace, _person["check"] == check.id
    )
    if query.group:
        select = select.where(_person.group == query.group)
    rows, total = await windows.page(
        connection, select, query, sorts=_SORTS, order=_person.position.asc(), tie=_person.n.asc()
    )
    groups = {group.group: group for group in check.groups}
    told = [_failing(row, groups[row.group]) for row in rows]
    return crafting.FailingPeople(total=total, offset=query.offset, rows=told)


def _failing(row: Any, group: crafting.Group) -> crafting.Failing:
    return crafting.Failing(
        contact=row.contact,
        name=row.name,
        position=row.position,
        group=row.group,
        channel=group.channel,
        place=group.place,
        message=group.message,
    )
