"""The real server, started for the demo on its own data folder, and its twins' own word on what is still to come."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec

from server import client
from server.wire import server as wire

START_S = 90.0  #: how long a server may take until it says where it listens
READY_S = 60.0
STOP_S = 60.0
POLL_S = 0.1
STAY = b"stay\n"  #: what the server is told so that it outlives whoever started it


class CannotStart(Exception):
    """The server did not start. The sentence is its own, or names where its words are."""


class _Told(msgspec.Struct, frozen=True):
    """What the twins' control door says of their receipts."""

    waiting: int


@dataclass(slots=True, kw_only=True)
class Hosted:
    """A running server."""

    process: "subprocess.Popen[bytes]"
    data: Path
    client: client.Client
    stays: bool = False

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        return self.process.pid

    def stay(self) -> None:
        """Let the server run on when the demo ends."""
        if self.process.stdin is not None:
            self.process.stdin.write(STAY)
            self.process.stdin.flush()
        self.stays = True

    def receipts_to_come(self) -> int:
        """Receipts that the twins have yet to post; 0 where they do not answer, for then none will come."""
        world = json.loads((self.data / "twins" / "world.json").read_bytes())
        addresses = json.loads((self.data / "twins" / "addresses.json").read_bytes())
        try:
            answer = httpx.get(
                f"{addresses['control']}/receipts",
                headers={"authorization": f"Bearer {world['token']}"},
                timeout=10.0,
                trust_env=False,
            )
            return msgspec.json.decode(answer.content, type=_Told).waiting
        except (httpx.HTTPError, msgspec.MsgspecError):
            return 0


@contextlib.contextmanager
def running(data: Path, log: Path, *, senders: int, seed: int) -> Iterator[Hosted]:
    """Start a server and wait until it is ready; in the end ask it to finish what is in flight. Raises CannotStart."""
    with log.open("wb") as words:
        process = _spawn(data, words.fileno(), senders=senders, seed=seed)
    try:
        _first_line(process, log)
        with client.on(data) as reached:
            _await_ready(reached, process, log)
            hosted = Hosted(process=process, data=data, client=reached)
            yield hosted
    except BaseException:
        _stop(process)
        raise
    if not hosted.stays:
        _stop(process)


def _spawn(data: Path, words: int, *, senders: int, seed: int) -> "subprocess.Popen[bytes]":
    command = [*_command(), "serve", "--data", str(data), "--senders", str(senders), "--parent-pipe"]
    environment = os.environ | {"HELIOGRAPH_TWINS_SEED": str(seed), "HELIOGRAPH_TWINS": "true"}
    # The keys of twins are made up: they need no room in a person's keyring, and stay with the folder when it is moved.
    environment["HELIOGRAPH_KEYRING"] = "false"
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=words,
        env=environment,
        start_new_session=True,  # Ctrl+C reaches the demo alone, which then asks for a drain
    )


def _command() -> list[str]:
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "server"]


def _first_line(process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait for the line that says where the server listens; it ends itself where it cannot start."""
    with _deadline(process, START_S):
        line = process.stdout.readline() if process.stdout is not None else b""
    try:
        json.loads(line)["port"]
    except (ValueError, KeyError, TypeError):
        process.wait()
        raise CannotStart(last_words(log)) from None


@contextlib.contextmanager
def _deadline(process: "subprocess.Popen[bytes]", seconds: float) -> Iterator[None]:
    """End the process if the block takes too long; what it waits for then comes to its end."""
    timer = threading.Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _await_ready(reached: client.Client, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + READY_S
    reasons = ["It did not answer."]
    while time.monotonic() < until:
        if process.poll() is not None:
            raise CannotStart(last_words(log))
        with contextlib.suppress(client.Unreachable):
            health = reached.call(wire.HEALTH)
            if health.ready:
                return
            reasons = health.reasons
        time.sleep(POLL_S)
    raise CannotStart(f"The server did not become ready: {' '.join(reasons)} Its words are in {log}.")


def last_words(log: Path) -> str:
    """The last line a server wrote before it ended."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1][:500] if lines else f"The server ended without a word; look at {log}."


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None and os.name == "posix":
        process.send_signal(signal.SIGTERM)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
