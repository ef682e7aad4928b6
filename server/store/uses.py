"""Which templates and shared blocks are used where: written with whatever uses them."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.channels import contents, shared
from server.store import schema, windows
from server.wire import campaigns, templates

Connection = sa_asyncio.AsyncConnection

_use = schema.content_use.c
_campaign = schema.campaign.c
_schedule = schema.schedule.c

TEMPLATE = "template"
BLOCK = "block"
CAMPAIGN = "campaign"

#: Drafts come first, then what is scheduled, what runs, what was sent.
_ORDER = {status: place for place, status in enumerate(campaigns.Status)}


class Used(NamedTuple):
    """A template or a block, as a user names it."""

    kind: str
    key: str  #: a template's id, a block's name
    channel: str = ""
    version: int = 0


def by_contents(chosen: contents.Contents) -> list[Used]:
    """What a campaign's contents use."""
    found = [
        Used(TEMPLATE, str(taken.template), channel, taken.version) for channel, taken in chosen.taken.items()
    ]
    for channel, content in chosen.chosen().items():
        parts = [content, chosen.languages.get(channel, contents.Translations()).others]
        found += [Used(BLOCK, name, channel) for name in sorted(shared.names(parts))]
    return found


def by_names(names: Iterable[str], channel: str = "") -> list[Used]:
    """The same for something that only names blocks."""
    return [Used(BLOCK, name, channel) for name in sorted(names)]


async def note(connection: Connection, workspace: int, kind: str, user: int, used: Sequence[Used]) -> None:
    """Write down what a campaign, template or block uses now, in place of what it used before."""
    await connection.execute(
        sa.delete(schema.content_use).where(
            _use.workspace == workspace, _use.user_kind == kind, _use.user == user
        )
    )
    if used:
        await connection.execute(
            sa.insert(schema.content_use),
            [
                {
                    "workspace": workspace,
                    "used_kind": one.kind,
                    "used": one.key,
                    "user_kind": kind,
                    "user": user,
                    "channel": one.channel,
                    "version": one.version,
                }
                for one in used
            ],
        )


async def note_campaign(connection: Connection, workspace: int, campaign: int, text: str) -> None:
    """The same for a campaign's contents, given as JSON."""
    chosen = msgspec.json.decode(text, type=contents.Contents)
    await note(connection, workspace, CAMPAIGN, campaign, by_contents(chosen))


def _open() -> sa.ColumnElement[bool]:
    """Whether a campaign takes its contents up again: it is a draft, or a schedule of its goes on."""
    planned = sa.exists().where(
        _schedule.workspace == _campaign.workspace,
        _schedule.campaign == _campaign.id,
        _schedule.state == "active",
    )
    return sa.or_(
        _campaign.status.in_((campaigns.Status.DRAFT.value, campaigns.Status.SCHEDULED.value)), planned
    )


async def of_campaigns(
    connection: Connection, workspace: int, kind: str, keys: Iterable[str], *, still_open: bool = False
) -> list[templates.Use]:
    """The campaigns that use any of some things; only those that would take them up again if `still_open`."""
    select = (
        sa.select(
            _campaign.id,
            _campaign.name,
            _campaign.status,
            _campaign.audience,
            _campaign.updated_at,
            _use.channel,
            _use.version,
        )
        .select_from(
            schema.content_use.join(
                schema.campaign,
                sa.and_(_campaign.workspace == _use.workspace, _campaign.id == _use.user),
            )
        )
        .where(
            _use.workspace == workspace,
            _use.user_kind == CAMPAIGN,
            _use.used_kind == kind,
            _use.used.in_(list(keys)),
            _campaign.removed_at.is_(None),
        )
        .order_by(_campaign.updated_at.desc(), _campaign.id.desc())
    )
    rows = await connection.execute(select.where(_open()) if still_open else select)
    found = [_campaign_use(row) for row in rows]
    return sorted(found, key=lambda use: _ORDER[use.status] if use.status else 0)


def _campaign_use(row: Any) -> templates.Use:
    return templates.Use(
        kind=CAMPAIGN,
        id=row.id,
        name=row.name,
        channel=row.channel,
        status=campaigns.Status(row.status),
        version=row.version,
        audience=row.audience,
        at=windows.moment(row.updated_at),
    )


async def of_templates(connection: Connection, workspace: int, names: Iterable[str]) -> list[templates.Use]:
    """The templates whose newest version names any of some blocks."""
    return await _naming(connection, workspace, names, TEMPLATE, schema.template)


async def of_blocks(connection: Connection, workspace: int, names: Iterable[str]) -> list[templates.Use]:
    """The blocks that take any of some blocks in."""
    return await _naming(connection, workspace, names, BLOCK, schema.block)


async def _naming(
    connection: Connection, workspace: int, names: Iterable[str], kind: str, table: sa.Table
) -> list[templates.Use]:
    rows = await connection.execute(
        sa.select(table.c.id, table.c.name, table.c.updated_at, _use.channel)
        .distinct()
        .select_from(
            schema.content_use.join(
                table, sa.and_(table.c.workspace == _use.workspace, table.c.id == _use.user)
            )
        )
        .where(
            _use.workspace == workspace,
            _use.user_kind == kind,
            _use.used_kind == BLOCK,
            _use.used.in_(list(names)),
            table.c.removed_at.is_(None),
        )
        .order_by(table.c.name, table.c.id)
    )
    return [
        templates.Use(
            kind=kind, id=row.id, name=row.name, channel=row.channel, at=windows.moment(row.updated_at)
        )
        for row in rows
    ]


async def counts(
    connection: Connection, workspace: int, kind: str, keys: Iterable[str]
) -> dict[tuple[str, int], int]:
    """How many campaigns took each version of some things, by key and version."""
    rows = await connection.execute(
        sa.select(_use.used, _use.version, sa.func.count().label("n"))
        .select_from(
            schema.content_use.join(
                schema.campaign,
                sa.and_(_campaign.workspace == _use.workspace, _campaign.id == _use.user),
            )
        )
        .where(
            _use.workspace == workspace,
            _use.user_kind == CAMPAIGN,
            _use.used_kind == kind,
            _use.used.in_(list(keys)),
            _campaign.removed_at.is_(None),
        )
        .group_by(_use.used, _use.version)
    )
    return {(row.used, row.version): int(row.n) for row in rows}
