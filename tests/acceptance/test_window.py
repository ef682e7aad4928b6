"""The console as a person meets it: a real window on a screen, driven by keys and read as a screen reader reads it."""

import json
import os
import pathlib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6 import QtGui

from console import views
from console.widgets import theme
from tests.support import screen

FIRST_PAINT_S = 5.0  #: far above what it takes, because tests share the machine
READY_S = 40.0
NAME = "heliograph"  #: as the accessibility bus calls it


@pytest.fixture(scope="module")
def stage() -> Iterator[screen.Screen]:
    # A short path: the accessibility bus has a socket in this folder, and a socket's path may not be long.
    with tempfile.TemporaryDirectory(prefix="hg") as home, screen.shown(pathlib.Path(home)) as made:
        yield made


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """One running console."""

    stage: screen.Screen
    process: "subprocess.Popen[bytes]"
    window: str
    data: pathlib.Path
    painted_s: float

    def press(self, *keys: str) -> None:
        self.stage.do("xdotool", "key", "--clearmodifiers", "--delay", "30", *keys)

    def showing(self) -> list[screen.Node]:
        """What a person could see or hear now."""
        return [node for node in self.stage.read(NAME) if "showing" in node.states]

    def waits_for(self, view: str) -> None:
        """Wait until a view's name is the window's title."""
        wanted = f"{view} — Heliograph"
        screen.until(lambda: self.stage.do("xdotool", "getwindowname", self.window) == wanted, wanted)

    def server(self) -> int:
        """The process id of the server it started."""
        found: int = json.loads((self.data / "server.json").read_bytes())["pid"]
        return found


@pytest.fixture
def console(stage: screen.Screen, tmp_path: pathlib.Path) -> Iterator[Console]:
    data = tmp_path / "data"
    began = time.monotonic()
    process = stage.start(*screen.console("--data", str(data), "--theme", "light"))
    [window] = screen.until(lambda: stage.windows("Heliograph$"), "the window")
    screen.until(lambda: theme.LIGHT.side in colours(stage, window, tmp_path), "the first paint")
    painted_s = time.monotonic() - began
    try:
        yield Console(stage=stage, process=process, window=window, data=data, painted_s=painted_s)
    finally:
        process.terminate()
        process.wait(READY_S)


def colours(stage: screen.Screen, window: str, folder: pathlib.Path) -> set[str]:
    """The colours of every fourth pixel of a window, as #RRGGBB."""
    stage.do("import", "-silent", "-window", window, str(folder / "window.png"))
    image = QtGui.QImage(str(folder / "window.png"))
    return {
        image.pixelColor(x, y).name().upper()
        for x in range(0, image.width(), 4)
        for y in range(0, image.height(), 4)
    }


def online(console: Console) -> None:
    """Wait until its server is ready, and give it the keyboard."""
    words = "Connection: Connected"
    screen.until(lambda: any(node.name == words for node in console.showing()), "the server", READY_S)
    console.stage.do("xdotool", "windowactivate", "--sync", console.window)


def nameless(nodes: list[screen.Node]) -> list[str]:
    """What takes the keyboard and would be read out as nothing."""
    silent = [node for node in nodes if "focusable" in node.states and not node.name]
    return [f"{node.role} at depth {node.depth}" for node in silent]


def test_the_keyboard_reaches_every_view_and_all_of_it_has_names(console: Console) -> None:
    assert console.painted_s < FIRST_PAINT_S
    online(console)
    for spec in reversed(views.specs()):
        console.press("Escape", "g", spec.jump.lower())
        console.waits_for(spec.title)
        nodes = console.showing()
        entries = [node for node in nodes if node.role == "list item"]
        assert {one.title for one in views.specs()} <= {entry.name.partition(",")[0] for entry in entries}
        assert next(entry for entry in entries if "selected" in entry.states).name.startswith(spec.title)
        assert nameless(nodes) == [], spec.title


def test_closing_the_window_ends_the_console_and_its_server(console: Console) -> None:
    online(console)
    server = console.server()
    assert alive(server)
    console.press("alt+F4")
    assert console.process.wait(READY_S) == 0
    assert not alive(server)
    assert left_on(console.data) == []


def alive(pid: int) -> bool:
    return pathlib.Path(f"/proc/{pid}").exists()


def left_on(data: pathlib.Path) -> list[str]:
    """The command lines of processes that still work on a data folder."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:  # it ended while we looked
                continue
            if str(data) in words:
                found.append(words)
    return found
