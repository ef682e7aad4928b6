"""A real sender that stops itself, as SIGSTOP does, between the flushed intent and the first byte of a message.

`python -m tests.acceptance.harness.stopping < SETTINGS`: it is the sender of slot 0, and stops right after the first
tick that granted an intent. Whoever started it lets it go on. Everything else of it is the sender itself.
"""

import asyncio
import os
import signal
import sqlite3
import sys

from server import settings as configuration
from server.engine import sender
from server.store.ledger import ticking, ticks


def main() -> None:
    """Send until killed."""
    tick = ticking.tick
    stopped = False

    def stop_after(connection: sqlite3.Connection, work: ticks.Tick) -> ticks.Done:
        nonlocal stopped
        done = tick(connection, work)
        if done.granted and not stopped:
            stopped = True
            os.kill(os.getpid(), signal.SIGSTOP)
        return done

    ticking.tick = stop_after
    settings = configuration.load(sys.stdin.buffer.readline())
    asyncio.run(sender.run(settings, 0, asyncio.Event()))


if __name__ == "__main__":
    main()
