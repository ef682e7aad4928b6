"""The console as a program: paint the shell, then reach a server, then follow it until the window closes."""

import argparse
import asyncio
import logging
import os
import pathlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from PySide6 import QtCore, QtGui

from console import crashes, frame, framing, outside, program, views, zooming
from console import window as windows
from console.services import backend, errors, links, places, settings, tokens, watchdog
from console.widgets import buttons, dialogs, fields, text, theme
from server.wire import server

log = logging.getLogger(__name__)

OVERVIEW_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for on the command line."""

    server: str = ""  #: a server elsewhere; empty for one on this machine
    data: pathlib.Path | None = None
    token_file: pathlib.Path | None = None
    theme: str = ""
    view: str = ""
    gallery: bool = False
    link: str = ""  #: heliograph://… to follow once there is a server


def parse(arguments: Sequence[str]) -> Wish:
    """Read the command line; ends the program with a sentence where it is wrong."""
    parser = argparse.ArgumentParser(
        prog="heliograph-console", description="The operator's desk of Heliograph."
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--server", default="", metavar="URL", help="a server that runs already, on any machine"
    )
    where.add_argument(
        "--data", type=pathlib.Path, metavar="DIR", help="data folder of the server to use or start"
    )
    parser.add_argument("--token-file", type=pathlib.Path, metavar="FILE", help="token for --server")
    parser.add_argument("--theme", choices=("light", "dark", "system"), default="")
    parser.add_argument("--view", default="", metavar="KEY", help="the view to open first, such as campaigns")
    parser.add_argument("--gallery", action="store_true", help="show every widget instead, for designers")
    parser.add_argument("link", nargs="?", default="", metavar="LINK", help="a heliograph:// link to open")
    asked = parser.parse_args(arguments)
    if asked.link:
        try:
            links.read(asked.link)
        except errors.Problem as problem:
            parser.error(str(problem))
    parts = urlsplit(asked.server)
    if asked.server and (parts.scheme not in ("http", "https") or not parts.hostname):
        parser.error(f"--server {asked.server!r} is no address: write it as https://host:port")
    return Wish(**vars(asked))


class App:
    """Ties window, services and server together, from the first paint to the last byte."""

    def __init__(self, wish: Wish, window: windows.Window) -> None:
        self._wish, self._company = wish, window.company
        self._services = window.services
        self._backend: backend.Backend | None = None
        self._over = asyncio.Event()
        self._has_restored = False  #: the windows that stood beside the first, once there is a server
        self._watch = errors.Watch(self._on_unforeseen)
        self._watchdog = watchdog.Watchdog()

    async def run(self) -> None:
        """Live until the window has closed."""
        self._watch.install(asyncio.get_running_loop())
        self._watchdog.start()
        self._company.close_asked.connect(self._on_close_asked)
        self._company.retry_asked.connect(self._reach)
        if self._wish.view:
            self._window.navigate(self._wish.view)
        self._window.wanted_link = self._wish.link
        self._reach()
        try:
            await self._over.wait()
        finally:
            await self._services.live.stop()
            await self._services.operations.close()
            await self._services.api.close()
            self._watchdog.stop()
            self._watch.remove()
            self._company.close_all()

    async def end(self, *, leave: bool = False) -> None:
        """Close without asking anybody, as when pictures have been taken."""
        await self._stop(leave=leave)
        self._over.set()

    def _reach(self) -> None:
        self._services.operations.start(
            "app:reach", self._connect, done=lambda _none: self._on_reached(), failed=self._on_unreached
        )

    @property
    def _window(self) -> frame.Frame:
        """The window that questions are asked in."""
        return self._company.front

    def _on_reached(self) -> None:
        for window in [*self._company.windows]:
            window.online()
        if not self._has_restored:
            self._has_restored = True
            self._company.restore()
            self._services.operations.start(
                "app:warm", lambda: asyncio.to_thread(views.warm), failed=lambda _problem: None
            )
            crashes.offer(self._window)

    def _say(self, words: str) -> None:
        for window in self._company.windows:
            window.waiting(words)

    async def _connect(self) -> None:
        if self._wish.server:
            await self._connect_elsewhere()
        else:
            if self._backend is None:
                self._backend = backend.Backend(self._wish.data or places.data())
            await self._backend.reach(self._services.api, self._say)
        await self._services.session.load(self._services.api)
        await self._services.live.stop()  # one that waits for a server that is gone would wait too long
        self._services.live.start()

    async def _connect_elsewhere(self) -> None:
        url = self._wish.server
        self._say(f"Connecting to {url}")
        file = self._wish.token_file or os.environ.get("HELIOGRAPH_TOKEN_FILE", "")
        token = backend.read_token(pathlib.Path(file)) if file else await tokens.find(url)
        if not token:
            token = await self._ask_token(url)
        await self._services.api.connect(url, token)

    async def _ask_token(self, url: str) -> str:
        given: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        sheet = dialogs.Sheet(
            self._window,
            "A token is needed",
            f"{url} lets nobody in without its token. It lies in the server's data folder, in the file “token”.",
        )
        field = fields.SecretField("Token", required=True)
        go = buttons.primary("Connect")

        def on_go() -> None:
            if field.value():
                _settle(given, field.value())
                sheet.accept()

        go.clicked.connect(on_go)
        sheet.finished.connect(lambda _code: _settle(given, ""))
        sheet.add(field)
        sheet.add(text.muted("It is kept in this system's keyring, if there is one.", wrap=True))
        sheet.add_button(go)
        sheet.open()
        field.setFocus()
        token = await given
        if not token:
            raise errors.Problem("No token was given.", "Try again, or start the console with --token-file.")
        await tokens.keep(url, token)
        return token

    def _on_unreached(self, problem: errors.Problem) -> None:
        for window in self._company.windows:
            window.refused(problem)

    def _on_unforeseen(self, words: str, report: pathlib.Path | None) -> None:
        if report is None:
            self._window.toast(words, tone="bad")
            return
        address = QtCore.QUrl.fromLocalFile(str(report))
        self._window.toast(
            words,
            tone="bad",
            action="Show the report",
            clicked=lambda: _drop(QtGui.QDesktopServices.openUrl(address)),
        )

    def _on_close_asked(self) -> None:
        self._company.keep()
        if self._backend is None or not self._backend.ours:
            self._over.set()
            return
        self._services.operations.start(
            "app:live",
            self._live_campaigns,
            done=self._choose_end,
            failed=lambda _problem: self._end(leave=False),
        )

    async def _live_campaigns(self) -> int:
        call = self._services.api.call(server.OVERVIEW)
        try:
            return len((await asyncio.wait_for(call, OVERVIEW_S)).live)
        except TimeoutError:
            return 0

    def _choose_end(self, live: int) -> None:
        if not live:
            self._end(leave=False)
            return
        subject = "1 campaign is" if live == 1 else f"{live} campaigns are"
        sheet = dialogs.Sheet(
            self._window,
            f"{subject} still running",
            "The server can go on without this window. If it stops, it finishes what is in flight, keeps the rest, "
            "and goes on when it is started again.",
            width=500,
        )

        def end(*, leave: bool) -> None:
            sheet.accept()
            self._end(leave=leave)

        sheet.add_button(buttons.plain("Stop the server", lambda: end(leave=False)))
        sheet.add_button(buttons.primary("Leave it running", lambda: end(leave=True)))
        sheet.open()

    def _end(self, *, leave: bool) -> None:
        self._services.operations.start(
            "app:end", lambda: self._stop(leave=leave), done=lambda _none: self._over.set(), label="Closing"
        )

    async def _stop(self, *, leave: bool) -> None:
        self._say("Leaving the server running" if leave else "The server finishes what is in flight")
        await self._services.live.stop()
        if self._backend is not None:
            await self._backend.stop(leave=leave)


def _settle(future: "asyncio.Future[str]", value: str) -> None:
    if not future.done():
        future.set_result(value)


def _drop(_answer: object) -> None:
    """For callbacks whose answer nobody needs."""


def home(wish: Wish) -> str:
    """Which server a wish leads to, for what is remembered of each."""
    return wish.server.rstrip("/") or str((wish.data or places.data()).expanduser().resolve())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the console; the exit code is 0 when the window was closed."""
    wish = parse(sys.argv[1:] if arguments is None else arguments)
    zooming.begin(settings.Settings().get(framing.ZOOM, 1.0))
    app = program.application(sys.argv[:1])
    if wish.gallery:
        from console import gallery  # designers only

        return gallery.show(app, wish.theme or "light")
    services = outside.Services(home=home(wish))
    theme.dress(app, wish.theme or services.settings.get("theme", "system"))  # type: ignore[arg-type]
    theme.active().set_compact(services.settings.get("compact", False))
    window = windows.Window(services)
    window.waiting("Looking for a server")
    window.show()
    window.repaint()  # the shell is on screen before anything dear is imported

    program.follow(app, App(wish, window).run())
    return 0
