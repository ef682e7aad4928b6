"""The WhatsApp adapter: what it puts on the wire, what it makes of answers, and the real twin over real TLS."""

import dataclasses

import msgspec
import pytest

from server.channels import whatsapp
from server.providers import base, errors, form
from server.providers.whatsapp import cloud
from server.twins.base import Word
from server.twins.population import recipient
from server.twins.whatsapp import cloud as twin
from tests.server.providers import cases
from tests.support import yard

TOKEN, APP_SECRET, VERIFY_TOKEN = "EAAGtokenForTests", "app_secret_for_tests", "verify_token_for_tests"
PHONE_ID, WABA_ID = "106540352242922", "102290129340398"
TO = "+447700900123"
KEY = "whatsapp/cloud"

SPRING = whatsapp.WhatsAppContent(
    template="spring_drop",
    language="en",
    header=whatsapp.Header(kind="image", link="https://cdn.northwind.test/spring.jpg"),
    body=[
        whatsapp.Parameter(name="first_name", text="Zoë"),
        whatsapp.Parameter(name="code", text="SPRING-39"),
    ],
    buttons=[whatsapp.Button(index=0, kind="url", value="members?u=7")],
)
ORDER = whatsapp.WhatsAppContent(
    template="order_update",
    category="utility",
    body=[whatsapp.Parameter(text=text) for text in ("Ana", "N-1042", "on Friday")],
)


def settings(**changes: str) -> cloud.Settings:
    plain = {"phone_number_id": PHONE_ID, "waba_id": WABA_ID} | {
        name: value for name, value in changes.items() if name not in ("token", "app_secret", "verify_token")
    }
    secrets = {"token": TOKEN, "app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN} | {
        name: value for name, value in changes.items() if name in ("token", "app_secret", "verify_token")
    }
    return form.build(cloud.Settings, plain, secrets)


def make(context: base.Context) -> base.Provider:
    return cloud.Cloud(settings(), context)


def taken(wamid: str = "wamid.A1", **more: str) -> cases.Reply:
    message = {"id": wamid, **more}
    return cases.Reply(body={"messaging_product": "whatsapp", "contacts": [], "messages": [message]})


def refused(code: int, status: int = 400, *, subcode: int = 0, wait: str = "") -> cases.Reply:
    error = {
        "message": f"(#{code}) as they put it",
        "type": "OAuthException",
        "code": code,
        "error_subcode": subcode,
        "error_data": {"messaging_product": "whatsapp", "details": "more of it"},
    }
    return cases.Reply(status=status, body={"error": error}, headers={"retry-after": wait} if wait else {})


def whole_message(requests: list[cases.Request]) -> None:
    (request,) = requests
    assert request.method == "POST"
    assert request.target == f"/v23.0/{PHONE_ID}/messages"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["content-type"] == "application/json"
    assert request.json == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": TO,
        "type": "template",
        "biz_opaque_callback_data": "t1-1-1",
        "template": {
            "name": "spring_drop",
            "language": {"policy": "deterministic", "code": "en"},
            "components": [
                {
                    "type": "header",
                    "parameters": [
                        {"type": "image", "image": {"link": "https://cdn.northwind.test/spring.jpg"}}
                    ],
                },
                {
                    "type": "body",
                    "parameters": [
                        {"type": "text", "parameter_name": "first_name", "text": "Zoë"},
                        {"type": "text", "parameter_name": "code", "text": "SPRING-39"},
                    ],
                },
                {
                    "type": "button",
                    "sub_type": "url",
                    "index": "0",
                    "parameters": [{"type": "text", "text": "members?u=7"}],
                },
            ],
        },
    }


def positional_parameters(requests: list[cases.Request]) -> None:
    template = requests[0].json["template"]
    assert isinstance(template, dict)
    assert template["components"] == [
        {
            "type": "body",
            "parameters": [{"type": "text", "text": text} for text in ("Ana", "N-1042", "on Friday")],
        }
    ]


