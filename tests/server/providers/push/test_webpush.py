"""The Web Push adapter: against its twin over TLS, and against answers no twin gives."""

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from server.channels import webpush as rules
from server.providers import base, errors, form
from server.providers.push import vapid, webpush
from server.twins import population
from server.twins.base import Word
from server.twins.push import webpush as twins
from tests.server.providers import cases
from tests.support import yard

CONTENT = rules.WebPushContent(title="Sale", body="Now", url="/sale", topic="sale", urgency="high", ttl_s=60)
PRIVATE, PUBLIC = vapid.make()
BROWSER = twins.subscription({"seed": "any"}, "", "device-1")["keys"]


def settings(**more: Any) -> webpush.WebPushSettings:
    plain = {"public_key": PUBLIC, "contact": "mailto:push@example.com"} | more
    return form.build(webpush.WebPushSettings, plain, {"private_key": PRIVATE})


def address(endpoint: str, keys: dict[str, str] | None = None) -> str:
    return json.dumps({"endpoint": endpoint, "expirationTime": None, "keys": keys or BROWSER})


@contextlib.asynccontextmanager
async def opened() -> AsyncIterator[tuple[yard.Opened, webpush.WebPush]]:
    async with yard.opened(twins.WebPushTwin) as around:
        plain, secrets = twins.WebPushTwin.account(around.yard.credentials["push/webpush"])
        context = cases.context(around.endpoints["push/webpush"], ca_pem=around.ca_pem)
        adapter = webpush.WebPush(form.build(webpush.WebPushSettings, plain, secrets), context)
        try:
            yield around, adapter
        finally:
            await adapter.close()


def subscriber(around: yard.Opened, name: str) -> str:
    credentials = around.yard.credentials["push/webpush"]
    return msgspec.json.encode(
        twins.subscription(credentials, around.endpoints["push/webpush"], name)
    ).decode()


def magic(around: yard.Opened, word: Word) -> str:
    return subscriber(around, population.recipient("webpush", word, "1"))


async def test_the_browser_reads_what_the_meter_counted() -> None:
    async with opened() as (around, adapter):
        accepted = await adapter.send(cases.outbound(CONTENT, magic(around, Word.DELIVERED), ref="t1-1-7"))
        arrival = around.inbox.last
    assert arrival.shown == json.loads(rules.payload(CONTENT, ref="t1-1-7"))
    assert (arrival.ref, arrival.outcome, arrival.taken) == ("t1-1-7", "delivered", True)
    assert (accepted.status, accepted.provider_ref) == (201, arrival.provider_ref)
    assert {"ttl": "60", "urgency": "high", "topic": "sale"}.items() <= arrival.wire.items()


@pytest.mark.parametrize(
    "word, expected, code, removed",
    [
        (Word.DEAD, errors.PermanentRecipient, "errno 102", True),
        (Word.BLOCKED, errors.PermanentRecipient, "errno 106", True),
        (Word.REFUSED, errors.PermanentContent, "errno 104", False),
        (Word.CUT, errors.Doubt, "cut", False),
    ],
)
async def test_a_word_that_refuses_is_the_error_it_should_be(
    word: Word, expected: type[errors.SendError], code: str, removed: bool
) -> None:
    async with opened() as (around, adapter):
        with pytest.raises(expected) as caught:
            await adapter.send(cases.outbound(CONTENT, magic(around, word)))
        assert around.inbox.last.taken == (word is Word.CUT)
    assert type(caught.value) is expected
    assert (caught.value.code, caught.value.remove_address) == (code, removed)


@pytest.mark.parametrize(
    "word, expected, wait_s",
    [(Word.THROTTLED, errors.Throttled, 1.0), (Word.DOWN, errors.ProviderDown, None)],
)
async def test_what_fails_at_first_is_taken_at_the_second_attempt(
    word: Word, expected: type[errors.SendError], wait_s: float | None
) -> None:
    async with opened() as (around, adapter):
        message = cases.outbound(CONTENT, magic(around, word))
        with pytest.raises(expected) as caught:
            await adapter.send(message)
        assert (await adapter.send(message)).status == 201
    assert caught.value.retry_after_s == wait_s


@pytest.mark.parametrize("word", [Word.SEEN, Word.SILENT, Word.BOUNCED, Word.UNREACHABLE, Word.SLOW])
async def test_words_that_push_cannot_express_are_taken(word: Word) -> None:
    async with opened() as (around, adapter):
        await adapter.send(cases.outbound(CONTENT, magic(around, word)))
        assert around.inbox.last.outcome == word


async def test_a_check_with_good_keys_is_good_throughout_and_sends_nothing() -> None:
    async with opened() as (around, adapter):
        rows = await adapter.check()
        assert [row.what for row in rows] == ["VAPID token", "Connection", "VAPID key"]
        assert all(row.good for row in rows)
        assert not any(arrival.taken for arrival in around.inbox.arrivals)


