"""What every program with windows begins with: the application, and Qt's loop as asyncio's."""

import asyncio
import os
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from PySide6 import QtCore, QtWidgets

ResultT = TypeVar("ResultT")


def application(arguments: Sequence[str]) -> QtWidgets.QApplication:
    """Make the QApplication with all that has to be set before and right after."""
    os.environ.setdefault(
        "QT_API", "pyside6"
    )  # pyqtgraph and qasync take the first binding they find otherwise
    # Chromium, which mails are shown in, is loaded on first use and needs this from the start.
    QtCore.QCoreApplication.setAttribute(QtCore.Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    app = QtWidgets.QApplication([*arguments])
    app.setApplicationName("heliograph")
    app.setApplicationDisplayName("Heliograph")
    app.setDesktopFileName("heliograph")
    app.setQuitOnLastWindowClosed(False)  # WORKAROUND: else the loop dies with the window, cleanup unawaited
    return app


def follow(app: QtWidgets.QApplication, life: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run Qt's loop as asyncio's until `life` has ended, and answer what it answered."""
    import qasync  # not before the first paint

    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
        return runner.run(life)
