"""What of doubts and dead letters calls for a person now: counts for badges, sentences for the overview."""

import time
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.store.ledger import codes, picking
from server.wire import server as wire

DAY_S = 86_400
#: Nobody reads a larger number than "more than this" off a badge, and counting on costs.
MOST = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """Messages that nobody has closed or left."""

    doubts: int
    old: int  #: of these: in doubt for more than a day
    dead: int  #: given up within the last day


async def stuck(connection: sa_asyncio.AsyncConnection, workspace: int) -> Stuck:
    """Count them, by the index that holds exceptions alone."""
    now = time.time()
    doubts = picking.Pick(state=codes.DOUBT, closed=False)
    return Stuck(
        doubts=await _count(connection, workspace, doubts),
        old=await _count(
            connection, workspace, picking.Pick(state=codes.DOUBT, closed=False, until=now - DAY_S)
        ),
        dead=await _count(
            connection, workspace, picking.Pick(state=codes.FAILED, closed=False, since=now - DAY_S)
        ),
    )


async def _count(connection: sa_asyncio.AsyncConnection, workspace: int, pick: picking.Pick) -> int:
    where, values = picking.where(pick, workspace)
    found = await connection.execute(
        sa.text(f"SELECT count(*) FROM (SELECT 1 {picking.FROM} WHERE {where} LIMIT {MOST}) AS some"),  # noqa: S608
        values,
    )
    return int(found.scalar_one())


def alarms(found: Stuck) -> list[wire.Alarm]:
    """What the overview says of them."""
    told = []
    if found.old:
        told.append(
            wire.Alarm(
                level="bad",
                title=f"{_messages(found.old)} in doubt for more than 24 hours.",
                remedy="No receipt will settle these any more. Look them up, or decide what became of them.",
                view="exceptions",
                subject="doubt",
            )
        )
    elif found.doubts:
        told.append(
            wire.Alarm(
                level="warning",
                title=f"{_messages(found.doubts)} in doubt: they may have been sent, and no answer came.",
                remedy="They are not sent again by themselves. A receipt or a look-up settles a doubt; so can you.",
                view="exceptions",
                subject="doubt",
            )
        )
    if found.dead:
        told.append(
            wire.Alarm(
                level="warning",
                title=f"{_messages(found.dead, was=True)} given up in the last 24 hours.",
                remedy="See why, mend the cause, and send them again, all or some. Or close them.",
                view="exceptions",
                subject="dead",
            )
        )
    return told


def _messages(count: int, *, was: bool = False) -> str:
    more = "More than " if count >= MOST else ""
    one, several = ("was", "were") if was else ("is", "are")
    return f"{more}{count:,} {'message' if count == 1 else 'messages'} {one if count == 1 else several}"
