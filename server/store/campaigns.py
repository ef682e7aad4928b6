"""Campaigns and runs as rows."""

import time
from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.store import numbers, uses
from server.store.ledger import codes
from server.wire import campaigns as wire
from server.wire import ledger

LIVE = ("launching", "running", "paused", "cancelling")

#: What a list may be sorted by, and the column behind it.
SORTS = {
    "name": "campaign.name",
    "status": "campaign.status",
    "created_at": "campaign.created_at",
    "updated_at": "campaign.updated_at",
}

ROW = """
SELECT campaign.id, campaign.name, campaign.status, campaign.audience, campaign.contents, campaign.run,
  campaign.priority, campaign.policy, campaign.created_at, campaign.updated_at, campaign.archived_at,
  coalesce(audience.name, '') AS audience_name
FROM campaign
LEFT JOIN audience ON audience.workspace = campaign.workspace AND audience.id = campaign.audience
WHERE campaign.workspace = :workspace AND campaign.removed_at IS NULL
"""

TAGGED = """ AND EXISTS (SELECT 1 FROM campaign_tag WHERE campaign_tag.workspace = campaign.workspace
  AND campaign_tag.campaign = campaign.id AND campaign_tag.tag = :tag)"""
NOT_ARCHIVED = " AND campaign.archived_at IS NULL"
ARCHIVED = {"only": " AND campaign.archived_at IS NOT NULL", "all": ""}

EQUATIONS = sa.text(
    "SELECT run, channel, state, sum(n) AS n FROM tally"
    " WHERE workspace = :workspace AND run IN :runs GROUP BY run, channel, state"
).bindparams(sa.bindparam("runs", expanding=True))

DELIVERED = sa.text(
    "SELECT run, sum(n) AS n FROM tally WHERE workspace = :workspace AND run IN :runs"
    " AND state BETWEEN :delivered AND :replied GROUP BY run"
).bindparams(sa.bindparam("runs", expanding=True))

Connection = sa_asyncio.AsyncConnection


async def one(connection: Connection, workspace: int, campaign: int) -> sa.Row[Any] | None:
    """One campaign's row."""
    found = await connection.execute(
        sa.text(ROW + " AND campaign.id = :campaign"), {"workspace": workspace, "campaign": campaign}
    )
    return found.one_or_none()


async def page(
    connection: Connection, workspace: int, ask: wire.CampaignQuery
) -> tuple[int, list[sa.Row[Any]]]:
    """How many campaigns match, and a window over them, newest first unless sorted."""
    statuses = LIVE if ask.status == "live" else (ask.status,)
    conditions = ""
    values: dict[str, object] = {"workspace": workspace}
    if ask.find:
        conditions += " AND lower(campaign.name) LIKE :find ESCAPE '\\'"
        values["find"] = f"%{_literal(ask.find.lower())}%"
    if ask.status:
        conditions += " AND campaign.status IN (SELECT value FROM json_each(:statuses))"
        values["statuses"] = msgspec.json.encode(statuses).decode()
    if ask.tag:
        conditions += TAGGED
        values["tag"] = ask.tag
    conditions += ARCHIVED.get(ask.archived, NOT_ARCHIVED)
    column = SORTS.get(ask.sort.removeprefix("-"), "campaign.id")
    descending = ask.sort.startswith("-") or not ask.sort
    order = (
        f" ORDER BY {column} {'DESC' if descending else 'ASC'}, campaign.id DESC LIMIT :limit OFFSET :offset"
    )
    counting = f"SELECT count(*) FROM ({ROW}{conditions}) AS matching"  # noqa: S608 - ours, with values bound
    total = await connection.execute(sa.text(counting), values)
    window = {**values, "offset": ask.offset, "limit": ask.limit}
    rows = await connection.execute(sa.text(ROW + conditions + order), window)
    return int(total.scalar_one()), list(rows)


