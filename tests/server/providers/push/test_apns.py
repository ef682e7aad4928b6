"""The Apple push adapter: against its twin over TLS, and against answers no twin gives."""

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from server.channels import apns as rules
from server.channels import sms
from server.providers import base, errors, form
from server.providers.push import apns
from server.twins import base as twin_base
from server.twins import population
from server.twins.base import Word
from server.twins.push import apns as twins
from server.twins.push import http2
from tests.server.providers import cases
from tests.support import yard

CONTENT = rules.ApnsContent(
    title="Sale", body="Now", collapse_id="sale", ttl_s=60, priority=5, link="app://sale"
)
TOKEN = "ab" * 32
CREDENTIALS = twins.ApnsTwin.invent()


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def settings(credentials: dict[str, str] = CREDENTIALS, **more: Any) -> apns.ApnsSettings:
    given, secrets = twins.ApnsTwin.account(credentials)
    if key := more.pop("key", ""):
        secrets["key"] = key
    return form.build(apns.ApnsSettings, given | more, secrets)


def context(endpoint: str, clock: Callable[[], float] | None = None) -> base.Context:
    return cases.context(endpoint, ca_pem=yard.ca_pem(), clock=clock or Clock())


@contextlib.asynccontextmanager
async def opened(environment: str = "production") -> AsyncIterator[tuple[yard.Opened, apns.Apns]]:
    async with yard.opened(twins.ApnsTwin) as around:
        twin = around.twins["push/apns"]
        assert isinstance(twin, twins.ApnsTwin)
        hosts = {"production": around.endpoints["push/apns"], "development": twin.development}
        made = settings(dict(around.yard.credentials["push/apns"]), environment=environment)
        adapter = apns.Apns(made, cases.context(hosts[environment], ca_pem=around.ca_pem))
        try:
            yield around, adapter
        finally:
            await adapter.close()


class Scripted:
    """An HTTP/2 far side that answers by a list and keeps what it was asked."""

    streams = 100

    def __init__(self, *responses: twin_base.Response) -> None:
        self.responses = list(responses)
        self.asked: list[dict[str, str]] = []
        self.bodies: list[bytes] = []

    def answer(self, headers: http2.Headers, body: bytes) -> twin_base.Response:
        self.asked.append({name.decode(): value.decode() for name, value in headers})
        self.bodies.append(body)
        return self.responses.pop(0) if self.responses else twin_base.Response(status=200)


@contextlib.asynccontextmanager
async def scripted(
    *responses: twin_base.Response, clock: Callable[[], float] | None = None, **more: Any
) -> AsyncIterator[tuple[Scripted, apns.Apns]]:
    desk = Scripted(*responses)
    listener = http2.Listener(lambda: desk)
    adapter = apns.Apns(settings(**more), context(await listener.start("127.0.0.1", 0, yard.tls()), clock))
    try:
        yield desk, adapter
    finally:
        await adapter.close()
        await listener.stop("done")


def refusal(status: int, reason: str = "", **more: object) -> twin_base.Response:
    return twin_base.Response(status=status, body=json.dumps({"reason": reason} | more).encode())


async def test_the_device_gets_what_the_meter_counted() -> None:
    async with opened() as (around, adapter):
        token = population.recipient("apns", Word.DELIVERED, "7")
        accepted = await adapter.send(cases.outbound(CONTENT, token.upper(), ref="t1-1-7"))
        arrival = around.inbox.last
    assert arrival.body == rules.payload(CONTENT, ref="t1-1-7").decode()
    assert (arrival.to, arrival.ref, arrival.taken) == (token, "t1-1-7", True)
    assert accepted.provider_ref == arrival.provider_ref == apns.message_id("t1-1-7")
    assert (arrival.title, arrival.text) == ("Sale", "Now")


async def test_every_header_says_what_the_content_asks_for() -> None:
    clock = Clock()
    async with scripted(clock=clock) as (desk, adapter):
        await adapter.send(cases.outbound(CONTENT, TOKEN, ref="t1-1-7"))
        await adapter.send(cases.outbound(plain(ttl_s=0), TOKEN, ref="t1-1-8"))
    first, second = desk.asked
    assert first[":path"] == f"/3/device/{TOKEN}"
    assert first["apns-topic"] == CREDENTIALS["bundle_id"]
    assert first["apns-push-type"] == "alert"
    assert first["apns-priority"] == "5"
    assert first["apns-expiration"] == str(int(clock.now) + 60)
    assert first["apns-collapse-id"] == "sale"
    assert str(uuid.UUID(first["apns-id"])) == first["apns-id"] == apns.message_id("t1-1-7")
    assert second["apns-expiration"] == "0"
    assert "apns-collapse-id" not in second


