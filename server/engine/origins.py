"""From which templates a campaign's contents came, and how these stand now."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.channels import contents
from server.store import schema
from server.wire import campaigns as wire

Connection = sa_asyncio.AsyncConnection

_template = schema.template.c
_version = schema.template_version.c


async def of(
    connection: Connection, workspace: int, chosen: Mapping[int, contents.Contents]
) -> dict[int, list[wire.Origin]]:
    """Campaign to the templates its contents came from, as they are now."""
    wanted = {taken for whole in chosen.values() for taken in whole.taken.values()}
    if not wanted:
        return {}
    known = await _versions(connection, workspace, wanted)
    return {
        campaign: [
            _told(channel, whole, taken, known[taken])
            for channel, taken in whole.taken.items()
            if taken in known and channel in whole.chosen()
        ]
        for campaign, whole in chosen.items()
        if whole.taken
    }


async def _versions(
    connection: Connection, workspace: int, wanted: Iterable[contents.Taken]
) -> dict[contents.Taken, Any]:
    rows = await connection.execute(
        sa.select(
            _template.id,
            _template.name,
            _template.version.label("newest"),
            sa.or_(_template.removed_at.is_not(None), _template.archived_at.is_not(None)).label("gone"),
            _version.version,
            _version.content,
            _version.translations,
        )
        .select_from(
            schema.template.join(
                schema.template_version,
                sa.and_(_version.workspace == _template.workspace, _version.template == _template.id),
            )
        )
        .where(
            _template.workspace == workspace,
            sa.tuple_(_template.id, _version.version).in_([(one.template, one.version) for one in wanted]),
        )
    )
    return {contents.Taken(template=row.id, version=row.version): row for row in rows}


def _told(channel: str, whole: contents.Contents, taken: contents.Taken, row: Any) -> wire.Origin:
    spoken = whole.languages.get(channel, contents.Translations())
    now = (_written(whole.chosen()[channel]), _spoken(spoken))
    then = (
        _written(msgspec.json.decode(row.content, type=contents.Content)),
        _spoken(msgspec.json.decode(row.translations, type=contents.Translations)),
    )
    return wire.Origin(
        channel=channel,
        template=taken.template,
        name=row.name,
        version=taken.version,
        newest=row.newest,
        changed=now != then,
        gone=bool(row.gone),
    )


def _spoken(spoken: contents.Translations) -> contents.Translations:
    others = {tag: _written(content) for tag, content in spoken.others.items()}
    return msgspec.structs.replace(spoken, others=others)


def _written(content: contents.Content) -> contents.Content:
    """What a person wrote: HTML that was made of a source follows from it."""
    if isinstance(content, contents.Email) and content.source:
        return msgspec.structs.replace(content, html="")
    return content
