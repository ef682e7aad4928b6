"""The Web Push twin, exercised by a library that others wrote and by requests no good client makes."""

import contextlib
import json
import ssl
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import http_ece
import jwt
import pytest
import pywebpush
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from server.twins.base import Word
from server.twins.population import recipient
from server.twins.push import es256, webpush
from tests.server.providers.push.test_sealing import VECTORS, key_of
from tests.support import yard


class Sender:
    """pywebpush, pointed at a twin."""

    def __init__(self, around: yard.Opened, session: aiohttp.ClientSession) -> None:
        self.around = around
        self.session = session
        self.endpoint = around.endpoints["push/webpush"]
        self.credentials = dict(around.yard.credentials["push/webpush"])

    def subscription(self, name: str = "magic-delivered") -> dict[str, Any]:
        return webpush.subscription(self.credentials, self.endpoint, name)

    async def send(
        self, name: str = "magic-delivered", text: str = '{"title":"Hi","ref":"r-1"}', **more: Any
    ) -> Any:
        claims = {"sub": "mailto:someone@example.com"}
        given = {"vapid_private_key": self.credentials["private_key"], "ttl": 60} | more
        try:
            return await pywebpush.webpush_async(
                self.subscription(name), text, vapid_claims=claims, aiohttp_session=self.session, **given
            )
        except pywebpush.WebPushException as problem:
            return problem.response

    def authorization(self, **changes: object) -> str:
        """A good header but for the claims that are changed, or taken out by None."""
        good: dict[str, object] = {
            "aud": self.endpoint,
            "exp": int(time.time()) + 60,
            "sub": "mailto:a@b.test",
        }
        token = jwt.encode(
            {name: value for name, value in (good | changes).items() if value is not None},
            key_of(es256.decode(self.credentials["private_key"])),
            algorithm="ES256",
        )
        return f"vapid t={token},k={self.credentials['public_key']}"

    async def raw(
        self, path: str = "/wpush/v2/magic-delivered", body: bytes = b"", **changes: str | None
    ) -> Any:
        """One request by hand; a header of None is left out."""
        fields = {"ttl": "60", "authorization": self.authorization()} | changes
        headers = {name.replace("_", "-"): value for name, value in fields.items() if value is not None}
        return await self.session.post(f"{self.endpoint}{path}", data=body, headers=headers)


@contextlib.asynccontextmanager
async def opened() -> AsyncIterator[Sender]:
    trust = ssl.create_default_context(cadata=yard.ca_pem())
    async with (
        yard.opened(webpush.WebPushTwin) as around,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as session,
    ):
        yield Sender(around, session)


async def test_a_library_that_others_wrote_delivers_to_a_browser() -> None:
    async with opened() as sender:
        answer = await sender.send(headers={"topic": "sale", "urgency": "high"})
        arrival = sender.around.inbox.last
    assert answer.status == 201
    assert answer.headers["location"] == arrival.provider_ref
    assert arrival.shown == {"title": "Hi", "ref": "r-1"}
    assert (arrival.to, arrival.title, arrival.ref, arrival.taken) == ("magic-delivered", "Hi", "r-1", True)
    assert "authorization" not in arrival.wire


def test_a_browser_needs_no_memory_to_keep_its_keys() -> None:
    one, again = (webpush.subscription({"seed": "s"}, "https://a", "device-7") for _ in range(2))
    assert one == again
    assert webpush.subscription({"seed": "s"}, "https://a", "device-8")["keys"] != one["keys"]
    assert webpush.subscription({"seed": "t"}, "https://a", "device-7")["keys"] != one["keys"]


def test_the_example_of_rfc_8291_is_opened() -> None:
    given = VECTORS["rfc8291_section5_and_appendixA"]
    plain = webpush.unseal(
        es256.decode(given["body"]),
        key_of(es256.decode(given["receiver_private"])),
        es256.decode(given["auth_secret"]),
    )
    assert plain.decode() == given["plaintext"]


def test_what_another_library_pads_is_opened_and_what_it_did_not_seal_is_not() -> None:
    device, auth = ec.generate_private_key(ec.SECP256R1()), bytes(16)
    point = device.public_key().public_bytes(*webpush._POINT)
    sealed = http_ece.encrypt(
        b"hello", private_key=ec.generate_private_key(ec.SECP256R1()), dh=point, auth_secret=auth
    )
    assert webpush.unseal(sealed, device, auth) == b"hello"
    with pytest.raises(InvalidTag):
        webpush.unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), device, auth)
    with pytest.raises(InvalidTag):
        webpush.unseal(sealed, device, b"x" * 16)


