"""RCS: text, a rich card or a carousel, with suggestions (Google RCS for Business agent messages)."""

import datetime as dt
import math
import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple
from urllib import parse

import msgspec

from server.channels import base

TEXT_LIMIT = 3072  #: characters of a text message
TITLE_LIMIT = 200  #: characters of a card's title
DESCRIPTION_LIMIT = 2000  #: characters of a card's description
LABEL_LIMIT = 25  #: characters of a suggestion's text
POSTBACK_LIMIT = 2048  #: characters a suggestion gives back
URL_LIMIT = 2048  #: characters of a URL
EVENT_TITLE_LIMIT = 100  #: characters of a calendar event's title
EVENT_DESCRIPTION_LIMIT = 500  #: characters of a calendar event's description
ON_CARD, ON_MESSAGE = 4, 11  #: suggestions at most
CAROUSEL = range(2, 11)  #: cards of a carousel
TTL_S = range(10, 15 * 86_400 + 1)
MESSAGE_LIMIT = 250_000  #: bytes of the whole message as JSON
BASIC_LIMIT = 160  #: bytes of UTF-8 up to which a plain text is billed as a basic message
REF_ROOM = 64  #: characters of a reference the meter leaves room for

#: What stands between a suggestion's own postback and our reference.
REF_MARK = ";ref="

_E164 = re.compile(r"\+[1-9]\d{6,14}")


class Suggestion(base.Content, frozen=True, kw_only=True):
    """A chip or a card's button."""

    kind: Literal["reply", "open_url", "dial", "view_location", "share_location", "calendar"] = "reply"
    text: str  #: at most 25 characters
    postback: str = ""  #: at most 2048; the text where empty
    url: str = ""
    phone: str = ""
    latitude: float | None = None
    longitude: float | None = None
    label: str = ""
    starts_at: str = ""  #: RFC 3339
    ends_at: str = ""
    title: str = ""
    description: str = ""


class Card(base.Content, frozen=True, kw_only=True):
    """One rich card."""

    title: str = ""  #: at most 200
    description: str = ""  #: at most 2000
    media_url: str = ""
    thumbnail_url: str = ""
    media_height: Literal["SHORT", "MEDIUM", "TALL"] = "MEDIUM"
    suggestions: list[Suggestion] = []  #: at most 4


class RcsContent(base.Content, frozen=True, kw_only=True, tag="rcs", tag_field="channel"):
    """What one RCS phone is handed: `text`, one card, or a carousel of 2 to 10 cards, by `kind`."""

    kind: Literal["text", "card", "carousel"] = "text"
    text: str = ""  #: at most 3072
    cards: list[Card] = []
    orientation: Literal["VERTICAL", "HORIZONTAL"] = "VERTICAL"
    image_side: Literal["LEFT", "RIGHT"] = "LEFT"  #: horizontal cards only
    card_width: Literal["SMALL", "MEDIUM"] = "MEDIUM"  #: carousels only; TALL media need MEDIUM
    suggestions: list[Suggestion] = []  #: at most 11
    traffic: Literal["PROMOTION", "TRANSACTION", "AUTHENTICATION", "SERVICEREQUEST", "ACKNOWLEDGEMENT"] = (
        "PROMOTION"
    )
    ttl_s: int = 172_800  #: 10 seconds to 15 days


class Billing(NamedTuple):
    """How a message is counted."""

    kind: Literal["basic", "single"]
    size: int  #: bytes of UTF-8 of the text; 0 for cards
    us_segments: int  #: what a text counts as in the United States; 1 for cards


def billing(content: RcsContent) -> Billing:
    """Whether a message is billed as basic (a short plain text) or single; bytes count, not characters."""
    if content.kind != "text":
        return Billing("single", 0, 1)
    size = len(content.text.encode())
    plain = size <= BASIC_LIMIT and not content.suggestions
    return Billing("basic" if plain else "single", size, max(1, math.ceil(len(content.text) / 160)))


def agent_message(content: RcsContent, *, ref: str = "") -> dict[str, Any]:
    """The message as it goes over the wire, before it is made JSON.

    `ref` is put behind each suggestion's postback where there is room, so that a tap leads back to it.
    """
    body: dict[str, Any] = {}
    if content.kind == "text":
        body["text"] = content.text
    else:
        body["richCard"] = _rich_card(content, ref)
    if content.suggestions:
        body["suggestions"] = [_suggestion(item, ref) for item in content.suggestions]
    return {"contentMessage": body, "messageTrafficType": content.traffic, "ttl": f"{content.ttl_s}s"}


def payload(content: RcsContent, *, ref: str = "") -> bytes:
    """The message as JSON, exactly as it is posted."""
    return msgspec.json.encode(agent_message(content, ref=ref))


def split_postback(postback: str) -> tuple[str, str]:
    """A tapped suggestion's own postback and our reference, which is empty where there was no room."""
    own, mark, ref = postback.rpartition(REF_MARK)
    return (own, ref) if mark else (postback, "")


