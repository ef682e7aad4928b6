"""The RCS twin, asked by a client on the standard library and with tokens by a library we did not write."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from urllib import parse

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from server.twins import base
from server.twins.base import Word
from server.twins.population import recipient
from server.twins.rcs import messages, rbm
from tests.server.twins import client
from tests.support import yard

KEY = "rcs/rbm"
TO = "+447700900123"
SCOPE = "https://www.googleapis.com/auth/rcsbusinessmessaging"
HELLO: dict[str, Any] = {"contentMessage": {"text": "Hello"}, "messageTrafficType": "PROMOTION"}
PICTURE = "https://cdn.northwind.test/a.jpg"


def claims(around: yard.Opened, **changes: object) -> dict[str, object]:
    now = int(time.time())
    made = {
        "iss": around.yard.credentials[KEY]["client_email"],
        "scope": SCOPE,
        "aud": f"{around.endpoints[KEY]}/token",
        "iat": now,
        "exp": now + 3600,
    }
    return {**made, **changes}


async def grant(around: yard.Opened, assertion: str, kind: str = "") -> client.Answer:
    form = {"grant_type": kind or "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    return await client.call(
        "POST",
        f"{around.endpoints[KEY]}/token",
        ca_pem=around.ca_pem,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=parse.urlencode(form).encode(),
    )


def assertion(
    around: yard.Opened, key: str = "", headers: dict[str, str] | None = None, **changes: object
) -> str:
    held = around.yard.credentials[KEY]
    named = {"kid": held["private_key_id"]} if headers is None else headers
    return jwt.encode(claims(around, **changes), key or held["private_key"], algorithm="RS256", headers=named)


def signed_by_rsa_but_named_otherwise(around: yard.Opened) -> str:
    held = around.yard.credentials[KEY]
    key = serialization.load_pem_private_key(held["private_key"].encode(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    parts = ({"alg": "HS256", "typ": "JWT", "kid": held["private_key_id"]}, claims(around))
    text = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts
    )
    signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


async def token(around: yard.Opened) -> str:
    answer = await grant(around, assertion(around))
    assert answer.status == 200, answer.json
    given = answer.json["access_token"]
    assert isinstance(given, str)
    return given


async def ask(around: yard.Opened, bearer: str, method: str, path: str, body: object = None) -> client.Answer:
    return await client.call(
        method,
        f"{around.endpoints[KEY]}{path}",
        ca_pem=around.ca_pem,
        headers={"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"},
        body=body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None,
    )


def path(around: yard.Opened, to: str = TO, message_id: str = "r-1") -> str:
    agent = around.yard.credentials[KEY]["agent_id"]
    return f"/v1/phones/{parse.quote(to)}/agentMessages?messageId={message_id}&agentId={agent}"


async def test_an_assertion_by_the_accounts_own_key_buys_a_token() -> None:
    async with yard.opened(rbm.Rbm) as around:
        answer = await grant(around, assertion(around))
    assert answer.status == 200
    assert answer.json["token_type"] == "Bearer"
    assert 0 < answer.json["expires_in"] <= 3600


async def test_an_assertion_that_does_not_hold_buys_nothing() -> None:
    now = int(time.time())
    async with yard.opened(rbm.Rbm) as around:
        held = around.yard.credentials[KEY]
        other = rbm.Rbm.invent()["private_key"]
        unsigned = jwt.encode(claims(around), "", algorithm="none")
        by_secret = jwt.encode(claims(around), "s" * 32, algorithm="HS256")
        tried = [
            (signed_by_rsa_but_named_otherwise(around), "invalid_grant"),
            (assertion(around, key=other), "invalid_grant"),
            (assertion(around, headers={"kid": "another"}), "invalid_grant"),
            (assertion(around)[:-8] + "AAAAAAAA", "invalid_grant"),
            (unsigned, "invalid_grant"),
            (by_secret, "invalid_grant"),
            ("a.b.c", "invalid_grant"),
            ("", "invalid_grant"),
            ("é.é.é", "invalid_grant"),
            (assertion(around, iss="somebody@else.test"), "invalid_grant"),
            (assertion(around, aud="https://oauth2.googleapis.com/token"), "invalid_grant"),
            (assertion(around, iat=now - 7200, exp=now - 3600), "invalid_grant"),
            (assertion(around, iat=now, exp=now + 7200), "invalid_grant"),
            (assertion(around, iat=now + 600, exp=now + 1200), "invalid_grant"),
            (assertion(around, iat="soon"), "invalid_grant"),
            (assertion(around, scope="https://www.googleapis.com/auth/cloud-platform"), "invalid_scope"),
        ]
        for text, word in tried:
            answer = await grant(around, text)
            assert (answer.status, answer.json["error"]) == (400, word), text
            assert answer.json["error_description"]
            assert held["private_key"] not in str(answer.json)
        answer = await grant(around, assertion(around), "password")
        assert answer.json["error"] == "unsupported_grant_type"


async def test_a_message_is_taken_shown_and_answered_as_documented() -> None:
    card = {
        "title": "Trail 39",
        "description": "Light and quick.",
        "media": {"height": "TALL", "contentInfo": {"fileUrl": PICTURE}},
        "suggestions": [
            {
                "action": {
                    "text": "Buy",
                    "postbackData": "b",
                    "openUrlAction": {"url": "https://northwind.test"},
                }
            }
        ],
    }
    body = {
        "contentMessage": {
            "richCard": {"standaloneCard": {"cardOrientation": "VERTICAL", "cardContent": card}}
        }
    }
    async with yard.opened(rbm.Rbm) as around:
        answer = await ask(around, await token(around), "POST", path(around), body)
        arrival = around.inbox.last
    assert answer.status == 200
    assert answer.json["name"] == f"phones/{TO}/agentMessages/r-1"
    assert answer.json["richMessageClassification"] == {"classificationType": "RICH"}
    assert answer.json["contentMessage"] == body["contentMessage"]
    assert (arrival.to, arrival.ref, arrival.title, arrival.image) == (TO, "r-1", "Trail 39", PICTURE)
    assert arrival.text == "Light and quick."
    assert arrival.shown == {
        "text": "",
        "cards": [
            {"title": "Trail 39", "description": "Light and quick.", "image": PICTURE, "suggestions": ["Buy"]}
        ],
        "suggestions": [],
    }
    assert arrival.taken


async def test_calls_without_a_good_token_or_with_another_agent_are_refused() -> None:
    async with yard.opened(rbm.Rbm) as around:
        for bearer in ("", "ya29.guess"):
            answer = await ask(around, bearer, "POST", path(around), HELLO)
            assert (answer.status, answer.json["error"]["status"]) == (401, "UNAUTHENTICATED")
        bearer = await token(around)
        elsewhere = path(around).replace("agentId=", "agentId=not_")
        answer = await ask(around, bearer, "POST", elsewhere, HELLO)
        assert (answer.status, answer.json["error"]["status"]) == (403, "PERMISSION_DENIED")
        for where in ("/v1/phones/nobody/agentMessages", "/v2/phones", "/"):
            query = path(around).partition("?")[2]
            answer = await ask(around, bearer, "POST", f"{where}?{query}", HELLO)
            assert (answer.status, answer.json["error"]["status"]) == (404, "NOT_FOUND")
        assert not around.inbox.arrivals


async def test_a_token_ends_with_its_hour() -> None:
    async with yard.opened(rbm.Rbm) as around:
        twin = around.twins[KEY]
        assert isinstance(twin, rbm.Rbm)
        bearer = f"Bearer {await token(around)}"
        assert twin.mint.good(bearer, time.time())
        assert not twin.mint.good(bearer, time.time() + 3600)


async def test_a_repeated_message_id_is_ignored_but_seen() -> None:
    async with yard.opened(rbm.Rbm, pace=0.0) as around:
        bearer, to = await token(around), recipient("rcs", Word.DELIVERED)
        first = await ask(around, bearer, "POST", path(around, to), HELLO)
        again = await ask(around, bearer, "POST", path(around, to), HELLO)
        assert (first.status, again.status) == (200, 200)
        assert first.json["name"] == again.json["name"]
        assert [(one.outcome, one.taken) for one in around.inbox.arrivals] == [
            ("delivered", True),
            ("duplicate", False),
        ]
        twin = around.twins[KEY]
        await yard.until(lambda: twin.waiting == 0 and around.postman.waiting == 0, what="all news")
        assert len(around.catcher.caught) == 1


@pytest.mark.parametrize(
    "word, status, said",
    [(Word.DEAD, 404, "NOT_FOUND"), (Word.REFUSED, 400, "INVALID_ARGUMENT")],
)
async def test_a_magic_recipient_is_refused_every_time(word: Word, status: int, said: str) -> None:
    async with yard.opened(rbm.Rbm) as around:
        bearer = await token(around)
        for _ in range(2):
            answer = await ask(around, bearer, "POST", path(around, recipient("rcs", word)), HELLO)
            assert (answer.status, answer.json["error"]["status"]) == (status, said)
        assert not around.inbox.last.taken


@pytest.mark.parametrize(
    "word, status, said", [(Word.THROTTLED, 429, "RESOURCE_EXHAUSTED"), (Word.DOWN, 503, "UNAVAILABLE")]
)
async def test_a_passing_trouble_ends_with_the_second_attempt(word: Word, status: int, said: str) -> None:
    async with yard.opened(rbm.Rbm) as around:
        bearer, where = await token(around), path(around, recipient("rcs", word))
        first = await ask(around, bearer, "POST", where, HELLO)
        second = await ask(around, bearer, "POST", where, HELLO)
        assert (first.status, first.json["error"]["status"], second.status) == (status, said, 200)
        assert [arrival.taken for arrival in around.inbox.arrivals] == [False, True]


async def test_events_are_signed_over_the_decoded_data() -> None:
    async with yard.opened(rbm.Rbm) as around:
        await ask(around, await token(around), "POST", path(around, recipient("rcs", Word.SEEN)), HELLO)
        posts = await around.catcher.wait(2)
        key = around.yard.credentials[KEY]["client_token"].encode()
    kinds = []
    for post in posts:
        message = json.loads(post.body)["message"]
        data = base64.b64decode(message["data"])
        expected = base64.b64encode(hmac.new(key, data, hashlib.sha512).digest()).decode()
        assert post.headers["x-goog-signature"] == expected
        assert message["publishTime"].endswith("Z")
        event = json.loads(data)
        assert (event["messageId"], event["senderPhoneNumber"]) == ("r-1", recipient("rcs", Word.SEEN))
        kinds.append(event["eventType"])
    assert kinds == ["DELIVERED", "READ"]


@pytest.mark.parametrize(
    "suggestions, tap",
    [
        ([], None),
        ([{"reply": {"text": "Yes", "postbackData": "y"}}], ("REPLY", "y")),
        (
            [
                {"reply": {"text": "Yes", "postbackData": "y"}},
                {"action": {"text": "Call", "postbackData": "c", "dialAction": {"phoneNumber": "+1"}}},
            ],
            ("ACTION", "c"),
        ),
    ],
)
async def test_a_clicking_person_taps_an_action_before_a_reply(
    suggestions: list[object], tap: tuple[str, str] | None
) -> None:
    body = {"contentMessage": {"text": "Hello", "suggestions": suggestions}}
    async with yard.opened(rbm.Rbm, pace=0.0) as around:
        await ask(around, await token(around), "POST", path(around, recipient("rcs", Word.CLICKED)), body)
        twin = around.twins[KEY]
        await yard.until(lambda: twin.waiting == 0 and around.postman.waiting == 0, what="all news")
        told = [
            json.loads(base64.b64decode(json.loads(one.body)["message"]["data"]))
            for one in around.catcher.caught
        ]
    taps = [one["suggestionResponse"] for one in told if "suggestionResponse" in one]
    assert [(one["type"], one["postbackData"]) for one in taps] == ([] if tap is None else [tap])


async def revoke(around: yard.Opened, bearer: str, to: str, message_id: str) -> int:
    agent = around.yard.credentials[KEY]["agent_id"]
    where = f"/v1/phones/{parse.quote(to)}/agentMessages/{message_id}?agentId={agent}"
    return (await ask(around, bearer, "DELETE", where)).status


async def test_a_message_not_yet_delivered_can_be_revoked() -> None:
    async with yard.opened(rbm.Rbm, pace=1.0) as around:
        bearer, to, twin = await token(around), recipient("rcs", Word.DELIVERED), around.twins[KEY]
        await ask(around, bearer, "POST", path(around, to), HELLO)
        assert await revoke(around, bearer, to, "r-1") == 200
        await yard.until(
            lambda: twin.waiting == 0 and around.postman.waiting == 0, what="the time of delivery"
        )
        assert around.catcher.caught == []


async def test_a_revocation_that_comes_too_late_or_for_nothing_is_granted_and_changes_nothing() -> None:
    async with yard.opened(rbm.Rbm, pace=0.5) as around:
        bearer, to = await token(around), recipient("rcs", Word.SEEN)
        await ask(around, bearer, "POST", path(around, to), HELLO)
        await around.catcher.wait(1)
        assert await revoke(around, bearer, to, "r-1") == 200
        assert await revoke(around, bearer, to, "r-2") == 200
        await around.catcher.wait(2)


async def test_capabilities_and_reachability_follow_the_population() -> None:
    async with yard.opened(rbm.Rbm) as around:
        bearer, agent = await token(around), around.yard.credentials[KEY]["agent_id"]

        async def capabilities(to: str) -> client.Answer:
            where = f"/v1/phones/{parse.quote(to)}/capabilities?requestId=q&agentId={agent}"
            return await ask(around, bearer, "GET", where)

        assert "RICHCARD_CAROUSEL" in (await capabilities(recipient("rcs", Word.SEEN))).json["features"]
        assert (await capabilities(recipient("rcs", Word.DEAD))).status == 404
        users = [recipient("rcs", Word.DEAD), *(f"+4477009{number:05d}" for number in range(499))]
        answer = await ask(around, bearer, "POST", "/v1/users:batchGet", {"users": users, "agentId": agent})
        fates = [around.population.fate("rcs", user).word for user in users]
        assert answer.json["reachableUsers"] == [
            user for user, word in zip(users, fates, strict=True) if word is not Word.DEAD
        ]
        assert answer.json["totalRandomSampleUserCount"] == 375
        few = await ask(around, bearer, "POST", "/v1/users:batchGet", {"users": users[:9], "agentId": agent})
        assert few.status == 400


def card(**changes: object) -> dict[str, Any]:
    content = {"title": "t", **changes}
    return {
        "contentMessage": {
            "richCard": {"standaloneCard": {"cardOrientation": "VERTICAL", "cardContent": content}}
        }
    }


def carousel(count: int, width: str = "MEDIUM", height: str = "MEDIUM") -> dict[str, Any]:
    one = {"title": "t", "media": {"height": height, "contentInfo": {"fileUrl": PICTURE}}}
    return {
        "contentMessage": {"richCard": {"carouselCard": {"cardWidth": width, "cardContents": [one] * count}}}
    }


def hello(**changes: object) -> dict[str, Any]:
    return {**HELLO, **changes}


def tap(suggestion: object, count: int = 1) -> dict[str, Any]:
    return {"contentMessage": {"text": "Hello", "suggestions": [suggestion] * count}}


YES = {"reply": {"text": "Yes", "postbackData": "y"}}


def act(name: str, detail: object) -> dict[str, Any]:
    return tap({"action": {"text": "Go", "postbackData": "g", name: detail}})


GOOD = [
    HELLO,
    hello(ttl="10s"),
    hello(ttl="1296000s"),
    {"contentMessage": {"text": "x" * 3072}},
    card(),
    card(suggestions=[YES] * 4),
    carousel(2, "SMALL"),
    carousel(10, "MEDIUM", "TALL"),
    tap(YES, 11),
    act("viewLocationAction", {"latLong": {"latitude": 52.5, "longitude": 13}}),
    act("viewLocationAction", {"query": "here"}),
    act("shareLocationAction", {}),
    {"contentMessage": {"contentInfo": {"fileUrl": PICTURE}}},
]
BAD = [
    {},
    {"contentMessage": 7},
    {"contentMessage": {}},
    {"contentMessage": {"text": ""}},
    {"contentMessage": {"text": 7}},
    {"contentMessage": {"text": "x" * 3073}},
    {"contentMessage": {"text": "a", "richCard": {}}},
    {"contentMessage": {"richCard": {}}},
    {"contentMessage": {"richCard": {"standaloneCard": {"cardContent": {"title": "t"}}}}},
    hello(messageTrafficType="SPAM"),
    hello(ttl="9s"),
    hello(ttl="1296001s"),
    hello(ttl=60),
    hello(ttl="60s", expireTime="2026-11-20T08:00:00Z"),
    card(title=""),
    card(title="x" * 201),
    card(description="x" * 2001),
    card(suggestions=[YES] * 5),
    card(media={"height": "HUGE", "contentInfo": {"fileUrl": PICTURE}}),
    card(media={"height": "TALL", "contentInfo": {"fileUrl": "ftp://a"}}),
    card(media={"height": "TALL", "contentInfo": {"fileUrl": "https://a.test/" + "x" * 2048}}),
    carousel(1),
    carousel(11),
    carousel(2, "SMALL", "TALL"),
    carousel(2, "LARGE"),
    tap(YES, 12),
    tap(7),
    tap({}),
    tap({"reply": {"text": "x" * 26, "postbackData": "y"}}),
    tap({"reply": {"text": "Yes"}}),
    tap({"reply": {"text": "Yes", "postbackData": "x" * 2049}}),
    tap({"action": {"text": "Go", "postbackData": "g"}}),
    act("openUrlAction", {}),
    act("openUrlAction", {"url": "javascript:1"}),
    act("dialAction", {"phoneNumber": ""}),
    act("viewLocationAction", {}),
    act("viewLocationAction", {"latLong": {"latitude": 91, "longitude": 0}}),
    act("createCalendarEventAction", {"title": "t"}),
]


def size(message: object) -> int:
    return len(json.dumps(message).encode())


@pytest.mark.parametrize("message", GOOD, ids=range(len(GOOD)))
def test_a_message_within_the_limits_is_taken(message: dict[str, Any]) -> None:
    messages.judge(message, size(message))


@pytest.mark.parametrize("message", BAD, ids=range(len(BAD)))
def test_a_message_beyond_a_limit_is_refused(message: dict[str, Any]) -> None:
    with pytest.raises(messages.Invalid):
        messages.judge(message, size(message))


def test_the_whole_message_has_a_limit() -> None:
    messages.judge(HELLO, 250 * 1024)
    with pytest.raises(messages.Invalid):
        messages.judge(HELLO, 250 * 1024 + 1)


async def test_what_is_no_message_is_refused_in_googles_form() -> None:
    async with yard.opened(rbm.Rbm) as around:
        bearer = await token(around)
        bodies: list[object] = [b"", b"[]", b"{", b"[" * 100_000, {"contentMessage": {}}]
        for body in bodies:
            answer = await ask(around, bearer, "POST", path(around), body)
            assert (answer.status, answer.json["error"]["status"]) == (400, "INVALID_ARGUMENT")
        answer = await ask(around, bearer, "POST", path(around, message_id=""), HELLO)
        assert answer.status == 400
        assert not any(arrival.taken for arrival in around.inbox.arrivals)


def test_the_words_it_knows_are_those_every_twin_knows() -> None:
    assert set(rbm._JOURNEYS) | set(rbm._REFUSED) | set(rbm._AT_FIRST) <= set(base.Word)
