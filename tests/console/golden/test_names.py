"""Whatever a person can use or read, on every screen and in each of its states, has a name and a fitting role."""

import asyncio
import pathlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from PySide6 import QtCore, QtGui, QtWidgets
from pytestqt.qtbot import QtBot

from console import app, outside, shots, views, window
from console.widgets import accessible, figures
from tests.console.golden import far, world

Words = dict[QtWidgets.QWidget, str]

INNER = {"qt_spinbox_lineedit", "qt_scrollarea_viewport"}

_R = QtGui.QAccessible.Role
#: What a screen reader calls a box that holds other things: nothing that is used, and nothing that is read.
MERE_BOXES = {_R.NoRole, _R.Client, _R.Border, _R.Pane, _R.Grouping, _R.LayeredPane, _R.Indicator}

#: Opened over whatever is on screen.
OVERLAYS = ("palette", "notices", "workspace", "policy", "stop", "keys")


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


@contextmanager
def reading(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Words, set[str]]]:
    """Who paints which words, once it has been painted; and what said what it is only after it was shown.

    A screen reader keeps what it was told first.
    """
    painted: Words = {}
    late: set[str] = set()
    draw, be = QtGui.QPainter.drawText, accessible.be

    def draw_text(painter: QtGui.QPainter, *args: Any) -> Any:
        words = next((one for one in args if isinstance(one, str)), "").strip()
        device = painter.device()
        if words and isinstance(device, QtWidgets.QWidget):
            painted[device] = words
        return draw(painter, *args)

    def told(widget: QtWidgets.QWidget, role: accessible.Role) -> None:
        if widget.isVisible() and widget.property(accessible.ROLE) is None:
            late.add(f"{type(widget).__name__} said only when it was shown already that it is a {role.name}")
        be(widget, role)

    monkeypatch.setattr(QtGui.QPainter, "drawText", draw_text)
    monkeypatch.setattr(accessible, "be", told)
    yield painted, late


def visible() -> list[QtWidgets.QWidget]:
    """Every widget on screen, of every window."""
    tops = [one for one in QtWidgets.QApplication.topLevelWidgets() if one.isVisible()]
    below = [one for top in tops for one in (top, *top.findChildren(QtWidgets.QWidget))]
    return [one for one in below if one.isVisible() and not is_inner(one)]


def is_inner(one: QtWidgets.QWidget) -> bool:
    """Whether it is a part of one of Qt's own widgets, or the page that Chromium reads out itself."""
    parent = one.parentWidget()
    in_page = parent is not None and parent.inherits("QWebEngineView")
    return one.objectName() in INNER or in_page


def takes_clicks(one: QtWidgets.QWidget) -> bool:
    """Whether it is of a kind of ours that answers the mouse, and lets a person know it."""
    hand = one.cursor().shape() is QtCore.Qt.CursorShape.PointingHandCursor
    kinds = [kind for kind in type(one).__mro__ if kind.__module__.startswith("console")]
    return hand and any({"mousePressEvent", "mouseReleaseEvent"} & {*vars(kind)} for kind in kinds)


def silent(painted: Words) -> set[str]:
    """What can be used or read, and a screen reader would call nothing, or a mere box."""
    found = set()
    for one in visible():
        is_used = bool(one.focusPolicy() & QtCore.Qt.FocusPolicy.TabFocus) or takes_clicks(one)
        is_read = one in painted and not isinstance(one.parentWidget(), QtWidgets.QAbstractItemView)
        if not is_used and not is_read:
            continue
        met = QtGui.QAccessible.queryAccessibleInterface(one)
        name = met.text(QtGui.QAccessible.Text.Name)
        if not name or met.role() in MERE_BOXES:
            parent = type(one.parentWidget()).__name__
            words = f", which says “{painted[one]}”," if one in painted else ""
            found.add(f"{type(one).__name__} in {parent}{words} is {met.role().name} {name!r}")
    return found


async def states(shown: window.Window, key: str, *, every: bool) -> AsyncIterator[str]:
    """Bring one screen, with `every` in all its states, and leave whatever opened over it."""
    shown.navigate(key)
    await shots._settled(shown)  # a page knows its states once it has its rows
    more = views.shots(key)(shown.page()) if every else []
    for name, prepare in [("", lambda: None), *more]:
        await shots._bring(prepare, f"{key} {name}")
        yield f"{key} {name}".strip()


async def overlays(shown: window.Window) -> AsyncIterator[str]:
    """Bring what opens over any screen, one after the other."""
    for key in OVERLAYS:
        shown.commands.run(key)
        yield key
        for top in QtWidgets.QApplication.topLevelWidgets():
            if top.isVisible() and top is not shown:
                top.close()


KEYS = [spec.key for spec in views.specs()]
CASES = [
    *(("recorded", key) for key in KEYS),
    *((chosen, key) for chosen in ("nothing", "refused") for key in KEYS),
    ("recorded", ""),
]


@pytest.mark.parametrize("chosen,key", CASES)
async def test_what_is_used_or_read_has_a_name_and_a_role(
    chosen: str,
    key: str,
    qtbot: QtBot,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figures.set_clock(lambda: world.NOW)
    monkeypatch.setattr(shots, "SETTLE_S", 0.04)
    found: dict[str, set[str]] = {}
    with far.serving(chosen) as (url, unanswered), reading(monkeypatch) as (painted, late):
        shown = window.Window(outside.Services())
        qtbot.addWidget(shown, before_close_func=lambda one: one.let_close())
        shown.resize(*shots.SIZE)
        shown.show()
        async with living(shown, url, tmp_path):
            await shots._online(shown)
            brought = states(shown, key, every=chosen == "recorded") if key else overlays(shown)
            async for state in brought:
                await shots._settled(shown)
                if met := silent(painted):
                    found[state] = met
        assert unanswered == []
    figures.set_clock(None)
    assert found == {}
    assert late == set()
