"""Texts that are not ours fit where they are shown, and a screen reader hears what is shown now."""

import pytest
from PySide6 import QtCore, QtGui, QtTest, QtWidgets
from pytestqt.qtbot import QtBot

from console.widgets import accessible, bars, empty, search, text

TOKEN = "e45b0e0b2a8dcf64093a2d85a0174956998852e5c8eb56d446560ca1215ba3a1"
ADDRESS = "https://northwind.test/drop?m=magic-throttled"


def width(words: str) -> int:
    """The least width of a label that may wrap."""
    return text.Label(words, wrap=True).minimumSizeHint().width()


def test_a_token_does_not_push_its_panel_wide(qtbot: QtBot) -> None:
    assert width(TOKEN) < 120
    assert text.Label(TOKEN, wrap=True).text() == TOKEN


def test_an_address_is_parted_after_its_signs_only(qtbot: QtBot) -> None:
    label = text.Label(ADDRESS, wrap=True)
    parts = QtWidgets.QLabel.text(label).split("\u200b")
    assert parts == ["https://", "northwind.", "test/", "drop?", "m=", "magic-", "throttled"]
    assert label.text() == ADDRESS


def test_a_short_word_is_never_parted(qtbot: QtBot) -> None:
    assert QtWidgets.QLabel.text(text.Label("https://northwind.test", wrap=True)) == "https://northwind.test"


def test_an_empty_state_wraps_its_words_where_there_is_little_room(qtbot: QtBot) -> None:
    room = QtWidgets.QStackedWidget()
    qtbot.addWidget(room)
    words = "Import a CSV file with one person a row."
    state = empty.EmptyState("users", "No audience yet", words, "Import a file", lambda: None)
    room.addWidget(state)
    room.resize(800, 400)
    room.show()
    qtbot.waitUntil(lambda: state.width() == 800)
    line = state._words.height()
    room.resize(260, 400)
    qtbot.waitUntil(lambda: state.width() == 260)
    assert state._words.width() == 260 - 2 * empty.MARGIN
    assert state._words.height() == 2 * line


def test_a_screen_reader_hears_what_a_painted_widget_shows_now(qtbot: QtBot) -> None:
    painted = QtWidgets.QWidget()
    qtbot.addWidget(painted)
    accessible.describe(painted, accessible.Role.StaticText, "Connecting")
    heard = QtGui.QAccessible.queryAccessibleInterface(painted)
    assert heard is not None
    assert heard.text(QtGui.QAccessible.Text.Name) == "Connecting"
    accessible.describe(painted, accessible.Role.StaticText, "Connected")
    assert heard.text(QtGui.QAccessible.Text.Name) == "Connected"
    assert heard.role() == accessible.Role.StaticText


def test_escape_clears_a_search_and_then_gives_the_keyboard_back(qtbot: QtBot) -> None:
    field = search.SearchField("Find")
    qtbot.addWidget(field)
    field.show()
    field.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    left: list[bool] = []
    field.left.connect(lambda: left.append(True))
    QtTest.QTest.keyClicks(field, "ana")
    QtTest.QTest.keyClick(field, QtCore.Qt.Key.Key_Escape)
    assert (field.text(), left, field.hasFocus()) == ("", [], True)
    QtTest.QTest.keyClick(field, QtCore.Qt.Key.Key_Escape)
    assert (left, field.hasFocus()) == ([True], False)


@pytest.mark.parametrize(
    "index, origin", [(0, 0), (1, 1000), (2, 600), (3, 600)], ids=["first", "second", "third", "not lost"]
)
def test_a_step_of_a_funnel_comes_from_the_last_that_was_not_smaller(index: int, origin: int) -> None:
    assert (
        bars.came_from([("Audience", 1000), ("Seen", 600), ("Clicked", 40), ("Replied", 55)], index) == origin
    )
