"""Read what SES publishes about a mail, and put its words into ours."""

import datetime as dt
from typing import Any

import msgspec

from server.providers import atlas, base, errors, transport

TABLE = "ses_bounces"
REF_TAG = "heliograph_ref"  #: the message tag that carries our reference there and back

Kind = base.ReceiptKind

KINDS = {
    "Send": Kind.ACCEPTED,
    "Delivery": Kind.DELIVERED,
    "Open": Kind.SEEN,
    "Click": Kind.CLICKED,
    "Bounce": Kind.FAILED,
    "Complaint": Kind.COMPLAINED,
    "Reject": Kind.FAILED,
    "Rendering Failure": Kind.FAILED,
    "DeliveryDelay": Kind.DELAYED,
    "Subscription": Kind.UNSUBSCRIBED,
}
#: Codes that mean something else than the event they come with.
_KINDS_BY_CODE = {
    "Permanent/UnsubscribedRecipient": Kind.UNSUBSCRIBED,
    "Complaint/OnAccountSuppressionList": Kind.FAILED,  # accepted, but never sent
    "Complaint/not-spam": Kind.UNKNOWN,
    "Subscription/kept": Kind.UNKNOWN,
}
#: Which object of an event speaks of it; all others are named like the event, in small letters.
_PARTS = {"Rendering Failure": "failure", "DeliveryDelay": "deliveryDelay"}
#: Where an event lists whom it is about.
_RECIPIENTS = {
    "Bounce": "bouncedRecipients",
    "Complaint": "complainedRecipients",
    "DeliveryDelay": "delayedRecipients",
}


class _Mail(msgspec.Struct, frozen=True, rename="camel"):
    """The mail an event is about."""

    message_id: str
    destination: list[str] = []
    tags: dict[str, list[str]] = {}


class _Event(msgspec.Struct, frozen=True, rename="camel"):
    """One event; `notificationType` is its name where an identity's feedback is published."""

    mail: _Mail
    event_type: str = ""
    notification_type: str = ""


_event = msgspec.json.Decoder(_Event)
_whole = msgspec.json.Decoder(dict[str, Any])


def read(message: str) -> list[base.Receipt]:
    """The news in one SNS message: one receipt for each recipient it names.

    The plain text by which SES greets a new topic is no news. Raises errors.BadReceipt for JSON of another form.
    """
    if not message.lstrip().startswith("{"):
        return []
    try:
        event, whole = _event.decode(message), _whole.decode(message)
    except transport.UNREADABLE:
        raise errors.BadReceipt("The message is signed, but it is not an event of SES") from None
    name = event.event_type or event.notification_type
    found = whole.get(_PARTS.get(name, name.lower()))
    part: dict[str, Any] = found if isinstance(found, dict) else {}
    code = _code(name, part)
    entry = atlas.entry(TABLE, code)
    # A permanent bounce of a kind that is newer than the atlas is a permanent bounce all the same.
    hard = (
        entry.disposition is errors.Disposition.PERMANENT_RECIPIENT
        if entry
        else code.startswith("Permanent/")
    )
    people = _recipients(name, part) or [(address, "") for address in event.mail.destination] or [("", "")]
    identity = _text(part, "feedbackId") or f"{event.mail.message_id}/{name}/{_text(part, 'timestamp')}"
    return [
        base.Receipt(
            event_id=identity if len(people) == 1 else f"{identity}/{address}",
            kind=_KINDS_BY_CODE.get(code) or KINDS.get(name, Kind.UNKNOWN),
            ref=next(iter(event.mail.tags.get(REF_TAG, [])), ""),
            provider_ref=event.mail.message_id,
            address=address,
            at=_moment(_text(part, "timestamp")),
            code=code,
            text=(said or (entry.meaning if entry else _text(part, "reason", "errorMessage")))[:500],
            suppress=hard or code == "Subscription/all",
            raw=message.encode("utf-8", "replace"),
        )
        for address, said in people
    ]


def _code(name: str, part: dict[str, Any]) -> str:
    """The vendor's code, as the atlas spells it; empty for good news."""
    if name == "Bounce":
        return f"{_text(part, 'bounceType')}/{_text(part, 'bounceSubType')}"
    if name == "Complaint":
        return f"Complaint/{_text(part, 'complaintSubType', 'complaintFeedbackType') or 'other'}"
    if name == "DeliveryDelay":
        return f"DeliveryDelay/{_text(part, 'delayType')}"
    if name == "Reject":
        return f"Reject/{_text(part, 'reason')}"
    if name == "Rendering Failure":
        return "RenderingFailure"
    if name == "Subscription":
        return f"Subscription/{_left(part.get('newTopicPreferences'))}"
    return ""


def _left(preferences: Any) -> str:
    """How much of a contact list a person left: all, some topics, or nothing."""
    if not isinstance(preferences, dict):
        return "kept"
    if preferences.get("unsubscribeAll") is True:
        return "all"
    topics = preferences.get("topicSubscriptionStatus")
    statuses = [topic.get("subscriptionStatus") for topic in topics or [] if isinstance(topic, dict)]
    return "some" if "OptOut" in statuses else "kept"


def _recipients(name: str, part: dict[str, Any]) -> list[tuple[str, str]]:
    """Whom an event names: address, and what their server said."""
    if name == "Delivery":
        listed = part.get("recipients")
        said = _text(part, "smtpResponse")
        return [(address, said) for address in listed or [] if isinstance(address, str)]
    listed = part.get(_RECIPIENTS.get(name, ""))
    people = [person for person in listed or [] if isinstance(person, dict)]
    return [(_text(person, "emailAddress"), _text(person, "diagnosticCode")) for person in people]


def _text(part: dict[str, Any], *names: str) -> str:
    return next((value for name in names if isinstance(value := part.get(name), str) and value), "")


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
