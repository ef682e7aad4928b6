"""The Twilio adapter: what it posts, what it makes of every answer, and what it sends against the twin."""

import base64

import msgspec
import pytest

from server.channels import apns, sms
from server.providers import base, errors, form, registry
from server.providers.sms import twilio, twilio_check
from server.twins import base as twins
from server.twins import population
from server.twins.base import Word
from server.twins.sms import twilio as twin
from server.wire import providers as wire
from tests.server.providers import cases
from tests.support import yard

SID = "AC" + "0a" * 16
TOKEN = "5ecret-t0ken"
TEXT = sms.SmsContent(body="Hi Zoë & co: 100% + €")
TO = "+447400123456"


def settings(**more: object) -> twilio.Settings:
    values: dict[str, object] = {
        "account_sid": SID,
        "auth_token": base.Secret(TOKEN),
        "sender": "+15005550006",
    }
    return twilio.Settings(**(values | more))  # type: ignore[arg-type]


def make(context: base.Context) -> twilio.Twilio:
    return twilio.Twilio(settings(), context)


def refusal(status: int, code: int, *, retry_after: str = "") -> cases.Reply:
    body = {"code": code, "message": "as they put it", "more_info": "", "status": status}
    return cases.Reply(status=status, body=body, headers={"retry-after": retry_after} if retry_after else {})


def taken(sid: str = "SM" + "1" * 32, status: str = "queued") -> cases.Reply:
    return cases.Reply(status=201, body={"sid": sid, "status": status, "num_segments": "1"})


def is_a_form_of_ours(requests: list[cases.Request]) -> None:
    [request] = requests
    assert request.method == "POST"
    assert request.path == f"/2010-04-01/Accounts/{SID}/Messages.json"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert (
        base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode() == f"{SID}:{TOKEN}"
    )
    assert request.form == {
        "To": TO,
        "From": "+15005550006",
        "Body": TEXT.body,
        "StatusCallback": "https://desk.test/receipts/1?ref=t1-1-1",
    }


def is_from_the_pool(requests: list[cases.Request]) -> None:
    (request,) = requests
    assert b"From=%2B15005550009&" in request.body


