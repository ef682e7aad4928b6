"""A window over the messages, at the same price however many there are: counts come from the tallies, rows by key."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.store.ledger import codes
from server.wire import messages as wire

Connection = sa_asyncio.AsyncConnection
Values = dict[str, Any]

_SIZES = """
SELECT tally.run AS run, sum(tally.n) AS n FROM tally
JOIN run ON run.workspace = tally.workspace AND run.id = tally.run
WHERE tally.workspace = :workspace {where} GROUP BY tally.run HAVING sum(tally.n) > 0 ORDER BY tally.run DESC
"""
_KEYS = """
SELECT message.run, message.seq FROM message
JOIN run ON run.workspace = message.workspace AND run.id = message.run
WHERE message.workspace = :workspace {where} {order} LIMIT :limit OFFSET :offset
"""
#: What a query says of tests, as a condition.
KINDS = {"only": "run.kind = 'test'", "none": "run.kind = ''"}
_OF_A_RUN = "ORDER BY message.seq"


def conditions(ask: wire.MessageQuery, channel: int, states: Sequence[int], table: str) -> tuple[str, Values]:
    """The filters that messages and tallies have in common, over one of the two tables, with their values."""
    values: Values = {}
    parts = []
    for column, name, value in (
        ("run.campaign", "campaign", ask.campaign),
        (f"{table}.run", "run", ask.run),
        (f"{table}.account", "account", ask.account),
        (f"{table}.channel", "channel", channel),
        (f"{table}.reason", "reason", ask.reason),
    ):
        if value:
            parts.append(f"{column} = :{name}")
            values[name] = value
    if ask.tests:
        parts.append(KINDS[ask.tests])
    if states:
        parts.append(f"{table}.state IN ({', '.join(map(str, states))})")
    return "".join(f" AND {part}" for part in parts), values


async def sizes(connection: Connection, workspace: int, where: str, values: Values) -> list[tuple[int, int]]:
    """Run and number of messages that match, newest run first; `where` speaks of the table tally."""
    found = await connection.execute(sa.text(_SIZES.format(where=where)), {**values, "workspace": workspace})
    return [(int(row.run), int(row.n)) for row in found]


async def keys(
    connection: Connection,
    workspace: int,
    where: str,
    values: Values,
    *,
    order: str,
    offset: int,
    limit: int,
) -> list[tuple[int, int]]:
    """Run and seq of a window; `where` and `order` speak of the table message."""
    window = {**values, "workspace": workspace, "offset": offset, "limit": limit}
    found = await connection.execute(sa.text(_KEYS.format(where=where, order=order)), window)
    return [(int(row.run), int(row.seq)) for row in found]


async def keys_by_run(
    connection: Connection,
    workspace: int,
    where: str,
    values: Values,
    *,
    runs: Sequence[tuple[int, int]],
    offset: int,
    limit: int,
) -> list[tuple[int, int]]:
    """The same for the order of the key, newest run first: runs before the window are passed over unread."""
    found: list[tuple[int, int]] = []
    for run, size in runs:
        if offset >= size:
            offset -= size
            continue
        found += await keys(
            connection,
            workspace,
            f"{where} AND message.run = :this_run",
            {**values, "this_run": run},
            order=_OF_A_RUN,
            offset=offset,
            limit=limit - len(found),
        )
        offset = 0
        if len(found) >= limit:
            break
    return found


def among(picked: Sequence[tuple[int, int]]) -> str:
    """A condition on the table message that holds for these keys alone."""
    by_run: dict[int, list[str]] = {}
    for run, seq in picked:
        by_run.setdefault(run, []).append(str(seq))
    parts = [f"(message.run = {run} AND message.seq IN ({', '.join(seqs)}))" for run, seqs in by_run.items()]
    return f"({' OR '.join(parts)})" if parts else "0 = 1"


def states_of(name: str, *, group: bool) -> list[int]:
    """The codes of a state, with those that count the same if `group`. Raises ValueError for a name of no state."""
    code = next((code for code, state in codes.STATE_NAMES.items() if state.value == name), None)
    if code is None:
        raise ValueError(name)
    return [other for other in codes.TERMS if codes.TERMS[other] == codes.TERMS[code]] if group else [code]
