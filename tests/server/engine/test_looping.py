"""The loop of the api's own tasks: called it looks at once, uncalled now and then, and no disk ends it."""

import asyncio
import logging
import sqlite3
from collections.abc import Iterator

import pytest

from server.engine import looping
from tests.simulation import virtual


class Task(looping.Looper):
    """Notes when it looked; some looks end badly."""

    def __init__(self, clock: virtual.Clock, *ends: Exception | None) -> None:
        super().__init__(look_s=5.0, waits="the test waits")
        self.looks: list[float] = []
        self._clock = clock
        self._ends = iter(ends)

    async def work(self) -> None:
        """Look."""
        self.looks.append(self._clock.monotonic())
        if (end := next(self._ends, None)) is not None:
            raise end


@pytest.fixture
def loop() -> Iterator[virtual.Loop]:
    made = virtual.Loop()
    asyncio.set_event_loop(made)
    yield made
    asyncio.set_event_loop(None)
    made.close()


def ran(loop: virtual.Loop, task: Task, *calls: float) -> list[float]:
    """When a task looked within eleven seconds, called at some of them."""

    async def some() -> None:
        for moment in calls:
            loop.call_at(moment, task.wake)
        async with asyncio.timeout(11.0):
            await task.run()

    with pytest.raises(TimeoutError):
        loop.run_until_complete(some())
    return task.looks


def test_it_looks_now_and_then_unasked(loop: virtual.Loop) -> None:
    assert ran(loop, Task(virtual.Clock(loop))) == pytest.approx([0.0, 5.0, 10.0])


def test_called_it_looks_at_once_and_once_for_many_calls(loop: virtual.Loop) -> None:
    assert ran(loop, Task(virtual.Clock(loop)), 1.0, 1.0, 7.0) == pytest.approx([0.0, 1.0, 6.0, 7.0])


def test_a_disk_that_refuses_ends_nothing_and_is_told(
    loop: virtual.Loop, caplog: pytest.LogCaptureFixture
) -> None:
    task = Task(virtual.Clock(loop), sqlite3.OperationalError("disk is full"), OSError("gone"))
    with caplog.at_level(logging.WARNING):
        assert ran(loop, task) == pytest.approx([0.0, 5.0, 10.0])
    assert [record.getMessage() for record in caplog.records] == [
        "the test waits: the data folder cannot be written: disk is full",
        "the test waits: the data folder cannot be written: gone",
    ]


def test_a_slip_of_our_own_is_not_hidden(loop: virtual.Loop) -> None:
    task = Task(virtual.Clock(loop), ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        loop.run_until_complete(task.run())
