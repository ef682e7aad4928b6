"""A PNG of every view in both themes: `python -m console.shots DIR [--data DIR | --server URL]`, without a screen."""

import argparse
import asyncio
import os
import pathlib
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from console import views

if TYPE_CHECKING:
    from PySide6 import QtGui, QtWidgets

    from console import app, window
    from console.widgets import theme

SIZE = (1440, 900)
REACH_S, STATE_S = 90.0, 30.0
SETTLE_S = 0.15  #: between two looks at a window that comes to rest
PAUSE_MS = 1_000  #: a single shot that waits for longer refreshes what can be seen already
RESTLESS_S = 3.0  #: what moves for longer is photographed as it is
ASKED_S = 12.0  #: the same for what still waits for an answer
THEMES: "tuple[theme.Choice, ...]" = ("light", "dark")


class NoPicture(Exception):
    """A picture could not be taken; the sentence says which and why."""


async def shoot(
    window: "window.Window", folder: pathlib.Path, *, only: Sequence[str] = (), states: bool = True
) -> list[pathlib.Path]:
    """Photograph every view, and with `states` each of its states, in one theme, then the other. Raises NoPicture."""
    from console.widgets import theme

    taken = []
    for choice in THEMES:
        # Restyling a window in which every page has been built takes longer than coming back to all of them.
        theme.active().wear(choice)
        for key in only or window.specs:
            window.toasts.clear()
            window.navigate(key, fresh=True)  # as at the first visit, whatever the other theme left
            taken.append(await _keep(window, folder / f"{key}_{choice}.png"))
            for name, prepare in views.shots(key)(window.page()) if states else ():
                await _bring(prepare, f"{key}/{name}")
                taken.append(await _keep(window, folder / f"{key}_{name}_{choice}.png"))
    return taken


async def _bring(prepare: Callable[[], bool | None], what: str, patience_s: float = STATE_S) -> None:
    deadline = asyncio.get_running_loop().time() + patience_s
    while prepare() is False:
        if asyncio.get_running_loop().time() > deadline:
            raise NoPicture(f"{what} did not come about within {patience_s:.0f} s.")
        await asyncio.sleep(0.1)


async def _settled(window: "window.Window") -> "QtGui.QImage":
    """A picture, once nothing is on its way any more and two looks in a row have seen the same."""
    now = asyncio.get_running_loop().time
    seen, began = picture(window), now()
    while now() < began + (ASKED_S if window.services.operations.running() else RESTLESS_S):
        await asyncio.sleep(SETTLE_S)
        looked = picture(window)
        if looked == seen and not _busy(window):
            break
        seen = looked
    return seen


def _busy(window: "window.Window") -> bool:
    """Whether something is on its way, or about to be asked once a short pause is over."""
    from PySide6 import QtCore

    pauses = (timer for timer in window.findChildren(QtCore.QTimer) if timer.isSingleShot())
    soon = any(timer.isActive() and timer.interval() < PAUSE_MS for timer in pauses)
    return soon or bool(window.services.operations.running())


async def _keep(window: "window.Window", path: pathlib.Path) -> pathlib.Path:
    if not (await _settled(window)).save(str(path)):
        raise NoPicture(f"{path} cannot be written: choose another folder.")
    return path


def picture(window: "QtWidgets.QMainWindow") -> "QtGui.QImage":
    """The window with the sheets and panels that lie over it."""
    from PySide6 import QtWidgets

    taken = window.grab()
    for over in QtWidgets.QApplication.topLevelWidgets():
        if over is not window and over.isVisible() and over.parentWidget() is not None:
            over.render(taken, window.mapFromGlobal(over.pos()))
    return taken.toImage()


async def run(
    wish: "app.Wish",
    window: "window.Window",
    folder: pathlib.Path,
    only: Sequence[str] = (),
    *,
    states: bool = True,
) -> int:
    """Reach the server, take the pictures, and end what was started. The exit code."""
    from console import app

    whole = app.App(wish, window)
    life = asyncio.ensure_future(whole.run())
    try:
        await _online(window)
        for path in await shoot(window, folder, only=only, states=states):
            print(path)
    except NoPicture as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        await whole.end()
        await life
    return 0


async def _online(window: "window.Window") -> None:
    def ready() -> bool:
        if window.refusal:
            raise NoPicture(window.refusal)
        return window.is_online

    await _bring(ready, "A connection to the server", REACH_S)


def take(wish: "app.Wish", folder: pathlib.Path, only: Sequence[str] = (), *, states: bool = True) -> int:
    """Make the application and its window, and photograph it; 0 when all pictures were taken."""
    from console import outside, program, window
    from console.services import drafts, settings, told
    from console.widgets import theme

    made = program.application(sys.argv[:1])
    made.setCursorFlashTime(0)  # a caret that blinks is there in one picture and not in the next
    theme.dress(made, "light", motion=False)
    with tempfile.TemporaryDirectory() as own:
        # Settings and drafts of its own: pictures neither show nor change what a person has left.
        kept = settings.Settings(pathlib.Path(own) / "console.json")
        left = drafts.Drafts(pathlib.Path(own) / "drafts")
        said = told.History(pathlib.Path(own) / "notices")
        shown = window.Window(outside.Services(kept=kept, left=left, said=said))
        shown.resize(*SIZE)
        shown.show()
        return program.follow(made, run(wish, shown, folder, only, states=states))


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures; 0 when all were taken."""
    parser = argparse.ArgumentParser(prog="python -m console.shots", description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--server", default="", metavar="URL")
    parser.add_argument("--data", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--token-file", type=pathlib.Path, metavar="FILE")
    parser.add_argument(
        "--only", action="append", default=[], metavar="KEY", help="this view alone; may be repeated"
    )
    asked = parser.parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from console import app  # Qt reads its platform when it is first imported: not before that line

    try:
        asked.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sys.stderr.write(f"{asked.folder} cannot be made: {error.strerror}. Choose another folder.\n")
        return 1
    wish = app.Wish(server=asked.server, data=asked.data, token_file=asked.token_file)
    return take(wish, asked.folder, asked.only)


if __name__ == "__main__":
    sys.exit(main())
