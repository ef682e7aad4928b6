"""What was typed is there again although the console was killed with the last keystroke."""

import asyncio
import pathlib
import signal
import sys

from console.views.campaigns import page as campaigns_page
from console.views.campaigns.draft import model
from tests.console import conftest
from tests.console.views import sandbox
from tests.console.views.campaigns import typist


async def test_every_key_is_kept_when_the_console_is_killed(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    died = await asyncio.create_subprocess_exec(
        sys.executable, "-m", typist.__name__, sent.server.url, sent.server.token, str(tmp_path)
    )
    assert await died.wait() == -signal.SIGKILL
    async with sandbox.opened(sent.server, tmp_path, "campaigns", draft=model.NEW) as shown:
        page = shown.page()
        assert isinstance(page, campaigns_page.Page)
        assert page.draft.name.text() == typist.NAME
        assert page.draft.work.fields("sms")["body"] == typist.TYPED
        assert page.draft.banner.isVisibleTo(page)
