"""What a reason means and what to do about it: ours from a table, the vendors' from the bundled references."""

import csv
import functools
import re
from dataclasses import dataclass

from console.widgets import theme
from server.wire import ledger

FOLDER = theme.RESOURCES / "reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A reason in words."""

    words: str
    remedy: str = ""


#: Reasons this system gives itself.
OURS = {
    ledger.Skip.NO_ADDRESS: Meaning(
        words="No address on this channel",
        remedy="Import an address for this person, or leave the channel out of the campaign.",
    ),
    ledger.Skip.SUPPRESSED: Meaning(
        words="The address is suppressed",
        remedy="Lift the suppression under Audiences if the person wants messages again.",
    ),
    ledger.Skip.MISSING_VALUE: Meaning(
        words="A value for the template is missing",
        remedy="Give the variable a default in the template, or import the value.",
    ),
    ledger.Skip.CONTENT: Meaning(
        words="The content breaks a rule of the channel once it is filled in",
        remedy="Shorten the texts or the values that go into them.",
    ),
    ledger.Skip.DUPLICATE: Meaning(
        words="The same address was already written to in this run",
        remedy="Nothing is to be done: one address gets one message a run.",
    ),
    ledger.Skip.QUIET_HOURS: Meaning(
        words="It came in the quiet hours where this person is",
        remedy="Let such messages wait in place of skipping them, under Limits and hours of the next campaign.",
    ),
    ledger.Skip.FREQUENCY: Meaning(
        words="This person had had as many messages as a frequency cap allows",
        remedy="Nothing is to be done; a wider cap under Limits and hours lets more through.",
    ),
    ledger.Skip.TOO_LATE: Meaning(
        words="The hour had passed where this person is when the run began",
        remedy="Launch earlier, or let whose hour has passed go at once or on the next day.",
    ),
    ledger.Skip.EXPIRED: Meaning(
        words="It still waited when the campaign's last moment came",
        remedy="Launch earlier, or with a later last moment.",
    ),
    ledger.Skip.NOT_NEEDED: Meaning(
        words="The RCS message arrived, so the SMS in its place was not needed",
        remedy="Nothing is to be done.",
    ),
    ledger.Skip.FALLBACK_UNCONFIRMED: Meaning(
        words="Nobody could say whether the RCS message arrived, so the SMS in its place was not sent",
        remedy="Look at the RCS message's story; write to the person by hand if it matters.",
    ),
    "no_answer": Meaning(
        words="The provider gave no answer",
        remedy="It may have been sent. It is not sent again by itself, because then it might arrive twice.",
    ),
}

NOTHING = Meaning(words="")

_SPAN = re.compile(r"(\d+)-(\d+)$")
_NUMBER = re.compile(r"\d+")


def explain(channel: str, reason: str) -> Meaning:
    """What a reason means on a channel; a code nobody has written down is told as such."""
    if not reason:
        return NOTHING
    ours = OURS.get(reason)
    if ours is not None:
        return ours
    written = _written().get(reason)
    if written is not None:
        return written
    for code in (reason, *_NUMBER.findall(reason)[:1]):
        found = _atlas(channel).get(code) or _spanned(channel, code)
        if found is not None:
            return found
    return Meaning(
        words=f"The provider's code {reason}", remedy="Look it up in the provider's documentation."
    )


def _spanned(channel: str, code: str) -> Meaning | None:
    if not code.isdecimal():
        return None
    for low, high, meaning in _spans(channel):
        if low <= int(code) <= high:
            return meaning
    return None


@functools.cache
def _spans(channel: str) -> tuple[tuple[int, int, Meaning], ...]:
    found = ((_SPAN.match(code), meaning) for code, meaning in _atlas(channel).items())
    return tuple((int(span[1]), int(span[2]), meaning) for span, meaning in found if span)


@functools.cache
def _atlas(channel: str) -> dict[str, Meaning]:
    """Every code of the channel's providers. A file that is missing explains nothing, and breaks nothing."""
    found: dict[str, Meaning] = {}
    for provider in _rows("providers"):
        key = provider["key"]
        if channel in (key.partition("/")[0], key.partition("/")[2]):
            for table in provider["atlas"].split():
                for row in _rows(table):
                    found.setdefault(row["code"], Meaning(words=row["meaning"], remedy=row["remedy"]))
    return found


@functools.cache
def _written() -> dict[str, Meaning]:
    """Reasons of our own that the bundled references hold: of the ledger, and of what goes wrong on the way."""
    rows = [*_rows("transport_errors"), *_rows("ledger_reasons")]
    return {row["code"]: Meaning(words=row["meaning"], remedy=row["remedy"]) for row in rows}


def _rows(table: str) -> list[dict[str, str]]:
    try:
        with (FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError:
        return []
