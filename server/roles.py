"""What a child process of the supervisor runs as: it reads its settings from stdin, and ends when its parent does."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable

from server import collecting
from server import log as logs
from server import settings as configuration

log = logging.getLogger(__name__)

DRAIN = b"drain\n"
#: After the parent's death nobody waits for us, and a new server on the same data does: seconds to end in.
ORPHAN_S = 2.0

Work = Callable[[configuration.Settings, asyncio.Event], Awaitable[int]]


def run(role: str, slot: int = 0) -> int:
    """Run `api` or `sender` until told to stop; returns the exit code."""
    os.umask(0o077)
    work = _api() if role == "api" else _sender(slot)  # imports now: the parent prepares the data meanwhile
    text = sys.stdin.buffer.readline()
    if text in {b"", DRAIN}:  # the parent has gone, or does not start after all
        return 0
    if not text.startswith(b"{"):
        sys.stderr.write(f"`{role}` is a part of the server. Type: heliograph serve\n")
        return 2
    settings = configuration.load(text)
    logs.configure(settings.data / "logs", role if role == "api" else f"{role}-{slot}", settings.log_level)
    collecting.settle()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_run(work, settings))


def _api() -> Work:
    from server import app, ports

    async def work(settings: configuration.Settings, stop: asyncio.Event) -> int:
        try:
            await app.serve(settings, stop, _say_ready)
        except ports.PortTaken as error:
            _say({"error": str(error)})
            return 1
        return 0

    return work


def _sender(slot: int) -> Work:
    from server.engine import sender

    async def work(settings: configuration.Settings, stop: asyncio.Event) -> int:
        await sender.run(settings, slot, stop)
        return 0

    return work


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # not there on Windows
        return None
    return uvloop.Loop


async def _run(work: Work, settings: configuration.Settings) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows: told over the pipe alone
            loop.add_signal_handler(number, stop.set)
    threading.Thread(target=_watch_parent, args=(loop, stop), name="parent", daemon=True).start()
    return await work(settings, stop)


def _watch_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Stop when told over the pipe; when the pipe closes without a word the parent is dead, and we follow soon."""
    told = sys.stdin.buffer.readline() == DRAIN
    if not told:
        timer = threading.Timer(ORPHAN_S, os._exit, [3])
        timer.daemon = True
        timer.start()
    with contextlib.suppress(RuntimeError):  # the loop has ended by itself
        loop.call_soon_threadsafe(stop.set)


async def _say_ready(port: int) -> None:
    _say({"port": port, "pid": os.getpid()})


def _say(words: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()
