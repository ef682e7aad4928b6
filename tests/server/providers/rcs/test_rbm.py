"""The RCS adapter: what it puts on the wire, what it makes of answers, and the real twin over real TLS."""

from urllib import parse

import msgspec
import pytest

from server.channels import rcs
from server.providers import base, errors, form
from server.providers.rcs import rbm
from server.twins.base import Word
from server.twins.population import recipient
from server.twins.rcs import rbm as twin
from tests.server.providers import cases
from tests.server.providers.rcs import keys
from tests.support import yard

CLIENT_TOKEN = "SJENCPGJESMGUFPY"
AGENT = "northwind_agent"
TO = "+447700900123"
KEY = "rcs/rbm"
TOKEN_PATH = "/token"
GRANTED = {TOKEN_PATH: cases.Reply(body={"access_token": "ya29.first", "expires_in": 3599})}

TEXT = rcs.RcsContent(
    text="Hi Zoë, the spring drop is open.",
    suggestions=[rcs.Suggestion(text="Show all shoes", postback="all"), rcs.Suggestion(text="Stop")],
)
CARD = rcs.RcsContent(
    kind="card",
    cards=[
        rcs.Card(
            title="Trail 39",
            description="Light and quick.",
            media_url="https://cdn.northwind.test/trail.jpg",
            suggestions=[rcs.Suggestion(kind="open_url", text="Buy", url="https://northwind.test/t39")],
        )
    ],
)


def settings(**changes: str) -> rbm.Settings:
    secrets = {"service_account": keys.key_file("/token"), "client_token": CLIENT_TOKEN}
    plain = {"agent_id": AGENT}
    for name, value in changes.items():
        (secrets if name in secrets else plain)[name] = value
    return form.build(rbm.Settings, plain, secrets)


def make(context: base.Context) -> base.Provider:
    return rbm.Rbm(settings(), context)


def name(ref: str = "t1-1-1") -> str:
    return f"phones/{TO}/agentMessages/{ref}"


def taken() -> cases.Reply:
    return cases.Reply(body={"name": name(), "sendTime": "2026-11-20T08:00:00Z"})


def refused(status: int, word: str, *, wait: str = "") -> cases.Reply:
    error = {"code": status, "message": "as they put it", "status": word}
    return cases.Reply(status=status, body={"error": error}, headers={"retry-after": wait} if wait else {})


def whole_message(requests: list[cases.Request]) -> None:
    (request,) = requests
    assert request.method == "POST"
    assert request.path == "/v1/phones/%2B447700900123/agentMessages"
    assert request.query == {"messageId": "t1-1-1", "agentId": AGENT}
    assert request.headers["authorization"] == "Bearer ya29.first"
    assert request.body == rcs.payload(TEXT, ref="t1-1-1")
    assert request.json == {
        "contentMessage": {
            "text": "Hi Zoë, the spring drop is open.",
            "suggestions": [
                {"reply": {"text": "Show all shoes", "postbackData": "all;ref=t1-1-1"}},
                {"reply": {"text": "Stop", "postbackData": "Stop;ref=t1-1-1"}},
            ],
        },
        "messageTrafficType": "PROMOTION",
        "ttl": "172800s",
    }


MESSAGE = cases.outbound(TEXT, TO)
ACCEPTED = base.Accepted(provider_ref=name())

