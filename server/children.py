"""One child process: started with its greeting, heard, restarted by its keeper, drained at the end."""

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from server import lock, roles

START_S = 60.0  #: how long a child may take to say it is ready
LINE_BYTES = 1 << 20

log = logging.getLogger(__name__)


class NotStarted(Exception):
    """A child that ended, or fell silent, before it was ready; the sentence says where its words are."""


class Child:
    """One process of ours. A child that `speaks` says one line of JSON when it is ready."""

    def __init__(self, name: str, command: Sequence[str], data: Path, *, speaks: bool) -> None:
        self.name = name
        self.greeting = b""  #: written to its stdin when it is to begin
        self._command = command
        self._data = data
        self._speaks = speaks
        self._process: asyncio.subprocess.Process | None = None
        self._pumps: list[asyncio.Task[None]] = []

    async def spawn(self) -> None:
        """Start the process. It imports what it needs and then waits for its greeting. Raises OSError, lock.Held."""
        with _leash(self._data, self.name) as inherited:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=LINE_BYTES,
                start_new_session=os.name
                == "posix",  # Ctrl+C in a terminal is the parent's to pass on, in order
                **inherited,
            )
        self._pumps = [asyncio.create_task(_pass_on(self.name, self._process.stderr))]

    async def greet(self) -> dict[str, Any]:
        """Let it begin, and wait until it is ready; returns what it said. Raises NotStarted."""
        process = self._process
        if process is None:
            raise NotStarted(f"The {self.name} process was never started.")
        await self._tell(self.greeting)
        said = await self._hear(process) if self._speaks else {}
        self._pumps.append(asyncio.create_task(_pass_on(self.name, process.stdout)))
        return said

    async def ended(self) -> int:
        """Wait for its end; returns the exit code."""
        return await self._process.wait() if self._process is not None else 0

    async def drain(self, patience_s: float) -> None:
        """Ask it to finish what is in flight and end; kill it where it does not in time."""
        if self._process is None or self._process.returncode is not None:
            return
        await self._tell(roles.DRAIN)
        if self._process.stdin is not None:
            self._process.stdin.close()
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), patience_s)
        except TimeoutError:
            log.warning("the %s process did not end in time and is killed", self.name)
            await self.kill()
        if self._pumps:
            await asyncio.wait(self._pumps, timeout=1.0)

    async def kill(self) -> None:
        """End it now."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def _tell(self, words: bytes) -> None:
        if words and self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(
                ConnectionError, RuntimeError
            ):  # it has ended: its exit code will say more
                self._process.stdin.write(words)
                await self._process.stdin.drain()

    async def _hear(self, process: asyncio.subprocess.Process) -> dict[str, Any]:
        line = b""
        with contextlib.suppress(TimeoutError, ValueError):
            if process.stdout is not None:
                line = await asyncio.wait_for(process.stdout.readline(), START_S)
                return dict(json.loads(line))
        await self.kill()
        logs = self._data / "logs"
        raise NotStarted(f"The {self.name} process did not start. What it said is above, and in {logs}.")


async def _pass_on(name: str, stream: asyncio.StreamReader | None) -> None:
    """Show what a child says; its own log file has the same with all fields."""
    while stream is not None:
        try:
            line = await stream.readline()
        except ValueError:  # longer than any line should be
            continue
        if not line:
            return
        sys.stderr.write(f"[{name}] " + line.decode("utf-8", "replace"))
        sys.stderr.flush()


@contextlib.contextmanager
def _leash(data: Path, name: str) -> Iterator[dict[str, Any]]:
    """A lock that a child holds as long as it lives: it inherits the open file, and we let go of ours."""
    if os.name != "posix":
        yield {}
        return
    held = lock.take(data / "locks" / f"{name}.lock")
    try:
        yield {"pass_fds": (held.file.fileno(),)}
    finally:
        held.release()
