"""A console in a process of its own, told URL, TOKEN and FOLDER, that is killed with the last keystroke."""

import asyncio
import os
import pathlib
import signal
import sys
import time
from types import SimpleNamespace
from typing import Any, cast

import qasync
from PySide6 import QtTest, QtWidgets

from console.views.campaigns import page as campaigns_page
from tests.console.views import sandbox
from tests.console.views.campaigns import test_draft

TYPED = "Never saved by hand"
PATIENCE_S = 30.0
NAME = "Written before the crash"


async def type_and_die(url: str, token: str, folder: pathlib.Path) -> None:
    """Open a new draft, type its name and a text, and be gone in the same turn."""
    server = cast(Any, SimpleNamespace(url=url, token=token))
    async with sandbox.opened(server, folder, "campaigns", new=True) as shown:
        page = shown.page()
        assert isinstance(page, campaigns_page.Page)
        draft = page.draft
        draft.content.go("rcs")
        draft.content.switch(on=True)  # nothing is written there yet: the server would not take it
        draft.content.go("sms")
        draft.content.switch(on=True)
        draft.name.selectAll()
        QtTest.QTest.keyClicks(draft.name, NAME)
        body = test_draft.field(draft, "sms", "body").field.control
        body.setFocus()
        QtTest.QTest.keyClicks(body, TYPED[:-1])
        deadline = time.monotonic() + PATIENCE_S
        while shown.desk.drafts.is_busy:  # they pause; then one key more, and the end
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        QtTest.QTest.keyClicks(body, TYPED[-1])
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Do as told."""
    url, token, folder = sys.argv[1:]
    app = QtWidgets.QApplication([])
    loop = qasync.QEventLoop(app)
    with loop:
        loop.run_until_complete(type_and_die(url, token, pathlib.Path(folder)))


if __name__ == "__main__":
    main()
