"""A PNG of every view in both themes: `python -m console.shots DIR [--data DIR | --server URL]`, without a screen."""

import argparse
import asyncio
import contextlib
import os
import pathlib
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from console import views

if TYPE_CHECKING:
    from PySide6 import QtWidgets

    from console import window

SIZE = (1440, 900)
REACH_S, SETTLE_S, STATE_S = 90.0, 0.4, 8.0
THEMES = ("light", "dark")


class NoPicture(Exception):
    """A picture could not be taken; the sentence says which and why."""


async def shoot(
    window: "window.Window", folder: pathlib.Path, *, only: Sequence[str] = ()
) -> list[pathlib.Path]:
    """Photograph every view and each of its states, light and dark. Raises NoPicture."""
    taken = []
    for key in only or window.specs:
        window.navigate(key)
        await _settle(window)
        taken += await _both(window, folder / key)
        for name, prepare in views.shots(key)(window.page()):
            await _bring(prepare, f"{key}/{name}")
            await _settle(window)
            taken += await _both(window, folder / f"{key}_{name}")
    return taken


async def _bring(prepare: Callable[[], bool | None], what: str, patience_s: float = STATE_S) -> None:
    deadline = asyncio.get_running_loop().time() + patience_s
    while prepare() is False:
        if asyncio.get_running_loop().time() > deadline:
            raise NoPicture(f"{what} did not come about within {patience_s:.0f} s.")
        await asyncio.sleep(0.1)


async def _settle(window: "window.Window") -> None:
    """Wait until nothing is on its way any more, then a moment for the painting."""
    await asyncio.sleep(SETTLE_S)
    with contextlib.suppress(NoPicture):  # what never ends is photographed as it is
        await _bring(lambda: not window.services.operations.running(), "Quiet")
    await asyncio.sleep(SETTLE_S)


async def _both(window: "window.Window", stem: pathlib.Path) -> list[pathlib.Path]:
    from console.widgets import theme

    taken = []
    for choice in THEMES:
        theme.active().wear(choice)  # type: ignore[arg-type]
        await asyncio.sleep(0.1)
        path = stem.with_name(f"{stem.name}_{choice}.png")
        if not picture(window).save(str(path)):
            raise NoPicture(f"{path} cannot be written: choose another folder.")
        taken.append(path)
    return taken


def picture(window: "QtWidgets.QMainWindow") -> Any:
    """The window with the sheets and panels that lie over it."""
    from PySide6 import QtWidgets

    taken = window.grab()
    for over in QtWidgets.QApplication.topLevelWidgets():
        if over is not window and over.isVisible() and over.parentWidget() is not None:
            over.render(taken, window.mapFromGlobal(over.pos()))
    return taken


async def run(wish: Any, window: "window.Window", folder: pathlib.Path, only: Sequence[str]) -> int:
    """Reach the server, take the pictures, and end what was started. The exit code."""
    from console import app

    whole = app.App(wish, window)
    life = asyncio.ensure_future(whole.run())
    try:
        await _online(window)
        for path in await shoot(window, folder, only=only):
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
    # Qt reads its platform when it is first imported, so everything that imports it comes after that line.
    from console import app as program
    from console import window
    from console.services import drafts, settings
    from console.widgets import theme

    asked.folder.mkdir(parents=True, exist_ok=True)
    app = program.application(sys.argv[:1])
    theme.dress(app, "light", motion=False)
    with tempfile.TemporaryDirectory() as own:
        # Settings and drafts of its own: pictures neither show nor change what a person has left.
        kept = settings.Settings(pathlib.Path(own) / "console.json")
        left = drafts.Drafts(pathlib.Path(own) / "drafts")
        shown = window.Window(window.Services(kept=kept, left=left))
        shown.resize(*SIZE)
        shown.show()

        wish = program.Wish(server=asked.server, data=asked.data, token_file=asked.token_file)
        return program.follow(app, run(wish, shown, asked.folder, asked.only))


if __name__ == "__main__":
    sys.exit(main())
