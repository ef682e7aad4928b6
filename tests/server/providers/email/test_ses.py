"""The SES adapter, by a table of answers and against its twin over real TLS."""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from server.channels import email, sms
from server.providers import base, errors, form
from server.providers.email import ses
from server.twins import base as twins
from server.twins.email import ses as twin
from tests.server.providers import cases
from tests.support import yard

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:heliograph"


class Kept(twin.Ses):
    """The twin, its keys made once for all tests."""

    @classmethod
    @functools.cache
    def invent(cls) -> dict[str, str]:
        return twin.Ses.invent()


def mail(to: str = "zoe@example.org", ref: str = "k3f9x2-1-1", **fields: Any) -> base.Outbound:
    content = email.EmailContent(**{"subject": "Été", "html": "<p>Hi Zoë</p>", "text": "Hi Zoë", **fields})
    return base.Outbound(ref=ref, to=to, content=content, unsubscribe_url="https://u.example/1")


def settings(**fields: Any) -> ses.SesSettings:
    required = {
        "region": "eu-west-1",
        "access_key_id": "AKIDEXAMPLE12345",
        "secret_access_key": base.Secret(SECRET),
        "from_address": "news@example.com",
    }
    return ses.SesSettings(**{**required, **fields})


def posted(request: twins.Request) -> base.Posted:
    return cases.posted(request.body, headers=request.headers)


@contextlib.asynccontextmanager
async def at_twin(**fields: Any) -> AsyncIterator[tuple[ses.Ses, yard.Opened]]:
    async with yard.opened(Kept) as around:
        typed, secrets = Kept.account(around.yard.credentials["email/ses"])
        made = form.build(ses.SesSettings, {**typed, **fields}, secrets)
        context = cases.context(around.endpoints["email/ses"], ca_pem=around.ca_pem)
        provider = ses.Ses(made, context)
        try:
            yield provider, around
        finally:
            await provider.close()


async def news(provider: ses.Ses, around: yard.Opened, count: int) -> list[base.Receipt]:
    """Answer what the twin posts, confirming its topic first, until so many receipts were read."""
    found: list[base.Receipt] = []
    seen = 0
    while len(found) < count:
        await around.catcher.wait(seen + 1)
        for request in around.catcher.caught[seen:]:
            seen += 1
            found += (await provider.receipts(posted(request))).receipts
    return found


