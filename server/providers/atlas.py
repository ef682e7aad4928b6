"""The error atlas: what each vendor's code means, what the send path does, what a person can do."""

import csv
import datetime as dt
import email.utils
import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.providers import errors

FOLDER = Path(__file__).parents[2] / "resources" / "reference"
SUCCESS = "success"  #: the class of the few rows that are no errors

_RANGE = re.compile(r"(\d+)-(\d+)")
_SECONDS = re.compile(r"\d{1,9}(\.\d{1,6})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One code of one vendor."""

    code: str
    meaning: str
    disposition: errors.Disposition | None  #: None where the code is not an error
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One file of the atlas: exact codes, and ranges of numbers."""

    exact: dict[str, Entry]
    ranges: tuple[tuple[range, Entry], ...]

    def find(self, code: str) -> Entry | None:
        """The entry of a code, or of the range that holds it."""
        found = self.exact.get(code)
        if found is not None or not self.ranges or not (code.isascii() and code.isdigit() and len(code) < 19):
            return found
        number = int(code)
        return next((entry for span, entry in self.ranges if number in span), None)


@functools.cache
def table(name: str) -> Table:
    """Read `resources/reference/<name>.csv` once. Raises ValueError naming the row that cannot be read."""
    exact: dict[str, Entry] = {}
    ranges: list[tuple[range, Entry]] = []
    path = FOLDER / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            entry = _entry(row, path)
            span = _RANGE.fullmatch(entry.code)
            if span:
                ranges.append((range(int(span[1]), int(span[2]) + 1), entry))
            else:
                exact[entry.code] = entry
    return Table(exact=exact, ranges=tuple(ranges))


def _entry(row: dict[str, str], path: Path) -> Entry:
    try:
        word = row["class"]
        disposition = None if word == SUCCESS else errors.Disposition(word)
        return Entry(code=row["code"], meaning=row["meaning"], disposition=disposition, remedy=row["remedy"])
    except (KeyError, ValueError) as fault:
        message = f"{path.name}: the row of code {row.get('code')!r} has no known class; mend the file"
        raise ValueError(message) from fault


def entry(name: str, code: str) -> Entry | None:
    """What a code means in one table; None where the table does not know it."""
    return table(name).find(code)


def error(
    name: str,
    code: str,
    *,
    text: str = "",
    status: int = 0,
    retry_after_s: float | None = None,
    fallback: errors.Disposition = errors.Disposition.TRANSIENT,
    **more: Any,
) -> errors.SendError:
    """The error a code stands for, of the class its disposition names; `fallback` for codes nobody knows.

    `text` is what the vendor said; the atlas' own meaning stands in where they said nothing. `more` goes to
    the error: `dead_since`, `remove_address`.
    """
    found = entry(name, code)
    disposition = found.disposition if found is not None and found.disposition is not None else fallback
    if not text and found is not None:
        text = found.meaning
    kind = errors.BY_DISPOSITION[disposition]
    return kind(code, text, status=status, retry_after_s=retry_after_s, **more)


def retry_after(header: str | None, now: float) -> float | None:
    """Seconds to wait by a Retry-After header, in either of its forms; None where it says nothing.

    `now` is in epoch seconds. A date that has passed means 0; negative and unreadable values mean nothing.
    """
    value = (header or "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    if not value or not value[0].isalpha():
        return None
    try:
        moment = email.utils.parsedate_to_datetime(value)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)  # "-0000" is parsed as naive
        return max(0.0, aware.timestamp() - now)
    except (ValueError, OverflowError):
        return None
