"""The window: its shell before there is a server, its views after, and its end."""

import asyncio
import pathlib
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from PySide6 import QtCore, QtTest, QtWidgets
from pytestqt.qtbot import QtBot

from console import app, outside, shots, views, window
from console.services import backend, errors
from console.widgets import buttons, dialogs, text, theme
from tests.console import conftest

pytestmark = pytest.mark.usefixtures("sample_views")


@pytest.fixture
def shown(qtbot: QtBot) -> window.Window:
    made = window.Window(outside.Services())
    qtbot.addWidget(made, before_close_func=lambda one: one.let_close())
    made.show()
    return made


@asynccontextmanager
async def living(shown: window.Window, data: pathlib.Path) -> AsyncIterator[app.App]:
    """The whole program on the far side's server, ended afterwards."""
    program = app.App(app.Wish(data=data), shown)
    program._backend = backend.Backend(data, command=conftest.FAR)
    life = asyncio.ensure_future(program.run())
    try:
        yield program
    finally:
        if not life.done():
            await program.end()
        await life


def page(shown: window.Window) -> object:
    """The page on screen."""
    return shown.page()


def test_views_are_found_by_walking() -> None:
    assert [spec.key for spec in views.specs()] == ["first", "second"]


def test_the_shell_stands_before_there_is_a_server(shown: window.Window) -> None:
    shown.waiting("Starting the server")
    shown.navigate("second", find="ana")
    assert shown.windowTitle() == "Second — Heliograph"
    assert shown.top.title.text() == "Second"
    assert page(shown) is not None


def test_nothing_dear_is_imported_before_the_first_paint() -> None:
    code = (
        "import os, sys; os.environ['QT_QPA_PLATFORM'] = 'offscreen'\n"
        "from console import outside, program, window\nfrom console.widgets import theme\n"
        "a = program.application(['x']); theme.dress(a, 'light')\n"
        "w = window.Window(outside.Services()); w.show(); w.repaint()\n"
        "dear = {'httpx', 'numpy', 'pyqtgraph', 'keyring', 'sqlalchemy', 'litestar'}\n"
        "print(sorted(dear & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_the_first_paint_takes_less_than_a_second() -> None:
    """CPU time of the whole process, imports and all; it is about 0.4 s, and others may run beside it."""
    code = (
        "import os, time; os.environ['QT_QPA_PLATFORM'] = 'offscreen'\n"
        "from console import outside, program, window\nfrom console.widgets import theme\n"
        "a = program.application(['x']); theme.dress(a, 'light')\n"
        "w = window.Window(outside.Services()); w.waiting('x'); w.show(); w.repaint()\n"
        "print(time.process_time())"
    )
    took = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(2)
    ]
    assert min(took) < 1.0


async def test_what_was_asked_for_is_shown_once_there_is_a_server(
    shown: window.Window, data: pathlib.Path, until: conftest.Until
) -> None:
    shown.navigate("second", find="ana")
    async with living(shown, data):
        await until(lambda: shown.is_online)
        assert page(shown).visits == [{"find": "ana"}]  # type: ignore[attr-defined]
        assert shown._frame._environment == "sandbox"
        await until(lambda: shown.top.badge.accessibleName() == "1")
        shown.navigate("first")
        second = shown._pages["second"]
        assert second.left == 1  # type: ignore[attr-defined]
        shown.back()
        assert page(shown) is second
        assert second.visits == [{"find": "ana"}, {"find": "ana"}]  # type: ignore[attr-defined]
    assert (data / "ended").read_text() == "asked to end"


async def test_the_keyboard_reaches_every_view_and_the_search(
    shown: window.Window, data: pathlib.Path, until: conftest.Until
) -> None:
    async with living(shown, data):
        await until(lambda: shown.is_online)
        shown.activateWindow()
        await until(shown.isActiveWindow)
        QtTest.QTest.keyClicks(shown, "gs")
        assert shown.current == "second"
        QtTest.QTest.keyClick(shown, QtCore.Qt.Key.Key_K, QtCore.Qt.KeyboardModifier.ControlModifier)
        over = shown.palette_over.finder
        assert over is not None
        await until(over.line.hasFocus)
        QtTest.QTest.keyClicks(over.line, "gf")
        assert shown.current == "second"
        QtTest.QTest.keyClick(over.line, QtCore.Qt.Key.Key_Escape)
        QtTest.QTest.keyClick(shown, QtCore.Qt.Key.Key_Left, QtCore.Qt.KeyboardModifier.AltModifier)


async def test_the_question_mark_shows_every_shortcut(
    shown: window.Window, data: pathlib.Path, until: conftest.Until
) -> None:
    async with living(shown, data):
        await until(lambda: shown.is_online)
        shown.activateWindow()
        await until(shown.isActiveWindow)
        QtTest.QTest.keyClicks(shown, "?")
        sheet = shown.findChildren(dialogs.Sheet)[0]
        assert {"Find anything, do anything", "First", "Second"} <= {
            label.text() for label in sheet.findChildren(text.Label)
        }
        sheet.reject()


