"""Whether Chromium has its sandbox here: without one it ends the whole program, unless it is told to do without."""

import functools
import os
import shutil
import subprocess
import sys

VARIABLE = "QTWEBENGINE_DISABLE_SANDBOX"  #: Qt's own; read when Chromium starts
PROBE_S = 5.0


def missing() -> str:
    """Why Chromium would not start, as a sentence; empty where it does, or was told to do without its sandbox."""
    if not sys.platform.startswith("linux") or os.environ.get(VARIABLE) == "1":
        return ""
    if os.geteuid() == 0:
        return "Mails are not shown as pages: Chromium has no sandbox for root."
    return "" if _namespaces() else "Mails are not shown as pages: this system gives Chromium no sandbox."


def do_without() -> None:
    """Let Chromium start without its sandbox, until this console ends."""
    os.environ[VARIABLE] = "1"


@functools.cache
def _namespaces() -> bool:
    """Whether an ordinary user may make a user namespace, which the sandbox is built of; some systems forbid it."""
    probe = shutil.which("unshare")
    if probe is None:
        return True
    try:
        asked = subprocess.run(
            [probe, "--user", "--map-root-user", "true"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PROBE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return True
    return asked.returncode == 0
