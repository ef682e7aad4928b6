"""The command `heliograph` and the console are one process: what is said to the first is heard by the second."""

import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable

PATIENCE_S = 60.0


def wait(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.02)


def group(number: int) -> list[str]:
    """The command lines of a process group, as they are now."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) == number:
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (OSError, ValueError):
            continue  # it ended while it was looked at
    return found


def test_a_signal_to_the_command_leaves_no_console_behind(tmp_path: pathlib.Path) -> None:
    surroundings = os.environ | {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path)}
    begun = subprocess.Popen(
        [sys.executable, "-m", "server", "gallery"], env=surroundings, start_new_session=True
    )
    try:
        wait(lambda: any("console.gallery" in line for line in group(begun.pid)))
        begun.send_signal(signal.SIGTERM)
        assert begun.wait(PATIENCE_S) == -signal.SIGTERM
        wait(lambda: not group(begun.pid))
    finally:
        if group(begun.pid):
            os.killpg(begun.pid, signal.SIGKILL)
        begun.wait(PATIENCE_S)
