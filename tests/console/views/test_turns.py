"""No turn of the event loop is felt while every screen is opened and left again; what is too long is found out."""

import asyncio
import pathlib
import time

from console import views, window
from console.services import watchdog
from console.views.campaigns import page as campaigns_page
from console.views.campaigns.draft import model, steps
from server.channels import contents
from server.wire import campaigns
from tests.console import conftest
from tests.console.views import sandbox

NOMINAL_S = 0.011  #: CPU time of the yardstick on the machine that the limit was set on
MARGIN = 2.0  #: processes beside this one cost it caches and clock


def _pace() -> float:
    """How many times slower this machine is now than the one the limit was set on; at least 1."""

    def yardstick() -> float:
        began = time.thread_time()
        sum(at % 7 for at in range(250_000))
        return time.thread_time() - began

    return max(1.0, min(yardstick() for _ in range(5)) / NOMINAL_S)


async def test_no_screen_keeps_the_window_from_answering(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "overview") as desk:
        dog = await _watching(desk, until)
        for _round in range(2):
            for spec in views.specs():
                desk.navigate(spec.key)
                await _rest(desk, until)
        assert _found(dog) == []


async def test_no_step_of_a_draft_and_no_channels_editor_does(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as desk:
        sample = model.of_sample()
        ask = campaigns.SaveCampaign(name="Long", audience=sent.audience.id, contents=sample.contents)
        row = await desk.desk.api.call(campaigns.CREATE, ask)
        page = desk.page()
        assert isinstance(page, campaigns_page.Page)
        dog = await _watching(desk, until)
        desk.navigate("campaigns", campaign=row.id)
        await until(lambda: page.draft.work.campaign == row.id)
        for channel in contents.CHANNELS:
            page.draft.content.go(channel)
            await _rest(desk, until)
        for step in (steps.AUDIENCE, steps.REVIEW, steps.LAUNCH):
            page.draft.go(step)
            await _rest(desk, until)
        assert _found(dog) == []
        desk.navigate("overview")
        await _rest(desk, until)
        await desk.desk.api.call(campaigns.DELETE, campaign=row.id)


async def test_a_new_draft_that_takes_the_sample_does_not_either(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as desk:
        page = desk.page()
        assert isinstance(page, campaigns_page.Page)
        dog = await _watching(desk, until)
        desk.navigate("campaigns", new=True)
        await _rest(desk, until)
        page.draft.saver.keeps = False
        page.draft.go(steps.CONTENT)
        await _rest(desk, until)
        page.draft.content.go("rcs")
        page.draft.take_sample()
        await _rest(desk, until)
        assert _found(dog) == []


async def _watching(desk: window.Window, until: conftest.Until) -> watchdog.Watchdog:
    """Watch a window that has come to rest, as warm as the program is once it has a server."""
    await asyncio.to_thread(views.warm)
    await until(lambda: not desk.services.operations.running())
    dog = watchdog.Watchdog(desk, limit_s=watchdog.LIMIT_S * MARGIN * _pace())
    dog.start()
    return dog


async def _rest(desk: window.Window, until: conftest.Until) -> None:
    await until(lambda: not desk.services.operations.running())
    await asyncio.sleep(2 * watchdog.BEAT_MS / 1000)


def _found(dog: watchdog.Watchdog) -> list[str]:
    dog.stop()
    return [f"{turn.cpu_s * 1000:.0f} ms: {turn.doing}" for turn in dog.turns]


async def test_a_turn_that_is_too_long_is_told_with_what_it_was_doing(
    qapp: object, until: conftest.Until
) -> None:
    def dawdle(for_s: float) -> None:
        began = time.thread_time()
        while time.thread_time() - began < for_s:
            pass

    dog = watchdog.Watchdog()
    dog.start()
    try:
        await asyncio.sleep(3 * watchdog.BEAT_MS / 1000)
        assert not dog.turns
        asyncio.get_running_loop().call_soon(dawdle, 1.0)  # long enough to be looked at on any machine
        await until(lambda: dog.turns)
    finally:
        dog.stop()
    assert dog.turns[0].cpu_s > 0.25
    assert "dawdle (test_turns.py:" in dog.turns[0].doing


async def test_waiting_is_not_counted_as_work(qapp: object) -> None:
    dog = watchdog.Watchdog()
    dog.start()
    try:
        await asyncio.sleep(2 * watchdog.BEAT_MS / 1000)
        asyncio.get_running_loop().call_soon(time.sleep, 0.25)  # the machine is busy elsewhere
        await asyncio.sleep(3 * watchdog.BEAT_MS / 1000)
    finally:
        dog.stop()
    assert not dog.turns
