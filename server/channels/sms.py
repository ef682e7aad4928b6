"""SMS: text in GSM-7 or UCS-2, counted in segments (3GPP TS 23.038)."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from server.channels import base, gsm

BODY_LIMIT = 1600  #: UTF-16 units
MEDIA_LIMIT = 10
VALIDITY_LIMIT_S = 36_000
NAMED = 8  #: offending characters that a sentence names

#: Units of one message alone, and of each part of a longer one, whose header takes six octets.
ROOM: dict[str, tuple[int, int]] = {"gsm7": (160, 153), "ucs2": (70, 67)}

_HALF = re.compile("[\ud800-\udfff]")
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_SHORT_CODE = re.compile(r"\d{3,8}")
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11}")
_MEDIA = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", re.IGNORECASE)

Encoding = Literal["gsm7", "ucs2"]
SenderKind = Literal["number", "short code", "name"]


class SmsContent(base.Content, frozen=True, kw_only=True, tag="sms", tag_field="channel"):
    """What one phone is handed."""

    body: str = ""
    media_urls: list[str] = []  #: makes it an MMS; at most 10
    validity_s: int = 36_000  #: 1 to 36,000


class Segments(msgspec.Struct, frozen=True, kw_only=True):
    """How a text travels. `units` are septets in GSM-7, and 16-bit units in UCS-2, where an emoji takes two."""

    encoding: Encoding
    count: int  #: what is charged
    units: int
    per_segment: int  #: units that fit into each part
    offending: list[str]  #: the characters that made it UCS-2, each once, in the text's order


def segments(text: str) -> Segments:
    """Count a text's segments, byte for byte as a network splits them. An empty text has none."""
    if gsm.is_basic(text):
        return _counted("gsm7", len(text), None)
    costs = gsm.costs()
    offending = [char for char in dict.fromkeys(text) if char not in costs]
    if not offending:
        widths = [costs[char] for char in text]
        return _counted("gsm7", sum(widths), widths)
    widths = [2 if char > "\uffff" else 1 for char in text]
    return _counted("ucs2", sum(widths), widths, offending)


def _counted(
    encoding: Encoding, units: int, widths: list[int] | None, offending: Iterable[str] = ()
) -> Segments:
    alone, part = ROOM[encoding]
    if units <= alone:
        count, room = min(units, 1), alone
    elif widths is None:
        count, room = -(-units // part), part
    else:
        count, room = _parts(widths, part), part
    return Segments(encoding=encoding, count=count, units=units, per_segment=room, offending=list(offending))


def _parts(widths: list[int], room: int) -> int:
    """Fill parts in turn: neither an escape and its character nor the two halves of an emoji are torn apart."""
    count, used = 1, 0
    for width in widths:
        used += width
        if used > room:
            count, used = count + 1, width
    return count


def sender_kind(sender: str) -> SenderKind | None:
    """What a sender is: a number in E.164 with its plus, a short code, or a name of 1 to 11 characters; else None."""
    if _NUMBER.fullmatch(sender):
        return "number"
    if _SHORT_CODE.fullmatch(sender):
        return "short code"
    return "name" if _NAME.fullmatch(sender) else None


def check(content: SmsContent, *, rendered: bool) -> list[base.Fault]:
    """Name all faults. Before rendering (`rendered=False`) only what no value can mend is an error."""
    if rendered and _is_plain(content):
        return []
    return [
        *_text(content, rendered=rendered),
        *_media(content, rendered=rendered),
        *_validity(content.validity_s),
    ]


def _is_plain(content: SmsContent) -> bool:
    """Whether it is a text without pictures, short enough and in letters that every phone knows: what most are."""
    body = content.body
    return (
        not content.media_urls
        and 5 <= content.validity_s <= VALIDITY_LIMIT_S
        and len(body) <= BODY_LIMIT
        and bool(body.strip())
        and gsm.is_basic(body)
    )


def _text(content: SmsContent, *, rendered: bool) -> Iterator[base.Fault]:
    open_ended = not rendered and base.has_template(content.body)
    text = _TAG.sub("", content.body) if open_ended else content.body
    if not content.body.strip() and not content.media_urls:
        yield base.fault("body", "The message is empty", "Write a text, or add a picture")
    halves = not text.isascii() and _HALF.search(text) is not None
    if halves:
        yield base.fault("body", "The text holds half of a character", "Type or paste the text anew")
    units = len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
    if units > BODY_LIMIT:
        over = f"The text has {units:,} characters, over the limit of {BODY_LIMIT:,}"
        yield base.fault("body", over, "Shorten it", level="warning" if open_ended else "error")
    counted = segments(text)
    if counted.offending and not halves:
        yield _dearer(counted)


def _dearer(counted: Segments) -> base.Fault:
    named = " ".join(_shown(char) for char in counted.offending[:NAMED])
    more = len(counted.offending) - NAMED
    return base.fault(
        "body",
        f"Characters outside GSM-7 leave room for 70 in place of 160: {named}{f' and {more} more' if more > 0 else ''}",
        "Replace them with plain ones, or accept the price",
        level="warning",
    )


def _shown(char: str) -> str:
    return char if char.isprintable() and not char.isspace() else f"U+{ord(char):04X}"


def _media(content: SmsContent, *, rendered: bool) -> Iterator[base.Fault]:
    if len(content.media_urls) > MEDIA_LIMIT:
        yield base.fault(
            "media_urls",
            f"There are {len(content.media_urls)} pictures, over the limit of {MEDIA_LIMIT}",
            "Leave some out",
        )
    for index, url in enumerate(content.media_urls):
        if not rendered and base.has_template(url):
            continue
        if not _MEDIA.fullmatch(url):
            yield base.fault(
                f"media_urls.{index}",
                "This is not a web address that a provider could fetch",
                "Give a public address beginning with https://",
            )


def _validity(validity_s: int) -> Iterator[base.Fault]:
    if not 1 <= validity_s <= VALIDITY_LIMIT_S:
        yield base.fault(
            "validity_s",
            f"A message cannot be valid for {validity_s:,} seconds",
            f"Choose 1 to {VALIDITY_LIMIT_S:,} seconds",
        )
    elif validity_s < 5:
        yield base.fault(
            "validity_s",
            "Below 5 seconds most messages expire before they leave",
            "Choose 5 seconds or more",
            level="warning",
        )
