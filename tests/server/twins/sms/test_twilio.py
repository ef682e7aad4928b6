"""The Twilio twin, used by Twilio's own client and judged by Twilio's own validator."""

import asyncio
import datetime
import ssl
import time
from collections.abc import Mapping
from typing import Any
from urllib import parse

import httpx
import pytest
from twilio import request_validator, rest
from twilio.base import exceptions
from twilio.http import HttpClient, response

from server.twins import base, callbacks, population
from server.twins.sms import messages, segmenting
from server.twins.sms import twilio as twin
from tests.support import yard

DELIVERED = population.recipient("sms", base.Word.DELIVERED)


class Trusting(HttpClient):  # type: ignore[misc]
    """Lets Twilio's client trust the test's authority."""

    def __init__(self, ca_pem: str) -> None:
        self._web = httpx.Client(verify=ssl.create_default_context(cadata=ca_pem), trust_env=False)

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> response.Response:
        got = self._web.request(method, uri, params=params, data=data, headers=headers, auth=auth)
        return response.Response(got.status_code, got.text, got.headers)

    def close(self) -> None:
        self._web.close()


async def ask(
    around: yard.Opened, what: Any, *, user: str = "account_sid", password: str = "auth_token"
) -> Any:
    """Run `what(client)` in a thread, as the client blocks."""
    known = around.credentials["sms/twilio"]
    account = known["test_account_sid"] if user.startswith("test") else known["account_sid"]
    through = Trusting(around.ca_pem)
    client = rest.Client(known[user], known[password], account, http_client=through)
    client.api.base_url = client.messaging.base_url = around.endpoints["sms/twilio"]
    try:
        return await asyncio.to_thread(what, client)
    finally:
        through.close()


async def refused(around: yard.Opened, *, code: int, status: int = 400, **more: Any) -> None:
    fields = {"to": DELIVERED, "from_": twin.NUMBER, "body": "Hello"} | more
    with pytest.raises(exceptions.TwilioRestException) as caught:
        await ask(around, lambda client: client.messages.create(**fields))
    assert (caught.value.code, caught.value.status) == (code, status)


async def test_twilios_client_sends_and_reads_what_it_sent() -> None:
    async with yard.opened(twin.Twilio) as around:
        callback = around.hook("sms/twilio") + "?ref=r-1#rc=2&rp=all"
        sent = await ask(
            around,
            lambda client: client.messages.create(
                to="+1 (202) 555-0100", from_=twin.NUMBER, body="Hello €", status_callback=callback
            ),
        )
        assert sent.sid.startswith("SM")
        assert (sent.status, sent.num_segments, sent.num_media) == ("queued", "1", "0")
        assert (sent.to, sent.direction, sent.price) == (DELIVERED, "outbound-api", None)
        assert abs(sent.date_created - datetime.datetime.now(datetime.UTC)) < datetime.timedelta(seconds=30)
        await around.catcher.wait(2)
        again = await ask(around, lambda client: client.messages(sent.sid).fetch())
        assert again.status == "delivered"
        listed = await ask(
            around, lambda client: client.messages.list(to=DELIVERED, date_sent=sent.date_created.date())
        )
        assert [message.sid for message in listed] == [sent.sid]
        earlier = sent.date_created.date() - datetime.timedelta(days=1)
        assert await ask(around, lambda client: client.messages.list(to=DELIVERED, date_sent=earlier)) == []
        kept = around.inbox.last
    assert (kept.to, kept.ref, kept.provider_ref, kept.text) == (DELIVERED, "r-1", sent.sid, "Hello €")
    assert (kept.outcome, kept.taken) == ("delivered", True)


