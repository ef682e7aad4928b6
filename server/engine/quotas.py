"""What providers themselves say they allow: asked from time to time, and a limit of the account's lane from then on."""

import asyncio
import functools
import logging
import math
import time
from collections.abc import Mapping

import msgspec
import sqlalchemy as sa

from server.pipeline.delivery import lanes, limits
from server.providers import base, errors
from server.store import database
from server.store.ledger import sliding

log = logging.getLogger(__name__)

Key = tuple[int, int]

EVERY_S = 60.0
ASK_S = 20.0
DAY_S = 86_400
KEEP = "UPDATE account SET quota = :quota WHERE workspace = :workspace AND id = :account"


class Quotas:
    """One sender's knowledge of its accounts' quotas. Asking never holds up a refresh."""

    def __init__(self, control: database.Database) -> None:
        self._control = control
        self._known: dict[Key, base.Quota] = {}
        self._others: dict[Key, int] = {}
        self._asked_at: dict[tuple[Key, int], float] = {}
        self._asking: dict[Key, asyncio.Task[None]] = {}

    def look(self, open_lanes: Mapping[Key, lanes.Lane]) -> None:
        """Ask those providers that have not been asked lately."""
        now = time.monotonic()
        live = {(key, id(lane)) for key, lane in open_lanes.items()}
        self._asked_at = {place: at for place, at in self._asked_at.items() if place in live}
        for key, lane in open_lanes.items():
            place = (key, id(lane))
            due = now - self._asked_at.get(place, -math.inf) >= EVERY_S
            if lane.provider.has_quota and due and key not in self._asking:
                self._asked_at[place] = now
                task = asyncio.create_task(self._ask(key, lane))
                self._asking[key] = task
                task.add_done_callback(functools.partial(self._asked, key))

    def _asked(self, key: Key, _task: asyncio.Task[None]) -> None:
        self._asking.pop(key, None)

    def with_quotas(
        self,
        rules: dict[limits.Place, tuple[sliding.Rule, ...]],
        open_lanes: Mapping[Key, lanes.Lane],
    ) -> dict[limits.Place, tuple[sliding.Rule, ...]]:
        """Rules, and what each provider allows among them."""
        found = dict(rules)
        for key in open_lanes:
            quota = self._known.get(key)
            if quota is not None:
                place = limits.Place(key[0], limits.QUOTA, "", str(key[1]))
                found[place] = self._rules(key, quota)
        return found

    async def close(self) -> None:
        """Ask no more."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _rules(self, key: Key, quota: base.Quota) -> tuple[sliding.Rule, ...]:
        rules: tuple[sliding.Rule, ...] = ()
        if quota.per_s is not None and quota.per_s > 0:
            rules += (limits.steady(quota.per_s),)
        if quota.per_day is not None:
            rules += (sliding.Rule(max(0, quota.per_day - self._others.get(key, 0)), DAY_S),)
        return rules

    async def _ask(self, key: Key, lane: lanes.Lane) -> None:
        """Ask one provider; where it does not answer, what it said before goes on to hold."""
        try:
            async with asyncio.timeout(ASK_S):
                quota = await lane.provider.quota()
        except (errors.SendError, TimeoutError) as error:
            log.warning("account %s does not tell its quota: %s", lane.name, error)
            return
        if quota is None:
            return
        await self._keep(key, quota)
        self._known[key] = quota

    async def _keep(self, key: Key, quota: base.Quota) -> None:
        """Remember it for the desk, and how much of the day's quota others used: it is theirs, not ours."""
        place = limits.Place(key[0], limits.QUOTA, "", str(key[1]))
        rule = sliding.Rule(quota.per_day or 0, DAY_S)
        now = time.time()
        async with self._control.writing() as connection:
            found = (
                await connection.execute(
                    sa.text("SELECT state FROM usage WHERE workspace = :workspace AND key = :key"),
                    {"workspace": key[0], "key": limits.key(place, rule)},
                )
            ).scalar_one_or_none()
            told = msgspec.json.encode(
                {"per_s": quota.per_s, "per_day": quota.per_day, "sent": quota.sent, "at": now}
            )
            await connection.execute(
                sa.text(KEEP), {"workspace": key[0], "account": key[1], "quota": told.decode()}
            )
        state = sliding.load(found)
        sliding.settle(state, rule, now)
        self._others[key] = max(0, quota.sent - sliding.used(state))
