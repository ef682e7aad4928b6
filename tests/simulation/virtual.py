"""An event loop whose time passes only while everybody waits, so that an hour costs what happens in it."""

import asyncio
import selectors
from collections.abc import Mapping
from typing import Any

EPOCH = (
    1_900_000_000.0  #: where simulated wall clocks start, so that no due time lies in the machine's own past
)


class Deadlock(Exception):
    """Everybody waits and nothing is ever going to happen."""


class _Selector(selectors.BaseSelector):
    """Moves the loop's time on in place of sleeping. No file is ever waited for."""

    def __init__(self) -> None:
        self.now = 0.0
        self._inner = selectors.DefaultSelector()

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inner.unregister(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Deadlock("everybody waits and nothing is going to happen")
        self.now += max(0.0, timeout)
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._inner.get_map()

    def close(self) -> None:
        self._inner.close()


class Loop(asyncio.SelectorEventLoop):
    """Runs whatever is ready, then jumps to the next moment anything is due."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now


class Clock:
    """A machine's clocks on a virtual loop. The wall clock can be set wrong; the monotonic one cannot."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.wrong_by_s = 0.0

    def time(self) -> float:
        return EPOCH + self._loop.time() + self.wrong_by_s

    def monotonic(self) -> float:
        return self._loop.time()

    def boottime(self) -> float:
        return self._loop.time()
