"""The WhatsApp twin, asked by a client on the standard library: the Graph API's checks, answers and webhooks."""

import copy
import hashlib
import hmac
import json
from typing import Any

import pytest

from server.twins.base import Word
from server.twins.population import recipient
from server.twins.whatsapp import cloud, templates
from tests.server.twins import client
from tests.support import yard

KEY = "whatsapp/cloud"
TO = "447700900123"

SPRING: dict[str, Any] = {
    "messaging_product": "whatsapp",
    "to": TO,
    "type": "template",
    "biz_opaque_callback_data": "r-1",
    "template": {
        "name": "spring_drop",
        "language": {"code": "en"},
        "components": [
            {
                "type": "header",
                "parameters": [{"type": "image", "image": {"link": "https://cdn.northwind.test/a.jpg"}}],
            },
            {
                "type": "body",
                "parameters": [
                    {"type": "text", "parameter_name": "code", "text": "S-39"},
                    {"type": "text", "parameter_name": "first_name", "text": "Zoë"},
                ],
            },
            {"type": "button", "sub_type": "url", "index": 0, "parameters": [{"type": "text", "text": "u7"}]},
        ],
    },
}
ORDER: dict[str, Any] = {
    "messaging_product": "whatsapp",
    "to": f"+{TO}",
    "type": "template",
    "template": {
        "name": "order_update",
        "language": {"code": "en"},
        "components": [
            {
                "type": "body",
                "parameters": [{"type": "text", "text": text} for text in ("Ana", "N-1", "Friday")],
            }
        ],
    },
}


async def graph(
    around: yard.Opened, method: str, path: str, body: object = None, token: str = ""
) -> client.Answer:
    bearer = token or around.yard.credentials[KEY]["token"]
    return await client.call(
        method,
        f"{around.endpoints[KEY]}{path}",
        ca_pem=around.ca_pem,
        headers={"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"},
        body=body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None,
    )


async def send(around: yard.Opened, body: object, token: str = "") -> client.Answer:
    number = around.yard.credentials[KEY]["phone_number_id"]
    return await graph(around, "POST", f"/v23.0/{number}/messages", body, token)


