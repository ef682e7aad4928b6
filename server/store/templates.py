"""Templates and their versions: a version never changes once written."""

import time
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.channels import contents
from server.store import numbers, schema, windows
from server.wire import templates

Connection = sa_asyncio.AsyncConnection

_template = schema.template.c
_version = schema.template_version.c

_SORTS: dict[str, windows.Column] = {
    "id": _template.id,
    "name": _template.name,
    "channel": _template.channel,
    "version": _template.version,
    "updated_at": _template.updated_at,
}


def _newest(workspace: int) -> sa.Select[Any]:
    """Templates with the content of their newest version."""
    return (
        sa.select(schema.template, _version.content)
        .select_from(
            schema.template.join(
                schema.template_version,
                sa.and_(
                    _version.workspace == _template.workspace,
                    _version.template == _template.id,
                    _version.version == _template.version,
                ),
            )
        )
        .where(_template.workspace == workspace, _template.removed_at.is_(None))
    )


async def page(connection: Connection, workspace: int, query: templates.TemplateQuery) -> templates.Templates:
    """A window over the templates, last changed first. Raises problems.Refused for a window that cannot be."""
    select = _newest(workspace)
    if query.channel:
        select = select.where(_template.channel == query.channel)
    if find := query.find.strip():
        select = select.where(_template.name.icontains(find, autoescape=True))
    rows, total = await windows.page(
        connection, select, query, sorts=_SORTS, order=_template.updated_at.desc(), tie=_template.id.desc()
    )
    return templates.Templates(total=total, offset=query.offset, rows=[_reply(row) for row in rows])


async def show(connection: Connection, workspace: int, template: int) -> templates.Template | None:
    """One template at its newest version; None where there is none."""
    found = (await connection.execute(_newest(workspace).where(_template.id == template))).one_or_none()
    return None if found is None else _reply(found)


def _reply(row: sa.Row[Any]) -> templates.Template:
    content: contents.Content = msgspec.json.decode(row.content, type=contents.Content)
    return templates.Template(
        id=row.id,
        name=row.name,
        channel=row.channel,
        version=row.version,
        content=content,
        updated_at=windows.moment(row.updated_at),
    )


async def insert(connection: Connection, workspace: int, name: str, content: contents.Content) -> int:
    """Make a template at its first version; returns its id."""
    now = time.time()
    template = await numbers.take(connection, workspace, "template")
    await connection.execute(
        sa.insert(schema.template).values(
            workspace=workspace,
            id=template,
            name=name,
            channel=str(content.__struct_config__.tag),
            version=1,
            created_at=now,
            updated_at=now,
        )
    )
    await _write(connection, workspace, template, 1, content, now)
    return template


async def save(
    connection: Connection, workspace: int, found: templates.Template, name: str, content: contents.Content
) -> None:
    """Change a template's name and content; a new version is written where the content differs."""
    now = time.time()
    version = found.version + (content != found.content)
    await connection.execute(
        sa.update(schema.template)
        .where(_template.workspace == workspace, _template.id == found.id)
        .values(name=name, version=version, updated_at=now)
    )
    if version != found.version:
        await _write(connection, workspace, found.id, version, content, now)


async def _write(
    connection: Connection, workspace: int, template: int, version: int, content: contents.Content, now: float
) -> None:
    await connection.execute(
        sa.insert(schema.template_version).values(
            workspace=workspace,
            template=template,
            version=version,
            content=msgspec.json.encode(content).decode(),
            created_at=now,
        )
    )


async def remove(connection: Connection, workspace: int, template: int) -> bool:
    """Remove a template; its versions stay, for what was sent with them. Returns whether there was one."""
    changed = await connection.execute(
        sa.update(schema.template)
        .where(_template.workspace == workspace, _template.id == template, _template.removed_at.is_(None))
        .values(removed_at=time.time())
    )
    return bool(changed.rowcount)
