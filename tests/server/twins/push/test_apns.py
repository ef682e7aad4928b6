"""The APNs twin, exercised by a client that others wrote and by requests no good client makes."""

import asyncio
import contextlib
import json
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import h2.config
import h2.connection
import h2.events
import h2.settings
import jwt
import jwt.utils
import pytest
from aioapns import client, common
from aioapns import connection as aioapns_connection
from cryptography.hazmat.primitives.asymmetric import ec

from server.twins.base import Word
from server.twins.population import recipient
from server.twins.push import apns
from tests.support import yard

TOKEN = "ab" * 32
NOW = int(time.time())  #: of issue, for all tokens alike: one second between two of them would be a renewal


def trust() -> ssl.SSLContext:
    made = ssl.create_default_context(cadata=yard.ca_pem())
    made.set_alpn_protocols(["h2"])
    return made


@contextlib.asynccontextmanager
async def opened() -> AsyncIterator[tuple[yard.Opened, apns.ApnsTwin, dict[str, str]]]:
    async with yard.opened(apns.ApnsTwin) as around:
        twin = around.twins["push/apns"]
        assert isinstance(twin, apns.ApnsTwin)
        yield around, twin, dict(around.yard.credentials["push/apns"])


def living(around: yard.Opened, *environments: str) -> list[str]:
    """A token in each environment whose devices all take what they are sent."""
    credentials = around.yard.credentials["push/apns"]
    for index in range(1000):
        tokens = [apns.token(credentials, index, environment) for environment in environments]
        if all(around.population.fate("apns", token).word is Word.DELIVERED for token in tokens):
            return tokens
    raise AssertionError("no device takes what it is sent")


async def _quiet(_request: Any, _answer: Any) -> None:
    """Keep the client from logging what the test looks at."""


@contextlib.asynccontextmanager
async def aioapns(endpoint: str, credentials: Mapping[str, str], **more: str) -> AsyncIterator[client.APNs]:
    """The independent client, pointed at a twin."""
    given = {"key": credentials["key"], "key_id": credentials["key_id"], "team_id": credentials["team_id"]}
    keys: dict[str, Any] = given | {"topic": credentials["bundle_id"]} | more
    made = client.APNs(ssl_context=trust(), max_connection_attempts=1, err_func=_quiet, **keys)
    place = {"APNS_SERVER": "127.0.0.1", "APNS_PORT": int(endpoint.rsplit(":", 1)[1])}
    made.pool.protocol_class = type("Protocol", (aioapns_connection.APNsTLSClientProtocol,), place)
    try:
        yield made
    finally:
        made.pool.close()


def request(token: str = TOKEN, **more: Any) -> common.NotificationRequest:
    given: dict[str, Any] = {"message": {"aps": {"alert": "Hello"}, "ref": "r-1"}}
    return common.NotificationRequest(
        device_token=token, **(given | {"push_type": common.PushType.ALERT} | more)
    )


async def test_a_client_that_others_wrote_delivers_to_a_device() -> None:
    async with opened() as (around, _, credentials):
        async with aioapns(around.endpoints["push/apns"], credentials) as apple:
            (token,) = living(around, "production")
            answer = await apple.send_notification(
                request(token, priority=10, time_to_live=60, collapse_key="c")
            )
        arrival = around.inbox.last
    assert answer.is_successful
    assert (arrival.to, arrival.text, arrival.ref, arrival.taken) == (token, "Hello", "r-1", True)
    assert arrival.provider_ref == answer.notification_id
    assert arrival.wire["apns-collapse-id"] == "c"
    assert "authorization" not in arrival.wire


async def test_a_hundred_at_once_are_each_taken_once() -> None:
    async with opened() as (around, _, credentials):
        word = [recipient("apns", Word.DELIVERED, str(n)) for n in range(100)]
        async with aioapns(around.endpoints["push/apns"], credentials) as apple:
            answers = await asyncio.gather(*(apple.send_notification(request(token)) for token in word))
        assert sorted(arrival.to for arrival in around.inbox.arrivals) == sorted(word)
    assert all(answer.is_successful for answer in answers)


