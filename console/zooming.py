"""Everything larger or smaller at once: Qt's own scale, changed while the program runs, or else from the next start on.

Qt publishes its scale as the variable QT_SCALE_FACTOR, which it reads once. To change it later, the function that Qt
calls itself is looked up by its name in the library this program has loaded. That name is nobody's promise, so it is
called in the releases of Qt it was tried with, and in no other; wherever something is not as it was there, `apply`
answers False, nothing has been touched, and the scale holds from the next start on.
"""

import ctypes
import functools
import logging
import os
import pathlib
import sys
from collections.abc import Callable

import PySide6
from PySide6 import QtCore, QtWidgets

from console.widgets import theme

log = logging.getLogger(__name__)

LEAST, MOST = 0.8, 2.0
#: Where Qt keeps its scale, and what it calls the function that sets it.
LIBRARY = "Qt/lib/libQt6Gui.so.6"
SYMBOL = "_ZN15QHighDpiScaling15setGlobalFactorEd"
TRIED = ((6, 11),)  #: the releases of Qt in which that function was seen to do this
VARIABLE = "QT_SCALE_FACTOR"  #: what Qt reads when the application is made


def _began() -> float:
    try:
        return float(os.environ.get(VARIABLE, "1"))
    except ValueError:
        return 1.0


_worn = [_began()]  #: what Qt was told last


def begin(scale: float) -> None:
    """Before the application is made: the scale that was chosen last, unless the surroundings say another."""
    if scale != 1.0 and LEAST <= scale <= MOST:
        os.environ.setdefault(VARIABLE, str(scale))
        _worn[0] = _began()


def clamped(factor: float, window: QtWidgets.QWidget) -> float:
    """The nearest scale that is offered, and at which a window still fits its screen."""
    room, least = window.screen().availableSize() * now(), window.minimumSize()
    fits = min(room.width() / max(least.width(), 1), room.height() / max(least.height(), 1))
    return round(max(min(factor, MOST, max(fits, now())), LEAST), 2)


def now() -> float:
    """The scale everything is drawn at, besides the desktop's own."""
    return _worn[0]


def apply(factor: float) -> bool:
    """Draw everything at this scale from now on, windows as large on the screen as they are.

    False where this Qt has no way to be told while it runs: then the scale holds from the next start on.
    """
    tell = _setter()
    if tell is None:
        return False
    before, _worn[0] = _worn[0], factor
    shown = [widget for widget in QtWidgets.QApplication.topLevelWidgets() if widget.isVisible()]
    places = [(widget, _scaled(widget.geometry(), before / factor)) for widget in shown]
    active = QtWidgets.QApplication.activeWindow()
    focus = QtWidgets.QApplication.focusWidget()
    for widget in shown:
        _withdraw(widget)
    tell(factor)
    for widget, place in places:
        widget.setGeometry(_within(place, widget.screen().availableGeometry()))
        widget.show()
    theme.active().changed.emit()  # what was painted for the old scale is painted anew
    if active is not None:
        active.activateWindow()
    if focus is not None:
        focus.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)
    return True


def _withdraw(widget: QtWidgets.QWidget) -> None:
    """Take a window off the screen with all the desktop knows of it: a new one is made at the new scale."""
    widget.hide()
    handle = widget.windowHandle()
    if handle is not None:
        handle.destroy()


def _within(place: QtCore.QRect, room: QtCore.QRect) -> QtCore.QRect:
    """As much of a window's place as its screen has room for."""
    size = place.size().boundedTo(room.size())
    left = min(max(place.x(), room.x()), room.right() + 1 - size.width())
    top = min(max(place.y(), room.y()), room.bottom() + 1 - size.height())
    return QtCore.QRect(QtCore.QPoint(left, top), size)


def _scaled(place: QtCore.QRect, by: float) -> QtCore.QRect:
    return QtCore.QRect(
        round(place.x() * by), round(place.y() * by), round(place.width() * by), round(place.height() * by)
    )


@functools.cache
def _setter() -> Callable[[float], None] | None:
    """Qt's function that sets its scale; None where it is not known to be what it was."""
    if not _is_tried(QtCore.qVersion()):
        log.info("this Qt is not scaled while it runs", extra={"action": "zoom_waits"})
        return None
    path = pathlib.Path(PySide6.__file__).parent / LIBRARY
    try:
        # WORKAROUND: only a library that is loaded already is Qt's own; a second copy would be told in vain.
        found = ctypes.CDLL(str(path), mode=os.RTLD_NOW | os.RTLD_NOLOAD)[SYMBOL]
    except (OSError, AttributeError):
        log.info("this Qt cannot be scaled while it runs", extra={"action": "zoom_waits"})
        return None
    found.argtypes, found.restype = [ctypes.c_double], None
    return _quietly(found)


def _is_tried(version: str) -> bool:
    """Whether it is one of the releases of Qt whose inner function is known, on a system that has its library."""
    return sys.platform == "linux" and tuple(version.split(".")[:2]) in {
        (str(major), str(minor)) for major, minor in TRIED
    }


def _quietly(tell: Callable[[float], None]) -> Callable[[float], None]:
    """Qt warns that windows exist; they are off the screen, and that is what it means."""

    def told(factor: float) -> None:
        before = QtCore.qInstallMessageHandler(lambda _kind, _context, _words: None)
        try:
            tell(factor)
        finally:
            QtCore.qInstallMessageHandler(before)

    return told
