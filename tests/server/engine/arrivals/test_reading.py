"""What our adapters put on the wire, read back by what the vendors document: the same content, or the place named."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest

from server.channels import apns, contents, rcs, webpush, whatsapp
from server.engine.arrivals import bags, reading
from server.pipeline.content import rendering
from server.providers import base
from server.providers.email import mime
from server.providers.sms import twilio
from server.providers.whatsapp import cloud
from server.twins.email import mailbox
from server.twins.sms import posting
from server.wire import twins

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
REF = "abcdef-1-2-3"
LINK = "https://mail.test/u/abcdef-1-2-3.proof&more"

SAMPLES: dict[str, contents.Content] = {
    "apns": contents.Apns(
        title="Grüße 👋",
        subtitle="S",
        body="B",
        badge=0,
        sound="drop.caf",
        category="drop",
        thread_id="t",
        interruption_level="time-sensitive",
        image_url="https://x.test/a.png",
        link="app://drop",
        data={"campaign": "spring"},
        priority=5,
        ttl_s=3600,
        collapse_id="drop",
    ),
    "apns silent": contents.Apns(title="T", sound="", ttl_s=0),
    "apns critical": contents.Apns(title="T", interruption_level="critical", sound=""),
    "apns background": contents.Apns(push_type="background", priority=5, data={"sync": "now"}),
    "webpush": contents.WebPush(
        title="T",
        body="B",
        icon="https://x.test/i.png",
        image="https://x.test/p.png",
        badge="https://x.test/b.png",
        url="https://x.test/",
        actions=[webpush.Action(action="a", title="Look", url="https://x.test/l")],
        data={"k": "v"},
        require_interaction=True,
        ttl_s=60,
        urgency="high",
        topic="drop",
    ),
    "sms": contents.Sms(body="Olá {x} 👋\nline two ", validity_s=600),
    "sms with media": contents.Sms(body="", media_urls=["https://x.test/1.png", "https://x.test/2.png"]),
    "whatsapp named": contents.WhatsApp(
        template="drop",
        language="en_GB",
        category="utility",
        header=whatsapp.Header(kind="text", name="who", text="Ana"),
        body=[whatsapp.Parameter(name="code", text="NW-1")],
        buttons=[
            whatsapp.Button(index=0, kind="url", value="drop"),
            whatsapp.Button(index=1, kind="quick_reply", value="stop"),
            whatsapp.Button(index=2, kind="copy_code", value="NW-1"),
        ],
        sample="Your code is {{code}}",
    ),
    "whatsapp numbered": contents.WhatsApp(
        template="drop",
        header=whatsapp.Header(kind="document", link="https://x.test/a.pdf", filename="a.pdf"),
        body=[whatsapp.Parameter(text="Ana"), whatsapp.Parameter(text="NW-1")],
    ),
    "whatsapp image": contents.WhatsApp(
        template="drop", header=whatsapp.Header(kind="image", link="https://x.test/a.png", filename="left")
    ),
    "rcs text": contents.Rcs(
        text="Hello",
        cards=[rcs.Card(title="left over")],
        suggestions=[
            rcs.Suggestion(text="Yes"),
            rcs.Suggestion(
                kind="dial", text="Call", postback="c", phone="+34600000001", url="https://left.over"
            ),
            rcs.Suggestion(kind="view_location", text="Where", latitude=1.5, longitude=-2.25, label="Shop"),
            rcs.Suggestion(kind="view_location", text="Near", latitude=1.0, label="Shop"),
            rcs.Suggestion(kind="share_location", text="Send"),
            rcs.Suggestion(
                kind="calendar",
                text="Note",
                starts_at="2026-12-01T10:00:00Z",
                ends_at="2026-12-01T11:00:00Z",
                title="Drop",
                description="D",
            ),
        ],
        traffic="TRANSACTION",
        ttl_s=60,
    ),
    "rcs card": contents.Rcs(
        kind="card",
        orientation="HORIZONTAL",
        image_side="RIGHT",
        card_width="SMALL",
        cards=[
            rcs.Card(
                title="T",
                description="D",
                media_url="https://x.test/a.png",
                thumbnail_url="https://x.test/t.png",
                media_height="TALL",
                suggestions=[rcs.Suggestion(kind="open_url", text="Look", url="https://x.test/")],
            )
        ],
    ),
    "rcs carousel": contents.Rcs(
        kind="carousel",
        text="left over",
        card_width="SMALL",
        cards=[rcs.Card(title="A", media_height="SHORT"), rcs.Card(description="B")],
        suggestions=[rcs.Suggestion(text="All", postback="all")],
    ),
    "email": contents.Email(
        subject="Grüße  an Sie, " + "sehr lang " * 9,
        preheader="Vorab & mehr",
        html="<html><body class='a'>\r\n<p>Hallo Zoë</p>\n<a href='https://unsubscribe.invalid/'>x</a></body></html>\n",
        from_name='Nord "Wind", GmbH',
        reply_to="help@exämple.test",
    ),
    "email of text": contents.Email(
        subject="S", text="Hi\n.dot\ntrailing \n", preheader="nowhere to go", unsubscribe=False
    ),
    "email far from ASCII": contents.Email(subject="件名", html="<p>こんにちは</p>", text="こんにちは\n"),
}


def _pushed(content: apns.ApnsContent) -> dict[str, Any]:
    headers = {
        "apns-push-type": content.push_type,
        "apns-priority": str(content.priority),
        "apns-expiration": str(int(AT.timestamp()) - 3 + content.ttl_s if content.ttl_s else 0),
    }
    if content.collapse_id:
        headers["apns-collapse-id"] = content.collapse_id
    return {"wire": headers, "shown": msgspec.json.decode(apns.payload(content, ref=REF))}


def _browser(content: webpush.WebPushContent) -> dict[str, Any]:
    headers = {"ttl": str(content.ttl_s), "urgency": content.urgency, "topic": content.topic}
    return {"wire": headers, "shown": msgspec.json.decode(webpush.payload(content, ref=REF))}


def _texted(content: contents.Sms) -> dict[str, Any]:
    settings = twilio.Settings(
        account_sid="AC" + "0" * 32,
        auth_token=base.Secret("t" * 32),
        sender="+15005550006",
        endpoint="http://127.0.0.1:9",
    )
    made = twilio.Twilio(
        settings,
        base.Context(
            account=1, installation="abcdef", endpoint="http://127.0.0.1:9", receipts_url="http://h.test/r"
        ),
    )
    form = made._form(base.Outbound(ref=REF, to="+34600123456", content=content, attempt=2))
    return {"wire": posting.judge(parse_qsl(form.decode(), keep_blank_values=True)).fields}


def _templated(content: whatsapp.WhatsAppContent) -> dict[str, Any]:
    body = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+34600123456",
        "type": "template",
        "template": cloud.template(content),
        "biz_opaque_callback_data": REF,
    }
    return {"body": msgspec.json.encode(body).decode()}


def _mailed(content: contents.Email) -> dict[str, Any]:
    message = base.Outbound(
        ref=REF,
        to="ana@example.test",
        content=content,
        unsubscribe_url=LINK if content.unsubscribe else "",
    )
    mail = mime.build(message, mime.Sender(address="news@example.test", name="Northwind"), at=AT.timestamp())
    opened = mailbox.read(mail.encode()).opened()
    return {"wire": dict(opened.wire), "body": opened.body, "shown": dict(opened.shown)}


WIRES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "apns": _pushed,
    "webpush": _browser,
    "sms": _texted,
    "whatsapp": _templated,
    "rcs": lambda content: {"body": rcs.payload(content, ref=REF).decode()},
    "email": _mailed,
}


def arrived(content: contents.Content) -> twins.Arrived:
    """A content as its twin keeps it."""
    channel = str(content.__struct_config__.tag)
    row = twins.Arrival(
        id=1,
        at=AT,
        twin=f"{channel}/x",
        channel=channel,
        to="+34600123456",
        ref=REF,
        provider_ref="X1",
        outcome="delivered",
        title="",
        text="",
        image="",
        count=1,
    )
    told: dict[str, Any] = {"wire": {}, "body": "", "shown": {}, **WIRES[channel](content)}
    return twins.Arrived(arrival=row, **told)


@pytest.mark.parametrize("name", SAMPLES)
def test_what_our_adapter_writes_is_read_back_with_the_same_hash(name: str) -> None:
    promised = SAMPLES[name]
    content, strays = reading.read(arrived(promised))
    settled = reading.settled(content, promised)
    assert msgspec.to_builtins(settled) == msgspec.to_builtins(promised)
    assert rendering.digest(settled) == rendering.digest(promised)
    assert strays == {}


@pytest.mark.parametrize(
    "name, change, place",
    [
        ("apns", {"badge": 1}, "badge"),
        ("apns", {"ttl_s": 86_400}, "ttl_s"),
        ("apns", {"data": {"campaign": "summer"}}, "data"),
        ("apns silent", {"sound": "default"}, "sound"),
        ("webpush", {"topic": "other"}, "topic"),
        ("webpush", {"actions": []}, "actions"),
        ("sms", {"body": "Olá {x} 👋\nline two"}, "body"),
        ("sms with media", {"media_urls": ["https://x.test/1.png"]}, "media_urls"),
        ("whatsapp named", {"language": "en"}, "language"),
        ("whatsapp named", {"header": whatsapp.Header(kind="text", name="who", text="Eva")}, "header"),
        ("rcs text", {"suggestions": []}, "suggestions"),
        ("rcs card", {"image_side": "LEFT"}, "image_side"),
        ("rcs carousel", {"cards": [rcs.Card(title="A"), rcs.Card(description="C")]}, "cards"),
        ("email", {"preheader": "Vorab"}, "preheader"),
        ("email", {"unsubscribe": False}, "unsubscribe"),
        ("email", {"reply_to": "help@example.test"}, "reply_to"),
        (
            "email",
            {"html": "<p>Hallo Zoe</p>", "text": "Hallo Zoë\nx (https://unsubscribe.invalid/)"},
            "html",
        ),
        ("email of text", {"text": "Hi\ndot\n"}, "text"),
    ],
)
def test_whatever_else_arrives_is_seen_in_its_field(name: str, change: dict[str, Any], place: str) -> None:
    promised = SAMPLES[name]
    content, _ = reading.read(arrived(msgspec.structs.replace(promised, **change)))
    settled = reading.settled(content, promised)
    assert getattr(settled, place) != getattr(promised, place)
    assert rendering.digest(settled) != rendering.digest(promised)


def test_what_no_content_accounts_for_is_told() -> None:
    whole = arrived(SAMPLES["apns"])
    aps = {**whole.shown["aps"], "url-args": ["x"]}  # type: ignore[dict-item]
    del aps["mutable-content"]
    _, strays = reading.read(msgspec.structs.replace(whole, shown={**whole.shown, "aps": aps}))
    assert strays == {"aps.url-args": '["x"]', "aps.mutable-content": "is missing"}


def test_a_postback_with_another_message_s_reference_differs() -> None:
    whole = arrived(SAMPLES["rcs carousel"])
    content, _ = reading.read(msgspec.structs.replace(whole, body=whole.body.replace(REF, "abcdef-1-2-4")))
    assert content.suggestions[0].postback == "all;ref=abcdef-1-2-4"  # type: ignore[union-attr]


@pytest.mark.parametrize("channel", list(WIRES))
@pytest.mark.parametrize("body", ["", "[", "[]", '{"template": 7}', '{"contentMessage": {"richCard": []}}'])
def test_whatever_a_stranger_sends_it_is_read_or_called_unreadable(channel: str, body: str) -> None:
    whole = arrived(next(one for name, one in SAMPLES.items() if name.startswith(channel)))
    hostile = msgspec.structs.replace(whole, body=body, wire={"ttl": "-1"}, shown={"aps": 1, "actions": {}})
    said = ""
    try:
        reading.read(hostile)
    except bags.Unreadable as problem:
        said = str(problem)
    assert said == "" or said.endswith(".")
