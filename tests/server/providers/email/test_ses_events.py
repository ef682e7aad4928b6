"""What SES publishes, in our words."""

import datetime as dt
import json
from typing import Any

import pytest

from server.providers import base, errors
from server.providers.email import ses_events

Kind = base.ReceiptKind

MAIL = {
    "messageId": "0102-abc",
    "timestamp": "2026-11-20T09:00:00.000Z",
    "destination": ["zoe@example.org"],
    "tags": {"heliograph_ref": ["k3f9x2-1-7"], "ses:configuration-set": ["main"]},
}
AT = "2026-11-20T09:00:05.123Z"


def event(name: str, part: str, **fields: Any) -> str:
    return json.dumps({"eventType": name, "mail": MAIL, part: {"timestamp": AT, **fields}})


def bounce(main: str, sub: str) -> str:
    people = [{"emailAddress": "zoe@example.org", "diagnosticCode": "smtp; 550 5.1.1 unknown"}]
    return event(
        "Bounce", "bounce", bounceType=main, bounceSubType=sub, bouncedRecipients=people, feedbackId="f-1"
    )


def complaint(kind: str | None, sub: str | None = None) -> str:
    people = [{"emailAddress": "zoe@example.org"}]
    return event(
        "Complaint",
        "complaint",
        complainedRecipients=people,
        feedbackId="f-2",
        complaintFeedbackType=kind,
        complaintSubType=sub,
    )


def subscription(**preferences: Any) -> str:
    return event("Subscription", "subscription", newTopicPreferences=preferences)


TOPICS = [{"topicName": "news", "subscriptionStatus": "OptOut"}]


@pytest.mark.parametrize(
    "message, kind, code, suppress",
    [
        (event("Send", "send"), Kind.ACCEPTED, "", False),
        (event("Delivery", "delivery", recipients=["zoe@example.org"]), Kind.DELIVERED, "", False),
        (event("Open", "open"), Kind.SEEN, "", False),
        (event("Click", "click", link="https://x"), Kind.CLICKED, "", False),
        (bounce("Permanent", "General"), Kind.FAILED, "Permanent/General", True),
        (bounce("Permanent", "NoEmail"), Kind.FAILED, "Permanent/NoEmail", True),
        (
            bounce("Permanent", "OnTenantSuppressionList"),
            Kind.FAILED,
            "Permanent/OnTenantSuppressionList",
            True,
        ),
        (
            bounce("Permanent", "UnsubscribedRecipient"),
            Kind.UNSUBSCRIBED,
            "Permanent/UnsubscribedRecipient",
            True,
        ),
        (bounce("Transient", "MailboxFull"), Kind.FAILED, "Transient/MailboxFull", False),
        (bounce("Transient", "ContentRejected"), Kind.FAILED, "Transient/ContentRejected", False),
        (bounce("Undetermined", "Undetermined"), Kind.FAILED, "Undetermined/Undetermined", False),
        (bounce("Permanent", "BrandNew"), Kind.FAILED, "Permanent/BrandNew", True),
        (complaint("abuse"), Kind.COMPLAINED, "Complaint/abuse", True),
        (complaint(None), Kind.COMPLAINED, "Complaint/other", True),
        (complaint("auth-failure"), Kind.COMPLAINED, "Complaint/auth-failure", False),
        (complaint("not-spam"), Kind.UNKNOWN, "Complaint/not-spam", False),
        (
            complaint(None, "OnAccountSuppressionList"),
            Kind.FAILED,
            "Complaint/OnAccountSuppressionList",
            True,
        ),
        (event("Reject", "reject", reason="Bad content"), Kind.FAILED, "Reject/Bad content", False),
        (
            event("Rendering Failure", "failure", errorMessage="no name"),
            Kind.FAILED,
            "RenderingFailure",
            False,
        ),
        (
            event("DeliveryDelay", "deliveryDelay", delayType="MailboxFull"),
            Kind.DELAYED,
            "DeliveryDelay/MailboxFull",
            False,
        ),
        (subscription(unsubscribeAll=True), Kind.UNSUBSCRIBED, "Subscription/all", True),
        (
            subscription(unsubscribeAll=False, topicSubscriptionStatus=TOPICS),
            Kind.UNSUBSCRIBED,
            "Subscription/some",
            False,
        ),
        (
            subscription(unsubscribeAll=False, topicSubscriptionStatus=[]),
            Kind.UNKNOWN,
            "Subscription/kept",
            False,
        ),
        (event("SomethingNew", "somethingnew"), Kind.UNKNOWN, "", False),
        (
            json.dumps({"notificationType": "Delivery", "mail": MAIL, "delivery": {"timestamp": AT}}),
            Kind.DELIVERED,
            "",
            False,
        ),
    ],
)
def test_an_event_is_put_into_our_words(message: str, kind: Kind, code: str, suppress: bool) -> None:
    (receipt,) = ses_events.read(message)
    assert (receipt.kind, receipt.code, receipt.suppress) == (kind, code, suppress)
    assert (receipt.ref, receipt.provider_ref, receipt.address) == (
        "k3f9x2-1-7",
        "0102-abc",
        "zoe@example.org",
    )
    assert receipt.at == dt.datetime(2026, 11, 20, 9, 0, 5, 123000, tzinfo=dt.UTC)
    assert receipt.raw == message.encode()