@pytest.mark.parametrize(
    "more, keys, status, reason",
    [
        ({"token": "zz" * 32}, {}, "400", "BadDeviceToken"),
        ({"token": "ab" * 20}, {}, "400", "BadDeviceToken"),
        ({"token": "00" * 32}, {}, "400", "BadDeviceToken"),
        ({"token": recipient("apns", Word.REFUSED)}, {}, "413", "PayloadTooLarge"),
        ({"message": {"aps": {"alert": "x" * 4096}}}, {}, "413", "PayloadTooLarge"),
        ({"message": {"alert": "x"}}, {}, "400", "PayloadEmpty"),
        (
            {"message": {"aps": {}}, "push_type": common.PushType.BACKGROUND, "priority": 10},
            {},
            "400",
            "BadPriority",
        ),
        ({"priority": 7}, {}, "400", "BadPriority"),
        ({"collapse_key": "c" * 65}, {}, "400", "BadCollapseId"),
        ({"apns_topic": "com.example.other"}, {}, "400", "TopicDisallowed"),
        ({"push_type": common.PushType.VOIP}, {}, "400", "TopicDisallowed"),
        ({}, {"key_id": "AAAAAAAAAA"}, "403", "InvalidProviderToken"),
        ({}, {"team_id": "AAAAAAAAAA"}, "403", "InvalidProviderToken"),
        ({}, {"key": apns.ApnsTwin.invent()["key"]}, "403", "InvalidProviderToken"),
    ],
)
async def test_it_refuses_what_apple_refuses(
    more: dict[str, Any], keys: dict[str, str], status: str, reason: str
) -> None:
    async with opened() as (around, _, credentials):
        async with aioapns(around.endpoints["push/apns"], credentials, **keys) as apple:
            answer = await apple.send_notification(request(**more))
        assert around.inbox.last.taken is False
    assert (answer.status, answer.description) == (status, reason)


async def test_a_dead_token_comes_with_its_moment_in_milliseconds() -> None:
    async with (
        opened() as (around, _, credentials),
        aioapns(around.endpoints["push/apns"], credentials) as apple,
    ):
        answer = await apple.send_notification(request(recipient("apns", Word.DEAD)))
    assert (answer.status, answer.description) == ("410", "Unregistered")
    assert answer.timestamp is not None
    assert 0 < time.time() - answer.timestamp / 1000 < 7 * 86_400


async def test_tokens_belong_to_one_environment() -> None:
    async with opened() as (around, twin, credentials):
        hosts = {"production": around.endpoints["push/apns"], "development": twin.development}
        tokens = dict(zip(hosts, living(around, *hosts), strict=True))
        seen = {}
        for host, endpoint in hosts.items():
            async with aioapns(endpoint, credentials) as apple:
                for environment, token in tokens.items():
                    seen[host, environment] = (await apple.send_notification(request(token))).status
    assert seen == {
        ("production", "production"): "200",
        ("production", "development"): "400",
        ("development", "production"): "400",
        ("development", "development"): "200",
    }


class Wire:
    """A bare HTTP/2 client, to say what a library would not."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.h2 = h2.connection.H2Connection(
            config=h2.config.H2Configuration(header_encoding="utf-8", validate_outbound_headers=False)
        )
        self.events: list[h2.events.Event] = []
        self.h2.initiate_connection()
        self.flush()

    def flush(self) -> None:
        self.writer.write(self.h2.data_to_send())

    async def until(self, kind: type[h2.events.Event], stream: int | None = None) -> Any:
        """Read until an event of this kind has come."""
        while True:
            for event in self.events:
                if isinstance(event, kind) and (
                    stream is None or getattr(event, "stream_id", None) == stream
                ):
                    self.events.remove(event)
                    return event
            data = await self.reader.read(65_536)
            assert data, "the connection closed"
            self.events += self.h2.receive_data(data)
            self.flush()

    def send(self, headers: list[tuple[str, str]], body: bytes) -> int:
        stream: int = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, headers)
        self.h2.send_data(stream, body, end_stream=True)
        self.flush()
        return stream

    async def ask(self, headers: list[tuple[str, str]], body: bytes = b'{"aps":{}}') -> tuple[int, str]:
        """Send one request. Returns status and reason."""
        stream = self.send(headers, body)
        response = await self.until(h2.events.ResponseReceived, stream)
        status = int(dict(response.headers)[":status"])
        if response.stream_ended is not None:
            return status, ""
        data = await self.until(h2.events.DataReceived, stream)
        return status, json.loads(data.data)["reason"]


@contextlib.asynccontextmanager
async def wired(endpoint: str) -> AsyncIterator[Wire]:
    port = int(endpoint.rsplit(":", 1)[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust())
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


def bearer(credentials: Mapping[str, str], *, age_s: int = 0, kid: str = "", **claims: object) -> str:
    given = {"iss": credentials["team_id"], "iat": NOW - age_s} | claims
    made = jwt.encode(
        given, credentials["key"], algorithm="ES256", headers={"kid": kid or credentials["key_id"]}
    )
    return f"bearer {made}"


def headers(credentials: Mapping[str, str], **changes: str | None) -> list[tuple[str, str]]:
    """A good request's headers with some changed, or taken out by None; `_` stands for `-`."""
    fields: dict[str, str | None] = {
        ":method": "POST",
        ":scheme": "https",
        ":path": f"/3/device/{TOKEN}",
        ":authority": "127.0.0.1",
        "authorization": bearer(credentials),
        "apns-topic": credentials["bundle_id"],
        "apns-push-type": "alert",
    }
    for name, value in changes.items():
        fields[{"method": ":method", "path": ":path"}.get(name, name.replace("_", "-"))] = value
    return [(name, value) for name, value in fields.items() if value is not None]


