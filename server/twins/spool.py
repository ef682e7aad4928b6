"""Receipts that memory has no room for: a table in a file of SQLite's own, which is gone with the process."""

import sqlite3
import time
from collections import Counter
from collections.abc import Mapping

import msgspec

TOGETHER = 200  #: receipts written at once

_SCHEMA = """
CREATE TABLE post (
    id INTEGER PRIMARY KEY,
    origin TEXT NOT NULL,
    due REAL NOT NULL,          -- of the monotonic clock
    first_due REAL NOT NULL,
    tries INTEGER NOT NULL,
    path TEXT NOT NULL,
    headers BLOB NOT NULL,      -- JSON
    body BLOB NOT NULL
);
CREATE INDEX post_due ON post (origin, due);
"""
_PUT = "INSERT INTO post (origin, due, first_due, tries, path, headers, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
_DUE = "SELECT id, first_due, tries, path, headers, body FROM post WHERE origin = ? AND due <= ? ORDER BY due LIMIT ?"


class Spooled(msgspec.Struct, frozen=True, kw_only=True):
    """One signed receipt. Times are those of the monotonic clock."""

    origin: str  #: scheme and host
    path: str
    headers: Mapping[str, str]
    body: bytes
    due: float
    first_due: float
    tries: int


class Spool:
    """First due, first out, by origin. Not for two threads."""

    def __init__(self) -> None:
        self.origins: Counter[str] = Counter()  #: how many lie here for each
        self._fresh: list[Spooled] = []
        self._database: sqlite3.Connection | None = None

    def __len__(self) -> int:
        return self.origins.total()

    def put(self, one: Spooled) -> None:
        """Lay one aside."""
        self.origins[one.origin] += 1
        self._fresh.append(one)
        if len(self._fresh) >= TOGETHER:
            self._write()

    def take(self, origin: str, most: int) -> list[Spooled]:
        """What is due by now for an origin, the earliest first."""
        if not self.origins[origin]:
            return []
        database = self._write()
        rows = database.execute(_DUE, (origin, time.monotonic(), most)).fetchall()
        database.executemany("DELETE FROM post WHERE id = ?", [(row[0],) for row in rows])
        database.commit()
        self.origins[origin] -= len(rows)
        return [
            Spooled(
                origin=origin,
                due=first_due,
                first_due=first_due,
                tries=tries,
                path=path,
                headers=msgspec.json.decode(headers),
                body=body,
            )
            for _, first_due, tries, path, headers, body in rows
        ]

    def close(self) -> None:
        """Drop everything."""
        self.origins.clear()
        self._fresh.clear()
        if self._database is not None:
            self._database.close()
            self._database = None

    def _write(self) -> sqlite3.Connection:
        """Write what came lately; the file is made when there is something for it."""
        if self._database is None:
            self._database = sqlite3.connect("")  # a file without a name
            self._database.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -4000;" + _SCHEMA)
        self._database.executemany(_PUT, map(_row, self._fresh))
        self._database.commit()
        self._fresh.clear()
        return self._database


def _row(one: Spooled) -> tuple[object, ...]:
    headers = msgspec.json.encode(one.headers)
    return one.origin, one.due, one.first_due, one.tries, one.path, headers, one.body