def plain(**fields: Any) -> rules.ApnsContent:
    return rules.ApnsContent(**({"body": "x"} | fields))


async def test_the_token_is_one_that_another_library_verifies() -> None:
    clock = Clock()
    async with scripted(clock=clock) as (desk, adapter):
        await adapter.send(cases.outbound(CONTENT, TOKEN))
    scheme, token = desk.asked[0]["authorization"].split(" ")
    key = serialization.load_pem_private_key(CREDENTIALS["key"].encode(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    claims = jwt.decode(token, key.public_key(), algorithms=["ES256"], options={"verify_iat": False})
    assert scheme == "bearer"
    assert claims == {"iss": CREDENTIALS["team_id"], "iat": int(clock.now)}
    assert jwt.get_unverified_header(token) == {"alg": "ES256", "kid": CREDENTIALS["key_id"]}


async def test_one_token_serves_for_forty_minutes() -> None:
    clock = Clock()
    async with scripted(clock=clock) as (desk, adapter):
        for forward_s in (0, 39 * 60, 2 * 60, -3600):
            clock.now += forward_s
            await adapter.send(cases.outbound(CONTENT, TOKEN))
    first, kept, renewed, set_back = (asked["authorization"] for asked in desk.asked)
    assert first == kept
    assert len({kept, renewed, set_back}) == 3


async def test_a_token_apple_calls_expired_is_renewed_once_for_all_messages_in_flight() -> None:
    clock = Clock()
    expired = [refusal(403, "ExpiredProviderToken") for _ in range(3)]
    async with scripted(twin_base.Response(status=200), *expired, clock=clock) as (desk, adapter):
        await adapter.send(cases.outbound(CONTENT, TOKEN))
        clock.now += 25 * 60
        await asyncio.gather(*(adapter.send(cases.outbound(CONTENT, TOKEN, ref=f"r-{n}")) for n in range(3)))
    assert len(desk.asked) == 7
    assert len({asked["authorization"] for asked in desk.asked}) == 2


async def test_a_young_token_called_expired_is_not_renewed_in_a_loop() -> None:
    async with scripted(refusal(403, "ExpiredProviderToken")) as (desk, adapter):
        with pytest.raises(errors.AuthConfig):
            await adapter.send(cases.outbound(CONTENT, TOKEN))
    assert len(desk.asked) == 1


ANSWERS: list[tuple[twin_base.Response, type[errors.SendError], str]] = [
    (refusal(400, "BadDeviceToken"), errors.PermanentRecipient, "400 BadDeviceToken"),
    (refusal(400, "DeviceTokenNotForTopic"), errors.PermanentRecipient, "400 DeviceTokenNotForTopic"),
    (refusal(400, "TopicDisallowed"), errors.AuthConfig, "400 TopicDisallowed"),
    (refusal(400, "SomethingNew"), errors.PermanentContent, "400 SomethingNew"),
    (refusal(403, "InvalidProviderToken"), errors.AuthConfig, "403 InvalidProviderToken"),
    (refusal(403), errors.AuthConfig, "403"),
    (refusal(413, "PayloadTooLarge"), errors.PermanentContent, "413 PayloadTooLarge"),
    (refusal(429, "TooManyRequests"), errors.Throttled, "429 TooManyRequests"),
    (refusal(500, "InternalServerError"), errors.ProviderDown, "500 InternalServerError"),
    (refusal(503, "Shutdown"), errors.Transient, "503 Shutdown"),
    (twin_base.Response(status=503, body=b"<html>"), errors.ProviderDown, "503"),
    (twin_base.Response(status=400, body=b'{"x":' * 2000), errors.PermanentContent, "400"),
    (twin_base.Response(status=302), errors.AuthConfig, "302"),
    (twin_base.Response(status=200, body=b"<html>"), errors.Doubt, "unreadable-success"),
    (twin_base.Response(status=200, cut=True), errors.Doubt, "cut"),
]


@pytest.mark.parametrize("response, expected, code", ANSWERS, ids=[row[2] for row in ANSWERS])
async def test_an_answer_becomes_the_error_it_stands_for(
    response: twin_base.Response, expected: type[errors.SendError], code: str
) -> None:
    async with scripted(response) as (_, adapter):
        with pytest.raises(errors.SendError) as caught:
            await adapter.send(cases.outbound(CONTENT, TOKEN))
    assert (type(caught.value), caught.value.code) == (expected, code)
    assert not caught.value.remove_address


@pytest.mark.parametrize(
    "body, since",
    [
        ({"reason": "Unregistered", "timestamp": 1_700_000_000_500}, 1_700_000_000.5),
        ({"reason": "ExpiredToken"}, None),
    ],
)
async def test_a_dead_token_is_removed_as_of_the_moment_apple_names(
    body: dict[str, object], since: float | None
) -> None:
    answer = twin_base.Response(status=410, body=json.dumps(body).encode())
    async with scripted(answer) as (_, adapter):
        with pytest.raises(errors.PermanentRecipient) as caught:
            await adapter.send(cases.outbound(CONTENT, TOKEN))
    assert caught.value.remove_address
    assert caught.value.dead_since == since


async def test_a_token_of_the_other_environment_is_explained_and_kept() -> None:
    async with opened("development") as (around, adapter):
        credentials = around.yard.credentials["push/apns"]
        tokens = (twins.token(credentials, index, "development") for index in range(1000))
        token = next(one for one in tokens if around.population.fate("apns", one).word is Word.DELIVERED)
        accepted = await adapter.send(cases.outbound(CONTENT, token))
        assert str(uuid.UUID(accepted.detail)) == accepted.detail
        with pytest.raises(errors.PermanentRecipient) as caught:
            await adapter.send(cases.outbound(CONTENT, twins.token(credentials, 1)))
    assert "belongs to production" in caught.value.text
    assert not caught.value.remove_address


@pytest.mark.parametrize(
    "word, expected, code, removed",
    [
        (Word.DEAD, errors.PermanentRecipient, "410 Unregistered", True),
        (Word.REFUSED, errors.PermanentContent, "413 PayloadTooLarge", False),
        (Word.CUT, errors.Doubt, "cut", False),
    ],
)
async def test_a_word_that_refuses_is_the_error_it_should_be(
    word: Word, expected: type[errors.SendError], code: str, removed: bool
) -> None:
    async with opened() as (around, adapter):
        with pytest.raises(errors.SendError) as caught:
            await adapter.send(cases.outbound(CONTENT, population.recipient("apns", word)))
        assert around.inbox.last.taken == (word is Word.CUT)
    assert (type(caught.value), caught.value.code, caught.value.remove_address) == (expected, code, removed)


@pytest.mark.parametrize(
    "word, expected, wait_s",
    [(Word.THROTTLED, errors.Throttled, 1.0), (Word.DOWN, errors.ProviderDown, None)],
)
async def test_what_fails_at_first_is_taken_at_the_second_attempt(
    word: Word, expected: type[errors.SendError], wait_s: float | None
) -> None:
    async with opened() as (around, adapter):
        message = cases.outbound(CONTENT, population.recipient("apns", word))
        with pytest.raises(expected) as caught:
            await adapter.send(message)
        await adapter.send(message)
        assert [arrival.taken for arrival in around.inbox.arrivals] == [False, True]
    assert caught.value.retry_after_s == wait_s


@pytest.mark.parametrize(
    "word", [Word.SEEN, Word.BLOCKED, Word.SILENT, Word.BOUNCED, Word.UNREACHABLE, Word.SLOW]
)
async def test_words_that_push_cannot_express_are_taken(word: Word) -> None:
    async with opened() as (around, adapter):
        await adapter.send(cases.outbound(CONTENT, population.recipient("apns", word)))
        assert around.inbox.last.outcome == word


async def test_a_check_with_a_good_key_is_good_and_sends_nothing() -> None:
    async with opened() as (around, adapter):
        rows = await adapter.check()
        assert not any(arrival.taken for arrival in around.inbox.arrivals)
    assert [(row.what, row.good) for row in rows] == [("Connection", True), ("Signing key", True)]


@pytest.mark.parametrize(
    "change, says",
    [
        ({"key_id": "AAAAAAAAAA"}, "InvalidProviderToken"),
        ({"team_id": "AAAAAAAAAA"}, "InvalidProviderToken"),
        ({"key": twins.ApnsTwin.invent()["key"]}, "InvalidProviderToken"),
        ({"bundle_id": "com.example.other"}, "TopicDisallowed"),
    ],
)
async def test_a_check_names_what_is_wrong_with_the_key(change: dict[str, str], says: str) -> None:
    async with yard.opened(twins.ApnsTwin) as around:
        made = settings(dict(around.yard.credentials["push/apns"]), **change)
        adapter = apns.Apns(made, cases.context(around.endpoints["push/apns"], ca_pem=around.ca_pem))
        reached, key = await adapter.check()
        await adapter.close()
    assert reached.good
    assert not key.good
    assert says in key.message
    assert key.remedy


async def test_a_check_tells_an_unreachable_host_from_an_untrusted_one() -> None:
    async with yard.opened(twins.ApnsTwin) as around:
        rows = []
        for endpoint in ("https://127.0.0.1:1", around.endpoints["push/apns"]):
            adapter = apns.Apns(settings(), cases.context(endpoint))
            rows += await adapter.check()
            await adapter.close()
    assert [row.good for row in rows] == [False, False]
    assert "cannot be reached" in rows[0].message
    assert "not trusted" in rows[1].message


@pytest.mark.parametrize("token", ["", "abc", "xyz0", "ab" * 101, "ab/../cd", "ab" * 16 + "\n"])
async def test_what_is_no_token_never_leaves(token: str) -> None:
    async with scripted() as (desk, adapter):
        with pytest.raises(errors.PermanentRecipient):
            await adapter.send(cases.outbound(CONTENT, token))
    assert not desk.asked


async def test_a_payload_over_the_limit_never_leaves() -> None:
    async with scripted() as (desk, adapter):
        with pytest.raises(errors.PermanentContent):
            await adapter.send(cases.outbound(plain(body="é" * 2048), TOKEN))
    assert not desk.asked


async def test_content_of_another_channel_is_a_mistake_of_ours() -> None:
    async with scripted() as (_, adapter):
        with pytest.raises(TypeError):
            await adapter.send(cases.outbound(sms.SmsContent(body="x"), TOKEN))


def test_the_environment_chooses_apples_host() -> None:
    for environment, host in (("production", apns.PRODUCTION), ("development", apns.DEVELOPMENT)):
        made = apns.Apns(settings(environment=environment), context(apns.Apns.default_endpoint))
        assert made.endpoint == host


@pytest.mark.parametrize(
    "endpoint", ["http://gateway.test", "https://gateway.test/path", "gateway.test", "https://"]
)
def test_an_endpoint_that_cannot_be_apples_is_named(endpoint: str) -> None:
    with pytest.raises(errors.BadSettings) as caught:
        apns.Apns(settings(), context(endpoint))
    assert caught.value.place == "endpoint"


def pem_of(key: Any) -> str:
    text: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return text.decode()


@pytest.mark.parametrize(
    "key",
    [
        "nonsense",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        pem_of(rsa.generate_private_key(65537, 2048)),
        pem_of(ec.generate_private_key(ec.SECP384R1())),
    ],
    ids=["text", "broken", "rsa", "another curve"],
)
def test_a_key_that_cannot_sign_for_apple_is_named_and_not_repeated(key: str) -> None:
    with pytest.raises(errors.BadSettings) as caught:
        apns.Apns(settings(key=key), context(apns.PRODUCTION))
    assert caught.value.place == "key"
    assert key not in cases.shows(caught.value)


async def test_no_log_could_show_the_key_or_a_provider_token() -> None:
    async with scripted(refusal(403, "Forbidden")) as (desk, adapter):
        with pytest.raises(errors.AuthConfig) as caught:
            await adapter.send(cases.outbound(CONTENT, TOKEN))
        bearer = desk.asked[0]["authorization"].split(" ")[1]
        for thing in (adapter, adapter.settings, caught.value):
            shown = f"{thing!r} {thing}"
            assert CREDENTIALS["key"].splitlines()[1] not in shown
            assert bearer not in shown
