"""What was told is there after a restart, in its workspace; what warns is counted until it is read."""

import datetime
import pathlib

import pytest
from pytestqt.qtbot import QtBot

from console import bell, outside, window
from console.services import links, told
from console.widgets import buttons, popover
from server.wire import server


def history(folder: pathlib.Path, place: str = "abc234-1") -> told.History:
    made = told.History(folder)
    made.enter(place)
    return made


def test_what_was_said_is_there_after_a_restart_in_its_workspace_alone(
    qapp: object, tmp_path: pathlib.Path
) -> None:
    one = history(tmp_path)
    one.add("The account was refused.", tone="bad", link="heliograph://providers")
    one.add("Saved", tone="ok")
    one.save()
    again = history(tmp_path)
    assert [(row.words, row.read) for row in again.rows] == [
        ("Saved", True),
        ("The account was refused.", False),
    ]
    assert again.unread == 1
    again.enter("abc234-2")
    assert again.rows == []
    again.enter("abc234-1")
    again.mark_read()
    again.save()
    assert history(tmp_path).unread == 0


def test_a_history_grows_no_further_than_it_may(qapp: object, tmp_path: pathlib.Path) -> None:
    one = history(tmp_path)
    for number in range(told.MOST + 5):
        one.add(f"{number}")
    assert len(one.rows) == told.MOST
    assert one.rows[0].words == str(told.MOST + 4)


def test_a_history_that_is_damaged_or_cannot_be_written_hurts_nobody(
    qapp: object, tmp_path: pathlib.Path
) -> None:
    one = history(tmp_path)
    one.add("x")
    one.save()
    next(tmp_path.glob("*.json")).write_text("{half")
    assert history(tmp_path).rows == []
    (tmp_path / "file").touch()
    blocked = history(tmp_path / "file")
    blocked.add("y")
    blocked.save()
    assert blocked.rows[0].words == "y"


@pytest.fixture
def shown(qtbot: QtBot) -> window.Window:
    made = window.Window(outside.Services())
    made.services.told.enter("abc234-1")
    qtbot.addWidget(made, before_close_func=lambda one: one.let_close())
    made.show()
    return made


ALARM = server.Alarm(level="bad", title="Twilio has halted", remedy="Mend it.", view="providers", subject="3")


def test_an_alarm_counts_until_it_is_put_off_and_is_kept_once_it_is_over(shown: window.Window) -> None:
    shown.bell.take([ALARM])
    assert shown.top.badge.accessibleName() == "1"
    assert shown.bell.alarms[0].link == links.write(links.Link(view="providers", args={"subject": "3"}))
    shown.bell.open()
    panel = shown.findChildren(popover.Popover)[-1]
    act = next(one for one in panel.findChildren(buttons.Button) if one.text() == "Put off for an hour")
    act.click()
    assert shown.top.badge.accessibleName() == ""
    shown.services.told.put_off(
        ALARM.title, datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=1)
    )
    assert shown.top.badge.accessibleName() == "1", "the hour is over"
    shown.bell.take([])
    assert shown.top.badge.accessibleName() == ""
    assert shown.services.told.rows[0].words == "Over: Twilio has halted"


def test_a_failure_is_counted_until_somebody_has_looked(shown: window.Window, qtbot: QtBot) -> None:
    shown.toast("It broke.", tone="bad")
    shown.toast("Saved", tone="ok")
    assert shown.top.badge.accessibleName() == "1"
    shown.bell.open()
    panel = shown.findChildren(popover.Popover)[-1]
    assert isinstance(shown.bell, bell.Bell)
    panel.close()
    qtbot.waitUntil(lambda: shown.top.badge.accessibleName() == "")
    assert [row.words for row in shown.services.told.rows] == ["Saved", "It broke."]
