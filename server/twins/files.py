"""Files written whole or not at all, and never readable by more people than they should be."""

import os
from pathlib import Path


def write(path: Path, content: bytes, mode: int) -> None:
    """Put `content` in place of whatever the file held. Raises OSError; the old content then still stands."""
    fresh = path.with_suffix(path.suffix + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        fresh.chmod(mode)  # whatever the process's mask takes away
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