def test_doubled_news_share_their_id_and_different_news_do_not() -> None:
    messages = [
        event("Delivery", "delivery"),
        event("Open", "open"),
        bounce("Permanent", "General"),
        complaint("abuse"),
    ]
    ids = [receipt.event_id for message in messages for receipt in ses_events.read(message)]
    assert len(set(ids)) == 4
    assert ids == [receipt.event_id for message in messages for receipt in ses_events.read(message)]


def test_every_recipient_of_a_bounce_is_news_of_its_own() -> None:
    people = [{"emailAddress": "a@example.org"}, {"emailAddress": "b@example.org"}]
    message = event(
        "Bounce",
        "bounce",
        bounceType="Permanent",
        bounceSubType="General",
        bouncedRecipients=people,
        feedbackId="f",
    )
    assert [(r.event_id, r.address) for r in ses_events.read(message)] == [
        ("f/a@example.org", "a@example.org"),
        ("f/b@example.org", "b@example.org"),
    ]


def test_what_the_servers_said_is_kept_and_cut() -> None:
    assert ses_events.read(bounce("Permanent", "General"))[0].text == "smtp; 550 5.1.1 unknown"
    assert ses_events.read(bounce("Permanent", "General").replace("unknown", "x" * 900))[0].text.endswith("x")
    assert len(ses_events.read(bounce("Permanent", "General").replace("unknown", "x" * 900))[0].text) == 500


def test_mail_that_others_sent_from_the_same_account_has_no_reference() -> None:
    (receipt,) = ses_events.read(json.dumps({"eventType": "Open", "mail": {"messageId": "m"}, "open": {}}))
    assert (receipt.ref, receipt.address, receipt.at) == ("", "", None)


def test_the_topics_greeting_is_no_news() -> None:
    assert ses_events.read("Successfully validated SNS topic for Amazon SES event publishing.") == []


@pytest.mark.parametrize(
    "message", ["{", "{}", '{"mail": 1}', '{"mail":{"messageId":[]}}', "{" + '"a":[' * 100_000]
)
def test_signed_nonsense_is_refused(message: str) -> None:
    with pytest.raises(errors.BadReceipt):
        ses_events.read(message)


@pytest.mark.parametrize(
    "part",
    [
        None,
        [],
        "x",
        {"bouncedRecipients": "x", "timestamp": 7},
        {"bouncedRecipients": [1], "timestamp": "soon"},
    ],
)
def test_odd_parts_are_read_as_far_as_they_go(part: Any) -> None:
    (receipt,) = ses_events.read(json.dumps({"eventType": "Bounce", "mail": MAIL, "bounce": part}))
    assert (receipt.kind, receipt.at) == (Kind.FAILED, None)
