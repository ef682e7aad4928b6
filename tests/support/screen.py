"""A screen in memory with a session bus and a window manager, and what a person's hands and eyes do on it."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

SIZE = (1440, 940)
PATIENCE_S = 20.0
SYSTEM_PYTHON = "/usr/bin/python3"  #: has the accessibility bindings, which no wheel brings
READER = pathlib.Path(__file__).with_name("reader.py")

FoundT = TypeVar("FoundT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What a screen reader meets."""

    role: str
    name: str
    states: list[str]
    depth: int  #: 0 for the application
    box: tuple[int, int, int, int] = (
        0,
        0,
        0,
        0,
    )  #: left, top, width and height on the screen; of what is seen
    text: str = ""  #: what is in a field that is seen


@dataclass(slots=True, kw_only=True)
class Screen:
    """One screen; whatever is started on it needs `environment`."""

    environment: dict[str, str]
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    reader: "subprocess.Popen[bytes] | None" = None

    def start(self, *command: str, **more: Any) -> "subprocess.Popen[bytes]":
        """Start something that ends with the screen."""
        process = subprocess.Popen(command, env=self.environment, **more)
        self.processes.append(process)
        return process

    def do(self, *command: str) -> str:
        """Run a tool, such as xdotool; its words. Raises AssertionError with its complaint."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
        return done.stdout.strip()

    def windows(self, name: str) -> list[str]:
        """The visible windows whose name matches."""
        command = ["xdotool", "search", "--onlyvisible", "--name", name]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
        return done.stdout.split()

    def read(self, application: str, *, showing: bool = False) -> list[Node]:
        """All that a screen reader meets in an application, or only what shows; nothing where it does not run."""
        assert self.reader is not None
        assert self.reader.stdin is not None
        assert self.reader.stdout is not None
        self.reader.stdin.write(json.dumps({"application": application, "showing": showing}).encode() + b"\n")
        self.reader.stdin.flush()
        line = self.reader.stdout.readline()
        assert line, (
            f"{SYSTEM_PYTHON} {READER} ended: the system's packages python3-gi and gir1.2-atspi-2.0 are needed"
        )
        return [Node(**node) for node in json.loads(line)]

    def end(self) -> None:
        """End everything that was started, the newest first."""
        for process in reversed(self.processes):
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(PATIENCE_S)


@contextlib.contextmanager
def shown(home: pathlib.Path) -> Iterator[Screen]:
    """A screen for programs that take `home` for a person's."""
    made = Screen(environment=_environment(home))
    try:
        _start(made)
        yield made
    finally:
        made.end()


def _environment(home: pathlib.Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "QTWEBENGINE_DISABLE_SANDBOX") if name in os.environ}
    return kept | {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "share"),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "QT_QPA_PLATFORM": "xcb",
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        "HELIOGRAPH_KEYRING": "false",
    }


def _start(made: Screen) -> None:
    quiet: dict[str, Any] = {"stderr": subprocess.DEVNULL}
    size = f"{SIZE[0]}x{SIZE[1]}x24"
    server = made.start(
        "Xvfb", "-displayfd", "1", "-screen", "0", size, "-nolisten", "tcp", stdout=subprocess.PIPE, **quiet
    )
    made.environment["DISPLAY"] = f":{_line(server)}"
    bus = made.start(
        "dbus-daemon", "--session", "--nofork", "--print-address=1", stdout=subprocess.PIPE, **quiet
    )
    made.environment["DBUS_SESSION_BUS_ADDRESS"] = _line(bus)
    made.start("openbox", stdout=subprocess.DEVNULL, **quiet)
    made.reader = made.start(
        SYSTEM_PYTHON, str(READER), stdin=subprocess.PIPE, stdout=subprocess.PIPE, **quiet
    )
    made.read("")  # wakes the accessibility bus, which Qt looks for once, when it starts


def _line(process: "subprocess.Popen[bytes]") -> str:
    assert process.stdout is not None
    line = process.stdout.readline().decode().strip()
    assert line, f"{process.args!r} did not start"
    return line


def until(found: Callable[[], FoundT | None], what: str, patience_s: float = PATIENCE_S) -> FoundT:
    """Wait for something to be there; answers it."""
    deadline = time.monotonic() + patience_s
    while not (value := found()):
        assert time.monotonic() < deadline, f"waited {patience_s:.0f} s for {what}"
        time.sleep(0.05)
    return value


def console(*arguments: str) -> list[str]:
    """The console as a command."""
    return [sys.executable, "-m", "console", *arguments]