CASES = [
    cases.Case(name="accepted", message=MESSAGE, replies=(taken(),), expect=ACCEPTED, asks=whole_message),
    cases.Case(
        name="taken before under the same id",
        message=MESSAGE,
        replies=(refused(409, "ALREADY_EXISTS"),),
        expect=base.Accepted(provider_ref=name(), status=409, detail="was taken before"),
    ),
    *(
        cases.Case(
            name=word.lower(), message=MESSAGE, replies=(refused(status, word),), expect=kind, code=word
        )
        for status, word, kind in (
            (400, "INVALID_ARGUMENT", errors.PermanentContent),
            (400, "FAILED_PRECONDITION", errors.AuthConfig),
            (403, "PERMISSION_DENIED", errors.AuthConfig),
            (404, "NOT_FOUND", errors.PermanentRecipient),
            (429, "RESOURCE_EXHAUSTED", errors.Throttled),
            (500, "INTERNAL", errors.ProviderDown),
            (503, "UNAVAILABLE", errors.ProviderDown),
            (504, "DEADLINE_EXCEEDED", errors.ProviderDown),
            (400, "SOMETHING_NEW", errors.PermanentContent),
            (500, "SOMETHING_NEW", errors.ProviderDown),
        )
    ),
    cases.Case(
        name="too many with a time",
        message=MESSAGE,
        replies=(refused(429, "RESOURCE_EXHAUSTED", wait="7"),),
        expect=errors.Throttled,
        retry_after_s=7.0,
    ),
    cases.Case(
        name="token refused twice",
        message=MESSAGE,
        replies=(refused(401, "UNAUTHENTICATED"), refused(401, "UNAUTHENTICATED")),
        expect=errors.AuthConfig,
        code="UNAUTHENTICATED",
    ),
    cases.Case(
        name="token refused once",
        message=MESSAGE,
        replies=(refused(401, "UNAUTHENTICATED"), taken()),
        expect=ACCEPTED,
    ),
    cases.Case(name="cut", message=MESSAGE, replies=(cases.Reply(cut=True),), expect=errors.Doubt),
    *(
        cases.Case(name=name, message=MESSAGE, replies=(cases.Reply(status=status, body=body),), expect=kind)
        for name, status, body, kind in (
            ("a success that names nothing", 200, {}, errors.Doubt),
            ("a page for a success", 200, "<html>hi</html>", errors.Doubt),
            ("a page for an address that is not there", 404, "<html>no</html>", errors.AuthConfig),
            ("a page for a fault", 502, "<html>oh</html>", errors.ProviderDown),
            ("a page for too many", 429, "slow", errors.Throttled),
            ("nested without end", 400, "[" * 100_000, errors.AuthConfig),
        )
    ),
]


@pytest.mark.parametrize("case", CASES, ids=cases.names(CASES))
async def test_an_answer_becomes_an_outcome(case: cases.Case) -> None:
    await cases.run(case, make, always=GRANTED)


def test_sending_again_under_the_same_reference_is_harmless() -> None:
    assert rbm.Rbm.repeatable


@pytest.mark.parametrize(
    "region, endpoint",
    [
        ("us", "https://us-rcsbusinessmessaging.googleapis.com"),
        ("europe", "https://europe-rcsbusinessmessaging.googleapis.com"),
        ("asia", "https://asia-rcsbusinessmessaging.googleapis.com"),
    ],
)
async def test_a_region_has_its_own_address_and_another_endpoint_stays(region: str, endpoint: str) -> None:
    google = settings(region=region, service_account=keys.key_file("https://oauth2.googleapis.com/token"))
    provider = rbm.Rbm(google, cases.context(rbm.Rbm.default_endpoint))
    assert provider._root == f"{endpoint}/v1/phones/"
    await provider.close()
    gateway = settings(region=region, service_account=keys.key_file("token"))
    provider = rbm.Rbm(gateway, cases.context("https://gateway.test/rbm/"))
    assert provider._root == "https://gateway.test/rbm/v1/phones/"
    await provider.close()