async def test_a_check_names_a_wrong_key_and_a_host_that_is_not_there() -> None:
    async with opened() as (around, _):
        context = cases.context(around.endpoints["push/webpush"], ca_pem=around.ca_pem)
        stranger = webpush.WebPush(settings(), context)
        assert [row.good for row in await stranger.check()] == [True, True, False]
        await stranger.close()
        lost = webpush.WebPush(settings(), cases.context("https://127.0.0.1:1"))
        rows = await lost.check()
        await lost.close()
    assert [(row.what, row.good) for row in rows] == [("VAPID token", True), ("Connection", False)]
    assert all(row.remedy for row in rows if not row.good)


Row = tuple[str, int, object, dict[str, str], base.Accepted | type[errors.SendError], str, float | None]
ROWS: list[Row] = [
    ("taken without a location", 200, b"", {}, base.Accepted(provider_ref=""), "", None),
    ("gone", 410, b"", {}, errors.PermanentRecipient, "410", None),
    ("unknown", 404, b"<html>", {}, errors.PermanentRecipient, "404", None),
    ("key not taken", 401, {"errno": 109}, {}, errors.AuthConfig, "errno 109", None),
    ("Apple's bad token", 403, {"reason": "BadJwtToken"}, {}, errors.AuthConfig, "BadJwtToken", None),
    ("too large", 413, b"", {}, errors.PermanentContent, "413", None),
    ("slow down", 429, b"", {"Retry-After": "7"}, errors.Throttled, "429", 7.0),
    ("overloaded", 503, {"errno": 202}, {}, errors.ProviderDown, "errno 202", None),
    ("bridge down", 502, b"\xff\xfe", {}, errors.ProviderDown, "502", None),
    ("strange status", 418, b"", {}, errors.PermanentContent, "418", None),
    (
        "sent elsewhere",
        302,
        b"",
        {"Location": "http://169.254.169.254/"},
        errors.PermanentContent,
        "302",
        None,
    ),
    ("asked again", 425, b"", {}, errors.Transient, "425", None),
    ("a page in its place", 200, b"<html>", {}, errors.Doubt, "unreadable-success", None),
    ("strange server fault", 599, b"", {}, errors.ProviderDown, "599", None),
    ("nested without end", 400, b'{"x":' + b"[" * 90_000, {}, errors.PermanentContent, "400", None),
    ("errno of no number", 400, {"errno": "x"}, {}, errors.PermanentContent, "400", None),
    ("moved out of reach", 301, b"", {"Location": "https://evil.test/"}, errors.Transient, "301", None),
]
CASES = [
    cases.Case(
        name=name,
        message=cases.outbound(CONTENT, ""),
        replies=(cases.Reply(status=status, body=body, headers=headers),),
        expect=expect,
        code=code,
        retry_after_s=retry_after_s,
    )
    for name, status, body, headers, expect, code, retry_after_s in ROWS
]


@pytest.mark.parametrize("case", CASES, ids=cases.names(CASES))
async def test_an_answer_becomes_the_error_it_stands_for(case: cases.Case) -> None:
    endpoints: list[str] = []

    def make(context: base.Context) -> base.Provider:
        endpoints.append(context.endpoint)
        adapter = webpush.WebPush(settings(), context)
        send = adapter.send

        async def to_the_script(message: base.Outbound) -> base.Accepted:
            return await send(msgspec.structs.replace(message, to=address(f"{context.endpoint}/wpush/1")))

        adapter.send = to_the_script  # type: ignore[method-assign]
        return adapter

    await cases.run(case, make)


async def test_a_subscription_that_moved_is_followed_once() -> None:
    async with cases.scripted() as script:
        script._replies = [
            cases.Reply(status=308, headers={"Location": f"{script.endpoint}/new"}),
            cases.Reply(status=201, headers={"Location": "/m/1"}),
        ]
        adapter = webpush.WebPush(settings(), cases.context(script.endpoint))
        accepted = await adapter.send(cases.outbound(CONTENT, address(f"{script.endpoint}/old")))
        await adapter.close()
    assert accepted.provider_ref == "/m/1"
    assert [request.target for request in script.requests] == ["/old", "/new"]


async def answers(*statuses: int) -> list[str]:
    """What a row of answers of one service becomes."""
    words = []
    replies = [cases.Reply(status=status) for status in statuses]
    async with cases.scripted(*replies) as script:
        adapter = webpush.WebPush(settings(), cases.context(script.endpoint))
        for _ in statuses:
            try:
                await adapter.send(cases.outbound(CONTENT, address(f"{script.endpoint}/1")))
                words.append("accepted")
            except errors.SendError as error:
                words.append("removed" if error.remove_address else error.disposition.value)
        await adapter.close()
    return words


async def test_one_subscription_of_another_key_is_that_recipients_fault() -> None:
    assert await answers(201, 403, 201) == ["accepted", "permanent-recipient", "accepted"]


