"""Every widget can be drawn in both themes, and nothing of it is the platform's own grey."""

from collections.abc import Iterator
from typing import get_args

import pytest
from PySide6 import QtCore, QtWidgets

from console import chrome, gallery
from console.widgets import theme

#: Fusion's own grounds; a widget the sheet forgot is painted with one of them.
STOCK = {"#efefef", "#f0f0f0", "#ececec", "#dcdcdc", "#323232", "#353535", "#3c3c3c"}


@pytest.fixture(scope="module")
def shown(_dressed: None) -> Iterator[gallery.Gallery]:
    made = gallery.Gallery()
    made.show()
    yield made
    made.close()


@pytest.mark.parametrize("choice", ["light", "dark"])
@pytest.mark.parametrize("key", gallery.PAGES)
def test_a_page_of_the_gallery_is_drawn_in_the_themes_own_colours(
    shown: gallery.Gallery, key: str, choice: theme.Choice
) -> None:
    assert choice in get_args(theme.Choice)
    theme.active().wear(choice)
    shown.go(key)
    picture = shown.grab().toImage()
    counted: dict[str, int] = {}
    for x in range(0, picture.width(), 4):
        for y in range(0, picture.height(), 4):
            name = picture.pixelColor(x, y).name()
            counted[name] = counted.get(name, 0) + 1
    assert not {name: number for name, number in counted.items() if name in STOCK and number > 40}
    most = max(counted, key=lambda name: counted[name])
    assert most.upper() in {theme.tokens().bg, theme.tokens().surface}


def test_restyling_an_open_window_is_quick_and_complete(shown: gallery.Gallery) -> None:
    light = shown.grab().toImage()
    theme.active().wear("dark")
    dark = shown.grab().toImage()
    theme.active().wear("light")
    assert shown.grab().toImage() == light
    assert dark != light


def test_every_input_of_the_gallery_has_a_name(shown: gallery.Gallery) -> None:
    kinds = (QtWidgets.QLineEdit, QtWidgets.QPlainTextEdit, QtWidgets.QComboBox, QtWidgets.QAbstractButton)
    inner = {"qt_spinbox_lineedit"}
    nameless = [
        f"{type(one).__name__} {one.objectName()}"
        for kind in kinds
        for one in shown.findChildren(kind)
        if not (one.accessibleName() or one.isHidden() or one.objectName() in inner)
    ]
    assert nameless == []


def test_building_widgets_opens_no_window_by_mistake(qapp: QtWidgets.QApplication) -> None:
    """A widget shown before it has a parent is a window for a moment; it flashes, and it closes popovers."""
    opened: list[str] = []

    class Eye(QtCore.QObject):
        def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
            if event.type() == QtCore.QEvent.Type.Show and isinstance(watched, QtWidgets.QWidget):
                opened.append(type(watched).__name__)
            return False

    eye = Eye()
    qapp.installEventFilter(eye)
    try:
        made = gallery.Gallery()
        tabs = chrome.TopBar(), chrome.StatusBar(), chrome.Waiting()
    finally:
        qapp.removeEventFilter(eye)
    for one in (made, *tabs):
        one.deleteLater()
    assert opened == []