MESSAGE = cases.outbound(SPRING, TO)
ACCEPTED = base.Accepted(provider_ref="wamid.A1")

CASES = [
    cases.Case(name="accepted", message=MESSAGE, replies=(taken(),), expect=ACCEPTED, asks=whole_message),
    cases.Case(
        name="positional parameters",
        message=cases.outbound(ORDER, TO),
        replies=(taken(message_status="accepted"),),
        expect=ACCEPTED,
        asks=positional_parameters,
    ),
    cases.Case(
        name="held for assessment",
        message=MESSAGE,
        replies=(taken(message_status="held_for_quality_assessment"),),
        expect=base.Accepted(provider_ref="wamid.A1", detail=cloud.HELD["held_for_quality_assessment"]),
    ),
    *(
        cases.Case(name=name, message=MESSAGE, replies=(refused(code, status),), expect=kind, code=str(code))
        for name, code, status, kind in (
            ("token expired", 190, 401, errors.AuthConfig),
            ("permission in a range", 205, 403, errors.AuthConfig),
            ("not on WhatsApp", 131026, 400, errors.PermanentRecipient),
            ("held back for engagement", 131049, 400, errors.PermanentRecipient),
            ("stopped marketing", 131050, 400, errors.PermanentRecipient),
            ("wrong number of parameters", 132000, 400, errors.PermanentContent),
            ("throughput", 130429, 400, errors.Throttled),
            ("service unavailable", 131016, 503, errors.ProviderDown),
            ("unknown code", 999999, 400, errors.PermanentContent),
            ("unknown code of a fault of theirs", 999999, 500, errors.ProviderDown),
        )
    ),
    cases.Case(
        name="one person too often",
        message=MESSAGE,
        replies=(refused(131056),),
        expect=errors.Throttled,
        code="131056",
        retry_after_s=6.0,
    ),
    cases.Case(
        name="throughput with a time",
        message=MESSAGE,
        replies=(refused(130429, 429, wait="9"),),
        expect=errors.Throttled,
        retry_after_s=9.0,
    ),
    cases.Case(
        name="a sender number that does not exist",
        message=MESSAGE,
        replies=(refused(100, subcode=33),),
        expect=errors.AuthConfig,
        code="33",
    ),
    cases.Case(
        name="error data as text",
        message=MESSAGE,
        replies=(cases.Reply(status=400, body={"error": {"code": 131009, "error_data": "odd"}}),),
        expect=errors.PermanentContent,
    ),
    cases.Case(
        name="cut before the answer", message=MESSAGE, replies=(cases.Reply(cut=True),), expect=errors.Doubt
    ),
    *(
        cases.Case(
            name=name,
            message=MESSAGE,
            replies=(cases.Reply(status=status, body=body),),
            expect=kind,
        )
        for name, status, body, kind in (
            ("a success that names no message", 200, {"messages": []}, errors.Doubt),
            ("a page in place of a success", 200, "<html>hello</html>", errors.Doubt),
            ("a gateway that lost its server", 502, "<html>bad gateway</html>", errors.Doubt),
            ("a gateway that waited in vain", 504, "", errors.Doubt),
            ("a page for a fault", 503, "<html>maintenance</html>", errors.ProviderDown),
            ("a page for too many", 429, "slow down", errors.Throttled),
            ("a page that refuses", 403, "<html>forbidden</html>", errors.AuthConfig),
            ("a redirect", 302, "", errors.AuthConfig),
            ("nested without end", 400, "[" * 100_000, errors.AuthConfig),
            ("not text at all", 400, b'{"error": "\xff"}', errors.AuthConfig),
        )
    ),
]


@pytest.mark.parametrize("case", CASES, ids=cases.names(CASES))
async def test_an_answer_becomes_an_outcome(case: cases.Case) -> None:
    await cases.run(case, make)


