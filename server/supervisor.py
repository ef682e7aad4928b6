"""The parent of all: the migrations, and the processes that serve and send, kept alive until told to stop."""

import asyncio
import contextlib
import dataclasses
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from server import children, lock, ports
from server import settings as configuration
from server.api import tokens

log = logging.getLogger(__name__)

ORPHANS_S = 10.0  #: how long the children of a killed supervisor may take to be gone
CALM_S = 30.0  #: a child that lived so long is started again at once
LONGEST_WAIT_S = 30.0
GRACE_S = 5.0  #: beyond drain_s, before a child is killed


class CannotStart(Exception):
    """The server does not start; the sentence names the remedy."""


class Supervisor:
    """Starts the children in order, restarts what crashes, stops them in order."""

    def __init__(self, settings: configuration.Settings, ready: Callable[[dict[str, object]], None]) -> None:
        self.settings = settings
        self._ready = ready
        self._stop = asyncio.Event()
        self._children: list[children.Child] = []
        self._keepers: list[asyncio.Task[None]] = []

    def stop(self) -> None:
        """Ask for the end: children finish what is in flight."""
        if not self._stop.is_set():
            log.info("stopping: what is in flight is finished first", extra={"action": "stopping"})
        self._stop.set()

    async def run(self) -> None:
        """Run until told to stop. Raises CannotStart, OSError."""
        _refuse_at_once(self.settings)
        known = self.settings.data / "server.json"
        try:
            port = await self._start()
            if not self._stop.is_set():
                _write(known, self._about(port))
                self._ready(json.loads(self._about(port)))
            await self._stop.wait()
        except children.NotStarted as error:
            raise CannotStart(str(error)) from error
        finally:
            _unlink_ours(known)
            await self._end()

    async def _start(self) -> int:
        """Start all; returns the port. Children wake up (and import) while the data are being prepared."""
        api = self._child("api", "api", speaks=True)
        senders = [
            self._child(f"sender-{slot}", "sender", "--slot", str(slot))
            for slot in range(self.settings.senders)
        ]
        twins = [self._twins()] if self.settings.twins else []
        self._children = [*senders, api, *twins]
        for child in self._children:
            await child.spawn()
        port = await asyncio.to_thread(_prepare, self.settings)
        api.greeting = self._greeting(port)
        said, *_ = await asyncio.gather(*(child.greet() for child in (api, *twins)))
        if "error" in said:
            raise CannotStart(str(said["error"]))
        port = int(said["port"])
        api.greeting = self._greeting(port)  # started again, it must be found where it was
        for sender in senders:  # last: a receipt that comes back needs a door
            sender.greeting = self._greeting(port)
            await sender.greet()
        self._keepers = [asyncio.create_task(self._keep(child), name=child.name) for child in self._children]
        return port

    def _about(self, port: int) -> bytes:
        known = {
            "port": port,
            "url": ports.address(self.settings.host, port, secure=self.settings.secure),
            "token_file": str(self.settings.token_file),
            "pid": os.getpid(),
            "started_at": time.time(),
            "version": configuration.VERSION,
            "data": str(self.settings.data),
        }
        return json.dumps(known).encode()

    # -- children -----------------------------------------------------------------------------------------------------

    def _child(self, name: str, *arguments: str, speaks: bool = False) -> children.Child:
        return children.Child(name, [*_python("server"), *arguments], self.settings.data, speaks=speaks)

    def _twins(self) -> children.Child:
        data, seed = str(self.settings.data), str(self.settings.twins_seed)
        command = [*_python("server.twins"), "--data", data, "--seed", seed, "--parent-pipe"]
        return children.Child("twins", command, self.settings.data, speaks=True)

    def _greeting(self, port: int) -> bytes:
        return configuration.dump(dataclasses.replace(self.settings, port=port)) + b"\n"

    async def _keep(self, child: children.Child) -> None:
        """Start a child again whenever it ends by itself, later each time it does not live long."""
        failures, born = 0, time.monotonic()
        while True:
            code = await child.ended()
            failures = 1 if time.monotonic() - born > CALM_S else failures + 1
            wait_s = 0.0 if failures == 1 else min(0.25 * 2**failures, LONGEST_WAIT_S)
            log.error(
                "the %s process ended with code %d; it is started again in %.0f s",
                child.name,
                code,
                wait_s,
                extra={"action": "child_ended", "child": child.name, "code": code},
            )
            await asyncio.sleep(wait_s)
            born = time.monotonic()
            try:
                await child.spawn()
                await child.greet()
            except (children.NotStarted, lock.Held, OSError) as error:
                log.warning("%s", error, extra={"action": "child_not_started", "child": child.name})

    async def _end(self) -> None:
        """Senders finish first, then the api that stores their receipts, the twins last."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        patience_s = self.settings.drain_s + GRACE_S
        for group in ("sender", "api", "twins"):
            mine = [child for child in self._children if child.name.startswith(group)]
            await asyncio.gather(*(child.drain(patience_s) for child in mine))


def _python(module: str) -> list[str]:
    if getattr(sys, "frozen", False):  # in a bundle the one executable is everything
        return [sys.executable, *(["twins"] if module == "server.twins" else [])]
    return [sys.executable, "-m", module]


def _refuse_at_once(settings: configuration.Settings) -> None:
    """What can be known to be wrong before anything is started. Raises CannotStart."""
    try:
        if settings.port:
            ports.bind(settings.host, settings.port).close()
        _wait_for_orphans(settings.data)
        tokens.ensure(settings.token_file)
    except (tokens.Exposed, ports.PortTaken) as error:
        raise CannotStart(str(error)) from error


def _prepare(settings: configuration.Settings) -> int:
    from server import preparing  # dear to import; by now the children are importing too

    try:
        return preparing.prepare(settings)
    except preparing.NotPossible as error:
        raise CannotStart(str(error)) from error


def _wait_for_orphans(data: Path) -> None:
    """The processes of a supervisor that was killed end within seconds; nothing of ours runs beside them."""
    until = time.monotonic() + ORPHANS_S
    folder = data / "locks"
    folder.mkdir(mode=0o700, exist_ok=True)
    for path in sorted(folder.glob("*.lock")):
        while not lock.is_free(path):
            if time.monotonic() > until:
                raise CannotStart(
                    f"The {path.stem} process of an earlier server still runs on {data}. End it, and start again."
                )
            time.sleep(0.05)


def _unlink_ours(known: Path) -> None:
    """Take back what says where we are, unless another server has written its own since."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        if json.loads(known.read_bytes())["pid"] == os.getpid():
            known.unlink()


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
