"""What the gallery shows in its widgets: a few of everything, with the awkward cases among them."""

from dataclasses import dataclass

from console.widgets import paged, pills, theme, timeline
from server.wire import ledger, providers

BALANCED = ledger.Equation(
    audience=412806,
    waiting=148626,
    sending=64,
    accepted=261802,
    failed=1204,
    skipped=1080,
    doubt=30,
    cancelled=0,
)
BROKEN = ledger.Equation(
    audience=20000, waiting=0, sending=0, accepted=19321, failed=402, skipped=240, doubt=25, cancelled=0
)

ASKED = [
    providers.Field(
        name="account_sid",
        label="Account SID",
        kind=providers.FieldKind.TEXT,
        required=True,
        help="Begins with AC; on the console's first page.",
        placeholder="AC…",
    ),
    providers.Field(name="auth_token", label="Auth token", kind=providers.FieldKind.SECRET, required=True),
    providers.Field(name="key", label="Signing key", kind=providers.FieldKind.SECRET_MULTILINE),
    providers.Field(
        name="region",
        label="Region",
        kind=providers.FieldKind.CHOICE,
        choices=["us1", "ie1", "au1"],
        default="ie1",
        required=True,
    ),
    providers.Field(
        name="rate", label="Messages a second", kind=providers.FieldKind.NUMBER, default=40, required=True
    ),
    providers.Field(name="note", label="Note", kind=providers.FieldKind.MULTILINE),
    providers.Field(
        name="callbacks",
        label="Ask for status callbacks",
        kind=providers.FieldKind.SWITCH,
        default=True,
        help="Without them a message stays at accepted.",
    ),
]


@dataclass(frozen=True, slots=True)
class Sample:
    """A row of the sample table."""

    name: str
    about: str
    status: str
    channels: tuple[str, ...]
    audience: int
    done: float | None
    failed: int


SAMPLES = [
    Sample(
        "Spring drop · early access", "Members EU", "running", ("mail", "message-square"), 412806, 0.64, 1204
    ),
    Sample(
        "Order shipped, delayed", "Transactional", "running", ("smartphone", "bell-ring"), 38114, 0.88, 41
    ),
    Sample("Win-back 90 days", "Lapsed buyers", "paused", ("mail",), 88310, 0.42, 6904),
    Sample(
        "Store opening Lyon, with a name that is longer than its column",
        "Lyon",
        "draft",
        ("mail",),
        0,
        None,
        0,
    ),
    Sample("Terms update", "All contacts", "done", ("mail", "smartphone", "bell-ring"), 1204330, 1.0, 18992),
    Sample("Flash sale push", "App users iOS", "cancelled", ("bell-ring",), 152400, 0.07, 6377),
]

TONES: dict[str, theme.Tone] = {"paused": "warn", "done": "mute", "cancelled": "bad"}

COLUMNS = [
    paged.Column(
        title="Campaign",
        kind=paged.Kind.TWO_LINES,
        text=lambda row: row.name,
        second=lambda row: row.about,
        stretch=True,
        width=220,
        sort="name",
    ),
    paged.Column(
        title="Status",
        kind=paged.Kind.PILL,
        text=lambda row: row.status,
        look=lambda row: pills.look(pills.CAMPAIGN, row.status),
        width=118,
    ),
    paged.Column(
        title="Channels",
        kind=paged.Kind.ICONS,
        text=lambda row: ", ".join(row.channels),
        icons=lambda row: row.channels,
        width=92,
    ),
    paged.Column(
        title="Audience",
        kind=paged.Kind.NUMBER,
        text=lambda row: f"{row.audience:,}",
        width=96,
        sort="audience",
    ),
    paged.Column(
        title="Progress",
        kind=paged.Kind.PROGRESS,
        text=lambda row: "Not started" if row.done is None else f"{row.done:.0%}",
        share=lambda row: row.done,
        tone=lambda row: TONES.get(row.status),
        width=140,
    ),
    paged.Column(
        title="Failed",
        kind=paged.Kind.NUMBER,
        text=lambda row: f"{row.failed:,}",
        tone=lambda row: "bad" if row.failed > 5000 else None,
        width=84,
        sort="failed",
    ),
]

STORY = [
    timeline.Line(at="10:41:50.120", title="Frozen into the run", icon="layers"),
    timeline.Line(at="10:41:52.004", title="Attempt 1 began", icon="send", tone="info"),
    timeline.Line(
        at="10:41:52.131",
        title="Asked to slow down",
        icon="gauge",
        tone="warn",
        gap="+127 ms",
        detail="429 Too Many Requests; tried again after 4 s.",
    ),
    timeline.Line(
        at="10:41:56.310", title="Accepted", icon="check", tone="ok", gap="+4.2 s", mono="SM9f1c0e5b22"
    ),
    timeline.Line(at="10:41:58.902", title="Delivered", icon="check-check", tone="ok", gap="+2.6 s"),
]
