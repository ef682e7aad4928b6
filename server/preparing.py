"""What must be true of a data folder before anything serves from it or sends: done under the lock, before all else."""

from server import ports, settings
from server.engine import recovery
from server.security import vault
from server.store import database, meta, migrate


class NotPossible(Exception):
    """The data cannot be worked with; the sentence names the remedy."""


def prepare(chosen: settings.Settings) -> int:
    """Open the vault, migrate, recover; the caller holds the lock. Returns the port to ask for, 0 for any.

    Raises NotPossible, OSError.
    """
    try:
        vault.unlock(chosen.data, keyring=chosen.keyring)
        migrate.upgrade(chosen.database)
    except (vault.Closed, migrate.NewerSchema) as error:
        raise NotPossible(str(error)) from error
    connection = database.connect(chosen.database)
    try:
        meta.establish(connection)
        last = int(meta.get_now(connection, meta.PORT) or 0)
    finally:
        connection.close()
    recovery.recover(chosen.database)
    return chosen.port or (last if ports.is_free(chosen.host, last) else 0)
