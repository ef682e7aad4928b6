"""One server per data folder: a lock that dies with whoever holds it, and says who that is."""

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    FAR = 1 << 30  #: a byte past the text, so that others can still read who holds the lock

    def _take(file: IO[bytes]) -> None:
        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)
else:
    import fcntl

    def _take(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


class Held(Exception):
    """Somebody else holds the lock; the sentence says who, since when, and the remedy."""


@dataclass(frozen=True, slots=True)
class Lock:
    """A held lock. Keep it; it is let go when it is closed or the process ends, however it ends."""

    file: IO[bytes]

    def release(self) -> None:
        """Let go."""
        self.file.close()


def take(path: Path) -> Lock:
    """Take the lock, or say at once who has it. Raises Held, OSError. Not inherited by child processes."""
    file = path.open("a+b")
    try:
        _take(file)
    except OSError as error:
        holder = _holder(file)
        file.close()
        raise Held(
            f"Another server {holder}runs on {path.parent}. Use that one, stop it first, or choose another --data."
        ) from error
    path.chmod(0o600)
    file.truncate(0)
    file.write(json.dumps({"pid": os.getpid(), "since": time.time()}).encode())
    file.flush()
    return Lock(file)


def _holder(file: IO[bytes]) -> str:
    try:
        file.seek(0)
        known = json.loads(file.read(1000))
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(float(known["since"])))
        return f"(process {int(known['pid'])}, since {since}) "
    except (ValueError, KeyError, TypeError, OSError):
        return ""


def is_free(path: Path) -> bool:
    """Whether nobody holds the lock now."""
    with path.open("a+b") as file:
        try:
            _take(file)
        except OSError:
            return False
    return True