@pytest.mark.parametrize(
    "word, status, errno",
    [
        (Word.DEAD, 404, 102),
        (Word.BLOCKED, 410, 106),
        (Word.REFUSED, 413, 104),
        (Word.THROTTLED, 429, 201),
        (Word.DOWN, 503, 202),
    ],
)
async def test_each_fate_is_answered_as_documented(word: Word, status: int, errno: int) -> None:
    async with opened() as sender:
        answer = await sender.send(recipient("webpush", word, "1"))
        problem = await answer.json()
        assert sender.around.inbox.last.taken is False
    assert (answer.status, problem["code"], problem["errno"]) == (status, status, errno)
    assert ("retry-after" in answer.headers) == (status == 429)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://elsewhere.example"},
        {"aud": None},
        {"exp": int(time.time()) + 90_000},
        {"exp": int(time.time()) - 5},
        {"exp": None},
        {"sub": "nobody"},
        {"sub": None},
    ],
)
async def test_a_token_with_a_wrong_claim_is_refused(claims: dict[str, Any]) -> None:
    async with opened() as sender:
        answer = await sender.raw(authorization=sender.authorization(**claims))
        assert (answer.status, (await answer.json())["errno"]) == (401, 109)


async def test_a_key_the_browser_did_not_subscribe_with_is_refused() -> None:
    async with opened() as sender:
        answer = await sender.send(vapid_private_key=webpush.WebPushTwin.invent()["private_key"])
        assert answer.status == 403
        assert "do not correspond" in (await answer.json())["message"]


@pytest.mark.parametrize(
    "path, body, changes, status, errno",
    [
        ("/wpush/v2/stranger", b"", {}, 404, 102),
        ("/elsewhere", b"", {}, 404, 102),
        ("/wpush/v2/device-1", b"", {"authorization": None}, 401, 109),
        ("/wpush/v2/device-1", b"", {"authorization": "vapid t=a.b.c,k=d"}, 401, 109),
        ("/wpush/v2/device-1", b"", {"ttl": None}, 400, 111),
        ("/wpush/v2/device-1", b"", {"ttl": "-1"}, 400, 112),
        ("/wpush/v2/device-1", b"", {"ttl": "soon"}, 400, 112),
        ("/wpush/v2/device-1", b"", {"topic": "t" * 33}, 400, 113),
        ("/wpush/v2/device-1", b"", {"topic": "a+b"}, 400, 113),
        ("/wpush/v2/device-1", b"", {"urgency": "now"}, 400, 110),
        ("/wpush/v2/device-1", b"x" * 200, {}, 400, 110),
        ("/wpush/v2/device-1", b"x" * 200, {"content_encoding": "aes128gcm"}, 400, 110),
        ("/wpush/v2/device-1", b"x" * 4097, {"content_encoding": "aes128gcm"}, 413, 104),
        ("/wpush/v2/magic-delivered", b"", {}, 201, 0),
    ],
)
async def test_it_refuses_requests_no_good_client_makes(
    path: str, body: bytes, changes: dict[str, str | None], status: int, errno: int
) -> None:
    async with opened() as sender:
        answer = await sender.raw(path, body, **changes)
        problem = await answer.json() if status != 201 else {"errno": 0}
    assert (answer.status, problem["errno"]) == (status, errno)


async def test_what_no_device_can_open_is_taken_and_shown_as_unreadable() -> None:
    body = bytes(16) + (4096).to_bytes(4) + bytes([65]) + es256.decode(BROWSER_KEY) + bytes(40)
    async with opened() as sender:
        answer = await sender.raw(body=body, content_encoding="aes128gcm")
        arrival = sender.around.inbox.last
    assert answer.status == 201
    assert (arrival.outcome, arrival.taken, arrival.shown) == ("unreadable", True, {})


BROWSER_KEY = webpush.subscription({"seed": "s"}, "", "device-1")["keys"]["p256dh"]


async def test_a_text_that_is_no_json_is_shown_as_it_is() -> None:
    async with opened() as sender:
        await sender.send(text="[" * 3000)
        assert sender.around.inbox.last.shown == {"body": "[" * 3000}


async def test_a_cut_closes_the_connection_after_taking_the_message() -> None:
    async with opened() as sender:
        with pytest.raises(aiohttp.ClientError):
            await sender.raw(f"/wpush/v2/{recipient('webpush', Word.CUT, '1')}")
        assert sender.around.inbox.last.taken


def test_keys_are_made_on_the_spot_and_fit_the_form() -> None:
    one, two = webpush.WebPushTwin.invent(), webpush.WebPushTwin.invent()
    assert one["private_key"] != two["private_key"]
    settings, secrets = webpush.WebPushTwin.account(one)
    assert secrets == {"private_key": one["private_key"]}
    assert one["private_key"] not in json.dumps(settings)