async def test_every_callback_is_signed_as_twilios_validator_asks() -> None:
    async with yard.opened(twin.Twilio) as around:
        replying = population.recipient("sms", base.Word.REPLIED)
        callback = around.hook("sms/twilio") + "?ref=r-1"
        await ask(
            around,
            lambda client: client.messages.create(
                to=replying, from_=twin.NUMBER, body="Hello", status_callback=callback
            ),
        )
        caught = await around.catcher.wait(3)
        validator = request_validator.RequestValidator(around.credentials["sms/twilio"]["auth_token"])
    forms = [dict(parse.parse_qsl(request.body.decode(), keep_blank_values=True)) for request in caught]
    assert [form.get("MessageStatus", form["SmsStatus"]) for form in forms] == [
        "sent",
        "delivered",
        "received",
    ]
    assert forms[2]["From"] == replying
    for request, form in zip(caught, forms, strict=True):
        assert validator.validate(request.url, form, request.headers["x-twilio-signature"])
        assert not validator.validate(request.url + "x", form, request.headers["x-twilio-signature"])
        assert request.headers["i-twilio-idempotency-token"]


async def test_a_callback_tried_again_carries_the_same_token() -> None:
    async with yard.opened(twin.Twilio) as around:
        around.catcher.statuses = [503]
        bounced = population.recipient("sms", base.Word.BOUNCED)
        await ask(
            around,
            lambda client: client.messages.create(
                to=bounced, from_=twin.NUMBER, body="Hello", status_callback=around.hook("sms/twilio")
            ),
        )
        caught = await around.catcher.wait(3)
    tokens = [request.headers["i-twilio-idempotency-token"] for request in caught]
    assert len(set(tokens)) == 2
    failed = next(request for request in caught if b"undelivered" in request.body)
    form = dict(parse.parse_qsl(failed.body.decode()))
    assert form["ErrorCode"] == "30005"
    assert len(form["RawDlrDoneDate"]) == 10


@pytest.mark.parametrize(
    "more, code",
    [
        ({"to": ""}, 21604),
        ({"from_": None}, 21603),
        ({"body": None}, 21602),
        ({"body": "a" * 1601}, 21617),
        ({"to": "12345"}, 21211),
        ({"to": "+10005550100"}, 21211),
        ({"to": "whatsapp:+12025550100"}, 21612),
        ({"to": twin.NUMBER}, 21266),
        ({"from_": "+14155550100"}, 21606),
        ({"from_": None, "messaging_service_sid": "MG" + "0" * 32}, 21701),
        ({"media_url": ["nonsense"]}, 21620),
        ({"media_url": ["https://a.test/x.png"] * 11}, 21623),
        ({"status_callback": "nonsense"}, 21609),
        ({"status_callback": "https://a_b.test/x"}, 21609),
        ({"validity_period": 0}, 21624),
        ({"validity_period": 36_001}, 21624),
        ({"to": "+15005550001"}, 21211),
        ({"to": "+15005550002"}, 21612),
        ({"to": "+15005550003"}, 21408),
        ({"to": "+15005550004"}, 21610),
        ({"to": "+15005550009"}, 21614),
    ],
)
async def test_a_bad_request_is_answered_with_its_documented_code(more: dict[str, Any], code: int) -> None:
    async with yard.opened(twin.Twilio) as around:
        await refused(around, code=code, **more)
        kept = around.inbox.last
    assert (kept.outcome, kept.taken, kept.to) == (str(code), False, ({"to": DELIVERED} | more)["to"])


async def test_wrong_credentials_and_foreign_resources_are_refused() -> None:
    async with yard.opened(twin.Twilio) as around:
        for user, password in [("account_sid", "api_key_secret"), ("messaging_service_sid", "auth_token")]:
            with pytest.raises(exceptions.TwilioRestException) as caught:
                await ask(around, lambda client: client.api.account.fetch(), user=user, password=password)
            assert (caught.value.code, caught.value.status) == (20003, 401)
        with pytest.raises(exceptions.TwilioRestException) as caught:
            await ask(around, lambda client: client.messages("SM" + "0" * 32).fetch())
        assert (caught.value.code, caught.value.status) == (20404, 404)


async def test_an_api_key_works_as_the_account_does() -> None:
    async with yard.opened(twin.Twilio) as around:
        account = await ask(
            around, lambda client: client.api.account.fetch(), user="api_key_sid", password="api_key_secret"
        )
    assert account.status == "active"


