"""Notice that the database's file was moved, replaced or deleted under its open connections.

SQLite goes on writing into a file that no path leads to any more, and everything written there is gone with the last
process that has it open. So whoever is about to write asks first.
"""

import sqlite3
from pathlib import Path

Identity = tuple[int, int]


class Vanished(sqlite3.OperationalError):
    """The path leads to another file, or to none. It goes on by itself once the file is back in its place."""


class Anchor:
    """Remembers which files a connection opened: the database, and the journal beside it."""

    def __init__(self, path: Path) -> None:
        self._database = path
        self._journal = path.with_name(f"{path.name}-wal")
        self._known: Identity | None = None
        self._known_journal: Identity | None = None

    def hold(self) -> None:
        """Compare with what was found first; costs two looks at the folder. Raises Vanished."""
        found = _identity(self._database)
        if self._known is None:
            self._known = found
        elif found != self._known:
            raise Vanished(f"{self._database} was moved, replaced or deleted while the server ran")
        journal = _identity(self._journal)
        if self._known_journal is None:  # made by the first connection, kept as long as one is open
            self._known_journal = journal
        elif journal != self._known_journal:
            raise Vanished(f"{self._journal} was moved, replaced or deleted while the server ran")


def _identity(path: Path) -> Identity | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
