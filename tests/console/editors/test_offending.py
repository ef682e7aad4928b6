"""Characters outside GSM-7 in a text: where they stand, what takes their place, and the keyboard's way to it."""

import pytest
from PySide6 import QtGui, QtTest, QtWidgets
from pytestqt.qtbot import QtBot

from console.widgets import buttons
from console.widgets.editors import channel, offending
from server.channels import plainer, sms

TEXT = "A — “b” {{ ‘name’ }} \N{PARTY POPPER} ç end"


@pytest.mark.parametrize(
    "char, plain",
    [
        ("’", "'"),
        ("—", "-"),
        ("…", "..."),
        ("\N{NO-BREAK SPACE}", " "),
        ("ç", "c"),
        ("ł", "l"),
        ("½", "1/2"),
        ("\N{PARTY POPPER}", ""),
        ("\N{ZERO WIDTH SPACE}", ""),
        ("д", None),
        ("中", None),
    ],
)
def test_a_plainer_character_is_found_where_one_is_alike(char: str, plain: str | None) -> None:
    assert plainer.plain(char) == plain
    if plain:
        assert sms.segments(plain).encoding == "gsm7"


def test_places_are_counted_as_a_document_counts_them_and_liquid_is_left_alone() -> None:
    found = offending.spots(TEXT)
    assert [spot.char for spot in found] == ["—", "“", "”", "\N{PARTY POPPER}", "ç"]
    units = TEXT.encode("utf-16-le")
    for spot in found:
        assert units[spot.start * 2 : spot.end * 2].decode("utf-16-le") == spot.char


def form(qtbot: QtBot, words: str) -> tuple[channel.Form, QtWidgets.QPlainTextEdit, offending.Bar]:
    made = channel.make("sms")
    qtbot.addWidget(made)
    made.resize(600, 700)
    made.show()
    control = made.place("body")
    assert isinstance(control, QtWidgets.QPlainTextEdit)
    control.setPlainText(words)
    [bar] = made.findChildren(offending.Bar)
    return made, control, bar


def test_replacing_all_leaves_a_text_of_one_cheap_part(qtbot: QtBot) -> None:
    made, control, bar = form(qtbot, TEXT)
    assert bar.isVisible()
    assert sms.segments(control.toPlainText()).encoding == "ucs2"
    last = [one for one in bar.findChildren(buttons.Button) if one.accessibleName() == "Replace all"]
    last[-1].click()
    assert control.toPlainText() == 'A - "b" {{ ‘name’ }}  c end'
    assert not bar.isVisible()
    made.go_back()
    assert control.toPlainText() == TEXT


def test_one_button_replaces_one_character_wherever_it_stands(qtbot: QtBot) -> None:
    _, control, bar = form(qtbot, "’ and ’ and —")
    named = {one.accessibleName(): one for one in bar.findChildren(buttons.Button)}
    named["Replace ’ with '"].click()
    assert control.toPlainText() == "' and ' and —"


def test_the_keyboard_mends_the_next_one_after_the_cursor(qtbot: QtBot) -> None:
    _, control, bar = form(qtbot, "— x — y")
    cursor = control.textCursor()
    cursor.setPosition(3)
    control.setTextCursor(cursor)
    bar.mend_next()
    assert control.toPlainText() == "— x - y"
    bar.mend_next()
    assert control.toPlainText() == "- x - y"
    bar.mend_next()
    assert control.toPlainText() == "- x - y"


def test_the_menu_offers_to_replace_the_character_under_it(qtbot: QtBot) -> None:
    _, control, bar = form(qtbot, "ok — ok")
    menu = bar.menu(3)
    assert menu.actions()[0].text() == "Replace — with -"
    menu.actions()[0].trigger()
    assert control.toPlainText() == "ok - ok"
    assert bar.menu(1).actions()[0].text() != "Replace — with -"


def test_letters_that_nothing_is_like_are_said_to_stay(qtbot: QtBot) -> None:
    _, _, bar = form(qtbot, "Привет")
    words = " ".join(label.text() for label in bar.findChildren(QtWidgets.QLabel))
    assert "stays UCS-2" in words
    assert [one for one in bar.findChildren(buttons.Button) if not one.isHidden()] == []


def test_dear_characters_are_underlined_where_they_stand(qtbot: QtBot) -> None:
    _, control, _ = form(qtbot, "\N{PARTY POPPER}a—")
    block = control.document().firstBlock()
    wave = QtGui.QTextCharFormat.UnderlineStyle.WaveUnderline
    marked = [
        (one.start, one.length) for one in block.layout().formats() if one.format.underlineStyle() == wave
    ]
    assert sorted(marked) == [(0, 2), (3, 1)]


def test_typing_shows_the_bar_at_once(qtbot: QtBot) -> None:
    _, control, bar = form(qtbot, "plain")
    assert not bar.isVisible()
    control.moveCursor(QtGui.QTextCursor.MoveOperation.End)
    control.insertPlainText("…")
    QtTest.QTest.qWait(0)
    assert bar.isVisible()
