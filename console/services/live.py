"""The server's live feed: it resumes where it broke, is folded, and reaches the widgets a few times a second."""

import asyncio
import datetime
import logging
import random
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass

import msgspec
from PySide6 import QtCore

from console.services import api, errors
from server.wire import server

log = logging.getLogger(__name__)

EMIT_MS = 200  #: at most five times a second
SILENCE_S = 45.0  #: the server says something at least every fifteen seconds, if only that it lives
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 15.0

RESET = "reset"  #: the server no longer holds what was missed

CONNECTING, CONNECTED, LOST = "connecting", "connected", "lost"


@dataclass(frozen=True, slots=True)
class Sent:
    """One event of a feed."""

    id: str
    name: str
    data: str


async def events(lines: AsyncIterable[str]) -> AsyncIterator[Sent]:
    """Events from the lines of a text/event-stream; comments yield an event without name and data, as a heartbeat."""
    last_id, name, data = "", "", list[str]()
    async for line in lines:
        if not line:
            if data:
                yield Sent(last_id, name, "\n".join(data))
            name, data = "", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "":
                yield Sent(last_id, "", "")
            case "id" if "\0" not in value:
                last_id = value
            case "event":
                name = value
            case "data":
                data.append(value)


class Live(QtCore.QObject):
    """Start it once the api is connected. `changed` carries the newest change of each subject since the last time."""

    changed = QtCore.Signal(list)  #: server.wire.server.Change, folded by (kind, subject)
    resumed = QtCore.Signal()  #: the feed was lost and is back: what is shown may be old
    state_changed = QtCore.Signal(str, str)  #: connecting, connected or lost, and a sentence
    lag_changed = QtCore.Signal(float)  #: seconds between an event on the server and here

    def __init__(self, api: api.Api, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._task: asyncio.Task[None] | None = None
        self._last_id = ""
        self._since = datetime.datetime.now(datetime.UTC)  #: the stream that is read now was asked for then
        self._folded: dict[tuple[str, int], server.Change] = {}
        self.state = CONNECTING
        self._lost = False
        self._timer = QtCore.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(EMIT_MS)
        self._timer.timeout.connect(self._emit)

    def start(self) -> None:
        """Follow the feed until `stop`; does nothing while it follows one."""
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._follow())

    async def stop(self) -> None:
        """Let go of the feed."""
        task, self._task = self._task, None
        self._timer.stop()
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def forget(self) -> None:
        """What was heard last says nothing about what is followed next, as in another workspace."""
        self._last_id, self._lost = "", False
        self._folded.clear()
        self._timer.stop()

    async def _follow(self) -> None:
        wait_s = FIRST_WAIT_S
        while True:
            try:
                async for sent in self._listen():
                    if self.state != CONNECTED:
                        self._say(CONNECTED, "")
                        wait_s = FIRST_WAIT_S
                        if self._lost:
                            self._lost = False
                            self.resumed.emit()
                    self._take(sent)
                words = "The server ended the live feed."
            except Exception as error:  # noqa: BLE001  # whatever it is, the feed has to come back
                words = errors.of(error).sentence
            self._lost = True
            self._say(LOST, words)
            # Full jitter, so that many consoles do not come back in one moment.
            await asyncio.sleep(random.uniform(wait_s / 2, wait_s))  # a delay, not a secret
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    async def _listen(self) -> AsyncIterator[Sent]:
        headers = {"accept": "text/event-stream", "cache-control": "no-store"}
        if self._last_id:
            headers["last-event-id"] = self._last_id
        self._since = datetime.datetime.now(datetime.UTC)
        async with self._api.stream(server.LIVE.request(), headers=headers, silence_s=SILENCE_S) as answer:
            yield Sent(self._last_id, "", "")
            async for sent in events(answer.aiter_lines()):
                yield sent

    def _take(self, sent: Sent) -> None:
        if sent.id:
            self._last_id = sent.id
        if sent.name == RESET:
            self.resumed.emit()
            return
        if not sent.data:
            return
        try:
            change = msgspec.json.decode(sent.data, type=server.Change)
        except msgspec.MsgspecError:
            # A newer server may tell of things this console has no word for.
            log.info("a change of an unknown kind was left aside", extra={"action": "live_unknown"})
            return
        self._folded[change.kind.value, change.subject] = change
        if change.at >= self._since:  # what happened while nobody listened says nothing about the feed
            lag = (datetime.datetime.now(datetime.UTC) - change.at).total_seconds()
            self.lag_changed.emit(max(lag, 0.0))
        if not self._timer.isActive():
            self._timer.start()

    def _emit(self) -> None:
        folded, self._folded = list(self._folded.values()), {}
        if folded:
            self.changed.emit(folded)

    def _say(self, state: str, words: str) -> None:
        self.state = state
        self.state_changed.emit(state, words)
