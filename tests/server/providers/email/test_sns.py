"""What SNS posts: whose signature counts, where certificates come from, and who may subscribe us."""

import asyncio
import base64
import contextlib
import datetime as dt
import functools
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from server.providers import errors, transport
from server.providers.email import sns
from tests.server.providers import cases

TOPIC = "arn:aws:sns:eu-west-1:123456789012:heliograph"
NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
PEM = "/SimpleNotificationService-0123.pem"
SIGNED = {
    "Notification": ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
    "SubscriptionConfirmation": [
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ],
}


@functools.cache
def key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def certificate(public: Any = None, *, begins: dt.datetime = NOW - dt.timedelta(days=1)) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public or key().public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(begins + dt.timedelta(days=30))
        .sign(key(), hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM)


def envelope(
    origin: str, *, version: str = "2", signer: rsa.RSAPrivateKey | None = None, **changes: Any
) -> dict[str, Any]:
    """A notification as SNS would post it, changed before it is signed; a field that is None is left out."""
    fields: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": "m-1",
        "TopicArn": TOPIC,
        "Subject": "News",
        "Message": '{"text": "Grüße\\n"}',
        "Timestamp": "2026-11-20T09:00:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": origin + PEM,
        **changes,
    }
    fields = {name: value for name, value in fields.items() if value is not None}
    names = SIGNED.get(fields["Type"], SIGNED["Notification"])
    text = "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields)
    digest = hashes.SHA1() if version == "1" else hashes.SHA256()
    signature = (signer or key()).sign(text.encode(), padding.PKCS1v15(), digest)
    return {**fields, "Signature": base64.b64encode(signature).decode()}


@contextlib.asynccontextmanager
async def door(*replies: cases.Reply, ours: bool = True) -> AsyncIterator[tuple[sns.Door, cases.Script]]:
    """A door whose certificates a scripted server gives; where it is not `ours`, only AWS is trusted."""
    async with cases.scripted(*replies or (cases.Reply(body=certificate()),)) as script:
        http = transport.Transport()
        made = sns.Door(topic_arn=TOPIC, ours=script.endpoint if ours else "", http=http, clock=NOW.timestamp)
        try:
            yield made, script
        finally:
            await http.close()


def body(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", ["News", None])
async def test_what_the_topic_signed_is_let_in(version: str, subject: str | None) -> None:
    async with door() as (made, script):
        opened = await made.open(body(envelope(script.endpoint, version=version, Subject=subject)))
        assert opened.message == '{"text": "Grüße\\n"}'
        assert opened.type == "Notification"


async def test_the_certificate_is_fetched_once_however_many_posts_wait_for_it() -> None:
    async with door() as (made, script):
        await asyncio.gather(*(made.open(body(envelope(script.endpoint))) for _ in range(10)))
        assert [request.path for request in script.requests] == [PEM]


@pytest.mark.parametrize(
    "change",
    [
        {"Message": "other"},
        {"MessageId": "m-2"},
        {"Subject": "Other"},
        {"Timestamp": "2026-11-20T09:00:01.000Z"},
        {"Type": "UnsubscribeConfirmation"},
        {"Signature": base64.b64encode(b"x" * 256).decode()},
        {"Signature": "not base64!"},
        {"Signature": ""},
        {"SignatureVersion": "1"},
        {"SignatureVersion": "3"},
        {"Type": "Other"},
        {"TopicArn": "arn:aws:sns:eu-west-1:999999999999:other"},
    ],
)
async def test_what_was_changed_after_signing_is_refused(change: dict[str, str]) -> None:
    async with door() as (made, script):
        with pytest.raises(errors.BadSignature):
            await made.open(body({**envelope(script.endpoint), **change}))


async def test_another_topic_is_refused_though_its_signature_is_good_and_nothing_is_fetched() -> None:
    async with door() as (made, script):
        with pytest.raises(errors.BadSignature, match="another topic"):
            await made.open(body(envelope(script.endpoint, TopicArn=TOPIC + "2")))
        assert script.requests == []


async def test_another_signer_is_refused() -> None:
    async with door() as (made, script):
        with pytest.raises(errors.BadSignature):
            await made.open(body(envelope(script.endpoint, signer=rsa.generate_private_key(65537, 2048))))


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[]", b"\xff", b"[" * 100_000, b'{"Type": 1}', b'{"Type":"Notification"}']
)
async def test_what_is_no_envelope_is_refused(raw: bytes) -> None:
    async with door() as (made, script):
        with pytest.raises(errors.BadSignature):
            await made.open(raw)
        assert script.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com" + PEM,
        "https://sns.eu-west-1.amazonaws.com.evil.example" + PEM,
        "https://evil.example/sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example" + PEM,
        "https://user@sns.eu-west-1.amazonaws.com" + PEM,
        "https://sns.eu-west-1.amazonaws.com:8443" + PEM,
        "https://bucket.s3.eu-west-1.amazonaws.com" + PEM,
        "https://sns.eu-west-1.amazonaws.com/x.txt",
        "https://sns.eu-west-1.amazonaws.com/x?y=.pem",
        "https://127.0.0.1" + PEM,
        "file:///etc/x.pem",
        "https://[::1" + PEM,
        "",
    ],
)
async def test_a_certificate_from_anywhere_else_is_never_fetched(url: str) -> None:
    async with door(ours=False) as (made, script):
        with pytest.raises(errors.BadSignature, match="does not belong to SNS"):
            await made.open(body(envelope(script.endpoint, SigningCertURL=url)))
        assert script.requests == []


