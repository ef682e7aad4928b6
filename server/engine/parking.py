"""Lanes a provider asked to wait for longer than an hour: parked for every sender, across restarts, until then.

A person who saves the account, or checks it with good news, ends it.
"""

import logging
import time
from collections.abc import Mapping

import sqlalchemy as sa

from server.pipeline.delivery import deciding, lanes
from server.store import database

log = logging.getLogger(__name__)

PARK = """
UPDATE account SET parked_until = :until
WHERE workspace = :workspace AND id = :account AND updated_at = :updated_at
  AND (parked_until IS NULL OR parked_until < :until - 1)
"""


async def write(
    control: database.Database,
    open_lanes: Mapping[tuple[int, int], lanes.Lane],
    versions: Mapping[tuple[int, int], float],
) -> None:
    """Write down which lanes were parked since; `versions` are the accounts' times of change."""
    now, wall = time.monotonic(), time.time()
    parked = {
        key: lane
        for key, lane in open_lanes.items()
        if key in versions and lane.told_s > deciding.PARKED_S and lane.paused_until > now and not lane.parked
    }
    for (workspace, account), lane in parked.items():
        until = wall + lane.paused_until - now
        log.warning(
            "account %s is parked for %.0f minutes, as its provider asked",
            lane.name,
            (lane.paused_until - now) / 60,
            extra={"action": "lane_parked", "account": account},
        )
        async with control.writing() as connection:
            await connection.execute(
                sa.text(PARK),
                {
                    "workspace": workspace,
                    "account": account,
                    "until": until,
                    "updated_at": versions[workspace, account],
                },
            )
        lane.parked = True


def follow(lane: lanes.Lane, parked_until: float | None) -> None:
    """Let a lane wait as long as its account is parked, whichever sender was told."""
    left_s = 0.0 if parked_until is None else parked_until - time.time()
    now = time.monotonic()
    if left_s > 0 and now + left_s > lane.paused_until + 1.0:
        lane.paused_until, lane.told_s, lane.parked = now + left_s, max(left_s, deciding.PARKED_S + 1), True
    elif left_s <= 0 and lane.parked:
        lane.paused_until, lane.parked = min(lane.paused_until, now), False