@pytest.mark.parametrize(
    "sender, code, status",
    [
        ("+15005550001", 21212, 400),
        ("+15005550007", 21606, 400),
        ("+15005550008", 21611, 429),
        ("+14155550142", 21606, 400),
    ],
)
async def test_test_credentials_answer_by_the_sender(sender: str, code: int, status: int) -> None:
    async with yard.opened(twin.Twilio) as around:
        with pytest.raises(exceptions.TwilioRestException) as caught:
            await ask(
                around,
                lambda client: client.messages.create(to=DELIVERED, from_=sender, body="x"),
                user="test_account_sid",
                password="test_auth_token",
            )
    assert (caught.value.code, caught.value.status) == (code, status)


async def test_test_credentials_send_nothing_and_read_nothing() -> None:
    async with yard.opened(twin.Twilio) as around:
        login = {"user": "test_account_sid", "password": "test_auth_token"}
        sent = await ask(
            around,
            lambda client: client.messages.create(
                to=DELIVERED, from_="+15005550006", body="x", status_callback=around.hook("sms/twilio")
            ),
            **login,
        )
        assert sent.status == "queued"
        assert around.inbox.arrivals == []
        assert around.postman.waiting == 0
        with pytest.raises(exceptions.TwilioRestException) as caught:
            await ask(around, lambda client: client.api.account.fetch(), **login)
        assert caught.value.code == 20008


async def test_a_body_that_is_not_a_form_has_no_recipient() -> None:
    async with yard.opened(twin.Twilio) as around:
        known = around.credentials["sms/twilio"]
        trust = ssl.create_default_context(cadata=around.ca_pem)
        async with httpx.AsyncClient(verify=trust, trust_env=False) as web:
            got = await web.post(
                f"{around.endpoints['sms/twilio']}/2010-04-01/Accounts/{known['account_sid']}/Messages.json",
                json={"To": DELIVERED},
                auth=(known["account_sid"], known["auth_token"]),
            )
    assert got.status_code == 400
    assert got.json()["code"] == 21604
    assert got.headers["twilio-concurrent-requests"] == "1"


def test_messages_that_are_no_longer_at_hand_are_found_in_the_inbox() -> None:
    kept = yard.RecordingInbox({})
    around = base.Yard(
        credentials={}, population=population.Population(1), inbox=kept, callbacks=callbacks.Postman()
    )
    book = messages.Book(around, "AC", kept=2)
    fate = base.Fate(word=base.Word.DELIVERED, delays_s=(1.0, 2.0, 3.0, 4.0))
    for number in range(3):
        kept.keep(
            base.Arrival(
                twin="sms/twilio",
                channel="sms",
                to="+1",
                ref="",
                provider_ref=f"SM{number}",
                outcome="delivered",
                wire={"From": "+2", "Body": "x"},
            )
        )
        book.enter(
            messages.Message(
                sid=f"SM{number}",
                account_sid="AC",
                to="+1",
                sender="+2",
                service="",
                body="x",
                media=0,
                fate=fate,
                at=float(number),
            )
        )
    oldest = book.find("SM0")
    assert oldest is not None
    assert (oldest.account_sid, oldest.to, oldest.sender, oldest.body) == ("AC", "+1", "+2", "x")
    assert book.find("SM9") is None
    late = time.time() + 3600.0
    assert [message.sid for message in book.listed({"To": "+1"}, late)] == ["SM2", "SM1", "SM0"]
    assert [message.sid for message in book.listed({"From": "+2"}, 10.0)] == ["SM2", "SM1"]
    assert list(book.listed({"From": "+3"}, 10.0)) == []
    newest = book.find("SM2")
    assert newest is not None
    assert [newest.status(2.0 + later) for later in (0, 1, 2)] == ["queued", "sent", "delivered"]


def test_the_twin_counts_segments_by_hand() -> None:
    assert segmenting.count("[" * 80) == ("GSM-7", 1)
    assert segmenting.count("[" * 153) == ("GSM-7", 3)
    assert segmenting.count("😀" * 36) == ("UCS-2", 2)
