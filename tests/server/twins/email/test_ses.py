"""The SES twin, exercised by boto3 and by bare requests."""

import asyncio
import base64
import contextlib
import datetime as dt
import functools
import json
import pathlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import httpx
import pytest
from botocore import exceptions
from botocore.config import Config
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from server.twins import base
from server.twins.email import aws_auth, ses
from tests.support import yard

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

RAW = (
    b"From: News <news@sandbox.example>\r\nTo: zoe@example.org\r\nSubject: =?utf-8?B?w4l0w6k=?=\r\n"
    b"Date: Fri, 20 Nov 2026 09:00:00 +0000\r\n\r\nHi\r\n"
)


class Kept(ses.Ses):
    """The twin, its keys made once for all tests."""

    @classmethod
    @functools.cache
    def invent(cls) -> dict[str, str]:
        return ses.Ses.invent()


@functools.cache
def session() -> boto3.Session:
    """Made once: reading the service's model takes a while."""
    return boto3.Session(region_name="eu-west-1")


@contextlib.asynccontextmanager
async def opened(tmp_path: pathlib.Path, **changes: str) -> AsyncIterator[tuple["SESV2Client", yard.Opened]]:
    async with yard.opened(Kept) as around:
        credentials = {**around.yard.credentials["email/ses"], **changes}
        authority = tmp_path / "authority.pem"
        authority.write_text(around.ca_pem)
        client = session().client(
            "sesv2",
            endpoint_url=around.endpoints["email/ses"],
            region_name=credentials["region"],
            aws_access_key_id=credentials["access_key_id"],
            aws_secret_access_key=credentials["secret_access_key"],
            verify=str(authority),
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )
        try:
            yield client, around
        finally:
            client.close()


def simple(to: str = "zoe@example.org", **fields: Any) -> dict[str, Any]:
    content = {
        "Subject": {"Data": "Été", "Charset": "UTF-8"},
        "Body": {"Text": {"Data": "Hi"}, "Html": {"Data": "<p>Hi</p>"}},
    }
    request = {
        "FromEmailAddress": "=?utf-8?B?Wm/Dqw==?= <news@sandbox.example>",
        "Destination": {"ToAddresses": [to]},
        "Content": {"Simple": content},
        "EmailTags": [{"Name": "heliograph_ref", "Value": "t-1-1"}],
    }
    return {**request, **fields}


async def send(client: "SESV2Client", **request: Any) -> str:
    """Send by boto3 in a thread. Returns the message id."""
    answer = await asyncio.to_thread(functools.partial(client.send_email, **request))
    return answer["MessageId"]


async def refused(client: "SESV2Client", **request: Any) -> tuple[str, int, str]:
    with pytest.raises(exceptions.ClientError) as caught:
        await send(client, **request)
    response = caught.value.response
    error = response["Error"]
    return error["Code"], response["ResponseMetadata"]["HTTPStatusCode"], error["Message"]


async def test_boto3_sends_a_simple_mail(tmp_path: pathlib.Path) -> None:
    async with opened(tmp_path) as (client, around):
        message_id = await send(client, **simple())
        arrival = around.inbox.last
        assert (arrival.provider_ref, arrival.ref, arrival.to) == (message_id, "t-1-1", "zoe@example.org")
        assert (arrival.title, arrival.shown["html"]) == ("Été", "<p>Hi</p>")
        assert arrival.shown["from"] == "Zoë <news@sandbox.example>"


async def test_boto3_sends_a_raw_mail(tmp_path: pathlib.Path) -> None:
    async with opened(tmp_path) as (client, around):
        await send(client, Content={"Raw": {"Data": RAW}})
        assert (around.inbox.last.to, around.inbox.last.title) == ("zoe@example.org", "Été")


async def test_a_subject_without_a_character_set_is_ascii(tmp_path: pathlib.Path) -> None:
    async with opened(tmp_path) as (client, around):
        content = {"Simple": {"Subject": {"Data": "Été"}, "Body": {"Text": {"Data": "Hi"}}}}
        await send(client, **simple(Content=content))
        assert around.inbox.last.title == "?t?"


