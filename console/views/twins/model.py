"""What the twins page knows: the inbox's columns, outcomes, and what a device would show of an arrival."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from console.widgets import figures, icons, paged, pills
from server.channels import contents
from server.wire import twins

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
        width=170,
        stretch=True,
    ),
    paged.Column(
        title="What a device shows",
        text=lambda row: _lines(row)[0],
        kind=paged.Kind.TWO_LINES,
        second=lambda row: _lines(row)[1],
        width=190,
        stretch=True,
    ),
    paged.Column(
        title="Outcome",
        text=lambda row: look(row.outcome).word,
        kind=paged.Kind.PILL,
        look=lambda row: look(row.outcome),
        width=136,
    ),
    paged.Column(
        title="Handed",
        text=_times,
        kind=paged.Kind.NUMBER,
        tone=lambda row: "warn" if row.count > 1 else None,
        width=72,
        help="How often this recipient was handed this message; more than once is one too many",
    ),
    paged.Column(title="When", text=lambda row: figures.clock(row.at), width=84),
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


# -- what a device shows ------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One card of a rich message, or the whole of a plain one."""

    title: str = ""
    subtitle: str = ""
    body: str = ""
    image: str = ""  #: address of the picture; it is named, never fetched
    buttons: tuple[str, ...] = ()
    footer: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What a device makes of an arrival."""

    channel: str
    sender: str = ""
    cards: tuple[Card, ...] = ()
    chips: tuple[str, ...] = ()  #: suggestions below everything
    note: str = ""  #: what the device does not show but a person wants to know, such as segments


def device(arrived: twins.Arrived) -> Device:
    """Read what the twin says a device shows. It is somebody else's text: whatever is not as expected is left out."""
    arrival, shown = arrived.arrival, arrived.shown
    match arrival.channel:
        case "apns":
            return _apns(arrival, shown)
        case "webpush":
            return _webpush(arrival, shown)
        case "email":
            return _email(arrived)
        case "sms":
            return _sms(arrival, shown)
        case "rcs":
            return _rcs(arrival, shown)
        case _:
            return _whatsapp(arrival, shown)


def _apns(arrival: twins.Arrival, shown: Mapping[str, Any]) -> Device:
    aps = _mapping(shown.get("aps"))
    alert = _mapping(aps.get("alert"))
    badge = aps.get("badge")
    return Device(
        channel=arrival.channel,
        sender="Your app",
        cards=(
            Card(
                title=_text(alert.get("title")) or arrival.title,
                subtitle=_text(alert.get("subtitle")),
                body=_text(alert.get("body")) or arrival.text,
                image=_text(shown.get("image")) or arrival.image,
            ),
        ),
        note=f"Badge {badge}" if isinstance(badge, int) else "",
    )


def _webpush(arrival: twins.Arrival, shown: Mapping[str, Any]) -> Device:
    actions = tuple(_text(action.get("title")) for action in _mappings(shown.get("actions")))
    return Device(
        channel=arrival.channel,
        sender=_text(shown.get("url")).partition("//")[2].partition("/")[0] or "Browser",
        cards=(
            Card(
                title=_text(shown.get("title")) or arrival.title,
                body=_text(shown.get("body")) or arrival.text,
                image=_text(shown.get("image")) or arrival.image,
                buttons=tuple(title for title in actions if title),
            ),
        ),
    )


def _email(arrived: twins.Arrived) -> Device:
    shown = arrived.shown
    plain = (
        arrived.body if arrived.body and "<html" not in arrived.body[:400].lower() else arrived.arrival.text
    )
    return Device(
        channel="email",
        sender=_text(shown.get("from")),
        cards=(
            Card(
                title=_text(shown.get("subject")) or arrived.arrival.title,
                body=plain.replace("\r\n", "\n").strip(),
                image=arrived.arrival.image,
            ),
        ),
        note="The plain text part; the HTML part is in the content below." if shown.get("html") else "",
    )


def _sms(arrival: twins.Arrival, shown: Mapping[str, Any]) -> Device:
    segments = shown.get("segments")
    counted = f"{segments} segment{'' if segments == 1 else 's'}" if isinstance(segments, int) else ""
    return Device(
        channel="sms",
        sender=_text(shown.get("from")) or arrival.title,
        cards=(Card(body=_text(shown.get("body")) or arrival.text, image=_text(shown.get("media"))),),
        note=", ".join(part for part in (_text(shown.get("encoding")), counted) if part),
    )


def _whatsapp(arrival: twins.Arrival, shown: Mapping[str, Any]) -> Device:
    labels = tuple(_text(button.get("text")) for button in _mappings(shown.get("buttons")))
    return Device(
        channel=arrival.channel,
        sender=arrival.title,
        cards=(
            Card(
                title=_text(shown.get("header")),
                body=_text(shown.get("body")) or arrival.text,
                image=_text(shown.get("image")) or arrival.image,
                footer=_text(shown.get("footer")),
                buttons=tuple(label for label in labels if label),
            ),
        ),
    )


def _rcs(arrival: twins.Arrival, shown: Mapping[str, Any]) -> Device:
    cards = tuple(
        Card(
            title=_text(card.get("title")),
            body=_text(card.get("description")),
            image=_text(card.get("image")),
            buttons=_texts(card.get("suggestions")),
        )
        for card in _mappings(shown.get("cards"))
    )
    words = _text(shown.get("text"))
    if words or not cards:
        image = "" if cards else arrival.image
        cards = (Card(body=words or arrival.text, image=image), *cards)
    return Device(channel="rcs", sender="RCS agent", cards=cards, chips=_texts(shown.get("suggestions")))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