def asks_whole(requests: list[cases.Request]) -> None:
    (request,) = requests
    assert (request.method, request.path) == ("POST", "/v2/email/outbound-emails")
    assert request.json == {
        "FromEmailAddress": "=?utf-8?B?WmHDqw==?= <news@example.com>",
        "Destination": {"ToAddresses": ["zoe@example.org"]},
        "ReplyToAddresses": ["help@example.com"],
        "Content": {
            "Simple": {
                "Subject": {"Data": "Été", "Charset": "UTF-8"},
                "Body": {
                    "Html": {"Data": "<p>Hi Zoë</p>", "Charset": "UTF-8"},
                    "Text": {"Data": "Hi Zoë", "Charset": "UTF-8"},
                },
                "Headers": [
                    {"Name": "List-Unsubscribe", "Value": "<https://u.example/1>"},
                    {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
                ],
            }
        },
        "EmailTags": [{"Name": "heliograph_ref", "Value": "k3f9x2-1-1"}],
        "ConfigurationSetName": "main",
    }


def answers(name: str, status: int, message: str = "said SES") -> cases.Reply:
    return cases.Reply(status=status, body={"message": message}, headers={"x-amzn-ErrorType": name})


GOOD = cases.Reply(body={"MessageId": "0102-abc"})
CASES = [
    cases.Case(
        name="taken",
        message=mail(from_name="Zaë", reply_to="help@example.com"),
        replies=(GOOD,),
        expect=base.Accepted(provider_ref="0102-abc"),
        asks=asks_whole,
    ),
    cases.Case(
        name="asked to slow down",
        message=mail(),
        replies=(answers("TooManyRequestsException", 429),),
        expect=errors.Throttled,
        code="TooManyRequestsException",
    ),
    cases.Case(
        name="asked to slow down by the gateway",
        message=mail(),
        replies=(cases.Reply(status=429, headers={"retry-after": "7"}),),
        expect=errors.Throttled,
        code="429",
        retry_after_s=7.0,
    ),
    cases.Case(
        name="over the daily quota",
        message=mail(),
        replies=(answers("LimitExceededException:http://internal", 400),),
        expect=errors.Throttled,
        code="LimitExceededException",
        retry_after_s=3600.0,
    ),
    cases.Case(
        name="content refused",
        message=mail(),
        replies=(answers("MessageRejected", 400),),
        expect=errors.PermanentContent,
        code="MessageRejected",
    ),
    cases.Case(
        name="sender not verified",
        message=mail(),
        replies=(answers("MessageRejected", 400, "Email address is not verified. The following ..."),),
        expect=errors.AuthConfig,
        code="MessageRejected/not-verified",
    ),
    cases.Case(
        name="address refused",
        message=mail(),
        replies=(answers("BadRequestException", 400, "Local address contains control or whitespace"),),
        expect=errors.PermanentRecipient,
        code="BadRequestException/address",
    ),
    cases.Case(
        name="request refused",
        message=mail(),
        replies=(answers("BadRequestException", 400),),
        expect=errors.PermanentContent,
    ),
    cases.Case(
        name="paused",
        message=mail(),
        replies=(answers("SendingPausedException", 400),),
        expect=errors.AuthConfig,
    ),
    cases.Case(
        name="no such configuration set",
        message=mail(),
        replies=(answers("NotFoundException", 404),),
        expect=errors.AuthConfig,
    ),
    cases.Case(
        name="wrong key, named in the body",
        message=mail(),
        replies=(
            cases.Reply(
                status=403, body={"__type": "com.amazon.coral#SignatureDoesNotMatch", "Message": "no"}
            ),
        ),
        expect=errors.AuthConfig,
        code="SignatureDoesNotMatch",
    ),
    cases.Case(
        name="conflict", message=mail(), replies=(answers("ConflictException", 409),), expect=errors.Transient
    ),
    cases.Case(
        name="SES failed",
        message=mail(),
        replies=(answers("InternalServiceErrorException", 500),),
        expect=errors.ProviderDown,
    ),
    cases.Case(
        name="a gateway failed",
        message=mail(),
        replies=(cases.Reply(status=502, body="<html>"),),
        expect=errors.Doubt,
    ),
    cases.Case(
        name="refused by a name nobody knows",
        message=mail(),
        replies=(answers("BrandNewException", 400),),
        expect=errors.PermanentContent,
        code="BrandNewException",
    ),
    cases.Case(
        name="sent elsewhere",
        message=mail(),
        replies=(cases.Reply(status=302, headers={"location": "https://evil.example"}),),
        expect=errors.AuthConfig,
    ),
    cases.Case(
        name="no answer", message=mail(), replies=(cases.Reply(cut=True),), expect=errors.Doubt, code="cut"
    ),
    cases.Case(
        name="an answer that is not SES's",
        message=mail(),
        replies=(cases.Reply(body="<html>welcome</html>"),),
        expect=errors.Doubt,
        code="no-message-id",
    ),
    cases.Case(
        name="an address that cannot travel",
        message=mail("zoé@example.org"),
        replies=(),
        expect=errors.PermanentRecipient,
    ),
    cases.Case(
        name="a reply address that cannot travel",
        message=mail(reply_to="help@example.com\r\nBcc: x"),
        replies=(),
        expect=errors.PermanentContent,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=cases.names(CASES))
async def test_an_answer_decides(case: cases.Case) -> None:
    await cases.run(case, lambda context: ses.Ses(settings(configuration_set="main"), context))


@pytest.mark.parametrize(
    "word, first, then, told",
    [
        ("delivered", None, None, ["delivered"]),
        ("seen", None, None, ["delivered", "seen"]),
        ("clicked", None, None, ["delivered", "seen", "clicked"]),
        ("replied", None, None, ["delivered", "seen"]),
        ("dead", None, None, ["failed Permanent/NoEmail !"]),
        ("blocked", None, None, ["failed Permanent/OnAccountSuppressionList !"]),
        ("refused", errors.PermanentContent, errors.PermanentContent, []),
        ("bounced", None, None, ["failed Permanent/General !"]),
        ("unreachable", None, None, ["delayed DeliveryDelay/MailboxFull", "failed Transient/MailboxFull"]),
        ("silent", None, None, []),
        ("complained", None, None, ["delivered", "complained Complaint/abuse !"]),
        ("unsubscribed", None, None, ["delivered", "unsubscribed Subscription/all !"]),
        ("throttled", errors.Throttled, None, ["delivered"]),
        ("down", errors.ProviderDown, None, ["delivered"]),
        ("cut", errors.Doubt, errors.Doubt, ["delivered"]),
        ("doubled", None, None, ["delivered", "delivered", "seen", "seen"]),
        ("shuffled", None, None, ["seen", "delivered"]),
    ],
)
async def test_each_magic_word_ends_as_it_says(
    word: str,
    first: type[errors.SendError] | None,
    then: type[errors.SendError] | None,
    told: list[str],
) -> None:
    async with at_twin() as (provider, around):
        with pytest.raises(first) if first else contextlib.nullcontext():
            await provider.send(mail(f"{word}@magic.test", ref="k3f9x2-1-1"))
        if first is not None and then is None:
            await provider.send(mail(f"{word}@magic.test", ref="k3f9x2-1-1"))
        found = await news(provider, around, len(told))
        said = [f"{r.kind} {r.code}{' !' if r.suppress else ''}".strip() for r in found]
        order = said if word in {"shuffled", "doubled"} else sorted(said)
        assert order == (told if word in {"shuffled", "doubled"} else sorted(told))
        assert {receipt.ref for receipt in found} <= {"k3f9x2-1-1"}
        assert {receipt.provider_ref for receipt in found} <= {
            arrival.provider_ref for arrival in around.inbox.arrivals
        }


async def test_doubled_receipts_share_their_ids() -> None:
    async with at_twin() as (provider, around):
        await provider.send(mail("doubled@magic.test"))
        found = await news(provider, around, 4)
        assert len({receipt.event_id for receipt in found}) == 2


async def test_a_mail_arrives_whole() -> None:
    async with at_twin() as (provider, around):
        accepted = await provider.send(mail(preheader="Soon"))
        arrival = around.inbox.last
        assert (arrival.ref, arrival.provider_ref, arrival.to) == (
            "k3f9x2-1-1",
            accepted.provider_ref,
            "zoe@example.org",
        )
        assert arrival.shown["subject"] == "Été"
        assert str(arrival.shown["html"]).endswith("<p>Hi Zoë</p>")
        assert ">Soon&" in str(arrival.shown["html"])
        assert arrival.shown["text"] == "Hi Zoë"
        assert arrival.shown["from"] == '"Sandbox News" <news@sandbox.example>'
        assert arrival.wire["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_a_post_that_was_tampered_with_is_refused() -> None:
    async with at_twin() as (provider, around):
        await provider.send(mail("delivered@magic.test"))
        (first,) = await around.catcher.wait(1)
        with pytest.raises(errors.BadSignature):
            await provider.receipts(cases.posted(first.body.replace(b"You have chosen", b"You had chosen")))
        assert (await provider.receipts(posted(first))) == base.Answer()


async def test_an_account_without_a_topic_takes_no_news() -> None:
    provider = ses.Ses(settings(), cases.context("https://127.0.0.1:1"))
    with pytest.raises(errors.BadReceipt, match="topic"):
        await provider.receipts(cases.posted(b"{}"))
    await provider.close()


@pytest.mark.parametrize(
    "region, endpoint, host",
    [
        ("eu-west-1", ses.Ses.default_endpoint, "https://email.eu-west-1.amazonaws.com"),
        ("cn-north-1", ses.Ses.default_endpoint, "https://email.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", ses.Ses.default_endpoint + "/", "https://email.us-gov-west-1.amazonaws.com"),
        ("eu-west-1", "https://gateway.example.com/ses/", "https://gateway.example.com/ses"),
    ],
)
async def test_the_region_chooses_the_address_unless_the_account_names_one(
    region: str, endpoint: str, host: str
) -> None:
    provider = ses.Ses(settings(region=region), cases.context(endpoint))
    assert provider.endpoint == host
    await provider.close()


@pytest.mark.parametrize(
    "place, fields",
    [
        ("region", {"region": "Ireland"}),
        ("region", {"region": "evil.example/eu-west-1"}),
        ("from_address", {"from_address": "news"}),
        ("configuration_set", {"configuration_set": "my set"}),
        ("topic_arn", {"topic_arn": "arn:aws:sqs:eu-west-1:123456789012:queue"}),
    ],
)
def test_settings_that_cannot_work_are_refused_with_place_and_remedy(
    place: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(errors.BadSettings) as caught:
        ses.Ses(settings(**fields), cases.context(ses.Ses.default_endpoint))
    assert caught.value.place == place
    assert caught.value.remedy


def test_an_endpoint_that_is_no_web_address_is_refused() -> None:
    with pytest.raises(errors.BadSettings) as caught:
        ses.Ses(settings(), cases.context("smtps://mail.example.com"))
    assert caught.value.place == "endpoint"


async def test_content_of_another_channel_is_a_mistake_of_ours() -> None:
    provider = ses.Ses(settings(), cases.context("https://127.0.0.1:1"))
    with pytest.raises(TypeError):
        await provider.send(base.Outbound(ref="t-1-1", to="zoe@example.org", content=sms.SmsContent()))
    await provider.close()


async def test_a_check_asks_for_quota_sender_and_news(monkeypatch: pytest.MonkeyPatch) -> None:
    # None of these may matter: the account's own key and endpoint are all there is.
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://127.0.0.1:1")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere")
    async with at_twin() as (provider, around):
        rows = await provider.check()
        assert [(row.what, row.good) for row in rows] == [
            ("Credentials", True),
            ("Quota", True),
            ("Sandbox", True),
            ("Sender", True),
            ("News", True),
        ]
        assert rows[1].message == "2,000 mails a second, 1,000,000 a day, 0 used."
        assert around.inbox.arrivals == []


@pytest.mark.parametrize(
    "fields, what, words",
    [
        ({"access_key_id": "AKIAAAAAAAAAAAAAAAAA"}, "Credentials", "UnrecognizedClientException"),
        ({"region": "us-east-1"}, "Credentials", "SignatureDoesNotMatch"),
        ({"from_address": "news@other.example"}, "Sender", "does not exist"),
        ({"configuration_set": "other"}, "News", "does not exist"),
        ({"configuration_set": ""}, "News", "missing"),
        ({"topic_arn": TOPIC}, "News", "does not publish to the topic: delivery, bounce, complaint, reject."),
    ],
)
async def test_a_failed_check_names_what_failed_and_the_remedy(
    fields: dict[str, Any], what: str, words: str
) -> None:
    async with at_twin(**fields) as (provider, _):
        (row,) = [row for row in await provider.check() if not row.good]
        assert (row.what, words in row.message, bool(row.remedy)) == (what, True, True), row


@pytest.mark.parametrize("ca_pem, words", [("", "certificate"), (None, "reached")])
async def test_a_check_that_reaches_nobody_says_so(ca_pem: str | None, words: str) -> None:
    async with yard.opened(Kept) as around:
        endpoint = around.endpoints["email/ses"] if ca_pem is not None else "https://127.0.0.1:1"
        provider = ses.Ses(settings(), cases.context(endpoint))
        (row,) = await provider.check()
        assert (row.good, words in row.message) == (False, True), row
        await provider.close()


async def test_a_sandboxed_paused_account_with_an_unfinished_sender_is_told_so() -> None:
    quota = {"Max24HourSend": -1, "MaxSendRate": 14, "SentLast24Hours": 3}
    paths = {
        "/v2/email/account": cases.Reply(
            body={"SendQuota": quota, "ProductionAccessEnabled": False, "SendingEnabled": False}
        ),
        "/v2/email/identities/news%40example.com": cases.Reply(body={"VerifiedForSendingStatus": False}),
        "/v2/email/identities/example.com": cases.Reply(body={"VerifiedForSendingStatus": False}),
    }
    async with cases.scripted(always=paths) as script:
        provider = ses.Ses(settings(), cases.context(script.endpoint))
        rows = {row.what: row for row in await provider.check()}
        await provider.close()
    assert rows["Quota"].message == "14 mails a second, without a daily limit."
    assert {what: row.good for what, row in rows.items()} == {
        "Credentials": True,
        "Quota": True,
        "Sandbox": False,
        "Sending": False,
        "Sender": False,
        "News": False,
    }
    assert all(row.remedy for row in rows.values() if not row.good)


async def test_no_secret_shows_in_settings_provider_errors_or_checks() -> None:
    async with yard.opened(Kept) as around:
        context = cases.context(around.endpoints["email/ses"], ca_pem=around.ca_pem)
        provider = ses.Ses(settings(), context)
        with pytest.raises(errors.AuthConfig) as caught:
            await provider.send(mail())
        for thing in (provider.settings, provider, caught.value, await provider.check()):
            assert SECRET not in cases.shows(thing)
        await provider.close()


async def test_many_mails_at_once_all_arrive_once() -> None:
    async with at_twin() as (provider, around):
        await asyncio.gather(
            *(provider.send(mail(f"silent+{n}@magic.test", ref=f"t-1-{n}")) for n in range(200))
        )
        assert sorted(arrival.ref for arrival in around.inbox.arrivals) == sorted(
            f"t-1-{n}" for n in range(200)
        )


async def test_the_quota_is_read_back_and_counts_what_was_sent() -> None:
    async with at_twin() as (provider, around):
        await provider.send(mail())
        assert await provider.quota() == base.Quota(per_s=2000.0, per_day=1_000_000, sent=1)
        around.twins["email/ses"].most_a_day = -1.0  # type: ignore[attr-defined]
        assert await provider.quota() == base.Quota(per_s=2000.0, per_day=None, sent=1)


async def test_a_quota_that_is_not_told_is_an_error_and_no_bound() -> None:
    async with at_twin(access_key_id="AKIAAAAAAAAAAAAAAAAA") as (provider, _around):
        with pytest.raises(errors.AuthConfig):
            await provider.quota()


async def test_a_mail_leaves_from_the_pools_address_it_was_given() -> None:
    async with at_twin() as (provider, around):
        sent = mail()
        await provider.send(msgspec.structs.replace(sent, origin="spring@sandbox.example"))
        assert "spring@sandbox.example" in around.inbox.last.wire["From"]
    assert ses.Ses.origin_fault("spring@sandbox.example") == ""
    assert "cannot be used" in ses.Ses.origin_fault("spring")
