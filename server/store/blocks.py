"""Shared blocks and their versions: a version never changes once written."""

import sqlite3
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.channels import contents, shared
from server.store import numbers, schema, uses, windows
from server.wire import blocks, endpoint

Connection = sa_asyncio.AsyncConnection
Row = sa.Row[Any]

_block = schema.block.c
_version = schema.block_version.c

_SORTS: dict[str, windows.Column] = {
    "id": _block.id,
    "name": _block.name,
    "kind": _block.kind,
    "version": _block.version,
    "updated_at": _block.updated_at,
}

#: Blocks by their names with the text of some version.
TEXTS = """
SELECT block.name, block.kind, block_version.version, block_version.text FROM block
JOIN block_version ON block_version.workspace = block.workspace AND block_version.block = block.id
  AND block_version.version = {version}
WHERE block.workspace = ? AND {there} AND block.name IN (SELECT value FROM json_each(?))
ORDER BY CASE WHEN block.removed_at IS NULL THEN 1 ELSE 0 END, block.id
"""
NEWEST = TEXTS.format(version="block.version", there="block.removed_at IS NULL")
#: As they were: also a block that was removed since; of several that had a name, the one that is there comes last.
PINNED = TEXTS.format(
    version="coalesce((SELECT value FROM json_each(?) WHERE key = block.name), block.version)", there="1 = 1"
)


class Written(NamedTuple):
    """What a version is made of."""

    text: str
    note: str = ""
    by: str = ""
    restored_from: int = 0


class Text(NamedTuple):
    """One block's words."""

    name: str
    kind: str
    version: int
    text: str


def _newest(workspace: int) -> sa.Select[Any]:
    return (
        sa.select(schema.block, _version.text, _version.note, _version.by)
        .select_from(
            schema.block.join(
                schema.block_version,
                sa.and_(
                    _version.workspace == _block.workspace,
                    _version.block == _block.id,
                    _version.version == _block.version,
                ),
            )
        )
        .where(_block.workspace == workspace, _block.removed_at.is_(None))
    )


async def page(
    connection: Connection, workspace: int, query: blocks.BlockQuery
) -> tuple[list[sa.Row[Any]], int]:
    """A window over the blocks with their newest text, by name. Raises problems.Refused for one that cannot be."""
    select = _newest(workspace)
    if query.kind:
        select = select.where(_block.kind == query.kind)
    if find := query.find.strip():
        called = _block.name.icontains(find, autoescape=True)
        select = select.where(sa.or_(called, _version.text.icontains(find, autoescape=True)))
    return await windows.page(
        connection, select, query, sorts=_SORTS, order=_block.name.asc(), tie=_block.id.asc()
    )


async def one(connection: Connection, workspace: int, block: int) -> sa.Row[Any] | None:
    """One block with its newest text; None where there is none."""
    row: sa.Row[Any] | None = (
        await connection.execute(_newest(workspace).where(_block.id == block))
    ).one_or_none()
    return row


async def named(connection: Connection, workspace: int, name: str) -> sa.Row[Any] | None:
    """The block of a name; None where there is none."""
    row: sa.Row[Any] | None = (
        await connection.execute(_newest(workspace).where(_block.name == name))
    ).one_or_none()
    return row


async def names(connection: Connection, workspace: int) -> list[str]:
    """What all blocks are called."""
    rows = await connection.execute(
        sa.select(_block.name).where(_block.workspace == workspace, _block.removed_at.is_(None))
    )
    return [row.name for row in rows]


async def count(connection: Connection, workspace: int) -> int:
    """How many blocks there are."""
    return len(await names(connection, workspace))


async def insert(connection: Connection, workspace: int, name: str, kind: str, written: Written) -> int:
    """Make a block at its first version; returns its id."""
    now = time.time()
    block = await numbers.take(connection, workspace, "block")
    await connection.execute(
        sa.insert(schema.block).values(
            workspace=workspace, id=block, name=name, kind=kind, version=1, created_at=now, updated_at=now
        )
    )
    await _write(connection, workspace, block, 1, written, now)
    return block


async def save(
    connection: Connection, workspace: int, found: sa.Row[Any], name: str, written: Written
) -> None:
    """Change a block's name and text; a new version is written where the text differs."""
    now = time.time()
    version = found.version + (written.text != found.text)
    await connection.execute(
        sa.update(schema.block)
        .where(_block.workspace == workspace, _block.id == found.id)
        .values(name=name, version=version, updated_at=now)
    )
    if version != found.version:
        await _write(connection, workspace, found.id, version, written, now)


