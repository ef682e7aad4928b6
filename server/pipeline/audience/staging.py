"""Read a file chunk by chunk into staged rows, each chunk one transaction that also says how far it got."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from server.pipeline.audience import csvfile, mapping, rows
from server.wire import audiences

#: Rows of one chunk.
CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """What some rows of a file came to."""

    read: int
    staged: list[tuple[int, str]]  #: row's number and its person as JSON
    faults: list[audiences.ImportFault]
    end: int  #: byte after the last row


class Source:
    """A file being read, in a thread that is not the loop's."""

    def __init__(self, path: Path, *, mapped: dict[str, str], country: str, offset: int, row: int) -> None:
        """Go on after the row numbered `row`, at a byte offset; 0 for the beginning.

        Raises OSError, csvfile.NotTabular, or problems.Refused where the mapping does not fit the file.
        """
        self._file: BinaryIO = path.open("rb")
        try:
            head = self._file.read(csvfile.HEAD)
            form = csvfile.inspect(head, whole=len(head) < csvfile.HEAD)
            self._reader = rows.Reader(mapping.plan(mapped, form.columns), country)
        except BaseException:
            self._file.close()
            raise
        self._records: Iterator[csvfile.Record] = csvfile.records(
            self._file, form, offset=offset or form.start, row=row + 1
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def next(self) -> Chunk | None:
        """Read the next chunk; None at the end of the file. Raises OSError."""
        records = list(itertools.islice(self._records, CHUNK))
        if not records:
            return None
        staged: list[tuple[int, str]] = []
        faults: list[audiences.ImportFault] = []
        for record in records:
            found = self._reader.read(record)
            if found.person is not None:
                staged.append((found.row, msgspec.json.encode(found.person).decode()))
            faults += [_fault(fault, taken=found.person is not None) for fault in found.faults]
        return Chunk(read=len(records), staged=staged, faults=faults, end=records[-1].end)


def _fault(fault: rows.Fault, *, taken: bool) -> audiences.ImportFault:
    return audiences.ImportFault(
        row=fault.row,
        column=fault.column,
        value=fault.value,
        message=fault.message,
        remedy=fault.remedy,
        row_taken=taken,
    )