async def test_nothing_listens_and_nothing_has_left() -> None:
    provider = make(cases.context("http://127.0.0.1:9"))
    with pytest.raises(errors.ProviderDown):
        await provider.send(MESSAGE)
    await provider.close()


@pytest.mark.parametrize(
    "header, component",
    [
        (
            whatsapp.Header(kind="text", text="Spring"),
            {"type": "header", "parameters": [{"type": "text", "text": "Spring"}]},
        ),
        (
            whatsapp.Header(kind="text", name="season", text="Spring"),
            {
                "type": "header",
                "parameters": [{"type": "text", "parameter_name": "season", "text": "Spring"}],
            },
        ),
        (
            whatsapp.Header(kind="document", link="https://a.test/b.pdf", filename="b.pdf"),
            {
                "type": "header",
                "parameters": [
                    {"type": "document", "document": {"link": "https://a.test/b.pdf", "filename": "b.pdf"}}
                ],
            },
        ),
        (
            whatsapp.Header(kind="video", link="https://a.test/b.mp4", filename="left out"),
            {"type": "header", "parameters": [{"type": "video", "video": {"link": "https://a.test/b.mp4"}}]},
        ),
    ],
)
def test_each_kind_of_header_has_its_own_form(header: whatsapp.Header, component: object) -> None:
    made = cloud.template(whatsapp.WhatsAppContent(template="a", header=header))
    assert made["components"] == [component]


@pytest.mark.parametrize(
    "kind, parameter",
    [
        ("url", {"type": "text", "text": "v"}),
        ("quick_reply", {"type": "payload", "payload": "v"}),
        ("copy_code", {"type": "coupon_code", "coupon_code": "v"}),
    ],
)
def test_each_kind_of_button_has_its_own_parameter(kind: str, parameter: object) -> None:
    button = whatsapp.Button(index=2, kind=kind, value="v")  # type: ignore[arg-type]
    made = cloud.template(whatsapp.WhatsAppContent(template="a", buttons=[button]))
    assert made["components"] == [
        {"type": "button", "sub_type": kind, "index": "2", "parameters": [parameter]}
    ]


def test_a_template_without_values_has_no_components() -> None:
    assert "components" not in cloud.template(whatsapp.WhatsAppContent(template="hello_world"))


