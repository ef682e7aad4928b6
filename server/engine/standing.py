"""How the processes stand: which senders reported lately, how their lanes do, and whether we are stopping."""

import time
from dataclasses import dataclass, field

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.wire import providers as wire

FRESH_S = 10.0  #: a sender that has not reported for longer is not counted

REPORTS = "SELECT slot, lanes FROM sender WHERE seen_at > :since"

#: The worse health is shown where several senders have a lane on one account.
_WORSE = (
    wire.Health.UNKNOWN,
    wire.Health.GOOD,
    wire.Health.THROTTLED,
    wire.Health.FAILING,
    wire.Health.HALTED,
    wire.Health.OFF,
)


@dataclass(slots=True, kw_only=True)
class Standing:
    """What the api process knows of itself. `troubles` maps a subject to a sentence with its remedy."""

    started_at: float = field(default_factory=time.time)
    draining: bool = False
    troubles: dict[str, str] = field(default_factory=dict)


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """One account's lane, as a sender reports it."""

    in_flight: int = 0
    health: wire.Health = wire.Health.UNKNOWN
    health_text: str = ""
    state: wire.LaneState = wire.LaneState.RUNNING
    because: str = ""  #: what the provider's trouble is
    resumes_at: float | None = None  #: epoch seconds
    window_now: int = 0


async def senders(connection: sa_asyncio.AsyncConnection) -> int:
    """Sender processes that reported lately."""
    found = await connection.execute(sa.text(REPORTS), {"since": time.time() - FRESH_S})
    return len(found.all())


async def lanes(connection: sa_asyncio.AsyncConnection, workspace: int) -> dict[int, Lane]:
    """Account to its lane, summed over the senders that reported lately."""
    found = await connection.execute(sa.text(REPORTS), {"since": time.time() - FRESH_S})
    by_account: dict[int, Lane] = {}
    for row in found:
        for key, lane in msgspec.json.decode(row.lanes, type=dict[str, Lane]).items():
            place, _, account = key.partition("/")
            if place == str(workspace):
                by_account[int(account)] = _together(by_account.get(int(account)), lane)
    return by_account


def _together(one: Lane | None, other: Lane) -> Lane:
    if one is None:
        return other
    worse = max(one, other, key=lambda lane: _WORSE.index(lane.health))
    return msgspec.structs.replace(
        worse, in_flight=one.in_flight + other.in_flight, window_now=one.window_now + other.window_now
    )
