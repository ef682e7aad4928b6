"""The versions of templates: written once, changed never, but for their notes."""

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.channels import contents
from server.store import schema, uses, windows
from server.wire import endpoint, templates

Connection = sa_asyncio.AsyncConnection

_version = schema.template_version.c

_SORTS: dict[str, windows.Column] = {"version": _version.version, "created_at": _version.created_at}


async def page(
    connection: Connection, workspace: int, template: int, window: endpoint.Window
) -> templates.Versions:
    """A window over a template's versions, newest first. Raises problems.Refused for a window that cannot be."""
    select = sa.select(schema.template_version).where(
        _version.workspace == workspace, _version.template == template
    )
    rows, total = await windows.page(
        connection, select, window, sorts=_SORTS, order=_version.version.desc(), tie=_version.version.desc()
    )
    used = await uses.counts(connection, workspace, uses.TEMPLATE, [str(template)])
    lines = [_line(row, used.get((str(template), row.version), 0)) for row in rows]
    return templates.Versions(total=total, offset=window.offset, rows=lines)


def _line(row: sa.Row[Any], used: int) -> templates.VersionLine:
    spoken = msgspec.json.decode(row.translations, type=contents.Translations)
    return templates.VersionLine(
        version=row.version,
        languages=[spoken.language, *spoken.others],
        note=row.note,
        by=row.by,
        restored_from=row.restored_from,
        uses=used,
        created_at=windows.moment(row.created_at),
    )


async def show(
    connection: Connection, workspace: int, template: int, version: int
) -> templates.Version | None:
    """One version; None where there is none. Those of a removed template are there still."""
    found = await connection.execute(
        sa.select(schema.template_version).where(
            _version.workspace == workspace, _version.template == template, _version.version == version
        )
    )
    row = found.one_or_none()
    return None if row is None else _reply(row)


def _reply(row: sa.Row[Any]) -> templates.Version:
    return templates.Version(
        template=row.template,
        version=row.version,
        content=msgspec.json.decode(row.content, type=contents.Content),
        translations=msgspec.json.decode(row.translations, type=contents.Translations),
        blocks=msgspec.json.decode(row.blocks),
        note=row.note,
        by=row.by,
        restored_from=row.restored_from,
        created_at=windows.moment(row.created_at),
    )


async def annotate(connection: Connection, workspace: int, template: int, version: int, note: str) -> bool:
    """Change a version's note. Returns whether there is such a version."""
    changed = await connection.execute(
        sa.update(schema.template_version)
        .where(_version.workspace == workspace, _version.template == template, _version.version == version)
        .values(note=note)
    )
    return bool(changed.rowcount)
