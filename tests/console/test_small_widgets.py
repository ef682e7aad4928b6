"""The small pieces that several views share."""

import datetime
import time

import pytest
from pytestqt.qtbot import QtBot

from console.widgets import cards, figures, glyphs, throughput

NOON = datetime.datetime(2020, 11, 20, 12, 0, tzinfo=datetime.UTC)


@pytest.fixture
def _utc(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_stopped_clock_makes_every_age_the_same() -> None:
    figures.set_clock(lambda: NOON)
    try:
        assert figures.ago(NOON - datetime.timedelta(minutes=5)) == "5 min"
        assert figures.now() == NOON
    finally:
        figures.set_clock(None)
    assert figures.now() > NOON


@pytest.mark.usefixtures("_utc")
@pytest.mark.parametrize(
    "spacing,words", [(1, "12:00:00"), (60, "12:00"), (86_400, "20 Nov"), (0.5, "12:00:00")]
)
def test_ticks_are_as_fine_as_their_spacing(spacing: float, words: str) -> None:
    assert throughput.clock_ticks([NOON.timestamp(), NOON.timestamp() + 0.5], 1.0, spacing) == [words, ""]


def test_channels_as_icons_are_read_as_words(qtbot: QtBot) -> None:
    made = glyphs.Channels()
    qtbot.addWidget(made)
    made.set_channels(["email", "sms"], "Email, SMS")
    assert made.accessibleName() == "Email, SMS"
    assert made.width() > 40


def test_a_number_can_be_called_something_else(qtbot: QtBot) -> None:
    kpi = cards.Kpi("Time left")
    qtbot.addWidget(kpi)
    kpi.set_name("Took")
    assert kpi.accessibleName() == "Took"
