"""The form of each channel's content: every field of its type, in the order a person thinks of them."""

from console.views.campaigns.draft.parts import Kind, Part
from server.channels import apns, rcs, sms, webpush, whatsapp

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
        help=f"A repeat replaces this one. At most {apns.COLLAPSE_LIMIT} bytes.",
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
        help="A repeat replaces one that still waits. At most 32 characters.",
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

WHATSAPP = (
    Part(
        name="template",
        label="Approved template",
        kind=Kind.FIXED,
        required=True,
        placeholder="spring_drop",
        help="Its name, as WhatsApp Manager shows it.",
    ),
    Part(name="language", label="Language", kind=Kind.FIXED, required=True, placeholder="en_US", beside=True),
    Part(
        name="sample",
        label="Approved text",
        kind=Kind.BLOCK,
        lines=3,
        help="The body from WhatsApp Manager with its {{1}} or {{name}}: counts parameters and draws the preview.",
    ),
    Part(
        name="body",
        label="Parameters",
        kind=Kind.LIST,
        item="Parameter",
        blank={"name": "", "text": ""},
        help="One for each placeholder, in their order. Either all have names or none.",
        parts=(
            Part(name="name", label="Name", kind=Kind.FIXED),
            Part(name="text", label="Value", required=True, beside=True, placeholder="{{ first_name }}"),
        ),
    ),
    Part(
        name="header",
        label="Header",
        kind=Kind.GROUP,
        parts=(
            Part(
                name="kind",
                label="Header",
                kind=Kind.CHOICE,
                choices=(
                    ("none", "None"),
                    ("text", "Text with a variable"),
                    ("image", "Picture"),
                    ("video", "Video"),
                    ("document", "Document"),
                ),
            ),
            Part(
                name="link",
                label="Address of the file",
                placeholder="https://…",
                required=True,
                when=("kind", whatsapp.MEDIA),
            ),
            Part(name="filename", label="File name", when=("kind", ("document",))),
            Part(name="text", label="Value of its variable", required=True, when=("kind", ("text",))),
            Part(
                name="name",
                label="Name of its variable",
                kind=Kind.FIXED,
                when=("kind", ("text",)),
                beside=True,
            ),
        ),
    ),
    Part(
        name="buttons",
        label="Button values",
        kind=Kind.LIST,
        item="Button",
        most=whatsapp.BUTTONS,
        blank={"index": 0, "kind": "url", "value": ""},
        help="Only for buttons whose address, payload or code differs from person to person.",
        parts=(
            Part(
                name="kind",
                label="Kind",
                kind=Kind.CHOICE,
                choices=(("url", "Address"), ("quick_reply", "Quick reply"), ("copy_code", "Copy code")),
            ),
            Part(
                name="index",
                label="Button number, from 0",
                kind=Kind.NUMBER,
                high=whatsapp.BUTTONS - 1,
                beside=True,
            ),
            Part(name="value", label="Value", required=True, help="Of an address only the end that differs."),
        ),
    ),
    Part(
        name="category",
        label="Category",
        kind=Kind.CHOICE,
        choices=(
            ("marketing", "Marketing"),
            ("utility", "Utility"),
            ("authentication", "Authentication"),
        ),
        more=True,
    ),
)

_SUGGESTION = (
    Part(
        name="kind",
        label="Does",
        kind=Kind.CHOICE,
        choices=(
            ("reply", "Reply"),
            ("open_url", "Open an address"),
            ("dial", "Call a number"),
            ("view_location", "Show a place"),
            ("share_location", "Share one's place"),
            ("calendar", "Add to the calendar"),
        ),
    ),
    Part(
        name="text", label="Text", required=True, help=f"At most {rcs.LABEL_LIMIT} characters.", beside=True
    ),
    Part(name="url", label="Address", required=True, placeholder="https://…", when=("kind", ("open_url",))),
    Part(name="phone", label="Number", required=True, placeholder="+442079460000", when=("kind", ("dial",))),
    Part(name="label", label="Place", when=("kind", ("view_location",))),
    Part(name="latitude", label="Latitude", kind=Kind.MAYBE_DECIMAL, when=("kind", ("view_location",))),
    Part(
        name="longitude",
        label="Longitude",
        kind=Kind.MAYBE_DECIMAL,
        when=("kind", ("view_location",)),
        beside=True,
    ),
    Part(name="title", label="Event", required=True, when=("kind", ("calendar",))),
    Part(
        name="starts_at",
        label="Starts",
        required=True,
        placeholder="2026-11-27T18:00:00+01:00",
        when=("kind", ("calendar",)),
    ),
    Part(
        name="ends_at",
        label="Ends",
        required=True,
        placeholder="2026-11-27T19:00:00+01:00",
        when=("kind", ("calendar",)),
        beside=True,
    ),
    Part(name="description", label="Description", when=("kind", ("calendar",))),
    Part(name="postback", label="Postback", help="What comes back when it is tapped; its text where empty."),
)

