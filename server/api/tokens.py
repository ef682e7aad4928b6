"""The bearer token: made at the first start, kept in a file that nobody else on this machine can read."""

import os
import secrets
import stat
from pathlib import Path

TOKEN_BYTES = 32


class Exposed(Exception):
    """Rights that let others read what only the server's owner may; the sentence holds the command to type."""


def prepare(data: Path) -> None:
    """Make the data folder, readable by its owner alone. Raises Exposed for one that others can enter, OSError."""
    if not data.exists():
        data.mkdir(mode=0o700, parents=True)
        data.chmod(0o700)
    if not data.is_dir():
        raise Exposed(f"{data} is not a folder. Choose another with --data.")
    _refuse_others(data, 0o700)


def ensure(path: Path) -> str:
    """Read the token, making it at the first start. Raises Exposed, OSError."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read(path)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token + "\n")
        file.flush()
        os.fsync(file.fileno())
    return token


def read(path: Path) -> str:
    """Read the token. Raises Exposed for wrong rights or a damaged file, OSError where there is none."""
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    _refuse_others(path, 0o600)
    if len(text) < TOKEN_BYTES or not text.isascii() or not text.isprintable():
        raise Exposed(f"{path} does not hold a token. Type: rm {path} and start again; a new one is made.")
    return text


def _refuse_others(path: Path, wanted: int) -> None:
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Exposed(f"Others on this machine can read {path}. Type: chmod {wanted:o} {path}")
