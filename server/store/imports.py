"""Imports: how far each is, the rows that wait to be merged, and the error sheet."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.store import schema, windows
from server.wire import audiences, endpoint

Connection = sa_asyncio.AsyncConnection

_import = schema.import_.c
_row = schema.import_row.c
_fault = schema.import_fault.c
_audience = schema.audience.c

UNFINISHED = (audiences.ImportStatus.READING.value, audiences.ImportStatus.MERGING.value)

_SORTS: dict[str, windows.Column] = {
    "id": _import.id,
    "file": _import.file,
    "status": _import.status,
    "rows_read": _import.rows_read,
    "rows_taken": _import.rows_taken,
    "rows_refused": _import.rows_refused,
    "faults": _import.faults,
    "created_at": _import.created_at,
    "finished_at": _import.finished_at,
}
_FAULT_SORTS: dict[str, windows.Column] = {
    "row": _fault.row,
    "column": _fault.column,
    "value": _fault.value,
    "message": _fault.message,
}


def _with_audience(workspace: int) -> sa.Select[Any]:
    return (
        sa.select(schema.import_, sa.func.coalesce(_audience.name, "").label("audience_name"))
        .select_from(
            schema.import_.outerjoin(
                schema.audience,
                sa.and_(_audience.workspace == _import.workspace, _audience.id == _import.audience),
            )
        )
        .where(_import.workspace == workspace)
    )


async def page(connection: Connection, workspace: int, window: endpoint.Window) -> audiences.Imports:
    """A window over the imports, newest first. Raises problems.Refused for a window that cannot be."""
    rows, total = await windows.page(
        connection,
        _with_audience(workspace),
        window,
        sorts=_SORTS,
        order=_import.id.desc(),
        tie=_import.id.desc(),
    )
    return audiences.Imports(total=total, offset=window.offset, rows=[_reply(row) for row in rows])


async def show(connection: Connection, workspace: int, number: int) -> audiences.Import | None:
    """One import; None where there is none."""
    found = (await connection.execute(_with_audience(workspace).where(_import.id == number))).one_or_none()
    return None if found is None else _reply(found)


def _reply(row: sa.Row[Any]) -> audiences.Import:
    return audiences.Import(
        id=row.id,
        file=row.file,
        audience=row.audience,
        audience_name=row.audience_name,
        status=audiences.ImportStatus(row.status),
        mapping=msgspec.json.decode(row.mapping),
        rows_read=row.rows_read,
        rows_taken=row.rows_taken,
        rows_refused=row.rows_refused,
        faults=row.faults,
        bytes_read=row.bytes_read,
        bytes_total=row.bytes_total,
        message=row.message,
        created_at=windows.moment(row.created_at),
        finished_at=windows.moment_or_none(row.finished_at),
    )


async def faults(
    connection: Connection, workspace: int, number: int, window: endpoint.Window
) -> audiences.ImportFaults:
    """A window over the error sheet, in the file's order. Raises problems.Refused for a window that cannot be."""
    select = sa.select(schema.import_fault).where(_fault.workspace == workspace, _fault["import"] == number)
    rows, total = await windows.page(
        connection, select, window, sorts=_FAULT_SORTS, order=_fault.row.asc(), tie=_fault.n.asc()
    )
    return audiences.ImportFaults(total=total, offset=window.offset, rows=[_fault_reply(row) for row in rows])


async def all_faults(
    connection: Connection, workspace: int, number: int
) -> AsyncIterator[list[audiences.ImportFault]]:
    """The whole error sheet in the order it was written, some hundred faults at a time."""
    last = -1
    while True:
        select = (
            sa.select(schema.import_fault)
            .where(_fault.workspace == workspace, _fault["import"] == number, _fault.n > last)
            .order_by(_fault.n)
            .limit(windows.MOST)
        )
        rows = list(await connection.execute(select))
        if not rows:
            return
        last = rows[-1].n
        yield [_fault_reply(row) for row in rows]


