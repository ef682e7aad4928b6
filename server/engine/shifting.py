"""Points moved between the accounts of a channel: written once for all senders, read by each of them."""

import collections
import logging
import time
from collections.abc import Mapping
from typing import Protocol

import sqlalchemy as sa

from server.pipeline.delivery import balancing, lanes
from server.store import database

log = logging.getLogger(__name__)

Key = tuple[int, int]

LAST = """
SELECT max(coalesce(shifted_at, 0)) FROM account
WHERE workspace = :workspace AND channel = :channel AND removed_at IS NULL
"""
SHIFT = (
    "UPDATE account SET shifted = :shifted, shifted_at = :now WHERE workspace = :workspace AND id = :account"
)


class Plan(Protocol):
    """What of an account's plan decides its share."""

    @property
    def channel(self) -> str: ...

    @property
    def weight(self) -> int: ...

    @property
    def shifted(self) -> int: ...

    @property
    def shifted_at(self) -> float: ...


def _groups(plans: Mapping[Key, Plan]) -> dict[tuple[int, str], list[int]]:
    """Workspace and channel to the accounts that share it."""
    found: dict[tuple[int, str], list[int]] = collections.defaultdict(list)
    for (workspace, account), plan in plans.items():
        if plan.weight > 0:
            found[workspace, plan.channel].append(account)
    return found


def shares(plans: Mapping[Key, Plan]) -> dict[Key, int]:
    """Each account's points as they stand; where rounding leaves nobody any, everybody has the same."""
    found: dict[Key, int] = dict.fromkeys(plans, 0)
    for (workspace, _channel), some in _groups(plans).items():
        rest = balancing.points({account: plans[workspace, account].weight for account in some})
        for account in some:
            found[workspace, account] = max(0, rest[account] + plans[workspace, account].shifted)
    return found


class Shifter:
    """One sender's eye on its lanes."""

    def __init__(self, control: database.Database) -> None:
        self._control = control

    async def look(self, open_lanes: Mapping[Key, lanes.Lane], plans: Mapping[Key, Plan]) -> None:
        """Shift or heal where that is due. Every other sender sees it at its next refresh."""
        now = time.time()
        for (workspace, channel), some in _groups(plans).items():
            last = max(plans[workspace, account].shifted_at for account in some)
            if len(some) < 2 or now - last < balancing.HYSTERESIS_S:
                continue
            moved = balancing.move(self._standings(workspace, some, open_lanes, plans))
            if moved:
                await self._write(workspace, channel, moved, now)

    def _standings(
        self,
        workspace: int,
        some: list[int],
        open_lanes: Mapping[Key, lanes.Lane],
        plans: Mapping[Key, Plan],
    ) -> list[balancing.Standing]:
        rest = balancing.points({account: plans[workspace, account].weight for account in some})
        found = []
        for account in some:
            lane = open_lanes.get((workspace, account))
            found.append(
                balancing.Standing(
                    account=account,
                    rest=rest[account],
                    shifted=plans[workspace, account].shifted,
                    trouble=lane.record.trouble(time.monotonic()) if lane is not None else 0.0,
                )
            )
        return found

    async def _write(self, workspace: int, channel: str, moved: dict[int, int], now: float) -> None:
        """Write the move, unless another sender wrote one meanwhile."""
        async with self._control.writing() as connection:
            last = await connection.execute(sa.text(LAST), {"workspace": workspace, "channel": channel})
            if now - float(last.scalar_one() or 0.0) < balancing.HYSTERESIS_S:
                return
            for account, shifted in moved.items():
                await connection.execute(
                    sa.text(SHIFT),
                    {"workspace": workspace, "account": account, "shifted": shifted, "now": now},
                )
        log.warning(
            "the weights of channel %s were shifted: %s",
            channel,
            ", ".join(f"account {account} {shifted:+d}" for account, shifted in moved.items()),
            extra={"action": "weights_shifted", "channel": channel},
        )
