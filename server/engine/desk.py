"""What every handler and every act of the engine is handed."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from server import settings as configuration
from server.engine import clock, opening, receipts, standing, twins
from server.pipeline.audience import importing
from server.security import vault
from server.store import database, meta
from server.store.ledger import thread
from server.wire import server as wire


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
    twins: twins.Control
    feed: Feed

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.settings.data

    def receipts_url(self, account: int) -> str:
        """Where a provider calls back for an account."""
        return opening.receipts_url(self.receipts_base, self.installation, self.workspace, account)


def moment(at: float | None) -> datetime | None:
    """Seconds since the epoch as an aware time; None where there is none."""
    return None if at is None else datetime.fromtimestamp(at, UTC)