async def _write(
    connection: Connection, workspace: int, block: int, version: int, written: Written, now: float
) -> None:
    await connection.execute(
        sa.insert(schema.block_version).values(
            workspace=workspace, block=block, version=version, created_at=now, **written._asdict()
        )
    )
    await uses.note(connection, workspace, uses.BLOCK, block, uses.by_names(shared.names(written.text)))


async def remove(connection: Connection, workspace: int, block: int) -> None:
    """Remove a block; its versions stay."""
    await connection.execute(
        sa.update(schema.block)
        .where(_block.workspace == workspace, _block.id == block)
        .values(removed_at=time.time())
    )
    await uses.note(connection, workspace, uses.BLOCK, block, [])


async def versions(
    connection: Connection, workspace: int, block: int, window: endpoint.Window
) -> blocks.BlockVersions:
    """A window over a block's versions, newest first. Raises problems.Refused for a window that cannot be."""
    select = sa.select(schema.block_version).where(_version.workspace == workspace, _version.block == block)
    order = _version.version.desc()
    rows, total = await windows.page(
        connection, select, window, sorts={"version": _version.version}, order=order, tie=order
    )
    lines = [
        blocks.BlockVersion(
            version=row.version,
            text=row.text,
            note=row.note,
            by=row.by,
            restored_from=row.restored_from,
            created_at=windows.moment(row.created_at),
        )
        for row in rows
    ]
    return blocks.BlockVersions(total=total, offset=window.offset, rows=lines)


async def text_of(connection: Connection, workspace: int, block: int, version: int) -> str | None:
    """What one version says; None where there is none."""
    text = await connection.scalar(
        sa.select(_version.text).where(
            _version.workspace == workspace, _version.block == block, _version.version == version
        )
    )
    return None if text is None else str(text)


async def frozen(
    connection: Connection, workspace: int, name: str, campaigns: Iterable[int]
) -> dict[int, int]:
    """Campaign to the version of a block that its newest run froze; those that were never launched are left out."""
    run, campaign = schema.run.c, schema.campaign.c
    found = await connection.execute(
        sa.select(campaign.id, run.contents)
        .select_from(
            schema.campaign.join(
                schema.run, sa.and_(run.workspace == campaign.workspace, run.id == campaign.run)
            )
        )
        .where(campaign.workspace == workspace, campaign.id.in_(list(campaigns)))
    )
    pinned = {row.id: msgspec.json.decode(row.contents, type=contents.Contents).blocks for row in found}
    return {number: versions[name] for number, versions in pinned.items() if name in versions}


# -- the words themselves ----------------------------------------------------------------------------


async def needed(
    connection: Connection,
    workspace: int,
    wanted: Iterable[str],
    pinned: Mapping[str, int] | None = None,
) -> dict[str, Text]:
    """The blocks of some names and those within them; with `pinned` in these versions, where they are known."""
    known: dict[str, Text] = {}
    open_ = set(wanted)
    while open_:
        statement, values = _statement(workspace, open_, pinned)
        rows = (await connection.exec_driver_sql(statement, values)).all()
        open_ = _learn(known, rows)
    return known


def needed_now(connection: sqlite3.Connection, workspace: int, wanted: Iterable[str]) -> dict[str, Text]:
    """The same in their newest versions on a plain connection."""
    known: dict[str, Text] = {}
    open_ = set(wanted)
    while open_:
        open_ = _learn(known, connection.execute(*_statement(workspace, open_, None)).fetchall())
    return known


def _statement(
    workspace: int, wanted: Iterable[str], pinned: Mapping[str, int] | None
) -> tuple[str, tuple[object, ...]]:
    asked = msgspec.json.encode(sorted(wanted)).decode()
    if pinned is None:
        return NEWEST, (workspace, asked)
    return PINNED, (msgspec.json.encode(pinned).decode(), workspace, asked)


def _learn(known: dict[str, Text], rows: Iterable[Any]) -> set[str]:
    """Keep what was found; returns the names within it that are not known yet."""
    found = [Text(*row) for row in rows]
    known.update((text.name, text) for text in found)
    return set[str]().union(*(shared.names(text.text) for text in found)) - known.keys()
