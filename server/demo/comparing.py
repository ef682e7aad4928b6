"""Compare the ledger with the twins' inbox, message by message: the outside decides what was sent, not our own word."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from server.demo import figures
from server.wire import ledger, messages


@dataclass(slots=True)
class Handed:
    """One of our references as the twins know it."""

    channel: str
    taken: int


@dataclass(slots=True)
class Count:
    """One channel's comparison while it grows."""

    taken: int = 0
    repeated: int = 0
    expected: int = 0
    doubted: int = 0
    lost: list[str] = field(default_factory=list)
    unclaimed: list[str] = field(default_factory=list)


def inbox(data: Path, run_prefix: str) -> dict[str, Handed]:
    """Reference to what the twins did with it, for all references of one run."""
    path = data / "twins" / "inbox.db"
    query = "SELECT ref, channel, sum(taken) FROM arrival WHERE ref >= ? AND ref < ? GROUP BY ref, channel"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        rows = database.execute(query, (run_prefix, run_prefix + "\U0010ffff"))
        return {ref: Handed(channel, taken) for ref, channel, taken in rows}


def rows(dump: Iterable[bytes]) -> Iterator[messages.DumpRow]:
    """The messages of a ledger dump, which is one JSON object a line."""
    decoder = msgspec.json.Decoder(messages.DumpRow)
    left = b""
    for piece in dump:
        *lines, left = (left + piece).split(b"\n")
        for line in lines:
            if line:
                yield decoder.decode(line)
    if left:
        yield decoder.decode(left)


def compare(
    ledger_rows: Iterable[messages.DumpRow], arrived: dict[str, Handed]
) -> dict[str, figures.TwinWord]:
    """Channel to the twins' word. `arrived` is used up: what remains of it belongs to no message."""
    counts: dict[str, Count] = {}
    for row in ledger_rows:
        _weigh(row, arrived.pop(row.ref, None), counts.setdefault(row.channel, Count()))
    for ref, handed in arrived.items():
        count = counts.setdefault(handed.channel, Count())
        if handed.taken:
            count.taken += 1
            count.unclaimed.append(ref)
    return {channel: _word(count) for channel, count in counts.items()}


def _weigh(row: messages.DumpRow, handed: Handed | None, count: Count) -> None:
    taken = handed.taken if handed else 0
    count.taken += taken > 0
    count.repeated += taken > 1
    if row.state is ledger.State.DOUBT:
        count.doubted += taken > 0
        return
    # A failed message that has the provider's reference was taken first, and came back later.
    expected = row.state in ledger.ACCEPTED or (row.state is ledger.State.FAILED and row.provider_ref != "")
    count.expected += expected
    if expected and not taken:
        count.lost.append(row.ref)
    elif taken and not expected:
        count.unclaimed.append(row.ref)


def _word(count: Count) -> figures.TwinWord:
    return figures.TwinWord(
        taken=count.taken,
        repeated=count.repeated,
        expected=count.expected,
        doubted=count.doubted,
        lost=len(count.lost),
        unclaimed=len(count.unclaimed),
        examples=[*count.lost[:5], *count.unclaimed[:5]],
    )