_BLANK_SUGGESTION = {
    "kind": "reply",
    "text": "",
    "postback": "",
    "url": "",
    "phone": "",
    "latitude": None,
    "longitude": None,
    "label": "",
    "starts_at": "",
    "ends_at": "",
    "title": "",
    "description": "",
}

_CARDS = ("card", "carousel")

RCS = (
    Part(
        name="kind",
        label="Kind",
        kind=Kind.CHOICE,
        choices=(("text", "Text"), ("card", "One rich card"), ("carousel", "Carousel of 2 to 10 cards")),
    ),
    Part(
        name="text",
        label="Text",
        kind=Kind.AREA,
        lines=6,
        when=("kind", ("text",)),
        help=f"At most {rcs.TEXT_LIMIT:,} characters; up to {rcs.BASIC_LIMIT} bytes are billed as a basic message.",
    ),
    Part(
        name="cards",
        label="Cards",
        kind=Kind.LIST,
        item="Card",
        most=max(rcs.CAROUSEL),
        when=("kind", _CARDS),
        blank={
            "title": "",
            "description": "",
            "media_url": "",
            "thumbnail_url": "",
            "media_height": "MEDIUM",
            "suggestions": [],
        },
        parts=(
            Part(name="title", label="Title"),
            Part(name="description", label="Text", kind=Kind.AREA, lines=3),
            Part(name="media_url", label="Picture or video", placeholder="https://…"),
            Part(
                name="media_height",
                label="Height",
                kind=Kind.CHOICE,
                choices=(("SHORT", "Short"), ("MEDIUM", "Medium"), ("TALL", "Tall")),
            ),
            Part(name="thumbnail_url", label="Thumbnail", placeholder="https://…", beside=True),
            Part(
                name="suggestions",
                label="Buttons",
                kind=Kind.LIST,
                item="Button",
                most=rcs.ON_CARD,
                blank=_BLANK_SUGGESTION,
                parts=_SUGGESTION,
            ),
        ),
    ),
    Part(
        name="orientation",
        label="Orientation",
        kind=Kind.CHOICE,
        choices=(("VERTICAL", "Picture above"), ("HORIZONTAL", "Picture beside")),
        when=("kind", ("card",)),
    ),
    Part(
        name="image_side",
        label="Picture at the",
        kind=Kind.CHOICE,
        choices=(("LEFT", "Left"), ("RIGHT", "Right")),
        when=("orientation", ("HORIZONTAL",)),
        beside=True,
    ),
    Part(
        name="card_width",
        label="Card width",
        kind=Kind.CHOICE,
        choices=(("SMALL", "Small"), ("MEDIUM", "Medium")),
        when=("kind", ("carousel",)),
    ),
    Part(
        name="suggestions",
        label="Suggestions under the message",
        kind=Kind.LIST,
        item="Suggestion",
        most=rcs.ON_MESSAGE,
        blank=_BLANK_SUGGESTION,
        parts=_SUGGESTION,
    ),
    Part(
        name="traffic",
        label="Traffic",
        kind=Kind.CHOICE,
        choices=(
            ("PROMOTION", "Promotion"),
            ("TRANSACTION", "Transaction"),
            ("AUTHENTICATION", "Authentication"),
            ("SERVICEREQUEST", "Service request"),
            ("ACKNOWLEDGEMENT", "Acknowledgement"),
        ),
        more=True,
    ),
    Part(
        name="ttl_s",
        label="Kept for",
        kind=Kind.NUMBER,
        low=min(rcs.TTL_S),
        high=max(rcs.TTL_S),
        unit="s",
        help=_SECONDS,
        beside=True,
        more=True,
    ),
)

FORMS: dict[str, tuple[Part, ...]] = {
    "apns": APNS,
    "webpush": WEBPUSH,
    "email": EMAIL,
    "sms": SMS,
    "whatsapp": WHATSAPP,
    "rcs": RCS,
}