async def test_what_an_earlier_window_left_unsaved_is_offered(
    qtbot: QtBot, data: pathlib.Path, until: conftest.Until
) -> None:
    services = outside.Services()
    services.drafts.keep("second", "9", {"name": "Of another workspace"})
    services.drafts.place = "abc234-1"
    services.drafts.keep("second", "7", {"name": "Spring"})
    services.drafts.save()
    shown = window.Window(outside.Services())
    qtbot.addWidget(shown, before_close_func=lambda one: one.let_close())
    shown.show()
    async with living(shown, data):
        await until(lambda: shown.toasts._shown)
        assert len(shown.toasts._shown) == 1
        shown.toasts._shown[0].findChildren(buttons.Button)[0].click()
        assert page(shown).visits == [{"draft": "7"}]  # type: ignore[attr-defined]


async def test_an_alarm_leads_to_the_view_that_helps(
    shown: window.Window, data: pathlib.Path, until: conftest.Until
) -> None:
    async with living(shown, data):
        await until(lambda: shown.bell.alarms)
        shown.follow(shown.bell.alarms[0].link)
        assert shown.current == "second"
        assert page(shown).visits[-1] == {"subject": "3"}  # type: ignore[attr-defined]


async def test_a_server_that_cannot_start_says_why_and_is_tried_again(
    shown: window.Window, data: pathlib.Path, until: conftest.Until
) -> None:
    (data / "refuse").write_text("Others can read the data folder. Type: chmod 700 it")
    async with living(shown, data):
        await until(lambda: shown.refusal)
        assert "Type: chmod 700 it" in shown.refusal
        (data / "refuse").unlink()
        again = next(
            one for one in shown.page().findChildren(buttons.Button) if one.accessibleName() == "Try again"
        )
        again.click()
        await until(lambda: shown.is_online)


async def test_a_lost_feed_is_an_alarm_only_when_it_stays_lost(
    shown: window.Window, data: pathlib.Path, monkeypatch: pytest.MonkeyPatch, until: conftest.Until
) -> None:
    (data / "hold").touch()
    async with living(shown, data) as program:
        await until(lambda: shown.services.live.state == "connected")
        shown.attending.outage.setInterval(50)
        assert shown._banner_row.isHidden()
        assert program._backend is not None
        await program._backend.stop()
        await until(lambda: not shown._banner_row.isHidden())
        (data / "server.json").unlink()
        shown.banner.acted.emit()
        await until(lambda: shown._banner_row.isHidden() and shown.is_online)
        (data / "hold").unlink()


async def test_closing_asks_the_server_to_finish_and_remembers_the_place(
    shown: window.Window, data: pathlib.Path, until: conftest.Until
) -> None:
    program = app.App(app.Wish(data=data, view="second"), shown)
    program._backend = backend.Backend(data, command=conftest.FAR)
    life = asyncio.ensure_future(program.run())
    await until(lambda: shown.is_online)
    shown.close()
    await life
    assert not shown.isVisible()
    assert (data / "ended").read_text() == "asked to end"
    assert outside.Services().settings.get("window.view", "") == "second"


def test_an_unforeseen_failure_of_an_operation_is_a_toast(shown: window.Window) -> None:
    shown.services.operations.failed.emit("x", errors.Problem("It broke.", "Try again."))
    assert shown.toasts._shown[-1].words == "It broke. Try again."


def test_the_theme_that_was_chosen_is_kept(shown: window.Window) -> None:
    shown.top.theme.click()
    assert theme.tokens().name == "dark"
    assert shown.services.settings.get("theme", "") == "dark"
    assert shown.top.theme.accessibleName() == "Switch to the light theme"


def test_every_widget_that_takes_the_keyboard_has_a_name(shown: window.Window) -> None:
    nameless = [
        f"{type(one).__name__} {one.objectName()}"
        for one in shown.findChildren(QtWidgets.QWidget)
        if one.focusPolicy() & QtCore.Qt.FocusPolicy.TabFocus and not (one.accessibleName() or one.isHidden())
    ]
    assert nameless == []


async def test_pictures_are_taken_of_every_view_in_both_themes(
    shown: window.Window, data: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shots, "SETTLE_S", 0.02)
    async with living(shown, data):
        await shots._online(shown)
        taken = await shots.shoot(shown, tmp_path)
    names = [path.name for path in taken]
    assert names == [
        f"{view}{state}_{choice}.png"
        for choice in ("light", "dark")
        for view in ("first", "second")
        for state in ("", "_visited")
    ]
    assert all(path.stat().st_size > 5000 for path in taken)


def test_pictures_that_cannot_be_kept_are_a_sentence(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert shots.main([str(tmp_path / "file" / "pictures")]) == 1
    assert capsys.readouterr().err.endswith("cannot be made: Not a directory. Choose another folder.\n")


@pytest.mark.parametrize(
    "words", [["--server", "nonsense"], ["--server", "http://a", "--data", "b"], ["--theme", "x"]]
)
def test_a_wrong_command_line_is_a_sentence(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        app.parse(words)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err
