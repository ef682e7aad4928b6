"""What a provider says that it allows becomes a limit of its lane, less what others used of it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

from server.engine import fleet, quotas
from server.pipeline.delivery import lanes, limits
from server.providers import base, errors
from server.store import database, migrate
from server.store.ledger import metering, sliding
from server.wire import providers as wire
from tests.server.pipeline.delivery import test_choosing as made

KEY = (1, 7)
PLACE = limits.Place(1, limits.QUOTA, "", "7")


class Telling(made.Silent):
    """An adapter whose provider tells a quota, or fails to."""

    has_quota = True

    def __init__(self, *told: base.Quota | errors.SendError) -> None:
        self.told = list(told)

    async def quota(self) -> base.Quota | None:
        answer = self.told.pop(0)
        if isinstance(answer, errors.SendError):
            raise answer
        return answer


@contextlib.asynccontextmanager
async def opened(tmp_path: Path) -> AsyncIterator[database.Database]:
    path = tmp_path / "heliograph.db"
    await asyncio.to_thread(migrate.upgrade, path)
    connection = database.connect(path)
    connection.execute("INSERT INTO account (workspace, id, name, channel) VALUES (1, 7, 'SES', 'email')")
    now = time.time()
    own = sliding.State()
    sliding.take(own, sliding.Rule(1000, quotas.DAY_S), now, 30)
    connection.execute(metering.KEEP, (1, "quota//7/86400", sliding.dump(own), now + quotas.DAY_S))
    connection.close()
    control = database.Database(path)
    try:
        yield control
    finally:
        await control.close()


async def asked(known: quotas.Quotas, some: dict[quotas.Key, lanes.Lane]) -> None:
    """Ask, and wait for the answer."""
    known.look(some)
    await asyncio.gather(*known._asking.values())


def lane(*told: base.Quota | errors.SendError) -> dict[quotas.Key, lanes.Lane]:
    found = made.lane(7)
    found.provider = Telling(*told)
    return {KEY: found}


async def test_a_quota_is_a_limit_and_what_others_sent_is_theirs(tmp_path: Path) -> None:
    async with opened(tmp_path) as control:
        known, some = quotas.Quotas(control), lane(base.Quota(per_s=14.0, per_day=1000, sent=130))
        assert known.with_quotas({}, some) == {}
        await asked(known, some)
        rules = known.with_quotas({}, some)
        assert rules == {PLACE: (sliding.Rule(14, 1.0), sliding.Rule(900, quotas.DAY_S))}
        connection = database.connect(control.path)
        (told,) = connection.execute("SELECT quota FROM account").fetchone()
        connection.close()
        assert '"per_day":1000' in told


async def test_without_a_bound_there_is_no_limit(tmp_path: Path) -> None:
    async with opened(tmp_path) as control:
        known, some = quotas.Quotas(control), lane(base.Quota(per_s=2.5, per_day=None, sent=5))
        await asked(known, some)
        assert known.with_quotas({}, some) == {PLACE: (sliding.Rule(2, 0.8),)}


async def test_a_provider_that_does_not_answer_leaves_what_it_said_before(tmp_path: Path) -> None:
    async with opened(tmp_path) as control:
        known = quotas.Quotas(control)
        some = lane(base.Quota(per_s=14.0), errors.ProviderDown("500"))
        await asked(known, some)
        await asked(known, some)  # too soon: it is not asked
        known._asked_at.clear()
        await asked(known, some)
        assert known.with_quotas({}, some) == {PLACE: (sliding.Rule(14, 1.0),)}
        await known.close()


def plan(**changed: object) -> fleet.Plan:
    values: dict[str, object] = {
        "name": "SES",
        "channel": "email",
        "window": 64,
        "weight": 100,
        "rate_per_s": 0.0,
        "shifted": 0,
        "shifted_at": 0.0,
        "updated_at": 1.0,
        "parked_until": 0.0,
        "connection": "same",
    }
    return fleet.Plan(**(values | changed))  # type: ignore[arg-type]


def test_only_what_connections_depend_on_opens_a_lane_anew() -> None:
    one = made.lane()
    assert not fleet._is_other(one, plan(), plan(rate_per_s=5.0, weight=3, name="Other", updated_at=2.0))
    assert fleet._is_other(one, plan(), plan(connection="other"))
    assert fleet._is_other(one, plan(), None)


def test_a_lane_in_trouble_is_tried_anew_when_its_account_is_saved() -> None:
    one = made.lane()
    one.health = wire.Health.FAILING
    assert not fleet._is_other(one, plan(), plan())
    assert fleet._is_other(one, plan(), plan(updated_at=2.0))
