"""Qt without a screen, dressed in the light theme; a person's folders that are empty; patience with a deadline."""

import asyncio
import pathlib
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from PySide6 import QtCore

from console import views
from console.services import api, backend
from console.widgets import theme

if TYPE_CHECKING:
    from PySide6 import QtWidgets

# As the console does before its application exists: mails are shown in Chromium, loaded on first use.
QtCore.QCoreApplication.setAttribute(QtCore.Qt.ApplicationAttribute.AA_ShareOpenGLContexts)

FAR = [sys.executable, "-m", "tests.console.far"]
SAMPLES = pathlib.Path(__file__).parent / "sample_views"

Until = Callable[[Callable[[], object]], Awaitable[None]]


@pytest.fixture(scope="session")
def _dressed(qapp: "QtWidgets.QApplication") -> None:
    qapp.setQuitOnLastWindowClosed(False)
    theme.dress(qapp, "light", motion=False)


@pytest.fixture(autouse=True)
def _stage(_dressed: None, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.delenv("HELIOGRAPH_DATA", raising=False)
    yield
    if theme.active().choice != "light":
        theme.active().wear("light")


@pytest.fixture
def until() -> Until:
    """Wait for a condition; after half a minute it will not come true any more."""

    async def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come true"
            await asyncio.sleep(0.01)

    return wait


@pytest.fixture
def data(tmp_path: pathlib.Path) -> pathlib.Path:
    """A server's data folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def far(data: pathlib.Path) -> backend.Backend:
    """A backend whose server is the far side's process."""
    return backend.Backend(data, command=FAR)


@pytest.fixture
def sample_views(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The two sample views, and no others."""
    monkeypatch.setattr(views, "__path__", [str(SAMPLES)])
    known = [name for name in sys.modules if name.startswith("console.views.")]
    for name in known:
        monkeypatch.delitem(sys.modules, name)
    yield
    for name in [
        name for name in sys.modules if name.startswith(("console.views.first", "console.views.second"))
    ]:
        del sys.modules[name]


async def connected(far: backend.Backend) -> AsyncIterator[api.Api]:
    """An api that reaches the far side; both are ended afterwards."""
    reached = api.Api()
    await far.reach(reached)
    try:
        yield reached
    finally:
        await reached.close()
        await far.stop()
