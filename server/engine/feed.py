"""The live feed: what changed, folded to the newest word on each subject, with a ring to resume from."""

import asyncio
import collections
import contextlib
import logging
import secrets
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.engine import accounts, insight
from server.engine import desk as desks
from server.wire import server as wire

log = logging.getLogger(__name__)

Connection = sa_asyncio.AsyncConnection

EVERY_S = 0.2  #: runs and imports are looked at five times a second at most
SELDOM = 5  #: and the rest every so many looks
RECENT_S = 60.0  #: what ended lately is still told, so that nobody misses an end
RING = 2000
BEAT_S = 10.0
LINGER_S = 5.0  #: how long to go on looking after the last listener left

RUNS = """
SELECT id FROM run WHERE workspace = :workspace AND kind = ''
AND (status NOT IN ('done', 'cancelled') OR finished_at > :since)
"""
CAMPAIGNS = "SELECT id, status FROM campaign WHERE workspace = :workspace AND updated_at > :since"
IMPORTS = """
SELECT id, status, rows_read, bytes_read, bytes_total FROM import WHERE workspace = :workspace
AND (status IN ('reading', 'merging') OR finished_at > :since)
"""
RECEIPTS = "SELECT count(*) FROM receipt WHERE state = 0 AND workspace = :workspace"


Subject = tuple[wire.ChangeKind, int]


class Feed:
    """All listeners of one workspace share one look at the database."""

    def __init__(self) -> None:
        self.epoch = secrets.token_hex(4)  # ids of an earlier process mean nothing here
        self._number = 0
        self._ring: collections.deque[tuple[int, wire.Change]] = collections.deque(maxlen=RING)
        self._newest: dict[Subject, tuple[int, wire.Change]] = {}
        self._known: dict[Subject, wire.Change] = {}
        self._moved = asyncio.Event()
        self._listeners = 0
        self._left_at = 0.0
        self._looking: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._closed = False

    async def listen(self, desk: desks.Desk, last: str = "") -> AsyncGenerator[desks.Told | None, None]:
        """Changes from `last` on, else the state of what lives; None is a heartbeat. Ends when the feed closes."""
        self._listeners += 1
        try:
            await self._look_once_at_least(desk)
            number, missed = self._resume(last)
            if missed:
                yield desks.Told(self._id(self._number), None)
            if missed or not last:
                for at, change in sorted(self._newest.values(), key=lambda entry: entry[0]):
                    yield desks.Told(self._id(at), change)
                number = self._number
            while not self._closed:
                moved = self._moved
                if self._ring and self._ring[0][0] > number + 1:  # a listener too slow for the ring
                    number = self._number
                    yield desks.Told(self._id(number), None)
                for at, change in [entry for entry in self._ring if entry[0] > number]:
                    number = at
                    yield desks.Told(self._id(at), change)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(moved.wait(), BEAT_S)
                    continue
                yield None
        finally:
            self._listeners -= 1
            self._left_at = time.monotonic()

    async def close(self) -> None:
        """End all listeners and stop looking."""
        self._closed = True
        self._moved.set()
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking

    def _id(self, number: int) -> str:
        return f"{self.epoch}-{number}"

    def _resume(self, last: str) -> tuple[int, bool]:
        """From which number to go on, and whether something was missed for good."""
        epoch, _, text = last.partition("-")
        if not last:
            return self._number, False
        if epoch != self.epoch or not text.isascii() or not text.isdigit():
            return self._number, True
        number = int(text)
        oldest = self._ring[0][0] if self._ring else self._number + 1
        return number, number > self._number or number + 1 < oldest

    async def _look_once_at_least(self, desk: desks.Desk) -> None:
        async with self._starting:
            if self._looking is None or self._looking.done():
                await self._look(desk, seldom=True)
                self._looking = asyncio.create_task(self._keep_looking(desk), name="feed")

    async def _keep_looking(self, desk: desks.Desk) -> None:
        looks = 0
        while self._listeners or time.monotonic() - self._left_at < LINGER_S:
            await asyncio.sleep(EVERY_S)
            looks += 1
            try:
                await self._look(desk, seldom=looks % SELDOM == 0)
            except (sa.exc.SQLAlchemyError, OSError) as error:
                log.warning("the live feed could not look: %s", error, extra={"action": "feed_blind"})
                await asyncio.sleep(1.0)

    async def _look(self, desk: desks.Desk, *, seldom: bool) -> None:
        changes = await desk.database.look(_lively, desk.workspace)
        if seldom:
            changes += [*await _accounts(desk), *await _receipts(desk), *await _alarms(desk)]
        self.tell(changes)

    def tell(self, changes: list[wire.Change]) -> None:
        """Put what is news among these into the ring, and wake the listeners."""
        told = [change for change in changes if self._is_news(change)]
        for change in told:
            self._number += 1
            self._ring.append((self._number, change))
            self._newest[change.kind, change.subject] = (self._number, change)
        self._forget_old()
        if told:
            moved, self._moved = self._moved, asyncio.Event()
            moved.set()

    def _is_news(self, change: wire.Change) -> bool:
        subject = (change.kind, change.subject)
        timeless = msgspec.structs.replace(change, at=datetime.fromtimestamp(0, UTC))
        if self._known.get(subject) == timeless:
            return False
        self._known[subject] = timeless
        return True

    def _forget_old(self) -> None:
        """Runs and imports that ended long ago are no longer told to newcomers."""
        since = datetime.fromtimestamp(time.time() - 10 * RECENT_S, UTC)
        lasting = {wire.ChangeKind.RUN, wire.ChangeKind.IMPORT, wire.ChangeKind.CAMPAIGN}
        for subject in [
            key for key, (_, change) in self._newest.items() if key[0] in lasting and change.at < since
        ]:
            del self._newest[subject], self._known[subject]


