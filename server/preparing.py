"""What must be true of a data folder before anything serves from it or sends: done under the lock, before all else."""

import logging
import sqlite3
import time

import sqlalchemy as sa

from server import ports, settings
from server.engine import recovery
from server.security import vault
from server.store import database, holds, incarnation, meta, migrate

log = logging.getLogger(__name__)


class NotPossible(Exception):
    """The data cannot be worked with; the sentence names the remedy."""


def prepare(chosen: settings.Settings) -> int:
    """Open the vault, migrate, recover; the caller holds the lock. Returns the port to ask for, 0 for any.

    Raises NotPossible, OSError.
    """
    try:
        vault.unlock(chosen.data, keyring=chosen.keyring)
        migrate.upgrade(chosen.database)
        last = _open(chosen)
        recovery.recover(chosen.database)
    except (vault.Closed, migrate.NewerSchema) as error:
        raise NotPossible(str(error)) from error
    except (sqlite3.Error, sa.exc.DBAPIError) as error:
        raise NotPossible(_damaged(chosen, error)) from error
    return chosen.port or (last if ports.is_free(chosen.host, last) else 0)


def _open(chosen: settings.Settings) -> int:
    """Take the database's identity; returns the port it was last served on."""
    connection = database.connect(chosen.database)
    try:
        meta.establish(connection)
        _hold(connection, chosen)
        return int(meta.get_now(connection, meta.PORT) or 0)
    finally:
        connection.close()


def _hold(connection: sqlite3.Connection, chosen: settings.Settings) -> None:
    """Hold a database that is a copy, and one that was asked to be held."""
    found = incarnation.begin(connection, chosen.data, time.time())
    if found is not None:
        log.warning("held until a person decides: %s", found.sentence, extra={"action": "held"})
    elif chosen.hold and not holds.is_held(connection):
        with database.transaction(connection):
            holds.put(connection, why="started", now=time.time())
        log.warning("held: the server was started with --hold", extra={"action": "held"})


def _damaged(chosen: settings.Settings, error: sqlite3.Error | sa.exc.DBAPIError) -> str:
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    if isinstance(cause, sqlite3.OperationalError):
        remedy = (
            "Make room on the disk, give this user the right to write there, and close what else has it open."
        )
    else:
        remedy = "Put a backup of the data folder in its place, or choose another with --data; keep the damaged one."
    return f"{chosen.database} cannot be used: {cause}. {remedy}"