MESSAGE = cases.outbound(TEXT, TO)
GOOD = base.Accepted(provider_ref="SM" + "1" * 32, status=201, detail="queued")
CASES = [
    cases.Case(name="taken", message=MESSAGE, replies=(taken(),), expect=GOOD, asks=is_a_form_of_ours),
    *(
        cases.Case(
            name=f"{status} {code}",
            message=MESSAGE,
            replies=(refusal(status, code),),
            expect=expect,
            code=str(code),
        )
        for status, code, expect in [
            (400, 21211, errors.PermanentRecipient),
            (400, 21614, errors.PermanentRecipient),
            (400, 21610, errors.PermanentRecipient),
            (400, 21606, errors.AuthConfig),
            (400, 21408, errors.AuthConfig),
            (400, 21617, errors.PermanentContent),
            (400, 99999, errors.PermanentContent),
            (401, 20003, errors.AuthConfig),
            (403, 99999, errors.AuthConfig),
            (404, 20404, errors.AuthConfig),
            (429, 20429, errors.Throttled),
            (429, 99999, errors.Throttled),
            (503, 20503, errors.ProviderDown),
            (503, 99999, errors.ProviderDown),
            (500, 20500, errors.Doubt),
            (504, 20504, errors.Doubt),
        ]
    ),
    cases.Case(
        name="from the pool's number",
        message=msgspec.structs.replace(MESSAGE, origin="+15005550009"),
        replies=(taken(),),
        expect=GOOD,
        asks=is_from_the_pool,
    ),
    cases.Case(
        name="asked to slow down for seven seconds",
        message=MESSAGE,
        replies=(refusal(429, 20429, retry_after="7"),),
        expect=errors.Throttled,
        retry_after_s=7.0,
    ),
    cases.Case(
        name="a success that names no message",
        message=MESSAGE,
        replies=(cases.Reply(status=201, body="<html>fine</html>"),),
        expect=errors.Doubt,
        code="unreadable-success",
    ),
    cases.Case(
        name="no answer", message=MESSAGE, replies=(cases.Reply(cut=True),), expect=errors.Doubt, code="cut"
    ),
    *(
        cases.Case(
            name=f"{status} from a gateway",
            message=MESSAGE,
            replies=(cases.Reply(status=status, body="<html>"),),
            expect=expect,
            code=f"http-{status}",
        )
        for status, expect in [
            (302, errors.AuthConfig),
            (403, errors.AuthConfig),
            (429, errors.Throttled),
            (502, errors.Doubt),
            (503, errors.ProviderDown),
            (204, errors.Doubt),
        ]
    ),
    cases.Case(
        name="a content of another channel",
        message=cases.outbound(apns.ApnsContent(title="x"), TO),
        replies=(),
        expect=errors.PermanentContent,
    ),
    cases.Case(
        name="half of a character",
        message=cases.outbound(sms.SmsContent(body="\ud83d"), TO),
        replies=(),
        expect=errors.PermanentContent,
        code="encoding",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=cases.names(CASES))
async def test_an_answer_becomes_an_outcome(case: cases.Case) -> None:
    await cases.run(case, make)


async def test_an_opt_out_is_marked_so_that_nobody_writes_again() -> None:
    async with cases.scripted(refusal(400, 21610), refusal(400, 21211)) as script:
        provider = make(cases.context(script.endpoint))
        left, unknown = await cases.outcome(provider, MESSAGE), await cases.outcome(provider, MESSAGE)
        await provider.close()
    assert isinstance(left, errors.PermanentRecipient)
    assert left.opted_out
    assert isinstance(unknown, errors.PermanentRecipient)
    assert not unknown.opted_out


async def test_pictures_validity_attempt_and_service_are_posted_where_set() -> None:
    content = sms.SmsContent(media_urls=["https://a.test/1.png", "https://a.test/2.png"], validity_s=600)
    service = "MG" + "b" * 32
    async with cases.scripted(taken()) as script:
        context = cases.context(script.endpoint, receipts_url="")
        provider = twilio.Twilio(
            settings(
                sender="",
                messaging_service_sid=service,
                api_key_sid="SK" + "c" * 32,
                api_key_secret=base.Secret("k3y"),
            ),
            context,
        )
        await provider.send(base.Outbound(ref="r", to=TO, content=content, attempt=3))
        await provider.close()
    [request] = script.requests
    assert request.body.decode() == (
        f"To=%2B447400123456&MessagingServiceSid={service}&MediaUrl=https%3A%2F%2Fa.test%2F1.png"
        "&MediaUrl=https%3A%2F%2Fa.test%2F2.png&ValidityPeriod=600&Attempt=3"
    )
    user = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
    assert user == "SK" + "c" * 32 + ":k3y"


@pytest.mark.parametrize(
    "more, place",
    [
        ({"account_sid": "AC123"}, "account_sid"),
        ({"sender": ""}, "sender"),
        ({"sender": "not a sender at all"}, "sender"),
        ({"messaging_service_sid": "MG1"}, "messaging_service_sid"),
        ({"api_key_sid": "SK1"}, "api_key_sid"),
        ({"api_key_secret": base.Secret("x")}, "api_key_sid"),
        ({"api_key_sid": "SK" + "0" * 32}, "api_key_secret"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_their_place(more: dict[str, object], place: str) -> None:
    with pytest.raises(errors.BadSettings) as caught:
        twilio.Twilio(settings(**more), cases.context("https://api.twilio.com"))
    assert caught.value.place == place
    assert caught.value.remedy


def test_the_form_asks_for_what_the_settings_need() -> None:
    assert registry.PROVIDERS["sms/twilio"] is twilio.Twilio
    drawn = {field.name: field for field in form.fields(twilio.Settings)}
    assert [name for name, field in drawn.items() if field.required] == ["account_sid", "auth_token"]
    assert drawn["auth_token"].kind is wire.FieldKind.SECRET
    assert all(field.help for field in drawn.values())


async def test_no_secret_shows_in_settings_provider_or_error() -> None:
    async with cases.scripted(refusal(401, 20003)) as script:
        provider = make(cases.context(script.endpoint))
        found = await cases.outcome(provider, MESSAGE)
        await provider.close()
    for thing in (repr(provider), repr(provider.settings), cases.shows(found)):
        assert TOKEN not in thing
        assert base64.b64encode(f"{SID}:{TOKEN}".encode()).decode() not in thing


async def send(around: yard.Opened, to: str, **more: object) -> base.Accepted | errors.SendError:
    provider = against(around, **more)
    try:
        return await cases.outcome(provider, cases.outbound(TEXT, to))
    finally:
        await provider.close()


def against(around: yard.Opened, **more: object) -> twilio.Twilio:
    values, secrets = twin.Twilio.account(around.credentials["sms/twilio"])
    built = form.build(twilio.Settings, values | more, secrets)  # type: ignore[arg-type]
    context = cases.context(
        around.endpoints["sms/twilio"], ca_pem=around.ca_pem, receipts_url=around.hook("sms/twilio")
    )
    return twilio.Twilio(built, context)


REFUSALS = {
    Word.DEAD: (errors.PermanentRecipient, "21211"),
    Word.BLOCKED: (errors.PermanentRecipient, "21610"),
    Word.REFUSED: (errors.PermanentContent, "21618"),
    Word.CUT: (errors.Doubt, "cut"),
}
AT_FIRST = {Word.THROTTLED: (errors.Throttled, "20429"), Word.DOWN: (errors.ProviderDown, "20503")}
K = base.ReceiptKind
NEWS = {
    Word.BOUNCED: [K.ACCEPTED, K.FAILED],
    Word.UNREACHABLE: [K.ACCEPTED, K.FAILED],
    Word.DOUBLED: [K.ACCEPTED, K.ACCEPTED, K.DELIVERED, K.DELIVERED],
    Word.REPLIED: [K.ACCEPTED, K.DELIVERED, K.REPLIED],
    Word.UNSUBSCRIBED: [K.ACCEPTED, K.DELIVERED, K.UNSUBSCRIBED],
    Word.SILENT: [],
}


@pytest.mark.parametrize("word", [word for word in Word if word is not Word.SLOW])
async def test_each_magic_recipient_gets_what_its_word_says(word: Word) -> None:
    to = population.recipient("sms", word, "3")
    async with yard.opened(twin.Twilio) as around:
        provider = against(around)
        found = await cases.outcome(provider, cases.outbound(TEXT, to))
        if word in AT_FIRST:
            kind, code = AT_FIRST[word]
            assert type(found) is kind
            assert found.code == code
            found = await cases.outcome(provider, cases.outbound(TEXT, to))
        if word in REFUSALS:
            kind, code = REFUSALS[word]
            assert type(found) is kind
            assert found.code == code
        else:
            assert isinstance(found, base.Accepted)
            assert found.provider_ref == around.inbox.last.provider_ref
        expected = (
            [] if word in REFUSALS and word is not Word.CUT else NEWS.get(word, [K.ACCEPTED, K.DELIVERED])
        )
        news = [await receipt(provider, request) for request in await around.catcher.wait(len(expected))]
        await provider.close()
        await yard.until(lambda: around.postman.waiting == 0, what="an end of the receipts")
        assert len(around.catcher.caught) == len(expected)
    assert sorted(item.kind for item in news) == sorted(expected)
    for item in news:
        if item.kind in (K.REPLIED, K.UNSUBSCRIBED):
            assert item.address == to
        else:
            assert item.ref == around.inbox.last.ref == "t1-1-1"
    if word is Word.SHUFFLED:
        assert [item.kind for item in news] == [K.DELIVERED, K.ACCEPTED]
    assert len({item.event_id for item in news}) == len(set(expected))
    assert [item.suppress for item in news if item.kind is K.FAILED] == [
        word is Word.BOUNCED
    ] * expected.count(K.FAILED)


async def receipt(provider: twilio.Twilio, request: twins.Request) -> base.Receipt:
    posted = cases.posted(request.body, headers=request.headers, url=request.url)
    [found] = (await provider.receipts(posted)).receipts
    return found


async def test_a_slow_recipient_is_answered_after_two_seconds() -> None:
    async with yard.opened(twin.Twilio) as around:
        found = await send(around, population.recipient("sms", Word.SLOW))
    assert isinstance(found, base.Accepted)


async def test_a_messaging_service_accepts_first_and_queues_later() -> None:
    async with yard.opened(twin.Twilio) as around:
        service = around.credentials["sms/twilio"]["messaging_service_sid"]
        found = await send(
            around, population.recipient("sms", Word.DELIVERED), messaging_service_sid=service, sender=""
        )
        assert isinstance(found, base.Accepted)
        assert found.detail == "accepted"
        requests = await around.catcher.wait(3)
    assert [b"queued" in request.body for request in requests] == [True, False, False]


async def test_a_twin_that_is_down_is_no_doubt() -> None:
    async with yard.opened(twin.Twilio) as around:
        provider = against(around)
        await around.twins["sms/twilio"].stop()
        found = await cases.outcome(provider, MESSAGE)
        await provider.close()
    assert type(found) is errors.ProviderDown


async def test_a_check_finds_the_account_and_its_number() -> None:
    async with yard.opened(twin.Twilio) as around:
        service = around.credentials["sms/twilio"]["messaging_service_sid"]
        provider = against(around, messaging_service_sid=service)
        rows = await provider.check()
        await provider.close()
    assert [(row.what, row.good) for row in rows] == [
        ("Credentials", True),
        ("Messaging service", True),
        ("Sender", True),
        ("Status callback", True),
    ]


@pytest.mark.parametrize(
    "more, what, words",
    [
        ({"sender": "+14155550100"}, "Sender", "has no number"),
        ({"sender": "12345"}, "Sender", "has no short code"),
        ({"account_sid": "AC" + "0" * 32}, "Credentials", "20003"),
        ({"messaging_service_sid": "MG" + "0" * 32}, "Messaging service", "20404"),
    ],
)
async def test_a_check_names_what_is_wrong(more: dict[str, object], what: str, words: str) -> None:
    async with yard.opened(twin.Twilio) as around:
        provider = against(around, **more)
        rows = await provider.check()
        await provider.close()
    bad = next(row for row in rows if not row.good)
    assert bad.what == what
    assert words in bad.message
    assert bad.remedy


@pytest.mark.parametrize(
    "url, words",
    [("", "not told"), ("https://a_b.test/x", "underscore"), ("http://127.0.0.1:80/x", "loopback")],
)
def test_a_check_says_when_receipts_could_never_come(url: str, words: str) -> None:
    row = twilio_check.callback_row(receipts_url=url, endpoint=twilio.Twilio.default_endpoint)
    assert not row.good
    assert words in row.message


async def test_a_check_without_an_answer_says_so() -> None:
    async with cases.scripted(cases.Reply(status=200, body="<html>")) as script:
        provider = make(cases.context(script.endpoint))
        rows = await provider.check()
        await provider.close()
    assert not rows[0].good
    assert "does not answer like Twilio" in rows[0].message