async def test_a_key_mixed_up_halts_the_lane_and_removes_nobody() -> None:
    assert await answers(403, 403, 403, 403, 403, 403) == ["transient"] * 5 + ["auth-config"]
    assert (await answers(201, *[403] * 6))[-1] == "auth-config"


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/a",
        "https://fcm.googleapis.com.evil.test/a",
        "https://evil.test/fcm.googleapis.com",
        "https://user@fcm.googleapis.com/a",
        "https://fcm.googleapis.com@evil.test/a",
        "https://evil.test\\.push.services.mozilla.com/a",
        "https://evil.test%2f.push.services.mozilla.com/a",
        "https://evil.test?.push.services.mozilla.com/a",
        "https://evil.test#.push.services.mozilla.com/a",
        "https://push.services.mozilla.com:8443/a",
        "https://fcm.googleapis.com:22/a",
        "https://127.0.0.1/a",
        "https://[::1]/a",
        "https://xpush.services.mozilla.com/a",
        "https://fcm.googleapis.com/a b",
        "https://fcm.googleapis.com/a\n",
        "file:///etc/passwd",
        "",
    ],
)
async def test_a_subscription_can_lead_us_nowhere_but_to_a_push_service(endpoint: str) -> None:
    adapter = webpush.WebPush(settings(), cases.context(webpush.ANYWHERE))
    with pytest.raises(errors.PermanentRecipient) as caught:
        await adapter.send(cases.outbound(CONTENT, address(endpoint)))
    await adapter.close()
    assert caught.value.code == "unknown-service"


@pytest.mark.parametrize(
    "endpoint, origin",
    [
        ("https://fcm.googleapis.com/fcm/send/a:b-c_d", "https://fcm.googleapis.com"),
        ("https://FCM.googleapis.com:443/wp/a", "https://fcm.googleapis.com"),
        ("https://updates.push.services.mozilla.com/wpush/v2/a", "https://updates.push.services.mozilla.com"),
        ("https://web.push.apple.com/QGa?b=c", "https://web.push.apple.com"),
        ("https://wns2-par02p.notify.windows.com/w/?token=a", "https://wns2-par02p.notify.windows.com"),
    ],
)
async def test_the_audience_is_the_bare_origin_of_a_service(endpoint: str, origin: str) -> None:
    adapter = webpush.WebPush(settings(), cases.context(webpush.ANYWHERE))
    assert adapter._origin(endpoint) == origin
    await adapter.close()


async def test_a_sandbox_account_reaches_its_own_endpoint_alone() -> None:
    adapter = webpush.WebPush(settings(), cases.context("https://127.0.0.1:4433"))
    for elsewhere in (
        "https://fcm.googleapis.com/a",
        "https://127.0.0.1:44330/a",
        "https://127.0.0.1:4433@evil/",
    ):
        with pytest.raises(errors.PermanentRecipient):
            await adapter.send(cases.outbound(CONTENT, address(elsewhere)))
    await adapter.close()


@pytest.mark.parametrize(
    "to",
    [
        "",
        "nonsense",
        "[]",
        '{"endpoint": "https://fcm.googleapis.com/a"}',
        "[" * 100_000,
        address("https://fcm.googleapis.com/a", {"p256dh": "AAAA", "auth": BROWSER["auth"]}),
        address("https://fcm.googleapis.com/a", {"p256dh": BROWSER["p256dh"], "auth": "AAAA"}),
        address("https://fcm.googleapis.com/a", {"p256dh": "ü", "auth": BROWSER["auth"]}),
    ],
)
async def test_an_address_that_is_no_subscription_is_that_recipients_fault(to: str) -> None:
    adapter = webpush.WebPush(settings(), cases.context(webpush.ANYWHERE))
    with pytest.raises(errors.PermanentRecipient):
        await adapter.send(cases.outbound(CONTENT, to))
    await adapter.close()


async def test_a_payload_over_the_limit_never_leaves() -> None:
    adapter = webpush.WebPush(settings(), cases.context("https://127.0.0.1:1"))
    with pytest.raises(errors.PermanentContent):
        await adapter.send(
            cases.outbound(rules.WebPushContent(title="x" * 4000), address("https://127.0.0.1:1/a"))
        )
    await adapter.close()


@pytest.mark.parametrize("contact", ["push@example.com", "mailto:nobody", "http://example.com", ""])
def test_a_contact_push_services_would_refuse_is_named(contact: str) -> None:
    with pytest.raises(errors.BadSettings) as caught:
        settings(contact=contact)
    assert caught.value.place == "contact"


async def test_no_log_could_show_the_private_key() -> None:
    adapter = webpush.WebPush(settings(), cases.context("https://127.0.0.1:1"))
    with pytest.raises(errors.ProviderDown) as caught:
        await adapter.send(cases.outbound(CONTENT, address("https://127.0.0.1:1/a")))
    await adapter.close()
    for thing in (adapter, adapter.settings, adapter._tokens, caught.value):
        assert PRIVATE not in cases.shows(thing)
