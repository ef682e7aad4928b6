"""The events SES publishes about one mail, by the recipient's fate."""

import uuid
from collections.abc import Mapping

import msgspec

from server.twins import base
from server.twins.email import sns

Word = base.Word
Part = dict[str, object]

#: What happens after a mail was taken, in the order it happens: the event's name, and its type where it has some.
STORIES: Mapping[str, tuple[tuple[str, str], ...]] = {
    Word.DELIVERED: (("Delivery", ""),),
    Word.SEEN: (("Delivery", ""), ("Open", "")),
    Word.CLICKED: (("Delivery", ""), ("Open", ""), ("Click", "")),
    Word.REPLIED: (("Delivery", ""), ("Open", "")),
    # The API never refuses a recipient: whom it cannot reach, it tells by a bounce.
    Word.DEAD: (("Bounce", "Permanent/NoEmail"),),
    Word.BLOCKED: (("Bounce", "Permanent/OnAccountSuppressionList"),),
    Word.BOUNCED: (("Bounce", "Permanent/General"),),
    Word.UNREACHABLE: (("DeliveryDelay", "MailboxFull"), ("Bounce", "Transient/MailboxFull")),
    Word.SILENT: (),
    Word.COMPLAINED: (("Delivery", ""), ("Complaint", "abuse")),
    Word.UNSUBSCRIBED: (("Delivery", ""), ("Subscription", "")),
    Word.DOUBLED: (("Delivery", ""), ("Open", "")),
    Word.SHUFFLED: (("Delivery", ""), ("Open", "")),
    # The service's own simulator has two more ends.
    "ooto": (("Delivery", ""), ("Bounce", "Transient/General")),
    "suppressionlist": (("Bounce", "Permanent/Suppressed"),),
}
#: The simulator's mailboxes, by what stands before the @.
SIMULATOR: Mapping[str, str] = {
    "success": Word.DELIVERED,
    "bounce": Word.BOUNCED,
    "complaint": Word.COMPLAINED,
    "ooto": "ooto",
    "suppressionlist": "suppressionlist",
}
SIMULATOR_DOMAIN = "simulator.amazonses.com"
_DIAGNOSTICS = {
    "Permanent/NoEmail": ("5.1.1", "smtp; 550 5.1.1 user unknown"),
    "Permanent/General": ("5.1.1", "smtp; 550 5.1.1 user unknown"),
    "Transient/MailboxFull": ("4.2.2", "smtp; 452 4.2.2 mailbox full"),
    "Transient/General": ("4.0.0", "smtp; automatic reply"),
}


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """One mail as events speak of it."""

    message_id: str
    at: float  #: epoch seconds
    sender: str
    recipient: str
    subject: str
    tags: Mapping[str, str]
    configuration_set: str


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One event, and when after acceptance it is published."""

    after_s: float
    message: str


def story(sent: Sent, word: str, delays_s: tuple[float, ...]) -> list[Event]:
    """The events of one mail in the order they are to be posted; a shuffled fate posts the later one first."""
    parts = STORIES.get(word, STORIES[Word.DELIVERED])
    # The first delay is that of a mail merely sent, which is not published.
    waits = [delays_s[min(step + 1, len(delays_s) - 1)] for step in range(len(parts))]
    told = [_event(sent, name, kind, sent.at + wait) for (name, kind), wait in zip(parts, waits, strict=True)]
    if word == Word.SHUFFLED:
        told.reverse()
    events = [Event(after_s=wait, message=message) for wait, message in zip(waits, told, strict=True)]
    return [event for event in events for _ in range(2)] if word == Word.DOUBLED else events


def _event(sent: Sent, name: str, kind: str, at: float) -> str:
    key = {"DeliveryDelay": "deliveryDelay"}.get(name, name.lower())
    body = {
        "eventType": name,
        "mail": _mail(sent),
        key: {"timestamp": sns.stamp(at), **_PARTS[name](sent, kind)},
    }
    return msgspec.json.encode(body).decode()


def _mail(sent: Sent) -> Part:
    tags = {name: [value] for name, value in sent.tags.items()}
    return {
        "timestamp": sns.stamp(sent.at),
        "source": sent.sender,
        "sendingAccountId": "123456789012",
        "messageId": sent.message_id,
        "destination": [sent.recipient],
        "headersTruncated": False,
        "headers": [{"name": "From", "value": sent.sender}, {"name": "To", "value": sent.recipient}],
        "commonHeaders": {"from": [sent.sender], "to": [sent.recipient], "subject": sent.subject},
        "tags": {"ses:configuration-set": [sent.configuration_set], **tags},
    }


def _delivery(sent: Sent, kind: str) -> Part:
    return {
        "processingTimeMillis": 546,
        "recipients": [sent.recipient],
        "smtpResponse": "250 2.6.0 Message received",
        "reportingMTA": "mta.twin.example",
    }


def _open(sent: Sent, kind: str) -> Part:
    return {"ipAddress": "192.0.2.1", "userAgent": "Mozilla/5.0 (twin)"}


def _click(sent: Sent, kind: str) -> Part:
    return {**_open(sent, kind), "link": "https://shop.example/", "linkTags": None}


def _bounce(sent: Sent, kind: str) -> Part:
    main, _, sub = kind.partition("/")
    status, diagnostic = _DIAGNOSTICS.get(kind, ("", ""))
    recipient = {"emailAddress": sent.recipient}
    if status:
        recipient |= {"action": "failed", "status": status, "diagnosticCode": diagnostic}
    return {
        "bounceType": main,
        "bounceSubType": sub,
        "bouncedRecipients": [recipient],
        "feedbackId": _feedback_id(sent, "bounce"),
        "reportingMTA": "dns; mta.twin.example",
    }


def _complaint(sent: Sent, kind: str) -> Part:
    return {
        "complainedRecipients": [{"emailAddress": sent.recipient}],
        "feedbackId": _feedback_id(sent, "complaint"),
        "complaintSubType": None,
        "userAgent": "twin/1.0",
        "complaintFeedbackType": kind,
        "arrivalDate": sns.stamp(sent.at),
    }


def _delay(sent: Sent, kind: str) -> Part:
    return {
        "delayType": kind,
        "delayedRecipients": [
            {
                "emailAddress": sent.recipient,
                "status": "4.2.2",
                "diagnosticCode": "smtp; 452 4.2.2 mailbox full",
            }
        ],
        "expirationTime": sns.stamp(sent.at + 50_400),
        "reportingMTA": "mta.twin.example",
    }


def _subscription(sent: Sent, kind: str) -> Part:
    return {
        "contactList": "twin",
        "source": "UnsubscribeHeader",
        "newTopicPreferences": {"unsubscribeAll": True, "topicSubscriptionStatus": []},
        "oldTopicPreferences": {"unsubscribeAll": False, "topicSubscriptionStatus": []},
    }


def _feedback_id(sent: Sent, kind: str) -> str:
    """The service's id of a piece of feedback: the same for the same mail and kind."""
    unique = uuid.uuid5(uuid.NAMESPACE_OID, f"{sent.message_id}/{sent.recipient}/{kind}")
    return f"{sent.message_id[:16]}-{unique}-000000"


_PARTS = {
    "Delivery": _delivery,
    "Open": _open,
    "Click": _click,
    "Bounce": _bounce,
    "Complaint": _complaint,
    "DeliveryDelay": _delay,
    "Subscription": _subscription,
}
