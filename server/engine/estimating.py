"""The review step's numbers whole: what a launch would do, how long it would take, and what it would cost."""

import msgspec

from server.engine import campaigns, costing, timing
from server.engine import desk as desks
from server.wire import campaigns as wire


async def estimate(desk: desks.Desk, campaign: int) -> wire.Estimate:
    """Count what a launch would do now, with its duration and its cost."""
    found = await campaigns.show(desk, campaign)
    counted = await campaigns.estimate(desk, campaign)
    last = max((wave.at.timestamp() for wave in counted.waves), default=None)
    return msgspec.structs.replace(
        counted,
        cost=await costing.cost(desk, found, counted.channels),
        duration=await timing.duration(desk, found, counted.channels, last),
    )
