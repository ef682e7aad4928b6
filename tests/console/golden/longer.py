"""A language whose words are 40 per cent longer, put on from outside, and what finds words that it cuts off."""

import functools
import math
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console.views.campaigns.run import why
from console.widgets import inputs, paged, text

OPEN, SHUT = "[", "]"  #: where the second is missing, an ellipsis or an edge has taken words away
SHARE = 0.4
FILLER = "öñé tŵö þŕéé ƒöüŕ fîvé śîx şévéñ éîğĥţ ñîñé ţéñ éłévéñ ţŵéłvé "
ACCENTED = str.maketrans("aceinouyACEINOUY", "àçéîñöüýÀÇÉÎÑÖÜÝ")

#: What these draw is somebody's message, or a machine's words.
AS_IT_IS = (
    "console.widgets.devices",
    "console.widgets.mail",
    "console.widgets.code",
    "console.widgets.thumbnails",
)

#: One word that no language translates: an address, a number with its unit, a hash, a path.
TOKEN = re.compile(r"\S*[\d@/_.:]\S*|[\d.,]+ [A-Z]{3}")

Undo = Callable[[], None]


def longer(words: str) -> str:
    """`[Ñéẋţ one]` for `Next`: numbers, signs and addresses stay as they are, and what is longer already too."""
    bare = words.strip()
    if bare.startswith(OPEN) or sum(letter.isalpha() for letter in bare) < 2 or TOKEN.fullmatch(bare):
        return words
    more = math.ceil(len(bare) * SHARE)
    filler = (FILLER * (more // len(FILLER) + 1))[: max(more - 3, 0)].strip()
    lead = words[: len(words) - len(words.lstrip())]
    return lead + OPEN + bare.translate(ACCENTED) + (f" {filler}" if filler else "") + SHUT


def _is_data(depth: int = 2) -> bool:
    return str(sys._getframe(depth).f_globals.get("__name__", "")).startswith(AS_IT_IS)


def _speaking(kind: Any, name: str, undo: list[Undo]) -> None:
    """Whatever words this method takes become longer."""
    plain = getattr(kind, name)

    @functools.wraps(plain, assigned=())
    def spoken(*args: Any, **options: Any) -> Any:
        if not _is_data():
            # Only the first: a choice's own value may be words too.
            at = next((at for at, one in enumerate(args) if isinstance(one, str)), None)
            args = args if at is None else (*args[:at], longer(args[at]), *args[at + 1 :])
        return plain(*args, **options)

    setattr(kind, name, spoken)
    undo.append(lambda: setattr(kind, name, plain))


def _titled(undo: list[Undo]) -> None:
    """The titles of columns."""
    plain = paged.PagedModel.headerData

    def spoken(model: paged.PagedModel, *args: Any) -> Any:
        said = plain(model, *args)
        return longer(said) if isinstance(said, str) and len(args) < 3 else said

    paged.PagedModel.headerData = spoken  # type: ignore[method-assign, assignment]
    undo.append(lambda: setattr(paged.PagedModel, "headerData", plain))


_W, _G = QtWidgets, QtGui
SPOKEN = (
    *((kind, "__init__") for kind in (_W.QLabel, _W.QPushButton, _W.QCheckBox, _W.QRadioButton)),
    *((kind, "setText") for kind in (_W.QLabel, _W.QAbstractButton)),
    *((kind, "setPlaceholderText") for kind in (_W.QLineEdit, _W.QPlainTextEdit, _W.QTextEdit)),
    *((_W.QComboBox, name) for name in ("addItem", "insertItem", "setItemText")),
    *((_W.QMenu, name) for name in ("addAction", "addMenu", "addSection")),
    *((_G.QFontMetrics, name) for name in ("horizontalAdvance", "elidedText", "boundingRect")),
    *((_G.QFontMetricsF, name) for name in ("horizontalAdvance", "elidedText", "boundingRect")),
    (_G.QPainter, "drawText"),
)


@contextmanager
def spoken() -> Iterator[None]:
    """Every word that a widget is given, measures or paints is longer from now on."""
    undo: list[Undo] = []
    for kind, name in SPOKEN:
        _speaking(kind, name, undo)
    _titled(undo)
    try:
        yield
    finally:
        for one in reversed(undo):
            one()


# what is cut off

#: Where room is short these show less, and all of it as a tool tip.
GIVE_WAY = (text.Elided, inputs.Choice)


@contextmanager
def watched() -> Iterator[set[str]]:
    """Painted words of which an end is missing, by who paints them."""
    found: set[str] = set()
    draw = QtGui.QPainter.drawText

    def draw_text(painter: QtGui.QPainter, *args: Any) -> Any:
        words = next((one for one in args if isinstance(one, str)), "")
        device = painter.device()
        if words.lstrip().startswith(OPEN) and isinstance(device, QtWidgets.QWidget) and _must_fit(device):
            box = next((one for one in args if isinstance(one, (QtCore.QRect, QtCore.QRectF))), None)
            wide = QtGui.QFontMetricsF(painter.font()).horizontalAdvance(words)
            if not words.endswith(SHUT) or (box is not None and wide > box.width() + 2):
                found.add(f"{type(device).__name__} paints {words!r}")
        return draw(painter, *args)

    QtGui.QPainter.drawText = draw_text  # type: ignore[method-assign, assignment]
    try:
        yield found
    finally:
        QtGui.QPainter.drawText = draw  # type: ignore[method-assign]


def _must_fit(device: QtWidgets.QWidget) -> bool:
    """Names, addresses and cells give way to what stands beside them, and show the rest as a tool tip."""
    is_cell = isinstance(device.parentWidget(), QtWidgets.QAbstractItemView)
    return not is_cell and not isinstance(device, (text.Elided, why.Row))


def cut(window: QtWidgets.QWidget) -> set[str]:
    """Words in labels, buttons, choices, hints and headings that have less room than they need."""
    found = set[str]()
    for one in window.findChildren(QtWidgets.QWidget):
        if one.isVisible() and not one.visibleRegion().isEmpty():
            found.update(f"{type(one).__name__} {words!r}" for words in _cut(one))
    return found


def _cut(one: QtWidgets.QWidget) -> list[str]:
    if isinstance(one, GIVE_WAY) or (isinstance(one, QtWidgets.QLineEdit) and one.toolTip()):
        return []
    if isinstance(one, QtWidgets.QHeaderView):
        return _cut_titles(one)
    words = _words(one)
    if not words:
        return []
    shown = one.visibleRegion().boundingRect()
    narrow = _needs(one) > one.width() + 1 or shown.width() < one.width() - 1
    wraps = isinstance(one, QtWidgets.QLabel) and one.wordWrap()
    low = wraps and one.heightForWidth(one.width()) > one.height() + 1
    return [words] if narrow or low else []


def _words(one: QtWidgets.QWidget) -> str:
    if isinstance(one, QtWidgets.QLabel | QtWidgets.QAbstractButton):
        return one.text()
    if isinstance(one, QtWidgets.QComboBox):
        return one.currentText()
    if isinstance(one, QtWidgets.QLineEdit) and not one.text():
        return one.placeholderText()
    return ""


def _needs(one: QtWidgets.QWidget) -> int:
    if isinstance(one, QtWidgets.QLabel) and one.wordWrap():
        return 0
    if isinstance(one, QtWidgets.QLineEdit):
        margins = one.textMargins()
        rim = 2 * one.style().pixelMetric(QtWidgets.QStyle.PixelMetric.PM_DefaultFrameWidth) + 4
        advance = one.fontMetrics().horizontalAdvance(one.placeholderText())
        return advance + margins.left() + margins.right() + rim
    if isinstance(one, QtWidgets.QComboBox):
        return _choice_needs(one)
    return one.sizeHint().width()


def _choice_needs(one: QtWidgets.QComboBox) -> int:
    option = QtWidgets.QStyleOptionComboBox()
    one.initStyleOption(option)
    field = one.style().subControlRect(
        QtWidgets.QStyle.ComplexControl.CC_ComboBox,
        option,
        QtWidgets.QStyle.SubControl.SC_ComboBoxEditField,
        one,
    )
    return one.fontMetrics().horizontalAdvance(one.currentText()) + one.width() - field.width()


def _cut_titles(head: QtWidgets.QHeaderView) -> list[str]:
    found = []
    for at in range(head.count()):
        title = head.model().headerData(at, head.orientation())
        if title and not head.isSectionHidden(at) and head.sectionSizeHint(at) > head.sectionSize(at) + 1:
            found.append(str(title))
    return found
