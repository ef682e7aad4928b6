"""Run the twins: `python -m server.twins --data DIR`."""

import argparse
import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
from pathlib import Path

import msgspec

from server import collecting
from server import log as logs
from server.twins import host


def main() -> int:
    """Run until told to stop. Returns 0, or 1 after one sentence on stderr."""
    asked = _arguments().parse_args()
    os.umask(0o077)
    try:
        asked.data.mkdir(parents=True, exist_ok=True)
        logs.configure(asked.data / "logs", "twins", "info")
        collecting.settle()
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_serve(asked.data, asked.seed, asked.pace, parent_pipe=asked.parent_pipe))
    except (host.BadWorld, OSError, sqlite3.Error) as problem:
        why = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
        sys.stderr.write(f"The twins cannot start in {asked.data}: {why.rstrip('.')}.{_remedy(problem)}\n")
        return 1
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m server.twins", description="Run the provider twins.")
    parser.add_argument(
        "--data", type=Path, required=True, help="the data folder; the twins keep theirs in DATA/twins"
    )
    parser.add_argument("--seed", type=int, default=None, help="decides what becomes of every message")
    parser.add_argument(
        "--pace", type=float, default=1.0, help="scales the receipts' delays (default 1; 0 for none)"
    )
    parser.add_argument("--parent-pipe", action="store_true", help="stop when standard input closes")
    return parser


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        return None
    return uvloop.Loop


async def _serve(data: Path, seed: int | None, pace: float, *, parent_pipe: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows ends processes without asking
            loop.add_signal_handler(sign, stop.set)
    twins = host.Host(data, seed, pace=pace)
    try:
        await twins.start()
        _tell(twins)
        watcher = asyncio.create_task(_watch_parent(stop)) if parent_pipe else None
        await stop.wait()
        if watcher is not None:
            watcher.cancel()
    finally:
        await twins.stop()


def _tell(twins: host.Host) -> None:
    """Say where they listen: a table on a terminal, one line of JSON elsewhere."""
    if sys.stdout.isatty():
        width = max(map(len, twins.addresses))
        lines = [f"  {name:{width}}  {address}" for name, address in twins.addresses.items()]
        sys.stdout.write(
            "\n".join(["The twins listen:", *lines, f"Trust {twins.authority}. Stop with Ctrl+C."]) + "\n"
        )
    else:
        line = {"twins": twins.addresses, "authority": str(twins.authority)}
        sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    sys.stdout.flush()


def _remedy(problem: Exception) -> str:
    return " Choose another folder with --data." if isinstance(problem, OSError) else ""


async def _watch_parent(stop: asyncio.Event) -> None:
    """Set `stop` when the process that started this one is gone, and its end of our standard input with it."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        while await reader.read(4096):
            pass
        stop.set()
    finally:
        transport.close()


if __name__ == "__main__":
    sys.exit(main())
