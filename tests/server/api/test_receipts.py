"""The receipts door: verified on the raw bytes, stored once, answered after the commit, bounded under a flood."""

import base64
import concurrent.futures
import contextlib
import hashlib
import hmac
import json
import os
import signal
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from twilio import request_validator

from server.wire import providers as wire
from tests.support import served as running


class Door:
    """One account's door, called as its provider would."""

    def __init__(self, served: running.Served, provider: str) -> None:
        with served.client() as asked:
            rows = asked.call(wire.LIST).rows
        self.account = next(row for row in rows if row.provider == provider)
        self.url = self.account.receipts_url
        credentials = json.loads((served.data / "twins" / "world.json").read_bytes())["credentials"][provider]
        self.secret: dict[str, str] = credentials
        self.http = httpx.Client(trust_env=False, timeout=30.0)

    def news(self, sid: str, status: str = "delivered", **more: str) -> dict[str, str]:
        return {
            "MessageSid": sid,
            "MessageStatus": status,
            "To": "+447911123456",
            "AccountSid": "AC1",
            **more,
        }

    def sign(self, form: dict[str, str], query: str = "") -> tuple[str, dict[str, str]]:
        """Sign as Twilio's own library does."""
        url = self.url + query
        token = next(value for name, value in self.secret.items() if "token" in name)
        return url, {
            "X-Twilio-Signature": request_validator.RequestValidator(token).compute_signature(url, form)
        }

    def post(self, form: dict[str, str], **more: Any) -> httpx.Response:
        url, headers = self.sign(form)
        return self.http.post(url, data=form, headers=headers | more.pop("headers", {}), **more)


@pytest.fixture
def door(served: running.Served) -> Iterator[Door]:
    found = Door(served, "sms/twilio")
    with found.http:
        yield found


def stored(served: running.Served, sid: str) -> int:
    return int(served.sql("SELECT count(*) FROM receipt WHERE provider_ref = ?", sid)[0][0])


def test_an_answer_comes_after_the_commit(served: running.Served, door: Door) -> None:
    for number in range(5):
        assert door.post(door.news(f"SMcommit{number}")).status_code in (200, 204)
        assert stored(served, f"SMcommit{number}") == 1


def test_a_double_is_answered_alike_and_stored_once(served: running.Served, door: Door) -> None:
    form = door.news("SMdouble")
    statuses = {door.post(form).status_code for _ in range(3)}
    assert len(statuses) == 1
    assert stored(served, "SMdouble") == 1


def test_the_raw_news_is_kept(served: running.Served, door: Door) -> None:
    door.post(door.news("SMraw", "undelivered", ErrorCode="30003"))
    ((raw, code),) = served.sql("SELECT raw, code FROM receipt WHERE provider_ref = 'SMraw'")
    assert b"SMraw" in raw
    assert code == "30003"


def test_news_of_an_unknown_message_is_taken_and_kept_aside(served: running.Served, door: Door) -> None:
    assert door.post(door.news("SMstranger")).is_success
    running.until(
        lambda: served.sql("SELECT state FROM receipt WHERE provider_ref = 'SMstranger'") == [(2,)],
        "the merger",
    )


def test_a_wrong_signature_is_refused_without_a_hint(served: running.Served, door: Door) -> None:
    form = door.news("SMforged")
    url, headers = door.sign(form)
    forgeries: list[tuple[dict[str, str], dict[str, str]]] = [
        (form, {}),
        (form, {"X-Twilio-Signature": ""}),
        (form, {"X-Twilio-Signature": "A" * 28}),
        ({**form, "MessageStatus": "failed"}, headers),
        ({**form, "Extra": "1"}, headers),
    ]
    for body, given in forgeries:
        answer = door.http.post(url, data=body, headers=given)
        assert (answer.status_code, answer.content) == (401, b"")
    assert door.http.post(url + "?x=1", data=form, headers=headers).status_code == 401
    assert stored(served, "SMforged") == 0


def test_an_unknown_door_looks_like_a_wrong_signature(door: Door) -> None:
    unknown = door.url[:-4] + "aaaa"
    answer = door.http.post(unknown, data=door.news("SMx"))
    assert (answer.status_code, answer.content) == (401, b"")


def test_the_door_asks_for_no_token_and_opens_nothing_else(served: running.Served, door: Door) -> None:
    assert "authorization" not in door.http.headers
    assert door.http.get(served.url + "/receipts/../v1/campaigns").status_code == 401


def test_a_door_cannot_be_guessed_from_another(served: running.Served) -> None:
    with served.client() as asked:
        doors = [urlsplit(row.receipts_url).path for row in asked.call(wire.LIST).rows if row.receipts_url]
    assert len(doors) == len(set(doors)) >= 4
    assert all(len(path.removeprefix("/receipts/")) == 32 for path in doors)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_past_the_bound_is_refused_before_it_is_read(door: Door, chunked: bool) -> None:
    piece = b"x" * 300_000
    content: Any = (piece for _ in range(5)) if chunked else piece * 5
    with contextlib.suppress(httpx.WriteError, httpx.RemoteProtocolError):  # refused before all could be sent
        assert door.http.post(door.url, content=content).status_code == 413