@pytest.mark.parametrize(
    "place, value",
    [
        ("phone_number_id", "+44 20 7946 0000"),
        ("waba_id", "../me"),
        ("version", "23"),
        ("version", "v23.0/me"),
        ("token", "two words"),
        ("token", "line\nbreak"),
        ("app_secret", "spä"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(place: str, value: str) -> None:
    with pytest.raises(errors.BadSettings) as caught:
        cloud.Cloud(settings(**{place: value}), cases.context("https://graph.facebook.com"))
    assert caught.value.place == place
    assert caught.value.remedy
    if place in ("token", "app_secret"):
        assert value not in cases.shows(caught.value)


async def test_no_secret_shows_in_settings_adapter_or_errors() -> None:
    async with cases.scripted(refused(190, 401)) as script:
        provider = make(cases.context(script.endpoint))
        with pytest.raises(errors.AuthConfig) as caught:
            await provider.send(MESSAGE)
        await provider.close()
    shown = "\n".join(map(cases.shows, (provider.settings, provider.context, caught.value)))
    for secret in (TOKEN, APP_SECRET, VERIFY_TOKEN):
        assert secret not in shown
        assert secret not in repr(provider)


def account(around: yard.Opened, *, token: str = "") -> cloud.Cloud:
    """The adapter with what an operator would type in to use the twin."""
    plain, secrets = twin.Cloud.account(around.yard.credentials[KEY])
    if token:
        secrets = {**secrets, "token": token}
    built = form.build(cloud.Settings, plain, secrets)
    return cloud.Cloud(built, cases.context(around.endpoints[KEY], ca_pem=around.ca_pem))


#: A magic word to the outcome of the first attempt, and the news that come in their order.
OUTCOMES = [
    (Word.DELIVERED, base.Accepted, ["accepted", "delivered"]),
    (Word.SEEN, base.Accepted, ["accepted", "delivered", "seen"]),
    (Word.CLICKED, base.Accepted, ["accepted", "delivered", "seen"]),
    (Word.REPLIED, base.Accepted, ["accepted", "delivered", "seen", "replied"]),
    (Word.DEAD, errors.PermanentRecipient, []),
    (Word.BLOCKED, errors.PermanentRecipient, []),
    (Word.REFUSED, errors.PermanentContent, []),
    (Word.BOUNCED, base.Accepted, ["accepted", "failed"]),
    (Word.UNREACHABLE, base.Accepted, ["accepted"]),
    (Word.SILENT, base.Accepted, []),
    (Word.COMPLAINED, base.Accepted, ["accepted", "delivered"]),
    (Word.UNSUBSCRIBED, base.Accepted, ["accepted", "delivered", "unsubscribed"]),
    (Word.THROTTLED, errors.Throttled, []),
    (Word.DOWN, errors.ProviderDown, []),
    (Word.SLOW, base.Accepted, ["accepted", "delivered"]),
    (Word.CUT, errors.Doubt, ["accepted", "delivered"]),
    (Word.DOUBLED, base.Accepted, ["accepted", "accepted", "delivered", "delivered", "seen", "seen"]),
    (Word.SHUFFLED, base.Accepted, ["seen", "delivered", "accepted"]),
]


@pytest.mark.parametrize(
    "usage, wait_s",
    [
        ('{"102290129340398": [{"call_count": 100, "estimated_time_to_regain_access": 19}]}', 1140.0),
        ('{"102290129340398": [{"call_count": 3, "estimated_time_to_regain_access": 0}]}', None),
        ('{"102290129340398": [{"estimated_time_to_regain_access": 1e12}]}', None),
        ('{"102290129340398": [{"estimated_time_to_regain_access": -5}]}', None),
        ("[" * 90_000, None),
        ('{"x": 1}', None),
    ],
)
async def test_the_minutes_until_a_used_up_limit_is_regained_are_waited_for(
    usage: str, wait_s: float | None
) -> None:
    answer = dataclasses.replace(refused(80007, 429), headers={"x-business-use-case-usage": usage[:4000]})
    async with cases.scripted(answer) as script:
        provider = make(cases.context(script.endpoint))
        found = await cases.outcome(provider, MESSAGE)
        await provider.close()
    assert isinstance(found, errors.Throttled)
    assert found.retry_after_s == wait_s


async def test_every_magic_word_has_its_outcome_and_its_news() -> None:
    assert {word for word, _, _ in OUTCOMES} == set(Word)
    async with yard.opened(twin.Cloud, pace=0.2) as around:
        provider = account(around)
        heard: dict[str, list[base.Receipt]] = {}

        async def listen(count: int) -> None:
            for caught in await around.catcher.wait(count):
                answer = await provider.receipts(cases.posted(caught.body, headers=caught.headers))
                for receipt in answer.receipts:
                    heard.setdefault(receipt.address, []).append(receipt)
            around.catcher.caught.clear()

        refs: dict[str, str] = {}
        for word, expected, _ in OUTCOMES:
            to = recipient("whatsapp", word)
            message = cases.outbound(SPRING, to, ref=f"t1-{word}")
            outcome = await cases.outcome(provider, message)
            assert type(outcome) is expected, word
            if isinstance(outcome, base.Accepted):
                refs[to] = outcome.provider_ref
        for word in (Word.THROTTLED, Word.DOWN):  # their second attempt is taken
            to = recipient("whatsapp", word)
            refs[to] = (await provider.send(cases.outbound(SPRING, to, ref=f"t1-{word}"))).provider_ref
        expected_news = sum(len(news) for _, _, news in OUTCOMES) + 4
        while sum(map(len, heard.values())) < expected_news:
            await listen(1)
        await provider.close()
    for word, _, news in OUTCOMES:
        to = recipient("whatsapp", word)
        kinds = [receipt.kind.value for receipt in heard.get(to, [])]
        assert kinds == (
            news or (["accepted", "delivered"] if word in (Word.THROTTLED, Word.DOWN) else [])
        ), word
        for receipt in heard.get(to, []):
            assert receipt.at is not None
            if receipt.kind not in (base.ReceiptKind.REPLIED, base.ReceiptKind.UNSUBSCRIBED):
                assert receipt.ref == f"t1-{word}"
            if to in refs and receipt.kind is not base.ReceiptKind.UNSUBSCRIBED:
                assert receipt.provider_ref == refs[to]
    doubled = heard[recipient("whatsapp", Word.DOUBLED)]
    assert len({receipt.event_id for receipt in doubled}) == 3
    (failed,) = [one for one in heard[recipient("whatsapp", Word.BOUNCED)] if one.kind == "failed"]
    assert (failed.code, failed.suppress) == ("131026", True)


async def test_the_twin_and_the_adapter_agree_on_the_positional_template() -> None:
    async with yard.opened(twin.Cloud) as around:
        provider = account(around)
        await provider.send(cases.outbound(ORDER, "+447700900123"))
        await provider.close()
        arrival = around.inbox.last
    assert arrival.text == "Hello Ana, your order N-1042 is on its way and arrives on Friday."
    assert arrival.ref == "t1-1-1"
    assert arrival.taken


async def test_a_check_of_good_credentials_names_the_sender_and_the_templates() -> None:
    async with yard.opened(twin.Cloud) as around:
        provider = account(around)
        rows = await provider.check()
        await provider.close()
        assert not around.inbox.arrivals
    assert [row.good for row in rows] == [True, True]
    assert "Northwind Running" in rows[0].message
    assert "order_update" in rows[1].message
    assert "spring_drop" in rows[1].message


async def test_a_check_with_a_wrong_token_says_so_and_what_to_do() -> None:
    async with yard.opened(twin.Cloud) as around:
        provider = account(around, token="EAAwrong")
        rows = await provider.check()
        await provider.close()
    assert [row.good for row in rows] == [False, False]
    assert all("190" in row.message and row.remedy for row in rows)
    assert "EAAwrong" not in str(rows)


async def test_a_check_of_something_that_is_not_the_graph_api_says_so() -> None:
    page = cases.Reply(body="<html>hello</html>")
    async with cases.scripted(page, cases.Reply(body={"data": []})) as script:
        provider = make(cases.context(script.endpoint))
        rows = await provider.check()
        await provider.close()
    assert [row.good for row in rows] == [False, False]
    assert rows[0].remedy == "Check the account's endpoint."
    assert "approved" in rows[1].remedy


async def test_an_untrusted_certificate_is_refused_before_anything_leaves() -> None:
    async with yard.opened(twin.Cloud) as around:
        plain, secrets = twin.Cloud.account(around.yard.credentials[KEY])
        built = form.build(cloud.Settings, plain, secrets)
        provider = cloud.Cloud(built, cases.context(around.endpoints[KEY]))
        with pytest.raises(errors.ProviderDown) as caught:
            await provider.send(MESSAGE)
        await provider.close()
        assert not around.inbox.arrivals
    assert caught.value.code == "tls-untrusted"


def is_from_the_pool(requests: list[cases.Request]) -> None:
    assert [request.target for request in requests] == ["/v23.0/106540352242999/messages"]


async def test_a_message_leaves_from_the_pools_number() -> None:
    sent = msgspec.structs.replace(MESSAGE, origin="106540352242999")
    case = cases.Case(name="pool", message=sent, replies=(taken(),), expect=ACCEPTED, asks=is_from_the_pool)
    await cases.run(case, make)
    assert cloud.Cloud.origin_fault("106540352242999") == ""
    assert "not the ID" in cloud.Cloud.origin_fault("+49171")
