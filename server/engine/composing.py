"""Compose one message: the person's values into the run's frozen content, by the one renderer."""

import sqlite3
from collections.abc import Mapping

import msgspec

from server.pipeline.content import rendering, speaking, values
from server.store.ledger import batches, codes
from server.wire import campaigns, ledger

Key = tuple[int, int, int]

NOBODY = batches.Reach()

FROZEN = "SELECT contents, started_at FROM run WHERE workspace = ? AND id = ?"


class Cannot(Exception):
    """A message that cannot be composed for this person: a named skip with what was wrong."""

    def __init__(self, reason: ledger.Skip, detail: dict[str, str]) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.detail = detail


class Composer:
    """The renderers of the runs at hand, compiled once each."""

    #: Runs kept compiled; a sender walks few at a time.
    MOST = 64

    def __init__(self) -> None:
        self._renderers: dict[Key, rendering.Renderer | speaking.Speaker] = {}
        self._started: dict[tuple[int, int], float] = {}

    def knows(self, batch: batches.Batch) -> bool:
        """Whether the batch's run and channel are compiled."""
        return (batch.workspace, batch.run, batch.channel) in self._renderers

    def learn(self, batch: batches.Batch, frozen: str, started_at: float) -> None:
        """Compile the content a run froze for the batch's channel."""
        if len(self._renderers) >= self.MOST:
            self._renderers.clear()
        whole = msgspec.json.decode(frozen, type=campaigns.Contents)
        renderer = speaking.of(whole, codes.CHANNEL_NAMES[batch.channel])
        self._renderers[batch.workspace, batch.run, batch.channel] = renderer
        self._started[batch.workspace, batch.run] = started_at

    def started_at(self, batch: batches.Batch) -> float:
        """When the batch's run was launched, epoch seconds."""
        return self._started[batch.workspace, batch.run]

    def wants_reach(self, batch: batches.Batch) -> bool:
        """Whether the batch's content speaks of people's mail addresses or phones."""
        variables = self._renderers[batch.workspace, batch.run, batch.channel].variables
        return not variables.isdisjoint(("email", "phone"))

    def compose(
        self, batch: batches.Batch, row: batches.Row, reach: batches.Reach = NOBODY
    ) -> rendering.Rendered:
        """Render for one person. Raises Cannot, naming what is missing or wrong."""
        renderer = self._renderers[batch.workspace, batch.run, batch.channel]
        try:
            return renderer.render(_values(row, reach))
        except rendering.MissingValue as error:
            raise Cannot(
                ledger.Skip.MISSING_VALUE, {"variable": error.variable, "place": error.place}
            ) from error
        except rendering.Unrenderable as error:
            raise Cannot(ledger.Skip.CONTENT, {"place": error.place, "message": error.message}) from error
        except rendering.BadContent as error:
            fault = error.faults[0]
            raise Cannot(ledger.Skip.CONTENT, {"place": fault.place, "message": fault.message}) from error


def _values(row: batches.Row, reach: batches.Reach) -> Mapping[str, object]:
    return values.of(
        key=row.key,
        name=row.name,
        country=row.country,
        zone=row.zone,
        locale=row.locale,
        attributes=row.attributes,
        email=reach.email,
        phone=reach.phone,
    )


def frozen(connection: sqlite3.Connection, *, workspace: int, run: int) -> tuple[str, float]:
    """The content a run froze, as JSON, and when it was launched."""
    text, started_at = connection.execute(FROZEN, (workspace, run)).fetchone()
    return text, started_at
