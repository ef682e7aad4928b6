"""Trust what Amazon SNS posts: the signature, whose certificate it is by, and which topic may subscribe us."""

import asyncio
import base64
import binascii
import datetime as dt
import re
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import msgspec
from cryptography import exceptions, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from server.providers import errors, transport

MOST_CERTIFICATES = 8  #: kept; AWS changes one a year or so
SMALLEST_KEY = 2048  #: bits

_HOST = re.compile(r"sns\.[a-z]{2}(?:-[a-z]+){1,3}-\d\.amazonaws\.com(?:\.cn)?")
_ARN = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?")
#: Type to the fields that are signed, in their order.
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
}
_SIGNED["UnsubscribeConfirmation"] = _SIGNED["SubscriptionConfirmation"]
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {"1": hashes.SHA1, "2": hashes.SHA256}


class Envelope(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """What SNS wraps a message in; fields that are absent are None."""

    type: str
    message_id: str
    topic_arn: str
    message: str
    timestamp: str
    signature_version: str
    signature: str
    signing_cert_url: str = msgspec.field(name="SigningCertURL")
    subject: str | None = None
    token: str | None = None
    subscribe_url: str | None = msgspec.field(default=None, name="SubscribeURL")

    def signed(self) -> bytes:
        """The bytes the signature is over. Raises errors.BadSignature for a type that SNS does not have."""
        names = _SIGNED.get(self.type)
        if names is None:
            raise errors.BadSignature("The message is of a type that SNS does not have")
        values = {
            "Message": self.message,
            "MessageId": self.message_id,
            "Subject": self.subject,
            "SubscribeURL": self.subscribe_url,
            "Timestamp": self.timestamp,
            "Token": self.token,
            "TopicArn": self.topic_arn,
            "Type": self.type,
        }
        return "".join([f"{name}\n{values[name]}\n" for name in names if values[name] is not None]).encode()


_envelope = msgspec.json.Decoder(Envelope)


def is_topic(arn: str) -> bool:
    """Whether a text is the ARN of an SNS topic."""
    return _ARN.fullmatch(arn) is not None


class Door:
    """Lets in what one topic posts, and nothing else."""

    def __init__(
        self, *, topic_arn: str, ours: str, http: transport.Transport, clock: Callable[[], float]
    ) -> None:
        """`ours` is the origin of a gateway or twin whose own certificates are trusted too; empty for AWS alone."""
        self._clock = clock
        self._topic = topic_arn
        self._ours = ours
        self._http = http
        self._keys: OrderedDict[str, rsa.RSAPublicKey] = OrderedDict()
        self._fetching = asyncio.Lock()

    async def open(self, body: bytes) -> Envelope:
        """Read and verify one posted body. Raises errors.BadSignature, or errors.SendError when the certificate
        cannot be fetched.
        """
        try:
            envelope = _envelope.decode(body)
        except transport.UNREADABLE:
            raise errors.BadSignature("The body is not a message of SNS") from None
        # What is cheap to check comes first: nobody else's posts make us fetch anything.
        if envelope.topic_arn != self._topic:
            raise errors.BadSignature("The message is of another topic than the account's")
        digest = _HASHES.get(envelope.signature_version)
        if digest is None:
            raise errors.BadSignature("The signature's version is neither 1 nor 2")
        signed = envelope.signed()
        key = await self._key(envelope.signing_cert_url)
        try:
            key.verify(
                base64.b64decode(envelope.signature, validate=True), signed, padding.PKCS1v15(), digest()
            )
        except (exceptions.InvalidSignature, binascii.Error):
            raise errors.BadSignature("The signature does not match") from None
        return envelope

    async def confirm(self, envelope: Envelope) -> None:
        """Subscribe us, by opening the address SNS gave. Raises errors.BadReceipt, errors.SendError."""
        url = envelope.subscribe_url or ""
        if not self._is_trusted(url) or parse_qs(urlsplit(url).query).get("TopicArn") != [self._topic]:
            raise errors.BadReceipt("The confirmation's address does not belong to SNS and this topic")
        try:
            reply = await self._http.request("GET", url, headers={})
        except errors.Doubt as doubt:
            raise errors.Transient(doubt.code, doubt.text) from None
        if reply.status != 200:
            raise errors.Transient("not-confirmed", f"SNS answered {reply.status} to our confirmation")

    async def _key(self, url: str) -> rsa.RSAPublicKey:
        known = self._keys.get(url)
        if known is not None:
            return known
        if not (self._is_trusted(url) and urlsplit(url).path.endswith(".pem")):
            raise errors.BadSignature("The certificate's address does not belong to SNS")
        async with self._fetching:
            if url not in self._keys:
                self._keys[url] = await self._fetch(url)
                if len(self._keys) > MOST_CERTIFICATES:
                    self._keys.popitem(last=False)
            return self._keys[url]

    async def _fetch(self, url: str) -> rsa.RSAPublicKey:
        """The certificate comes from a trusted host over verified TLS; that vouches for who it belongs to."""
        try:
            reply = await self._http.request("GET", url, headers={})
        except errors.Doubt as doubt:
            raise errors.Transient(doubt.code, doubt.text) from None
        if reply.status != 200:
            raise errors.Transient("no-certificate", f"SNS answered {reply.status} for its certificate")
        try:
            certificate = x509.load_pem_x509_certificate(reply.body)
            key = certificate.public_key()
        except (ValueError, exceptions.UnsupportedAlgorithm):
            raise errors.BadSignature("The certificate cannot be read") from None
        now = dt.datetime.fromtimestamp(self._clock(), dt.UTC)
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise errors.BadSignature("The certificate is not valid today")
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size < SMALLEST_KEY:
            raise errors.BadSignature("The certificate's key is not of the kind SNS uses")
        return key

    def _is_trusted(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            plain = not (parts.username or parts.password or parts.fragment)
            if self._ours and f"{parts.scheme}://{parts.netloc}" == self._ours:
                return plain
            return plain and parts.scheme == "https" and _HOST.fullmatch(parts.netloc) is not None
        except ValueError:
            return False
