"""Operations: started from slots, run once, told of, cancelled; whatever fails is told to a person."""

import asyncio
from typing import Any

import pytest

from console.services import errors, operations
from console.widgets import buttons
from tests.console import conftest


class Heard:
    """What an Operations said, in order."""

    def __init__(self, running: operations.Operations) -> None:
        self.failed: list[tuple[str, errors.Problem]] = []
        self.ended: list[str] = []
        running.failed.connect(lambda key, problem: self.failed.append((key, problem)))
        running.finished.connect(self.ended.append)


@pytest.fixture
def running(qapp: object) -> operations.Operations:
    return operations.Operations()


@pytest.fixture
def heard(running: operations.Operations) -> Heard:
    return Heard(running)


async def test_a_second_click_while_it_runs_is_harmless(
    running: operations.Operations, heard: Heard, until: conftest.Until
) -> None:
    gate, runs, results = asyncio.Event(), list[int](), list[str]()

    async def launch() -> str:
        runs.append(1)
        await gate.wait()
        return "launched"

    assert running.start("launch:7", launch, done=results.append) is True
    assert running.start("launch:7", launch, done=results.append) is False
    assert running.busy("launch:7")
    gate.set()
    await until(lambda: heard.ended)
    assert (runs, results, heard.ended) == ([1], ["launched"], ["launch:7"])
    assert not running.busy("launch:7")


async def test_what_an_end_leads_to_may_start_under_the_same_key(
    running: operations.Operations, heard: Heard, until: conftest.Until
) -> None:
    ran: list[str] = []

    async def turn(way: str) -> str:
        if way == "off":
            raise errors.Problem("It is off already.")
        return way

    def turned(way: str) -> None:
        ran.append(f"{way}, busy {running.busy('turn')}")
        assert running.start("turn", lambda: turn("off"), done=turned, failed=refused)

    def refused(problem: errors.Problem) -> None:
        ran.append(f"{problem.sentence} Busy {running.busy('turn')}")
        if len(ran) < 3:
            assert running.start("turn", lambda: turn("off"), failed=refused)

    running.start("turn", lambda: turn("on"), done=turned)
    await until(lambda: len(ran) == 3)
    assert ran == ["on, busy False", "It is off already. Busy False", "It is off already. Busy False"]
    await until(lambda: len(heard.ended) == 3)
    assert heard.failed == []


async def test_a_bound_button_can_be_pressed_when_the_result_is_shown(
    running: operations.Operations, until: conftest.Until
) -> None:
    button, pressed = buttons.primary("Suppress"), list[bool]()
    running.bind("turn", button, "Suppressing…")
    running.start("turn", lambda: asyncio.sleep(0), done=lambda _none: pressed.append(button.isEnabled()))
    await until(lambda: pressed)
    assert pressed == [True]
    button.deleteLater()


async def test_the_latest_question_replaces_the_one_before(
    running: operations.Operations, heard: Heard, until: conftest.Until
) -> None:
    answers: list[str] = []

    async def find(words: str) -> str:
        await asyncio.sleep(0.01 if words == "ana" else 30)
        return words

    running.start("find", lambda: find("a"), done=answers.append, latest=True)
    running.start("find", lambda: find("ana"), done=answers.append, latest=True)
    await until(lambda: answers)
    assert answers == ["ana"]


async def test_a_failure_goes_to_whoever_asked_for_it(
    running: operations.Operations, until: conftest.Until
) -> None:
    told: list[errors.Problem] = []

    async def fail() -> None:
        raise errors.Problem("The name is taken.", "Choose another.")

    running.start("save", fail, failed=told.append)
    await until(lambda: told)
    assert str(told[0]) == "The name is taken. Choose another."


async def test_a_failure_nobody_handles_is_told_by_the_window(
    running: operations.Operations, heard: Heard, until: conftest.Until
) -> None:
    async def fail() -> None:
        raise KeyError("a defect")

    running.start("save", fail)
    await until(lambda: heard.failed)
    key, problem = heard.failed[0]
    assert (key, problem.sentence) == ("save", "The console met something it does not know how to handle.")
    assert "What happened is written in" in problem.remedy
    assert len(list(errors.reports().glob("crash-*.txt"))) == 1


async def test_what_done_raises_is_told_as_well(
    running: operations.Operations, heard: Heard, until: conftest.Until
) -> None:
    def show(_result: Any) -> None:
        raise errors.Problem("The page is gone.")

    running.start("show", lambda: asyncio.sleep(0), done=show)
    await until(lambda: heard.failed)
    assert heard.failed[0][1].sentence == "The page is gone."


async def test_a_cancelled_operation_calls_nobody_back(
    running: operations.Operations, heard: Heard, until: conftest.Until
) -> None:
    called: list[object] = []
    ended: list[str] = []

    async def long() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            ended.append("cleaned up")

    running.start("import", long, done=called.append, failed=called.append)
    await asyncio.sleep(0)
    running.cancel("import")
    await until(lambda: ended)
    assert (called, heard.failed, heard.ended) == ([], [], ["import"])


async def test_leaving_a_page_stops_what_it_began(running: operations.Operations) -> None:
    for key in ("messages:list", "messages:story", "overview"):
        running.start(key, lambda: asyncio.sleep(30))
    running.cancel_under("messages:")
    assert [one.key for one in running.running()] == ["overview"]
    await running.close()
    assert running.running() == []


async def test_progress_is_told_while_it_runs_and_not_after(running: operations.Operations) -> None:
    told: list[tuple[str, float, float, str]] = []
    running.progressed.connect(lambda *words: told.append(words))
    running.start("import", lambda: asyncio.sleep(30), label="Importing")
    running.report("import", 10, 50, "10 of 50 rows")
    running.cancel("import")
    running.report("import", 50, 50)
    assert told == [("import", 10.0, 50.0, "10 of 50 rows")]


async def test_a_bound_button_is_busy_as_long_as_its_operation(
    running: operations.Operations, heard: Heard, until: conftest.Until
) -> None:
    button, gate = buttons.primary("Launch"), asyncio.Event()
    running.bind("launch", button, "Launching…")
    running.start("other", lambda: asyncio.sleep(0))
    assert button.isEnabled()
    running.start("launch", gate.wait)
    assert (button.isEnabled(), button.text()) == (False, "Launching…")
    gate.set()
    await until(lambda: "launch" in heard.ended)
    assert (button.isEnabled(), button.text()) == (True, "Launch")
    button.deleteLater()


async def test_a_page_that_is_gone_does_not_stop_an_operation_from_ending(
    running: operations.Operations, heard: Heard, until: conftest.Until
) -> None:
    button = buttons.primary("Launch")
    running.bind("launch", button)
    running.start("launch", lambda: asyncio.sleep(0.01))
    button.deleteLater()
    await until(lambda: heard.ended)
    assert heard.failed == []


async def test_what_runs_may_end_by_itself_before_it_is_stopped(
    running: operations.Operations, heard: Heard
) -> None:
    gate, results = asyncio.Event(), list[str]()

    async def save() -> str:
        await asyncio.sleep(0)
        return "saved"

    def saved(words: str) -> None:
        results.append(words)
        running.start("more", save, done=results.append)

    running.start("save", save, done=saved)
    running.start("poll", gate.wait)
    running.start("app:reach", gate.wait)
    await running.settle(0.1, besides=("app:",))
    assert results == ["saved", "saved"]
    assert [one.key for one in running.running()] == ["app:reach"]
    assert sorted(heard.ended) == ["more", "poll", "save"]
    await running.close()