@pytest.mark.parametrize(
    "changes, name",
    [
        ({"access_key_id": "AKIAAAAAAAAAAAAAAAAA"}, "UnrecognizedClientException"),
        ({"secret_access_key": "wrong"}, "SignatureDoesNotMatch"),
        ({"region": "us-east-1"}, "SignatureDoesNotMatch"),
    ],
)
async def test_a_key_that_is_not_right_is_refused(
    tmp_path: pathlib.Path, changes: dict[str, str], name: str
) -> None:
    async with opened(tmp_path, **changes) as (client, around):
        assert (await refused(client, **simple()))[:2] == (name, 403)
        assert around.inbox.arrivals == []


TEXT = {"Body": {"Text": {"Data": "Hi"}}}


@pytest.mark.parametrize(
    "request_, name, words",
    [
        (simple(FromEmailAddress="x@other.example"), "MessageRejected", "not verified"),
        (simple("zoe"), "BadRequestException", "Missing final '@domain'"),
        (simple("zo e@example.org"), "BadRequestException", "Local address contains"),
        (simple("zoë@example.org"), "BadRequestException", "Local address contains"),
        (simple("zoe@exam_ple.org"), "BadRequestException", "Domain contains"),
        (simple(ConfigurationSetName="other"), "NotFoundException", "does not exist"),
        (simple(EmailTags=[{"Name": "a b", "Value": "x"}]), "BadRequestException", "Invalid email tag"),
        (simple(EmailTags=[{"Name": "a", "Value": "é"}]), "BadRequestException", "Invalid email tag"),
        (simple(Content={"Template": {"TemplateName": "t"}}), "NotFoundException", "Template"),
        (simple(Content={}), "BadRequestException", "Exactly one"),
        (simple(Content={"Raw": {"Data": RAW}, "Template": {}}), "BadRequestException", "Exactly one"),
        (
            simple(Content={"Simple": {"Subject": {"Data": "x"}, "Body": {}}}),
            "BadRequestException",
            "no body",
        ),
        (
            simple(Content={"Simple": {"Subject": {"Data": "x\ny"}, **TEXT}}),
            "BadRequestException",
            "line breaks",
        ),
        (
            simple(
                Content={
                    "Simple": {"Subject": {"Data": "x"}, **TEXT, "Headers": [{"Name": "X Y", "Value": "z"}]}
                }
            ),
            "BadRequestException",
            "header",
        ),
        (
            simple(
                Content={
                    "Simple": {
                        "Subject": {"Data": "x"},
                        **TEXT,
                        "Headers": [{"Name": "X", "Value": "z"}] * 16,
                    }
                }
            ),
            "BadRequestException",
            "15 headers",
        ),
        (simple(Destination={}), "BadRequestException", "At least one recipient"),
        (simple(Destination={"ToAddresses": ["a@example.org"] * 51}), "MessageRejected", "exceeds 50"),
        (simple(Content={"Raw": {"Data": RAW.replace(b"\r\n", b"\n")}}), "MessageRejected", "bare CR or LF"),
    ],
)
async def test_a_request_against_the_rules_is_refused_by_ses_own_name(
    tmp_path: pathlib.Path, request_: dict[str, Any], name: str, words: str
) -> None:
    async with opened(tmp_path) as (client, around):
        found, status, message = await refused(client, **request_)
        assert (found, words in message) == (name, True), message
        assert status == (404 if name == "NotFoundException" else 400)
        assert around.inbox.arrivals == []


@pytest.mark.parametrize(
    "word, name, status",
    [
        ("refused", "MessageRejected", 400),
        ("throttled", "TooManyRequestsException", 429),
        ("down", "InternalServiceErrorException", 500),
    ],
)
async def test_a_magic_recipient_is_answered_by_its_word(
    tmp_path: pathlib.Path, word: str, name: str, status: int
) -> None:
    async with opened(tmp_path) as (client, around):
        assert (await refused(client, **simple(f"{word}@magic.test")))[:2] == (name, status)
        assert not around.inbox.last.taken
        if word != "refused":
            await send(client, **simple(f"{word}@magic.test"))
            assert around.inbox.last.taken


