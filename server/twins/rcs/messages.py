"""What Google takes as an RCS agent message, and how a phone shows it."""

import math
import re
from collections.abc import Mapping
from typing import Any

TEXT, TITLE, DESCRIPTION, LABEL, POSTBACK, URL = 3072, 200, 2000, 25, 2048, 2048
ON_CARD, ON_MESSAGE = 4, 11
WHOLE = 250 * 1024  #: bytes of the message as JSON
TTL_S = (10.0, 15 * 86_400.0)
TRAFFIC = frozenset({"AUTHENTICATION", "TRANSACTION", "PROMOTION", "SERVICEREQUEST", "ACKNOWLEDGEMENT"})
KINDS = ("text", "contentInfo", "uploadedRbmFile", "richCard")
ACTIONS = {
    "openUrlAction": ("url",),
    "dialAction": ("phoneNumber",),
    "viewLocationAction": (),
    "shareLocationAction": (),
    "createCalendarEventAction": ("startTime", "endTime", "title"),
}
_TTL = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s")

Json = Mapping[str, Any]


class Invalid(Exception):
    """The message breaks a rule; the text says which, as INVALID_ARGUMENT's message would."""


def judge(message: Json, size: int) -> None:
    """Check a whole AgentMessage of `size` bytes. Raises Invalid."""
    _demand(size <= WHOLE, f"The message has {size} bytes; the limit is {WHOLE}.")
    content = _object(message.get("contentMessage"), "contentMessage")
    kinds = [kind for kind in KINDS if kind in content]
    _demand(len(kinds) == 1, "Exactly one of text, contentInfo, uploadedRbmFile, richCard must be set.")
    traffic = message.get("messageTrafficType")
    _demand(traffic is None or traffic in TRAFFIC, "messageTrafficType is not known.")
    _demand(not ("ttl" in message and "expireTime" in message), "ttl and expireTime exclude each other.")
    if "ttl" in message:
        found = _TTL.fullmatch(str(message["ttl"]))
        _demand(found is not None and TTL_S[0] <= float(found[1]) <= TTL_S[1], "ttl is out of range.")
    if "text" in content:
        _text(content["text"], "contentMessage.text", TEXT)
    if "contentInfo" in content:
        _url(_object(content["contentInfo"], "contentInfo").get("fileUrl"), "contentInfo.fileUrl")
    if "richCard" in content:
        _rich_card(_object(content["richCard"], "richCard"))
    _suggestions(content, ON_MESSAGE)


def _rich_card(card: Json) -> None:
    _demand(
        ("standaloneCard" in card) != ("carouselCard" in card), "richCard must be one card or a carousel."
    )
    if "standaloneCard" in card:
        single = _object(card["standaloneCard"], "standaloneCard")
        _demand(single.get("cardOrientation") in ("HORIZONTAL", "VERTICAL"), "cardOrientation is not known.")
        _card(_object(single.get("cardContent"), "cardContent"), tall=True)
        return
    carousel = _object(card["carouselCard"], "carouselCard")
    width, cards = carousel.get("cardWidth"), carousel.get("cardContents")
    _demand(width in ("SMALL", "MEDIUM"), "cardWidth must be SMALL or MEDIUM.")
    _demand(isinstance(cards, list) and 2 <= len(cards) <= 10, "A carousel has 2 to 10 cards.")
    for content in cards or []:
        _card(_object(content, "cardContents"), tall=width == "MEDIUM")


def _card(card: Json, *, tall: bool) -> None:
    _demand(
        bool({"title", "description", "media"} & card.keys()), "A card needs title, description or media."
    )
    if "title" in card:
        _text(card["title"], "title", TITLE)
    if "description" in card:
        _text(card["description"], "description", DESCRIPTION)
    if "media" in card:
        media = _object(card["media"], "media")
        height = media.get("height")
        _demand(height in ("SHORT", "MEDIUM", "TALL"), "media.height is not known.")
        _demand(tall or height != "TALL", "TALL media need cardWidth MEDIUM.")
        info = _object(media.get("contentInfo"), "contentInfo")
        _url(info.get("fileUrl"), "fileUrl")
        if "thumbnailUrl" in info:
            _url(info["thumbnailUrl"], "thumbnailUrl")
    _suggestions(card, ON_CARD)


