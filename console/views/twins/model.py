"""What the twins page knows: the inbox's columns, outcomes, and which arrivals equal their promise."""

import dataclasses
from collections.abc import Mapping, Sequence

from console.views.twins import verdicts
from console.widgets import figures, icons, paged, pills
from server.channels import contents
from server.wire import arrivals, twins

#: What an arrival came to. A word that is not here is the code the twin answered with.
OUTCOMES = {
    "delivered": pills.Look("Delivered", "check-check", "ok"),
    "seen": pills.Look("Seen", "eye", "ok"),
    "clicked": pills.Look("Clicked", "mouse-pointer-click", "ok"),
    "replied": pills.Look("Replied", "reply", "ok"),
    "dead": pills.Look("Dead", "user-x", "bad"),
    "blocked": pills.Look("Blocked", "ban", "bad"),
    "refused": pills.Look("Refused", "circle-x", "bad"),
    "bounced": pills.Look("Bounced", "mail-x", "bad"),
    "unreachable": pills.Look("Unreachable", "wifi-off", "warn"),
    "silent": pills.Look("Silent", "bell-off", "mute"),
    "complained": pills.Look("Complained", "flag", "bad"),
    "unsubscribed": pills.Look("Unsubscribed", "user-x", "warn"),
    "throttled": pills.Look("Throttled", "gauge", "warn"),
    "down": pills.Look("Down at first", "server-off", "warn"),
    "slow": pills.Look("Slow", "timer", "warn"),
    "cut": pills.Look("Cut off", "unplug", "warn"),
    "doubled": pills.Look("Doubled", "copy", "ok"),
    "shuffled": pills.Look("Shuffled", "shuffle", "ok"),
    "unreadable": pills.Look("Unreadable", "lock", "bad"),
}


def look(outcome: str) -> pills.Look:
    """An outcome's face; a code is what the twin refused it with."""
    found = OUTCOMES.get(outcome)
    return found if found is not None else pills.Look(outcome or "Unknown", "circle-x", "bad")


def recipient(to: str) -> str:
    """A recipient as a list shows it: a device token by its ends."""
    return f"{to[:10]}…{to[-6:]}" if len(to) > 40 and " " not in to else to


def _lines(row: twins.Arrival) -> tuple[str, str]:
    """What a device shows first, and below it. A text message has no title but its sender."""
    words = " ".join(row.text.split())
    if row.channel in ("sms", "whatsapp") and words:
        return words, f"from {row.title}" if row.title else ""
    return row.title or words or "Nothing was shown", words if row.title else ""


def _times(row: twins.Arrival) -> str:
    return "—" if row.count == 0 else f"{figures.count(row.count)}×"


Glances = Mapping[int, arrivals.Glance]


def columns(glances: Glances) -> tuple[paged.Column, ...]:
    """The inbox's columns; `glances` grows as the server compares."""

    def glance(row: twins.Arrival) -> pills.Look:
        return verdicts.look(glances.get(row.id))

    return (
        *COLUMNS[:-2],
        paged.Column(
            title="Promise",
            text=lambda row: glance(row).word,
            kind=paged.Kind.PILL,
            look=glance,
            width=100,
            help="Whether what arrived is what was promised, by the hash in the ledger",
        ),
        *COLUMNS[-2:],
    )


COLUMNS = (
    paged.Column(
        title="",
        text=lambda row: contents.TITLES.get(row.channel, row.channel),
        kind=paged.Kind.ICONS,
        icons=lambda row: [icons.channel(row.channel)],
        width=44,
        help="Channel",
    ),
    paged.Column(
        title="To",
        text=lambda row: recipient(row.to),
        kind=paged.Kind.TWO_LINES,
        second=lambda row: row.twin,
        width=150,
        stretch=True,
        sort="to",
    ),
    paged.Column(
        title="What a device shows",
        text=lambda row: _lines(row)[0],
        kind=paged.Kind.TWO_LINES,
        second=lambda row: _lines(row)[1],
        width=160,
        stretch=True,
    ),
    paged.Column(
        title="Outcome",
        text=lambda row: look(row.outcome).word,
        kind=paged.Kind.PILL,
        look=lambda row: look(row.outcome),
        width=136,
        sort="outcome",
    ),
    paged.Column(
        title="Handed",
        text=_times,
        kind=paged.Kind.NUMBER,
        tone=lambda row: "warn" if row.count > 1 else None,
        width=72,
        help="How often this recipient was handed this message; more than once is one too many",
    ),
    paged.Column(title="When", text=lambda row: figures.clock(row.at), width=84, sort="at"),
)

MAGIC = (
    paged.Column(
        title="Word",
        text=lambda row: row.word,
        kind=paged.Kind.PILL,
        look=lambda row: dataclasses.replace(look(row.word), word=row.word),
        width=150,
    ),
    paged.Column(title="What it does", text=lambda row: f"It {row.does}.", width=300, stretch=True),
    paged.Column(
        title="Address", text=lambda row: row.address, kind=paged.Kind.MONO, width=260, stretch=True
    ),
)


def magic_of(rows: Sequence[twins.Magic], channel: str, find: str) -> list[twins.Magic]:
    """The magic recipients of a channel whose word or deed has the text in it."""
    wanted = find.casefold()
    return [
        row
        for row in rows
        if row.channel == channel and (wanted in row.word or wanted in row.does.casefold())
    ]
