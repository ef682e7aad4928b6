"""Templates and where they lie: each at its newest version; see store.versions for what came before."""

import re
import time
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.channels import contents, shared
from server.store import labels, numbers, schema, uses, windows
from server.wire import templates

Connection = sa_asyncio.AsyncConnection

_template = schema.template.c
_version = schema.template_version.c

_SORTS: dict[str, windows.Column] = {
    "id": _template.id,
    "name": _template.name,
    "channel": _template.channel,
    "version": _template.version,
    "folder": _template.folder,
    "updated_at": _template.updated_at,
    "created_at": _template.created_at,
}
#: The top, where a query means it and not every folder.
TOP = "/"
_MARKUP = re.compile(r"<[^<>]*>")


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What a version is made of."""

    content: contents.Content
    translations: contents.Translations = contents.Translations()
    blocks: dict[str, int] = {}
    note: str = ""
    by: str = ""
    restored_from: int = 0


def newest(workspace: int) -> sa.Select[Any]:
    """Templates with their newest version."""
    written = (_version.content, _version.translations, _version.blocks, _version.note, _version.by)
    return (
        sa.select(schema.template, *written)
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
    select = newest(workspace).where(*_filters(workspace, query))
    rows, total = await windows.page(
        connection, select, query, sorts=_SORTS, order=_template.updated_at.desc(), tie=_template.id.desc()
    )
    return templates.Templates(
        total=total, offset=query.offset, rows=await _replies(connection, workspace, rows)
    )


def _filters(workspace: int, query: templates.TemplateQuery) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if query.channel:
        found.append(_template.channel == query.channel)
    if query.folder:
        found.append(_template.folder == "" if query.folder == TOP else within(query.folder))
    if query.tag:
        found.append(labels.has(workspace, labels.TAG, query.tag.lower()))
    if query.language:
        found.append(labels.has(workspace, labels.LANGUAGE, query.language))
    if query.archived == templates.Archived.NO.value:
        found.append(_template.archived_at.is_(None))
    elif query.archived == templates.Archived.ONLY.value:
        found.append(_template.archived_at.is_not(None))
    return found + [_says(workspace, word) for word in query.find.split()]


def _says(workspace: int, word: str) -> sa.ColumnElement[bool]:
    """Whether a template is called so, lies there, has such a tag, or says it."""
    return sa.or_(
        _template.name.icontains(word, autoescape=True),
        _template.folder.icontains(word, autoescape=True),
        _template.words.contains(word.lower(), autoescape=True),
        labels.has(workspace, labels.TAG, word.lower()),
    )


def within(folder: str) -> sa.ColumnElement[bool]:
    """Whether a template lies in a folder or in one of those in it."""
    return sa.or_(_template.folder == folder, _template.folder.startswith(f"{folder}/", autoescape=True))


async def show(connection: Connection, workspace: int, template: int) -> templates.Template | None:
    """One template at its newest version; None where there is none."""
    found = (await connection.execute(newest(workspace).where(_template.id == template))).one_or_none()
    return None if found is None else (await _replies(connection, workspace, [found]))[0]


async def some(
    connection: Connection, workspace: int, *conditions: sa.ColumnElement[bool]
) -> list[templates.Template]:
    """All templates for which some conditions hold, by folder and name."""
    select = newest(workspace).where(*conditions).order_by(_template.folder, _template.name, _template.id)
    return await _replies(connection, workspace, list(await connection.execute(select)))


async def _replies(
    connection: Connection, workspace: int, rows: Sequence[sa.Row[Any]]
) -> list[templates.Template]:
    ids = [row.id for row in rows]
    tags = await labels.tags(connection, workspace, ids)
    used = await uses.counts(connection, workspace, uses.TEMPLATE, map(str, ids))
    return [
        _reply(row, tags.get(row.id, []), sum(n for (key, _), n in used.items() if key == str(row.id)))
        for row in rows
    ]


def _reply(row: sa.Row[Any], tags: list[str], used: int) -> templates.Template:
    return templates.Template(
        id=row.id,
        name=row.name,
        channel=row.channel,
        version=row.version,
        content=msgspec.json.decode(row.content, type=contents.Content),
        translations=msgspec.json.decode(row.translations, type=contents.Translations),
        updated_at=windows.moment(row.updated_at),
        created_at=windows.moment(row.created_at),
        folder=row.folder,
        tags=tags,
        archived=row.archived_at is not None,
        blocks=msgspec.json.decode(row.blocks),
        note=row.note,
        by=row.by,
        uses=used,
    )


async def insert(
    connection: Connection, workspace: int, name: str, written: Written, *, folder: str, tags: Iterable[str]
) -> int:
    """Make a template at its first version; returns its id."""
    now = time.time()
    template = await numbers.take(connection, workspace, "template")
    await connection.execute(
        sa.insert(schema.template).values(
            workspace=workspace,
            id=template,
            name=name,
            channel=str(written.content.__struct_config__.tag),
            version=1,
            folder=folder,
            created_at=now,
            updated_at=now,
        )
    )
    await labels.write(connection, workspace, template, labels.TAG, tags)
    await _write(connection, workspace, template, 1, written, now)
    return template


async def save(
    connection: Connection, workspace: int, found: templates.Template, name: str, written: Written
) -> int:
    """Change a template's name and content; returns its version, which is a new one where the content differs."""
    now = time.time()
    differs = (written.content, written.translations) != (found.content, found.translations)
    version = found.version + differs
    await connection.execute(
        sa.update(schema.template)
        .where(_template.workspace == workspace, _template.id == found.id)
        .values(name=name, version=version, updated_at=now)
    )
    if differs:
        await _write(connection, workspace, found.id, version, written, now)
    return version


