"""A real sender whose wall clock somebody sets: it goes wrong by as many seconds as a file says.

`python -m tests.acceptance.harness.leaping SLOT FILE < SETTINGS`. Everything else of it is the sender itself.
"""

import asyncio
import sys
import time
from pathlib import Path

from server import settings as configuration
from server.engine import sender, world


def main() -> None:
    """Send until killed."""
    slot, file = int(sys.argv[1]), Path(sys.argv[2])
    settings = configuration.load(sys.stdin.buffer.readline())

    def wrong(self: world.SystemClock) -> float:
        return time.time() + float(file.read_text() or 0)

    world.SystemClock.time = wrong  # type: ignore[method-assign]
    asyncio.run(sender.run(settings, slot, asyncio.Event()))


if __name__ == "__main__":
    main()
