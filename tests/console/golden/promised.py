"""What was promised of the recording's arrivals: all equal by hash but one, in which a word was changed."""

from typing import Any

import msgspec

from server.engine.arrivals import reading
from server.pipeline.content import rendering
from server.wire import arrivals, twins
from tests.console.golden.world import KEPT

TAMPERED = "rcs/rbm"  #: its newest arrival
PLACE, WAS = (
    "cards.0.description",
    "Magic, two layers, 260 g, taped throughout. Members pay 151.20 until Sunday.",
)


def _tampered() -> int:
    return next(one.arrival.id for one in KEPT.arrived if one.arrival.twin == TAMPERED)


def compare(number: int) -> arrivals.Comparison:
    """One arrival beside its promise."""
    whole = next(one for one in KEPT.arrived if one.arrival.id == number)
    content, _ = reading.read(whole)
    digest = rendering.digest(content).hex()
    arrived = msgspec.to_builtins(content)
    found = arrivals.Comparison(
        id=number,
        verdict=arrivals.Verdict.EQUAL,
        ref=whole.arrival.ref,
        promised_hash=digest,
        arrived_hash=digest,
        promised=arrived,
        arrived=arrived,
    )
    return _differing(found, arrived) if number == _tampered() else found


def _differing(found: arrivals.Comparison, arrived: dict[str, Any]) -> arrivals.Comparison:
    first, *others = arrived["cards"]
    return msgspec.structs.replace(
        found,
        verdict=arrivals.Verdict.DIFFERS,
        promised_hash="5f0c2d9be17a44389a0d6c1b7e3f8a52",
        promised=arrived | {"cards": [first | {"description": WAS}, *others]},
        differences=[arrivals.Difference(place=PLACE, promised=WAS, arrived=first["description"])],
    )


def glances(page: twins.Arrivals) -> arrivals.Glances:
    """A page of the inbox, compared."""
    found = [compare(row.id) for row in page.rows]
    rows = [
        arrivals.Glance(id=one.id, verdict=one.verdict, places=[gone.place for gone in one.differences])
        for one in found
    ]
    return arrivals.Glances(total=page.total, offset=page.offset, rows=rows)
