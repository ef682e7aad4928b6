"""Stopping everything from the window, and deciding what goes on."""

import datetime

import pytest
from PySide6 import QtWidgets
from pytestqt.qtbot import QtBot

from console import holding
from server.wire import holds, ledger

NOW = datetime.datetime(2026, 11, 20, 10, 0, tzinfo=datetime.UTC)
EQUATION = ledger.Equation(
    audience=100, waiting=40, sending=0, accepted=55, failed=0, skipped=0, doubt=5, cancelled=0
)


def run(number: int, *, sent_after: int | None = None) -> holds.HeldRun:
    return holds.HeldRun(
        workspace=1,
        workspace_name="Sandbox",
        run=number,
        campaign=number,
        campaign_name=f"Campaign {number}",
        status="running",
        equation=EQUATION,
        sent_after=sent_after,
    )


def copied(**changed: object) -> holds.Copy:
    known = {
        "sentence": "It is an older copy.",
        "copied_at": NOW,
        "known_until": NOW,
        "sent_after": 1200,
        "lost_runs": [],
    }
    return holds.Copy(**{**known, **changed})  # type: ignore[arg-type]


@pytest.fixture
def parent(qtbot: QtBot) -> QtWidgets.QWidget:
    made = QtWidgets.QWidget()
    qtbot.addWidget(made)
    return made


def chosen(sheet: holding.DecisionSheet) -> holds.Release:
    said: list[holds.Release] = []
    sheet.decided.connect(said.append)
    sheet.go.click()
    return said[0]


def test_what_was_stopped_by_hand_goes_on_unless_a_person_says_otherwise(parent: QtWidgets.QWidget) -> None:
    hold = holds.Hold(
        held=True, why=holds.Why.STOPPED, sentence="Stopped.", note="Prices", runs=[run(1), run(2)]
    )
    release = chosen(holding.DecisionSheet(parent, hold))
    assert [one.run for one in release.go_on or []] == [1, 2]
    assert release.cancel == []


def test_of_a_copy_nothing_goes_on_unless_a_person_says_so_run_by_run(parent: QtWidgets.QWidget) -> None:
    hold = holds.Hold(
        held=True,
        why=holds.Why.RESTORED,
        sentence="It is a copy.",
        copy=copied(),
        runs=[run(1, sent_after=40), run(2, sent_after=0), run(3, sent_after=None)],
    )
    sheet = holding.DecisionSheet(parent, hold)
    assert (chosen(sheet).go_on, chosen(sheet).cancel) == ([], [])
    sheet.choose([holding.CANCEL, holding.GO_ON, holding.PAUSE])
    release = chosen(sheet)
    assert [one.run for one in release.go_on or []] == [2]
    assert [one.run for one in release.cancel] == [1]


def test_what_a_copy_has_missed_is_said_with_its_numbers() -> None:
    lost = holds.LostRun(workspace="Sandbox", run=9, campaign="Winter", sent=300)
    told = " ".join(holding.missed(copied(lost_runs=[lost])))
    assert "At least 1,200 messages were sent after that" in told
    assert "“Winter” (run 9, Sandbox) was launched after that" in told
    assert "Nobody knows" in " ".join(holding.missed(copied(sent_after=None)))
    assert "Nothing is known" in " ".join(holding.missed(copied(sent_after=0)))


def test_the_kill_switch_asks_once_and_carries_the_note(parent: QtWidgets.QWidget) -> None:
    sheet = holding.StopSheet(parent)
    said: list[str] = []
    sheet.asked.connect(said.append)
    sheet.note.set_value("Wrong prices")
    sheet.go.click()
    assert said == ["Wrong prices"]
