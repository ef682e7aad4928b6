"""The form of each channel's content: every field of its type, in the order a person thinks of them."""

from console.widgets.editors import chat_forms
from console.widgets.editors.parts import Kind, Part
from server.channels import apns, sms, webpush

_SECONDS = "How long it is kept for a device that cannot be reached."

_DATA = Part(
    name="data",
    label="Data for the app",
    kind=Kind.PAIRS,
    item="Entry",
    help="Handed to the app beside what is shown.",
    more=True,
)

APNS = (
    Part(name="title", label="Title", placeholder="{{ first_name }}, your order is ready"),
    Part(name="subtitle", label="Subtitle"),
    Part(name="body", label="Text", kind=Kind.AREA, lines=4),
    Part(name="image_url", label="Picture", placeholder="https://…", help="Shown by apps that fetch it."),
    Part(
        name="link", label="Link", placeholder="app://… or https://…", help="What the app opens when tapped."
    ),
    Part(
        name="interruption_level",
        label="Interrupts",
        kind=Kind.CHOICE,
        choices=(
            ("passive", "Quietly (passive)"),
            ("active", "As usual (active)"),
            ("time-sensitive", "Breaks through (time-sensitive)"),
            ("critical", "Always, with sound (critical)"),
        ),
    ),
    Part(
        name="sound",
        label="Sound",
        kind=Kind.FIXED,
        help="“default”, a file of the app, or nothing.",
        beside=True,
    ),
    Part(name="badge", label="Badge", kind=Kind.MAYBE_WHOLE, help="0 clears it; empty leaves it.", more=True),
    Part(
        name="category",
        label="Category",
        kind=Kind.FIXED,
        help="Names the app's own buttons.",
        beside=True,
        more=True,
    ),
    Part(name="thread_id", label="Thread", help="Groups notifications.", more=True),
    Part(
        name="collapse_id",
        label="Collapse id",
        limit=apns.COLLAPSE_LIMIT,
        help="A repeat replaces this one.",
        beside=True,
        more=True,
    ),
    Part(
        name="push_type",
        label="Kind",
        kind=Kind.CHOICE,
        choices=(("alert", "Alert"), ("background", "Background: wakes the app, shows nothing")),
        more=True,
    ),
    Part(
        name="priority",
        label="Priority",
        kind=Kind.CHOICE,
        choices=((10, "10, at once"), (5, "5, with the battery in mind"), (1, "1, when convenient")),
        beside=True,
        more=True,
    ),
    Part(
        name="ttl_s",
        label="Kept for",
        kind=Kind.NUMBER,
        high=apns.TTL_LIMIT_S,
        unit="s",
        help=_SECONDS,
        more=True,
    ),
    _DATA,
)

WEBPUSH = (
    Part(name="title", label="Title", required=True),
    Part(name="body", label="Text", kind=Kind.AREA, lines=4),
    Part(name="url", label="Address opened on click", placeholder="https://… or /path"),
    Part(name="image", label="Picture", placeholder="https://…"),
    Part(name="icon", label="Icon", placeholder="https://…"),
    Part(name="badge", label="Badge", placeholder="https://…", beside=True),
    Part(
        name="actions",
        label="Buttons",
        kind=Kind.LIST,
        item="Button",
        help=f"Browsers show {webpush.SHOWN_ACTIONS}.",
        blank={"action": "", "title": "", "url": ""},
        parts=(
            Part(name="title", label="Text", required=True),
            Part(name="action", label="Name", kind=Kind.FIXED, required=True, beside=True),
            Part(name="url", label="Address", placeholder="https://… or /path"),
        ),
    ),
    Part(
        name="urgency",
        label="Urgency",
        kind=Kind.CHOICE,
        choices=(("very-low", "Very low"), ("low", "Low"), ("normal", "Normal"), ("high", "High")),
        more=True,
    ),
    Part(
        name="topic",
        label="Topic",
        limit=webpush.TOPIC_LIMIT,
        help="A repeat replaces one that still waits.",
        beside=True,
        more=True,
    ),
    Part(
        name="ttl_s",
        label="Kept for",
        kind=Kind.NUMBER,
        high=webpush.TTL_LIMIT_S,
        unit="s",
        help=_SECONDS,
        more=True,
    ),
    Part(name="require_interaction", label="Stays until it is dismissed", kind=Kind.SWITCH, more=True),
    _DATA,
)

EMAIL = (
    Part(name="subject", label="Subject", required=True),
    Part(name="preheader", label="Preheader", help="The line that mailboxes show after the subject."),
    Part(name="html", label="HTML", kind=Kind.CODE, lines=14),
    Part(
        name="text",
        label="Plain text",
        kind=Kind.AREA,
        lines=6,
        help="Derived from the HTML where it is empty.",
    ),
    Part(name="from_name", label="Sender's name", help="The account's where it is empty."),
    Part(name="reply_to", label="Replies go to", placeholder="help@example.com", beside=True),
    Part(
        name="unsubscribe",
        label="One-click unsubscribe",
        kind=Kind.SWITCH,
        help="Mail programs show a button of their own (RFC 8058).",
    ),
)

SMS = (
    Part(
        name="body",
        label="Text",
        kind=Kind.AREA,
        lines=6,
        required=True,
        gsm=True,
        placeholder="Northwind: your code is {{ code }}. Reply STOP to opt out",
    ),
    Part(
        name="media_urls",
        label="Pictures",
        kind=Kind.LINES,
        item="Picture",
        most=sms.MEDIA_LIMIT,
        placeholder="https://…",
        help="They make it an MMS, where the provider and the network can.",
    ),
    Part(
        name="validity_s",
        label="Valid for",
        kind=Kind.NUMBER,
        low=1,
        high=sms.VALIDITY_LIMIT_S,
        unit="s",
        help="What has not reached the phone by then is dropped by the network.",
        more=True,
    ),
)

FORMS: dict[str, tuple[Part, ...]] = {
    "apns": APNS,
    "webpush": WEBPUSH,
    "email": EMAIL,
    "sms": SMS,
    "whatsapp": chat_forms.WHATSAPP,
    "rcs": chat_forms.RCS,
}
