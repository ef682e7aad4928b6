"""Read RCS messages back from the agent message that was posted."""

import re
from typing import Any

import msgspec

from server.channels import rcs
from server.engine.arrivals import bags
from server.wire import twins

_TTL = re.compile(r"(\d{1,9})s")
#: An action's field to our word for its kind.
_ACTIONS = {
    "openUrlAction": "open_url",
    "dialAction": "dial",
    "viewLocationAction": "view_location",
    "shareLocationAction": "share_location",
    "createCalendarEventAction": "calendar",
}


def read(arrived: twins.Arrived, strays: bags.Strays) -> rcs.RcsContent:
    """An agent message, from its JSON. A postback's tail is our reference, and must be this message's."""
    body = bags.Bag(dict(bags.body(arrived.body)), strays)
    ref = arrived.arrival.ref
    content = body.inner("contentMessage")
    made: dict[str, Any] = {"kind": "text", "text": content.text("text")}
    if "richCard" in content:
        made |= _rich_card(content.inner("richCard"), ref)
    made["suggestions"] = [_suggestion(one, ref) for one in content.rows("suggestions")]
    made["traffic"] = body.text("messageTrafficType", "PROMOTION")
    found = _TTL.fullmatch(body.text("ttl"))
    if found is None:
        raise bags.Unreadable("The message has no lifetime in whole seconds.")
    content.close()
    body.close()
    return rcs.RcsContent(**made, ttl_s=int(found[1]))


def _rich_card(rich: bags.Bag, ref: str) -> dict[str, Any]:
    made: dict[str, Any]
    if "carouselCard" in rich:
        inner = rich.inner("carouselCard")
        made = {
            "kind": "carousel",
            "card_width": inner.text("cardWidth"),
            "cards": [_card(one, ref) for one in inner.rows("cardContents")],
        }
    else:
        inner = rich.inner("standaloneCard")
        made = {"kind": "card", "orientation": inner.text("cardOrientation")}
        if "thumbnailImageAlignment" in inner:
            made["image_side"] = inner.text("thumbnailImageAlignment")
        made["cards"] = [_card(inner.inner("cardContent"), ref)]
    inner.close()
    rich.close()
    return made


def _card(fields: bags.Bag, ref: str) -> rcs.Card:
    media = fields.inner("media")
    info = media.inner("contentInfo")
    made = rcs.Card(
        title=fields.text("title"),
        description=fields.text("description"),
        media_url=info.text("fileUrl"),
        thumbnail_url=info.text("thumbnailUrl"),
        media_height=media.text("height", "MEDIUM"),  # type: ignore[arg-type]  # the whole content is checked later
        suggestions=[_suggestion(one, ref) for one in fields.rows("suggestions")],
    )
    for bag in (info, media, fields):
        bag.close()
    return made


def _suggestion(fields: bags.Bag, ref: str) -> rcs.Suggestion:
    inner = fields.inner("reply" if "reply" in fields else "action")
    postback, theirs = rcs.split_postback(inner.text("postbackData"))
    if theirs and theirs != ref:
        postback = f"{postback}{rcs.REF_MARK}{theirs}"
    made: dict[str, Any] = {"text": inner.text("text"), "postback": postback, "kind": "reply"}
    for name, kind in _ACTIONS.items():
        if name in inner:
            made |= {"kind": kind, **_action(kind, inner.inner(name))}
    inner.close()
    fields.close()
    return rcs.Suggestion(**made)


def _action(kind: str, fields: bags.Bag) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if kind == "open_url":
        made = {"url": fields.text("url")}
    elif kind == "dial":
        made = {"phone": fields.text("phoneNumber")}
    elif kind == "view_location":
        place = fields.inner("latLong")
        made = {
            "latitude": place.number("latitude"),
            "longitude": place.number("longitude"),
            "label": fields.text("query") or fields.text("label"),
        }
        place.close()
    elif kind == "calendar":
        made = {
            "starts_at": fields.text("startTime"),
            "ends_at": fields.text("endTime"),
            "title": fields.text("title"),
            "description": fields.text("description"),
        }
    fields.close()
    return made


def settle(read: rcs.RcsContent, promised: rcs.RcsContent) -> dict[str, object]:
    """What the wire does not tell: fields the message's kind has no use for, and a postback that repeats its label."""
    if read.kind != promised.kind:
        return {}
    told: dict[str, object] = {
        "suggestions": _suggestions(read.suggestions, promised.suggestions),
    }
    if promised.kind == "text":
        return told | {name: getattr(promised, name) for name in (*_LAYOUT, "cards")}
    unused = {"carousel": ("text", "orientation", "image_side"), "card": ("text", "card_width")}[
        promised.kind
    ]
    told |= {name: getattr(promised, name) for name in unused}
    if promised.kind == "card" and promised.orientation == "VERTICAL":
        told["image_side"] = promised.image_side
    told["cards"] = _cards(read.cards, promised.cards)
    return told


_LAYOUT = ("orientation", "image_side", "card_width")


def _cards(read: list[rcs.Card], promised: list[rcs.Card]) -> list[rcs.Card]:
    return [_settled_card(one, other) for one, other in zip(read, promised, strict=False)] + read[
        len(promised) :
    ]


def _settled_card(read: rcs.Card, promised: rcs.Card) -> rcs.Card:
    more: dict[str, Any] = {"suggestions": _suggestions(read.suggestions, promised.suggestions)}
    if not promised.media_url and not read.media_url:
        more |= {"media_height": promised.media_height, "thumbnail_url": promised.thumbnail_url}
    return msgspec.structs.replace(read, **more)


def _suggestions(read: list[rcs.Suggestion], promised: list[rcs.Suggestion]) -> list[rcs.Suggestion]:
    settled = [_settled(one, other) for one, other in zip(read, promised, strict=False)]
    return settled + read[len(promised) :]


def _settled(read: rcs.Suggestion, promised: rcs.Suggestion) -> rcs.Suggestion:
    """A suggestion as it was promised, wherever both look alike on the wire."""
    unused = {name: getattr(promised, name) for name in _FIELDS - _USED.get(promised.kind, frozenset())}
    if read.postback == read.text and not promised.postback:
        unused["postback"] = ""
    if promised.kind == "view_location" and (promised.latitude is None or promised.longitude is None):
        unused |= {"latitude": promised.latitude, "longitude": promised.longitude}
    return msgspec.structs.replace(read, **unused) if read.kind == promised.kind else read


#: Fields a suggestion of each kind sends, beside its text and postback.
_USED = {
    "open_url": frozenset({"url"}),
    "dial": frozenset({"phone"}),
    "view_location": frozenset({"latitude", "longitude", "label"}),
    "calendar": frozenset({"starts_at", "ends_at", "title", "description"}),
}
_FIELDS = frozenset[str]().union(*_USED.values())
