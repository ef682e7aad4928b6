"""Read Apple and browser pushes back from their payload and headers."""

from typing import Any

from server.channels import apns, webpush
from server.engine.arrivals import bags
from server.wire import twins

#: An expiry is a moment: the time from it to the arrival is the content's lifetime, less what the way took, seconds.
WAY_S = 120


def read_apns(arrived: twins.Arrived, strays: bags.Strays) -> apns.ApnsContent:
    """An Apple push, from `aps`, what lies beside it, and the `apns-` headers."""
    headers, body = arrived.wire, bags.Bag(dict(arrived.shown), strays)
    aps = body.inner("aps")
    background = headers.get("apns-push-type") == "background"
    if background:
        aps.expect("content-available", 1)
    image = body.text("image")
    if image and not background:
        aps.expect("mutable-content", 1)
    alert, (sound, critical) = aps.inner("alert"), _sound(aps)
    badge = aps.number("badge")
    made: dict[str, Any] = {
        "title": alert.text("title"),
        "subtitle": alert.text("subtitle"),
        "body": alert.text("body"),
        "badge": badge,
        "sound": sound,
        "category": aps.text("category"),
        "thread_id": aps.text("thread-id"),
        "interruption_level": aps.text("interruption-level", "active"),
        "image_url": image,
        "link": body.text("link"),
        "push_type": headers.get("apns-push-type", "alert"),
        "priority": _whole(headers.get("apns-priority", "10")),
        "ttl_s": _lifetime(headers.get("apns-expiration", "0"), arrived),
        "collapse_id": headers.get("apns-collapse-id", ""),
    }
    if critical != (made["interruption_level"] == "critical"):
        strays.add("aps.sound", "critical" if critical else "not critical")
    body.text("ref")
    alert.close()
    aps.close()
    content = apns.ApnsContent(**made, data=body.rest())
    body.close()
    return content


def _sound(aps: bags.Bag) -> tuple[str, bool]:
    if "sound" not in aps:
        return "", False
    plain = aps.text("sound")
    if plain:
        return plain, False
    loud = aps.inner("sound")
    loud.expect("critical", 1)
    loud.expect("volume", 1.0)
    name = loud.text("name")
    loud.close()
    return name, True


def _lifetime(expires: str, arrived: twins.Arrived) -> int:
    moment = _whole(expires)
    return moment - int(arrived.arrival.at.timestamp()) if moment else 0


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise bags.Unreadable(f"A header says {text[:40]!r} where a number belongs.")
    return int(text)


def settle_apns(read: apns.ApnsContent, promised: apns.ApnsContent) -> dict[str, object]:
    """What the wire does not tell: seconds on the way, and what a background or a critical push leaves out."""
    told: dict[str, object] = {}
    if read.ttl_s and promised.ttl_s and -WAY_S <= read.ttl_s - promised.ttl_s <= 1:
        told["ttl_s"] = promised.ttl_s
    if promised.interruption_level == "critical" and read.sound == "default" and not promised.sound:
        told["sound"] = ""
    if promised.push_type == "background" == read.push_type:
        told |= {name: getattr(promised, name) for name in _SHOWN}
    return told


#: What only an alert carries.
_SHOWN = ("title", "subtitle", "body", "badge", "sound", "category", "thread_id", "interruption_level")


def read_webpush(arrived: twins.Arrived, strays: bags.Strays) -> webpush.WebPushContent:
    """A browser push, from the payload that its subscription's key opened, and the service's headers."""
    if not arrived.shown:
        raise bags.Unreadable("The browser could not open what arrived: it was sealed for another key.")
    headers, body = arrived.wire, bags.Bag(dict(arrived.shown), strays)
    content = webpush.WebPushContent(
        title=body.text("title"),
        body=body.text("body"),
        icon=body.text("icon"),
        image=body.text("image"),
        badge=body.text("badge"),
        url=body.text("url"),
        actions=[_action(one) for one in body.rows("actions")],
        data=body.texts("data"),
        require_interaction=body.flag("requireInteraction"),
        ttl_s=_whole(headers.get("ttl", "")),
        urgency=headers.get("urgency", "normal"),  # type: ignore[arg-type]  # the whole content is checked later
        topic=headers.get("topic", ""),
    )
    body.text("ref")
    body.close()
    return content


def _action(fields: bags.Bag) -> webpush.Action:
    made = webpush.Action(action=fields.text("action"), title=fields.text("title"), url=fields.text("url"))
    fields.close()
    return made


def settle_webpush(read: webpush.WebPushContent, promised: webpush.WebPushContent) -> dict[str, object]:
    """The wire tells all of it."""
    return {}
