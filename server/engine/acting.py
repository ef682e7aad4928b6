"""The one task that does what people asked for about failures and doubts, step by step, also after a restart."""

import asyncio
import logging
import time

import msgspec

from server.engine import looping, picks
from server.store.ledger import acts, picking, thread
from server.wire import exceptions as wire
from server.wire import problems

log = logging.getLogger(__name__)

LOOK_S = 5.0
#: A pause between two steps: senders write to the same file, and sending comes first.
REST_S = 0.005


class Worker(looping.Looper):
    """Takes every act to its end, the oldest first. A step is a transaction, so that a kill loses nothing."""

    def __init__(self, ledger: thread.Ledger, installation: str) -> None:
        super().__init__(look_s=LOOK_S, waits="acts wait")
        self._ledger = ledger
        self._installation = installation

    async def work(self) -> None:
        """Do everything there is to do."""
        for workspace, number in await self._ledger.do(acts.to_do):
            act = await self._ledger.do(acts.look, workspace=workspace, number=number)
            if act is None:
                continue
            pick = self._pick(act, workspace)
            over = False
            while not over:
                over = await self._ledger.do(
                    acts.step, workspace=workspace, number=number, pick=pick, now=time.time()
                )
                await asyncio.sleep(REST_S)
            log.info("act %d (%s) is over", number, act.kind, extra={"action": "act_done", "act": number})

    def _pick(self, act: acts.Act, workspace: int) -> picking.Pick | None:
        """What an act is about; None for one that takes another back."""
        kind = wire.Kind(act.kind)
        if kind is wire.Kind.UNDO:
            return None
        asked = msgspec.json.decode(act.pick, type=wire.Pick)
        try:
            return picks.read(
                asked, acts.MOVES[kind].source, workspace=workspace, installation=self._installation
            )
        except problems.Refused:  # it was checked when it was asked for; a later version may be stricter
            log.exception("an act cannot be read any more, and is not done")
            return picking.Pick(state=acts.MOVES[kind].source, run=-1)
