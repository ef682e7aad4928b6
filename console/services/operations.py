"""Acts under way: who started them, how far they are, how they are stopped, and how a person learns of a failure."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from PySide6 import QtCore

from console.services import errors

ResultT = TypeVar("ResultT")


class Busy(Protocol):
    """A button, as far as an operation knows it."""

    def set_busy(self, busy: bool, label: str = "") -> None: ...


@dataclass(slots=True, kw_only=True)
class Running:
    """One operation that has not ended."""

    key: str
    label: str  #: as the status bar names it; empty for work nobody needs to see
    task: "asyncio.Future[Any]"
    done: float = 0.0
    total: float = 0.0
    words: str = ""


class Operations(QtCore.QObject):
    """Starts coroutines from plain slots. One key runs once: a second click while it runs is harmless."""

    started = QtCore.Signal(str)
    finished = QtCore.Signal(str)  #: ended, in whatever way
    progressed = QtCore.Signal(str, float, float, str)
    failed = QtCore.Signal(str, object)  #: key and errors.Problem, where nobody else handles the failure
    labels_changed = QtCore.Signal()

    def __init__(self, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._running: dict[str, Running] = {}

    def start(
        self,
        key: str,
        factory: Callable[[], Awaitable[ResultT]],
        *,
        done: Callable[[ResultT], object] | None = None,
        failed: Callable[[errors.Problem], object] | None = None,
        label: str = "",
        latest: bool = False,
    ) -> bool:
        """Run what `factory` makes, then call `done` with its result or `failed` with the Problem.

        While `key` runs, a second start is ignored and answers False; with `latest` it replaces the first instead.
        It runs no more when `done` or `failed` is called, so that what they lead to may start under the same key.
        Without `failed`, the window tells of the failure.
        """
        if key in self._running:
            if not latest:
                return False
            self.cancel(key)
        task = asyncio.ensure_future(self._run(key, factory, done, failed))
        running = Running(key=key, label=label, task=task)
        self._running[key] = running
        task.add_done_callback(lambda _task: self._ended(running))
        self.started.emit(key)
        if label:
            self.labels_changed.emit()
        return True

    def busy(self, key: str) -> bool:
        """Whether this key runs."""
        return key in self._running

    def running(self) -> list[Running]:
        """All that runs, in the order it was started."""
        return list(self._running.values())

    def report(self, key: str, done: float, total: float, words: str = "") -> None:
        """Say how far an operation is; called from within it."""
        running = self._running.get(key)
        if running is not None:
            running.done, running.total, running.words = done, total, words
            self.progressed.emit(key, done, total, words)
            if running.label:
                self.labels_changed.emit()

    def cancel(self, key: str) -> None:
        """Stop an operation; neither `done` nor `failed` is called."""
        running = self._running.pop(key, None)
        if running is not None:
            running.task.cancel()
            self.finished.emit(key)
            if running.label:
                self.labels_changed.emit()

    def cancel_under(self, prefix: str) -> None:
        """Stop every operation whose key begins so, as when a page is left."""
        for key in [key for key in self._running if key.startswith(prefix)]:
            self.cancel(key)

    def bind(self, key: str, button: Busy, label: str = "") -> None:
        """Keep a button busy while a key runs, for as long as the button lives."""
        tie = _Tie(button, key, label)
        self.started.connect(tie.on_started)
        self.finished.connect(tie.on_finished)
        button.set_busy(self.busy(key), label)

    async def settle(self, patience_s: float, *, besides: tuple[str, ...] = ()) -> None:
        """Let what runs end by itself for a while, then cancel the rest; `besides` begin keys that are left alone."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience_s
        while (left := self._tasks(besides)) and loop.time() < deadline:
            await asyncio.wait(left.values(), timeout=deadline - loop.time())
        for key in left:
            self.cancel(key)
        await asyncio.gather(*left.values(), return_exceptions=True)

    def _tasks(self, besides: tuple[str, ...]) -> "dict[str, asyncio.Future[Any]]":
        return {key: one.task for key, one in self._running.items() if not key.startswith(besides)}

    async def close(self) -> None:
        """Cancel everything and wait until it has ended."""
        tasks = [running.task for running in self._running.values()]
        for key in list(self._running):
            self.cancel(key)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(
        self,
        key: str,
        factory: Callable[[], Awaitable[ResultT]],
        done: Callable[[ResultT], object] | None,
        failed: Callable[[errors.Problem], object] | None,
    ) -> None:
        # What `done` and `failed` raise is a defect of the page and goes the same way as a failure of the work.
        try:
            try:
                result = await factory()
            finally:
                self._over(key, asyncio.current_task())
            if done is not None:
                done(result)
        except Exception as error:  # noqa: BLE001  # the last handler: whatever it is, a person is told
            problem = errors.of(error)
            if failed is not None:
                failed(problem)
            else:
                self.failed.emit(key, problem)

    def _ended(self, running: Running) -> None:
        if not running.task.cancelled() and (error := running.task.exception()) is not None:
            self.failed.emit(running.key, errors.of(error))
        self._over(running.key, running.task)  # one that was cancelled before it began has not said so itself

    def _over(self, key: str, task: "asyncio.Future[Any] | None") -> None:
        """The key is free again, unless it is another task's by now."""
        running = self._running.get(key)
        if running is not None and running.task is task:
            del self._running[key]
            self.finished.emit(key)
            if running.label:
                self.labels_changed.emit()


class _Tie(QtCore.QObject):
    """Connects one key to one button and dies with the button."""

    def __init__(self, button: Busy, key: str, label: str) -> None:
        super().__init__(button if isinstance(button, QtCore.QObject) else None)
        self._button, self._key, self._label = button, key, label

    def on_started(self, key: str) -> None:
        if key == self._key:
            self._button.set_busy(True, self._label)

    def on_finished(self, key: str) -> None:
        if key == self._key:
            self._button.set_busy(False)