@pytest.mark.parametrize(
    "changes, status, reason",
    [
        ({"path": "/2/device/ab"}, 404, "BadPath"),
        ({"method": "GET"}, 405, "MethodNotAllowed"),
        ({"path": "/3/device/"}, 400, "MissingDeviceToken"),
        ({"authorization": None}, 403, "MissingProviderToken"),
        ({"authorization": "basic abc"}, 403, "MissingProviderToken"),
        ({"authorization": "bearer abc"}, 403, "InvalidProviderToken"),
        ({"authorization": "bearer W10.W10." + "A" * 86}, 403, "InvalidProviderToken"),
        ({"apns_topic": None}, 400, "MissingTopic"),
        ({"apns_push_type": "poster"}, 400, "InvalidPushType"),
        ({"apns_id": "not-a-uuid"}, 400, "BadMessageId"),
        ({"apns_id": "A60C9FEC-E3DE-5F4B-A610-97565EBE5896"}, 400, "BadMessageId"),
        ({"apns_expiration": "soon"}, 400, "BadExpirationDate"),
        ({"apns_push_type": None}, 200, ""),
    ],
)
async def test_it_refuses_requests_no_good_client_makes(
    changes: dict[str, str | None], status: int, reason: str
) -> None:
    async with opened() as (around, _, credentials), wired(around.endpoints["push/apns"]) as wire:
        assert await wire.ask(headers(credentials, **changes)) == (status, reason)


async def test_a_header_sent_twice_is_refused() -> None:
    async with opened() as (around, _, credentials), wired(around.endpoints["push/apns"]) as wire:
        doubled = [*headers(credentials), ("apns-topic", credentials["bundle_id"])]
        assert await wire.ask(doubled) == (400, "DuplicateHeaders")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"aps":1}', b"\xff", b'{"aps":' + b"[" * 3000, b'{"aps":{"alert":5}}']
)
async def test_strange_payloads_are_answered_and_break_nothing(body: bytes) -> None:
    async with opened() as (around, _, credentials), wired(around.endpoints["push/apns"]) as wire:
        expected = (200, "") if b"alert" in body else (400, "PayloadEmpty")
        assert await wire.ask(headers(credentials), body) == expected
        assert await wire.ask(headers(credentials)) == (200, "")


async def test_a_voip_push_may_be_longer() -> None:
    async with opened() as (around, _, credentials), wired(around.endpoints["push/apns"]) as wire:
        voip = headers(credentials, apns_topic=credentials["bundle_id"] + ".voip", apns_push_type="voip")
        body = b'{"aps":{},"x":"' + b"y" * 5103 + b'"}'
        assert await wire.ask(voip, body) == (200, "")
        assert await wire.ask(voip, body + b" ") == (413, "PayloadTooLarge")


@pytest.mark.parametrize(
    "age_s, reason", [(1800, ""), (3700, "ExpiredProviderToken"), (-3600, "InvalidProviderToken")]
)
async def test_a_provider_token_lives_for_an_hour(age_s: int, reason: str) -> None:
    async with opened() as (around, _, credentials), wired(around.endpoints["push/apns"]) as wire:
        answer = await wire.ask(headers(credentials, authorization=bearer(credentials, age_s=age_s)))
    assert answer == (403 if reason else 200, reason)


