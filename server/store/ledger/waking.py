"""Have something sent that had ended: its batch is opened again, and its run goes on."""

import bisect
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from server.store import statements

SQL = statements.load(Path(__file__).with_name("exceptions.sql"))


def wake(
    connection: sqlite3.Connection, *, workspace: int, run: int, seqs: Iterable[int], now: float
) -> None:
    """Open the batches that hold these waiting messages, and their run and campaign, in the caller's transaction.

    A batch that a sender holds is left alone: it is looked through once more before it is closed.
    """
    key = {"workspace": workspace, "run": run, "now": now}
    spans = sorted(
        (seq_from, seq_to, n) for n, seq_from, seq_to in connection.execute(SQL["idle_batches"], key)
    )
    starts = [seq_from for seq_from, _, _ in spans]
    opened = set()
    for seq in seqs:
        at = bisect.bisect_right(starts, seq) - 1
        if at >= 0 and seq < spans[at][1]:
            opened.add(spans[at][2])
    connection.executemany(SQL["open_batch"], [(workspace, run, n) for n in opened])
    connection.execute(SQL["wake_run"], key)
    connection.execute(SQL["wake_campaign"], key)
