"""Liquid as one writes it: what is offered, what a choice puts in, and what is coloured."""

import pytest
from PySide6 import QtCore, QtTest, QtWidgets
from pytestqt.qtbot import QtBot

from console.widgets import inputs, liquid, theme

KNOWN = {"name": "Ana", "city": "Porto", "order_total": "129"}


@pytest.fixture(params=[inputs.Line, inputs.Area])
def control(request: pytest.FixtureRequest, qtbot: QtBot) -> liquid.Text:
    made: liquid.Text = request.param()
    qtbot.addWidget(made)
    made.resize(400, 80)
    made.show()
    made.setFocus()
    qtbot.waitUntil(made.hasFocus)
    liquid.attach(made, lambda: KNOWN)
    return made


def _words(control: liquid.Text) -> str:
    return control.text() if isinstance(control, QtWidgets.QLineEdit) else control.toPlainText()


def _offered(control: liquid.Text) -> list[str]:
    popup = liquid.attach(control, lambda: KNOWN).popup
    if not popup.isVisible():
        return []
    model = popup.model()
    return [str(model.index(row, 0).data(QtCore.Qt.ItemDataRole.UserRole)) for row in range(model.rowCount())]


def test_names_are_offered_after_two_braces(control: liquid.Text) -> None:
    QtTest.QTest.keyClicks(control, "Hi {{")
    assert _offered(control) == list(KNOWN)
    QtTest.QTest.keyClicks(control, " TOT")
    assert _offered(control) == ["order_total"]


def test_nothing_is_offered_in_plain_words(control: liquid.Text) -> None:
    QtTest.QTest.keyClicks(control, "Hi name")
    assert _offered(control) == []


def test_a_choice_replaces_what_was_typed_and_closes_the_braces(control: liquid.Text) -> None:
    QtTest.QTest.keyClicks(control, "Hi {{ ci")
    QtTest.QTest.keyClick(control, QtCore.Qt.Key.Key_Tab)
    assert _words(control) == "Hi {{ city }}"
    assert _offered(control) == []


def test_braces_that_are_closed_already_are_not_closed_again(control: liquid.Text) -> None:
    QtTest.QTest.keyClicks(control, "Hi {{  }}!")
    for _ in range(4):
        QtTest.QTest.keyClick(control, QtCore.Qt.Key.Key_Left)
    QtTest.QTest.keyClicks(control, "na")
    QtTest.QTest.keyClick(control, QtCore.Qt.Key.Key_Tab)
    assert _words(control) == "Hi {{ name }}!"


def test_filters_are_offered_after_a_bar(control: liquid.Text) -> None:
    QtTest.QTest.keyClicks(control, "{{ name | up")
    assert _offered(control) == ["upcase"]
    QtTest.QTest.keyClick(control, QtCore.Qt.Key.Key_Tab)
    assert _words(control) == "{{ name | upcase }}"


def test_a_name_written_out_is_not_offered_again(control: liquid.Text) -> None:
    QtTest.QTest.keyClicks(control, "{{ name")
    assert _offered(control) == []


def test_control_and_space_asks_again(control: liquid.Text) -> None:
    QtTest.QTest.keyClicks(control, "{{ ")
    liquid.attach(control, lambda: KNOWN).popup.hide()
    QtTest.QTest.keyClick(control, QtCore.Qt.Key.Key_Space, QtCore.Qt.KeyboardModifier.ControlModifier)
    assert _offered(control) == list(KNOWN)


def test_places_filters_and_strings_are_coloured_and_an_open_brace_is_red(qtbot: QtBot) -> None:
    area = inputs.Area()
    qtbot.addWidget(area)
    liquid.Highlighter(area.document())
    area.setPlainText('Hi {{ name | default: "you" }}, {% if vip %}x{% endif %}\n{{ open')
    blocks = [area.document().findBlockByNumber(number) for number in (0, 1)]
    colours = [
        {(one.start, one.length): one.format.foreground().color().name() for one in block.layout().formats()}
        for block in blocks
    ]
    first = blocks[0].text()
    assert colours[0][first.index('"you"'), 5] == theme.color("ok").name()
    assert theme.color("info").name() in colours[0].values()
    assert all(start >= 3 for start, _ in colours[0])
    assert set(colours[1].values()) == {theme.color("bad").name()}
