"""Take a port to listen on, and say where that is."""

import os
import socket

BACKLOG = 512
ANYWHERE = ("0.0.0.0", "::")  # noqa: S104 - told apart here, never bound unasked


class PortTaken(Exception):
    """The port asked for cannot be had; the sentence names the remedy."""


def bind(host: str, port: int) -> socket.socket:
    """Take a port; 0 for a free one. Raises PortTaken."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # on Windows this option would let two programs share a port
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise PortTaken(
            f"Port {port} on {host} cannot be taken: {error.strerror or error}. "
            "Stop the program that holds it, or choose another with --port N (0 takes a free one)."
        ) from error
    bound.setblocking(False)
    return bound


def is_free(host: str, port: int) -> bool:
    """Whether a port could be taken now."""
    try:
        bind(host, port).close()
    except PortTaken:
        return False
    return True


def address(host: str, port: int, *, secure: bool) -> str:
    """The address by which this machine reaches what listens there."""
    if host == "localhost" or host in ANYWHERE:
        host = "127.0.0.1"
    scheme = "https" if secure else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
