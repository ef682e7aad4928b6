"""Browser push: a JSON payload our service worker shows, sealed for one subscription (RFC 8030, 8291)."""

import re
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from server.channels import base, urls

PAYLOAD_LIMIT = 3993  #: bytes of JSON that fit into one sealed record of 4096
PAYLOAD_ADVISED = 2500  #: bytes; some services that carry messages to phones take little more
TTL_LIMIT_S = 2_419_200  #: 28 days, the shortest limit among the push services
SHOWN_ACTIONS = 2
TOPIC_LIMIT = 32  #: characters
REF_ROOM = 40  #: bytes the meter keeps free for our reference

_TOPIC = re.compile(rf"[A-Za-z0-9_-]{{0,{TOPIC_LIMIT}}}")


class Action(base.Content, frozen=True, kw_only=True):
    """One button of a web notification."""

    action: base.Fixed
    title: str
    url: str = ""


class WebPushContent(base.Content, frozen=True, kw_only=True, tag="webpush", tag_field="channel"):
    """What one browser subscription is handed."""

    title: str = ""
    body: str = ""
    icon: str = ""
    image: str = ""
    badge: str = ""
    url: str = ""  #: opened on click
    actions: list[Action] = []  #: browsers show two
    data: dict[str, str] = {}
    require_interaction: bool = False
    ttl_s: int = 86_400  #: at most 2,419,200 (28 days)
    urgency: Literal["very-low", "low", "normal", "high"] = "normal"
    topic: str = ""  #: at most 32 of the base64url alphabet; replaces what still waits


def payload(content: WebPushContent, *, ref: str = "") -> bytes:
    """The JSON that is sealed, byte for byte. Raises UnicodeEncodeError for half of a surrogate pair."""
    body: dict[str, Any] = {"title": content.title}
    for name in ("body", "icon", "image", "badge", "url"):
        if text := getattr(content, name):
            body[name] = text
    if content.actions:
        body["actions"] = [_action(action) for action in content.actions]
    if content.data:
        body["data"] = content.data
    if content.require_interaction:
        body["requireInteraction"] = True
    if ref:
        body["ref"] = ref
    return msgspec.json.encode(body)


def size(content: WebPushContent) -> int:
    """Bytes of the payload with room for our reference, as the limit counts them."""
    return len(payload(content, ref="r" * REF_ROOM))


def _action(action: Action) -> dict[str, str]:
    body = {"action": action.action, "title": action.title}
    if action.url:
        body["url"] = action.url
    return body


def check(content: WebPushContent, *, rendered: bool) -> list[base.Fault]:
    """Name all faults. Before rendering (`rendered=False`) only what no value can mend is an error."""
    return [
        *_what_shows(content, rendered=rendered),
        *(_buttons(content, rendered=rendered) if content.actions else ()),
        *_how_it_travels(content, rendered=rendered),
        *_length(content, rendered=rendered),
    ]


def _what_shows(content: WebPushContent, *, rendered: bool) -> Iterator[base.Fault]:
    if not content.title.strip():
        message = "Browsers show no notification without a title"
        yield base.Fault(place="title", message=message, remedy="Write a title")
    for place in ("icon", "image", "badge", "url"):
        if text := getattr(content, place):
            yield from urls.secure(place, text, rendered=rendered, relative=True)


def _buttons(content: WebPushContent, *, rendered: bool) -> Iterator[base.Fault]:
    if len(content.actions) > SHOWN_ACTIONS:
        message = f"Browsers show {SHOWN_ACTIONS} buttons, and this has {len(content.actions)}"
        remedy = "Put the two that matter first"
        yield base.Fault(place="actions", message=message, remedy=remedy, level="warning")
    seen: set[str] = set()
    for index, action in enumerate(content.actions):
        place = f"actions.{index}"
        if not action.title.strip():
            yield base.Fault(
                place=f"{place}.title", message="The button says nothing", remedy="Write its text"
            )
        if not action.action:
            message = "The button has no name for the service worker to know it by"
            yield base.Fault(place=f"{place}.action", message=message, remedy="Give it a short name")
        elif action.action in seen:
            message = f"Two buttons are called {action.action}"
            yield base.Fault(place=f"{place}.action", message=message, remedy="Give each its own name")
        seen.add(action.action)
        yield from urls.secure(f"{place}.url", action.url, rendered=rendered, relative=True)


def _how_it_travels(content: WebPushContent, *, rendered: bool) -> Iterator[base.Fault]:
    if not 0 <= content.ttl_s <= TTL_LIMIT_S:
        message = "Push services keep a message from 0 seconds to 28 days"
        yield base.Fault(place="ttl_s", message=message, remedy="Take at most 2,419,200 seconds")
    if (rendered or not base.has_template(content.topic)) and not _TOPIC.fullmatch(content.topic):
        message = "A topic has at most 32 letters, digits, hyphens and underscores"
        yield base.Fault(place="topic", message=message, remedy="Shorten it, and leave other characters out")


def _length(content: WebPushContent, *, rendered: bool) -> Iterator[base.Fault]:
    try:
        length = size(content)
    except UnicodeEncodeError:
        message = "A text holds half of a character, which cannot be sent"
        yield base.Fault(place="body", message=message, remedy="Do not cut texts inside an emoji")
        return
    open_ended = not rendered and base.has_template(payload(content).decode())
    if length > PAYLOAD_LIMIT and not open_ended:
        message = f"The notification takes {length} bytes of JSON, and push services take {PAYLOAD_LIMIT}"
        remedy = f"Shorten it by {length - PAYLOAD_LIMIT} bytes; letters beyond ASCII count two to four"
        yield base.Fault(place="body", message=message, remedy=remedy)
    elif length > PAYLOAD_ADVISED:
        message = f"The notification takes {length} bytes; some services take no more than {PAYLOAD_ADVISED}"
        yield base.Fault(place="body", message=message, remedy="Shorten it to be safe", level="warning")
