"""A database with a large audience, made by the database itself: a million people in some seconds."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from server.store import database, numbers
from tests.support import books

_NUMBERS = (
    "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < :people) SELECT"
)
_CONTACTS = (
    "INSERT INTO contact (workspace, id, key, name, attributes) " + _NUMBERS + " :workspace, n,"
    ' printf(\'p%07d\', n), \'Person \' || n, \'{"first_name":"Ana","plan":"club"}\' FROM counted'
)
_IDENTITIES = (
    "INSERT INTO identity (workspace, contact, channel, address, address_key, created_at) "
    + _NUMBERS
    + " :workspace, n, 'sms', printf('+44790%07d', n), printf('+44790%07d', n), 0 FROM counted WHERE n % 17 <> 0"
)
_MEMBERS = (
    "INSERT INTO member (workspace, audience, contact) " + _NUMBERS + " :workspace, :audience, n FROM counted"
)


@contextlib.contextmanager
def opened(folder: Path, people: int) -> Iterator[sqlite3.Connection]:
    """A database of this schema with so many people; one in seventeen has no phone."""
    with books.opened(folder, people=0) as connection:
        fill(connection, people)
        connection.execute("PRAGMA synchronous = FULL")
        yield connection


def fill(connection: sqlite3.Connection, people: int) -> None:
    """Put so many people into the first workspace, and all of them into audience 1."""
    values = {"people": people, "workspace": books.WORKSPACE, "audience": books.AUDIENCE}
    with database.transaction(connection):
        for statement in (_CONTACTS, _IDENTITIES, _MEMBERS):
            connection.execute(statement, values)
        for noun, count in (("contact", people), ("audience", 1)):
            connection.execute(numbers.TAKE, {"workspace": books.WORKSPACE, "noun": noun, "count": count})
        connection.execute(
            "INSERT INTO audience (workspace, id, name, ready) VALUES (?, ?, 'All', 1)",
            (books.WORKSPACE, books.AUDIENCE),
        )