def changed(body: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy of a message with the part at a dotted path replaced, or removed where the value is ...."""
    made = copy.deepcopy(body)
    *way, last = path.split(".")
    place: Any = made
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    key: Any = int(last) if last.isdigit() else last
    if value is ...:
        del place[key]
    else:
        place[key] = value
    return made


async def test_a_template_is_taken_shown_and_answered_as_documented() -> None:
    async with yard.opened(cloud.Cloud) as around:
        answer = await send(around, SPRING)
        arrival = around.inbox.last
    assert answer.status == 200
    assert answer.json["messaging_product"] == "whatsapp"
    assert answer.json["contacts"] == [{"input": TO, "wa_id": TO}]
    (message,) = answer.json["messages"]
    assert message["id"].startswith("wamid.")
    assert message["message_status"] == "accepted"
    assert (arrival.to, arrival.ref, arrival.provider_ref) == (f"+{TO}", "r-1", message["id"])
    assert arrival.text == "Hi Zoë, the spring drop is open for members. Your code S-39 is good until Sunday."
    assert arrival.image == "https://cdn.northwind.test/a.jpg"
    assert arrival.shown["buttons"] == [
        {"kind": "URL", "text": "Shop the drop", "url": "https://northwind.test/drop/u7"},
        {"kind": "QUICK_REPLY", "text": "Stop promotions", "url": ""},
    ]
    assert "authorization" not in arrival.wire


BODY = "template.components.1.parameters"
BUTTON = "template.components.2"
REFUSALS = [
    ("no product", changed(SPRING, "messaging_product", ...), 100),
    ("no object", [1, 2], 100),
    ("no JSON", b"{", 100),
    ("nested without end", b"[" * 100_000, 100),
    ("no recipient", changed(SPRING, "to", ...), 131009),
    ("a recipient that is a word", changed(SPRING, "to", "ana"), 131009),
    ("a free text outside a conversation", changed(SPRING, "type", "text"), 131047),
    ("a type that does not exist", changed(SPRING, "type", "hologram"), 131051),
    ("no template", changed(SPRING, "template", ...), 131008),
    ("no language", changed(SPRING, "template.language", ...), 131008),
    ("an unknown template", changed(SPRING, "template.name", "autumn_drop"), 132001),
    ("another language", changed(SPRING, "template.language.code", "de"), 132001),
    ("a reference too long", changed(SPRING, "biz_opaque_callback_data", "x" * 513), 100),
    ("no header", changed(SPRING, "template.components.0", ...), 132000),
    ("a header of another kind", changed(SPRING, "template.components.0.parameters.0.type", "video"), 132012),
    (
        "a header from a file",
        changed(SPRING, "template.components.0.parameters.0.image.link", "file:///a"),
        131009,
    ),
    ("a body parameter too few", changed(SPRING, f"{BODY}.0", ...), 132000),
    ("a parameter without its name", changed(SPRING, f"{BODY}.0.parameter_name", ...), 132012),
    ("a parameter with a strange name", changed(SPRING, f"{BODY}.0.parameter_name", "size"), 132012),
    ("a parameter given twice", changed(SPRING, f"{BODY}.0.parameter_name", "first_name"), 132012),
    ("an empty parameter", changed(SPRING, f"{BODY}.0.text", ""), 131008),
    ("a line break", changed(SPRING, f"{BODY}.0.text", "a\nb"), 132012),
    ("five spaces", changed(SPRING, f"{BODY}.0.text", "a     b"), 132012),
    ("a body too long", changed(SPRING, f"{BODY}.0.text", "x" * 1000), 132005),
    ("no button value", changed(SPRING, BUTTON, ...), 132000),
    ("a button of another kind", changed(SPRING, f"{BUTTON}.sub_type", "quick_reply"), 132012),
    ("a button that is not there", changed(SPRING, f"{BUTTON}.index", "7"), 132000),
    ("a button out of range", changed(SPRING, f"{BUTTON}.index", "10"), 131009),
    ("parameters that are no list", changed(SPRING, f"{BUTTON}.parameters", 7), 100),
    ("a component of another kind", changed(SPRING, f"{BUTTON}.type", "footer"), 100),
    (
        "a name where numbers count",
        changed(ORDER, "template.components.0.parameters.0.parameter_name", "a"),
        132012,
    ),
    ("a header nobody asked for", changed(ORDER, "template.components.0.type", "header"), 132000),
]


async def test_what_the_graph_api_would_refuse_is_refused_with_its_code() -> None:
    async with yard.opened(cloud.Cloud) as around:
        for what, body, code in REFUSALS:
            answer = await send(around, body)
            assert answer.status == 400, what
            assert answer.json["error"]["code"] == code, what
            assert answer.json["error"]["type"] == "OAuthException"
            assert answer.json["error"]["fbtrace_id"]
        assert not any(arrival.taken for arrival in around.inbox.arrivals)


async def test_a_positional_template_and_one_without_values_are_taken() -> None:
    hello = {
        "messaging_product": "whatsapp",
        "to": TO,
        "type": "template",
        "template": {"name": "hello_world", "language": {"code": "en_US"}},
    }
    async with yard.opened(cloud.Cloud) as around:
        assert (await send(around, ORDER)).status == 200
        assert around.inbox.last.text == "Hello Ana, your order N-1 is on its way and arrives Friday."
        assert (await send(around, hello)).status == 200


async def test_a_wrong_token_and_a_wrong_number_are_told_apart() -> None:
    async with yard.opened(cloud.Cloud) as around:
        wrong_token = await send(around, SPRING, token="EAAwrong")
        wrong_number = await graph(around, "POST", "/v23.0/1/messages", SPRING)
        nowhere = await graph(around, "GET", "/me")
        assert not around.inbox.arrivals
    assert (wrong_token.status, wrong_token.json["error"]["code"]) == (401, 190)
    assert (wrong_number.status, wrong_number.json["error"]["code"]) == (400, 100)
    assert wrong_number.json["error"]["error_subcode"] == 33
    assert nowhere.status == 400


async def test_the_number_and_the_templates_can_be_read() -> None:
    async with yard.opened(cloud.Cloud) as around:
        held = around.yard.credentials[KEY]
        number = await graph(around, "GET", f"/v23.0/{held['phone_number_id']}?fields=verified_name")
        listed = await graph(around, "GET", f"/v23.0/{held['waba_id']}/message_templates?limit=100")
    assert number.json["verified_name"] == "Northwind Running"
    assert {row["name"]: row["parameter_format"] for row in listed.json["data"]} == {
        "spring_drop": "NAMED",
        "order_update": "POSITIONAL",
        "hello_world": "POSITIONAL",
    }
    assert {row["status"] for row in listed.json["data"]} == {"APPROVED"}


@pytest.mark.parametrize(
    "word, status, code",
    [
        (Word.DEAD, 400, 131026),
        (Word.BLOCKED, 400, 131050),
        (Word.REFUSED, 400, 132007),
    ],
)
async def test_a_magic_recipient_is_refused_every_time(word: Word, status: int, code: int) -> None:
    async with yard.opened(cloud.Cloud) as around:
        for _ in range(2):
            answer = await send(around, changed(SPRING, "to", recipient("whatsapp", word)))
            assert (answer.status, answer.json["error"]["code"]) == (status, code)
        assert not around.inbox.last.taken


@pytest.mark.parametrize("word, status, code", [(Word.THROTTLED, 429, 131056), (Word.DOWN, 503, 131016)])
async def test_a_passing_trouble_ends_with_the_second_attempt(word: Word, status: int, code: int) -> None:
    async with yard.opened(cloud.Cloud) as around:
        body = changed(SPRING, "to", recipient("whatsapp", word))
        first = await send(around, body)
        second = await send(around, body)
        assert [arrival.taken for arrival in around.inbox.arrivals] == [False, True]
    assert (first.status, first.json["error"]["code"]) == (status, code)
    assert first.headers.get("retry-after") == ("1" if status == 429 else None)
    assert second.status == 200


async def test_a_cut_message_is_taken_and_its_news_still_come() -> None:
    async with yard.opened(cloud.Cloud) as around:
        with pytest.raises(OSError, match=r"(?i)closed|reset|eof"):
            await send(around, changed(SPRING, "to", recipient("whatsapp", Word.CUT)))
        assert around.inbox.last.taken
        await around.catcher.wait(1)


async def test_news_travel_together_signed_and_in_plain_ascii() -> None:
    async with yard.opened(cloud.Cloud, pace=0.0) as around:
        replying = recipient("whatsapp", Word.REPLIED)
        sent: list[str] = []
        for number in range(10):
            answer = await send(around, changed(SPRING, "to", f"4477009001{number:02d}"))
            if answer.status == 200:
                sent.append(answer.json["messages"][0]["id"])
        answer = await send(around, changed(SPRING, "to", replying))
        sent.append(answer.json["messages"][0]["id"])
        twin = around.twins[KEY]
        await yard.until(lambda: twin.waiting == 0 and around.postman.waiting == 0, what="all news")
        secret = around.yard.credentials[KEY]["app_secret"].encode()
        posts = around.catcher.caught
        changes = []
        for post in posts:
            digest = hmac.new(secret, post.body, hashlib.sha256).hexdigest()
            assert post.headers["x-hub-signature-256"] == f"sha256={digest}"
            assert post.body.isascii()
            told = json.loads(post.body)
            assert told["object"] == "whatsapp_business_account"
            (entry,) = told["entry"]
            assert entry["id"] == around.yard.credentials[KEY]["waba_id"]
            changes += entry["changes"]
        statuses = [one for change in changes for one in change["value"].get("statuses", [])]
        replies = [one for change in changes for one in change["value"].get("messages", [])]
    assert len(changes) > len(posts)
    assert all(isinstance(status["timestamp"], str) and status["timestamp"].isdigit() for status in statuses)
    assert {status["biz_opaque_callback_data"] for status in statuses} == {"r-1"}
    assert {status["id"] for status in statuses} <= set(sent)
    (reply,) = [one for one in replies if one["from"] == replying.removeprefix("+")]
    assert reply["context"]["id"] == sent[-1]
    assert "’" in reply["text"]["body"]


async def test_without_a_webhook_nothing_waits_to_be_told() -> None:
    async with yard.opened(cloud.Cloud, hooked=False) as around:
        assert (await send(around, SPRING)).status == 200
        assert around.twins[KEY].waiting == 0


def test_every_approved_template_can_be_listed() -> None:
    assert len({(item.name, item.language) for item in templates.APPROVED}) == len(templates.APPROVED)
    for item in templates.APPROVED:
        assert item.listed()["components"]