def _suggestions(holder: Json, most: int) -> None:
    items = holder.get("suggestions", [])
    _demand(isinstance(items, list) and len(items) <= most, f"At most {most} suggestions are allowed here.")
    for item in items:
        one = _object(item, "suggestions")
        _demand(("reply" in one) != ("action" in one), "A suggestion is a reply or an action.")
        if "reply" in one:
            _tap(_object(one["reply"], "reply"))
        else:
            _action(_object(one["action"], "action"))


def _tap(tap: Json) -> None:
    _text(tap.get("text"), "suggestion.text", LABEL)
    _text(tap.get("postbackData"), "suggestion.postbackData", POSTBACK)


def _action(action: Json) -> None:
    _tap(action)
    kinds = [kind for kind in ACTIONS if kind in action]
    _demand(len(kinds) == 1, "An action does exactly one thing.")
    detail = _object(action[kinds[0]], kinds[0])
    for name in ACTIONS[kinds[0]]:
        _demand(isinstance(detail.get(name), str) and detail[name] != "", f"{kinds[0]}.{name} is missing.")
    if kinds[0] == "openUrlAction":
        _url(detail["url"], "openUrlAction.url")
    if kinds[0] == "viewLocationAction":
        place = detail.get("latLong")
        known = (
            isinstance(place, dict) and _within(place, "latitude", 90) and _within(place, "longitude", 180)
        )
        _demand(known or bool(detail.get("query")), "viewLocationAction needs latLong or query.")


def _within(place: Json, name: str, most: float) -> bool:
    value = place.get(name)
    return isinstance(value, int | float) and math.isfinite(value) and abs(value) <= most


def _text(value: object, place: str, limit: int) -> None:
    _demand(isinstance(value, str) and 0 < len(value) <= limit, f"{place} must have 1 to {limit} characters.")


def _url(value: object, place: str) -> None:
    good = isinstance(value, str) and value.startswith(("https://", "http://")) and len(value) <= URL
    _demand(good, f"{place} must be a web address of at most {URL} characters.")


def _object(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Invalid(f"{place} must be an object.")
    return value


def _demand(holds: bool, sentence: str) -> None:
    if not holds:
        raise Invalid(sentence)


def taps(message: Json) -> list[tuple[str, dict[str, Any]]]:
    """Everything that can be tapped, as (`ACTION` or `REPLY`, its fields), actions first."""
    found = [
        ("ACTION", item["action"]) if "action" in item else ("REPLY", item["reply"])
        for holder in [*cards(message), message["contentMessage"]]
        for item in holder.get("suggestions", [])
    ]
    return sorted(found, key=lambda tap: tap[0])


def cards(message: Json) -> list[dict[str, Any]]:
    """The cards of a message that was judged; empty for a text."""
    rich = message["contentMessage"].get("richCard", {})
    if "standaloneCard" in rich:
        return [rich["standaloneCard"]["cardContent"]]
    return list(rich.get("carouselCard", {}).get("cardContents", []))


def shown(message: Json) -> dict[str, object]:
    """A message that was judged, as a phone shows it."""
    return {
        "text": message["contentMessage"].get("text", ""),
        "cards": [
            {
                "title": card.get("title", ""),
                "description": card.get("description", ""),
                "image": card.get("media", {}).get("contentInfo", {}).get("fileUrl", ""),
                "suggestions": _labels(card),
            }
            for card in cards(message)
        ],
        "suggestions": _labels(message["contentMessage"]),
    }


def _labels(holder: Json) -> list[str]:
    return [(item.get("action") or item["reply"])["text"] for item in holder.get("suggestions", [])]
