"""Read a CSV file somebody else made: what it is written in, and its rows one by one, each with where it ends."""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

#: Bytes of the longest record. A quote that is never closed would else swallow the rest of the file.
LONGEST_RECORD = 131_072
#: Bytes looked at to find out what a file is.
HEAD = 65_536
#: Most columns of a table; beyond that it is not a table of people.
MOST_COLUMNS = 500

csv.field_size_limit(LONGEST_RECORD)  # process-wide, in case something lowered it: our own bound comes first

_BLOCK = 262_144
_DELIMITERS = (",", ";", "\t", "|")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: How workbooks, archives and documents begin.
_BINARY = (
    *(b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"%PDF", b"SQLite format 3"),
    *(b"\x89PNG", b"\xff\xd8\xff"),
)
#: What no name of a column holds.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class NotTabular(Exception):
    """The file is no CSV at all. The sentence says why, `remedy` what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a file is written, and its header."""

    encoding: str  #: utf-8, utf-16-le, utf-16-be or cp1252
    delimiter: str
    columns: tuple[str, ...]  #: each once: a second `email` is `email (2)`, a nameless one `column 3`
    faults: tuple[str, ...]  #: sentences about the header
    line_end: str  #: line feed, or carriage return in files of old
    start: int  #: byte at which the first row after the header begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row as it stands in the file."""

    row: int  #: as a spreadsheet counts: the header is 1
    cells: list[str]
    end: int  #: byte after the record
    fault: str = ""  #: why it could not be read; `cells` then holds what was recognised


def inspect(head: bytes, *, whole: bool = False) -> Form:
    """Find out how a file is written from its first bytes; `whole` if these are all. Raises NotTabular."""
    if not head.strip(b"\r\n\t \x00\xef\xbb\xbf\xff\xfe"):
        raise NotTabular("The file is empty.", "Export it again; its first row must name the columns.")
    encoding, skip = _encoding(head, whole=whole)
    if head.startswith(_BINARY) or (not encoding.startswith("utf-16") and head.count(0) * 20 > len(head)):
        raise _binary()
    body = codecs.getincrementaldecoder(encoding)("replace").decode(head[skip:])
    line_end = "\r" if "\r" in body and "\n" not in body else "\n"
    lines = list(_lines_of(body, encoding, line_end, whole=whole))
    declared, start = _declared(lines, skip)
    if declared:
        lines = lines[1:]
    while lines and not lines[0][0].strip():  # blank lines before the header
        start += lines.pop(0)[1]
    if not lines:
        raise NotTabular(
            f"The first line is longer than {HEAD // 1024} KB.",
            "The first row must name the columns, and rows must end in line breaks.",
        )
    delimiter = declared or _delimiter([text for text, _ in lines[:50]])
    header, size = _first_record(lines, delimiter)
    columns, faults = _columns(header)
    if _CONTROL.search("".join(columns)):
        raise _binary()
    return Form(
        encoding=encoding,
        delimiter=delimiter,
        columns=columns,
        faults=faults,
        line_end=line_end,
        start=start + size,
    )


def _binary() -> NotTabular:
    return NotTabular(
        "The file is no CSV: it holds binary data.",
        "Save it from the spreadsheet as `CSV UTF-8`; a workbook (.xlsx) or an archive cannot be read directly.",
    )


def records(file: BinaryIO, form: Form, *, offset: int, row: int) -> Iterator[Record]:
    """Every row from a byte offset on, blank ones left out; `row` is the number of the first. Constant in memory."""
    lines = _Lines(file, form, offset)
    reader = _reader(_of_one_record(lines), form.delimiter)
    while True:
        lines.mark()
        try:
            cells, fault = _next(reader, lines)
        except StopIteration:
            return
        if fault:
            reader = _reader(_of_one_record(lines), form.delimiter)
        if fault or any(cell.strip() for cell in cells):
            yield Record(row=row, cells=cells, end=lines.offset, fault=fault)
        row += 1


def _next(reader: Iterator[list[str]], lines: "_Lines") -> tuple[list[str], str]:
    """The next row's cells, and why they cannot be trusted. Raises StopIteration at the end."""
    try:
        cells = next(reader)
        if not lines.ended:
            return cells, "" if lines.sound else "The row is not written in UTF-8 as the rest of the file is."
        fault = "A quote is opened and never closed."  # the reader went on to the end of the file
    except csv.Error:
        return [lines.marked], "The row holds a line break outside quotes."
    except _Runaway:
        fault = f"The row is longer than {LONGEST_RECORD // 1024} KB; is a quote not closed?"
    lines.back()  # the line that opened the quote is given up, and reading goes on after it
    return [lines.marked], fault


def _of_one_record(lines: "_Lines") -> Iterator[str]:
    """Lines, as long as those since the mark may be one record."""
    for line in lines:
        if lines.offset - lines.marked_at > LONGEST_RECORD:
            raise _Runaway
        yield line


def _reader(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True)


class _Runaway(Exception):
    """A record grew beyond all bounds."""


