"""What a start must do before anything is sent: leases of the dead are freed, and what they left is put in doubt."""

import logging
import time
from dataclasses import dataclass
from pathlib import Path

from server.store import database
from server.store.ledger import batches

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What a start found."""

    batches: int
    doubts: int


def recover(path: Path) -> Recovered:
    """Free every lease. The caller holds the data folder's lock, so that no other sender can be alive.

    A message that was being sent when its sender died is in doubt and is never sent again by itself.
    """
    connection = database.connect(path)
    try:
        freed, doubts = batches.free(connection, owner_prefix="", now=time.time())
    finally:
        connection.close()
    if freed:
        log.warning("the last stop left %d batches behind; %d messages are in doubt", freed, doubts)
    return Recovered(batches=freed, doubts=doubts)