async def test_a_cut_mail_was_taken_though_nobody_was_told(tmp_path: pathlib.Path) -> None:
    async with opened(tmp_path) as (client, around):
        with pytest.raises(exceptions.HTTPClientError):
            await send(client, **simple("cut@magic.test"))
        assert around.inbox.last.taken


async def subscribed(around: yard.Opened) -> None:
    """Confirm the topic's subscription as a subscriber would."""
    (request,) = await around.catcher.wait(1)
    fields = json.loads(request.body)
    assert fields["Type"] == request.headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    async with httpx.AsyncClient(verify=_trust(), trust_env=False) as client:
        answer = await client.get(fields["SubscribeURL"])
        assert (answer.status_code, "SubscriptionArn" in answer.text) == (200, True)


def _trust() -> Any:
    import ssl

    return ssl.create_default_context(cadata=yard.ca_pem())


def events(around: yard.Opened) -> list[dict[str, Any]]:
    messages = [json.loads(request.body)["Message"] for request in around.catcher.caught[1:]]
    return [json.loads(message) for message in messages if message.startswith("{")]


@pytest.mark.parametrize(
    "mailbox, told",
    [
        ("success", [("Delivery", "")]),
        ("success+label", [("Delivery", "")]),
        ("bounce", [("Bounce", "Permanent/General")]),
        ("complaint", [("Delivery", ""), ("Complaint", "abuse")]),
        ("ooto", [("Delivery", ""), ("Bounce", "Transient/General")]),
        ("suppressionlist", [("Bounce", "Permanent/Suppressed")]),
    ],
)
async def test_the_simulators_mailboxes_end_as_documented(
    tmp_path: pathlib.Path, mailbox: str, told: list[tuple[str, str]]
) -> None:
    async with opened(tmp_path) as (client, around):
        to = f"{mailbox}@simulator.amazonses.com"
        message_id = await send(client, **simple(to, ConfigurationSetName="sandbox"))
        await subscribed(around)
        await yard.until(lambda: len(events(around)) == len(told), what=f"{len(told)} events")
        found = []
        for event in events(around):
            assert event["mail"]["messageId"] == message_id
            assert event["mail"]["tags"]["heliograph_ref"] == ["t-1-1"]
            bounce, complaint = event.get("bounce", {}), event.get("complaint", {})
            kind = f"{bounce['bounceType']}/{bounce['bounceSubType']}" if bounce else ""
            found.append((event["eventType"], kind or complaint.get("complaintFeedbackType", "")))
        assert found == told


async def test_notifications_wait_for_the_subscription_and_are_signed(tmp_path: pathlib.Path) -> None:
    async with opened(tmp_path) as (client, around):
        for n in range(3):
            await send(client, **simple(f"delivered+{n}@magic.test", ConfigurationSetName="sandbox"))
        await subscribed(around)
        posts = await around.catcher.wait(5)
        fields = json.loads(posts[1].body)
        assert fields["Message"].startswith("Successfully validated SNS topic")
        async with httpx.AsyncClient(verify=_trust(), trust_env=False) as http:
            pem = (await http.get(fields["SigningCertURL"])).content
        assert urlsplit(fields["SigningCertURL"]).path.startswith("/SimpleNotificationService-")
        key = x509.load_pem_x509_certificate(pem).public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        for post in posts[1:]:
            told = json.loads(post.body)
            names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
            text = "".join(f"{name}\n{told[name]}\n" for name in names)
            key.verify(
                base64.b64decode(told["Signature"]), text.encode(), padding.PKCS1v15(), hashes.SHA256()
            )


async def test_a_wrong_token_subscribes_nobody(tmp_path: pathlib.Path) -> None:
    async with opened(tmp_path) as (client, around):
        await send(client, **simple("delivered@magic.test", ConfigurationSetName="sandbox"))
        (request,) = await around.catcher.wait(1)
        url = json.loads(request.body)["SubscribeURL"]
        async with httpx.AsyncClient(verify=_trust(), trust_env=False) as http:
            assert (await http.get(url[:-4] + "0000")).status_code == 403
        assert around.postman.waiting == 0
        assert len(around.catcher.caught) == 1


