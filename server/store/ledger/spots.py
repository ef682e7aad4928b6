"""Where a message stands in the ledger."""

from typing import NamedTuple


class Spot(NamedTuple):
    """One message's place. Sorts by key."""

    workspace: int
    run: int
    seq: int