HOSTILE = [
    b"",
    b"\x00" * 1000,
    b"\xff\xfe" * 500,
    b"[" * 100_000,
    b"{" * 100_000,
    b"a=1&" * 50_000,
    b"%" * 10_000,
    b"\x1f\x8b\x08" + b"\x00" * 1000,
    b'{"entry": [{"changes": null}]}',
    b'{"Type": "Notification", "Message": "' + b"\\u0000" * 100 + b'"}',
]


@pytest.mark.parametrize("provider", ["sms/twilio", "whatsapp/cloud", "rcs/rbm", "email/ses"])
def test_hostile_bodies_are_refused_and_never_a_failure(served: running.Served, provider: str) -> None:
    door = Door(served, provider)
    with door.http:
        for body in HOSTILE:
            for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
                answer = door.http.post(door.url, content=body, headers={"content-type": kind})
                assert 400 <= answer.status_code < 500, (provider, body[:20], kind)
        for method in ("GET", "PUT", "DELETE", "PATCH"):
            assert door.http.request(method, door.url).status_code < 500


def test_whatsapps_challenge_is_answered_with_its_own_words(served: running.Served) -> None:
    door = Door(served, "whatsapp/cloud")
    token = next(value for name, value in door.secret.items() if "verify" in name)
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": token}
    with door.http:
        assert door.http.get(door.url, params=asked).text == "1158201444"
        assert door.http.get(door.url, params={**asked, "hub.verify_token": "no"}).status_code in (401, 403)


def test_whatsapps_signature_is_checked_on_the_raw_bytes(served: running.Served) -> None:
    door = Door(served, "whatsapp/cloud")
    secret = next(value for name, value in door.secret.items() if "app_secret" in name)
    body = b'{"object" : "whatsapp_business_account",  "entry": []}'
    good = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    with door.http:

        def post(content: bytes) -> int:
            headers = {"x-hub-signature-256": f"sha256={good}", "content-type": "application/json"}
            return door.http.post(door.url, content=content, headers=headers).status_code

        assert post(body) == 200
        assert post(json.dumps(json.loads(body)).encode()) == 401


def test_a_removed_account_has_no_door(served: running.Served) -> None:
    twin = Door(served, "sms/twilio")
    with served.client() as asked, twin.http:
        ask = wire.SaveAccount(
            name="Short-lived",
            provider="sms/twilio",
            settings=twin.account.settings,
            secrets={name: twin.secret[name] for name in twin.account.stored_secrets if name in twin.secret},
        )
        made = asked.call(wire.CREATE, ask)
        twin.url = made.receipts_url
        running.until(lambda: twin.post(twin.news("SMshort")).is_success, "the new door")
        asked.call(wire.DELETE, account=made.id)
        running.until(lambda: twin.post(twin.news("SMshort2")).status_code == 401, "the door to be gone")


@pytest.fixture(scope="module")
def narrow() -> Iterator[running.Served]:
    """A server whose door lets three calls wait."""
    with (
        running.folder() as data,
        running.serve(data, "--senders", "0", "--set", "receipts_waiting=3") as found,
    ):
        yield found


def test_a_flood_is_put_off_and_nothing_answered_is_lost(narrow: running.Served) -> None:
    door = Door(narrow, "sms/twilio")
    assert door.post(door.news("SMwarm")).is_success
    with contextlib.closing(narrow.database()) as held, concurrent.futures.ThreadPoolExecutor(24) as pool:
        held.execute("BEGIN IMMEDIATE")
        posts = [pool.submit(door.post, door.news(f"SMflood{number}")) for number in range(24)]
        running.until(lambda: sum(post.done() for post in posts) >= 12, "calls to be put off")
        early = [post.result() for post in posts if post.done()]
        assert {answer.status_code for answer in early} == {503}
        assert all(int(answer.headers["retry-after"]) > 0 for answer in early)
        held.execute("COMMIT")
        answers = [post.result() for post in posts]
    taken = [number for number, answer in enumerate(answers) if answer.is_success]
    assert taken
    for number in range(24):
        assert stored(narrow, f"SMflood{number}") == (number in taken)
    door.http.close()


def test_every_answered_receipt_survives_a_kill(narrow: running.Served) -> None:
    door = Door(narrow, "sms/twilio")
    taken: list[str] = []

    def post(number: int) -> None:
        with contextlib.suppress(httpx.HTTPError):
            if door.post(door.news(f"SMkill{number}")).is_success:
                taken.append(f"SMkill{number}")

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        posts = [pool.submit(post, number) for number in range(400)]
        running.until(lambda: len(taken) >= 30, "some receipts")
        os.kill(_api(narrow), signal.SIGKILL)
        concurrent.futures.wait(posts)
    kept = {
        row[0] for row in narrow.sql("SELECT provider_ref FROM receipt WHERE provider_ref LIKE 'SMkill%'")
    }
    assert set(taken) <= kept
    door.http.close()


def _api(served: running.Served) -> int:
    """The api process of a server."""
    for path in running.processes(served.process.pid):
        if path.arguments[-1] == "api":
            return path.pid
    raise AssertionError("no api process")


def test_the_signature_vector_is_twilios_own() -> None:
    """What signs here is their library; this is its documented form, by hand."""
    url, form = "https://example.com/x", {"b": "2", "a": "1"}
    by_hand = base64.b64encode(hmac.new(b"t", b"https://example.com/xa1b2", hashlib.sha1).digest()).decode()
    assert request_validator.RequestValidator("t").compute_signature(url, form) == by_hand