def _rich_card(content: RcsContent, ref: str) -> dict[str, Any]:
    cards = [_card(card, ref) for card in content.cards]
    if content.kind == "carousel":
        return {"carouselCard": {"cardWidth": content.card_width, "cardContents": cards}}
    single: dict[str, Any] = {
        "cardOrientation": content.orientation,
        "cardContent": cards[0] if cards else {},
    }
    if content.orientation == "HORIZONTAL":
        single["thumbnailImageAlignment"] = content.image_side
    return {"standaloneCard": single}


def _card(card: Card, ref: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if card.title:
        made["title"] = card.title
    if card.description:
        made["description"] = card.description
    if card.media_url:
        info = {"fileUrl": card.media_url}
        if card.thumbnail_url:
            info["thumbnailUrl"] = card.thumbnail_url
        made["media"] = {"height": card.media_height, "contentInfo": info}
    if card.suggestions:
        made["suggestions"] = [_suggestion(item, ref) for item in card.suggestions]
    return made


def _suggestion(item: Suggestion, ref: str) -> dict[str, Any]:
    postback = item.postback or item.text
    if ref and len(postback) + len(REF_MARK) + len(ref) <= POSTBACK_LIMIT:
        postback = f"{postback}{REF_MARK}{ref}"
    made: dict[str, Any] = {"text": item.text, "postbackData": postback}
    if item.kind == "reply":
        return {"reply": made}
    if item.kind == "open_url":
        made["openUrlAction"] = {"url": item.url}
    elif item.kind == "dial":
        made["dialAction"] = {"phoneNumber": item.phone}
    elif item.kind == "share_location":
        made["shareLocationAction"] = {}
    elif item.kind == "view_location":
        made["viewLocationAction"] = _place(item)
    else:
        made["createCalendarEventAction"] = _event(item)
    return {"action": made}


def _place(item: Suggestion) -> dict[str, Any]:
    """Coordinates with their label; a place without coordinates is searched for by its label."""
    if item.latitude is None or item.longitude is None:
        return {"query": item.label}
    made: dict[str, Any] = {"latLong": {"latitude": item.latitude, "longitude": item.longitude}}
    if item.label:
        made["label"] = item.label
    return made


def _event(item: Suggestion) -> dict[str, Any]:
    made = {"startTime": item.starts_at, "endTime": item.ends_at, "title": item.title}
    if item.description:
        made["description"] = item.description
    return made


def check(content: RcsContent, *, rendered: bool) -> list[base.Fault]:
    """Name all faults of a message."""
    faults = [
        *_check_parts(content, rendered=rendered),
        *(
            fault
            for number, card in enumerate(content.cards if content.kind != "text" else [])
            for fault in _check_card(f"cards.{number}", card, content, rendered=rendered)
        ),
        *_check_suggestions("suggestions", content.suggestions, ON_MESSAGE, rendered=rendered),
    ]
    if content.ttl_s not in TTL_S:
        message = f"The message would live for {content.ttl_s} seconds; 10 seconds to 15 days are allowed."
        faults.append(base.fault("ttl_s", message, "Choose a time within these bounds."))
    size = len(payload(content, ref="r" * REF_ROOM))
    if size > MESSAGE_LIMIT:
        message = f"The whole message has {size} bytes; {MESSAGE_LIMIT} are allowed."
        level: base.Level = "error" if rendered else "warning"  # values may be shorter than their templates
        faults.append(
            base.fault("", message, "Shorten texts and addresses, or use fewer cards.", level=level)
        )
    return faults


def _check_parts(content: RcsContent, *, rendered: bool) -> Iterator[base.Fault]:
    count = len(content.cards)
    if content.kind == "text":
        if not content.text.strip():
            yield base.fault("text", "The message has no text.", "Write a text, or choose a card.")
        yield from _check_length("text", content.text, TEXT_LIMIT, rendered=rendered)
        if count:
            yield base.fault("cards", "Cards are not sent with a text.", "Choose a card.", level="warning")
        return
    if content.text:
        remedy = "Move it into a card, or choose a text."
        yield base.fault("text", "The text is not sent with cards.", remedy, level="warning")
    if content.kind == "card" and count != 1:
        message = f"A rich card is one card; there are {count}."
        yield base.fault("cards", message, "Keep one, or choose a carousel.")
    elif content.kind == "carousel" and count not in CAROUSEL:
        message = f"A carousel has 2 to 10 cards; this one has {count}."
        yield base.fault("cards", message, "Add or remove cards.")


def _check_card(place: str, card: Card, content: RcsContent, *, rendered: bool) -> Iterator[base.Fault]:
    if not (card.title or card.description or card.media_url):
        yield base.fault(place, "The card is empty.", "Give it a title, a description or a picture.")
    yield from _check_length(f"{place}.title", card.title, TITLE_LIMIT, rendered=rendered)
    yield from _check_length(f"{place}.description", card.description, DESCRIPTION_LIMIT, rendered=rendered)
    yield from _check_url(f"{place}.media_url", card.media_url, rendered=rendered)
    yield from _check_url(f"{place}.thumbnail_url", card.thumbnail_url, rendered=rendered)
    if card.thumbnail_url and not card.media_url:
        message = "There is a thumbnail without the picture it stands for."
        yield base.fault(f"{place}.thumbnail_url", message, "Give the picture's address too.")
    tall = card.media_url and card.media_height == "TALL"
    if tall and content.kind == "carousel" and content.card_width == "SMALL":
        message = "A tall picture does not fit a small card."
        yield base.fault(f"{place}.media_height", message, "Take MEDIUM height, or MEDIUM card width.")
    yield from _check_suggestions(f"{place}.suggestions", card.suggestions, ON_CARD, rendered=rendered)


def _check_suggestions(
    place: str, items: list[Suggestion], most: int, *, rendered: bool
) -> Iterator[base.Fault]:
    if len(items) > most:
        where = "a card" if most == ON_CARD else "a message"
        yield base.fault(place, f"There are {len(items)} suggestions; {where} takes {most}.", "Remove some.")
    for number, item in enumerate(items):
        yield from _check_suggestion(f"{place}.{number}", item, rendered=rendered)


def _check_suggestion(place: str, item: Suggestion, *, rendered: bool) -> Iterator[base.Fault]:
    if not item.text.strip():
        yield base.fault(
            f"{place}.text", "The suggestion has no text.", "Say what it does, in 25 characters."
        )
    yield from _check_length(f"{place}.text", item.text, LABEL_LIMIT, rendered=rendered)
    yield from _check_length(f"{place}.postback", item.postback, POSTBACK_LIMIT, rendered=rendered)
    if item.kind == "open_url":
        if not item.url:
            yield base.fault(f"{place}.url", "There is no address to open.", "Give one.")
        yield from _check_url(f"{place}.url", item.url, rendered=rendered)
    elif item.kind == "dial":
        if _settled(item.phone, rendered=rendered) and not _E164.fullmatch(item.phone):
            message = f"{item.phone!r} is not a phone number in international form."
            yield base.fault(f"{place}.phone", message, "Write it like +442079460000.")
    elif item.kind == "view_location":
        yield from _check_location(place, item)
    elif item.kind == "calendar":
        yield from _check_event(place, item, rendered=rendered)


def _check_location(place: str, item: Suggestion) -> Iterator[base.Fault]:
    latitude, longitude = item.latitude, item.longitude
    if latitude is None and longitude is None:
        if not item.label:
            message = "There is no place to show."
            yield base.fault(place, message, "Give latitude and longitude, or a label to search for.")
    elif latitude is None or longitude is None:
        yield base.fault(place, "One of the two coordinates is missing.", "Give both.")
    elif not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        message = "The coordinates are not a place on Earth."
        yield base.fault(place, message, "Latitude goes from -90 to 90, longitude from -180 to 180.")


def _check_event(place: str, item: Suggestion, *, rendered: bool) -> Iterator[base.Fault]:
    if not item.title.strip():
        yield base.fault(f"{place}.title", "The calendar event has no title.", "Give it one.")
    yield from _check_length(f"{place}.title", item.title, EVENT_TITLE_LIMIT, rendered=rendered)
    yield from _check_length(
        f"{place}.description", item.description, EVENT_DESCRIPTION_LIMIT, rendered=rendered
    )
    if not (_settled(item.starts_at, rendered=rendered) and _settled(item.ends_at, rendered=rendered)):
        return
    starts, ends = _moment(item.starts_at), _moment(item.ends_at)
    for name, value, moment in (("starts_at", item.starts_at, starts), ("ends_at", item.ends_at, ends)):
        if moment is None:
            message = f"{value!r} is not a moment with its offset."
            yield base.fault(f"{place}.{name}", message, "Write it like 2026-11-27T18:00:00+01:00.")
    if starts and ends and ends <= starts:
        yield base.fault(f"{place}.ends_at", "The event ends before it starts.", "Correct one of the two.")


def _check_length(place: str, text: str, limit: int, *, rendered: bool) -> Iterator[base.Fault]:
    if len(text) > limit and _settled(text, rendered=rendered):
        yield base.fault(place, f"{len(text)} characters; {limit} are allowed.", "Shorten it.")


def _check_url(place: str, url: str, *, rendered: bool) -> Iterator[base.Fault]:
    if not url or not _settled(url, rendered=rendered):
        return
    if len(url) > URL_LIMIT:
        message = f"The address has {len(url)} characters; {URL_LIMIT} are allowed."
        yield base.fault(place, message, "Use a shorter address.")
    elif not _is_web(url):
        message = "This is not a web address."
        yield base.fault(place, message, "Give a public address that begins with https://, without spaces.")


def _settled(text: str, *, rendered: bool) -> bool:
    """Whether a text is what will be sent, not a template of it."""
    return rendered or not base.has_template(text)


def _is_web(url: str) -> bool:
    if not url.isprintable() or " " in url:
        return False
    try:
        parts = parse.urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False


def _moment(text: str) -> dt.datetime | None:
    """A point in time by RFC 3339, which demands date, time and offset."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None and "T" in text.upper() else None
