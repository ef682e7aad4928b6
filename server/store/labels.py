"""What templates are found by besides their names: tags, and the languages they have."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.store import schema

Connection = sa_asyncio.AsyncConnection

_label = schema.template_label.c
_template = schema.template.c

TAG = "tag"
LANGUAGE = "language"


async def write(
    connection: Connection, workspace: int, template: int, kind: str, labels: Iterable[str]
) -> None:
    """Give a template these labels of a kind, in place of those it had."""
    await connection.execute(
        sa.delete(schema.template_label).where(
            _label.workspace == workspace, _label.template == template, _label.kind == kind
        )
    )
    rows = [
        {"workspace": workspace, "template": template, "kind": kind, "label": label}
        for label in dict.fromkeys(labels)
    ]
    if rows:
        await connection.execute(sa.insert(schema.template_label), rows)


async def tags(connection: Connection, workspace: int, templates: Iterable[int]) -> dict[int, list[str]]:
    """Template to its tags, in the alphabet's order."""
    rows = await connection.execute(
        sa.select(_label.template, _label.label)
        .where(_label.workspace == workspace, _label.kind == TAG, _label.template.in_(list(templates)))
        .order_by(_label.label)
    )
    found: dict[int, list[str]] = {}
    for template, label in rows:
        found.setdefault(template, []).append(label)
    return found


def has(workspace: int, kind: str, label: str) -> sa.ColumnElement[bool]:
    """A condition on the table template."""
    return sa.exists().where(
        _label.workspace == workspace,
        _label.template == _template.id,
        _label.kind == kind,
        _label.label == label,
    )


async def counts(connection: Connection, workspace: int, kind: str) -> dict[str, int]:
    """Label to the templates that have it, without removed and archived ones."""
    rows = await connection.execute(
        sa.select(_label.label, sa.func.count().label("n"))
        .select_from(
            schema.template_label.join(
                schema.template,
                sa.and_(_template.workspace == _label.workspace, _template.id == _label.template),
            )
        )
        .where(
            _label.workspace == workspace,
            _label.kind == kind,
            _template.removed_at.is_(None),
            _template.archived_at.is_(None),
        )
        .group_by(_label.label)
        .order_by(_label.label)
    )
    return {row.label: int(row.n) for row in rows}
