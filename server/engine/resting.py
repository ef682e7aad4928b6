"""How long a sender rests between two turns: until answers have come, or until something may be due."""

import asyncio

#: How long answers are gathered from the first of them on, before they are written.
GATHER_S = 0.008
#: Where a tick takes long, on a slow disk or a busy machine, answers are gathered for several times as long.
GATHER_TICKS, MOST_GATHER_S = 3, 0.05
#: So many answers are worth a tick at once, and fewer are when few are still to come: one for so many that came. Those
#: few keep the process busy while the tick is flushed.
ENOUGH, FEW_LEFT = 64, 3
#: Gathering goes on for as long again where so few are still to come for each that came meanwhile: a tick costs much
#: the same for many answers as for few.
SOON_LEFT = 2
#: A rest never lasts longer: what other processes write is looked for so often.
LONGEST_S = 0.1


class Rest:
    """One sender's pauses. An answer that comes in one is gathered with others, and ends it soon."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._gather_s = GATHER_S
        self._came = (0, 0)  #: answers at hand at the last that came, and sends that had not ended then

    def ticked(self, took_s: float) -> None:
        """A tick took so long: answers are gathered for a few times that."""
        self._gather_s = min(MOST_GATHER_S, max(GATHER_S, GATHER_TICKS * took_s))

    def came(self, answers: int, flying: int) -> None:
        """An answer came; `answers` are at hand by now, and so many sends have not ended."""
        self._came = (answers, flying)
        if _enough(answers, flying):
            self._news.set()
        elif answers == 1 and self._timer is not None:
            loop = asyncio.get_running_loop()
            if self._timer.when() > loop.time() + self._gather_s:
                self._timer.cancel()
                self._timer = loop.call_later(self._gather_s, self._gathered)

    async def until_due(self, due_in_s: float, *, answers: int, flying: int) -> None:
        """Rest until enough answers have come, for some time from the first on; without any until something is due."""
        if answers and _enough(answers, flying):
            await asyncio.sleep(0)
            return
        pause_s = self._gather_s if answers else min(max(due_in_s, GATHER_S), LONGEST_S)
        self._news.clear()
        self._came = (answers, flying)
        over = self._gathered if answers else self._news.set
        self._timer = asyncio.get_running_loop().call_later(pause_s, over)
        try:
            await self._news.wait()
        finally:
            self._timer.cancel()
            self._timer = None

    def _gathered(self) -> None:
        """The time to gather is over; once it is doubled where most of the answers seem to come within that."""
        answers, flying = self._came
        if answers and flying <= SOON_LEFT * answers and 2 * self._gather_s <= MOST_GATHER_S:
            self._timer = asyncio.get_running_loop().call_later(self._gather_s, self._news.set)
        else:
            self._news.set()


def _enough(answers: int, flying: int) -> bool:
    """Whether the answers at hand are worth a tick."""
    return answers >= min(ENOUGH, FEW_LEFT * flying)
