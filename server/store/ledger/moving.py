"""Move many messages by one statement, and notice when one of them would not move."""

import sqlite3
from collections.abc import Sequence
from typing import Any


def moves_all(connection: sqlite3.Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> bool:
    """Run an update of one message for every row, in the caller's transaction.

    Returns whether each row changed its message. Where one did not, nothing is changed: the caller goes row by row
    then, to find out which.
    """
    connection.execute("SAVEPOINT many")
    moved = connection.executemany(statement, rows).rowcount
    if moved != len(rows):
        connection.execute("ROLLBACK TO many")
    connection.execute("RELEASE many")
    return moved == len(rows)
