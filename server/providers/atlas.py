"""The error atlas: what each vendor's code means, what the send path does, what a person can do.

It is data: one table a vendor as the vendor publishes it, `amendments` for what those tables do not say (whom a code
concerns, how long to wait, what we know better), `http_status` for codes nobody knows, and `transport_errors` for what
goes wrong before a vendor speaks. No adapter has a table of its own.
"""

import csv
import dataclasses
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
STATUS = "http_status"  #: what a status means where nothing more is known
TRANSPORT = "transport_errors"  #: our own words for what goes wrong on the way
AMENDMENTS = "amendments"

_RANGE = re.compile(r"(\d+)-(\d+)")
_SECONDS = re.compile(r"\d{1,9}(\.\d{1,6})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One code of one vendor."""

    code: str
    meaning: str
    disposition: errors.Disposition | None  #: None where the code is not an error
    remedy: str
    scope: errors.Scope = errors.Scope.LANE
    wait_s: float | None = None  #: how long to wait where the vendor does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One file of the atlas: exact codes, and ranges of numbers."""

    exact: dict[str, Entry]
    ranges: tuple[tuple[range, Entry], ...]

    def find(self, code: str) -> Entry | None:
        """The entry of a code, or of the first range that holds it."""
        found = self.exact.get(code)
        if found is not None or not self.ranges or not (code.isascii() and code.isdigit() and len(code) < 19):
            return found
        number = int(code)
        return next((entry for span, entry in self.ranges if number in span), None)


@functools.cache
def table(name: str) -> Table:
    """Read `resources/reference/<name>.csv` and its amendments once.

    Raises ValueError naming the row that cannot be read.
    """
    path = FOLDER / f"{name}.csv"
    entries: dict[str, Entry] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found = _entry(row, path)
            entries[found.code] = found
    for code, row in _amendments(name):
        entries[code] = _amended(entries.get(code), row)
    exact: dict[str, Entry] = {}
    ranges: list[tuple[range, Entry]] = []
    for code, found in entries.items():
        if span := _RANGE.fullmatch(code):
            ranges.append((range(int(span[1]), int(span[2]) + 1), found))
        else:
            exact[code] = found
    return Table(exact=exact, ranges=tuple(ranges))


def _entry(row: dict[str, str], path: Path) -> Entry:
    try:
        word = row["class"]
        disposition = None if word == SUCCESS else errors.Disposition(word)
        return Entry(code=row["code"], meaning=row["meaning"], disposition=disposition, remedy=row["remedy"])
    except (KeyError, ValueError) as fault:
        message = f"{path.name}: the row of code {row.get('code')!r} has no known class; mend the file"
        raise ValueError(message) from fault


def _amendments(name: str) -> list[tuple[str, dict[str, str]]]:
    """The amendments of one table, by code."""
    path = FOLDER / f"{AMENDMENTS}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["code"], row) for row in csv.DictReader(file) if row["table"] == name]


def _amended(known: Entry | None, row: dict[str, str]) -> Entry:
    """An entry with an amendment's filled cells in place of its own; a new one where the table has none."""
    if known is None:
        known = _entry(row, FOLDER / f"{AMENDMENTS}.csv")
    return dataclasses.replace(
        known,
        meaning=row["meaning"] or known.meaning,
        disposition=errors.Disposition(row["class"]) if row["class"] else known.disposition,
        scope=errors.Scope(row["scope"]) if row["scope"] else known.scope,
        wait_s=float(row["wait_s"]) if row["wait_s"] else known.wait_s,
        remedy=row["remedy"] or known.remedy,
    )


def entry(name: str, code: str) -> Entry | None:
    """What a code means in one table; None where the table does not know it."""
    return table(name).find(code)


def judge(name: str, code: str, status: int) -> Entry | None:
    """What a code means; of one nobody knows, what its HTTP status means: to this vendor, else to everybody.

    None where nothing is known, not even a status.
    """
    by_status = str(status) if status else ""
    # Vendors count their codes from where they like: a status is looked for under a name no code has.
    for found in (entry(name, code), entry(name, f"http-{by_status}"), entry(STATUS, by_status)):
        if found is not None and found.disposition is not None:
            return found
    return None


def error(
    name: str,
    code: str,
    *,
    text: str = "",
    status: int = 0,
    retry_after_s: float | None = None,
    **more: Any,
) -> errors.SendError:
    """The error a code stands for, of the class its disposition names.

    A code nobody knows is judged by its HTTP `status`, and without one is worth another try. `text` is what the
    vendor said; the atlas' own meaning stands in where they said nothing. What they say of waiting goes before what
    the atlas says. `more` goes to the error: `dead_since`, `remove_address`.
    """
    found = judge(name, code, status)
    if found is None:
        return errors.Transient(code, text, status=status, retry_after_s=retry_after_s, **more)
    kind = errors.BY_DISPOSITION[found.disposition or errors.Disposition.TRANSIENT]
    wait_s = found.wait_s if retry_after_s is None else retry_after_s
    named = {"scope": found.scope} | more
    return kind(code, text or found.meaning, status=status, retry_after_s=wait_s, **named)


def stranger(name: str, who: str, status: int, *, retry_after_s: float | None = None) -> errors.SendError:
    """The error for an answer that is not the vendor's: a gateway, a captive portal, a wrong address.

    It says nothing of a message: what would be the content's fault coming from the vendor is our set-up's here.
    """
    code = f"http-{status}"
    found = judge(name, code, status)
    disposition = found.disposition if found is not None else errors.Disposition.DOUBT
    if disposition in (errors.Disposition.PERMANENT_CONTENT, errors.Disposition.PERMANENT_RECIPIENT):
        disposition = errors.Disposition.AUTH_CONFIG
    kind = errors.BY_DISPOSITION[disposition or errors.Disposition.DOUBT]
    text = f"The endpoint does not answer like {who}"
    if found is not None:
        text = f"{text}: {found.meaning[:1].lower()}{found.meaning[1:]}"
    return kind(code, text, status=status, retry_after_s=retry_after_s)


def on_the_way(code: str, text: str = "", *, status: int = 0) -> errors.SendError:
    """The error for what went wrong before a vendor spoke; `code` is one of our own words."""
    found = table(TRANSPORT).exact[code]
    kind = errors.BY_DISPOSITION[found.disposition or errors.Disposition.DOUBT]
    return kind(code, text or found.meaning, status=status)


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
