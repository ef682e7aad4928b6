"""The lanes one sender has open, refreshed from the accounts: a change or a halt takes effect within a second."""

import asyncio
import logging
from dataclasses import dataclass

import sqlalchemy as sa

from server.engine import accounts
from server.pipeline.delivery import lanes
from server.providers import errors
from server.security import vault
from server.store import database
from server.store.ledger import codes
from server.wire import providers as wire

log = logging.getLogger(__name__)

USABLE = """
SELECT workspace, id, name, channel, window, weight, rate_per_s, updated_at FROM account
WHERE enabled = 1 AND halted = 0 AND removed_at IS NULL
"""
HALT = """
UPDATE account SET halted = 1, health = 'halted', health_text = :why
WHERE workspace = :workspace AND id = :account AND updated_at = :updated_at
"""

Key = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An account as a lane would be opened from it."""

    name: str
    channel: str
    window: int
    weight: int
    rate_per_s: float
    updated_at: float


class Fleet:
    """All lanes of one sender."""

    def __init__(self, control: database.Database, keys: vault.Vault) -> None:
        self._control = control
        self._keys = keys
        self._plans: dict[Key, Plan] = {}
        self._retired: list[lanes.Lane] = []
        self.lanes: dict[Key, lanes.Lane] = {}

    async def refresh(self) -> None:
        """Open lanes for new and changed accounts; lanes of gone ones close when nothing of theirs is under way."""
        await self._write_halts()
        plans = await self._usable()
        for key in list(self.lanes):
            if plans.get(key) != self._plans.get(key):
                self._retired.append(self.lanes.pop(key))
        for key, plan in plans.items():
            if key not in self.lanes:
                await self._open(key, plan)
        self._plans = plans
        await self._close_retired()

    def of(self, workspace: int, channel: int) -> list[lanes.Lane]:
        """A channel's lanes in a workspace."""
        return [
            lane for lane in self.lanes.values() if lane.workspace == workspace and lane.channel == channel
        ]

    def channels(self, now: float) -> set[int]:
        """Channels that have a lane which may send now."""
        return {lane.channel for lane in self.lanes.values() if lane.weight > 0 and lane.ready_in(now) == 0}

    def report(self) -> dict[str, dict[str, str | int]]:
        """How each lane does, for the sender's row."""
        return {
            f"{workspace}/{account}": {
                "in_flight": lane.in_flight,
                "accepted": lane.accepted,
                "failed": lane.failed,
                "health": lane.health.value,
                "health_text": lane.health_text,
            }
            for (workspace, account), lane in self.lanes.items()
        }

    async def close(self) -> None:
        """Give all connections back."""
        everything = [*self.lanes.values(), *self._retired]
        await asyncio.gather(*(lane.provider.close() for lane in everything))

    async def _usable(self) -> dict[Key, Plan]:
        async with self._control.reading() as connection:
            rows = (await connection.execute(sa.text(USABLE))).all()
        return {
            (row.workspace, row.id): Plan(
                name=row.name,
                channel=row.channel,
                window=row.window,
                weight=row.weight,
                rate_per_s=row.rate_per_s,
                updated_at=row.updated_at,
            )
            for row in rows
        }

    async def _open(self, key: Key, plan: Plan) -> None:
        try:
            provider = await accounts.open_provider(self._control, self._keys, *key)
        except errors.BadSettings as error:
            await self._halt(key, plan, f"{error.message} {error.remedy}".strip())
            return
        self.lanes[key] = lanes.Lane(
            workspace=key[0],
            account=key[1],
            name=plan.name,
            channel=codes.CHANNELS[plan.channel],
            provider=provider,
            window=plan.window,
            weight=plan.weight,
            rate_per_s=plan.rate_per_s,
        )

    async def _write_halts(self) -> None:
        """A lane that halted itself halts its account, for every sender and until a person mends it."""
        for key, lane in self.lanes.items():
            if lane.health is wire.Health.HALTED and key in self._plans:
                await self._halt(key, self._plans[key], lane.health_text)

    async def _halt(self, key: Key, plan: Plan, why: str) -> None:
        log.warning(
            "account %s halted: %s", plan.name, why, extra={"action": "lane_halted", "account": key[1]}
        )
        async with self._control.writing() as connection:
            await connection.execute(
                sa.text(HALT),
                {"workspace": key[0], "account": key[1], "why": why, "updated_at": plan.updated_at},
            )

    async def _close_retired(self) -> None:
        for lane in [lane for lane in self._retired if lane.in_flight == 0]:
            self._retired.remove(lane)
            await lane.provider.close()
