"""Say how a lane stands: what it does now, why, and when that changes."""

from server.pipeline.delivery import breaker as breakers
from server.pipeline.delivery import deciding, lanes
from server.wire import providers as wire


def standing(lane: lanes.Lane, now: float) -> wire.LaneState:
    """What the lane does now; `now` is monotonic seconds."""
    if lane.halted:
        return wire.LaneState.HALTED
    if now < lane.paused_until:
        return wire.LaneState.PARKED if lane.told_s > deciding.PARKED_S else wire.LaneState.PAUSED
    match lane.breaker.state:
        case breakers.State.OPEN:
            return wire.LaneState.OPEN
        case breakers.State.HALF_OPEN:
            return wire.LaneState.PROBING
    if not lane.opening.proven and lane.in_flight:
        return wire.LaneState.TRYING
    return wire.LaneState.RUNNING if lane.opening.whole else wire.LaneState.NARROWED


def report(lane: lanes.Lane, now: float, wall: float) -> dict[str, str | int | float | None]:
    """How the lane does, for the sender's row. `now` is monotonic, `wall` epoch seconds."""
    state = standing(lane, now)
    because = lane.breaker.because
    resumes_in_s: float | None = None
    if state in (wire.LaneState.PAUSED, wire.LaneState.PARKED):
        resumes_in_s = lane.paused_until - now
    elif state is wire.LaneState.OPEN:
        resumes_in_s = max(0.0, lane.breaker.probe_at - now)
    return {
        "in_flight": lane.in_flight,
        "accepted": lane.accepted,
        "failed": lane.failed,
        "health": lane.health.value,
        "health_text": lane.health_text,
        "state": state.value,
        "because": breakers.WORDS[because] if because is not None else "",
        "told_s": lane.told_s if now < lane.paused_until else 0.0,
        "resumes_at": None if resumes_in_s is None else wall + resumes_in_s,
        "window_now": lane.window_now,
    }
