"""A flood of receipts at the door of a server that sends meanwhile as fast as it can."""

import asyncio
import time
from collections.abc import Callable

from tests.bench import doors, measure, million, scale
from tests.support import served as running

HANDED_OVER = 20_000  #: messages that the flood is about; two receipts for each
PEOPLE = 100_000  #: of the run that is sent meanwhile
LEAST_PER_S, SLOWEST_S = 2_000, 0.5
TAKEN = 204


def measured() -> tuple[list[measure.Result], list[scale.Fact]]:
    """How many receipts are stored and merged a second, and how soon nearly all calls are answered."""
    with doors.opened(HANDED_OVER) as (served, parcels), served.client() as asking:
        run = million.launched(served, asking, PEOPLE).run
        running.until(
            lambda: million.accepted(served.data, run) > 1_000, "the first thousand", million.PATIENCE_S
        )
        began, sent = time.perf_counter(), million.accepted(served.data, run)
        answers = asyncio.run(doors.posted(served, parcels))
        over_s = time.perf_counter() - began
        sent = million.accepted(served.data, run) - sent
        ((stored,),) = served.sql("SELECT count(*) FROM receipt WHERE run = ? AND state = 1", doors.RUN)
    if stored != answers[TAKEN]:
        raise RuntimeError(f"{answers[TAKEN]} receipts were taken and {stored} are merged")
    slowest_s = sorted(parcel.took_s for parcel in parcels)[int(len(parcels) * 0.99)]
    return [], [
        scale.Fact(
            name="receipts stored and merged while sending flat out",
            value=stored / over_s,
            unit="/s",
            goal=f"at least {LEAST_PER_S:,}",
            good=stored / over_s >= LEAST_PER_S,
            note=f"{sent / over_s:,.0f} messages/s meanwhile, with receipts of their own; "
            f"{len(parcels) - stored} calls were told to come again",
        ),
        scale.Fact(
            name="99 of 100 such calls are answered within",
            value=1000 * slowest_s,
            unit="ms",
            goal=f"at most {1000 * SLOWEST_S:.0f}",
            good=slowest_s <= SLOWEST_S,
        ),
    ]


SECTIONS: dict[str, Callable[[], tuple[list[measure.Result], list[scale.Fact]]]] = {
    "receipts while sending": measured
}
