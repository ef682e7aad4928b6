"""Start the sinks in processes of their own, so that their CPU time is not counted."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from server.twins import base

START_S = 20.0


@contextlib.contextmanager
def http(tls: base.Tls) -> Iterator[str]:
    """An HTTPS sink of HTTP/1.1 and HTTP/2; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "granian", "--interface", "rsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--no-log", "--ssl-certificate", str(tls.certificate), "--ssl-keyfile", str(tls.key)),
        "tests.bench.http_sink:app",
    ]
    with _process(command, subprocess.DEVNULL):
        until = time.monotonic() + START_S
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
                break
            if time.monotonic() > until:
                raise TimeoutError("the HTTP sink did not start")
            time.sleep(0.05)
        yield f"https://127.0.0.1:{port}"


@contextlib.contextmanager
def smtp(tls: base.Tls) -> Iterator[str]:
    """A mail sink; yields its address."""
    command = [sys.executable, "-m", "tests.bench.smtp_sink", str(tls.certificate), str(tls.key)]
    with _process(command, subprocess.PIPE) as process:
        assert process.stdout is not None
        yield f"smtps://127.0.0.1:{int(process.stdout.readline())}"


@contextlib.contextmanager
def _process(command: list[str], stdout: int) -> Iterator["subprocess.Popen[bytes]"]:
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=stdout, cwd=root) as process:
        try:
            yield process
        finally:
            process.terminate()