async def test_without_a_configuration_set_nothing_is_told(tmp_path: pathlib.Path) -> None:
    async with opened(tmp_path) as (client, around):
        await send(client, **simple("delivered@magic.test"))
        assert around.postman.waiting == 0
        assert around.catcher.caught == []


async def test_boto3_reads_the_account(tmp_path: pathlib.Path) -> None:
    async with opened(tmp_path) as (client, _):
        await send(client, **simple())
        account = await asyncio.to_thread(client.get_account)
        assert account["SendQuota"]["SentLast24Hours"] == 1.0
        assert account["ProductionAccessEnabled"]
        identity = await asyncio.to_thread(client.get_email_identity, EmailIdentity="sandbox.example")
        assert identity["VerifiedForSendingStatus"]
        with pytest.raises(exceptions.ClientError, match="NotFoundException"):
            await asyncio.to_thread(client.get_email_identity, EmailIdentity="news@sandbox.example")
        with pytest.raises(exceptions.ClientError, match="UnknownOperationException"):
            await asyncio.to_thread(client.list_contact_lists)


def signed(headers: dict[str, str], **fields: Any) -> base.Request:
    request = {
        "method": "POST",
        "path": "/v2/email/outbound-emails",
        "query": "",
        "headers": headers,
        "body": b"{}",
        "url": "https://127.0.0.1/v2/email/outbound-emails",
    }
    return base.Request(**{**request, **fields})


NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC).timestamp()
SCOPE = "AKIDEXAMPLE/20261120/eu-west-1/ses/aws4_request"


def authorization(names: str = "host;x-amz-date", scope: str = SCOPE) -> str:
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={'0' * 64}"


@pytest.mark.parametrize(
    "headers, name",
    [
        ({}, "MissingAuthenticationTokenException"),
        ({"authorization": "Bearer x"}, "IncompleteSignature"),
        ({"authorization": authorization()}, "IncompleteSignature"),
        ({"authorization": authorization(), "x-amz-date": "20261120T085400Z"}, "RequestExpired"),
        ({"authorization": authorization(), "x-amz-date": "20261120T090600Z"}, "RequestExpired"),
        ({"authorization": authorization(), "x-amz-date": "20261121T090000Z"}, "SignatureDoesNotMatch"),
        ({"authorization": authorization("host"), "x-amz-date": "20261120T090000Z"}, "SignatureDoesNotMatch"),
        (
            {"authorization": authorization("x-amz-date;host"), "x-amz-date": "20261120T090000Z"},
            "SignatureDoesNotMatch",
        ),
        ({"authorization": authorization(), "x-amz-date": "20261120T090000Z"}, "SignatureDoesNotMatch"),
        (
            {
                "authorization": authorization(scope=SCOPE.replace("/ses/", "/email/")),
                "x-amz-date": "20261120T090000Z",
            },
            "SignatureDoesNotMatch",
        ),
    ],
)
def test_a_request_that_is_not_signed_as_it_must_be_is_denied(headers: dict[str, str], name: str) -> None:
    with pytest.raises(aws_auth.Denied) as caught:
        aws_auth.verify(
            signed(headers),
            access_key="AKIDEXAMPLE",
            secret_key="secret",
            region="eu-west-1",
            service="ses",
            now=NOW,
        )
    assert caught.value.name == name


async def test_bodies_that_are_no_request_are_refused(tmp_path: pathlib.Path) -> None:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    async with opened(tmp_path) as (_, around), httpx.AsyncClient(verify=_trust(), trust_env=False) as http:
        keys = around.yard.credentials["email/ses"]
        url = around.endpoints["email/ses"] + ses.SEND
        for body in (
            b"",
            b"{}",
            b"[]",
            b"\xff",
            b'{"Content":7}',
            b'{"Content":{"Raw":{"Data":"!"}}}',
            b"[" * 50_000,
        ):
            request = AWSRequest("POST", url, data=body, headers={"Content-Type": "application/json"})
            SigV4Auth(
                Credentials(keys["access_key_id"], keys["secret_access_key"]), "ses", "eu-west-1"
            ).add_auth(request)
            answer = await http.post(url, content=body, headers=dict(request.headers.items()))
            assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (
                400,
                "SerializationException",
            ), body
