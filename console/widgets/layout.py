"""Rows, columns, rules and scrolling pages, so that views speak of things instead of margins."""

from collections.abc import Sequence

from PySide6 import QtCore, QtWidgets

from console.widgets import theme

Item = QtWidgets.QWidget | QtWidgets.QLayout | int | None  #: an int is a fixed space, None is a stretch
Margins = tuple[int, int, int, int]  #: left, top, right, bottom


def row(
    *items: Item, gap: int = theme.SM, margins: Margins = (0, 0, 0, 0), grow: int = -1
) -> QtWidgets.QHBoxLayout:
    """Items from left to right; the one at index `grow` takes the spare room."""
    made = QtWidgets.QHBoxLayout()
    _fill(made, items, gap, margins, grow)
    return made


def column(
    *items: Item, gap: int = theme.SM, margins: Margins = (0, 0, 0, 0), grow: int = -1
) -> QtWidgets.QVBoxLayout:
    """Items from top to bottom; the one at index `grow` takes the spare room."""
    made = QtWidgets.QVBoxLayout()
    _fill(made, items, gap, margins, grow)
    return made


def _fill(layout: QtWidgets.QBoxLayout, items: Sequence[Item], gap: int, margins: Margins, grow: int) -> None:
    layout.setContentsMargins(*margins)
    layout.setSpacing(gap)
    for index, item in enumerate(items):
        stretch = 1 if index == grow else 0
        match item:
            case None:
                layout.addStretch(1)
            case int():
                layout.addSpacing(item)
            case QtWidgets.QWidget():
                layout.addWidget(item, stretch)
            case _:
                layout.addLayout(item, stretch)


def boxed(layout: QtWidgets.QLayout, name: str = "") -> QtWidgets.QWidget:
    """A plain widget around a layout."""
    made = QtWidgets.QWidget()
    made.setObjectName(name)
    made.setLayout(layout)
    return made


def rule() -> QtWidgets.QFrame:
    """A hairline between parts."""
    made = QtWidgets.QFrame()
    made.setObjectName("rule")
    made.setFixedHeight(1)
    return made


def scroll(content: QtWidgets.QWidget | QtWidgets.QLayout) -> QtWidgets.QScrollArea:
    """A page that scrolls from top to bottom and never from side to side."""
    inner = content if isinstance(content, QtWidgets.QWidget) else boxed(content)
    made = QtWidgets.QScrollArea()
    made.setWidgetResizable(True)
    made.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
    made.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
    made.setWidget(inner)
    return made


def page(*items: Item, gap: int = theme.MD, grow: int = -1) -> QtWidgets.QVBoxLayout:
    """The column a view's page is made of, with the margins every page shares."""
    return column(*items, gap=gap, margins=(theme.LG, 14, theme.LG, 14), grow=grow)


def reveal(widget: QtWidgets.QWidget, shown: bool) -> None:
    """Show or hide a part of something; one that has no parent yet must not open as a window of its own."""
    if shown and widget.parentWidget() is None:
        widget.setAttribute(QtCore.Qt.WidgetAttribute.WA_WState_ExplicitShowHide, False)
    else:
        widget.setVisible(shown)


def clear(layout: QtWidgets.QLayout) -> None:
    """Empty a layout and delete what was in it."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)
