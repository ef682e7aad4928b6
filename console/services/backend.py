"""The server this console talks to: one that runs already on the data folder, else one it starts itself."""

import asyncio
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import msgspec

from console.services import api, errors, places
from server.wire import server

SPEAK_S = 60.0  #: how long a server may take to say where it listens
READY_S = 60.0  #: how long it may take to become ready after that
DRAIN_S = 75.0  #: senders, api and twins end one after the other, each with twenty seconds to finish
POLL_S = 0.15

Say = Callable[[str], None]


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """What a server writes as its one line, and keeps in `server.json` beside its data."""

    port: int
    url: str = ""
    token_file: str = ""
    pid: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """How to reach a server."""

    url: str
    token: str

    def __repr__(self) -> str:
        return f"Address(url={self.url!r}, token=…)"


class Backend:
    """Finds, starts, awaits and stops the server of one data folder."""

    def __init__(self, data: pathlib.Path, *, command: Sequence[str] = ()) -> None:
        self.data = data
        self._command = [*(command or _command()), "serve", "--data", str(data), "--parent-pipe"]
        self._process: subprocess.Popen[bytes] | None = None
        self._log = places.config() / "server-start.log"

    @property
    def ours(self) -> bool:
        """Whether this console started the server, and it still runs."""
        return self._process is not None and self._process.poll() is None

    async def reach(self, reached: api.Api, say: Say = lambda _words: None) -> Address:
        """Connect `reached` to a server that is ready. Raises errors.Problem that says what stands in the way."""
        address = self.find()
        if address is not None:
            say("Connecting to the server that runs here")
            await reached.connect(address.url, address.token)
            try:
                await reached.call(server.HEALTH)
            except errors.Problem as problem:
                if not problem.offline:
                    raise
                address = None  # the file was left by a server that did not end well
        if address is None:
            say("Starting the server")
            address = await self.start()
            await reached.connect(address.url, address.token)
        await self.ready(reached, say)
        return address

    def find(self) -> Address | None:
        """The server that says it runs on this data folder; it may have died since."""
        try:
            spoken = msgspec.json.decode((self.data / "server.json").read_bytes(), type=Spoken)
        except (OSError, msgspec.MsgspecError):
            return None
        if spoken.pid and not _alive(spoken.pid):
            return None
        return self._address(spoken)

    async def start(self) -> Address:
        """Start a server and hear where it listens. Raises errors.Problem with its own words if it does not."""
        if self._process is not None:
            _close(self._process)
        self._log.parent.mkdir(parents=True, exist_ok=True, mode=places.PRIVATE_FOLDER)
        with self._log.open("wb") as words:
            try:
                self._process = await asyncio.to_thread(self._spawn, words)
            except OSError as error:
                raise errors.Problem(
                    f"The server could not be started: {error.strerror or error}.",
                    "Install Heliograph again, or start `heliograph serve` by hand.",
                ) from error
        line = await self._first_line(self._process)
        try:
            return self._address(msgspec.json.decode(line, type=Spoken))
        except msgspec.MsgspecError:
            await self.stop()
            raise errors.Problem(*self._last_words()) from None

    def _spawn(self, words: BinaryIO) -> "subprocess.Popen[bytes]":
        # A session of its own: Ctrl+C in a terminal reaches the console alone, which then asks for a drain.
        pipe = subprocess.PIPE
        return subprocess.Popen(self._command, stdin=pipe, stdout=pipe, stderr=words, start_new_session=True)

    async def ready(self, reached: api.Api, say: Say = lambda _words: None) -> None:
        """Wait until the server can work. Raises errors.Problem with its reasons if that takes too long."""
        until = time.monotonic() + READY_S
        reasons: list[str] = []
        while time.monotonic() < until:
            try:
                health = await reached.call(server.HEALTH)
            except errors.Problem as problem:
                reasons = [problem.sentence]
                if self._process is not None and not self.ours:
                    raise errors.Problem(*self._last_words()) from problem
            else:
                if health.ready:
                    return
                heard = health.reasons or ["The server is starting."]
                if heard != reasons:
                    say(heard[0])
                reasons = heard
            await asyncio.sleep(POLL_S)
        raise errors.Problem(
            "The server is not ready: " + " ".join(reasons), f"Its words are in {self._log}.", offline=True
        )

    async def stop(self, *, leave: bool = False) -> bool:
        """Ask a server we started to finish what is in flight and end; with `leave` let it run on without us.

        Answers whether it has ended (or was never ours).
        """
        process, self._process = self._process, None
        if process is None:
            return True
        if leave:
            _write(process, b"stay\n")
            _close(process)
            _let_go(process)
            return False
        _ask_to_end(process)
        try:
            await asyncio.to_thread(process.wait, DRAIN_S)
        except subprocess.TimeoutExpired:
            _let_go(process)
            return False
        finally:
            _close(process)
        return True

    async def _first_line(self, process: "subprocess.Popen[bytes]") -> bytes:
        assert process.stdout is not None
        try:
            return await asyncio.wait_for(asyncio.to_thread(process.stdout.readline), SPEAK_S)
        except TimeoutError:
            await self.stop()
            raise errors.Problem(
                "The server did not say where it listens.", f"Its words are in {self._log}."
            ) from None

    def _address(self, spoken: Spoken) -> Address:
        path = pathlib.Path(spoken.token_file) if spoken.token_file else self.data / "token"
        return Address(url=spoken.url or f"http://127.0.0.1:{spoken.port}", token=read_token(path))

    def _last_words(self) -> tuple[str, str]:
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        except OSError:
            lines = []
        said = lines[-1][:300] if lines else "It said nothing."
        return f"The server ended while it started. {said}", f"Its words are in {self._log}."


def read_token(path: pathlib.Path) -> str:
    """A bearer token from its file. Raises errors.Problem where it cannot be read or others can."""
    try:
        mode = path.stat().st_mode
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise errors.Problem(
            f"The token file {path} cannot be read: {getattr(error, 'strerror', None) or error}.",
            "Give the account that runs the console the right to read it.",
        ) from error
    if os.name == "posix" and mode & 0o077:
        raise errors.Problem(
            f"The token file {path} can be read by others on this machine.", f"Run: chmod 600 {path}"
        )
    return token


def _command() -> list[str]:
    # In a bundle the one executable is client and server; as a module otherwise.
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "server"]


def _alive(pid: int) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _ask_to_end(process: "subprocess.Popen[bytes]") -> None:
    if os.name == "posix":
        process.send_signal(signal.SIGTERM)  # does nothing to one that has ended already
    else:
        _close(process)  # elsewhere the end of its stdin is the only polite way to ask


def _let_go(process: "subprocess.Popen[bytes]") -> None:
    """Python complains about a child nobody waited for; this one is meant to outlive us."""
    process.returncode = 0


def _write(process: "subprocess.Popen[bytes]", words: bytes) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.write(words)
            process.stdin.flush()


def _close(process: "subprocess.Popen[bytes]") -> None:
    """Close the pipes; the end of its stdin tells a server that its console is gone."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
