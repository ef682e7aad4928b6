"""The source editor gives back what it was given, sign for sign."""

import hypothesis
import pytest
from hypothesis import strategies
from PySide6 import QtCore, QtGui, QtTest, QtWidgets

from console.widgets.editors import exact

ODD = [
    "",
    "a\r\nb\r\n",
    "a\nb",
    "a\rb\r",
    "mixed\r\nends\nand\rmore\r\n\r\n",
    "\ufeff<html>\r\n",
    "no\u00a0break\u2007spaces\t\tand   trailing   \n",
    "\u2028line\u2029paragraph\u0085next\x0bvertical\x0cform",
    "nul\x00 object\ufffc frame\ufdd0\ufdd1",
    "\U000f0000 private \U000f0001\n",
    "👨‍👩‍👧 é e\u0301 ع",
    "\n\n\n",
    "\r\n",
    "x\r\r\n\n\r",
]


@pytest.fixture
def source(qapp: QtWidgets.QApplication) -> exact.Source:
    return exact.Source("HTML")


@pytest.mark.parametrize("given", ODD)
def test_a_text_comes_back_byte_for_byte(source: exact.Source, given: str) -> None:
    source.set_source(given)
    assert source.source().encode() == given.encode()


@pytest.mark.parametrize("given", ODD)
def test_after_an_edit_and_its_undo_it_is_what_it_was(source: exact.Source, given: str) -> None:
    source.set_source(given)
    source.moveCursor(QtGui.QTextCursor.MoveOperation.End)
    source.insertPlainText("!")
    assert source.source().encode() == (given + "!").encode()
    source.undo()
    assert source.source().encode() == given.encode()
    source.selectAll()
    source.textCursor().removeSelectedText()
    assert source.source() == ""
    source.undo()
    assert source.source().encode() == given.encode()


@hypothesis.settings(max_examples=150, deadline=None)
@hypothesis.given(
    strategies.text(
        strategies.one_of(
            strategies.sampled_from("ab<>\r\n\u00a0\u2028\u2029\x00\ufffc\ufeff\U000f0000"),
            strategies.characters(exclude_categories=["Cs"]),
        )
    )
)
def test_any_text_comes_back(given: str) -> None:
    mapping = exact.Mapping(given)
    document = QtGui.QTextDocument()
    document.setPlainText(mapping.shown(given))
    assert mapping.written(document.toRawText()) == given


def test_typing_in_a_text_with_crlf_writes_crlf_and_leaves_the_rest(source: exact.Source) -> None:
    source.set_source("one\r\ntwo\r\n")
    source.moveCursor(QtGui.QTextCursor.MoveOperation.EndOfLine)
    QtTest.QTest.keyClick(source, QtCore.Qt.Key.Key_Return)
    QtTest.QTest.keyClicks(source, "more")
    assert source.source() == "one\r\nmore\r\ntwo\r\n"


def test_it_tells_of_edits_by_a_person_alone(source: exact.Source) -> None:
    told: list[bool] = []
    source.edited.connect(lambda: told.append(True))
    source.set_source("<p>{{ name }}</p>")
    source.colours.rehighlight()
    assert told == []
    QtTest.QTest.keyClicks(source, "x")
    assert told == [True]


def test_copying_keeps_spaces_that_do_not_break(source: exact.Source) -> None:
    source.set_source("a\u00a0b\r\nc")
    source.selectAll()
    source.copy()
    assert QtGui.QGuiApplication.clipboard().text() == "a\u00a0b\r\nc"