async def test_a_tampered_or_der_signature_is_refused() -> None:
    async with opened() as (around, _, credentials), wired(around.endpoints["push/apns"]) as wire:
        text, _, signature = bearer(credentials).rpartition(".")
        flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
        raw = jwt.utils.base64url_decode(signature)
        longer = jwt.utils.base64url_encode(raw[:32] + bytes(1) + raw[32:]).decode()
        der = jwt.utils.base64url_encode(jwt.utils.raw_to_der_signature(raw, ec.SECP256R1())).decode()
        for wrong in (flipped, longer, der, signature + "AAAA", ""):
            answer = await wire.ask(headers(credentials, authorization=f"{text}.{wrong}"))
            assert answer == (403, "InvalidProviderToken")


async def test_a_token_renewed_too_often_is_throttled_on_its_connection_alone() -> None:
    async with opened() as (around, _, credentials):
        old, new, newer = (bearer(credentials, age_s=age_s) for age_s in (1500, 0, 1))
        async with wired(around.endpoints["push/apns"]) as wire:
            assert await wire.ask(headers(credentials, authorization=old)) == (200, "")
            assert await wire.ask(headers(credentials, authorization=newer)) == (200, "")
            throttled = await wire.ask(headers(credentials, authorization=new))
            assert throttled == (429, "TooManyProviderTokenUpdates")
        async with wired(around.endpoints["push/apns"]) as wire:
            assert await wire.ask(headers(credentials, authorization=new)) == (200, "")


async def test_a_connection_belongs_to_the_key_it_was_first_used_with() -> None:
    async with opened() as (around, _, credentials), wired(around.endpoints["push/apns"]) as wire:
        assert await wire.ask(headers(credentials)) == (200, "")
        other = bearer(credentials, kid="ZZZZZZZZZZ")
        assert await wire.ask(headers(credentials, authorization=other)) == (403, "UnrelatedKeyIdInToken")


async def test_one_stream_is_allowed_until_a_token_was_good() -> None:
    code = h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS
    async with opened() as (around, _, credentials), wired(around.endpoints["push/apns"]) as wire:
        await wire.ask(headers(credentials, authorization=None))
        assert wire.h2.remote_settings[code] == 1
        await wire.ask(headers(credentials))
        assert wire.h2.remote_settings[code] == apns.STREAMS


async def test_a_client_without_http2_is_dropped() -> None:
    async with opened() as (around, _, _credentials):
        port = int(around.endpoints["push/apns"].rsplit(":", 1)[1])
        plain = ssl.create_default_context(cadata=yard.ca_pem())
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=plain)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_what_comes_after_the_goodbye_is_not_looked_at_so_that_asking_again_doubles_nothing() -> None:
    async with opened() as (around, twin, credentials), wired(around.endpoints["push/apns"]) as wire:
        await wire.ask(headers(credentials))
        slow = f"/3/device/{recipient('apns', Word.SLOW)}"
        wire.send(headers(credentials, path=slow), b'{"aps":{}}')
        await yard.until(lambda: len(around.inbox.arrivals) == 2)
        stopping = asyncio.create_task(twin.stop())
        await asyncio.sleep(0)  # the goodbye is written; this client has not read it yet
        late = wire.send(headers(credentials), b'{"aps":{}}')
        goodbye = await wire.until(h2.events.ConnectionTerminated)
        await stopping
    assert goodbye.last_stream_id < late
    assert len(around.inbox.arrivals) == 2


async def test_it_says_goodbye_with_a_reason_and_answers_what_is_in_flight() -> None:
    async with opened() as (around, twin, credentials), wired(around.endpoints["push/apns"]) as wire:
        await wire.ask(headers(credentials))
        slow = f"/3/device/{recipient('apns', Word.SLOW)}"
        stream = wire.send(headers(credentials, path=slow), b'{"aps":{}}')
        await yard.until(lambda: len(around.inbox.arrivals) == 2)
        stopping = asyncio.create_task(twin.stop())
        goodbye = await wire.until(h2.events.ConnectionTerminated)
        # hyper-h2 forgets its streams at a GOAWAY, so the late answer is looked for in the frames themselves.
        rest = await wire.reader.read(65_536)
        await stopping
    assert goodbye.additional_data == b'{"reason":"Shutdown"}'
    assert goodbye.last_stream_id == stream
    assert rest[3] == 1  # a HEADERS frame
    assert int.from_bytes(rest[5:9]) == stream
