"""Tags and the archive as rows."""

import time
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.store import schema

Connection = sa_asyncio.AsyncConnection

_tag = schema.campaign_tag.c
_campaign = schema.campaign.c


async def tags_of(connection: Connection, workspace: int, campaigns: Iterable[int]) -> dict[int, list[str]]:
    """Campaign to its tags, by name; campaigns without any are left out."""
    found: dict[int, list[str]] = {}
    rows = await connection.execute(
        sa.select(_tag.campaign, _tag.tag)
        .where(_tag.workspace == workspace, _tag.campaign.in_(sorted(set(campaigns))))
        .order_by(_tag.tag)
    )
    for row in rows:
        found.setdefault(row.campaign, []).append(row.tag)
    return found


async def tags(connection: Connection, workspace: int) -> list[tuple[str, int]]:
    """Every tag in use with how many campaigns bear it that are neither archived nor deleted, by name."""
    counted = (
        sa.select(_tag.tag, sa.func.count())
        .join(schema.campaign, sa.and_(_campaign.workspace == _tag.workspace, _campaign.id == _tag.campaign))
        .where(_tag.workspace == workspace, _campaign.removed_at.is_(None), _campaign.archived_at.is_(None))
        .group_by(_tag.tag)
        .order_by(_tag.tag)
    )
    return [(str(name), int(count)) for name, count in await connection.execute(counted)]


async def set_tags(connection: Connection, workspace: int, campaign: int, wanted: Sequence[str]) -> None:
    """Give a campaign these tags alone."""
    await connection.execute(
        sa.delete(schema.campaign_tag).where(_tag.workspace == workspace, _tag.campaign == campaign)
    )
    for tag in wanted:
        await add_tag(connection, workspace, campaign, tag)


async def add_tag(connection: Connection, workspace: int, campaign: int, tag: str) -> bool:
    """Give a campaign a tag. Returns whether it did not bear it yet."""
    changed = await connection.execute(
        sa.text(
            "INSERT INTO campaign_tag (workspace, campaign, tag) VALUES (:workspace, :campaign, :tag)"
            " ON CONFLICT DO NOTHING"
        ),
        {"workspace": workspace, "campaign": campaign, "tag": tag},
    )
    return bool(changed.rowcount)


async def drop_tag(connection: Connection, workspace: int, campaign: int, tag: str) -> bool:
    """Take a tag off a campaign. Returns whether it bore it."""
    changed = await connection.execute(
        sa.delete(schema.campaign_tag).where(
            _tag.workspace == workspace, _tag.campaign == campaign, _tag.tag == tag
        )
    )
    return bool(changed.rowcount)


async def archive(connection: Connection, workspace: int, campaign: int, *, away: bool) -> bool:
    """Put a campaign into the archive or take it out. Returns whether it was not there, or was."""
    there = _campaign.archived_at.is_(None) if away else _campaign.archived_at.is_not(None)
    changed = await connection.execute(
        sa.update(schema.campaign)
        .where(_campaign.workspace == workspace, _campaign.id == campaign, there)
        .values(archived_at=time.time() if away else None)
    )
    return bool(changed.rowcount)
