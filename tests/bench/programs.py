"""The sinks others wrote: nginx and Postfix's smtp-sink, in the foreground on free loopback ports."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from server.twins import base as twins

#: What is started, and the Debian package that has it.
PACKAGES = {"nginx": "nginx-light", "smtp-sink": "postfix"}
PLACES = os.pathsep.join(("/usr/sbin", "/usr/local/sbin", "/sbin"))
#: Neither a question nor a running service: only the programs are wanted.
QUIETLY = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
START_S = 20.0

NGINX = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  log_format moments $msec;
  access_log {log};
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_body_buffer_size 64k;
  keepalive_requests 100000000;
  keepalive_timeout 600s;
  ssl_certificate {certificate};
  ssl_certificate_key {key};
  http2_max_concurrent_streams 1000;
  server {{
    listen 127.0.0.1:{port} ssl http2;
    location ~ /Messages.json$ {{
      default_type application/json;
      return 201 '{{"sid":"SM$request_id","status":"queued","num_segments":"1"}}';
    }}
    location /wpush/ {{
      add_header location https://127.0.0.1:{port}/m/$request_id;
      return 201;
    }}
    location /3/device/ {{
      add_header apns-id $http_apns_id;
      return 200;
    }}
  }}
}}
"""


class Missing(Exception):
    """A sink is not installed, and we may not install it; the sentence has the command to type."""


def ready() -> None:
    """Install whatever is missing, as root. Raises Missing with the command for somebody who is."""
    packages = sorted({package for program, package in PACKAGES.items() if not _found(program)})
    if not packages:
        return
    command = f"apt-get install --yes --no-install-recommends {' '.join(packages)}"
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Missing(f"The sinks are not installed. Type: sudo {command}")
    print(f"Installing {', '.join(packages)}", file=sys.stderr)
    environment = os.environ | QUIETLY
    for words in (["apt-get", "update"], command.split()):
        ended = subprocess.run(words, env=environment, stdout=subprocess.DEVNULL, check=False)
        if ended.returncode:
            raise Missing(
                f"{' '.join(words)} failed. Install {', '.join(packages)} by hand, then start again."
            )


@contextlib.contextmanager
def nginx(tls: twins.Tls, *, core: int | None, log: Path | None = None) -> Iterator[str]:
    """An HTTPS server of HTTP/1.1 and HTTP/2 that answers like Twilio, Apple and a push service; yields its address.

    `log` takes the moment of every request, epoch seconds to the millisecond.
    """
    with tempfile.TemporaryDirectory(prefix="heliograph-sink-") as name:
        folder, port = Path(name), _free()
        said = f"{log} moments" if log else "off"
        text = NGINX.format(folder=folder, log=said, certificate=tls.certificate, key=tls.key, port=port)
        (folder / "nginx.conf").write_text(text, encoding="utf-8")
        command = [_program("nginx"), "-e", f"{folder}/error.log", "-p", name, "-c", f"{folder}/nginx.conf"]
        with _running(command, port, core):
            yield f"https://127.0.0.1:{port}"


@contextlib.contextmanager
def smtp_sink(*, core: int | None) -> Iterator[str]:
    """A mail server that takes everything and keeps nothing, pipelined; yields its address."""
    port = _free()
    owner = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [_program("smtp-sink"), *owner, "-m", "256", f"127.0.0.1:{port}", "256"]
    with _running(command, port, core):
        yield f"smtp://127.0.0.1:{port}"


def pin(core: int | None) -> None:
    """Keep this process on one core, where the system can."""
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


@contextlib.contextmanager
def _running(command: list[str], port: int, core: int | None) -> Iterator[None]:
    """A process of ours, up to the moment its port answers and gone at the end."""
    pinned = command
    if core is not None and (taskset := shutil.which("taskset")):
        pinned = [taskset, "--cpu-list", str(core), *command]
    with subprocess.Popen(pinned, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(process, port, command[0])
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(process: "subprocess.Popen[bytes]", port: int, name: str) -> None:
    until = time.monotonic() + START_S
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        if process.poll() is not None or time.monotonic() > until:
            raise TimeoutError(f"{name} did not start on port {port}")
        time.sleep(0.02)


def _free() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _found(program: str) -> str | None:
    return shutil.which(program) or shutil.which(program, path=PLACES)


def _program(name: str) -> str:
    found = _found(name)
    if found is None:
        raise Missing(f"{name} is not installed. Type: sudo apt-get install {PACKAGES[name]}")
    return found