def _fault_reply(row: sa.Row[Any]) -> audiences.ImportFault:
    return audiences.ImportFault(
        row=row.row,
        column=row.column,
        value=row.value,
        message=row.message,
        remedy=row.remedy,
        row_taken=bool(row.row_taken),
    )


# -- for the importer ------------------------------------------------------------------------------------------------


async def insert(connection: Connection, **columns: object) -> None:
    """Write a new import."""
    await connection.execute(sa.insert(schema.import_).values(**columns))


async def state(connection: Connection, workspace: int, number: int) -> sa.Row[Any] | None:
    """All that is known of an import, for going on with it."""
    found = await connection.execute(
        sa.select(schema.import_).where(_import.workspace == workspace, _import.id == number)
    )
    return found.one_or_none()


async def unfinished(connection: Connection) -> list[tuple[int, int, str]]:
    """The imports of all workspaces that were begun and not ended, oldest first: workspace, id, the copy's path."""
    found = await connection.execute(
        sa.select(_import.workspace, _import.id, _import.path)
        .where(_import.status.in_(UNFINISHED))
        .order_by(_import.created_at, _import.workspace, _import.id)
    )
    return [(row.workspace, row.id, row.path) for row in found]


async def change(
    connection: Connection, workspace: int, number: int, *, if_status: str, **columns: object
) -> bool:
    """Change an import while it has a status. Returns False, and changes nothing, when it has another."""
    changed = await connection.execute(
        sa.update(schema.import_)
        .where(_import.workspace == workspace, _import.id == number, _import.status == if_status)
        .values(**columns)
    )
    return bool(changed.rowcount)


async def last_row(connection: Connection, workspace: int, number: int) -> int:
    """The number of the last row that was read; 1, the header's, where none was."""
    select = sa.union_all(
        sa.select(sa.func.max(_row.row)).where(_row.workspace == workspace, _row["import"] == number),
        sa.select(sa.func.max(_fault.row)).where(_fault.workspace == workspace, _fault["import"] == number),
    )
    return max((int(found or 1) for (found,) in await connection.execute(select)), default=1)


async def stage(connection: Connection, workspace: int, number: int, rows: Sequence[tuple[int, str]]) -> None:
    """Keep rows (number, JSON) until they are merged."""
    if rows:
        await connection.execute(
            sa.insert(schema.import_row),
            [{"workspace": workspace, "import": number, "row": row, "data": data} for row, data in rows],
        )


async def staged(connection: Connection, workspace: int, number: int, limit: int) -> list[tuple[int, str]]:
    """The first rows that wait to be merged: number and JSON."""
    select = (
        sa.select(_row.row, _row.data)
        .where(_row.workspace == workspace, _row["import"] == number)
        .order_by(_row.row)
        .limit(limit)
    )
    return [(row, data) for row, data in await connection.execute(select)]


async def unstage(connection: Connection, workspace: int, number: int, *, up_to: int | None = None) -> None:
    """Forget staged rows: those up to a number, or all."""
    statement = sa.delete(schema.import_row).where(_row.workspace == workspace, _row["import"] == number)
    if up_to is not None:
        statement = statement.where(_row.row <= up_to)
    await connection.execute(statement)


async def add_faults(
    connection: Connection, workspace: int, number: int, first: int, found: Sequence[audiences.ImportFault]
) -> None:
    """Write faults to the error sheet, numbered from `first`."""
    if found:
        await connection.execute(
            sa.insert(schema.import_fault),
            [
                {"workspace": workspace, "import": number, "n": first + index}
                | {name: getattr(fault, name) for name in ("row", "column", "value", "message", "remedy")}
                | {"row_taken": int(fault.row_taken)}
                for index, fault in enumerate(found)
            ],
        )


async def forget_faults(connection: Connection, workspace: int, number: int) -> None:
    """Empty the error sheet."""
    await connection.execute(
        sa.delete(schema.import_fault).where(_fault.workspace == workspace, _fault["import"] == number)
    )