class _Lines:
    """Physical lines of a file, with the offset after the last one given. Goes on after an exception elsewhere."""

    def __init__(self, file: BinaryIO, form: Form, offset: int) -> None:
        self.offset = offset
        self.marked_at = offset
        self.sound = True  #: whether all since the mark could be decoded
        self.marked = ""  #: the first line after the mark, cut
        self.ended = False  #: whether more was asked for than there is
        self._first_end = offset
        self._file = file
        self._encoding = form.encoding
        self._end = form.line_end.encode(form.encoding)
        self._held = b""
        self._at = 0
        file.seek(offset)

    def mark(self) -> None:
        """A record begins here."""
        self.marked_at = self.offset
        self.sound = True
        self.marked = ""
        self._first_end = -1

    def back(self) -> None:
        """Go back to the second line after the mark."""
        self.offset = self._first_end
        self.ended = False
        self._held, self._at = b"", 0
        self._file.seek(self.offset)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw, size = self._take()
        if not raw:
            self.ended = True
            raise StopIteration
        self.offset += size
        text = self._decode(raw)
        if self._first_end < 0:
            self._first_end, self.marked = self.offset, text[:200]
        return text

    def _take(self) -> tuple[bytes, int]:
        """The next line and its size in bytes; of an endless line only the beginning, with the size of all of it."""
        dropped = 0
        while (end := self._find_end()) < 0:
            if len(self._held) - self._at > 2 * LONGEST_RECORD:
                kept = self._at + LONGEST_RECORD
                dropped += len(self._held) - kept - len(self._held) % 2
                self._held = self._held[:kept] + self._held[len(self._held) - len(self._held) % 2 :]
            block = self._file.read(_BLOCK)
            self._held = self._held[self._at :] + block
            self._at = 0
            if not block:
                end = len(self._held)
                break
        raw = self._held[self._at : end]
        self._at = end
        return raw, len(raw) + dropped

    def _find_end(self) -> int:
        """Byte after the next line's end; -1 where it is not in what is held."""
        width = len(self._end)
        found = self._held.find(self._end, self._at)
        while found >= 0 and (found - self._at) % width:
            found = self._held.find(self._end, found + 1)
        return found + width if found >= 0 else -1

    def _decode(self, raw: bytes) -> str:
        try:
            return raw.decode(self._encoding)
        except UnicodeDecodeError:
            self.sound = False
            return raw.decode("cp1252" if self._encoding == "utf-8" else self._encoding, errors="replace")


# -- what a file is --------------------------------------------------------------------------------------------------


def _encoding(head: bytes, *, whole: bool) -> tuple[str, int]:
    """The encoding, and how many bytes its mark takes."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise NotTabular("The file is written in UTF-32.", "Save it as `CSV UTF-8`.")
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, len(mark)
    sample = head[:2000]
    pairs = max(len(sample) // 2, 1)
    if sample[1::2].count(0) > 0.6 * pairs:
        return "utf-16-le", 0
    if sample[0::2].count(0) > 0.6 * pairs:
        return "utf-16-be", 0
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=whole)
    except UnicodeDecodeError:
        return "cp1252", 0
    return "utf-8", 0


def _lines_of(body: str, encoding: str, line_end: str, *, whole: bool) -> Iterator[tuple[str, int]]:
    """Lines of the head, each with its length in bytes; the last only if it is complete."""
    *lines, rest = body.split(line_end)
    for line in lines:
        yield line + line_end, len((line + line_end).encode(encoding, "replace"))
    if rest and whole:
        yield rest, len(rest.encode(encoding, "replace"))


def _declared(lines: list[tuple[str, int]], skip: int) -> tuple[str, int]:
    """The delimiter a first line `sep=;` declares, as spreadsheets write it, and where the header begins."""
    if lines and len(text := lines[0][0].rstrip("\r\n")) == 5 and text.lower().startswith("sep="):
        return text[4], skip + lines[0][1]
    return "", skip


def _delimiter(lines: list[str]) -> str:
    """The delimiter that cuts most rows into as many cells as the header."""
    best, best_score = ",", (0.0, 0)
    for candidate in _DELIMITERS:
        try:
            rows = [row for row in _reader(iter(lines), candidate) if any(row)]
        except csv.Error:
            continue
        if not rows or len(rows[0]) < 2:
            continue
        agreeing = sum(len(row) == len(rows[0]) for row in rows)
        score = (agreeing / len(rows), len(rows[0]))
        if score > best_score:
            best, best_score = candidate, score
    return best


def _first_record(lines: list[tuple[str, int]], delimiter: str) -> tuple[list[str], int]:
    """The header's cells, and how many bytes it takes: it too may hold line breaks between quotes."""
    taken = 0

    def fed() -> Iterator[str]:
        nonlocal taken
        for text, size in lines:
            taken += size
            yield text

    try:
        return next(_reader(fed(), delimiter)), taken
    except (csv.Error, StopIteration) as error:
        raise NotTabular("The header cannot be read.", "The first row must name the columns.") from error


def _columns(header: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if len(header) > MOST_COLUMNS:
        raise NotTabular(
            f"The header has {len(header):,} columns; at most {MOST_COLUMNS} are read.",
            "Leave out what is not needed.",
        )
    columns: list[str] = []
    faults: list[str] = []
    for index, cell in enumerate(header, start=1):
        name = " ".join(cell.replace("\x00", "").split())[:100]
        if not name:
            faults.append(f"Column {index} has no name.")
            name = f"column {index}"
        if name in columns:
            faults.append(
                f"Two columns are called {name!r}; the later one is read as {name!r} with its number."
            )
            number = 2
            while f"{name} ({number})" in columns:
                number += 1
            name = f"{name} ({number})"
        columns.append(name)
    return tuple(columns), tuple(faults)
