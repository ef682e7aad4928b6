"""A run over a million people stays readable while it goes, and costs the console no more than a small one."""

import collections
import datetime
import pathlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from PySide6 import QtGui

from console.services import watchdog
from console.views.campaigns.run import by_channel
from console.views.campaigns.run import page as run_page
from console.widgets import equation, figures
from server.wire import campaigns, ledger, limits, policies, providers, server
from tests.console import conftest
from tests.console.golden import far
from tests.console.views import sandbox, test_turns
from tests.console.views.campaigns import samples, test_draft

TIMES = 25  #: the sample's 40,100 people, so many times: just over a million
CHANGES = 120
S = campaigns.Status


def grown(known: ledger.Equation, times: int) -> ledger.Equation:
    return ledger.Equation(**{name: getattr(known, name) * times for name in known.__struct_fields__})


def seen(times: int) -> run_page.Seen:
    """The sample's run with so many times its people, all of it in its tallies."""
    found = samples.seen(S.RUNNING)
    run = msgspec.structs.replace(
        found.run,
        people=found.run.people * times,
        equation=grown(found.run.equation, times),
        by_channel={name: grown(one, times) for name, one in found.run.by_channel.items()},
        tallies=[msgspec.structs.replace(one, count=one.count * times) for one in found.run.tallies],
    )
    series = msgspec.structs.replace(
        found.series,
        latency={name: [count * times for count in counts] for name, counts in found.series.latency.items()},
        funnel={
            name: {step: count * times for step, count in steps.items()}
            for name, steps in found.series.funnel.items()
        },
    )
    return msgspec.structs.replace(found, run=run, series=series)


@contextmanager
def a_server(times: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, collections.Counter[str]]]:
    """A far side whose only run has so many times the sample's people; and what it was asked."""
    found = seen(times)
    asked: collections.Counter[str] = collections.Counter()
    row = msgspec.structs.replace(samples.campaign(S.RUNNING), equation=found.run.equation)
    answers: dict[Any, Any] = {
        **far.ANSWERS,
        campaigns.SHOW: lambda _ask, campaign: row,
        campaigns.RUN: lambda _ask, run: found.run,
        campaigns.SERIES: lambda _ask, run: found.series,
        limits.PACE: lambda _ask, run: samples.pace(found.run),
        policies.WAVES: lambda _ask, run: policies.Waves(planned=[], waiting=[]),
        providers.LIST: lambda _ask: providers.Accounts(rows=[]),
    }

    def counted(what: Any, answer: Any) -> Any:
        def say(ask: Any, **slots: Any) -> Any:
            asked[what.path] += 1
            return answer(ask, **slots)

        return say

    monkeypatch.setitem(far.WORLDS, "large", {what: counted(what, say) for what, say in answers.items()})
    with far.serving("large") as (url, _unanswered):
        yield cast(Any, SimpleNamespace(url=url, token=far.TOKEN)), asked


def change(known: campaigns.Run, number: int) -> server.Change:
    """A word of the live feed: some more were accepted."""
    moved = msgspec.structs.replace(
        known.equation,
        waiting=known.equation.waiting - number,
        accepted=known.equation.accepted + number,
    )
    return server.Change(
        kind=server.ChangeKind.RUN,
        subject=known.id,
        at=datetime.datetime.now(datetime.UTC),
        equation=moved,
        by_channel=known.by_channel,
        status="running",
        rate_per_s=1_764.0,
    )


async def followed(
    times: int, folder: pathlib.Path, until: conftest.Until, monkeypatch: pytest.MonkeyPatch
) -> tuple[float, collections.Counter[str]]:
    """CPU seconds of a change from the live feed to the pixels, and what the server was asked meanwhile."""
    with a_server(times, monkeypatch) as (far_side, asked):
        async with sandbox.opened(far_side, folder, "campaigns", campaign=31) as shown:
            page = test_draft.page_of(shown)
            await until(lambda: page.run.seen is not None)
            known = seen(times).run
            asked.clear()
            began = time.thread_time()
            for number in range(CHANGES):
                page.run.take([change(known, number * times)])
                page.run.grab()
            spent = (time.thread_time() - began) / CHANGES
    return spent, asked


async def test_a_million_people_cost_no_more_than_a_few(
    qapp: object, tmp_path: pathlib.Path, until: conftest.Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, _ = await followed(1, tmp_path / "few", until, monkeypatch)
    many, asked = await followed(TIMES, tmp_path / "many", until, monkeypatch)
    assert many < few * 1.5, f"{many * 1000:.1f} ms a change instead of {few * 1000:.1f}"
    assert not {path for path in asked if "messages" in path}, "nothing is asked message by message"
    assert max(asked.values(), default=0) <= 1, "a burst of changes is one look"


async def test_a_million_people_are_read_at_a_glance(
    qapp: object, tmp_path: pathlib.Path, until: conftest.Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_server(TIMES, monkeypatch) as (far_side, _asked):
        async with sandbox.opened(far_side, tmp_path, "campaigns", campaign=31) as shown:
            shown.resize(1280, 800)
            page = test_draft.page_of(shown)
            dog = watchdog.Watchdog(shown, limit_s=watchdog.LIMIT_S * test_turns.MARGIN * test_turns._pace())
            dog.start()
            await until(lambda: page.run.seen is not None)
            run = seen(TIMES).run
            for number in range(20):
                page.run.take([change(run, number)])
            await until(lambda: not shown.services.operations.running())
            dog.stop()
            assert dog.turns == []
            assert "1,002,500 people" in page.run._whole._aside.text()
            numbers = page.run.channels.findChildren(by_channel.Number)
            assert {figures.count(one.audience) for one in run.by_channel.values()} == {"1,002,500"}
            for number_shown in numbers:
                said = figures.count(number_shown._number)
                room = number_shown.width() - by_channel.NUMBER_PAD
                assert _width(number_shown.font_drawn(), said) <= room, said
            for chip in page.run.equation.findChildren(equation.Chip):
                assert chip.width() >= chip.sizeHint().width(), chip.accessibleName()
            right = max(
                chip.mapTo(page.run, chip.rect().topRight()).x()
                for chip in page.run.equation.findChildren(equation.Chip)
            )
            assert right <= page.run.width()


def _width(font: QtGui.QFont, words: str) -> int:
    return QtGui.QFontMetrics(font).horizontalAdvance(words)