@pytest.mark.parametrize(
    "place, value",
    [
        ("agent_id", "an agent"),
        ("client_token", "two words"),
        ("service_account", "not JSON"),
        ("service_account", '{"type": "service_account"}'),
        ("service_account", keys.key_file("/token", private_key="-----BEGIN PRIVATE KEY-----\nAAAA\n")),
        ("service_account", keys.key_file("/token", private_key=keys.ELLIPTIC_PEM)),
        ("service_account", keys.key_file("https://evil.test/token")),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name_and_not_repeated(place: str, value: str) -> None:
    with pytest.raises(errors.BadSettings) as caught:
        rbm.Rbm(settings(**{place: value}), cases.context("https://127.0.0.1:1"))
    assert caught.value.place == place
    assert caught.value.remedy
    if place != "agent_id":
        assert value not in cases.shows(caught.value)
        assert "PRIVATE KEY" not in cases.shows(caught.value)


async def test_no_secret_shows_in_settings_adapter_or_errors() -> None:
    async with cases.scripted(refused(403, "PERMISSION_DENIED"), always=GRANTED) as script:
        provider = make(cases.context(script.endpoint))
        with pytest.raises(errors.AuthConfig) as caught:
            await provider.send(MESSAGE)
        await provider.close()
    shown = "\n".join(map(cases.shows, (provider.settings, provider.context, caught.value)))
    for secret in (CLIENT_TOKEN, "PRIVATE KEY", keys.PEM[60:100], "ya29.first"):
        assert secret not in shown
        assert secret not in repr(provider)


def account(around: yard.Opened, **changes: str) -> rbm.Rbm:
    """The adapter with what an operator would type in to use the twin."""
    plain, secrets = twin.Rbm.account(around.yard.credentials[KEY])
    built = form.build(rbm.Settings, {**plain, **changes}, secrets)
    return rbm.Rbm(built, cases.context(around.endpoints[KEY], ca_pem=around.ca_pem))


LOST = ["failed"]
#: A magic word to the outcome of the first attempt, and the news that come in their order.
OUTCOMES = [
    (Word.DELIVERED, base.Accepted, ["delivered"]),
    (Word.SEEN, base.Accepted, ["delivered", "seen"]),
    (Word.CLICKED, base.Accepted, ["delivered", "seen", "clicked"]),
    (Word.REPLIED, base.Accepted, ["delivered", "seen", "replied"]),
    (Word.DEAD, errors.PermanentRecipient, []),
    (Word.BLOCKED, base.Accepted, ["delivered"]),
    (Word.REFUSED, errors.PermanentContent, []),
    (Word.BOUNCED, base.Accepted, LOST),
    (Word.UNREACHABLE, base.Accepted, LOST),
    (Word.SILENT, base.Accepted, []),
    (Word.COMPLAINED, base.Accepted, ["delivered"]),
    (Word.UNSUBSCRIBED, base.Accepted, ["delivered", "unsubscribed"]),
    (Word.THROTTLED, errors.Throttled, ["delivered"]),
    (Word.DOWN, errors.ProviderDown, ["delivered"]),
    (Word.SLOW, base.Accepted, ["delivered"]),
    (Word.CUT, errors.Doubt, ["delivered"]),
    (Word.DOUBLED, base.Accepted, ["delivered", "delivered", "seen", "seen"]),
    (Word.SHUFFLED, base.Accepted, ["seen", "delivered"]),
]


async def test_every_magic_word_has_its_outcome_and_its_news() -> None:
    assert {word for word, _, _ in OUTCOMES} == set(Word)
    async with yard.opened(twin.Rbm, pace=0.2) as around:
        provider = account(around)
        for word, expected, _ in OUTCOMES:
            message = cases.outbound(CARD, recipient("rcs", word), ref=f"t1-{word}")
            outcome = await cases.outcome(provider, message)
            assert type(outcome) is expected, word
            if expected in (errors.Throttled, errors.ProviderDown):  # the second attempt is taken
                outcome = await provider.send(message)
            if isinstance(outcome, base.Accepted):
                assert outcome.provider_ref == f"phones/{message.to}/agentMessages/{message.ref}"
        count = sum(len(news) for _, _, news in OUTCOMES)
        heard: dict[str, list[base.Receipt]] = {}
        for caught in await around.catcher.wait(count):
            answer = await provider.receipts(cases.posted(caught.body, headers=caught.headers))
            for receipt in answer.receipts:
                heard.setdefault(receipt.address, []).append(receipt)
        assert around.twins[KEY].waiting == 0
        await provider.close()
    for word, _, news in OUTCOMES:
        to = recipient("rcs", word)
        receipts = sorted(heard.get(to, []), key=lambda receipt: receipt.at or 0)
        assert [receipt.kind.value for receipt in receipts] == news, word
        for receipt in receipts:
            if receipt.kind not in (base.ReceiptKind.REPLIED, base.ReceiptKind.UNSUBSCRIBED):
                assert receipt.ref == f"t1-{word}"
                assert receipt.provider_ref == f"phones/{to}/agentMessages/t1-{word}"
    assert len({receipt.event_id for receipt in heard[recipient("rcs", Word.DOUBLED)]}) == 2
    (lost,) = heard[recipient("rcs", Word.UNREACHABLE)]
    assert (lost.code, lost.suppress) == ("TTL_EXPIRATION_REVOKED", False)


async def test_a_cut_message_may_be_sent_again_and_is_shown_once() -> None:
    async with yard.opened(twin.Rbm) as around:
        provider = account(around)
        message = cases.outbound(CARD, recipient("rcs", Word.CUT))
        with pytest.raises(errors.Doubt):
            await provider.send(message)
        again = await provider.send(message)
        await provider.close()
        await around.catcher.wait(1)
        assert [(one.outcome, one.taken) for one in around.inbox.arrivals] == [
            ("cut", True),
            ("duplicate", False),
        ]
    assert again.provider_ref.endswith("/t1-1-1")


async def test_a_message_that_was_not_shown_yet_is_taken_back_and_nothing_more_is_heard_of_it() -> None:
    async with yard.opened(twin.Rbm, pace=1.0) as around:
        provider = account(around)
        message = cases.outbound(CARD, recipient("rcs", Word.SEEN))
        await provider.send(message)
        await provider.revoke(to=message.to, ref=message.ref)
        await provider.send(cases.outbound(CARD, recipient("rcs", Word.DELIVERED), ref="t1-1-2"))
        [caught] = await around.catcher.wait(1)
        answer = await provider.receipts(cases.posted(caught.body, headers=caught.headers))
        await provider.close()
    assert [receipt.ref for receipt in answer.receipts] == ["t1-1-2"]


async def test_google_says_yes_to_a_revocation_of_what_never_was() -> None:
    async with yard.opened(twin.Rbm) as around:
        provider = account(around)
        await provider.revoke(to=TO, ref="t1-9-9")
        await provider.close()


async def test_a_revocation_that_is_refused_says_why() -> None:
    async with yard.opened(twin.Rbm) as around:
        provider = account(around, agent_id="another_agent")
        with pytest.raises(errors.AuthConfig):
            await provider.revoke(to=TO, ref="t1-1-1")
        await provider.close()


async def test_a_token_that_the_provider_forgot_is_renewed_without_a_failure() -> None:
    async with yard.opened(twin.Rbm) as around:
        provider, google = account(around), around.twins[KEY]
        assert isinstance(google, twin.Rbm)
        await provider.send(cases.outbound(TEXT, TO, ref="t1-1"))
        google.mint.forget()
        await provider.send(cases.outbound(TEXT, TO, ref="t1-2"))
        await provider.close()
        assert [one.ref for one in around.inbox.arrivals] == ["t1-1", "t1-2"]


async def test_a_check_of_good_credentials_gets_a_token_and_asks_for_capabilities() -> None:
    async with yard.opened(twin.Rbm) as around:
        provider = account(around)
        rows = await provider.check()
        await provider.close()
        assert not around.inbox.arrivals
    assert [(row.what, row.good) for row in rows] == [("Service account", True), ("Agent", True)]


async def test_a_check_with_another_agent_names_the_agent() -> None:
    async with yard.opened(twin.Rbm) as around:
        provider = account(around, agent_id="somebody_elses")
        rows = await provider.check()
        await provider.close()
    assert [row.good for row in rows] == [True, False]
    assert "PERMISSION_DENIED" in rows[1].message
    assert "agent id" in rows[1].remedy


async def test_a_check_with_a_deleted_key_stops_at_the_service_account() -> None:
    async with yard.opened(twin.Rbm) as around:
        plain, secrets = twin.Rbm.account(around.yard.credentials[KEY])
        other = {**secrets, "service_account": keys.key_file("/token")}
        context = cases.context(around.endpoints[KEY], ca_pem=around.ca_pem)
        provider = rbm.Rbm(form.build(rbm.Settings, plain, other), context)
        rows = await provider.check()
        await provider.close()
    assert [row.good for row in rows] == [False]
    assert "invalid_grant" in rows[0].message
    assert "clock" in rows[0].remedy


async def test_the_check_asks_about_a_number_that_belongs_to_nobody_and_is_no_magic_one() -> None:
    async with cases.scripted(refused(404, "NOT_FOUND"), always=GRANTED) as script:
        provider = make(cases.context(script.endpoint))
        rows = await provider.check()
        await provider.close()
    (asked,) = script.requests
    assert asked.method == "GET"
    assert parse.unquote(asked.path) == f"/v1/phones/{rbm.NOBODY}/capabilities"
    assert asked.query["agentId"] == AGENT
    assert [row.good for row in rows] == [True, True]
    assert rbm.NOBODY not in {recipient("rcs", word) for word in Word}


def test_the_key_file_of_the_twin_is_one_an_operator_could_paste() -> None:
    plain, secrets = twin.Rbm.account(twin.Rbm.invent())
    key_file = msgspec.json.decode(secrets["service_account"])
    assert key_file["type"] == "service_account"
    assert plain["endpoint"] == "twin"
    form.build(rbm.Settings, plain, secrets)