@pytest.mark.parametrize(
    "pem",
    [
        lambda: b"no certificate",
        lambda: certificate(begins=NOW - dt.timedelta(days=60)),
        lambda: certificate(begins=NOW + dt.timedelta(days=1)),
        lambda: certificate(ec.generate_private_key(ec.SECP256R1()).public_key()),
        lambda: certificate(key(1024).public_key()),
    ],
)
async def test_a_certificate_that_cannot_vouch_is_refused(pem: Callable[[], bytes]) -> None:
    async with door(cases.Reply(body=pem())) as (made, script):
        with pytest.raises(errors.BadSignature):
            await made.open(body(envelope(script.endpoint)))


@pytest.mark.parametrize(
    "reply",
    [cases.Reply(status=503), cases.Reply(cut=True), cases.Reply(status=302, headers={"location": "/x.pem"})],
)
async def test_a_certificate_that_does_not_come_asks_sns_to_post_again(reply: cases.Reply) -> None:
    async with door(reply, cases.Reply(body=certificate())) as (made, script):
        with pytest.raises(errors.Transient):
            await made.open(body(envelope(script.endpoint)))
        assert (await made.open(body(envelope(script.endpoint)))).message_id == "m-1"


def confirmation(origin: str, url: str) -> dict[str, Any]:
    return envelope(origin, Type="SubscriptionConfirmation", Subject=None, Token="t", SubscribeURL=url)


async def test_the_accounts_own_topic_is_confirmed_by_opening_its_address() -> None:
    async with door(cases.Reply(body=certificate()), cases.Reply(body=b"<ok/>")) as (made, script):
        url = f"{script.endpoint}/?Action=ConfirmSubscription&TopicArn={quote(TOPIC)}&Token=t"
        await made.confirm(await made.open(body(confirmation(script.endpoint, url))))
        assert script.requests[1].target == f"/?Action=ConfirmSubscription&TopicArn={quote(TOPIC)}&Token=t"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/?TopicArn=" + quote(TOPIC),
        "http://169.254.169.254/latest/meta-data?TopicArn=" + quote(TOPIC),
        "{origin}/?Action=ConfirmSubscription&TopicArn=" + quote(TOPIC + "2"),
        "{origin}/?Action=ConfirmSubscription",
        "",
    ],
)
async def test_a_confirmation_that_leads_elsewhere_is_not_followed(url: str) -> None:
    async with door() as (made, script):
        opened = await made.open(body(confirmation(script.endpoint, url.format(origin=script.endpoint))))
        with pytest.raises(errors.BadReceipt):
            await made.confirm(opened)
        assert len(script.requests) == 1


async def test_a_confirmation_that_fails_is_to_be_posted_again() -> None:
    async with door(cases.Reply(body=certificate()), cases.Reply(status=500)) as (made, script):
        url = f"{script.endpoint}/?TopicArn={quote(TOPIC)}"
        opened = await made.open(body(confirmation(script.endpoint, url)))
        with pytest.raises(errors.Transient):
            await made.confirm(opened)


@pytest.mark.parametrize("arn", [TOPIC, "arn:aws-cn:sns:cn-north-1:123456789012:a_b-c", TOPIC + ".fifo"])
def test_a_topics_arn_is_known_by_its_form(arn: str) -> None:
    assert sns.is_topic(arn)
    assert not sns.is_topic(arn + "\n")
    assert not sns.is_topic(arn.replace(":sns:", ":sqs:"))