async def _write(
    connection: Connection, workspace: int, template: int, version: int, written: Written, now: float
) -> None:
    """Write a version, and what the template is found by and uses from now on."""
    await connection.execute(
        sa.insert(schema.template_version).values(
            workspace=workspace,
            template=template,
            version=version,
            content=_json(written.content),
            translations=_json(written.translations),
            blocks=_json(written.blocks),
            note=written.note,
            by=written.by,
            restored_from=written.restored_from,
            created_at=now,
        )
    )
    await connection.execute(
        sa.update(schema.template)
        .where(_template.workspace == workspace, _template.id == template)
        .values(words=_words(written))
    )
    spoken = written.translations
    tags = [tag for tag in (spoken.language, *spoken.others) if tag]
    await labels.write(connection, workspace, template, labels.LANGUAGE, tags)
    named = shared.names([written.content, spoken.others])
    channel = str(written.content.__struct_config__.tag)
    await uses.note(connection, workspace, uses.TEMPLATE, template, uses.by_names(named, channel))


def _words(written: Written) -> str:
    """All that a version says, for finding it: without markup, and without a mail's source."""
    parts = [written.content, *written.translations.others.values()]
    said = [
        msgspec.structs.replace(part, source=msgspec.UNSET) if isinstance(part, contents.Email) else part
        for part in parts
    ]
    return "\n".join(_MARKUP.sub(" ", text) for text in shared.texts(said)).lower()


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


# -- where they lie ----------------------------------------------------------------------------------


async def place(connection: Connection, workspace: int, wanted: templates.Place) -> None:
    """Rename, move, tag, archive one template, or bring it back."""
    changed: dict[str, object] = {}
    if wanted.name is not None:
        changed["name"] = wanted.name
    if wanted.folder is not None:
        changed["folder"] = wanted.folder
    if wanted.archived is not None:
        changed["archived_at"] = time.time() if wanted.archived else None
    if changed:
        await connection.execute(
            sa.update(schema.template)
            .where(_template.workspace == workspace, _template.id == wanted.template)
            .values(**changed)
        )
    if wanted.tags is not None:
        await labels.write(connection, workspace, wanted.template, labels.TAG, wanted.tags)


async def counted(connection: Connection, workspace: int, column: sa.ColumnElement[Any]) -> dict[str, int]:
    """A column's values to the templates that have them, without archived ones."""
    rows = await connection.execute(
        sa.select(column.label("value"), sa.func.count().label("n"))
        .where(
            _template.workspace == workspace,
            _template.removed_at.is_(None),
            _template.archived_at.is_(None),
        )
        .group_by(column)
    )
    return {row.value: int(row.n) for row in rows}


async def archived(connection: Connection, workspace: int) -> int:
    """How many templates are archived."""
    count = await connection.scalar(
        sa.select(sa.func.count()).where(
            _template.workspace == workspace,
            _template.removed_at.is_(None),
            _template.archived_at.is_not(None),
        )
    )
    return int(count or 0)


async def remove(connection: Connection, workspace: int, template: int) -> bool:
    """Remove a template; its versions stay, for what was sent with them. Returns whether there was one."""
    changed = await connection.execute(
        sa.update(schema.template)
        .where(_template.workspace == workspace, _template.id == template, _template.removed_at.is_(None))
        .values(removed_at=time.time())
    )
    if changed.rowcount:
        await uses.note(connection, workspace, uses.TEMPLATE, template, [])
    return bool(changed.rowcount)
