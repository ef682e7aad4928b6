"""Set the stage for every test: Qt without a screen, and a loop for those that await."""

import asyncio
import inspect
import os
import pathlib
from collections.abc import Coroutine, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import uvloop

if TYPE_CHECKING:
    import qasync
    from PySide6 import QtWidgets

# Qt reads these once, when it is first imported.
os.environ["QT_API"] = "pyside6"
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if hasattr(os, "geteuid") and os.geteuid() == 0:
    os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")  # Chromium's sandbox refuses to start as root

CONSOLE = pathlib.Path(__file__).parent / "console"
PATIENCE_S = 60.0


@pytest.fixture(scope="session")
def qloop(qapp: "QtWidgets.QApplication") -> Iterator["qasync.QEventLoop"]:
    """The one Qt loop on which every coroutine test of the console runs."""
    import qasync

    with qasync.QEventLoop(qapp) as loop:
        yield loop


def run_on(loop: "qasync.QEventLoop", test: Coroutine[Any, Any, None]) -> None:
    """Run `test`, then end whatever it left running: the next test finds the loop as this one did."""
    try:
        loop.run_until_complete(test)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give the Qt loop to coroutine tests that need it: all of the console's, and those that ask for Qt."""
    if not (isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj)):
        return
    if CONSOLE in item.path.parents or "qapp" in item.fixturenames:
        item.fixturenames.append("qloop")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test to its end, on Qt's loop if it has one, else on a fresh uvloop."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    test = pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names})
    patient = asyncio.wait_for(test, PATIENCE_S)
    if loop := pyfuncitem.funcargs.get("qloop"):
        run_on(loop, patient)
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(patient)
    return True