def _literal(text: str) -> str:
    """Text for LIKE with its wildcards taken literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def insert(
    connection: Connection, workspace: int, name: str, audience: int | None, contents: str
) -> int:
    """Make a draft; returns its id."""
    campaign = await numbers.take(connection, workspace, "campaign")
    await connection.execute(
        sa.text(
            "INSERT INTO campaign (workspace, id, name, status, audience, contents, created_at, updated_at)"
            " VALUES (:workspace, :id, :name, 'draft', :audience, :contents, :now, :now)"
        ),
        {
            "workspace": workspace,
            "id": campaign,
            "name": name,
            "audience": audience,
            "contents": contents,
            "now": time.time(),
        },
    )
    await uses.note_campaign(connection, workspace, campaign, contents)
    return campaign


async def update(
    connection: Connection, workspace: int, campaign: int, name: str, audience: int | None, contents: str
) -> bool:
    """Change a draft. Returns False where it is no draft any more."""
    changed = await connection.execute(
        sa.text(
            "UPDATE campaign SET name = :name, audience = :audience, contents = :contents, updated_at = :now"
            " WHERE workspace = :workspace AND id = :id AND status = 'draft' AND removed_at IS NULL"
        ),
        {
            "workspace": workspace,
            "id": campaign,
            "name": name,
            "audience": audience,
            "contents": contents,
            "now": time.time(),
        },
    )
    if changed.rowcount:
        await uses.note_campaign(connection, workspace, campaign, contents)
    return bool(changed.rowcount)


async def rule(connection: Connection, workspace: int, campaign: int, policy: str) -> None:
    """Set a campaign's own rules, as JSON of wire.policies.Policy."""
    await connection.execute(
        sa.text("UPDATE campaign SET policy = :policy WHERE workspace = :workspace AND id = :id"),
        {"workspace": workspace, "id": campaign, "policy": policy},
    )


async def prioritise(connection: Connection, workspace: int, campaign: int, priority: str) -> None:
    """Say what of a draft's run goes before what."""
    await connection.execute(
        sa.text("UPDATE campaign SET priority = :priority WHERE workspace = :workspace AND id = :id"),
        {"workspace": workspace, "id": campaign, "priority": priority},
    )


async def remove(connection: Connection, workspace: int, campaign: int) -> bool:
    """Delete a draft. Returns False where it was launched: what was sent is never forgotten."""
    changed = await connection.execute(
        sa.text(
            "UPDATE campaign SET removed_at = :now WHERE workspace = :workspace AND id = :id"
            " AND status = 'draft' AND removed_at IS NULL"
        ),
        {"workspace": workspace, "id": campaign, "now": time.time()},
    )
    if changed.rowcount:
        await uses.note(connection, workspace, uses.CAMPAIGN, campaign, [])
    return bool(changed.rowcount)


async def equations(
    connection: Connection, workspace: int, runs: Iterable[int]
) -> dict[int, dict[str, dict[str, int]]]:
    """Run to channel to the equation's terms, from the tallies."""
    wanted = sorted(set(runs))
    if not wanted:
        return {}
    rows = await connection.execute(EQUATIONS, {"workspace": workspace, "runs": wanted})
    found: dict[int, dict[str, dict[str, int]]] = {run: {} for run in wanted}
    for run, channel, state, count in rows:
        terms = found[run].setdefault(codes.CHANNEL_NAMES[channel], dict.fromkeys(codes.TERMS.values(), 0))
        terms[codes.TERMS[state]] += count
    return found


async def delivered(connection: Connection, workspace: int, runs: Iterable[int]) -> dict[int, int]:
    """Run to messages known to have arrived; runs without any are left out."""
    wanted = sorted(set(runs))
    if not wanted:
        return {}
    states = {"delivered": codes.DELIVERED, "replied": codes.REPLIED}
    rows = await connection.execute(DELIVERED, {"workspace": workspace, "runs": wanted, **states})
    return {int(run): int(count) for run, count in rows}


def equation(audience: int, parts: Iterable[dict[str, int]]) -> ledger.Equation:
    """Sum the terms of some channels; `audience` is what was frozen, counted apart from them."""
    total = dict.fromkeys(codes.TERMS.values(), 0)
    for terms in parts:
        for term, count in terms.items():
            total[term] += count
    return ledger.Equation(audience=audience, **total)
