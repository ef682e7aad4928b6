"""A push notification as the JSON that is sent, and such JSON back into a form's values; pure."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from console.widgets.editors import parts
from server.channels import apns, contents, webpush

#: A form's field to the key of `aps` it travels by, for the plain ones.
_APS = {"category": "category", "thread_id": "thread-id", "interruption_level": "interruption-level"}
_ALERT = ("title", "subtitle", "body")
_BESIDE = {"image": "image_url", "link": "link"}
_WEB = ("title", "body", "icon", "image", "badge", "url")
LEVELS = ("passive", "active", "time-sensitive", "critical")


class Unreadable(Exception):
    """This JSON says something that no field holds. `line` counts from 1; 0 where it is the whole."""

    def __init__(self, sentence: str, line: int = 0) -> None:
        super().__init__(sentence)
        self.line = line


def has(channel: str) -> bool:
    """Whether a channel's content travels as JSON that a person may write."""
    return channel in _READ


def measure(content: contents.Content) -> tuple[int, int]:
    """Bytes of the payload with room for our reference, and their limit. Raises UnicodeEncodeError."""
    if isinstance(content, apns.ApnsContent):
        return apns.size(content), apns.PAYLOAD_LIMIT
    assert isinstance(content, webpush.WebPushContent)
    return webpush.size(content), webpush.PAYLOAD_LIMIT


def written(content: contents.Content) -> str:
    """The payload, laid out to be read. Raises UnicodeEncodeError for half of a character."""
    if isinstance(content, apns.ApnsContent):
        body = apns.payload(content)
    else:
        assert isinstance(content, webpush.WebPushContent)
        body = webpush.payload(content)
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False)


def read(channel: str, words: str, fields: parts.Fields) -> parts.Fields:
    """The form's values as this JSON has them; what travels outside of it stays. Raises Unreadable."""
    try:
        body = json.loads(words, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise Unreadable(f"Line {error.lineno} is no JSON: {error.msg}.", error.lineno) from None
    except (RecursionError, ValueError) as error:
        raise Unreadable(f"This cannot be read: {error}.") from None
    return _READ[channel](_object(body, "The payload"), fields)


def _apns(body: Mapping[str, Any], fields: parts.Fields) -> parts.Fields:
    made = {**fields, "image_url": "", "link": "", "data": {}}
    for key, value in body.items():
        if key == "ref":
            raise Unreadable("“ref” is Heliograph's own: leave it out.")
        if key in _BESIDE:
            made[_BESIDE[key]] = _text(value, key)
        elif key != "aps":
            made["data"][key] = _text(value, key)
    aps = _object(body.get("aps", {}), "“aps”")
    if aps.get("content-available") == 1 and "alert" not in aps:
        _only(aps, ("content-available",), "A background notification")
        return {**made, "push_type": "background"}
    return {**made, "push_type": "alert", **_aps(aps)}


def _aps(aps: Mapping[str, Any]) -> parts.Fields:
    _only(aps, ("alert", "badge", "sound", "mutable-content", *_APS.values()), "“aps”")
    alert = aps.get("alert", {})
    alert = {"body": alert} if isinstance(alert, str) else _object(alert, "“alert”")
    _only(alert, _ALERT, "“alert”")
    made = {name: _text(alert.get(name, ""), f"alert.{name}") for name in _ALERT}
    made |= {name: _text(aps.get(key, ""), key) for name, key in _APS.items()}
    level = made["interruption_level"] = made["interruption_level"] or "active"
    if level not in LEVELS:
        raise Unreadable(f"“interruption-level” is one of {', '.join(LEVELS)}.")
    badge = aps.get("badge")
    if badge is not None and (not isinstance(badge, int) or isinstance(badge, bool)):
        raise Unreadable("“badge” is a whole number.")
    return {**made, "badge": badge, "sound": _sound(aps.get("sound", ""), level)}


def _sound(sound: object, level: str) -> str:
    if not isinstance(sound, dict):
        return _text(sound, "sound")
    if level != "critical":
        raise Unreadable("“sound” with a volume belongs to “interruption-level”: “critical”.")
    whole = {"critical": 1, "name": sound.get("name"), "volume": 1.0}
    if sound != whole:
        raise Unreadable('A critical sound is {"critical": 1, "name": …, "volume": 1.0} here.')
    return _text(sound["name"], "sound.name")


def _webpush(body: Mapping[str, Any], fields: parts.Fields) -> parts.Fields:
    _only(body, (*_WEB, "actions", "data", "requireInteraction"), "The payload")
    made = {**fields, **{name: _text(body.get(name, ""), name) for name in _WEB}}
    still = body.get("requireInteraction", False)
    if not isinstance(still, bool):
        raise Unreadable("“requireInteraction” is true or false.")
    data = _object(body.get("data", {}), "“data”")
    made["data"] = {key: _text(value, f"data.{key}") for key, value in data.items()}
    actions = body.get("actions", [])
    if not isinstance(actions, list):
        raise Unreadable("“actions” is a list.")
    made["actions"] = [_action(one, at) for at, one in enumerate(actions)]
    return {**made, "require_interaction": still}


def _action(one: object, at: int) -> parts.Fields:
    named = f"actions.{at}"
    found = _object(one, f"“{named}”")
    _only(found, ("action", "title", "url"), f"“{named}”")
    return {name: _text(found.get(name, ""), f"{named}.{name}") for name in ("action", "title", "url")}


def _object(value: object, named: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable(f"{named} is an object, in braces.")
    return value


def _text(value: object, named: str) -> str:
    if not isinstance(value, str):
        raise Unreadable(f"“{named}” is a text, in quotes.")
    return value


def _only(given: Mapping[str, Any], known: tuple[str, ...], named: str) -> None:
    for key in given:
        if key not in known:
            raise Unreadable(f"{named} has no “{key}”. It may hold: {', '.join(known)}.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Unreadable(f"“{twice}” stands twice in one object.")
    return found


_READ: dict[str, Callable[[Mapping[str, Any], parts.Fields], parts.Fields]] = {
    "apns": _apns,
    "webpush": _webpush,
}
