"""Apple push: alert and background notifications, at most 4096 bytes of JSON."""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from server.channels import base, urls

PAYLOAD_LIMIT = 4096  #: bytes of JSON, our reference included
COLLAPSE_LIMIT = 64  #: bytes
TTL_LIMIT_S = 2_592_000  #: Apple keeps nothing longer than 30 days
REF_ROOM = 40  #: bytes the meter keeps free for our reference
RESERVED = frozenset({"aps", "image", "link", "ref"})  #: keys beside the custom ones


class ApnsContent(base.Content, frozen=True, kw_only=True, tag="apns", tag_field="channel"):
    """What one Apple device is handed."""

    title: str = ""
    subtitle: str = ""
    body: str = ""
    badge: int | None = None  #: 0 clears it
    sound: base.Fixed = "default"  #: empty for silence
    category: base.Fixed = ""
    thread_id: str = ""
    interruption_level: Literal["passive", "active", "time-sensitive", "critical"] = "active"
    image_url: str = ""  #: sent beside `aps` for a notification service extension; sets mutable-content
    link: str = ""  #: custom key `link`, opened by the app
    data: dict[str, str] = {}  #: custom keys beside `aps`
    push_type: Literal["alert", "background"] = "alert"
    priority: Literal[1, 5, 10] = 10
    ttl_s: int = 86_400  #: 0 for one attempt without storage
    collapse_id: str = ""  #: at most 64 bytes; a repeat then replaces, so a doubt is harmless


def payload(content: ApnsContent, *, ref: str = "") -> bytes:
    """The JSON that is sent, byte for byte. Raises UnicodeEncodeError for half of a surrogate pair."""
    body: dict[str, Any] = {"aps": _background() if content.push_type == "background" else _alert(content)}
    if content.image_url:
        body["image"] = content.image_url
    if content.link:
        body["link"] = content.link
    for key, value in content.data.items():
        body.setdefault(key, value)
    if ref:
        body["ref"] = ref
    return msgspec.json.encode(body)


def size(content: ApnsContent) -> int:
    """Bytes of the payload with room for our reference, as the limit counts them."""
    return len(payload(content, ref="r" * REF_ROOM))


def _background() -> dict[str, Any]:
    return {"content-available": 1}


def _alert(content: ApnsContent) -> dict[str, Any]:
    texts = {"title": content.title, "subtitle": content.subtitle, "body": content.body}
    aps: dict[str, Any] = {"alert": {name: text for name, text in texts.items() if text}}
    if content.badge is not None:
        aps["badge"] = content.badge
    if content.interruption_level == "critical":
        aps["sound"] = {"critical": 1, "name": content.sound or "default", "volume": 1.0}
    elif content.sound:
        aps["sound"] = content.sound
    if content.category:
        aps["category"] = content.category
    if content.thread_id:
        aps["thread-id"] = content.thread_id
    if content.interruption_level != "active":  # active is what Apple assumes
        aps["interruption-level"] = content.interruption_level
    if content.image_url:
        aps["mutable-content"] = 1
    return aps


def check(content: ApnsContent, *, rendered: bool) -> list[base.Fault]:
    """Name all faults. Before rendering (`rendered=False`) only what no value can mend is an error."""
    return [
        *_what_shows(content),
        *_how_it_travels(content, rendered=rendered),
        *_what_is_beside(content, rendered=rendered),
        *_length(content, rendered=rendered),
    ]


def _what_shows(content: ApnsContent) -> Iterator[base.Fault]:
    if content.push_type == "background":
        for place in ("title", "subtitle", "body", "badge", "image_url"):
            if getattr(content, place) not in ("", None):
                message = "A background notification shows nothing, and Apple refuses it with text or a badge"
                yield base.Fault(place=place, message=message, remedy="Empty this, or choose the type alert")
        return
    if not (content.title.strip() or content.subtitle.strip() or content.body.strip()):
        yield base.Fault(
            place="body", message="The notification says nothing", remedy="Write a title or a text"
        )
    if content.badge is not None and content.badge < 0:
        yield base.Fault(
            place="badge",
            message="A badge cannot be negative",
            remedy="Take 0 to clear it, or leave it out to keep it",
        )
    if content.interruption_level in ("time-sensitive", "critical"):
        yield base.Fault(
            place="interruption_level",
            message=f"Apple shows {content.interruption_level} notifications only from entitled apps",
            remedy="Make sure that the app has this entitlement",
            level="warning",
        )


def _how_it_travels(content: ApnsContent, *, rendered: bool) -> Iterator[base.Fault]:
    if content.push_type == "background" and content.priority != 5:
        message = f"Apple refuses background notifications of priority {content.priority}"
        yield base.Fault(place="priority", message=message, remedy="Take priority 5")
    if content.ttl_s < 0:
        message = "A notification cannot be kept for less than no time"
        yield base.Fault(place="ttl_s", message=message, remedy="Take 0 for a single attempt")
    elif content.ttl_s > TTL_LIMIT_S:
        message = "Apple keeps a notification for 30 days at most"
        yield base.Fault(
            place="ttl_s", message=message, remedy="Take at most 2,592,000 seconds", level="warning"
        )
    if not rendered and base.has_template(content.collapse_id):
        return
    length = len(content.collapse_id.encode(errors="replace"))
    if length > COLLAPSE_LIMIT:
        message = f"The collapse id has {length} bytes, and Apple takes {COLLAPSE_LIMIT}"
        yield base.Fault(place="collapse_id", message=message, remedy="Shorten it")
    if not (content.collapse_id.isascii() and content.collapse_id.isprintable()):
        message = "The collapse id travels in a header, which holds plain ASCII characters alone"
        yield base.Fault(place="collapse_id", message=message, remedy="Take letters, digits and hyphens")


def _what_is_beside(content: ApnsContent, *, rendered: bool) -> Iterator[base.Fault]:
    for key in content.data:
        if key in RESERVED:
            message = f"The key {key} is taken"
            yield base.Fault(place=f"data.{key}", message=message, remedy="Choose another name for it")
    yield from urls.secure("image_url", content.image_url, rendered=rendered)
    if rendered and any(character.isspace() for character in content.link):
        message = "The link holds a space"
        yield base.Fault(
            place="link", message=message, remedy="Write %20 for a space, or filter with url_encode"
        )


def _length(content: ApnsContent, *, rendered: bool) -> Iterator[base.Fault]:
    try:
        length = size(content)
    except UnicodeEncodeError:
        message = "A text holds half of a character, which cannot be sent"
        yield base.Fault(place="body", message=message, remedy="Do not cut texts inside an emoji")
        return
    if length <= PAYLOAD_LIMIT:
        return
    if rendered or not base.has_template(payload(content).decode()):
        message = f"The notification takes {length} bytes of JSON, and Apple takes {PAYLOAD_LIMIT}"
        remedy = f"Shorten it by {length - PAYLOAD_LIMIT} bytes; letters beyond ASCII count two to four"
        yield base.Fault(place="body", message=message, remedy=remedy)
    else:
        message = (
            f"With its template language the notification takes {length} bytes; Apple takes {PAYLOAD_LIMIT}"
        )
        remedy = "Look at the length in the preview"
        yield base.Fault(place="body", message=message, remedy=remedy, level="warning")
