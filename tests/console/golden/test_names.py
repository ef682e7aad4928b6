"""Whatever takes the keyboard, on every screen and in each of its states, says its name."""

import asyncio
import pathlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from PySide6 import QtCore, QtWidgets
from pytestqt.qtbot import QtBot

from console import app, shots, views, window
from console.widgets import figures
from tests.console.golden import far, world

#: Parts of Qt's own widgets, which speak for them.
INNER = {"qt_spinbox_lineedit", "qt_scrollarea_viewport"}


@asynccontextmanager
async def living(shown: window.Window, url: str, folder: pathlib.Path) -> AsyncIterator[None]:
    """The whole program on the recorded server."""
    token = folder / "token"
    token.touch(0o600)
    token.write_text(far.TOKEN)
    program = app.App(app.Wish(server=url, token_file=token), shown)
    life = asyncio.ensure_future(program.run())
    try:
        yield
    finally:
        await program.end()
        await life


def nameless(shown: window.Window) -> set[str]:
    """What a person reaches with the Tab key and a screen reader has no word for."""
    return {
        f"{type(one).__name__} in {type(one.parentWidget()).__name__}"
        for one in shown.findChildren(QtWidgets.QWidget)
        if one.focusPolicy() & QtCore.Qt.FocusPolicy.TabFocus
        and one.isVisible()
        and one.objectName() not in INNER
        and not one.accessibleName()
    }


async def test_every_widget_that_takes_the_keyboard_has_a_name(qtbot: QtBot, tmp_path: pathlib.Path) -> None:
    figures.set_clock(lambda: world.NOW)
    shown = window.Window(window.Services())
    qtbot.addWidget(shown, before_close_func=lambda one: one.let_close())
    shown.show()
    found: dict[str, set[str]] = {}
    with far.serving() as (url, unanswered):
        async with living(shown, url, tmp_path):
            await shots._online(shown)
            for key in shown.specs:
                shown.navigate(key)
                for name, prepare in [("", lambda: None), *views.shots(key)(shown.page())]:
                    await shots._bring(prepare, f"{key} {name}")
                    if silent := nameless(shown):
                        found[f"{key} {name}".strip()] = silent
        assert unanswered == []
    figures.set_clock(None)
    assert found == {}
