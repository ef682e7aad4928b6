"""Filters as chips: chosen from a menu, let go by one click, and seen only where they can do something."""

import pytest
from PySide6 import QtCore, QtGui, QtTest, QtWidgets
from pytestqt.qtbot import QtBot

from console.widgets import chips, paged, table, text

CHANNELS = [("sms", "SMS"), ("email", "Email & more")]


@pytest.fixture
def host(qtbot: QtBot) -> QtWidgets.QWidget:
    """A window for chips to be seen in."""
    made = QtWidgets.QWidget()
    QtWidgets.QHBoxLayout(made)
    qtbot.addWidget(made)
    made.show()
    return made


def shown(host: QtWidgets.QWidget, chip: chips.Chip) -> chips.Chip:
    """A chip in a window."""
    layout = host.layout()
    assert layout is not None
    layout.addWidget(chip)
    return chip


def test_a_choice_from_the_menu_sets_the_filter_and_says_so(qtbot: QtBot, host: QtWidgets.QWidget) -> None:
    chip = shown(host, chips.Chip("Channel", lambda: CHANNELS))
    assert chip._button.accessibleName() == "Channel: any"
    QtTest.QTest.mouseClick(chip._button, QtCore.Qt.MouseButton.LeftButton)
    menu = chip.findChildren(QtWidgets.QMenu)[0]
    assert [action.text() for action in menu.actions()] == ["Any channel", "SMS", "Email && more"]
    with qtbot.waitSignal(chip.changed):
        menu.actions()[2].trigger()
    assert (chip.value(), chip._button.accessibleName()) == ("email", "Channel: Email & more")
    menu.close()


def test_a_click_lets_go_and_says_so_once(host: QtWidgets.QWidget) -> None:
    chip = shown(host, chips.Chip("Channel", lambda: CHANNELS))
    heard: list[str] = []
    chip.changed.connect(lambda: heard.append(chip.value()))
    chip.set_value("sms")
    assert heard == []
    chip._drop.click()
    chip.choose("")
    assert heard == [""]
    assert not chip._drop.isVisible()


def test_a_chip_without_choices_is_seen_only_while_it_is_set(host: QtWidgets.QWidget) -> None:
    chip = shown(host, chips.Chip("Run"))
    assert not chip.isVisible()
    chip.set_value("7")
    assert chip.isVisible()
    assert chip._button.accessibleName() == "Run: 7"
    chip._drop.click()
    assert not chip.isVisible()


def test_a_label_that_comes_later_is_said_after_a_refresh(host: QtWidgets.QWidget) -> None:
    known: list[tuple[str, str]] = []
    chip = shown(host, chips.Chip("Campaign", lambda: known))
    chip.set_value("7")
    assert chip._button.accessibleName() == "Campaign: 7"
    known.append(("7", "A name that is much too long to be shown whole on a chip"))
    chip.refresh()
    assert chip._button.accessibleName() == "Campaign: A name that is much too long to b…"


def test_a_token_does_not_widen_its_panel_and_is_copied_as_it_was(qtbot: QtBot) -> None:
    token = "0123456789abcdef" * 8
    label = text.Label(token, "mono", wrap=True, selectable=True)
    qtbot.addWidget(label)
    assert label.text() == token
    assert label.minimumSizeHint().width() < 300
    label.show()
    label.setSelection(0, len(QtWidgets.QLabel.text(label)))
    label.setFocus()
    QtTest.QTest.keyClick(label, QtCore.Qt.Key.Key_C, QtCore.Qt.KeyboardModifier.ControlModifier)
    assert QtGui.QGuiApplication.clipboard().text() == token


def test_columns_that_give_way_leave_their_room_to_the_others(qtbot: QtBot) -> None:
    columns = [
        paged.Column(title=title, text=str, width=100, stretch=True)
        for title in ("Person", "Reason", "Campaign")
    ]
    model = paged.PagedModel(columns, lambda window: model.receive(window, ["a"], 1))
    made = table.DataTable(model, name="Messages")
    qtbot.addWidget(made)
    made.resize(900, 200)
    made.show()
    model.restart()
    wide = made.view.columnWidth(0)
    made.show_columns(["Campaign"], False)
    assert made.view.columnWidth(0) > wide
    made.show_columns(["Campaign"], True)
    assert made.view.columnWidth(0) == wide
