"""Two more passes over the main screens: in a language with longer words, and in one that runs from right to left."""

import contextlib
from collections.abc import Callable, Iterator

from PySide6 import QtCore, QtWidgets

from console import program, shots, views
from tests.console.golden import longer

LONGER, MIRRORED = "longer", "mirrored"
NAMES = (LONGER, MIRRORED)
SIZE = (1280, 800)  #: the smallest screen that has to do

#: Views that are photographed as they open, and which of their states besides.
SCREENS: dict[str, tuple[str, ...]] = {
    "overview": (),
    "campaigns": ("content_rcs", "review", "running"),
    "templates": (),
    "audiences": (),
    "twins": (),
}


@contextlib.contextmanager
def put_on(name: str) -> Iterator[None]:
    """In the process that takes the pictures: one theme, the small window, these screens, and the language."""
    whole, made = views.shots, program.application

    def chosen(key: str) -> Callable[[QtWidgets.QWidget], list[views.Shot]]:
        return lambda page: [shot for shot in whole(key)(page) if shot[0] in SCREENS.get(key, ())]

    def mirrored(arguments: list[str]) -> QtWidgets.QApplication:
        found = made(arguments)
        found.setLayoutDirection(QtCore.Qt.LayoutDirection.RightToLeft)
        return found

    views.shots, shots.THEMES, shots.SIZE = chosen, ("light",), SIZE
    if name == MIRRORED:
        program.application = mirrored  # type: ignore[assignment]
    with longer.spoken() if name == LONGER else contextlib.nullcontext():
        yield