def _now() -> datetime:
    return datetime.now(UTC)


async def _lively(connection: Connection, workspace: int) -> list[wire.Change]:
    """What may change many times a second."""
    return [*await _runs(connection, workspace), *await _imports_and_campaigns(connection, workspace)]


async def _runs(connection: Connection, workspace: int) -> list[wire.Change]:
    values = {"workspace": workspace, "since": time.time() - RECENT_S}
    runs = (await connection.execute(sa.text(RUNS), values)).scalars().all()
    rates = await insight.rates(connection, workspace) if runs else {}
    changes = []
    for number in runs:
        run = await insight.read_run(connection, workspace, number)
        changes.append(
            wire.Change(
                kind=wire.ChangeKind.RUN,
                subject=run.id,
                at=_now(),
                equation=run.equation,
                by_channel=run.by_channel,
                status=run.status.value,
                rate_per_s=run.rate_per_s,
                rates=rates.get(number, {}),
            )
        )
    return changes


async def _imports_and_campaigns(connection: Connection, workspace: int) -> list[wire.Change]:
    values = {"workspace": workspace, "since": time.time() - RECENT_S}
    imports = (await connection.execute(sa.text(IMPORTS), values)).all()
    campaigns = (await connection.execute(sa.text(CAMPAIGNS), values)).all()
    return [
        *(
            wire.Change(
                kind=wire.ChangeKind.IMPORT,
                subject=row.id,
                at=_now(),
                status=row.status,
                done=row.rows_read,
                bytes_done=row.bytes_read,
                bytes_total=row.bytes_total,
            )
            for row in imports
        ),
        *(
            wire.Change(kind=wire.ChangeKind.CAMPAIGN, subject=row.id, at=_now(), status=row.status)
            for row in campaigns
        ),
    ]


async def _accounts(desk: desks.Desk) -> list[wire.Change]:
    found = await accounts.list_(desk)
    return [
        wire.Change(kind=wire.ChangeKind.ACCOUNT, subject=row.id, at=_now(), status=row.health.value)
        for row in found.rows
    ]


async def _receipts(desk: desks.Desk) -> list[wire.Change]:
    async with desk.database.reading() as connection:
        found = await connection.execute(sa.text(RECEIPTS), {"workspace": desk.workspace})
        waiting = int(found.scalar_one())
    return [wire.Change(kind=wire.ChangeKind.RECEIPTS, subject=0, at=_now(), done=waiting)]


async def _alarms(desk: desks.Desk) -> list[wire.Change]:
    overview = await insight.overview(desk)
    alarms = overview.alarms
    status = "; ".join(words for words in (overview.held, *(alarm.title for alarm in alarms)) if words)
    return [wire.Change(kind=wire.ChangeKind.ALARMS, subject=0, at=_now(), status=status, total=len(alarms))]
