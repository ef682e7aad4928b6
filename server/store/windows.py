"""Windows over lists: which rows, sorted by which column, and how many there are in all."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.wire import endpoint, problems

#: Most rows of one page.
MOST = 500

Column = sa.ColumnElement[Any]


async def page(
    connection: sa_asyncio.AsyncConnection,
    select: sa.Select[Any],
    window: endpoint.Window,
    *,
    sorts: Mapping[str, Column],
    order: Column,
    tie: Column,
) -> tuple[list[sa.Row[Any]], int]:
    """The rows of a window and the number of all that match.

    `sorts` are the columns a client may name, `order` what holds when it names none; `tie` makes either total, so that
    no row is on two pages. Raises problems.Refused for a window that cannot be.
    """
    chosen = _order(window, sorts, order)
    total = await connection.scalar(sa.select(sa.func.count()).select_from(select.order_by(None).subquery()))
    found = await connection.execute(select.order_by(chosen, tie).offset(window.offset).limit(window.limit))
    return list(found), int(total or 0)


def _order(window: endpoint.Window, sorts: Mapping[str, Column], order: Column) -> Column:
    faults: list[problems.Fault] = []
    if not 1 <= window.limit <= MOST:
        faults.append(problems.Fault(place="limit", message=f"A page has 1 to {MOST} rows."))
    if window.offset < 0:
        faults.append(problems.Fault(place="offset", message="A page cannot begin before the first row."))
    name = window.sort.removeprefix("-")
    if name and name not in sorts:
        faults.append(
            problems.Fault(
                place="sort",
                message=f"The list cannot be sorted by {name!r}.",
                remedy=f"Use {', '.join(sorts)}.",
            )
        )
    if faults:
        raise problems.refuse(problems.Code.INVALID, faults[0].message, faults[0].remedy, faults)
    if not name:
        return order
    return sorts[name].desc() if window.sort.startswith("-") else sorts[name].asc()


def beginning(column: Column, text: str) -> Column:
    """Whether a column begins with a text, in the ways people write it, so that an index finds it."""
    spellings = {text, text.lower(), text.upper(), text.capitalize(), text.title()}
    return sa.or_(
        *(sa.and_(column >= spelling, column < spelling + "\U0010ffff") for spelling in sorted(spellings))
    )


def moment(seconds: float | None) -> datetime:
    """A stored time as it travels; the epoch where none was stored."""
    return datetime.fromtimestamp(seconds or 0.0, UTC)


def moment_or_none(seconds: float | None) -> datetime | None:
    """The same of a time that may not have come yet."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
