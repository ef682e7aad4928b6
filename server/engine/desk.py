"""What every handler and every act of the engine is handed."""

import dataclasses
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from server import settings as configuration
from server.engine import acting, checking, clock, finding, opening, receipts, standing, twins
from server.pipeline.audience import importing
from server.security import vault
from server.store import database, meta, workspaces
from server.store.ledger import thread
from server.wire import problems
from server.wire import server as wire

LONGEST_ID = 10  #: digits of a workspace's id, at most one less


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the feed. `change` is None where the listener has missed more than the ring remembers."""

    id: str
    change: wire.Change | None


class Feed(Protocol):
    """The live feed, as the door to it needs it."""

    def listen(self, desk: "Desk", last: str = "") -> AsyncGenerator[Told | None, None]:
        """Changes from `last` on; None is a heartbeat."""

    async def close(self) -> None:
        """End every listener's feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One workspace's door to all that the api process holds."""

    settings: configuration.Settings
    database: database.Database
    workspace: int
    vault: vault.Vault
    installation: meta.Installation
    receipts_base: str  #: where providers call back: `http://127.0.0.1:8471`, or the public address
    standing: standing.Standing
    importer: importing.Importer
    ledger: thread.Ledger
    merger: receipts.Merger
    clock: clock.Clock
    worker: acting.Worker
    finder: finding.Finder
    twins: twins.Control
    feed: Feed
    checker: checking.Checker

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.settings.data

    def receipts_url(self, account: int) -> str:
        """Where a provider calls back for an account."""
        return opening.receipts_url(self.receipts_base, self.installation, self.workspace, account)


class Desks:
    """The desks of all workspaces. They share everything but the workspace and its feed."""

    def __init__(self, first: Desk, feed: Callable[[], Feed]) -> None:
        self.first = first  #: the sandbox's
        self._feed = feed
        self._known: dict[int, Desk] = {first.workspace: first}

    async def of(self, named: str) -> Desk:
        """The desk a request's header names; the sandbox's for an empty one. Raises problems.Refused."""
        if not named:
            return self.first
        number = int(named) if named.isascii() and named.isdigit() and len(named) < LONGEST_ID else 0
        if number not in self._known:
            async with self.first.database.reading() as connection:
                if await workspaces.show(connection, number) is None:
                    raise problems.refuse(
                        problems.Code.NOT_FOUND,
                        f"There is no workspace {named[:40]!r}.",
                        "Choose one of the workspaces listed.",
                    )
            self._known.setdefault(
                number, dataclasses.replace(self.first, workspace=number, feed=self._feed())
            )
        return self._known[number]

    async def close(self) -> None:
        """End every live feed."""
        for desk in self._known.values():
            await desk.feed.close()


def moment(at: float | None) -> datetime | None:
    """Seconds since the epoch as an aware time; None where there is none."""
    return None if at is None else datetime.fromtimestamp(at, UTC)
