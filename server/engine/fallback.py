"""RCS messages that nobody hears of: they are called back, and their SMS is given up.

An RCS message with a fallback lives as long as its SMS waits. Its provider then says that it took the message back
unseen, which lets the SMS go, or that it could not; see store.ledger.pairing. Where it says neither within a while, the
message is called back once more, so that it does not turn up late. But an answer to that call proves nothing (Google
says yes even where the message was shown), so the SMS is not sent either: nobody gets both.
"""

import asyncio
import time
from collections.abc import Callable

from server.engine import judging, looping, opening
from server.providers import base, errors
from server.security import vault
from server.store import database
from server.store.ledger import forsaking, pairing, thread

LOOK_S = 15.0
#: How long the provider's own word on a message's end may be late.
GRACE_S = 900.0
#: Messages called back in one look at a run.
AT_ONCE = 200
#: Of these, how many at the same time.
TOGETHER = 16


class Recaller(looping.Looper):
    """The one task that looks for RCS messages without news."""

    def __init__(
        self,
        ledger: thread.Ledger,
        control: database.Database,
        keys: vault.Vault,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(look_s=LOOK_S, waits="fallbacks wait")
        self._ledger = ledger
        self._control = control
        self._keys = keys
        self._now = now

    async def work(self) -> None:
        """Settle what has been without news for too long, in every run that goes on."""
        for workspace, run, shift, frozen in await self._ledger.do(pairing.runs):
            wait_s = judging.read(frozen).fallback_s or 0
            before = self._now() - wait_s - GRACE_S
            while found := await self._ledger.do(
                pairing.unconfirmed, workspace=workspace, run=run, shift=shift, before=before, limit=AT_ONCE
            ):
                await self._give_up(workspace, shift, found)

    async def _give_up(self, workspace: int, shift: int, found: list[pairing.Unconfirmed]) -> None:
        by_account: dict[int, list[pairing.Unconfirmed]] = {}
        for one in found:
            by_account.setdefault(one.account, []).append(one)
        for account, some in by_account.items():
            answers = await self._call_back(workspace, account, some)
            await self._ledger.do(forsaking.forsake, shift=shift, answers=answers, now=self._now())

    async def _call_back(
        self, workspace: int, account: int, some: list[pairing.Unconfirmed]
    ) -> list[tuple[pairing.Unconfirmed, str]]:
        """Ask the provider to take messages back; returns what it said to each."""
        try:
            provider = await opening.open_provider(self._control, self._keys, workspace, account)
        except (errors.BadSettings, LookupError) as error:
            return [(one, f"not asked: {error}") for one in some]
        try:
            answers: list[tuple[pairing.Unconfirmed, str]] = []
            for first in range(0, len(some), TOGETHER):
                part = some[first : first + TOGETHER]
                said = await asyncio.gather(*(_revoke(provider, one) for one in part))
                answers += zip(part, said, strict=True)
            return answers
        finally:
            await provider.close()


async def _revoke(provider: base.Provider, one: pairing.Unconfirmed) -> str:
    spot = one.spot
    ref = f"{provider.context.installation}-{spot.workspace}-{spot.run}-{spot.seq}"
    try:
        await provider.revoke(to=one.address, ref=ref)
    except errors.SendError as error:
        return f"refused: {error}"
    return "asked"
