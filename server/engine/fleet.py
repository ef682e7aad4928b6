"""The lanes one sender has open, refreshed from the accounts: a change or a halt takes effect within a second.

A lane is opened anew only where its connections would be others: another endpoint, secret or window. A changed limit,
weight, pool or route changes the open lane.
"""

import asyncio
import dataclasses
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.engine import opening, parking, quotas, ruling, shifting
from server.pipeline.delivery import lanes, telling, windowing
from server.providers import errors
from server.security import vault
from server.store import database
from server.store.ledger import codes
from server.wire import providers as wire

log = logging.getLogger(__name__)

USABLE = """
SELECT workspace, id, name, channel, window, weight, rate_per_s, settings, shifted, shifted_at, parked_until,
  updated_at FROM account
WHERE enabled = 1 AND halted = 0 AND removed_at IS NULL
"""
SEALED = "SELECT name, sealed FROM secret WHERE workspace = :workspace AND account = :account ORDER BY name"
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
    shifted: int
    shifted_at: float
    parked_until: float | None  #: epoch seconds
    updated_at: float
    connection: str  #: a digest of all that connections depend on


class Leave:
    """Whether what was granted may still leave by a lane: the sender's lease holds, and the lane was not halted."""

    def __init__(self, ships: "Fleet") -> None:
        self.lane: lanes.Lane | None = None  #: from when it is open
        self._fleet = ships

    def __call__(self) -> bool:
        return self._fleet.holds() and not (self.lane is not None and self.lane.halted)


class Fleet:
    """All lanes of one sender, and the rulings that hold for them."""

    rulings = ruling.Rulings()
    opened = 0  #: lanes opened so far: what waited for one is worth a look when it grows

    def __init__(
        self, control: database.Database, keys: vault.Vault, *, senders: int = 1, timeout_s: float = 30.0
    ) -> None:
        self._control = control
        self._keys = keys
        self._timeout_s = timeout_s
        self._first_window = max(1, windowing.FIRST_WINDOW // max(senders, 1))
        self._plans: dict[Key, Plan] = {}
        self._retired: list[lanes.Lane] = []
        self._quotas = quotas.Quotas(control)
        self._shifter = shifting.Shifter(control)
        self.lanes: dict[Key, lanes.Lane] = {}
        self.holds: Callable[[], bool] = lambda: True  #: whether the sender's lease does

    async def refresh(self) -> None:
        """Open lanes for new and changed accounts; lanes of gone ones close when nothing of theirs is under way."""
        await self._write_halts()
        await parking.write(
            self._control, self.lanes, {key: plan.updated_at for key, plan in self._plans.items()}
        )
        plans, rulings = await self._read()
        for key, lane in list(self.lanes.items()):
            if _is_other(lane, self._plans.get(key), plans.get(key)):
                self._retired.append(self.lanes.pop(key))
        for key, plan in plans.items():
            if key not in self.lanes:
                await self._open(key, plan)
        self._plans = plans
        self._tune(plans, rulings)
        await self._shifter.look(self.lanes, plans)
        self._quotas.look(self.lanes)
        await self._close_retired()

    def _tune(self, plans: dict[Key, Plan], rulings: ruling.Rulings) -> None:
        """Change open lanes as their accounts were changed, and take over the limits as they are now."""
        shares = shifting.shares(plans)
        for key, lane in self.lanes.items():
            plan = plans[key]
            lane.name, lane.weight, lane.share = plan.name, plan.weight, shares[key]
            parking.follow(lane, plan.parked_until)
            lane.origins = rulings.origins.get(key, ()) if lane.provider.pooled else ()
        rates = {key: plan.rate_per_s for key, plan in plans.items()}
        rules = ruling.with_rates(rulings.rules, rates)
        self.rulings = dataclasses.replace(rulings, rules=self._quotas.with_quotas(rules, self.lanes))

    def of(self, workspace: int, channel: int) -> list[lanes.Lane]:
        """A channel's lanes in a workspace."""
        return [
            lane for lane in self.lanes.values() if lane.workspace == workspace and lane.channel == channel
        ]

    def channels(self, now: float) -> set[int]:
        """Channels that have a lane which may send now."""
        return {lane.channel for lane in self.lanes.values() if lane.weight > 0 and lane.ready_in(now) == 0}

    def report(self, now: float, wall: float) -> dict[str, dict[str, str | int | float | None]]:
        """How each lane does, for the sender's row. `now` is monotonic, `wall` epoch seconds."""
        return {
            f"{workspace}/{account}": telling.report(lane, now, wall)
            for (workspace, account), lane in self.lanes.items()
        }

    async def close(self) -> None:
        """Give all connections back."""
        await self._quotas.close()
        everything = [*self.lanes.values(), *self._retired]
        await asyncio.gather(*(lane.provider.close() for lane in everything))

    async def _read(self) -> tuple[dict[Key, Plan], ruling.Rulings]:
        async with self._control.reading() as connection:
            rows = (await connection.execute(sa.text(USABLE))).all()
            plans = {
                (row.workspace, row.id): Plan(
                    name=row.name,
                    channel=row.channel,
                    window=row.window,
                    weight=row.weight,
                    rate_per_s=row.rate_per_s,
                    shifted=row.shifted,
                    shifted_at=row.shifted_at or 0.0,
                    parked_until=row.parked_until,
                    updated_at=row.updated_at,
                    connection=await self._digest(connection, row),
                )
                for row in rows
            }
            return plans, await ruling.read(connection)

    async def _digest(self, connection: sa_asyncio.AsyncConnection, row: sa.Row[tuple[object, ...]]) -> str:
        """What the account's connections depend on; read anew only where the account was changed."""
        known = self._plans.get((row.workspace, row.id))
        if known is not None and known.updated_at == row.updated_at:
            return known.connection
        digest = hashlib.sha256(f"{row.window}\0{row.settings}".encode())
        sealed = await connection.execute(sa.text(SEALED), {"workspace": row.workspace, "account": row.id})
        for name, value in sealed:
            digest.update(name.encode() + b"\0" + bytes(value))
        return digest.hexdigest()

    async def _open(self, key: Key, plan: Plan) -> None:
        leave = Leave(self)
        try:
            provider = await opening.open_provider(
                self._control,
                self._keys,
                *key,
                timeout_s=self._timeout_s,
                holds=leave,
            )
        except errors.BadSettings as error:
            await self._halt(key, plan, f"{error.message} {error.remedy}".strip())
            return
        self.lanes[key] = leave.lane = lanes.Lane(
            workspace=key[0],
            account=key[1],
            name=plan.name,
            channel=codes.CHANNELS[plan.channel],
            provider=provider,
            window=plan.window,
            weight=plan.weight,
            first_window=self._first_window,
        )
        self.opened += 1

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


def _is_other(lane: lanes.Lane, known: Plan | None, plan: Plan | None) -> bool:
    """Whether an open lane is to be opened anew or not at all.

    A person who saves an account whose lane is in trouble wants it tried at once.
    """
    if plan is None or known is None or plan.connection != known.connection:
        return True
    return plan.updated_at != known.updated_at and lane.health not in (wire.Health.GOOD, wire.Health.UNKNOWN)
