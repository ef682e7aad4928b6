"""A sender as most would write it first, honest and durable and wrong: the fault harness must find that out.

It keeps a status beside each message, hands messages over sixteen at a time, writes `sent` when the server has said
yes, and on every start sends again whatever has no such note. `python -m tests.acceptance.naive DATABASE PORT`.
"""

import asyncio
import contextlib
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import aiosmtplib

WORKERS = 16


def connect(path: Path) -> sqlite3.Connection:
    """Its database; every commit is flushed."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def fill(path: Path, people: int) -> None:
    """Make the database with a message for each person."""
    with contextlib.closing(connect(path)) as database:
        database.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, address TEXT, status TEXT)")
        database.executemany(
            "INSERT INTO message VALUES (?, ?, 'waiting')",
            [(number, f"p{number}@example.com") for number in range(1, people + 1)],
        )


async def send_all(path: Path, port: int) -> None:
    """Send whatever is not sent."""
    with contextlib.closing(connect(path)) as database:
        database.execute("UPDATE message SET status = 'waiting' WHERE status = 'sending'")
        left = iter(database.execute("SELECT id, address FROM message WHERE status = 'waiting'").fetchall())
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(_work(database, left, port))


async def _work(database: sqlite3.Connection, left: Iterator[tuple[int, str]], port: int) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as server:
        for number, address in left:
            database.execute("UPDATE message SET status = 'sending' WHERE id = ?", (number,))
            mail = f"Message-ID: <naive-{number}@example.org>\r\nTo: {address}\r\n\r\nHello.\r\n"
            await server.sendmail("news@example.org", [address], mail)
            database.execute("UPDATE message SET status = 'sent' WHERE id = ?", (number,))


if __name__ == "__main__":
    asyncio.run(send_all(Path(sys.argv[1]), int(sys.argv[2])))
