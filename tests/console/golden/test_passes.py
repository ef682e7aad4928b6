"""Longer words and the other direction: every screen shows every word whole on the smallest window, and mirrors."""

import pathlib

import pytest
from PySide6 import QtCore, QtGui, QtWidgets
from pytestqt.qtbot import QtBot

from console import outside, shots, views, window
from console.widgets import buttons, figures, layout, paint, text
from tests.console.golden import far, longer, passes, test_names, world


async def found_cut(qtbot: QtBot, folder: pathlib.Path, key: str) -> dict[str, set[str]]:
    """By state of a screen, words that are cut off."""
    found: dict[str, set[str]] = {}
    with far.serving() as (url, _unanswered), longer.watched() as painted:
        shown = window.Window(outside.Services())
        qtbot.addWidget(shown, before_close_func=lambda one: one.let_close())
        shown.resize(*passes.SIZE)
        shown.show()
        async with test_names.living(shown, url, folder):
            await shots._online(shown)
            async for state in test_names.states(shown, key, every=True):
                painted.clear()
                await shots._settled(shown)
                if cut := longer.cut(shown) | painted:
                    found[state] = cut
    return found


@pytest.mark.parametrize("key", [spec.key for spec in views.specs()])
async def test_no_word_is_cut_off_that_is_two_fifths_longer(
    key: str, qtbot: QtBot, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures.set_clock(lambda: world.NOW)
    monkeypatch.setattr(shots, "SETTLE_S", 0.04)
    with longer.spoken():
        found = await found_cut(qtbot, tmp_path, key)
    figures.set_clock(None)
    assert found == {}


def test_words_grow_by_two_fifths_and_addresses_stay() -> None:
    assert longer.longer("Reachable") == "[Réàçhàblé ö]"
    assert len(longer.longer("Start from the sample")) >= 21 * 1.4
    for kept in ("15,040", "a@b.test", "https://a.test/x", "64.5 %", ""):
        assert longer.longer(kept) == kept
    assert longer.longer(longer.longer("Next")) == longer.longer("Next")


def test_a_label_a_button_and_painted_words_that_are_cut_off_are_found(qtbot: QtBot) -> None:
    whole = layout.boxed(layout.column(text.Label("A label of some length"), buttons.plain("A button too")))
    qtbot.addWidget(whole)
    whole.resize(400, 100)
    whole.show()
    assert longer.cut(whole) == set()
    for one in whole.findChildren(QtWidgets.QWidget):
        one.setFixedWidth(40)
    assert longer.cut(whole) == {"Label 'A label of some length'", "Button 'A button too'"}


@pytest.mark.parametrize(
    "way", [QtCore.Qt.LayoutDirection.LeftToRight, QtCore.Qt.LayoutDirection.RightToLeft]
)
def test_what_is_painted_runs_as_the_language_does(way: QtCore.Qt.LayoutDirection, qtbot: QtBot) -> None:
    class Painted(QtWidgets.QWidget):
        def paintEvent(self, event: QtGui.QPaintEvent) -> None:
            painter = QtGui.QPainter(self)
            paint.face(painter, self.rect())
            painter.fillRect(QtCore.QRect(0, 0, 20, 20), QtGui.QColor("#ff0000"))
            paint.line(painter, QtCore.QRectF(30, 0, 60, 20), "LT", text.font(), QtGui.QColor("#000000"))
            painter.end()

    made = Painted()
    made.setLayoutDirection(way)
    qtbot.addWidget(made)
    made.resize(100, 20)
    image = made.grab().toImage()
    reds = [x for x in range(100) if image.pixelColor(x, 10).name() == "#ff0000"]
    is_left = way is QtCore.Qt.LayoutDirection.LeftToRight
    assert reds == (list(range(20)) if is_left else list(range(80, 100)))
    inked = [
        x
        for x in range(100)
        if any(image.pixelColor(x, y).lightness() < 90 for y in range(20)) and x not in reds
    ]
    assert inked
    assert (30 <= inked[0] < 40) if is_left else (60 < inked[-1] <= 70)
    # Upright: the foot of the L stands to the right of its stem in both.
    stem = next(x for x in inked if sum(image.pixelColor(x, y).lightness() < 128 for y in range(20)) > 6)
    assert stem <= inked[1]
