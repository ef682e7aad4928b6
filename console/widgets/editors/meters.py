"""How much of each channel's limits a content uses, in the channel's own measure; pure."""

from dataclasses import dataclass

from console.widgets import figures, theme
from server.channels import apns, contents, email, rcs, sms, webpush, whatsapp

SUBJECT_SHOWN = 60  #: characters of a subject that phones tend to show
NAMED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """One measure."""

    name: str
    words: str
    share: float | None = None  #: of the limit; None where there is none to fill
    tone: theme.Tone = "accent"
    note: str = ""


def gauges(content: contents.Content) -> list[Gauge]:
    """The measures of one content, as it stands."""
    try:
        match content:
            case apns.ApnsContent():
                return [_bytes("Payload", apns.size(content), apns.PAYLOAD_LIMIT)]
            case webpush.WebPushContent():
                return _webpush(content)
            case email.EmailContent():
                return _email(content)
            case sms.SmsContent():
                return _sms(content)
            case whatsapp.WhatsAppContent():
                return _whatsapp(content)
            case rcs.RcsContent():
                return _rcs(content)
    except UnicodeEncodeError:  # half of a character; the rules name it at its field
        return []


def _tone(share: float, careful: float = 0.85) -> theme.Tone:
    return "bad" if share > 1 else "warn" if share > careful else "accent"


def _bytes(name: str, used: int, limit: int, note: str = "") -> Gauge:
    share = used / limit
    words = f"{figures.count(used)} of {figures.count(limit)} bytes"
    return Gauge(name=name, words=words, share=share, tone=_tone(share), note=note)


def _characters(name: str, used: int, limit: int) -> Gauge:
    share = used / limit
    words = f"{figures.count(used)} of {figures.count(limit)} characters"
    return Gauge(name=name, words=words, share=share, tone=_tone(share))


def _webpush(content: webpush.WebPushContent) -> list[Gauge]:
    used = webpush.size(content)
    safe = f"some services take no more than {figures.count(webpush.PAYLOAD_ADVISED)}"
    return [_bytes("Payload", used, webpush.PAYLOAD_LIMIT, safe if used > webpush.PAYLOAD_ADVISED else "")]


def _email(content: email.EmailContent) -> list[Gauge]:
    subject = len(content.subject)
    seen = Gauge(
        name="Subject",
        words=f"{subject} characters",
        share=subject / email.LONG_SUBJECT,
        tone="warn" if subject > SUBJECT_SHOWN else "accent",
        note=f"phones show about {SUBJECT_SHOWN}" if subject > SUBJECT_SHOWN else "",
    )
    weight = len(content.html.encode())
    share = weight / email.GMAIL_CLIP
    clip = Gauge(
        name="HTML",
        words=f"{weight / 1024:.1f} of {email.GMAIL_CLIP // 1024} KB",
        share=share,
        tone="warn" if share > 0.85 else "accent",
        note="Gmail cuts the rest" if share > 1 else "",
    )
    return [seen, clip]


def _sms(content: sms.SmsContent) -> list[Gauge]:
    counted = sms.segments(content.body)
    room = counted.count * counted.per_segment or counted.per_segment
    encoding = "GSM-7" if counted.encoding == "gsm7" else "UCS-2"
    plural = "segment" if counted.count == 1 else "segments"
    gauge = Gauge(
        name=f"{counted.count} {plural}",
        words=f"{encoding}, {figures.count(counted.units)} of {figures.count(room)}",
        share=counted.units / room,
        tone="warn" if counted.offending else "accent",
        note=offending(counted),
    )
    if not content.media_urls:
        return [gauge]
    count = len(content.media_urls)
    pictures = Gauge(name="Pictures", words=f"{count} of {sms.MEDIA_LIMIT}", share=count / sms.MEDIA_LIMIT)
    return [gauge, pictures]


def offending(counted: sms.Segments) -> str:
    """The characters that make a text dearer, by name; empty where there are none."""
    if not counted.offending:
        return ""
    shown = [
        char if char.isprintable() and not char.isspace() else f"U+{ord(char):04X}"
        for char in counted.offending
    ]
    more = f" and {len(shown) - NAMED} more" if len(shown) > NAMED else ""
    subject = "is" if len(shown) == 1 else "are"
    return f"{' '.join(shown[:NAMED])}{more} {subject} outside GSM-7: 70 fit in place of 160"


def _whatsapp(content: whatsapp.WhatsAppContent) -> list[Gauge]:
    asked, given = len(whatsapp.placeholders(content.sample)), len(content.body)
    right = not content.sample or asked == given
    parameters = Gauge(
        name="Parameters",
        words=f"{given} of {asked}" if content.sample else str(given),
        share=given / asked if content.sample and asked else None,
        tone="accent" if right else "bad",
        note="" if content.sample else "paste the approved text to count them",
    )
    body = whatsapp.preview(content)
    return [parameters, _characters("Body", len(body), whatsapp.BODY_LIMIT)] if body else [parameters]


def _rcs(content: rcs.RcsContent) -> list[Gauge]:
    found: list[Gauge] = []
    if content.kind == "text":
        billing = rcs.billing(content)
        found.append(_characters("Text", len(content.text), rcs.TEXT_LIMIT))
        note = "a text of up to 160 bytes without suggestions" if billing.kind == "basic" else ""
        found.append(Gauge(name="Billed as", words=f"{billing.kind} message", note=note))
    elif content.kind == "carousel":
        count, most = len(content.cards), max(rcs.CAROUSEL)
        right = count in rcs.CAROUSEL
        found.append(
            Gauge(
                name="Cards",
                words=f"{count} of {most}",
                share=count / most,
                tone="accent" if right else "bad",
                note="" if right else "2 to 10",
            )
        )
    chips = len(content.suggestions)
    if chips:
        share = chips / rcs.ON_MESSAGE
        words = f"{chips} of {rcs.ON_MESSAGE}"
        found.append(Gauge(name="Suggestions", words=words, share=share, tone=_tone(share, 1.0)))
    if content.kind != "text":
        found.append(_bytes("Message", len(rcs.payload(content, ref="r" * rcs.REF_ROOM)), rcs.MESSAGE_LIMIT))
    return found
