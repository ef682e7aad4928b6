"""A real server in a process of its own, for tests that ask it over real sockets."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from server import client
from server.wire import server as wire

PATIENCE_S = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One running server."""

    process: subprocess.Popen[bytes]
    data: Path
    url: str
    port: int
    token: str
    words: Path  #: what it wrote to stderr

    def http(self, **more: Any) -> httpx.Client:
        """A plain client that carries the token."""
        headers = {"authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=30.0, **more)

    def client(self) -> client.Client:
        """A client that speaks the wire's endpoints."""
        return client.Client(self.url, self.token)

    def database(self) -> sqlite3.Connection:
        """A connection of our own to its database; closed by whoever asks."""
        return sqlite3.connect(self.data / "heliograph.db", isolation_level=None, timeout=30.0)

    def sql(self, statement: str, *values: object) -> list[Any]:
        """Ask its database."""
        with contextlib.closing(self.database()) as connection:
            return connection.execute(statement, values).fetchall()

    def stop(self, *, number: int = signal.SIGTERM) -> int:
        """Ask it to end; returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


def until(found: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """Wait for a condition; returns what it found."""
    deadline = time.monotonic() + patience_s
    while True:
        if value := found():
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience_s:.0f} s for {what}")
        time.sleep(0.02)


def command(*arguments: str) -> list[str]:
    """The command line as a command."""
    return [sys.executable, "-m", "server", *arguments]


def environment(**more: str) -> dict[str, str]:
    """An environment in which nothing of the person's own is found."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}
    return {**kept, "HELIOGRAPH_KEYRING": "false", "PYTHONWARNINGS": "default", **more}


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A data folder that does not exist yet."""
    with tempfile.TemporaryDirectory(prefix="heliograph-test-", ignore_cleanup_errors=True) as root:
        yield Path(root) / "data"


@contextlib.contextmanager
def serve(data: Path, *arguments: str, ready: bool = True, **variables: str) -> Iterator[Served]:
    """Start a server, wait until it is ready, and see that nothing of it is left at the end."""
    words = data.parent / f"{data.name}.stderr"
    with words.open("ab") as stderr:
        process = subprocess.Popen(
            command("serve", "--data", str(data), *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=environment(**variables),
        )
    try:
        served = _hear(process, data, words)
        if ready:
            with served.client() as asked:
                until(lambda: asked.call(wire.HEALTH).ready, "the server to be ready")
        yield served
    finally:
        end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    """See that a server is gone, gently at first."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _hear(process: "subprocess.Popen[bytes]", data: Path, words: Path) -> Served:
    assert process.stdout is not None
    timer = threading.Timer(PATIENCE_S, process.kill)
    timer.start()
    line = process.stdout.readline()
    timer.cancel()
    assert line, f"the server did not start:\n{words.read_text(errors='replace')}"
    known = json.loads(line)
    return Served(
        process=process,
        data=data,
        url=known["url"],
        port=known["port"],
        token=Path(known["token_file"]).read_text().strip(),
        words=words,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process below another."""

    pid: int
    arguments: list[str]


def processes(parent: int) -> list[Process]:
    """The living children of a process, by the system's own table."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            stat = (path / "stat").read_text().rpartition(")")[2].split()
            if int(stat[1]) == parent and stat[0] != "Z":
                words = (path / "cmdline").read_bytes().decode().rstrip("\0").split("\0")
                found.append(Process(pid=int(path.name), arguments=words))
    return found


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
