"""The frame's own acts: density, size, links to what is shown, and the strip that names where messages go."""

import sys

import pytest
from PySide6 import QtGui, QtTest
from pytestqt.qtbot import QtBot

from console import app, chrome, framing, gallery, outside, window, zooming
from console.widgets import table, theme

pytestmark = pytest.mark.usefixtures("sample_views")


@pytest.fixture
def shown(qtbot: QtBot) -> window.Window:
    made = window.Window(outside.Services())
    qtbot.addWidget(made, before_close_func=lambda one: one.let_close())
    made.show()
    return made


def test_rows_become_lower_and_are_so_at_the_next_start(shown: window.Window, qtbot: QtBot) -> None:
    one = gallery.sample_table()
    qtbot.addWidget(one)
    try:
        shown.commands.run("view.density")
        assert one.view.verticalHeader().defaultSectionSize() == theme.ROW_TWO_LINES - theme.COMPACT_BY
        assert shown.services.settings.get("compact", False) is True
        later = table.DataTable(one.model, name="Later", two_lines=False)
        qtbot.addWidget(later)
        assert later.view.verticalHeader().defaultSectionSize() == theme.ROW_SINGLE - theme.COMPACT_BY
    finally:
        theme.active().set_compact(False)
    assert one.view.verticalHeader().defaultSectionSize() == theme.ROW_TWO_LINES


def test_the_size_has_bounds_and_can_be_the_usual_one_again(shown: window.Window) -> None:
    shown.setMinimumSize(200, 100)
    try:
        for _press in range(30):
            shown.commands.run("zoom.in")
        assert shown.services.settings.get(framing.ZOOM, 1.0) == zooming.MOST
        for _press in range(30):
            shown.commands.run("zoom.out")
        assert shown.services.settings.get(framing.ZOOM, 1.0) == zooming.LEAST
    finally:
        shown.commands.run("zoom.reset")
    assert shown.services.settings.get(framing.ZOOM, 1.0) == 1.0


def test_a_size_acts_at_once_and_leaves_the_window_where_it_was(shown: window.Window) -> None:
    shown.setMinimumSize(200, 100)
    shown.resize(600, 400)
    shown.sidebar.nav.setFocus()
    try:
        shown.commands.run("zoom.in")
        assert shown.devicePixelRatio() == pytest.approx(1.1)
        assert (shown.width(), shown.height()) == (545, 364)
        assert shown.isVisible()
    finally:
        shown.commands.run("zoom.reset")
    assert shown.devicePixelRatio() == 1.0
    assert shown.width() == pytest.approx(600, abs=1)


@pytest.mark.parametrize(
    "place, name, value",
    [
        (zooming, "LIBRARY", "Qt/lib/libNobodyHas.so.6"),
        (zooming, "SYMBOL", "_ZN15QHighDpiScaling13nobodyKnowsMeEd"),
        (zooming, "TRIED", ((6, 3),)),
        (sys, "platform", "win32"),
    ],
)
def test_a_qt_that_is_not_as_it_was_is_left_alone_and_the_size_waits_for_the_next_start(
    shown: window.Window, monkeypatch: pytest.MonkeyPatch, place: object, name: str, value: object
) -> None:
    monkeypatch.setattr(place, name, value)
    zooming._setter.cache_clear()
    try:
        shown.setMinimumSize(200, 100)
        before = shown.geometry()
        shown.commands.run("zoom.in")
        assert shown.toasts._shown[-1].words == "Everything is drawn at 110 % from the next start on."
        assert (shown.devicePixelRatio(), shown.geometry()) == (1.0, before)
        assert shown.services.settings.get(framing.ZOOM, 1.0) == 1.1
        assert zooming.now() == 1.0
    finally:
        zooming._setter.cache_clear()


def test_a_window_is_never_made_larger_than_its_screen(shown: window.Window) -> None:
    room = shown.screen().availableSize()
    shown.setMinimumSize(room.width() * 10 // 11, 100)
    try:
        for _press in range(5):
            shown.commands.run("zoom.in")
        assert shown.services.settings.get(framing.ZOOM, 1.0) == pytest.approx(1.1, abs=0.01)
    finally:
        shown.commands.run("zoom.reset")


def test_the_desktops_theme_can_be_followed_again(shown: window.Window) -> None:
    shown.top.theme.click()
    shown.commands.run("theme.system")
    assert theme.active().choice == "system"
    assert shown.services.settings.get("theme", "") == "system"


def test_a_link_to_what_is_shown_is_copied(shown: window.Window) -> None:
    shown.is_online = True
    shown.navigate("second", find="ana b")
    shown.commands.run("window.link")
    assert QtGui.QGuiApplication.clipboard().text() == "heliograph://second?find=ana+b"
    shown.is_online = False
    shown.current = ""


@pytest.mark.parametrize(
    "environment, words",
    [("production", "PRODUCTION"), ("staging", "STAGING"), ("sandbox", ""), ("", "")],
)
def test_where_messages_reach_people_a_strip_says_so(
    shown: window.Window, environment: str, words: str
) -> None:
    frame = shown._frame
    frame.set_environment(environment)
    assert frame.accessibleName().startswith(words or "Heliograph")
    QtTest.QTest.qWait(1)
    top = chrome.STRIP_H if words else chrome.FRAME_W
    assert frame._column.contentsMargins().top() == top


def test_a_link_on_the_command_line_is_checked_before_anything_starts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert app.parse(["heliograph://messages?state=failed"]).link == "heliograph://messages?state=failed"
    with pytest.raises(SystemExit):
        app.parse(["heliograph://messages?run=x"])
    assert "This link's run is no number" in capsys.readouterr().err
